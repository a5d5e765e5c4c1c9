//! Vectors of numbers, which servers send as a list or, much smaller, as base64.

use std::fmt;
use std::ops::{Deref, DerefMut};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde::{Deserialize, Deserializer, Serialize, Serializer};

use super::bridge;
use super::codec::Json;
use super::error::ReadError;
use super::misfits::recovery::recover_item;
use super::reader::{JsonKind, Reader};
use super::writer::Writer;

/// A vector of numbers with single precision, such as an embedding.
///
/// It is a slice of `f32`. It is read from a list of numbers and from the base64 of little-endian floats, and written in
/// the form that it was read in; one that was made by hand is written as a list.
///
/// ```
/// use openai_runtime::json::{FloatVector, from_slice, to_vec};
///
/// # fn main() -> Result<(), openai_runtime::json::ReadError> {
/// let list: FloatVector = from_slice(b"[0.5, -2.0]")?;
/// let text: FloatVector = from_slice(br#""AAAAPwAAAMA=""#)?;
/// assert_eq!(list[..], [0.5, -2.0]);
/// assert_eq!(list, text);
/// assert_eq!(to_vec(&text), br#""AAAAPwAAAMA=""#);
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
pub struct FloatVector {
    numbers: Vec<f32>,
    form: VectorForm,
}

/// The form of a vector in a JSON text.
#[derive(Clone, Copy, Default, PartialEq)]
enum VectorForm {
    /// A list whose numbers have the digits that tell one `f32` from the next.
    #[default]
    Short,
    /// A list whose numbers have all the digits of the `f32` as an `f64`.
    Long,
    Base64,
}

impl FloatVector {
    /// The numbers as a list of their own.
    #[must_use]
    pub fn into_vec(self) -> Vec<f32> {
        self.numbers
    }

    fn read_base64(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let at = reader.pos;
        let text = reader.string()?;
        let wrong = |found| ReadError::mismatch("a vector as numbers or as base64 of floats", found, at);
        let bytes = STANDARD.decode(&*text).map_err(|_| wrong("a string that is not base64"))?;
        let (numbers, rest) = bytes.as_chunks::<4>();
        if !rest.is_empty() {
            return Err(wrong("base64 of a length that is not a multiple of 4"));
        }
        self.form = VectorForm::Base64;
        self.numbers = numbers.iter().copied().map(f32::from_le_bytes).collect();
        Ok(())
    }

    fn read_list(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut form = None;
        self.numbers.clear();
        reader.begin_array()?;
        while reader.next_item(self.numbers.is_empty())? {
            let (wide, digits) = match reader.decimal() {
                Some((wide, digits)) => {
                    reader.lossy |= digits.is_cut(wide);
                    (wide, Some(digits))
                }
                None => (self.read_rare(reader)?, None),
            };
            let number = wide as f32;
            // Once it is known that the text is kept, the rest of the numbers need not be looked at.
            if !reader.lossy || form.is_none() {
                let is_long = f64::from(number) == wide;
                let is_short = || digits.is_some_and(|digits| digits.is_shortest_of(number));
                let holds = match form {
                    Some(VectorForm::Long) => is_long,
                    _ => {
                        let is_short = is_short();
                        (is_short && (is_long || form.is_some())) || VectorForm::holds(&mut form, number, wide)
                    }
                };
                reader.lossy |= !holds;
            }
            self.numbers.push(number);
        }
        self.form = form.unwrap_or_default();
        Ok(())
    }

    /// Reads an item that is not a number of a few digits.
    #[cold]
    fn read_rare(&mut self, reader: &mut Reader<'_>) -> Result<f64, ReadError> {
        let start = (reader.pos, reader.room);
        if reader.take_null()? {
            reader.lossy = true;
            return Ok(0.0);
        }
        reader.number().or_else(|error| {
            // A vector keeps its dimension, whatever one of its numbers is.
            let mut wide = 0.0;
            recover_item(error, start, &mut wide, reader).map_err(|error| error.in_index(self.numbers.len()))?;
            Ok(wide)
        })
    }
}

