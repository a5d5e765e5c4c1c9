//! Reading and writing JSON without a generic reader in generated code.
//!
//! Every generated type is a table of fields ([`Object`]) or a table of variants ([`Union`]); the loops that read and
//! write them are compiled once, here. Reading is lenient and keeps what it can't place in [`Extra`], so that what was
//! read is written back exactly.

mod bridge;
mod enums;
mod error;
mod extra;
mod macros;
mod object;
mod reader;
mod scalars;
mod union;
mod writer;

pub use bridge::{debug, deserialize, equal, serialize};
pub use enums::{OpenEnum, read_enum};
pub use error::ReadError;
pub use extra::Extra;
pub use object::{Field, Kind, Meta, read_object, write_object};
pub use reader::{JsonKind, Reader};
pub use scalars::Map;
pub use serde_json::Value;
pub use union::{Plan, Union, read_union};
pub use writer::Writer;

/// A value that can be read from JSON and written to it.
///
/// The trait is object safe: a generated type hands out its fields as `&dyn Json`, so that one loop serves all types.
pub trait Json {
    /// Reads the next JSON value into `self`, which is empty before.
    ///
    /// # Errors
    /// The text is not JSON, or its kind does not fit this type; the error holds the path to the place.
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError>;

    /// Appends this value as JSON.
    fn write(&self, writer: &mut Writer);
}

/// Reads a value from JSON text.
///
/// # Errors
/// The bytes are not one JSON text in UTF-8, or do not fit the type; the error holds path and offset.
pub fn from_slice<T: Json + Default>(bytes: &[u8]) -> Result<T, ReadError> {
    let mut value = T::default();
    read_slice(&mut value, bytes)?;
    Ok(value)
}

/// Reads a value from a [`Value`].
///
/// # Errors
/// The value does not fit the type.
pub fn from_value<T: Json + Default>(value: &Value) -> Result<T, ReadError> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    from_slice(writer.as_bytes())
}

/// Writes a value as compact JSON text.
#[must_use]
pub fn to_vec(value: &dyn Json) -> Vec<u8> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    writer.into_bytes()
}

/// Writes a value as a [`Value`].
#[must_use]
pub fn to_value(value: &dyn Json) -> Value {
    let bytes = to_vec(value);
    let mut out = Value::Null;
    // What the writer wrote is JSON, so this can't fail; a null says it did rather than a panic.
    match read_slice(&mut out, &bytes) {
        Ok(()) => out,
        Err(_) => Value::Null,
    }
}

/// Reads `bytes`, decodes them as `T` and gives the value that `T` writes: what the index of operations offers.
///
/// # Errors
/// As [`from_slice`].
pub fn round_trip<T: Json + Default>(bytes: &[u8]) -> Result<Value, ReadError> {
    Ok(to_value(&from_slice::<T>(bytes)?))
}

/// Reads one value into a new `T`.
///
/// # Errors
/// As [`Json::read`].
pub fn read_new<T: Json + Default>(reader: &mut Reader<'_>) -> Result<T, ReadError> {
    let mut value = T::default();
    value.read(reader)?;
    Ok(value)
}

fn read_slice(value: &mut dyn Json, bytes: &[u8]) -> Result<(), ReadError> {
    let mut reader = Reader::new(bytes)?;
    value.read(&mut reader)?;
    reader.finish()
}
