//! A pull reader over one JSON text.

mod rare;
mod trials;
mod values;

use std::borrow::Cow;

pub(super) use rare::Rare;
pub(super) use trials::{Mark, Probe, Trials};

use super::error::{NO_NUMBER, ReadError};
use super::table::Root;

/// Nesting past this is an error: bodies of the API stay below 30, and a stack is finite.
const MAX_DEPTH: u32 = 128;

/// The kind of a JSON value, told by its first byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JsonKind {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean,
    /// A number.
    Number,
    /// A string.
    String,
    /// An array.
    Array,
    /// An object.
    Object,
}

impl JsonKind {
    /// The name of the kind with its article.
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Null => "null",
            Self::Boolean => "a boolean",
            Self::Number => "a number",
            Self::String => "a string",
            Self::Array => "an array",
            Self::Object => "an object",
        }
    }
}

/// Reads one JSON text, front to back, without copying it.
#[derive(Debug)]
pub struct Reader<'a> {
    pub(super) text: &'a str,
    pub(super) pos: usize,
    /// The number of levels that may still be entered.
    pub(super) room: u32,
    /// The degree to which the values so far do not fit their types: unknown fields, absent required ones, unknown
    /// values.
    pub(super) misfit: u64,
    /// Set when a value was read in a form that can't be written back as it was; the enclosing object keeps its text.
    pub(super) lossy: bool,
    /// Set while values are made empty by reading the empty JSON value of their kind.
    pub(super) clearing: bool,
    pub(super) trials: Trials,
    /// The place of the last union's tag in its plan: values of one kind follow each other, as in a stream.
    pub(super) likely: usize,
    /// The tag of the union whose object is being read, and the room that there is inside that object.
    pub(super) tag: (&'static str, u32),
    /// The id of the request, for the `extra` of the outermost object.
    pub(super) request_id: Option<&'a str>,
    /// The members of the outermost object, if it was read by a table.
    pub(super) root: Option<Root>,
    /// All that few texts need: what is small is moved faster.
    pub(super) rare: Option<Box<Rare>>,
}

