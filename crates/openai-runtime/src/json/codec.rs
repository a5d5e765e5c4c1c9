//! The trait of values that are read from JSON and written to it, and the functions from bytes to values and back.

use serde_json::Value;

use super::error::ReadError;
use super::reader::Reader;
use super::writer::Writer;

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

    /// Tells whether this is an `Option` without a value, which an object leaves out if the field is optional.
    fn is_unset(&self) -> bool {
        false
    }
}

/// Reads a value from JSON text.
///
/// # Errors
/// The bytes are not one JSON text in UTF-8, or do not fit the type; the error holds path and offset.
pub fn from_slice<T: Json + Default>(bytes: &[u8]) -> Result<T, ReadError> {
    from_response(bytes, None)
}

/// Reads a value from the body of a response, whose `extra` then tells the id of the request.
///
/// # Errors
/// As [`from_slice`].
pub fn from_response<T: Json + Default>(bytes: &[u8], request_id: Option<&str>) -> Result<T, ReadError> {
    let mut value = T::default();
    read_into(&mut value, bytes, request_id)?;
    Ok(value)
}

fn read_into(value: &mut dyn Json, bytes: &[u8], request_id: Option<&str>) -> Result<(), ReadError> {
    let mut reader = Reader::new(bytes)?;
    reader.request_id = request_id;
    read_whole(value, reader)
}

/// A body without the byte order mark that some servers put before their JSON.
pub(crate) fn without_mark(body: &[u8]) -> &[u8] {
    body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(body)
}

/// Reads a value from a [`Value`].
///
/// # Errors
/// The value does not fit the type.
pub fn from_value<T: Json + Default>(value: &Value) -> Result<T, ReadError> {
    from_slice(&to_vec(value))
}

/// Reads what one type writes as another type, or keeps it as `unknown` if it does not fit.
pub fn recast<T: Json + Default>(value: &dyn Json, unknown: fn(Value) -> T) -> T {
    from_slice(&to_vec(value)).unwrap_or_else(|_| unknown(to_value(value)))
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
    parsed(&to_vec(value))
}

/// Writes a value as a [`Value`] to be shown: secrets are masked.
pub(super) fn to_shown(value: &dyn Json) -> Value {
    let mut writer = Writer::masking();
    value.write(&mut writer);
    let mut shown = parsed(writer.as_bytes());
    mask_credentials(&mut shown);
    shown
}

/// Masks the members that are credentials by their names, wherever they stand: what no type knows, as a kind of tool that
/// is newer than the crate, has no field that is marked as a secret.
fn mask_credentials(value: &mut Value) {
    const NAMES: [&str; 9] = [
        "access_token",
        "api_key",
        "authorization",
        "client_secret",
        "password",
        "private_key",
        "refresh_token",
        "secret_value",
        "signing_secret",
    ];
    match value {
        Value::Array(items) => items.iter_mut().for_each(mask_credentials),
        Value::Object(members) => {
            for (name, member) in members {
                let is_text = member.as_str().is_some_and(|text| !text.is_empty());
                if is_text && NAMES.iter().any(|known| name.eq_ignore_ascii_case(known)) {
                    *member = Value::from("***");
                }
                mask_credentials(member);
            }
        }
        _ => {}
    }
}

pub(super) fn parsed(bytes: &[u8]) -> Value {
    let mut out = Value::Null;
    // What the writer wrote is JSON, so this can't fail; a null says it did rather than a panic.
    match Reader::new(bytes).and_then(|reader| read_whole(&mut out, reader.trusted())) {
        Ok(()) => out,
        Err(_) => Value::Null,
    }
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

/// Reads one value into a new `T` and wraps it, as a variant of a union.
///
/// # Errors
/// As [`Json::read`].
#[inline]
pub fn read_as<T: Json + Default, U>(reader: &mut Reader<'_>, wrap: impl FnOnce(T) -> U) -> Result<U, ReadError> {
    read_new(reader).map(wrap)
}

fn read_whole(value: &mut dyn Json, mut reader: Reader<'_>) -> Result<(), ReadError> {
    value.read(&mut reader)?;
    reader.finish()
}
