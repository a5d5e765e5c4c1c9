//! Values of another kind than their type has: read if only one thing can be meant by them, else left out and kept.

use serde_json::Value;

use crate::json::codec::{Json, to_vec};
use crate::json::error::{Note, ReadError};
use crate::json::reader::Reader;
use crate::json::table::Form;
use crate::json::writer::Writer;

/// A value of another kind, after it was read again.
pub(in crate::json) enum Recovered {
    /// It stands for null.
    Null,
    /// Only one thing can be meant by it, which was read.
    Read(Value),
    /// It says nothing that the type can hold, which is empty.
    Absent(Value),
}

/// Reads again, as any value, a value that `error` says is of another kind. `start` is where it starts, and the room there.
///
/// # Errors
/// The error itself, if something else is wrong or a trial wants it; another one if the text is not JSON.
#[cold]
pub(in crate::json) fn recover(
    error: ReadError,
    form: Form,
    (start, room): (usize, u32),
    slot: &mut dyn Json,
    reader: &mut Reader<'_>,
) -> Result<Recovered, ReadError> {
    if reader.trials.strict {
        return Err(error);
    }
    let Some((expected, found)) = error.kinds() else { return Err(error) };
    (reader.pos, reader.room) = (start, room);
    reader.peek();
    let offset = reader.pos;
    let noted = reader.noted();
    let value = reader.value()?;
    reader.take_notes(noted);
    let source = reader.text.get(offset..reader.pos).unwrap_or_default();
    let is_read = plain_forms(&value, source, form).iter().any(|text| read_plainly(slot, text));
    reader.note(Note { offset, expected, found, is_read });
    // As much as a member that is absent or unknown: each is one thing that does not fit.
    reader.misfit += 1;
    if is_read {
        return Ok(Recovered::Read(value));
    }
    clear(slot);
    Ok(if value.is_null() { Recovered::Null } else { Recovered::Absent(value) })
}

/// As [`recover`], for an item of a list or map; `false` if the item is to be left out.
#[cold]
pub(in crate::json) fn recover_item(
    error: ReadError,
    start: (usize, u32),
    slot: &mut dyn Json,
    reader: &mut Reader<'_>,
) -> Result<bool, ReadError> {
    let recovered = recover(error, Form::Plain, start, slot, reader)?;
    // The field that holds the list keeps its text.
    reader.lossy = true;
    Ok(!matches!(recovered, Recovered::Absent(_)))
}

/// The JSON texts, one of which a value may plainly mean; `source` is its own text.
fn plain_forms(value: &Value, source: &str, form: Form) -> Vec<String> {
    match (value, form) {
        (Value::String(text), _) => {
            let text = text.trim();
            let is_number = text.starts_with(|first: char| first == '-' || first.is_ascii_digit());
            if is_number { [Some(text.to_owned()), cut(text)].into_iter().flatten().collect() } else { Vec::new() }
        }
        (Value::Number(_), _) => cut(source).into_iter().chain([quoted(source)]).collect(),
        (Value::Object(_), Form::JsonText) => vec![quoted(&String::from_utf8_lossy(&to_vec(value)))],
        (Value::Array(items), Form::JsonText) if items.is_empty() => vec![quoted("{}")],
        (Value::Array(_) | Value::Object(_), Form::Parts) => {
            let mut text = None;
            join_texts(value, &mut text);
            text.iter().map(|text| quoted(text)).collect()
        }
        (Value::Array(items), _) if items.is_empty() => vec!["{}".to_owned()],
        _ => Vec::new(),
    }
}

/// Reads a value from the text of what it plainly means.
fn read_plainly(slot: &mut dyn Json, text: &str) -> bool {
    let mut reader = Reader::over(text);
    // An enum then tells that it does not have a value.
    reader.trials.active = true;
    slot.read(&mut reader).is_ok() && reader.finish().is_ok() && (reader.misfit == 0 || text == "{}")
}

/// The whole part of a number with a fraction.
fn cut(number: &str) -> Option<String> {
    let value: f64 = number.parse().ok()?;
    let is_cut = value.fract() != 0.0 && value.abs() < 9_007_199_254_740_992.0;
    is_cut.then(|| format!("{}", value.trunc() as i64))
}

fn quoted(text: &str) -> String {
    let mut writer = Writer::new();
    writer.string(text);
    String::from_utf8_lossy(writer.as_bytes()).into_owned()
}

/// Joins the texts of parts. What a model thinks is in parts of its own, and is none of them.
fn join_texts(value: &Value, joined: &mut Option<String>) {
    match value {
        Value::String(text) => joined.get_or_insert_default().push_str(text),
        Value::Array(parts) => parts.iter().for_each(|part| join_texts(part, joined)),
        Value::Object(part) => {
            let is_text = part.get("type").is_none_or(|kind| kind.as_str().is_some_and(|kind| kind.ends_with("text")));
            if let Some(Value::String(text)) = part.get("text").filter(|_| is_text) {
                joined.get_or_insert_default().push_str(text);
            }
        }
        _ => {}
    }
}

/// Makes any value empty: it reads the empty JSON value of its kind, whichever that is.
pub(in crate::json) fn clear(value: &mut dyn Json) {
    for text in ["null", "\"\"", "0", "false", "[]", "{}"] {
        let mut reader = Reader::over(text);
        reader.clearing = true;
        if value.read(&mut reader).is_ok() {
            return;
        }
    }
}
