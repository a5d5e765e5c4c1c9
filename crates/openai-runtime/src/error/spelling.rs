//! The spellings that a secret can have in a text: as it is, escaped as in JSON, a URL or HTML, or as base64.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD_NO_PAD, URL_SAFE_NO_PAD};

/// The least number of bytes of a secret that is masked where a text is cut off within it.
pub(super) const LEAST: usize = 8;
/// The mark at the end of an excerpt.
const CUT: &[u8] = "…".as_bytes();

/// Adds the byte strings by which a text is searched for a secret: the secret, and the part of its base64 that does not
/// depend on its neighbours, for each of the three places in a group of bytes that it can begin at.
pub(super) fn add_needles(secret: &str, needles: &mut Vec<Vec<u8>>) {
    needles.push(secret.as_bytes().to_vec());
    for before in 0..3 {
        let shifted = [&[0; 2][..before], secret.as_bytes()].concat();
        // The characters that hold bits of the bytes before, and the last one if it holds bits of a byte after.
        let (start, end) = ((before * 8).div_ceil(6), shifted.len() * 8 / 6);
        for encoded in [STANDARD_NO_PAD.encode(&shifted), URL_SAFE_NO_PAD.encode(&shifted)] {
            let needle = encoded.as_bytes()[start..end].to_vec();
            if needle.len() >= LEAST && needles.last() != Some(&needle) {
                needles.push(needle);
            }
        }
    }
}

/// Finds the next place at or after `from` where a needle stands, whole or cut off; gives where it begins and ends.
pub(super) fn find(text: &[u8], needle: &[u8], from: usize) -> Option<(usize, usize)> {
    let first = *needle.first()?;
    let mut at = from;
    loop {
        // Escapes begin with a backslash or a percent sign; one of HTML stands for a character that no key begins with.
        at += memchr::memchr3(first, b'\\', b'%', text.get(at..)?)?;
        // A secret may hold what looks like an escape, so that either reading is tried.
        let end = [true, false].into_iter().find_map(|escaped| match_at(&text[at..], needle, escaped));
        if let Some(length) = end {
            return Some((at, at + length));
        }
        at += 1;
    }
}

/// The length of the text that spells the needle at its start, or as much of the needle as there is before a cut.
fn match_at(text: &[u8], needle: &[u8], escaped: bool) -> Option<usize> {
    let mut at = 0;
    for (matched, byte) in needle.iter().enumerate() {
        match spelled(&text[at..], *byte, escaped) {
            Some(length) => at += length,
            None => return (matched >= LEAST).then(|| cut_length(&text[at..])).flatten().map(|length| at + length),
        }
    }
    Some(at)
}

/// The length of what is left before the text is cut off: nothing, or an escape that is not whole.
fn cut_length(rest: &[u8]) -> Option<usize> {
    let end = rest.iter().take(7).position(|byte| *byte == CUT[0]).unwrap_or(rest.len());
    let is_cut = end == rest.len() || rest[end..].starts_with(CUT);
    (is_cut && (end == 0 || (end <= 6 && matches!(rest[0], b'\\' | b'%' | b'&')))).then_some(end)
}

/// The length of the text that spells a byte at its start.
fn spelled(text: &[u8], byte: u8, escaped: bool) -> Option<usize> {
    let plain = || (text.first() == Some(&byte)).then_some(1);
    let escape = || match text.first()? {
        b'\\' => backslashed(text, byte),
        b'%' => percented(text, byte),
        b'&' => entity(text, byte),
        b'+' if byte == b' ' => Some(1),
        _ => None,
    };
    if escaped { escape().or_else(plain) } else { plain().or_else(escape) }
}

/// `\/`, `\"`, `\u002f`, `\x2f`, also of a JSON text within another, where backslashes are doubled.
fn backslashed(text: &[u8], byte: u8) -> Option<usize> {
    if byte == b'\\' {
        return text.starts_with(b"\\\\").then_some(2);
    }
    let slashes = text.iter().take_while(|byte| **byte == b'\\').count();
    let rest = &text[slashes..];
    match rest.first()? {
        b'u' if hex(rest.get(1..5)?) == Some(byte.into()) => Some(slashes + 5),
        b'x' if hex(rest.get(1..3)?) == Some(byte.into()) => Some(slashes + 3),
        found if *found == byte && !byte.is_ascii_alphanumeric() => Some(slashes + 1),
        _ => None,
    }
}

/// `%2f`, also encoded twice.
fn percented(text: &[u8], byte: u8) -> Option<usize> {
    let mut start = 1;
    while text.get(start..)?.starts_with(b"25") && byte != b'%' {
        start += 2;
    }
    (hex(text.get(start..start + 2)?) == Some(byte.into())).then_some(start + 2)
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
