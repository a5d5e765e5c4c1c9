//! The way between these types and serde, shared by all of them.

use std::fmt;

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use super::codec::{Json, from_slice, from_value, to_shown, to_vec};
use super::misfits::to_fitting;

/// The result of a serializer.
#[doc(hidden)]
pub type Serialized<S> = Result<<S as Serializer>::Ok, <S as Serializer>::Error>;

/// `serde::Serialize` of every type here.
///
/// # Errors
/// Those of the serializer, and that the value was given an input that does not fit its field.
pub fn serialize<T: Json, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
    match to_fitting(value) {
        Ok(value) => value.serialize(serializer),
        Err(error) => Err(serde::ser::Error::custom(error)),
    }
}

/// `serde::Deserialize` of every type here.
///
/// # Errors
/// Those of the deserializer, and what does not fit the type.
pub fn deserialize<'de, T: Json + Default, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    let value = Value::deserialize(deserializer)?;
    from_value(&value).map_err(D::Error::custom)
}

/// `Debug` of every type here: its name and the JSON it writes, with secrets masked.
///
/// # Errors
/// Those of the formatter.
pub fn debug(name: &str, value: &dyn Json, f: &mut fmt::Formatter<'_>) -> fmt::Result {
    let value = to_shown(value);
    if f.alternate() { write!(f, "{name} {value:#}") } else { write!(f, "{name} {value}") }
}

/// `PartialEq` of every type here: two values are equal if they write the same JSON, whatever the order of unknown
/// fields.
#[must_use]
pub fn equal(a: &dyn Json, b: &dyn Json) -> bool {
    let (a, b) = (to_vec(a), to_vec(b));
    a == b || (a.len() == b.len() && value(&a) == value(&b))
}

fn value(text: &[u8]) -> Option<Value> {
    from_slice(text).ok()
}
