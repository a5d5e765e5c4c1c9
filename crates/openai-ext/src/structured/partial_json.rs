//! JSON that is not complete yet, as a model writes it.

use serde_json::{Map, Value};

/// What a text of JSON comes to that may be cut off anywhere: open strings, lists and objects are closed, and a member,
/// number or word that is not there as a whole is left out. `None` if there is nothing yet, or the text is no JSON.
///
/// ```
/// use openai_ext::structured::partial_json::parse;
///
/// assert_eq!(parse(r#"{"city": "Par"#), Some(serde_json::json!({"city": "Par"})));
/// assert_eq!(parse(r#"{"city": "Paris", "unit"#), Some(serde_json::json!({"city": "Paris"})));
/// assert_eq!(parse(""), None);
/// ```
#[must_use]
#[inline]
pub fn parse(text: &str) -> Option<Value> {
    // A whole text is the usual case at the end, and serde_json reads it best.
    if let Ok(value) = serde_json::from_str(text) {
        return Some(value);
    }
    let mut parser = Parser { rest: text, depth: 0 };
    parser.value().filter(|_| parser.rest.trim().is_empty())
}

/// Deeper than this no text is read, so that no text can exhaust the stack.
const MAX_DEPTH: usize = 128;

struct Parser<'a> {
    rest: &'a str,
    depth: usize,
}

impl Parser<'_> {
    /// The value ahead, as far as it is there. After `None` the rest is empty if the text is only cut off.
    #[inline]
    fn value(&mut self) -> Option<Value> {
        self.rest = self.rest.trim_start();
        self.depth += 1;
        let value = match self.rest.as_bytes().first()? {
            _ if self.depth > MAX_DEPTH => None,
            b'{' => self.object(),
            b'[' => self.array(),
            b'"' => self.string().map(|(text, _)| Value::String(text)),
            _ => self.word(),
        };
        self.depth -= 1;
        value
    }

    #[inline]
    fn object(&mut self) -> Option<Value> {
        let mut object = Map::new();
        self.skip(1);
        loop {
            match self.peek() {
                None => return Some(Value::Object(object)),
                Some(b'}') => {
                    self.skip(1);
                    return Some(Value::Object(object));
                }
                Some(b',') if !object.is_empty() => self.skip(1),
                Some(b'"') => {
                    let (name, complete) = self.string()?;
                    match self.peek() {
                        None => return Some(Value::Object(object)),
                        Some(b':') if complete => self.skip(1),
                        Some(_) => return None,
                    }
                    match self.value() {
                        Some(value) => drop(object.insert(name, value)),
                        None if self.rest.is_empty() => return Some(Value::Object(object)),
                        None => return None,
                    }
                }
                Some(_) => return None,
            }
        }
    }

    #[inline]
    fn array(&mut self) -> Option<Value> {
        let mut array = Vec::new();
        self.skip(1);
        loop {
            match self.peek() {
                None => return Some(Value::Array(array)),
                Some(b']') => {
                    self.skip(1);
                    return Some(Value::Array(array));
                }
                Some(b',') if !array.is_empty() => self.skip(1),
                Some(_) => match self.value() {
                    Some(value) => array.push(value),
                    None if self.rest.is_empty() => return Some(Value::Array(array)),
                    None => return None,
                },
            }
        }
    }

    /// A string, and whether its end is there. What is left of an escape that is cut off is not part of it.
    #[inline]
    fn string(&mut self) -> Option<(String, bool)> {
        let bytes = self.rest.as_bytes();
        let mut end = 1;
        let mut whole = 1;
        while end < bytes.len() {
            match bytes[end] {
                b'"' => {
                    let text = serde_json::from_str(&self.rest[..=end]).ok()?;
                    self.skip(end + 1);
                    return Some((text, true));
                }
                b'\\' => end += if bytes.get(end + 1) == Some(&b'u') { 6 } else { 2 },
                _ => end += 1,
            }
            if end <= bytes.len() {
                whole = end;
            }
        }
        let text = &self.rest[..whole];
        self.rest = "";
        let closed = |text: &str| serde_json::from_str::<String>(&format!("{text}\"")).ok();
        // Half of a surrogate pair is cut off as well.
        closed(text).or_else(|| closed(&text[..text.rfind("\\u")?])).map(|text| (text, false))
    }

    /// A number, `true`, `false` or `null`. At the end of the text it may be cut off, so only a word that can't go on counts.
    #[inline]
    fn word(&mut self) -> Option<Value> {
        let end = self.rest.find(|c: char| ",]}:\"[{".contains(c) || c.is_whitespace()).unwrap_or(self.rest.len());
        let (word, rest) = self.rest.split_at(end);
        let value = serde_json::from_str::<Value>(word).ok();
        let cut = rest.is_empty();
        let begins = |known: &str| known.starts_with(word);
        let plausible = ["true", "false", "null"].iter().any(|known| begins(known))
            || word.bytes().all(|byte| byte.is_ascii_digit() || b"+-.eE".contains(&byte));
        match value {
            Some(value) if !cut || !value.is_number() => {
                self.rest = rest;
                Some(value)
            }
            _ if cut && plausible => {
                self.rest = "";
                None
            }
            _ => None,
        }
    }

    #[inline]
    fn peek(&mut self) -> Option<u8> {
        self.rest = self.rest.trim_start();
        self.rest.as_bytes().first().copied()
    }

    #[inline]
    fn skip(&mut self, bytes: usize) {
        self.rest = &self.rest[bytes..];
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn texts_that_are_cut_off() {
        for (text, expected) in [
            ("", None),
            ("  ", None),
            ("{", Some(json!({}))),
            ("{\"", Some(json!({}))),
            ("{\"a\"", Some(json!({}))),
            ("{\"a\":", Some(json!({}))),
            ("{\"a\": 1", Some(json!({}))),
            ("{\"a\": 12,", Some(json!({"a": 12}))),
            ("{\"a\": tr", Some(json!({}))),
            ("{\"a\": true", Some(json!({"a": true}))),
            ("{\"a\": \"x\\", Some(json!({"a": "x"}))),
            ("{\"a\": \"x\\u00", Some(json!({"a": "x"}))),
            ("{\"a\": \"x\\ud83d", Some(json!({"a": "x"}))),
            ("{\"a\": \"x\\ud83d\\ude00", Some(json!({"a": "x😀"}))),
            ("[1, [2, {\"b\": \"c", Some(json!([1, [2, {"b": "c"}]]))),
            ("\"abc", Some(json!("abc"))),
            ("no JSON", None),
            ("{\"a\" 1", None),
            ("{} {}", None),
        ] {
            assert_eq!(parse(text), expected, "{text}");
        }
    }

    #[test]
    fn every_prefix_of_a_text_is_read_and_none_panics() {
        let text =
            r#"{"name": "Zoë \"x\" \u00e9 \ud83d\ude00", "list": [1.5e3, -2, null, {"deep": [[], {}]}], "end": false}"#;
        let ends = (1..=text.len()).filter(|end| text.is_char_boundary(*end));
        for end in ends {
            assert!(parse(&text[..end]).is_some_and(|value| value.is_object()), "{}", &text[..end]);
        }
        assert!(parse(&"[".repeat(100_000)).is_none());
    }
}
