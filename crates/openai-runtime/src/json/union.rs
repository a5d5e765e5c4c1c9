//! Which variant of a union a JSON value is.

use std::any::TypeId;
use std::borrow::Cow;
use std::mem::discriminant;

use serde_json::Value;

use super::codec::Json;
use super::error::ReadError;
use super::reader::{JsonKind, Mark, Reader, is_same};
use super::writer::{Writer, note_unknown};

/// How to find the variant: candidates by the value of a tag, by the JSON kind, or by what fits best.
///
/// Numbers are indices of variants. More than one candidate means: read as each, keep the one that fits best.
#[derive(Debug, Default)]
pub struct Plan {
    /// The field that tells objects apart; empty if none does.
    pub tag: &'static str,
    /// Values of the tag, the shorter first, with their candidates.
    pub tags: &'static [(&'static str, &'static [u8])],
    /// Candidates for an object whose tag is absent or null.
    pub untagged: &'static [u8],
    /// Candidates for an object whose tag is in none of `tags`, or is no string.
    pub other: &'static [u8],
    /// Candidates for a string.
    pub string: &'static [u8],
    /// Candidates for a number.
    pub number: &'static [u8],
    /// Candidates for a boolean.
    pub boolean: &'static [u8],
    /// Candidates for an array.
    pub array: &'static [u8],
}

impl Plan {
    /// A plan without any candidate, to start from.
    pub const NONE: Plan =
        Plan { tag: "", tags: &[], untagged: &[], other: &[], string: &[], number: &[], boolean: &[], array: &[] };

    /// The candidates for what comes next, and whether a known tag chose them.
    fn candidates(&self, reader: &mut Reader<'_>) -> Result<(&'static [u8], bool), ReadError> {
        Ok(match reader.kind()? {
            JsonKind::String => (self.string, false),
            JsonKind::Number => (self.number, false),
            JsonKind::Boolean => (self.boolean, false),
            JsonKind::Array => (self.array, false),
            JsonKind::Null => (&[], false),
            JsonKind::Object if self.tag.is_empty() => (self.untagged, false),
            JsonKind::Object => match peek_tag(self.tag, reader)? {
                Tag::None => (self.untagged, false),
                Tag::NoText => (self.other, false),
                Tag::Text(tag) => {
                    self.tagged(&tag, reader).map_or((self.other, false), |candidates| (candidates, true))
                }
            },
        })
    }

    /// The candidates of a value of the tag. Lengths tell nearly all values apart, and comparing them takes no look at
    /// the texts, whose beginnings they have in common.
    fn tagged(&self, tag: &str, reader: &mut Reader<'_>) -> Option<&'static [u8]> {
        let is_tag = |(known, _): &&(&str, _)| is_same(known.as_bytes(), tag.as_bytes());
        let likely = if reader.is_outermost() { self.tags.get(reader.likely) } else { None };
        if let Some((_, candidates)) = likely.filter(is_tag) {
            return Some(candidates);
        }
        debug_assert!(self.tags.is_sorted_by_key(|(known, _)| known.len()), "the shorter tags go first");
        let from = self.tags.partition_point(|(known, _)| known.len() < tag.len());
        let mut same_length = self.tags.get(from..)?.iter().take_while(|(known, _)| known.len() == tag.len());
        let at = from + same_length.position(|known| is_tag(&known))?;
        if reader.is_outermost() {
            reader.likely = at;
        }
        self.tags.get(at).map(|(_, candidates)| *candidates)
    }
}

enum Tag<'a> {
    None,
    Text(Cow<'a, str>),
    NoText,
}

/// What the object ahead has under `name`, without moving. The first key is the usual place.
fn peek_tag<'a>(name: &str, reader: &mut Reader<'a>) -> Result<Tag<'a>, ReadError> {
    let mark = reader.mark();
    let mut first = true;
    let mut tag = Tag::None;
    reader.begin_object()?;
    while reader.next_member(&mut first)? {
        if !reader.take_name(name) && reader.key()? != name {
            reader.skip()?;
            continue;
        }
        tag = match reader.kind()? {
            JsonKind::String => Tag::Text(reader.string()?),
            JsonKind::Null => Tag::None,
            _ => Tag::NoText,
        };
        break;
    }
    reader.reset(mark);
    Ok(tag)
}

/// A type that is one of several JSON forms.
pub trait Union: Sized + 'static {
    /// How the variant is found.
    const PLAN: &'static Plan;
    /// Reads the variant with this index; any other index is the variant that keeps any value.
    ///
    /// # Errors
    /// The value does not fit the variant.
    fn read_variant(index: u8, reader: &mut Reader<'_>) -> Result<Self, ReadError>;
}

