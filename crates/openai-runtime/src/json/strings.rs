//! Strings of a JSON text.
//!
//! Two things that JSON forbids are read all the same, because a body cut short or pasted together by a server must
//! not be lost for them: half a surrogate pair becomes U+FFFD, and control characters may stand unescaped.

use std::borrow::Cow;

use super::error::ReadError;
use super::reader::Reader;

impl<'a> Reader<'a> {
    /// Reads a string; borrowed unless it has escapes.
    ///
    /// # Errors
    /// Another kind of value follows, or the string has no end.
    #[inline]
    pub fn string(&mut self) -> Result<Cow<'a, str>, ReadError> {
        if self.peek() != Some(b'"') {
            return Err(self.expected("a string"));
        }
        let start = self.pos + 1;
        let end = self.string_stop(start)?;
        if self.text.as_bytes()[end] == b'"' {
            self.pos = end + 1;
            return Ok(Cow::Borrowed(&self.text[start..end]));
        }
        self.escaped_string(start, end).map(Cow::Owned)
    }

    pub(super) fn skip_string(&mut self) -> Result<(), ReadError> {
        let mut from = self.pos + 1;
        loop {
            let stop = self.string_stop(from)?;
            if self.text.as_bytes()[stop] == b'"' {
                self.pos = stop + 1;
                return Ok(());
            }
            from = stop + 2;
            if from > self.text.len() {
                return Err(self.endless_string());
            }
        }
    }

    /// The index of the next quote or backslash.
    #[inline]
    fn string_stop(&self, start: usize) -> Result<usize, ReadError> {
        /// Longer strings are worth the call of memchr, which takes 32 bytes at a time.
        const NEAR: usize = 32;
        let mut at = start;
        while let Some(chunk) = self.text.as_bytes().get(at..).and_then(|rest| rest.first_chunk::<8>()) {
            let word = u64::from_le_bytes(*chunk);
            let hits = bytes_equal(word, b'"') | bytes_equal(word, b'\\');
            if hits != 0 {
                return Ok(at + (hits.trailing_zeros() / 8) as usize);
            }
            at += 8;
            if at - start >= NEAR {
                break;
            }
        }
        match self.text.as_bytes().get(at..).and_then(|rest| memchr::memchr2(b'"', b'\\', rest)) {
            Some(index) => Ok(at + index),
            None => Err(self.endless_string()),
        }
    }

    #[cold]
    fn endless_string(&self) -> ReadError {
        ReadError::new("the JSON text ends inside a string", self.text.len())
    }

    fn escaped_string(&mut self, start: usize, mut stop: usize) -> Result<String, ReadError> {
        let mut out = String::with_capacity(stop - start + 32);
        let mut from = start;
        loop {
            out.push_str(&self.text[from..stop]);
            if self.text.as_bytes()[stop] == b'"' {
                self.pos = stop + 1;
                return Ok(out);
            }
            from = self.escape(stop, &mut out)?;
            stop = self.string_stop(from)?;
        }
    }

    /// Decodes the escape whose backslash is at `at`; gives the index behind it.
    fn escape(&self, at: usize, out: &mut String) -> Result<usize, ReadError> {
        let plain = match self.text.as_bytes().get(at + 1) {
            Some(b'"') => '"',
            Some(b'\\') => '\\',
            Some(b'/') => '/',
            Some(b'n') => '\n',
            Some(b't') => '\t',
            Some(b'r') => '\r',
            Some(b'b') => '\u{8}',
            Some(b'f') => '\u{c}',
            Some(b'u') => return self.unicode_escape(at, out),
            Some(_) => return Err(ReadError::new("an escape in a string that JSON does not have", at)),
            None => return Err(self.endless_string()),
        };
        out.push(plain);
        Ok(at + 2)
    }

    fn unicode_escape(&self, at: usize, out: &mut String) -> Result<usize, ReadError> {
        let high = self.hex4(at + 2)?;
        if (0xd800..0xdc00).contains(&high) && self.text.as_bytes().get(at + 6..at + 8) == Some(b"\\u") {
            let low = self.hex4(at + 8)?;
            if (0xdc00..0xe000).contains(&low) {
                let code = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
                out.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
                return Ok(at + 12);
            }
        }
        out.push(char::from_u32(high).unwrap_or(char::REPLACEMENT_CHARACTER));
        Ok(at + 6)
    }

    fn hex4(&self, at: usize) -> Result<u32, ReadError> {
        let digits = self.text.as_bytes().get(at..at + 4).unwrap_or_default();
        let code = digits.iter().try_fold(0, |code, byte| Some(code * 16 + char::from(*byte).to_digit(16)?));
        code.filter(|_| digits.len() == 4)
            .ok_or_else(|| ReadError::new("expected four hexadecimal digits after \\u", at))
    }
}

/// The top bit of each byte of `word` that is `byte`; right for the lowest of them, which is all that is asked.
#[inline]
pub(super) fn bytes_equal(word: u64, byte: u8) -> u64 {
    let zeroed = word ^ splat(byte);
    zeroed.wrapping_sub(splat(1)) & !zeroed & splat(0x80)
}

/// The top bit of each byte of `word` that is less than `limit`, at most 128; right for the lowest of them.
#[inline]
pub(super) fn bytes_below(word: u64, limit: u8) -> u64 {
    word.wrapping_sub(splat(limit)) & !word & splat(0x80)
}

const fn splat(byte: u8) -> u64 {
    u64::from_ne_bytes([byte; 8])
}
