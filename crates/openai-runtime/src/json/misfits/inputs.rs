//! Inputs of callers: JSON that has to fit its type, and objects that were given what does not fit their fields.

use serde_json::Value;

use super::{found, path_at};
use crate::json::codec::{Json, parsed, to_vec};
use crate::json::error::InputError;
use crate::json::reader::Reader;
use crate::json::writer::{Problem, Writer};

/// Reads an input that a caller gave as JSON. Unlike a response it has to fit: it is an error where a value is of another
/// kind than its type has, and where an object lacks the member that tells its type.
///
/// # Errors
/// The value does not fit the type.
pub fn from_input<T: Json + Default>(value: &Value) -> Result<T, InputError> {
    let mut read = T::default();
    read_input(&mut read, &to_vec(value))?;
    Ok(read)
}

fn read_input(slot: &mut dyn Json, text: &[u8]) -> Result<(), InputError> {
    let mut reader = Reader::new(text)?;
    reader.rare().is_input = true;
    slot.read(&mut reader)?;
    match found(&mut reader).into_iter().next() {
        Some(misfit) => Err(misfit.error().into()),
        None => Ok(()),
    }
}

/// Writes a body with `writer`, and returns the first reason why it cannot be sent.
///
/// # Errors
/// A value did not fit its field, or a message has a role that no API knows.
pub(crate) fn encode(body: &dyn Json, mut writer: Writer) -> Result<Writer, InputError> {
    body.write(&mut writer);
    match writer.problems().iter().find_map(|problem| resolve(problem, writer.as_bytes(), true)) {
        Some(error) => Err(error),
        None => Ok(writer),
    }
}

/// Writes a value as a [`Value`], if all inputs that its objects were given fit.
///
/// # Errors
/// A value did not fit its field.
pub(in crate::json) fn to_fitting(value: &dyn Json) -> Result<Value, InputError> {
    let mut writer = Writer::new();
    value.write(&mut writer);
    match writer.problems().iter().find_map(|problem| resolve(problem, writer.as_bytes(), false)) {
        Some(error) => Err(error),
        None => Ok(parsed(writer.as_bytes())),
    }
}

#[cold]
fn resolve((offset, problem): &(usize, Problem), text: &[u8], is_sent: bool) -> Option<InputError> {
    let path = path_at(text, *offset);
    match problem {
        Problem::Input(error) => Some(error.clone().in_field(&path)),
        // Elsewhere than in a list of messages, roles are those of people and projects.
        Problem::Role(role) if is_sent && (path.ends_with("].role") || path.ends_with(']')) => {
            let path = path.strip_suffix(".role").unwrap_or(&path);
            let reason = format!(
                "no API knows the role {role:?}; known are `user`, `assistant`, `system`, `developer` and `tool`"
            );
            Some(InputError::new(reason).in_field("role").in_field(path))
        }
        Problem::Role(_) => None,
    }
}
