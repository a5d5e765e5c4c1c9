//! Which variant of a union a JSON value is.

use std::any::TypeId;
use std::borrow::Cow;
use std::collections::BTreeSet;
use std::mem::discriminant;

use serde_json::Value;

use super::codec::Json;
use super::error::{Note, ReadError};
use super::object::WRONG_CONST;
use super::reader::{JsonKind, Mark, Probe, Reader, is_same};
use super::writer::{Writer, note_unknown};

/// The way to find the variant: candidates by the value of a tag, by the JSON kind, or by the best fit.
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

    /// The candidates for what comes next, and how they were found.
    fn candidates(&self, reader: &mut Reader<'_>) -> Result<(&'static [u8], Sign), ReadError> {
        Ok(match reader.kind()? {
            JsonKind::String => (self.string, Sign::Kind),
            JsonKind::Number => (self.number, Sign::Kind),
            JsonKind::Boolean => (self.boolean, Sign::Kind),
            JsonKind::Array => (self.array, Sign::Kind),
            JsonKind::Null => (&[], Sign::Null),
            JsonKind::Object if self.tag.is_empty() => (self.untagged, Sign::Kind),
            JsonKind::Object => match peek_tag(self.tag, reader)? {
                Tag::None => (self.untagged, Sign::NoTag),
                Tag::Other(at, found) => (self.other, Sign::TagOfKind(at, found)),
                Tag::Text(tag) => match self.tagged(&tag, reader) {
                    Some(candidates) => (candidates, Sign::Tag),
                    None if tag.is_empty() => (self.untagged, Sign::NoTag),
                    None => (self.other, Sign::UnknownTag),
                },
            },
        })
    }

    /// The kinds of values that the union has, in words.
    #[cold]
    fn kinds(&self) -> String {
        let has_objects = !(self.tags.is_empty() && self.untagged.is_empty() && self.other.is_empty());
        let kinds = [
            (!self.string.is_empty(), JsonKind::String),
            (!self.number.is_empty(), JsonKind::Number),
            (!self.boolean.is_empty(), JsonKind::Boolean),
            (!self.array.is_empty(), JsonKind::Array),
            (has_objects, JsonKind::Object),
        ];
        let names: Vec<_> = kinds.iter().filter(|(has, _)| *has).map(|(_, kind)| kind.name()).collect();
        names.join(" or ")
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
    /// A tag of another kind: its offset, and its kind.
    Other(usize, &'static str),
}

/// The sign by which the candidates for a value were found.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Sign {
    Tag,
    UnknownTag,
    /// The tag is absent, null or an empty string.
    NoTag,
    /// The tag is no string: its offset, and its kind.
    TagOfKind(usize, &'static str),
    Kind,
    Null,
}

/// Returns the value of `name` in the object ahead, without moving. The first key is the usual place.
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
            kind => Tag::Other(reader.pos, kind.name()),
        };
        break;
    }
    reader.reset(mark);
    Ok(tag)
}

/// A type that is one of several JSON forms.
pub trait Union: Sized + 'static {
    /// The way to find the variant.
    const PLAN: &'static Plan;
    /// Reads the variant with this index; any other index is the variant that keeps any value.
    ///
    /// # Errors
    /// The value does not fit the variant.
    fn read_variant(index: u8, reader: &mut Reader<'_>) -> Result<Self, ReadError>;
}

/// An object that no variant describes weighs more than fields that a variant does not have.
const UNKNOWN_VALUE: u64 = 10;

/// Reads a union: its tag or kind chooses the variant, and what nothing describes is kept as it is.
///
/// # Errors
/// The text is not JSON.
pub fn read_union<T: Union>(slot: &mut T, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let outer = reader.enter_union(T::PLAN.tag);
    let read = read_chosen(slot, reader);
    reader.tag = outer;
    read
}

fn read_chosen<T: Union>(slot: &mut T, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let (candidates, sign) = T::PLAN.candidates(reader)?;
    let mut failure = None;
    if let [only] = candidates {
        let start = reader.mark();
        match T::read_variant(*only, reader) {
            Ok(value) => {
                *slot = value;
                return Ok(());
            }
            Err(error) => failure = Some((error, start)),
        }
    }
    let mut trial = Trial::<T> { value: None, best: None };
    read_by_trial(&mut trial, (candidates, sign), failure, reader)?;
    if let Some(value) = trial.value {
        *slot = value;
    }
    Ok(())
}

