//! The places of a text at which a value is of another kind than its type has.

mod inputs;
pub(super) mod recovery;

use std::fmt;

use serde_json::Value;

pub(crate) use self::inputs::encode;
pub use self::inputs::from_input;
pub(super) use self::inputs::to_fitting;
use super::codec::{Json, to_value, to_vec};
use super::error::{Note, ReadError};
use super::reader::{JsonKind, Reader};
use super::table::Root;

/// A value whose JSON kind is not the one that its type has, as text where a number is expected.
///
/// The field that it was read into is as if it were absent, unless [`is_read`](Self::is_read) says otherwise. The value
/// itself is kept: `extra.get(name)` returns it, and it is written back as it came.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Misfit {
    path: String,
    expected: String,
    found: &'static str,
    is_read: bool,
    offset: usize,
}

impl Misfit {
    /// The path to the value, as `choices[0].message.content`; empty for the whole text.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The kind that the type has, with its article: `an integer`.
    #[must_use]
    pub fn expected(&self) -> &str {
        &self.expected
    }

    /// The kind that was found, with its article: `a string`. It never quotes the value.
    #[must_use]
    pub fn found(&self) -> &str {
        self.found
    }

    /// The error for a reader that allows no value of another kind.
    #[cold]
    pub(crate) fn error(&self) -> ReadError {
        ReadError::mismatch(self.expected.clone(), self.found, self.offset).in_field(&self.path)
    }

    /// Returns if the field has the value all the same, because only one thing can be meant by it: a number in a
    /// string, a time with a fraction, an object where JSON as a string is expected.
    #[must_use]
    pub fn is_read(&self) -> bool {
        self.is_read
    }
}

impl fmt::Display for Misfit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if !self.path.is_empty() {
            write!(f, "{}: ", self.path)?;
        }
        write!(f, "expected {}, found {}", self.expected, self.found)
    }
}

/// Lists the values of another kind in whatever was read from JSON: responses, events, webhooks, requests.
///
/// ```
/// use openai_runtime::json::{FloatVector, Misfits, from_slice};
///
/// # fn main() -> Result<(), openai_runtime::json::ReadError> {
/// let vector: FloatVector = from_slice(b"[0.5, 2]")?;
/// assert!(vector.misfits().is_empty());
/// # Ok(())
/// # }
/// ```
pub trait Misfits {
    /// Returns the places at which a value is of another kind than its type has, in the order in which the value is written, at
    /// most 1,000.
    ///
    /// The value is written and read again, so this costs as much as a round trip. A value in a list or map outside of any
    /// object is not kept, so it is not listed.
    fn misfits(&self) -> Vec<Misfit>;
}

impl<T: Json + Default> Misfits for T {
    fn misfits(&self) -> Vec<Misfit> {
        misfits_of(&mut T::default(), &to_vec(self))
    }
}

fn misfits_of(value: &mut dyn Json, text: &[u8]) -> Vec<Misfit> {
    let Ok(reader) = Reader::new(text) else { return Vec::new() };
    let mut reader = reader.trusted();
    match value.read(&mut reader) {
        Ok(()) => found(&mut reader),
        Err(_) => Vec::new(),
    }
}

/// The fit of a text and its type.
#[derive(Clone, Debug)]
pub(crate) struct Fit {
    pub(crate) is_exact: bool,
    root: Option<Root>,
    /// The values of another kind.
    pub(crate) misfits: Vec<Misfit>,
}

impl Fit {
    pub(crate) fn of(reader: &mut Reader<'_>) -> Self {
        match &reader.rare {
            None => Self { is_exact: reader.misfit == 0, root: reader.root, misfits: Vec::new() },
            Some(_) => Self { is_exact: reader.misfit == 0, root: reader.root, misfits: found(reader) },
        }
    }

    /// Tells whether the type of the outermost object has a field of this name.
    pub(crate) fn has_field(&self, name: &str) -> bool {
        self.root.is_none_or(|root| root.has_field(name))
    }

    /// Tells whether the outermost object lacks what its type requires; see [`Root::is_lacking`].
    pub(crate) fn is_lacking(&self, name: Option<&str>) -> bool {
        !self.is_exact && self.root.is_none_or(|root| root.is_lacking(name))
    }
}

/// Reads a value from the body of a response, and tells how well it fits.
///
/// # Errors
/// The bytes are no JSON, or a root of another kind than the type has.
pub(crate) fn read_response<T: Json + Default>(bytes: &[u8], request_id: Option<&str>) -> Result<(T, Fit), ReadError> {
    let mut value = T::default();
    let fit = read_body(&mut value, bytes, request_id)?;
    Ok((value, fit))
}

