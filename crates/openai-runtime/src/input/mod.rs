//! Conversions of what callers have into the fields of requests.
//!
//! A setter takes whatever means its field: an `Option` or the value itself, an integer of any type, JSON. Each trait has a
//! second parameter, the form of the value. The compiler infers it; it only tells implementations apart that would overlap
//! otherwise.
//!
//! A value that does not fit its field is kept in the object's [`Extra`](crate::json::Extra) and becomes the error of the call, with
//! its path, before anything is sent.

mod field;
pub mod form;
mod list;
mod list_union;
mod map;
mod number;
mod tool_call;

pub use self::field::{IntoField, IntoOptional};
pub use self::list::{IntoList, IntoOptionalList};
pub use self::list_union::ListUnion;
pub use self::map::{IntoMap, IntoOptionalMap};
pub use self::number::IntoNumber;
pub use self::tool_call::{IntoToolCallId, ToolCallId};
use crate::json::{InputError, Value};

/// A value for a field, or the reason why there is none.
pub type Given<T> = Result<T, InputError>;

/// Returns any JSON value for an optional field; null leaves the field out.
#[must_use]
pub fn optional_json(value: impl Into<Value>) -> Option<Value> {
    Some(value.into()).filter(|value| !value.is_null())
}
