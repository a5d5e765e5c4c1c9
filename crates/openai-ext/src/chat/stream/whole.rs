//! Arguments that are whole JSON, told without a reading of them all at each delta.

use serde::de::IgnoredAny;

/// A scan of a growing text for the end of the JSON value that it begins with. Each byte is looked at once, and the text is
/// validated once.
#[derive(Clone, Debug, Default)]
pub(super) struct JsonEnd {
    /// The bytes that were looked at.
    scanned: usize,
    root: Root,
    /// The bytes that were looked at and validated, all in all.
    #[cfg(test)]
    steps: usize,
}

#[derive(Clone, Copy, Debug, Default)]
enum Root {
    /// Nothing but white space.
    #[default]
    Nothing,
    /// Within a list, an object or a string.
    Open { depth: usize, in_string: bool, is_escaped: bool },
    /// A number, or one of the three words, from here to there.
    Word { from: usize, to: usize },
    /// The value has its end, and is not validated.
    Closed,
    /// The value is JSON.
    Whole,
    /// No more bytes can make it JSON.
    Broken,
}

/// A longer number is not taken for arguments.
const LONGEST_WORD: usize = 64;

impl JsonEnd {
    /// Returns if a text is whole JSON. It is the text of the last time with more behind it.
    #[inline]
    pub(super) fn is_whole(&mut self, text: &str) -> bool {
        self.scan(text);
        match self.root {
            Root::Closed => {
                self.count(text.len());
                let is_json = serde_json::from_str::<IgnoredAny>(text).is_ok();
                self.root = if is_json { Root::Whole } else { Root::Broken };
                is_json
            }
            Root::Word { from, to } if to - from <= LONGEST_WORD => {
                let word = text.get(from..to).unwrap_or_default();
                self.count(word.len());
                serde_json::from_str::<IgnoredAny>(word).is_ok()
            }
            root => matches!(root, Root::Whole),
        }
    }

    /// Returns if a text has nothing but white space.
    #[inline]
    pub(super) fn is_blank(&mut self, text: &str) -> bool {
        self.scan(text);
        matches!(self.root, Root::Nothing)
    }

    #[inline]
    fn scan(&mut self, text: &str) {
        let new = text.as_bytes().get(self.scanned..).unwrap_or_default();
        for (at, byte) in (self.scanned..).zip(new) {
            self.root = self.root.after(at, *byte);
        }
        self.count(new.len());
        self.scanned = text.len();
    }

    #[cfg(test)]
    #[inline]
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    #[cfg_attr(not(test), allow(clippy::unused_self, reason = "the tests count"))]
    #[inline]
    fn count(&mut self, _steps: usize) {
        #[cfg(test)]
        {
            self.steps += _steps;
        }
    }
}

impl Root {
    #[inline]
    fn after(self, at: usize, byte: u8) -> Self {
        let is_space = matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
        match self {
            Self::Nothing if is_space => self,
            Self::Nothing => match byte {
                b'{' | b'[' => Self::Open { depth: 1, in_string: false, is_escaped: false },
                b'"' => Self::Open { depth: 0, in_string: true, is_escaped: false },
                _ => Self::Word { from: at, to: at + 1 },
            },
            Self::Open { depth, in_string: true, is_escaped } => match byte {
                b'"' if !is_escaped && depth == 0 => Self::Closed,
                _ => {
                    let in_string = byte != b'"' || is_escaped;
                    Self::Open { depth, in_string, is_escaped: byte == b'\\' && !is_escaped }
                }
            },
            Self::Open { depth, in_string: false, .. } => match byte {
                b'{' | b'[' => Self::Open { depth: depth + 1, in_string: false, is_escaped: false },
                b'}' | b']' if depth <= 1 => Self::Closed,
                b'}' | b']' => Self::Open { depth: depth - 1, in_string: false, is_escaped: false },
                b'"' => Self::Open { depth, in_string: true, is_escaped: false },
                _ => self,
            },
            Self::Word { to, .. } if is_space && to <= at => self,
            // White space ended it before.
            Self::Word { to, .. } if to < at => Self::Broken,
            Self::Word { from, .. } => Self::Word { from, to: at + 1 },
            Self::Closed | Self::Whole if !is_space => Self::Broken,
            Self::Closed | Self::Whole | Self::Broken => self,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_says_what_a_reading_of_all_says() {
        for text in [
            r#" {"a": [1, {"b": "}]\"\\"}], "c": null} "#,
            r#"["\u00e9", "é", [], {}]"#,
            r#""a\"b""#,
            "12.5e3",
            "true ",
            "nul",
            "{]",
            "{a}",
            "{}{}",
            "1 2",
            "\u{b}{}",
            "",
            " ",
            "-",
        ] {
            for step in [1, 2, 3, text.len().max(1)] {
                let mut end = JsonEnd::default();
                for (at, _) in text.char_indices().skip(1).step_by(step).chain([(text.len(), ' ')]) {
                    let expected = serde_json::from_str::<IgnoredAny>(&text[..at]).is_ok();
                    assert_eq!(end.is_whole(&text[..at]), expected, "{:?}", &text[..at]);
                }
            }
        }
    }

    #[test]
    fn the_steps_are_linear_in_the_text() {
        let steps = |start: &str, piece: &str, count: usize| {
            let (mut end, mut text) = (JsonEnd::default(), start.to_owned());
            for _ in 0..count {
                text.push_str(piece);
                end.is_whole(&text);
                end.is_whole(&text);
            }
            end.steps()
        };
        for (start, piece) in [
            (r#"{"a":""#, "}"),
            ("{", "}"),
            ("[", "[1],"),
            ("1", "1"),
            ("{} ", " "),
            ("", " "),
            (r#"""#, r#"\""#),
            ("{a}", "}"),
            ("1e", " "),
        ] {
            let (few, many) = (steps(start, piece, 1000), steps(start, piece, 2000));
            assert!(many <= 2 * few + 64 && many <= 12_000, "{start:?} {piece:?}: {few}, {many}");
        }
    }
}
