//! Which variant of a union a JSON value is.

use super::{Json, JsonKind, ReadError, Reader, Value};

/// How to find the variant: candidates by the value of a tag, by the JSON kind, or by what fits best.
///
/// Numbers are indices of variants. More than one candidate means: read as each, keep the one that fits best.
#[derive(Debug, Default)]
pub struct Plan {
    /// The field that tells objects apart; empty if none does.
    pub tag: &'static str,
    /// Values of the tag, sorted, with their candidates.
    pub tags: &'static [(&'static str, &'static [u8])],
    /// Candidates for an object without a tag.
    pub untagged: &'static [u8],
    /// Candidates for an object whose tag is in none of `tags`.
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
            JsonKind::Object => match reader.peek_tag(self.tag)? {
                None => (self.untagged, false),
                Some(tag) => match self.tags.binary_search_by(|(known, _)| (*known).cmp(&*tag)) {
                    Ok(index) => (self.tags[index].1, true),
                    Err(_) => (self.other, false),
                },
            },
        })
    }
}

/// A type that is one of several JSON forms.
pub trait Union: Sized {
    /// How the variant is found.
    const PLAN: &'static Plan;
    /// Reads the variant with this index.
    ///
    /// # Errors
    /// The value does not fit the variant.
    fn read_variant(index: u8, reader: &mut Reader<'_>) -> Result<Self, ReadError>;
    /// The variant that keeps any value.
    fn unknown(value: Value) -> Self;
    /// What the variant holds.
    fn inner(&self) -> &dyn Json;
}

/// A value that no variant describes weighs more than fields that a variant does not have.
pub(crate) const UNKNOWN_VALUE: u32 = 10;

/// Reads a union: its tag or kind chooses the variant, and what nothing describes is kept as it is.
///
/// # Errors
/// The tag is known but the body does not fit it, or the text is not JSON.
pub fn read_union<T: Union>(reader: &mut Reader<'_>) -> Result<T, ReadError> {
    let (candidates, tagged) = T::PLAN.candidates(reader)?;
    match candidates {
        [] => {}
        [only] if tagged => return T::read_variant(*only, reader),
        _ => {
            if let Some(best) = best_fit::<T>(candidates, tagged, reader)? {
                return T::read_variant(best, reader);
            }
        }
    }
    reader.misfit += UNKNOWN_VALUE;
    reader.value().map(T::unknown)
}

/// The candidate that reads with the fewest misfits, the first of equals; `None` if none reads at all.
fn best_fit<T: Union>(candidates: &[u8], tagged: bool, reader: &mut Reader<'_>) -> Result<Option<u8>, ReadError> {
    if let [only] = candidates {
        let mark = reader.mark();
        let fits = T::read_variant(*only, reader).is_ok();
        reader.reset(mark);
        return Ok(fits.then_some(*only));
    }
    let mut best = None;
    let mut failure = None;
    let mark = reader.mark();
    for &candidate in candidates {
        reader.misfit = 0;
        match T::read_variant(candidate, reader) {
            Ok(_) if best.is_none_or(|(least, _)| reader.misfit < least) => best = Some((reader.misfit, candidate)),
            Ok(_) => {}
            Err(error) => failure = Some(error),
        }
        reader.reset(mark);
    }
    match (best, failure) {
        (Some((_, candidate)), _) => Ok(Some(candidate)),
        (None, Some(error)) if tagged => Err(error),
        (None, _) => Ok(None),
    }
}