/// A union whose variants are tried.
struct Trial<T> {
    /// The variant that was read last.
    value: Option<T>,
    best: Option<T>,
}

/// The part of a union that the trial of variants needs, so that a program has one copy of the trial for all unions.
trait Variants {
    fn plan(&self) -> &'static Plan;

    fn type_id(&self) -> TypeId;

    fn read(&mut self, index: u8, reader: &mut Reader<'_>) -> Result<(), ReadError>;

    /// Keeps the variant that was read last as the best so far.
    fn keep(&mut self);

    /// Makes the best variant the value; `false` if there is none.
    fn finish(&mut self) -> bool;
}

impl<T: Union> Variants for Trial<T> {
    fn plan(&self) -> &'static Plan {
        T::PLAN
    }

    fn type_id(&self) -> TypeId {
        TypeId::of::<T>()
    }

    fn read(&mut self, index: u8, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        self.value = Some(T::read_variant(index, reader)?);
        Ok(())
    }

    fn keep(&mut self) {
        self.best = self.value.take();
    }

    fn finish(&mut self) -> bool {
        self.value = self.best.take();
        self.value.is_some()
    }
}

/// Reads a value that does not have the one candidate of its tag, or whose only candidate failed.
fn read_by_trial(
    union: &mut dyn Variants,
    (candidates, sign): (&'static [u8], Sign),
    failure: Option<(ReadError, Mark)>,
    reader: &mut Reader<'_>,
) -> Result<(), ReadError> {
    match failure {
        Some((error, start)) => {
            let kinds = error.kinds().filter(|_| sign != Sign::Tag && !reader.trials.strict);
            let Some((expected, found)) = kinds else { return Err(error) };
            reader.reset(start);
            reader.note(Note { offset: start.pos, expected, found, is_read: false });
        }
        None if candidates.is_empty() => {}
        None => return best_of(union, candidates, reader),
    }
    read_unknown(union, sign, reader)
}

/// Reads a value that no candidate describes: as the one form that it can be in spite of its missing tag, or as unknown.
#[cold]
fn read_unknown(union: &mut dyn Variants, sign: Sign, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let start = reader.pos;
    match sign {
        Sign::NoTag => {
            if let Some(form) = known_form(union, reader) {
                return union.read(form, reader);
            }
            if reader.rare().is_input {
                let expected = format!("an object with `{}`", union.plan().tag).into();
                reader.note(Note { offset: start, expected, found: "one without it", is_read: false });
            }
        }
        Sign::TagOfKind(at, found) => reader.note_kind(at, "a string", found),
        Sign::Kind if reader.rare().notes.last().is_none_or(|note| note.offset != start) => {
            let found = reader.kind()?.name();
            reader.note(Note { offset: start, expected: union.plan().kinds().into(), found, is_read: false });
        }
        _ => {}
    }
    reader.misfit += match sign {
        // It was noted, which counts.
        Sign::TagOfKind(..) => 0,
        Sign::Kind => 1,
        _ => UNKNOWN_VALUE,
    };
    union.read(u8::MAX, reader)
}

/// Reads the best of several candidates. Nearly all texts fit one exactly, and a candidate that does not is left at the
/// first value of another kind; only if none fits are they read to their ends.
fn best_of(union: &mut dyn Variants, candidates: &[u8], reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let outer = std::mem::replace(&mut reader.trials.strict, true);
    let read = best_fit(union, candidates, reader);
    reader.trials.strict = outer;
    match read {
        Err(error) if !outer && error.kinds().is_some() => best_fit(union, candidates, reader),
        read => read,
    }
}

/// Reads the candidate with the fewest misfits, the first of equals.
fn best_fit(union: &mut dyn Variants, candidates: &[u8], reader: &mut Reader<'_>) -> Result<(), ReadError> {
    let start = reader.mark();
    let noted = reader.noted();
    let outer = std::mem::replace(&mut reader.trials.active, true);
    let place = (start.pos, union.type_id(), reader.trials.strict);
    // In a trial of a union around this one the same text was read before: the answer is known.
    let known = if outer { reader.rare().best.get(&place).copied() } else { None };
    let mut best: Option<(u8, Mark, Vec<Note>)> = None;
    let mut failure = None;
    for &candidate in candidates.iter().filter(|candidate| known.is_none_or(|known| known == Some(**candidate))) {
        reader.reset(start);
        reader.misfit = 0;
        match union.read(candidate, reader) {
            Ok(()) if reader.trials.strict && reader.misfit > 0 => drop(reader.take_notes(noted)),
            Ok(()) => {
                let notes = reader.take_notes(noted);
                if best.as_ref().is_none_or(|(_, end, _)| reader.misfit < end.misfit) {
                    best = Some((candidate, reader.mark(), notes));
                    union.keep();
                }
                if reader.misfit == 0 {
                    break;
                }
            }
            Err(error) if error.kinds().is_none() => {
                reader.trials.active = outer;
                return Err(error);
            }
            Err(error) => {
                reader.take_notes(noted);
                failure = failure.or(Some(error));
            }
        }
    }
    reader.trials.active = outer;
    if !outer {
        reader.rare.iter_mut().for_each(|rare| rare.best.clear());
    } else if known.is_none() {
        let best = best.as_ref().map(|(candidate, ..)| *candidate);
        reader.rare().best.insert(place, best);
    }
    let Some((_, end, notes)) = best.filter(|_| union.finish()) else {
        reader.reset(start);
        return Err(failure.unwrap_or_else(|| ReadError::mismatch("another form", "one that does not fit", start.pos)));
    };
    reader.reset(end);
    reader.misfit += start.misfit;
    reader.lossy |= start.lossy;
    notes.into_iter().for_each(|note| reader.note(note));
    Ok(())
}

/// The forms that each tag names.
type Tags = [(&'static str, &'static [u8])];

/// Returns the one form of an object without a tag whose required members are all there, which is found once at each
/// place; `None` if several forms have them, or none does.
fn known_form(union: &mut dyn Variants, reader: &mut Reader<'_>) -> Option<u8> {
    let place = (reader.pos, union.type_id());
    if let Some(form) = reader.rare().forms.get(&place) {
        return *form;
    }
    let form = find_form(union, reader);
    reader.rare().forms.insert(place, form);
    form
}

/// Returns the forms that a tag can name, each once.
fn tagged(tags: &Tags) -> BTreeSet<u8> {
    let mut forms = BTreeSet::new();
    forms.extend(tags.iter().flat_map(|(_, forms)| forms.iter().copied()));
    forms
}

fn find_form(union: &mut dyn Variants, reader: &mut Reader<'_>) -> Option<u8> {
    let start = reader.mark();
    let noted = reader.noted();
    let outer = (std::mem::take(&mut reader.trials), std::mem::take(&mut reader.rare().best));
    reader.trials.active = true;
    reader.trials.strict = true;
    let mut fitting: Vec<(u8, u64)> = Vec::new();
    for candidate in tagged(union.plan().tags) {
        reader.reset(start);
        reader.misfit = 0;
        reader.rare().best.clear();
        reader.trials.probe = Probe::Of(start.room);
        let is_read = union.read(candidate, reader).is_ok();
        // An empty tag reads as a wrong constant.
        if is_read && reader.trials.probe == Probe::Fits && reader.misfit < 2 * WRONG_CONST {
            fitting.push((candidate, reader.misfit));
        }
        reader.take_notes(noted);
    }
    (reader.trials, reader.rare().best) = outer;
    reader.reset(start);
    if fitting.len() > 1 {
        // But for its tag it is one of them exactly.
        fitting.retain(|(_, misfit)| matches!(misfit % WRONG_CONST, 0 | 1) && *misfit <= WRONG_CONST);
    }
    match fitting[..] {
        [(only, _)] => Some(only),
        _ => None,
    }
}

/// A string enum whose values the server may add to.
pub trait OpenEnum: Sized {
    /// Returns the value that is written as this text.
    fn from_text(text: &str) -> Self;
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
            self.note_untyped_role(start, value);
        }
    }
}

/// Reads an open enum; a value that the document does not have fits a union's variant less well.
///
/// # Errors
/// Another kind of value than a string follows.
pub fn read_enum<T: OpenEnum>(slot: &mut T, reader: &mut Reader<'_>) -> Result<(), ReadError> {
    *slot = T::from_text(&reader.string()?);
    // No enum has this text, so it shows what an unknown value looks like; a closure an enum would cost every user's
    // compiler, and only a trial of several variants asks.
    if reader.trials.active && discriminant(slot) == discriminant(&T::from_text("\0")) {
        reader.misfit += UNKNOWN_VALUE;
    }
    Ok(())
}
