//! Numbers of a JSON text.

mod decimal;

use serde_json::{Number, Value};

use decimal::Decimal;

use super::error::{NO_NUMBER, Note, ReadError};
use super::reader::Reader;

/// The names, in errors and notes, of numbers that are not the one that was expected.
const LARGER: &str = "a larger number";
const FRACTION: &str = "a number with a fraction";

/// Up to this many digits a whole number fits `i64` whatever the digits are.
const SAFE_DIGITS: usize = 18;

impl<'a> Reader<'a> {
    /// Reads an integer; `1.0` and `1e3` count as integers.
    ///
    /// # Errors
    /// Another kind of value follows, a fraction, or a number beyond 64 bits.
    pub fn integer(&mut self) -> Result<i64, ReadError> {
        match self.short_integer() {
            Some(value) => Ok(value),
            None => self.long_integer(),
        }
    }

    /// Reads a number.
    ///
    /// # Errors
    /// Another kind of value follows, or a number beyond the range of `f64`.
    pub fn number(&mut self) -> Result<f64, ReadError> {
        match self.decimal() {
            Some((number, digits)) => {
                self.lossy |= digits.is_cut(number);
                Ok(number)
            }
            None => self.long_number(),
        }
    }

    /// Reads a number whose digits are few enough for a short way. Anything else stays where it is: `None`.
    #[inline]
    pub(super) fn decimal(&mut self) -> Option<(f64, Decimal)> {
        self.peek();
        let decimal = Decimal::scan(self.text.as_bytes().get(self.pos..)?)?;
        let number = decimal.nearest()?;
        self.pos += decimal.length;
        Some((number, decimal))
    }

    #[cold]
    fn long_number(&mut self) -> Result<f64, ReadError> {
        let at = self.pos;
        let text = self.number_text("a number")?;
        match text.parse::<f64>() {
            Ok(float) if float.is_finite() => {
                // A long whole number that no float holds; `Value` keeps those that fit 64 bits.
                let is_whole = !text.bytes().any(|byte| matches!(byte, b'.' | b'e' | b'E'));
                self.lossy |= is_whole && text.parse::<i128>().is_ok_and(|whole| float as i128 != whole);
                Ok(float)
            }
            _ => Err(ReadError::mismatch("a 64-bit number", LARGER, at)),
        }
    }

    /// Reads a number of any kind, as `serde_json` does: whole numbers of 64 bits stay exact. A number that 64 bits cannot
    /// hold is read as null.
    pub(super) fn any_number(&mut self) -> Result<Value, ReadError> {
        if let Some(value) = self.short_integer() {
            return Ok(Value::Number(value.into()));
        }
        let at = self.pos;
        if let Some((number, digits)) = self.decimal() {
            match Number::from_f64(number) {
                Some(number) if !digits.is_whole() => return Ok(Value::Number(number)),
                _ => self.pos = at,
            }
        }
        let text = match self.number_text("a number") {
            Ok(text) => text,
            Err(_) if self.is_no_number() => return self.any_null().map(|()| Value::Null),
            Err(error) => return Err(error),
        };
        match text.parse::<i64>() {
            // `-0` is a float.
            Ok(value) if value != 0 => return Ok(Value::Number(value.into())),
            _ => {}
        }
        if let Ok(value) = text.parse::<u64>() {
            return Ok(Value::Number(value.into()));
        }
        let value = text.parse::<f64>().ok().and_then(Number::from_f64);
        if value.is_none() {
            self.note_kind(at, "a 64-bit number", LARGER);
        }
        Ok(value.map_or(Value::Null, Value::Number))
    }

    /// Passes over a number.
    pub(super) fn skip_number(&mut self) -> Result<(), ReadError> {
        match self.number_text("a number") {
            Err(_) if self.is_no_number() => self.any_null(),
            read => read.map(drop),
        }
    }

    /// Tells whether a word follows that Python writes for a number that JSON does not have.
    #[cold]
    pub(super) fn is_no_number(&self) -> bool {
        self.no_number().is_some()
    }

