//! Texts for messages.

/// The start of a text, for a message.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    excerpt_without(bytes, &[])
}

/// The start of a JSON text, for a message, in which the values of these members are masked.
pub(crate) fn excerpt_without(bytes: &[u8], secrets: &[&str]) -> String {
    const LENGTH: usize = 300;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LENGTH)]);
    let text = secrets.iter().fold(text.trim().to_owned(), |text, name| masked(text, name));
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}

/// An error and its causes, in one line. A cause that a text repeats stands there once.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.contains(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

/// The text with the values of the members of one name masked. It need be no whole JSON.
fn masked(text: String, name: &str) -> String {
    let key = format!("\"{name}\"");
    let mut out = String::new();
    let mut rest = text.as_str();
    while let Some(at) = rest.find(&key) {
        let (before, after) = rest.split_at(at + key.len());
        out.push_str(before);
        rest = after;
        let Some(value) = after.trim_start().strip_prefix(':').map(str::trim_start) else { continue };
        let length = value_length(value.as_bytes());
        if length > 0 {
            out.push_str(":\"***\"");
            rest = &value[length..];
        }
    }
    out + rest
}

/// The strings in the values of the members of these names, wherever they stand in a JSON text, which need not be whole.
pub(crate) fn strings_of(bytes: &[u8], names: &[&str]) -> Vec<String> {
    let mut found = Vec::new();
    for name in names {
        let key = format!("\"{name}\"");
        for at in memchr::memmem::find_iter(bytes, key.as_bytes()) {
            let after = bytes[at + key.len()..].trim_ascii_start();
            let Some(value) = after.strip_prefix(b":").map(<[u8]>::trim_ascii_start) else { continue };
            strings_in(&value[..value_length(value)], &mut found);
        }
    }
    found
}

/// The strings of a JSON value, those that are names of members left out.
fn strings_in(value: &[u8], found: &mut Vec<String>) {
    let mut rest = value;
    while let Some(at) = memchr::memchr(b'"', rest) {
        let (literal, after) = rest[at..].split_at(string_length(&rest[at..]));
        rest = after;
        if after.trim_ascii_start().first() != Some(&b':') {
            // Of a string that is cut off, the part that is there counts.
            let text = serde_json::from_slice::<String>(literal);
            let cut = || String::from_utf8_lossy(&literal[1..]).trim_end_matches('"').to_owned();
            found.push(text.unwrap_or_else(|_| cut()));
        }
    }
}

/// The length of the string, number, object or list that a JSON text starts with, as far as it goes; 0 for anything else.
fn value_length(text: &[u8]) -> usize {
    match text.first() {
        Some(b'"') => string_length(text),
        Some(b'{' | b'[') => {
            let (mut at, mut depth) = (0, 0_usize);
            while let Some(byte) = text.get(at) {
                match byte {
                    b'"' => at += string_length(&text[at..]),
                    b'{' | b'[' => (at, depth) = (at + 1, depth + 1),
                    b'}' | b']' => (at, depth) = (at + 1, depth.saturating_sub(1)),
                    _ => at += 1,
                }
                if depth == 0 {
                    break;
                }
            }
            at
        }
        Some(b'-' | b'0'..=b'9') => {
            text.iter().position(|byte| matches!(byte, b',' | b'}' | b']')).unwrap_or(text.len())
        }
        _ => 0,
    }
}

/// The length of the string that a JSON text starts with, as far as it goes.
fn string_length(text: &[u8]) -> usize {
    // The quote it begins with ends nothing.
    let mut escaped = true;
    let end = text.iter().position(|byte| {
        let ends = *byte == b'"' && !escaped;
        escaped = *byte == b'\\' && !escaped;
        ends
    });
    end.map_or(text.len(), |end| end + 1)
}

#[cfg(test)]
mod tests {
    use super::{excerpt_without, strings_of};

    #[test]
    fn secrets_are_masked() {
        for (text, shown) in [
            (r#"{"id":"a","token":"sk-1"}"#, r#"{"id":"a","token":"***"}"#),
            (r#"{"token" : "s\"k\\","b":1}"#, r#"{"token":"***","b":1}"#),
            (r#"{"token":"cut o"#, r#"{"token":"***""#),
            (r#"{"token":12345,"key":"x","list":["token"]}"#, r#"{"token":"***","key":"***","list":["token"]}"#),
            (r#"{"token":null,"key":true}"#, r#"{"token":null,"key":true}"#),
            (r#"{"key":{"token":"sk","more":["}",2]},"b":1}"#, r#"{"key":"***","b":1}"#),
            (r#"{"key":["sk","s"#, r#"{"key":"***""#),
            (r#"{"tokens":1}"#, r#"{"tokens":1}"#),
            (r#""token""#, r#""token""#),
        ] {
            assert_eq!(excerpt_without(text.as_bytes(), &["token", "key"]), shown);
        }
        let long = format!(r#"{{"pad":"{}","token":"{}"}}"#, "p".repeat(250), "s".repeat(100));
        assert!(!excerpt_without(long.as_bytes(), &["token"]).contains("ss"));
        let long = format!(r#"{{"pad":"{}","token":"{}"}}"#, "p".repeat(1150), "s".repeat(9000));
        assert!(!excerpt_without(long.as_bytes(), &["token"]).contains("ss"));
    }

    #[test]
    fn strings_of_members() {
        for (text, found) in [
            (r#"{"id":"a","token":"s\u006b-1"}"#, &["sk-1"][..]),
            (r#"{"token" : {"a":"x","b":["y",1,{"c":"z"}]},"b":"n"}"#, &["x", "y", "z"]),
            (r#"{"token":12,"a":{"token":"in"},"list":["token"]}"#, &["in"]),
            (r#"{"token":"cut o"#, &["cut o"]),
            (r#"{"token":["a","b"#, &["a", "b"]),
            (r#"{"token":null}"#, &[]),
        ] {
            assert_eq!(strings_of(text.as_bytes(), &["token"]), found, "{text}");
        }
    }
}