/// The value and the misfits that a type made of a text.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct RoundTripped {
    /// The value that the type writes.
    pub value: Value,
    /// The values of another kind than their types have.
    pub misfits: Vec<Misfit>,
}

/// Decodes bytes as `T` and returns what `T` writes: what the index of operations offers.
///
/// # Errors
/// The bytes are no JSON, or of another kind than the type.
pub fn round_trip<T: Json + Default>(bytes: &[u8]) -> Result<RoundTripped, ReadError> {
    let (value, fit) = read_message::<T>(bytes)?;
    Ok(RoundTripped { value: to_value(&value), misfits: fit.misfits })
}

/// Reads a value that came by itself, and tells how well it fits.
///
/// # Errors
/// The bytes are no JSON, or of another kind than the type.
pub(crate) fn read_message<T: Json + Default>(bytes: &[u8]) -> Result<(T, Fit), ReadError> {
    let mut value = T::default();
    let fit = read_fit(&mut value, bytes, None)?;
    Ok((value, fit))
}

fn read_fit(value: &mut dyn Json, bytes: &[u8], request_id: Option<&str>) -> Result<Fit, ReadError> {
    let mut reader = Reader::new(bytes)?;
    reader.request_id = request_id;
    value.read(&mut reader)?;
    reader.finish()?;
    Ok(Fit::of(&mut reader))
}

fn read_body(value: &mut dyn Json, bytes: &[u8], request_id: Option<&str>) -> Result<Fit, ReadError> {
    let fit = read_fit(value, bytes, request_id)?;
    // A union keeps any value; as a response, one of another kind than all its forms is none of them.
    match fit.misfits.iter().find(|misfit| misfit.path.is_empty() && !misfit.is_read) {
        Some(misfit) => Err(misfit.error()),
        None => Ok(fit),
    }
}

/// Returns the path to the value that begins at an offset of a text.
#[cold]
fn path_at(text: &[u8], offset: usize) -> String {
    let notes = [Note { offset, expected: "".into(), found: "", is_read: false }];
    let Ok(reader) = Reader::new(text) else { return String::new() };
    let mut walk = Walk { reader: reader.trusted(), path: String::new(), notes: &notes, found: Vec::new() };
    // What the writer wrote is JSON.
    let _ = walk.value();
    walk.found.pop().map(|misfit| misfit.path).unwrap_or_default()
}

/// Resolves the places that a reader noted.
#[cold]
fn found(reader: &mut Reader<'_>) -> Vec<Misfit> {
    const MOST: usize = 1000;
    let mut notes = reader.take_notes(0);
    if notes.is_empty() {
        return Vec::new();
    }
    notes.sort_by_key(|note| note.offset);
    notes.dedup_by_key(|note| note.offset);
    notes.truncate(MOST);
    let mut walk =
        Walk { reader: Reader::over(reader.text).trusted(), path: String::new(), notes: &notes, found: Vec::new() };
    // The text was read before, so it is JSON.
    let _ = walk.value();
    walk.found
}

/// A walk through a text, which resolves offsets in ascending order to paths.
struct Walk<'a> {
    reader: Reader<'a>,
    path: String,
    notes: &'a [Note],
    found: Vec<Misfit>,
}

impl Walk<'_> {
    fn value(&mut self) -> Result<(), ReadError> {
        let kind = self.reader.kind()?;
        while let Some((note, rest)) = self.notes.split_first().filter(|(note, _)| note.offset <= self.reader.pos) {
            self.notes = rest;
            if note.offset == self.reader.pos {
                let expected = note.expected.clone().into_owned();
                self.found.push(Misfit {
                    path: self.path.clone(),
                    expected,
                    found: note.found,
                    is_read: note.is_read,
                    offset: note.offset,
                });
            }
        }
        if self.notes.is_empty() {
            return Ok(());
        }
        let length = self.path.len();
        match kind {
            JsonKind::Object => {
                let mut first = true;
                self.reader.begin_object()?;
                while let Some(key) = self.reader.next_key(&mut first)? {
                    if length > 0 {
                        self.path.push('.');
                    }
                    self.path.push_str(&key);
                    self.value()?;
                    self.path.truncate(length);
                }
                Ok(())
            }
            JsonKind::Array => {
                let mut index = 0;
                self.reader.begin_array()?;
                while self.reader.next_item(index == 0)? {
                    self.path.push_str(&format!("[{index}]"));
                    self.value()?;
                    self.path.truncate(length);
                    index += 1;
                }
                Ok(())
            }
            _ => self.reader.skip(),
        }
    }
}