impl<'a> Reader<'a> {
    /// A reader over the whole of `bytes`.
    ///
    /// # Errors
    /// The bytes are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self::over(text)),
            Err(error) => Err(ReadError::new("the text is not UTF-8", error.valid_up_to())),
        }
    }

    pub(super) fn over(text: &'a str) -> Self {
        Self {
            text,
            pos: 0,
            room: MAX_DEPTH,
            misfit: 0,
            lossy: false,
            clearing: false,
            trials: Trials::default(),
            likely: 0,
            tag: ("", 0),
            request_id: None,
            root: None,
            rare: None,
        }
    }

    /// Lifts the limit of nesting, for text that was written from a value just before.
    pub(super) fn trusted(mut self) -> Self {
        self.room = u32::MAX;
        self
    }

    /// Sets the place at which the tag of a union is looked for first: [`Self::likely`] of a value before.
    pub(crate) fn set_likely(&mut self, likely: usize) {
        self.likely = likely;
    }

    /// Returns the place of the outermost union's tag.
    pub(crate) fn likely(&self) -> usize {
        self.likely
    }

    /// Checks that nothing but white space follows.
    ///
    /// # Errors
    /// Something follows the value.
    pub fn finish(&mut self) -> Result<(), ReadError> {
        match self.peek() {
            None => Ok(()),
            Some(_) => Err(self.error("expected the end of the text after the JSON value")),
        }
    }

    /// The kind of the next value.
    ///
    /// # Errors
    /// The text ends, or no value starts here.
    #[inline]
    pub fn kind(&mut self) -> Result<JsonKind, ReadError> {
        match self.peek() {
            Some(b'"') => Ok(JsonKind::String),
            Some(b'{') => Ok(JsonKind::Object),
            Some(b'[') => Ok(JsonKind::Array),
            Some(b't' | b'f') => Ok(JsonKind::Boolean),
            Some(b'n') => Ok(JsonKind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(JsonKind::Number),
            Some(_) if self.is_no_number() => Ok(JsonKind::Null),
            Some(_) => Err(self.error("expected a JSON value")),
            None => Err(self.error("the JSON text ends too early")),
        }
    }

    /// Reads `null` if that is what follows.
    ///
    /// # Errors
    /// A word that starts like `null` and is not.
    #[inline]
    pub fn take_null(&mut self) -> Result<bool, ReadError> {
        if self.peek() != Some(b'n') {
            return Ok(false);
        }
        self.word(b"null").map(|()| true)
    }

    /// Reads a boolean.
    ///
    /// # Errors
    /// Another kind of value follows.
    pub fn boolean(&mut self) -> Result<bool, ReadError> {
        match self.peek() {
            Some(b't') => self.word(b"true").map(|()| true),
            Some(b'f') => self.word(b"false").map(|()| false),
            _ => Err(self.expected("a boolean")),
        }
    }

    /// Enters an object; then [`Self::next_key`] until it gives `None`.
    ///
    /// # Errors
    /// Another kind of value follows, or the nesting is too deep.
    #[inline]
    pub fn begin_object(&mut self) -> Result<(), ReadError> {
        if self.peek() == Some(b'{') { self.enter() } else { Err(self.expected("an object")) }
    }

    /// The next key, or `None` at the end of the object.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn next_key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, ReadError> {
        if self.next_member(first)? { self.key().map(Some) } else { Ok(None) }
    }

    /// Tells whether another member follows in the object; if so, its key is next.
    #[inline]
    pub(super) fn next_member(&mut self, first: &mut bool) -> Result<bool, ReadError> {
        match self.peek() {
            Some(b',') if !*first => {
                self.pos += 1;
                if self.text.as_bytes().get(self.pos) != Some(&b'"') {
                    self.peek_past_space();
                }
                Ok(true)
            }
            Some(b'}') => {
                self.pos += 1;
                self.room += 1;
                Ok(false)
            }
            Some(_) if *first => {
                *first = false;
                Ok(true)
            }
            Some(_) => Err(self.error("expected `,` or `}` in an object")),
            None => Err(self.error("the JSON text ends inside an object")),
        }
    }

    /// Reads a key and its colon.
    pub(super) fn key(&mut self) -> Result<Cow<'a, str>, ReadError> {
        self.peek_quote()?;
        let key = self.string()?;
        self.colon()?;
        Ok(key)
    }

    /// Enters an array; then [`Self::next_item`] until it gives `false`.
    ///
    /// # Errors
    /// Another kind of value follows, or the nesting is too deep.
    #[inline]
    pub fn begin_array(&mut self) -> Result<(), ReadError> {
        if self.peek() == Some(b'[') { self.enter() } else { Err(self.expected("an array")) }
    }

    /// Tells whether another item follows in the array.
    ///
    /// # Errors
    /// The text is not JSON.
    #[inline]
    pub fn next_item(&mut self, first: bool) -> Result<bool, ReadError> {
        match self.peek() {
            Some(b']') => {
                self.pos += 1;
                self.room += 1;
                Ok(false)
            }
            Some(b',') if !first => {
                self.pos += 1;
                Ok(true)
            }
            Some(_) if first => Ok(true),
            Some(_) => Err(self.error("expected `,` or `]` in an array")),
            None => Err(self.error("the JSON text ends inside an array")),
        }
    }

    /// From here on a value of a union with this tag is read; gives what to set back afterwards.
    pub(super) fn enter_union(&mut self, tag: &'static str) -> (&'static str, u32) {
        std::mem::replace(&mut self.tag, (tag, self.room.wrapping_sub(1)))
    }

    /// Returns true if a member of the object that is being read is the tag by which its union chose the variant. If
    /// it is there twice, the first one chose it, and the first one stays.
    #[cold]
    pub(super) fn is_tag(&self, name: &str) -> bool {
        self.tag.1 == self.room && !name.is_empty() && self.tag.0 == name
    }

    /// Tells whether all that was entered has been left.
    #[inline]
    pub(super) fn is_outermost(&self) -> bool {
        self.room == MAX_DEPTH
    }

    /// Tells whether what is read now is a member of the outermost object.
    pub(super) fn is_in_outermost(&self) -> bool {
        self.room == MAX_DEPTH - 1
    }

    #[cold]
    pub(super) fn error(&self, message: &str) -> ReadError {
        ReadError::new(message, self.pos)
    }

    /// The error for another kind of value than was asked for.
    #[cold]
    pub(super) fn expected(&mut self, what: &'static str) -> ReadError {
        let found = match self.kind() {
            Ok(JsonKind::Null) if self.is_no_number() => NO_NUMBER,
            Ok(kind) => kind.name(),
            Err(error) => return error,
        };
        ReadError::mismatch(what, found, self.pos)
    }

    /// Moves past white space and gives the byte there.
    #[inline]
    pub(super) fn peek(&mut self) -> Option<u8> {
        match self.text.as_bytes().get(self.pos) {
            Some(&byte) if byte > b' ' => Some(byte),
            _ => self.peek_past_space(),
        }
    }

    fn peek_past_space(&mut self) -> Option<u8> {
        while let Some(b' ' | b'\n' | b'\r' | b'\t') = self.text.as_bytes().get(self.pos) {
            self.pos += 1;
        }
        self.text.as_bytes().get(self.pos).copied()
    }

    /// Passes over `key`, which has its quotes and colon, if it stands next exactly so, with no white space between.
    #[inline]
    pub(super) fn take_key(&mut self, key: &str) -> bool {
        let end = self.pos + key.len();
        let found = self.text.as_bytes().get(self.pos..end).is_some_and(|found| is_same(found, key.as_bytes()));
        if found {
            self.pos = end;
        }
        found
    }

    /// Returns the eight bytes behind the next one as a little-endian word; `None` at the end of the text.
    #[inline]
    pub(super) fn word_ahead(&self) -> Option<u64> {
        let rest = self.text.as_bytes().get(self.pos + 1..)?;
        rest.first_chunk::<8>().map(|bytes| u64::from_le_bytes(*bytes))
    }

    /// As [`Self::take_key`], for a name without quotes.
    #[inline]
    pub(super) fn take_name(&mut self, name: &str) -> bool {
        let found = self.text.as_bytes().get(self.pos) == Some(&b'"')
            && self.text.as_bytes().get(self.pos + 1..).is_some_and(|rest| rest.starts_with(name.as_bytes()))
            && self.text.as_bytes().get(self.pos + 1 + name.len()..).is_some_and(|rest| rest.starts_with(b"\":"));
        if found {
            self.pos += name.len() + 3;
        }
        found
    }

    /// Passes over the string `text` if it is next and has no escapes.
    #[inline]
    pub(super) fn take_text(&mut self, text: &str) -> bool {
        self.peek();
        let end = self.pos + 1 + text.len();
        let found = self.text.as_bytes().get(end) == Some(&b'"')
            && self.text.as_bytes().get(self.pos) == Some(&b'"')
            && self.text.as_bytes().get(self.pos + 1..end).is_some_and(|found| is_same(found, text.as_bytes()));
        if found {
            self.pos = end + 1;
        }
        found
    }

    fn peek_quote(&mut self) -> Result<(), ReadError> {
        if self.peek() == Some(b'"') { Ok(()) } else { Err(self.error("expected a key in quotes")) }
    }

    fn colon(&mut self) -> Result<(), ReadError> {
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:` after a key"));
        }
        self.pos += 1;
        Ok(())
    }

    #[inline]
    fn enter(&mut self) -> Result<(), ReadError> {
        if self.room == 0 {
            return Err(self.error("the JSON text is nested deeper than 128 levels"));
        }
        self.room -= 1;
        self.pos += 1;
        Ok(())
    }

    #[inline]
    pub(super) fn word(&mut self, word: &[u8]) -> Result<(), ReadError> {
        match self.text.as_bytes().get(self.pos..self.pos + word.len()) {
            Some(found) if found == word => {
                self.pos += word.len();
                Ok(())
            }
            _ => Err(self.error("expected a JSON value")),
        }
    }
}

/// Returns true if two names are equal. Most are short, and the call of memcmp would cost more than comparing them
/// does.
#[inline]
pub(super) fn is_same(a: &[u8], b: &[u8]) -> bool {
    if a.len() != b.len() {
        return false;
    }
    let ((a_words, _), (b_words, _)) = (a.as_chunks::<8>(), b.as_chunks::<8>());
    match (a.last_chunk::<8>(), b.last_chunk::<8>()) {
        // The last word overlaps the one before it, unless the name is a multiple of eight long.
        (Some(a_end), Some(b_end)) => a_end == b_end && a_words.iter().zip(b_words).all(|(a, b)| a == b),
        _ => a.iter().zip(b).all(|(a, b)| a == b),
    }
}
