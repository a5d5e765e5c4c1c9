//! Members of a form: JSON values, with files at any depth.
//!
//! A file is told by its place in the written text, never by what a string says: any string may come from a user.

use serde_json::Value;

use super::flatten;
use super::input_file::InputFile;
use crate::json::{JsonKind, ReadError, Reader};

/// A value of a form.
#[derive(Clone, Debug)]
pub(crate) enum FormValue {
    /// A value without a file in it.
    Json(Value),
    List(Vec<FormValue>),
    Object(Vec<(String, FormValue)>),
    File(InputFile),
}

/// A leaf of a form.
pub(crate) enum FormLeaf<'a> {
    Scalar(&'a Value),
    File(&'a InputFile),
}

/// Files in a JSON text, each with the offset of the string that stands in its place, in ascending order.
pub(super) type PlacedFiles = Vec<(usize, InputFile)>;

/// Reads the members of a JSON object, in their order, with files in their places.
pub(super) fn members(text: &[u8], files: &PlacedFiles) -> Result<Vec<(String, FormValue)>, ReadError> {
    let mut reader = Reader::new(text)?;
    let mut members = Vec::new();
    let mut first = true;
    reader.begin_object()?;
    while let Some(name) = reader.next_key(&mut first)? {
        members.push((name.into_owned(), value(&mut reader, text, files)?));
    }
    Ok(members)
}

/// Reads the next value of `reader`, which reads `text`.
fn value(reader: &mut Reader<'_>, text: &[u8], files: &[(usize, InputFile)]) -> Result<FormValue, ReadError> {
    let kind = reader.kind()?;
    let raw = reader.raw()?.as_bytes();
    // Both are in the same buffer, so that the difference is the offset.
    let start = raw.as_ptr().addr().saturating_sub(text.as_ptr().addr());
    let from = files.partition_point(|(at, _)| *at < start);
    let to = files.partition_point(|(at, _)| *at < start + raw.len());
    let files = files.get(from..to).unwrap_or_default();
    let Some((first, file)) = files.first() else { return Reader::new(raw)?.value().map(FormValue::Json) };
    if *first == start && kind == JsonKind::String {
        return Ok(FormValue::File(file.clone()));
    }
    let mut inner = Reader::new(raw)?;
    if kind == JsonKind::Array {
        let (mut items, mut first) = (Vec::new(), true);
        inner.begin_array()?;
        while inner.next_item(std::mem::take(&mut first))? {
            items.push(value(&mut inner, text, files)?);
        }
        return Ok(FormValue::List(items));
    }
    let (mut members, mut first) = (Vec::new(), true);
    inner.begin_object()?;
    while let Some(name) = inner.next_key(&mut first)? {
        members.push((name.into_owned(), value(&mut inner, text, files)?));
    }
    Ok(FormValue::Object(members))
}

impl FormValue {
    /// Calls `each` for each leaf with its name by the bracket rules, as [`flatten::field`] does for JSON.
    pub(crate) fn leaves(&self, name: &str, each: &mut dyn FnMut(&str, FormLeaf<'_>)) {
        let name = if matches!(self, Self::List(_)) { name.strip_suffix("[]").unwrap_or(name) } else { name };
        match self {
            Self::Json(value) => flatten::field(name, value, &mut |name, value| each(name, FormLeaf::Scalar(value))),
            other => other.walk(name, each),
        }
    }

    /// The value as JSON, in which a file is the string that stands for it where there are no forms.
    pub(crate) fn to_json(&self) -> Value {
        match self {
            Self::Json(value) => value.clone(),
            Self::List(items) => items.iter().map(Self::to_json).collect(),
            Self::Object(members) => {
                // Member by member: collecting brings a sort into the program.
                let mut object = serde_json::Map::new();
                object.extend(members.iter().map(|(name, value)| (name.clone(), value.to_json())));
                Value::Object(object)
            }
            Self::File(file) => Value::String(file.to_text()),
        }
    }

    /// The value, if it is JSON.
    pub(crate) fn as_json(&self) -> Option<&Value> {
        match self {
            Self::Json(value) => Some(value),
            _ => None,
        }
    }

    fn walk(&self, name: &str, each: &mut dyn FnMut(&str, FormLeaf<'_>)) {
        match self {
            Self::Json(value) => flatten::walk(name, value, &mut |name, value| each(name, FormLeaf::Scalar(value))),
            Self::List(items) => {
                let name = format!("{name}[]");
                items.iter().for_each(|item| item.walk(&name, each));
            }
            Self::Object(members) => {
                for (key, member) in members {
                    member.walk(&format!("{name}[{key}]"), each);
                }
            }
            Self::File(file) => each(name, FormLeaf::File(file)),
        }
    }
}
