//! The spellings that a secret can have in a text: as it is, escaped as in JSON, a URL or HTML, or as base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The least number of bytes of a secret that is masked where a text is cut off within it.
pub(super) const LEAST: usize = 8;
/// The mark at the end of an excerpt.
const CUT: &[u8] = "…".as_bytes();

/// A byte string by which a text is searched for a secret.
pub(super) struct Needle {
    /// Without backslashes: how many stand for one in a text depends on how often it was escaped.
    bytes: Vec<u8>,
    /// There were some.
    has_backslashes: bool,
}

/// Adds what a text is searched for: the secret, and the part of its base64 that does not depend on its neighbours, for
/// each of the three places in a group of bytes that it can begin at.
pub(super) fn add_needles(secret: &str, needles: &mut Vec<Needle>) {
    let plain: Vec<u8> = secret.bytes().filter(|byte| *byte != b'\\').collect();
    if plain.len() >= LEAST {
        needles.push(Needle { has_backslashes: plain.len() < secret.len(), bytes: plain });
    }
    for before in 0..3 {
        let shifted = [&[0; 2][..before], secret.as_bytes()].concat();
        // The characters that hold bits of the bytes before, and the last one if it holds bits of a byte after.
        let (start, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            let bytes = encoded.as_bytes()[start..end].to_vec();
            if bytes.len() >= LEAST && needles.last().is_none_or(|last| last.bytes != bytes) {
                needles.push(Needle { bytes, has_backslashes: false });
            }
        }
    }
}

/// Finds the next place at or after `from` where a needle stands, whole or cut off; gives where it begins and ends.
pub(super) fn find(text: &[u8], needle: &Needle, from: usize) -> Option<(usize, usize)> {
    let first = *needle.bytes.first()?;
    let mut at = from;
    loop {
        // Escapes begin with a backslash or a percent sign; one of HTML stands for a character that no key begins with.
        at += memchr::memchr3(first, b'\\', b'%', text.get(at..)?)?;
        // A secret may hold what looks like an escape, so that each reading is tried.
        let end = [1, 2, 0].into_iter().find_map(|depth| needle.length_at(&text[at..], depth));
        if let Some(length) = end {
            return Some((at, at + length));
        }
        at += 1;
    }
}

impl Needle {
    /// The length of the text that spells the needle at its start, or as much of it as there is before a cut. `depth` tells
    /// how often the text was encoded as a URL; what is no escape then stands for itself.
    fn length_at(&self, text: &[u8], depth: usize) -> Option<usize> {
        let mut at = 0;
        for (matched, byte) in self.bytes.iter().enumerate() {
            if self.has_backslashes {
                at += backslashes(&text[at..]);
            }
            match spelled(&text[at..], *byte, depth) {
                Some(length) => at += length,
                None => return (matched >= LEAST).then(|| cut_length(&text[at..])).flatten().map(|length| at + length),
            }
        }
        Some(at)
    }
}

/// The length of the backslashes that a text begins with, in any spelling, but for those that begin another escape.
fn backslashes(text: &[u8]) -> usize {
    let mut at = 0;
    loop {
        let rest = &text[at..];
        let run = rest.iter().take_while(|byte| **byte == b'\\').count();
        let encoded = || [1, 2].into_iter().find_map(|depth| coded(rest, b'\\', depth));
        match (run, rest.get(run)) {
            (0, _) => match encoded() {
                Some(length) => at += length,
                None => return at,
            },
            // The last one belongs to what follows.
            (_, Some(b'u' | b'x')) => match encoded() {
                Some(length) => at += length,
                None => return at + run - 1,
            },
            _ => at += run,
        }
    }
}

/// The length of what is left before the text is cut off: nothing, or an escape that is not whole.
fn cut_length(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().take(9).position(|byte| *byte == CUT[0]).unwrap_or(rest.len());
    let is_cut = end == rest.len() || rest[end..].starts_with(CUT);
    (is_cut && (end == 0 || (end <= 8 && matches!(rest[0], b'\\' | b'%' | b'&')))).then_some(end)
}

/// The length of the text that spells a byte at its start.
fn spelled(text: &[u8], byte: u8, depth: usize) -> Option<usize> {
    let plain = || (text.first() == Some(&byte)).then_some(1);
    if depth > 0 { coded(text, byte, depth).or_else(plain) } else { plain().or_else(|| coded(text, byte, 1)) }
}

/// The same of an escape.
fn coded(text: &[u8], byte: u8, depth: usize) -> Option<usize> {
    match text.first()? {
        b'\\' => backslashed(text, byte),
        b'%' => percented(text, byte, depth),
        b'&' => entity(text, byte),
        b'+' if byte == b' ' => Some(1),
        _ => None,
    }
}

