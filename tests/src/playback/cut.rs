//! The cuts of a stream into the pieces that a server sends.

/// A way to cut.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Cut {
    /// Not at all.
    Whole,
    /// After each blank line.
    Event,
    /// After each end of line.
    Line,
    /// After each byte.
    Byte,
    /// Inside each character of more than one byte.
    Utf8,
    /// At random places, by this seed.
    Random(u64),
}

impl Cut {
    /// Reads `whole`, `event`, `line`, `byte`, `utf8` or `rand:SEED`.
    ///
    /// # Errors
    /// It is none of these.
    pub fn parse(text: &str) -> Result<Self, String> {
        Ok(match text {
            "whole" => Self::Whole,
            "event" => Self::Event,
            "line" => Self::Line,
            "byte" => Self::Byte,
            "utf8" => Self::Utf8,
            _ => match text.strip_prefix("rand:").and_then(|seed| seed.parse().ok()) {
                Some(seed) => Self::Random(seed),
                None => return Err(format!("--cut {text} is none of whole, event, line, byte, utf8, rand:SEED")),
            },
        })
    }

    /// The pieces, which are the whole when put together.
    #[must_use]
    pub fn pieces(self, bytes: &[u8]) -> Vec<&[u8]> {
        let mut state = match self {
            Self::Random(seed) => seed,
            _ => 0,
        };
        let mut pieces = Vec::new();
        let mut start = 0;
        for at in 1..bytes.len() {
            let cut = match self {
                Self::Whole => false,
                Self::Byte => true,
                Self::Line => matches!(bytes[at - 1], b'\n' | b'\r'),
                Self::Event => {
                    at > 1 && matches!(&bytes[at - 2..at], b"\n\n" | b"\r\r") || bytes[..at].ends_with(b"\r\n\r\n")
                }
                // The next byte goes on with a character.
                Self::Utf8 => bytes[at] & 0b1100_0000 == 0b1000_0000,
                Self::Random(_) => random(&mut state).is_multiple_of(17),
            };
            if cut {
                pieces.push(&bytes[start..at]);
                start = at;
            }
        }
        pieces.push(&bytes[start..]);
        pieces
    }
}

/// SplitMix64: the same numbers for the same seed.
fn random(state: &mut u64) -> u64 {
    *state = state.wrapping_add(0x9E37_79B9_7F4A_7C15);
    let mut mixed = *state;
    mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
    mixed ^ (mixed >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_the_whole() {
        let bytes = "data: é\r\n\r\ndata: 2\n\ndata: 😀\r\rx".as_bytes();
        for (text, count) in [("whole", 1), ("event", 4), ("line", 9), ("byte", bytes.len()), ("utf8", 5)] {
            let pieces = Cut::parse(text).unwrap().pieces(bytes);
            assert_eq!((pieces.concat().as_slice(), pieces.len()), (bytes, count), "{text}");
        }
        assert_eq!(Cut::Random(1).pieces(bytes).concat(), bytes);
        assert_eq!(Cut::parse("rand:7"), Ok(Cut::Random(7)));
        assert!(Cut::parse("rand").is_err() && Cut::parse("").is_err());
    }
}
