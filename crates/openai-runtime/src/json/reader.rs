//! A pull reader over one JSON text.

use std::borrow::Cow;

use serde_json::{Number, Value};

use super::ReadError;

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

/// Reads one JSON text, front to back, without copying it.
#[derive(Debug)]
pub struct Reader<'a> {
    text: &'a str,
    bytes: &'a [u8],
    pos: usize,
    depth: u32,
    /// How badly what was read so far fits its types: unknown fields, absent required ones, unknown values.
    pub(crate) misfit: u32,
    /// Set when a value was read in a form that can't be written back as it was; the enclosing object keeps its text.
    pub(crate) lossy: bool,
}

/// A place to go back to.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Mark {
    pos: usize,
    depth: u32,
    misfit: u32,
    lossy: bool,
}

impl<'a> Reader<'a> {
    /// A reader over the whole of `bytes`.
    ///
    /// # Errors
    /// The bytes are not UTF-8.
    pub fn new(bytes: &'a [u8]) -> Result<Self, ReadError> {
        match std::str::from_utf8(bytes) {
            Ok(text) => Ok(Self { text, bytes, pos: 0, depth: 0, misfit: 0, lossy: false }),
            Err(error) => Err(ReadError::new("the text is not UTF-8", error.valid_up_to())),
        }
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
    pub fn kind(&mut self) -> Result<JsonKind, ReadError> {
        match self.peek() {
            Some(b'"') => Ok(JsonKind::String),
            Some(b'{') => Ok(JsonKind::Object),
            Some(b'[') => Ok(JsonKind::Array),
            Some(b't' | b'f') => Ok(JsonKind::Boolean),
            Some(b'n') => Ok(JsonKind::Null),
            Some(b'-' | b'0'..=b'9') => Ok(JsonKind::Number),
            Some(_) => Err(self.error("expected a JSON value")),
            None => Err(self.error("the JSON text ends too early")),
        }
    }

    /// Reads `null` if that is what follows.
    ///
    /// # Errors
    /// A word that starts like `null` and is not.
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

    /// Reads an integer; `1.0` counts as one.
    ///
    /// # Errors
    /// Another kind of value follows, a fraction, or a number beyond 64 bits.
    pub fn integer(&mut self) -> Result<i64, ReadError> {
        let at = self.pos;
        let text = self.number_text("an integer")?;
        if let Ok(value) = text.parse::<i64>() {
            return Ok(value);
        }
        // 2^63 is the first float that i64 can't hold; below it the cast is exact for whole numbers.
        match text.parse::<f64>() {
            Ok(value) if value.fract() == 0.0 && value.abs() < 9_223_372_036_854_775_808.0 => Ok(value as i64),
            _ => Err(ReadError::new(format!("expected an integer, found {text}"), at)),
        }
    }

    /// Reads a number.
    ///
    /// # Errors
    /// Another kind of value follows.
    pub fn number(&mut self) -> Result<f64, ReadError> {
        let at = self.pos;
        let text = self.number_text("a number")?;
        // Short whole numbers are the common case and need no float parser.
        if text.len() <= 15 {
            if let Ok(value) = text.parse::<i64>() {
                // `-0` is a float of its own.
                if value != 0 {
                    return Ok(value as f64);
                }
            }
        }
        text.parse::<f64>().map_err(|_| ReadError::new(format!("expected a number, found {text}"), at))
    }

    /// Reads a string; borrowed unless it has escapes.
    ///
    /// # Errors
    /// Another kind of value follows, or the string has no end.
    pub fn string(&mut self) -> Result<Cow<'a, str>, ReadError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.pos + 1;
        let end = self.string_stop(start)?;
        if self.bytes[end] == b'"' {
            self.pos = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.escaped_string(start, end).map(Cow::Owned)
    }

    /// Reads any value.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn value(&mut self) -> Result<Value, ReadError> {
        match self.kind()? {
            JsonKind::Null => self.word(b"null").map(|()| Value::Null),
            JsonKind::Boolean => self.boolean().map(Value::Bool),
            JsonKind::Number => self.any_number(),
            JsonKind::String => Ok(Value::String(self.string()?.into_owned())),
            JsonKind::Array => {
                let mut items = Vec::new();
                self.begin_array()?;
                while self.next_item(items.is_empty())? {
                    items.push(self.value()?);
                }
                Ok(Value::Array(items))
            }
            JsonKind::Object => {
                let mut members = serde_json::Map::new();
                let mut first = true;
                self.begin_object()?;
                while let Some(key) = self.next_key(&mut first)? {
                    let value = self.value()?;
                    members.insert(key.into_owned(), value);
                }
                Ok(Value::Object(members))
            }
        }
    }

