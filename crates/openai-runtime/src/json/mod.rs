//! Reading and writing JSON without a generic reader in generated code.
//!
//! Every generated type is a table of fields ([`Meta`]) or a table of variants ([`Plan`]); the loops that read and
//! write them are compiled once, here. Reading is lenient and keeps what it can't place in [`Extra`], so that what was
//! read is written back exactly:
//!
//! - A null counts as absent, an absent field as its type's empty value.
//! - Of members with the same name the last counts; of the tag by which a union is told apart the first, since it chose.
//! - A value of another kind than its field has counts as absent and is kept ([`Misfits`]); an item of a list or map is left
//!   out of it. A value that can mean one thing only, as a number in a string, is read.
//! - Whole numbers may be written as `1.0` or `1e3`. `NaN` and `Infinity` are read as null, and so is a number that 64 bits
//!   cannot hold where any value may be.
//! - A string may hold half a surrogate pair, which becomes U+FFFD, and control characters.
//! - A text nested deeper than 128 levels is an error.
//! - A list, a map or a float that is not inside any object has no `Extra`: null items, items of another kind and digits
//!   beyond a float's precision are lost there, and only there.

mod bridge;
mod codec;
mod error;
mod extra;
mod floats;
mod macros;
mod misfits;
mod numbers;
mod object;
mod reader;
mod scalars;
mod strings;
mod table;
mod union;
mod writer;

pub use bridge::{Serialized, debug, deserialize, equal, serialize};
pub(crate) use codec::without_mark;
pub use codec::{Json, from_response, from_slice, from_value, read_as, read_new, recast, to_value, to_vec};
pub use error::{InputError, ReadError};
pub use extra::Extra;
pub use floats::FloatVector;
pub use misfits::from_input;
pub(crate) use misfits::{Fit, encode, read_message, read_response};
pub use misfits::{Misfit, Misfits, RoundTripped, round_trip};
pub use object::{read_fields, read_object, write_fields, write_object};
pub use reader::{JsonKind, Reader};
pub use scalars::Map;
pub use serde_json::Value;
pub use table::{Field, Kind, Meta, Object};
pub use union::{OpenEnum, Plan, Union, read_enum, read_union};
pub use writer::{Attachment, Unknown, Writer, collect_unknown, keeps_order};
