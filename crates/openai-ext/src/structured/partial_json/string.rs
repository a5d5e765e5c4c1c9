//! The reader of a string that grows at its end.

use super::steps::count;

/// The place in a string between two parts of the text.
#[derive(Clone, Copy, Debug, Default)]
pub(super) enum StringReader {
    #[default]
    Plain,
    /// After a backslash.
    Escape,
    /// In the four digits after `\u`; `high` is the first half of a surrogate pair before them.
    Hex { high: Option<u32>, value: u32, digits: u8 },
    /// After the first half of a surrogate pair.
    High(u32),
    /// After the backslash that follows the first half of a surrogate pair.
    HighEscape(u32),
}

/// The reason why reading stopped.
pub(super) enum StringProgress {
    /// The text ended before the string.
    Cut,
    /// The closing quote was read.
    Complete,
    /// The string is not JSON.
    Broken,
}

impl StringReader {
    /// Appends the string to `text`, as far as it is there, and takes it from `rest`.
    #[inline]
    pub(super) fn read(&mut self, text: &mut String, rest: &mut &str) -> StringProgress {
        loop {
            if let Self::Plain = self {
                let is_special = |byte: &u8| matches!(byte, b'"' | b'\\' | 0..0x20);
                let end = rest.as_bytes().iter().position(is_special).unwrap_or(rest.len());
                count(end + 1);
                let (plain, after) = rest.split_at(end);
                text.push_str(plain);
                *rest = after;
            }
            let Some(byte) = rest.as_bytes().first().copied() else { return StringProgress::Cut };
            match self.after(byte, text) {
                Some(next) => *self = next,
                None if matches!(self, Self::Plain) && byte == b'"' => {
                    *rest = rest.get(1..).unwrap_or_default();
                    return StringProgress::Complete;
                }
                None => return StringProgress::Broken,
            }
            // It was ASCII, as nothing else is taken here.
            *rest = rest.get(1..).unwrap_or_default();
        }
    }

    /// Returns the place after a byte that is no plain text; `None` if the string ends or breaks there.
    #[inline]
    fn after(self, byte: u8, text: &mut String) -> Option<Self> {
        match self {
            Self::Plain => (byte == b'\\').then_some(Self::Escape),
            Self::Escape => {
                text.push(match byte {
                    b'u' => return Some(Self::Hex { high: None, value: 0, digits: 0 }),
                    b'"' | b'\\' | b'/' => char::from(byte),
                    b'b' => '\u{8}',
                    b'f' => '\u{c}',
                    b'n' => '\n',
                    b'r' => '\r',
                    b't' => '\t',
                    _ => return None,
                });
                Some(Self::Plain)
            }
            Self::Hex { high, value, digits } => {
                let value = value * 16 + char::from(byte).to_digit(16)?;
                if digits < 3 { Some(Self::Hex { high, value, digits: digits + 1 }) } else { unit(high, value, text) }
            }
            Self::High(high) => (byte == b'\\').then_some(Self::HighEscape(high)),
            Self::HighEscape(high) => (byte == b'u').then_some(Self::Hex { high: Some(high), value: 0, digits: 0 }),
        }
    }
}

/// Takes a unit of UTF-16, which is a character or half of one.
#[inline]
fn unit(high: Option<u32>, value: u32, text: &mut String) -> Option<StringReader> {
    let code = match (high, value) {
        (None, 0xD800..=0xDBFF) => return Some(StringReader::High(value)),
        (None, _) => value,
        (Some(high), 0xDC00..=0xDFFF) => 0x1_0000 + ((high - 0xD800) << 10) + (value - 0xDC00),
        (Some(_), _) => return None,
    };
    text.push(char::from_u32(code)?);
    Some(StringReader::Plain)
}