    /// Passes over any value.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn skip(&mut self) -> Result<(), ReadError> {
        match self.kind()? {
            JsonKind::Null => self.word(b"null"),
            JsonKind::Boolean => self.boolean().map(drop),
            JsonKind::Number => self.number_text("a number").map(drop),
            JsonKind::String => self.skip_string(),
            JsonKind::Array => {
                let mut first = true;
                self.begin_array()?;
                while self.next_item(std::mem::take(&mut first))? {
                    self.skip()?;
                }
                Ok(())
            }
            JsonKind::Object => {
                let mut first = true;
                self.begin_object()?;
                while self.next_key(&mut first)?.is_some() {
                    self.skip()?;
                }
                Ok(())
            }
        }
    }

    /// Enters an object; then [`Self::next_key`] until it gives `None`.
    ///
    /// # Errors
    /// Another kind of value follows, or the nesting is too deep.
    pub fn begin_object(&mut self) -> Result<(), ReadError> {
        self.begin(b'{', "an object")
    }

    /// The next key, or `None` at the end of the object.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn next_key(&mut self, first: &mut bool) -> Result<Option<Cow<'a, str>>, ReadError> {
        match self.peek() {
            Some(b'}') => {
                self.pos += 1;
                self.depth -= 1;
                return Ok(None);
            }
            Some(b',') if !*first => {
                self.pos += 1;
                self.peek();
            }
            Some(_) if *first => {}
            Some(_) => return Err(self.error("expected `,` or `}` in an object")),
            None => return Err(self.error("the JSON text ends inside an object")),
        }
        *first = false;
        let key = self.string()?;
        if self.peek() != Some(b':') {
            return Err(self.error("expected `:` after a key"));
        }
        self.pos += 1;
        Ok(Some(key))
    }

    /// Enters an array; then [`Self::next_item`] until it gives `false`.
    ///
    /// # Errors
    /// Another kind of value follows, or the nesting is too deep.
    pub fn begin_array(&mut self) -> Result<(), ReadError> {
        self.begin(b'[', "an array")
    }

    /// Whether another item follows in the array.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn next_item(&mut self, first: bool) -> Result<bool, ReadError> {
        match self.peek() {
            Some(b']') => {
                self.pos += 1;
                self.depth -= 1;
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

    /// The string that the object ahead has under `name`, without moving. The first key is the usual place.
    ///
    /// # Errors
    /// The text is not JSON.
    pub fn peek_tag(&mut self, name: &str) -> Result<Option<Cow<'a, str>>, ReadError> {
        let mark = self.mark();
        let mut first = true;
        let mut found = None;
        self.begin_object()?;
        while let Some(key) = self.next_key(&mut first)? {
            if key == name {
                if self.peek() == Some(b'"') {
                    found = Some(self.string()?);
                }
                break;
            }
            self.skip()?;
        }
        self.reset(mark);
        Ok(found)
    }

    pub(crate) fn mark(&self) -> Mark {
        Mark { pos: self.pos, depth: self.depth, misfit: self.misfit, lossy: self.lossy }
    }

    pub(crate) fn reset(&mut self, mark: Mark) {
        self.pos = mark.pos;
        self.depth = mark.depth;
        self.misfit = mark.misfit;
        self.lossy = mark.lossy;
    }

    /// Reads again, as a plain value, what was read since `mark`.
    pub(crate) fn reread(&mut self, mark: Mark) -> Result<Value, ReadError> {
        let (pos, depth) = (self.pos, self.depth);
        self.pos = mark.pos;
        self.depth = mark.depth;
        let value = self.value()?;
        debug_assert_eq!((self.pos, self.depth), (pos, depth));
        Ok(value)
    }

    #[cold]
    pub(crate) fn error(&self, message: &str) -> ReadError {
        ReadError::new(message, self.pos)
    }

    /// The error for another kind of value than was asked for.
    #[cold]
    pub(crate) fn expected(&mut self, what: &str) -> ReadError {
        let found = match self.kind() {
            Ok(JsonKind::Null) => "null",
            Ok(JsonKind::Boolean) => "a boolean",
            Ok(JsonKind::Number) => "a number",
            Ok(JsonKind::String) => "a string",
            Ok(JsonKind::Array) => "an array",
            Ok(JsonKind::Object) => "an object",
            Err(error) => return error,
        };
        self.error(&format!("expected {what}, found {found}"))
    }

    /// Moves past white space and gives the byte there.
    #[inline]
    fn peek(&mut self) -> Option<u8> {
        loop {
            match self.bytes.get(self.pos) {
                Some(b' ' | b'\n' | b'\r' | b'\t') => self.pos += 1,
                Some(&byte) => return Some(byte),
                None => return None,
            }
        }
    }

    fn begin(&mut self, open: u8, what: &str) -> Result<(), ReadError> {
        if self.peek() != Some(open) {
            return Err(self.expected(what));
        }
        if self.depth >= MAX_DEPTH {
            return Err(self.error("the JSON text is nested deeper than 128 levels"));
        }
        self.depth += 1;
        self.pos += 1;
        Ok(())
    }

    fn word(&mut self, word: &[u8]) -> Result<(), ReadError> {
        match self.bytes.get(self.pos..self.pos + word.len()) {
            Some(found) if found == word => {
                self.pos += word.len();
                Ok(())
            }
            _ => Err(self.error("expected a JSON value")),
        }
    }

    /// The index of the next quote or backslash.
    #[inline]
    fn string_stop(&self, start: usize) -> Result<usize, ReadError> {
        let rest = &self.bytes[start..];
        // Keys and short values end within a few bytes; a call of memchr costs more than it saves there.
        for (index, &byte) in rest.iter().take(16).enumerate() {
            if byte == b'"' || byte == b'\\' {
                return Ok(start + index);
            }
        }
        let from = rest.len().min(16);
        match memchr::memchr2(b'"', b'\\', &rest[from..]) {
            Some(index) => Ok(start + from + index),
            None => Err(ReadError::new("the JSON text ends inside a string", self.bytes.len())),
        }
    }

    fn skip_string(&mut self) -> Result<(), ReadError> {
        let mut from = self.pos + 1;
        loop {
            let stop = self.string_stop(from)?;
            if self.bytes[stop] == b'"' {
                self.pos = stop + 1;
                return Ok(());
            }
            from = stop + 2;
            if from > self.bytes.len() {
                return Err(ReadError::new("the JSON text ends inside a string", self.bytes.len()));
            }
        }
    }

    #[cold]
    fn escaped_string(&mut self, start: usize, mut stop: usize) -> Result<String, ReadError> {
        let mut out = String::with_capacity(stop - start + 32);
        let mut from = start;
        loop {
            out.push_str(&self.text[from..stop]);
            if self.bytes[stop] == b'"' {
                self.pos = stop + 1;
                return Ok(out);
            }
            from = self.escape(stop, &mut out)?;
            stop = self.string_stop(from)?;
        }
    }

    /// Decodes the escape whose backslash is at `at`; gives the index behind it.
    fn escape(&mut self, at: usize, out: &mut String) -> Result<usize, ReadError> {
        let plain = match self.bytes.get(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode_escape(at, out),
            _ => return Err(ReadError::new("an escape in a string that JSON does not have", at)),
        };
        out.push(plain);
        Ok(at + 2)
    }

    fn unicode_escape(&mut self, at: usize, out: &mut String) -> Result<usize, ReadError> {
        let high = self.hex4(at + 2)?;
        if (0xd800..0xdc00).contains(&high) && self.bytes.get(at + 6..at + 8) == Some(b"\\u") {
            let low = self.hex4(at + 8)?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(at + 12);
            }
        }
        // Half a surrogate pair is no character; models cut texts there, and the rest of the body must not be lost.
        out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(at + 6)
    }

    fn hex4(&self, at: usize) -> Result<u32, ReadError> {
        let digits = self.text.get(at..at + 4).filter(|digits| digits.bytes().all(|byte| byte.is_ascii_hexdigit()));
        digits
            .and_then(|digits| u32::from_str_radix(digits, 16).ok())
            .ok_or_else(|| ReadError::new("expected four hexadecimal digits after \\u", at))
    }

    fn number_text(&mut self, what: &str) -> Result<&'a str, ReadError> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => {}
            _ => return Err(self.expected(what)),
        }
        let start = self.pos;
        let rest = &self.bytes[start..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let text = &self.text[start..start + length];
        if !is_number(text.as_bytes()) {
            return Err(self.error(&format!("{text} is not a JSON number")));
        }
        self.pos = start + length;
        Ok(text)
    }

    fn any_number(&mut self) -> Result<Value, ReadError> {
        let at = self.pos;
        let text = self.number_text("a number")?;
        if let Ok(value) = text.parse::<i64>() {
            if value != 0 || text == "0" {
                return Ok(Value::Number(value.into()));
            }
        }
        if let Ok(value) = text.parse::<u64>() {
            return Ok(Value::Number(value.into()));
        }
        let value = text.parse::<f64>().ok().and_then(Number::from_f64);
        value.map(Value::Number).ok_or_else(|| ReadError::new(format!("{text} is beyond a 64-bit number"), at))
    }
}

/// Whether the text is a number by JSON's grammar, which is stricter than Rust's parsers.
fn is_number(text: &[u8]) -> bool {
    fn digits(text: &[u8]) -> usize {
        text.iter().take_while(|byte| byte.is_ascii_digit()).count()
    }
    let text = text.strip_prefix(b"-").unwrap_or(text);
    let whole = digits(text);
    if whole == 0 || (whole > 1 && text[0] == b'0') {
        return false;
    }
    let mut rest = &text[whole..];
    if let Some(fraction) = rest.strip_prefix(b".") {
        let count = digits(fraction);
        if count == 0 {
            return false;
        }
        rest = &fraction[count..];
    }
    if let [b'e' | b'E', exponent @ ..] = rest {
        let exponent = exponent.strip_prefix(b"+").or_else(|| exponent.strip_prefix(b"-")).unwrap_or(exponent);
        let count = digits(exponent);
        return count > 0 && count == exponent.len();
    }
    rest.is_empty()
}