/// A value that no variant describes weighs more than fields that a variant does not have.
const UNKNOWN_VALUE: u64 = 10;

/// Reads a union: its tag or kind chooses the variant, and what nothing describes is kept as it is.
///
/// # Errors
/// The tag is known but the body does not fit it, or the text is not JSON.
pub fn read_union<T: Union>(slot: &mut T, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    *slot = choose(reader)?;
    Ok(())
}

fn choose<T: Union>(reader: &mut Reader<'_>) -> Result<T, ReadError> {
    let outer = reader.enter_union(T::PLAN.tag);
    let chosen = choose_within(reader);
    reader.tag = outer;
    chosen
}

fn choose_within<T: Union>(reader: &mut Reader<'_>) -> Result<T, ReadError> {
    let (candidates, tagged) = T::PLAN.candidates(reader)?;
    if let [only] = candidates
        && tagged
    {
        return T::read_variant(*only, reader).map_err(ReadError::into_definite);
    }
    if !candidates.is_empty()
        && let Some(value) = best_fit(candidates, tagged, reader)?
    {
        return Ok(value);
    }
    reader.misfit += UNKNOWN_VALUE;
    T::read_variant(u8::MAX, reader)
}

/// Reads the candidate with the fewest misfits, the first of equals; `None` if none reads at all and no tag, not even
/// one further in, says that one should.
fn best_fit<T: Union>(candidates: &[u8], tagged: bool, reader: &mut Reader<'_>) -> Result<Option<T>, ReadError> {
    let start = reader.mark();
    let outer = reader.trials.active;
    let several = candidates.len() > 1;
    reader.trials.active |= several;
    let place = (start.pos, TypeId::of::<T>());
    // In a trial of a union around this one the same text was read before: the answer is known.
    let known = if outer { reader.trials.best.get(&place).copied() } else { None };
    let mut best: Option<(u8, T, Mark)> = None;
    let mut failure: Option<ReadError> = None;
    for &candidate in candidates.iter().filter(|candidate| known.is_none_or(|known| known == Some(**candidate))) {
        reader.reset(start);
        reader.misfit = 0;
        match T::read_variant(candidate, reader) {
            Ok(value) => {
                if best.as_ref().is_none_or(|(_, _, end)| reader.misfit < end.misfit) {
                    best = Some((candidate, value, reader.mark()));
                }
                if reader.misfit == 0 {
                    break;
                }
            }
            Err(error) if failure.as_ref().is_none_or(|other| error.rank() > other.rank()) => failure = Some(error),
            Err(_) => {}
        }
    }
    reader.trials.active = outer;
    if !outer {
        reader.trials.best.clear();
    } else if several && known.is_none() {
        reader.trials.best.insert(place, best.as_ref().map(|(candidate, ..)| *candidate));
    }
    match (best, failure) {
        (Some((_, value, end)), _) => {
            reader.reset(end);
            reader.misfit += start.misfit;
            reader.lossy |= start.lossy;
            Ok(Some(value))
        }
        (None, Some(error)) if tagged || error.is_definite() => Err(error.into_definite()),
        (None, _) => {
            reader.reset(start);
            Ok(None)
        }
    }
}

impl Writer {
    /// Appends what a known variant of a union holds. It is something, even if all its fields are empty.
    pub fn variant(&mut self, value: &dyn Json) {
        self.touched = true;
        value.write(self);
    }

    /// Appends what no variant of a union describes. An empty union is an unknown null; it stands for a value that was
    /// not there.
    pub fn unknown(&mut self, value: &Value) {
        let start = self.len();
        value.write(self);
        if self.since(start) != b"null" {
            note_unknown(self.since(start));
        }
    }
}

/// Reads an open enum; a value that the document does not have fits a union's variant less well.
///
/// # Errors
/// Another kind of value than a string follows.
pub fn read_enum<T>(slot: &mut T, reader: &mut Reader<'_>) -> Result<(), ReadError>
where
    T: for<'a> From<&'a str>,
{
    *slot = T::from(&*reader.string()?);
    // No enum has this text, so it shows what an unknown value looks like; a closure an enum would cost every user's
    // compiler, and only a trial of several variants asks.
    if reader.trials.active && discriminant(slot) == discriminant(&T::from("\0")) {
        reader.misfit += UNKNOWN_VALUE;
    }
    Ok(())
}