    fn no_number(&self) -> Option<&'static str> {
        let rest = self.text.as_bytes().get(self.pos..)?;
        ["NaN", "Infinity", "-Infinity"].into_iter().find(|word| rest.starts_with(word.as_bytes()))
    }

    /// Reads `null`, or a word that stands for no number, which counts as null.
    #[inline]
    pub(super) fn any_null(&mut self) -> Result<(), ReadError> {
        if self.text.as_bytes().get(self.pos) == Some(&b'n') { self.word(b"null") } else { self.take_no_number() }
    }

    #[cold]
    fn take_no_number(&mut self) -> Result<(), ReadError> {
        match self.no_number() {
            None => Err(self.error("expected a JSON value")),
            Some(word) => {
                self.note_kind(self.pos, "a JSON value", NO_NUMBER);
                self.pos += word.len();
                Ok(())
            }
        }
    }

    /// Notes a value that is not what its place asks for.
    #[cold]
    pub(super) fn note_kind(&mut self, offset: usize, expected: &'static str, found: &'static str) {
        self.misfit += 1;
        self.note(Note { offset, expected: expected.into(), found, is_read: false });
    }

    /// Passes over a number and gives its text.
    pub(super) fn number_text(&mut self, what: &'static str) -> Result<&'a str, ReadError> {
        match self.peek() {
            Some(b'-' | b'0'..=b'9') => {}
            _ => return Err(self.expected(what)),
        }
        let start = self.pos;
        let rest = &self.text.as_bytes()[start..];
        let length = rest
            .iter()
            .position(|byte| !matches!(byte, b'0'..=b'9' | b'-' | b'+' | b'.' | b'e' | b'E'))
            .unwrap_or(rest.len());
        let text = &self.text[start..start + length];
        if !is_number(text.as_bytes()) {
            if self.is_no_number() {
                return Err(ReadError::mismatch(what, NO_NUMBER, start));
            }
            return Err(self.error(&format!("{text} is not a JSON number")));
        }
        self.pos = start + length;
        Ok(text)
    }

    /// Reads a whole number of few digits, which nearly all are. Anything else stays where it is: `None`.
    #[inline]
    fn short_integer(&mut self) -> Option<i64> {
        let negative = self.peek() == Some(b'-');
        let digits = self.text.as_bytes().get(self.pos + usize::from(negative)..)?;
        let mut value = 0_i64;
        let mut count = 0;
        while let Some(digit) = digits.get(count).map(|byte| byte.wrapping_sub(b'0')) {
            if digit > 9 {
                break;
            }
            if count == SAFE_DIGITS {
                return None;
            }
            value = value * 10 + i64::from(digit);
            count += 1;
        }
        // A leading zero is no JSON, and `-0` is not an integer to `Value`.
        let odd = match digits.first() {
            Some(b'0') => count > 1 || negative,
            _ => count == 0,
        };
        if odd || matches!(digits.get(count), Some(b'.' | b'e' | b'E')) {
            return None;
        }
        self.pos += count + usize::from(negative);
        Some(if negative { -value } else { value })
    }

    #[cold]
    fn long_integer(&mut self) -> Result<i64, ReadError> {
        let at = self.pos;
        let text = self.number_text("an integer")?;
        if let Ok(value) = text.parse::<i64>() {
            return Ok(value);
        }
        // 2^63 is the first float that i64 can't hold; below it the cast is exact for whole numbers.
        match text.parse::<f64>() {
            Ok(value) if value.fract() != 0.0 => Err(ReadError::mismatch("an integer", FRACTION, at)),
            Ok(value) if value.abs() < 9_223_372_036_854_775_808.0 => Ok(value as i64),
            _ => Err(ReadError::mismatch("an integer of 64 bits", LARGER, at)),
        }
    }
}

/// Tells whether the text is a number by JSON's grammar, which is stricter than Rust's parsers.
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
