use serde_json::{Value, json};

use super::steps::STEPS;
use super::{PartialJson, parse};

#[test]
#[inline]
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
#[inline]
fn every_prefix_of_a_text_is_read_and_none_panics() {
    let text =
        r#"{"name": "Zoë \"x\" \u00e9 \ud83d\ude00", "list": [1.5e3, -2, null, {"deep": [[], {}]}], "end": false}"#;
    let ends = (1..=text.len()).filter(|end| text.is_char_boundary(*end));
    for end in ends {
        assert!(parse(&text[..end]).is_some_and(|value| value.is_object()), "{}", &text[..end]);
    }
    assert!(parse(&"[".repeat(100_000)).is_none());
}

/// Texts of every kind of token, JSON and not.
#[inline]
fn documents() -> Vec<String> {
    let mut documents: Vec<String> = [
        r#"{"name": "Zoë \"x\" \u00e9 \ud83d\ude00 \/\b\f\n\r\t\\", "list": [1.5e3, -2, null, {"deep": [[], {}]}], "end": false}"#,
        r#" [true, false, null, 0, -0.0, 1e-7, "", "a", [], {}, [[[1]]], {"a": {"b": {"c": "d"}}}] "#,
        r#"{"a": 1, "a": "twice", "a": [1, 2], "b": {"a": 1, "a": {"x": 2}}}"#,
        r#""a \u0041 \uD83D\uDE00 string""#,
        "-12.5e+3",
        "12 ",
        "true",
        " null ",
        "{\u{a0}\"a\"\u{2003}:\u{b}1\u{3000}}",
        // Not JSON, but near it: commas too many or none, words that are none, brackets that do not fit.
        r#"{"a": 1, "b": [1, 2,], }"#,
        r#"{"a": 1 "b": [1 2 "x""y"] "c": {}}"#,
        "[,]",
        "[1,,2]",
        "{,}",
        r#"{"a": }"#,
        r#"{"a" 1}"#,
        r#"{a: 1}"#,
        "{1: 2}",
        "[1}",
        "{]",
        "[1]]",
        "{} {}",
        "[1-2, 3]",
        "[01, 1.e, 3]",
        "[truex]",
        "[nul]",
        "[True]",
        "no JSON",
        r#"["a":1]"#,
        "1e999",
        r#"{"a": 1e999}"#,
    ]
    .map(str::to_owned)
    .to_vec();
    for depth in [3, 126, 127, 128, 129, 140] {
        documents.push("[".repeat(depth) + &"]".repeat(depth));
        documents.push("[".repeat(depth) + "1" + &"]".repeat(depth));
        documents.push(r#"{"a":"#.repeat(depth) + r#""x""# + &"}".repeat(depth));
    }
    documents
}

/// A text in parts of these sizes, in turns, which never split a character.
#[inline]
fn parts<'a>(text: &'a str, sizes: &[usize]) -> Vec<&'a str> {
    let (mut parts, mut from) = (Vec::new(), 0);
    for size in sizes.iter().cycle() {
        if from >= text.len() {
            break;
        }
        let to = (from + size..=text.len()).find(|to| text.is_char_boundary(*to)).unwrap_or(text.len());
        parts.push(&text[from..to]);
        from = to;
    }
    parts
}

#[inline]
fn assert_same_as_from_scratch(text: &str, ways: &[&[usize]], is_exact: bool) {
    for sizes in ways {
        let (mut json, mut prefix) = (PartialJson::new(), String::new());
        for part in parts(text, sizes) {
            json.push(part);
            prefix.push_str(part);
            let whole = from_scratch::parse(&prefix);
            // What is no JSON may be told earlier, and stays so.
            assert!(json.value() == whole.as_ref() || (!is_exact && json.value().is_none()), "{prefix:?}: {json:?}");
            assert_eq!(parse(&prefix).as_ref(), json.value(), "{prefix:?}");
        }
    }
}

#[test]
#[inline]
fn each_prefix_in_parts_is_read_as_from_scratch() {
    for text in documents() {
        assert_same_as_from_scratch(&text, &[&[1], &[2], &[3, 1], &[7, 1, 2], &[usize::MAX / 2]], true);
    }
}

#[test]
#[inline]
fn texts_with_changes_anywhere_are_read_as_from_scratch() {
    for text in documents().iter().filter(|text| text.len() < 130) {
        for at in (0..text.len()).filter(|at| text.is_char_boundary(*at)) {
            for insert in ["", "\"", "\\", "{", "}", "[", "]", ",", ":", " ", "1", "e", "u", "\n", "\\ud83d"] {
                let skipped = text[at..].chars().next().map_or(0, char::len_utf8);
                let skipped = if at % 2 == 0 { 0 } else { skipped };
                let changed = format!("{}{insert}{}", &text[..at], &text[at + skipped..]);
                assert_same_as_from_scratch(&changed, &[&[at % 7 + 1, 3]], false);
            }
        }
    }
}

#[test]
#[inline]
fn a_long_text_asked_at_each_part_takes_linear_time() {
    let row = r#"{"name": "a name \u00e9", "numbers": [1, 2.5, null, true], "text": "several words of text"}, "#;
    let steps = |begin: &str, piece: &str, count: usize| {
        let (mut json, text) = (PartialJson::new(), begin.to_owned() + &piece.repeat(count));
        STEPS.set(0);
        parts(&text, &[4]).into_iter().for_each(|part| {
            json.push(part);
            let _ = json.value();
        });
        (STEPS.get(), text.len())
    };
    for (begin, piece) in [
        ("{\"rows\": [", row),
        ("{\"a\": {\"text\": \"", "several words of text, "),
        ("\"", "\\u00e9"),
        ("[", "[[[[[[]]]]]],"),
        ("{", "\"a\": {\"b\": {}}, "),
        ("[", "1234567890"),
        ("", "1234567890"),
        ("no JSON", " at all"),
        ("", " "),
    ] {
        let ((few, _), (many, length)) = (steps(begin, piece, 1000), steps(begin, piece, 8000));
        // A number that is the whole text is read at each part up to its limit.
        assert!(many <= 9 * few && many <= 8 * length + 200_000, "{piece:?}: {few}, {many} of {length}");
    }
}

#[test]
#[inline]
fn numbers_that_are_the_whole_text_are_shown_up_to_a_length() {
    let mut json = PartialJson::new();
    for (part, expected) in [("1", Some(json!(1))), ("2", Some(json!(12))), (".", None), ("5", Some(json!(12.5)))] {
        json.push(part);
        assert_eq!(json.value(), expected.as_ref());
    }
    json.push(&"5".repeat(2000));
    assert_eq!(json.value(), None);
    json.push(" ");
    assert!(json.value().is_some_and(Value::is_number));
}

/// The same by a reading of the whole text each time, without a state.
mod from_scratch {
    use serde_json::{Map, Value};

    #[inline]
    pub(super) fn parse(text: &str) -> Option<Value> {
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
}
