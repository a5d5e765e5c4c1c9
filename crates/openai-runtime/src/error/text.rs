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

/// An error and what caused it, in one line: reqwest's own text leaves out the causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
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
        let length = value_length(value);
        if length > 0 {
            out.push_str(":\"***\"");
            rest = &value[length..];
        }
    }
    out + rest
}

/// The length of the string or number that a JSON text starts with, as far as it goes; 0 for anything else.
fn value_length(text: &str) -> usize {
    match text.as_bytes().first() {
        Some(b'"') => {
            // The quote it begins with ends nothing.
            let mut escaped = true;
            let end = text.bytes().position(|byte| {
                let ends = byte == b'"' && !escaped;
                escaped = byte == b'\\' && !escaped;
                ends
            });
            end.map_or(text.len(), |end| end + 1)
        }
        Some(b'-' | b'0'..=b'9') => text.find([',', '}', ']']).unwrap_or(text.len()),
        _ => 0,
    }
}

#[cfg(test)]
mod tests {
    use super::excerpt_without;

    #[test]
    fn secrets_are_masked() {
        for (text, shown) in [
            (r#"{"id":"a","token":"sk-1"}"#, r#"{"id":"a","token":"***"}"#),
            (r#"{"token" : "s\"k\\","b":1}"#, r#"{"token":"***","b":1}"#),
            (r#"{"token":"cut o"#, r#"{"token":"***""#),
            (r#"{"token":12345,"key":"x","list":["token"]}"#, r#"{"token":"***","key":"***","list":["token"]}"#),
            (r#"{"token":null,"key":{"token":"sk"}}"#, r#"{"token":null,"key":{"token":"***"}}"#),
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
}