/// `\/`, `\"`, `\u002f`, `\x2f`, also of a JSON text within another, where backslashes are doubled.
fn backslashed(text: &[u8], byte: u8) -> Option<usize> {
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let rest = &text[slashes..];
    match rest.first()? {
        b'u' if hex(rest.get(1..5)?) == Some(byte.into()) => Some(slashes + 5),
        b'x' if hex(rest.get(1..3)?) == Some(byte.into()) => Some(slashes + 3),
        found if *found == byte && !byte.is_ascii_alphanumeric() => Some(slashes + 1),
        _ => None,
    }
}

/// `%2f`, or `%252f` of what was encoded twice.
fn percented(text: &[u8], byte: u8, depth: usize) -> Option<usize> {
    let start = 1 + 2 * (depth - 1);
    let is_prefixed = text.get(1..start)?.chunks(2).all(|pair| pair == b"25");
    (is_prefixed && hex(text.get(start..start + 2)?) == Some(byte.into())).then_some(start + 2)
}

/// `&amp;`, `&#47;`, `&#x2f;`
fn entity(text: &[u8], byte: u8) -> Option<usize> {
    let end = text.iter().take(10).position(|byte| *byte == b';')?;
    let name = std::str::from_utf8(&text[1..end]).ok()?;
    let found = match (name, name.strip_prefix('#')) {
        ("amp", _) => b'&'.into(),
        ("quot", _) => b'"'.into(),
        ("apos", _) => b'\''.into(),
        ("lt", _) => b'<'.into(),
        ("gt", _) => b'>'.into(),
        (_, Some(number)) => match number.strip_prefix(['x', 'X']) {
            Some(digits) => hex(digits.as_bytes())?,
            None => number.parse().ok()?,
        },
        _ => return None,
    };
    (found == u32::from(byte)).then_some(end + 1)
}

fn hex(digits: &[u8]) -> Option<u32> {
    digits.iter().try_fold(0_u32, |number, digit| {
        let value = char::from(*digit).to_digit(16)?;
        number.checked_mul(16)?.checked_add(value)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The secret in this spelling, and what is left of a text around it.
    fn masked(secret: &str, text: &str) -> String {
        let mut needles = Vec::new();
        add_needles(secret, &mut needles);
        let mut text = text.to_owned();
        for needle in &needles {
            while let Some((start, end)) = find(text.as_bytes(), needle, 0) {
                text.replace_range(start..end, "*");
            }
        }
        text
    }

    #[test]
    fn each_spelling_is_found() {
        let secret = r#"key+/="&%2f\z\\ end"#;
        let json = serde_json::json!(secret).to_string();
        let twice = serde_json::json!(json).to_string();
        let thrice = serde_json::json!(twice).to_string();
        let percent: String = secret.bytes().map(|byte| format!("%{byte:02x}")).collect();
        let unicode: String = secret.bytes().map(|byte| format!("\\u{byte:04X}")).collect();
        for spelling in [
            secret,
            json.trim_matches('"'),
            twice.trim_matches(['"', '\\']),
            thrice.trim_matches(['"', '\\']),
            &json.trim_matches('"').replace('/', "\\/"),
            &percent,
            &percent.replace('%', "%25"),
            &unicode,
            serde_json::json!(unicode).to_string().trim_matches('"'),
            "key%2B%2F%3D%22%26%252f%5Cz%5C%5C+end",
            "key+/=&quot;&amp;%2f\\z\\\\ end",
            "key&#43;&#x2f;=&#34;&#38;%2f\\z\\\\ end",
        ] {
            assert_eq!(masked(secret, &format!("a {spelling} b")), "a * b", "{spelling}");
            let cut: String = spelling.chars().take(spelling.chars().count() - 2).collect();
            assert_eq!(masked(secret, &format!("a {cut}…")), "a *…", "{cut}");
            assert_eq!(masked(secret, &format!("a {cut}")), "a *", "{cut}");
        }
        for before in ["", "u", "us", "user:"] {
            for after in ["", ":", "::"] {
                let encoded = STANDARD_NO_PAD.encode(format!("{before}{secret}{after}"));
                for encoded in
                    [encoded.clone(), encoded.replace('+', "-").replace('/', "_"), encoded.replace('/', "\\/")]
                {
                    let left = masked(secret, &encoded);
                    assert!(left.contains('*') && left.len() < encoded.len() / 2 + 4, "{encoded}: {left}");
                }
            }
        }
        for other in ["key+/=", "key+/=\"&%2f\\z\\ eng", "an end", "", "\\", "%", "%2", "\\u00"] {
            assert_eq!(masked(secret, other), other);
        }
    }
}