impl VectorForm {
    /// Tells if a number of a list can be written as it was read; the first one with many digits decides on the form.
    #[cold]
    fn holds(form: &mut Option<Self>, number: f32, wide: f64) -> bool {
        let is = |form: Self| form.number(number) == wide;
        match form {
            Some(form) => is(*form),
            // A number with few digits is the same in both.
            None if is(Self::Short) && is(Self::Long) => true,
            None => {
                let decided = if is(Self::Long) { Self::Long } else { Self::Short };
                *form = Some(decided);
                is(decided)
            }
        }
    }

    /// A number as it is written in a list.
    fn number(self, number: f32) -> f64 {
        match self {
            Self::Short if number.is_finite() => shortest(number),
            _ => f64::from(number),
        }
    }
}

/// Returns the number that the shortest digits of a float stand for.
fn shortest(number: f32) -> f64 {
    let mut text = [0; 32];
    let mut rest = &mut text[..];
    let is_written = serde_json::to_writer(&mut rest, &number).is_ok();
    let left = rest.len();
    let digits = text.get(..text.len() - left).filter(|_| is_written);
    digits.and_then(|digits| std::str::from_utf8(digits).ok()?.parse().ok()).unwrap_or(f64::from(number))
}

impl Json for FloatVector {
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        match reader.kind()? {
            JsonKind::String => self.read_base64(reader),
            _ => self.read_list(reader),
        }
    }

    fn write(&self, writer: &mut Writer) {
        writer.touched |= !self.numbers.is_empty();
        if self.form == VectorForm::Base64 {
            let bytes: Vec<u8> = self.numbers.iter().flat_map(|number| number.to_le_bytes()).collect();
            return writer.string(&STANDARD.encode(bytes));
        }
        writer.raw(b"[");
        for (index, number) in self.numbers.iter().enumerate() {
            if index > 0 {
                writer.raw(b",");
            }
            match self.form {
                // What `shortest` gives, which has the same digits.
                VectorForm::Short if number.fract() != 0.0 => writer.fraction(*number),
                form => writer.number(form.number(*number)),
            }
        }
        writer.raw(b"]");
    }
}

impl Deref for FloatVector {
    type Target = [f32];

    fn deref(&self) -> &[f32] {
        &self.numbers
    }
}

impl DerefMut for FloatVector {
    fn deref_mut(&mut self) -> &mut [f32] {
        &mut self.numbers
    }
}

impl AsRef<[f32]> for FloatVector {
    fn as_ref(&self) -> &[f32] {
        &self.numbers
    }
}

impl From<Vec<f32>> for FloatVector {
    fn from(numbers: Vec<f32>) -> Self {
        Self { numbers, form: VectorForm::Short }
    }
}

impl From<&[f32]> for FloatVector {
    fn from(numbers: &[f32]) -> Self {
        numbers.to_vec().into()
    }
}

impl From<FloatVector> for Vec<f32> {
    fn from(vector: FloatVector) -> Self {
        vector.numbers
    }
}

impl IntoIterator for FloatVector {
    type Item = f32;
    type IntoIter = std::vec::IntoIter<f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.numbers.into_iter()
    }
}

impl<'v> IntoIterator for &'v FloatVector {
    type Item = &'v f32;
    type IntoIter = std::slice::Iter<'v, f32>;

    fn into_iter(self) -> Self::IntoIter {
        self.numbers.iter()
    }
}

/// By the numbers, in whichever form they came.
impl PartialEq for FloatVector {
    fn eq(&self, other: &Self) -> bool {
        self.numbers == other.numbers
    }
}

impl fmt::Debug for FloatVector {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.numbers.fmt(f)
    }
}

impl Serialize for FloatVector {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        bridge::serialize(self, serializer)
    }
}

impl<'de> Deserialize<'de> for FloatVector {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        bridge::deserialize(deserializer)
    }
}
