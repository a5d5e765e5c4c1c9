//! The reader and the writer against serde_json, on random texts. The seeds are fixed: a failure comes again.

use crate::support::*;
use openai_runtime::json::{Json, ReadError, Value, from_slice, to_value, to_vec};

/// xorshift: enough for texts, and no dependency.
struct Random(u64);

impl Random {
    fn new(seed: u64) -> Self {
        Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1)
    }

    fn next(&mut self) -> u64 {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        self.0
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() >> 11) as usize % limit
    }

    fn one_in(&mut self, count: usize) -> bool {
        self.below(count) == 0
    }

    fn pick<'a>(&mut self, from: &[&'a str]) -> &'a str {
        from[self.below(from.len())]
    }
}

/// Names and texts that the types of the tests know, so that random bodies reach into them.
const WORDS: &[&str] = &[
    "id",
    "choices",
    "created",
    "usage",
    "model",
    "temperature",
    "stored",
    "tags",
    "labels",
    "grid",
    "holes",
    "anything",
    "values",
    "filter",
    "object",
    "chat.completion",
    "total",
    "details",
    "cached",
    "share",
    "exact",
    "index",
    "message",
    "finish_reason",
    "stop",
    "refusal",
    "content",
    "role",
    "assistant",
    "type",
    "text",
    "image",
    "url",
    "detail",
    "filters",
    "all",
    "any",
    "key",
    "value",
    "title",
    "name",
    "",
    "new",
    "é\u{1f600}",
    "a long text that is more than thirty-two bytes",
    "\\u0069d",
    "\\\"",
    "\\n",
    "\\ud83d\\ude00",
    "\\u00e9\\/",
];

const NUMBERS: &[&str] = &[
    "0",
    "-0",
    "1",
    "-1",
    "17",
    "1.0",
    "1e3",
    "0.1",
    "-2.5E-3",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551615",
    "18446744073709551616",
    "123456789012345678",
    "999999999999999999",
    "1000000000000000000",
    "9007199254740993",
    "1e308",
    "1.7976931348623157e308",
    "5e-324",
    "2.2250738585072011e-308",
    "0.30000000000000004",
    "3.141592653589793238462643",
    "1E+2",
    "0e0",
    "-0.0",
    "123456789.123456789",
];

fn space(random: &mut Random, out: &mut String) {
    if random.one_in(8) {
        out.push_str(random.pick(&[" ", "\n", "\t", "\r\n  "]));
    }
}

/// Any JSON text.
fn any(random: &mut Random, depth: usize, out: &mut String) {
    space(random, out);
    match random.below(if depth == 0 { 6 } else { 10 }) {
        0 => out.push_str("null"),
        1 => out.push_str(random.pick(&["true", "false"])),
        2 => out.push_str(random.pick(NUMBERS)),
        3 => out.push_str(&random.next().to_string()),
        4 => out.push_str(&f64::from_bits(random.next()).to_string().replace("NaN", "1").replace("inf", "2")),
        5 => string(random, out),
        6 | 7 => list(random, out, |random, out| any(random, depth - 1, out)),
        _ => {
            out.push('{');
            let mut tagged = false;
            for index in 0..random.below(5) {
                comma(index, out);
                key(random, &mut tagged, out);
                space(random, out);
                out.push(':');
                any(random, depth - 1, out);
            }
            out.push('}');
        }
    }
    space(random, out);
}

fn string(random: &mut Random, out: &mut String) {
    out.push('"');
    out.push_str(random.pick(WORDS));
    if random.one_in(4) {
        out.push_str(random.pick(WORDS));
    }
    out.push('"');
}

/// A name, but `type` once only: of several tags the first chooses the variant and the last is kept, so that reading
/// what was written may choose another.
fn key(random: &mut Random, tagged: &mut bool, out: &mut String) {
    let start = out.len();
    string(random, out);
    if &out[start..] == "\"type\"" && std::mem::replace(tagged, true) {
        out.truncate(start);
        out.push_str("\"types\"");
    }
}

fn list(random: &mut Random, out: &mut String, mut item: impl FnMut(&mut Random, &mut String)) {
    out.push('[');
    for index in 0..random.below(4) {
        comma(index, out);
        item(random, out);
    }
    out.push(']');
}

fn comma(index: usize, out: &mut String) {
    if index > 0 {
        out.push(',');
    }
}

/// A body of the tests' types, in which anything may be null, absent, twice, unknown or, seldom, of another kind.
fn body(random: &mut Random, kind: &str, depth: usize, out: &mut String) {
    if random.one_in(12) || depth == 0 {
        return out.push_str("null");
    }
    if random.one_in(60) {
        return any(random, 2, out);
    }
    let members: &[(&str, &str)] = match kind {
        "completion" => &[
            ("id", "string"),
            ("object", "object"),
            ("choices", "[choice"),
            ("created", "integer"),
            ("usage", "usage"),
            ("model", "string"),
            ("temperature", "float"),
            ("stored", "bool"),
            ("tags", "[string"),
            ("labels", "{string"),
            ("grid", "[[integer"),
            ("holes", "[string"),
            ("anything", "any"),
            ("values", "{any"),
            ("filter", "filter"),
        ],
        "usage" => &[("total", "integer"), ("details", "details")],
        "details" => &[("cached", "integer"), ("share", "float"), ("exact", "bool")],
        "choice" => &[("index", "integer"), ("message", "message"), ("finish_reason", "reason")],
        "message" => &[("role", "role"), ("refusal", "string"), ("content", "content")],
        "part" => &[("text", "string"), ("type", "type"), ("url", "string"), ("detail", "reason"), ("title", "string")],
        "filter" => {
            &[("filters", "[filter"), ("all", "bool"), ("any", "bool"), ("key", "string"), ("value", "content")]
        }
        _ => return leaf(random, kind, depth, out),
    };
    out.push('{');
    let mut count = 0;
    let mut tagged = false;
    for _ in 0..random.below(2 * members.len() + 1) {
        let (name, kind) = members[random.below(members.len())];
        if name == "type" && std::mem::replace(&mut tagged, true) {
            continue;
        }
        comma(count, out);
        count += 1;
        if random.one_in(10) {
            key(random, &mut tagged, out);
            out.push(':');
            any(random, 2, out);
        } else {
            out.push_str(&format!("\"{name}\""));
            space(random, out);
            out.push(':');
            space(random, out);
            body(random, kind, depth - 1, out);
        }
    }
    out.push('}');
}

fn leaf(random: &mut Random, kind: &str, depth: usize, out: &mut String) {
    match kind {
        "string" => string(random, out),
        "integer" => out.push_str(random.pick(&["0", "1", "-7", "1700000000", "1.0", "2e2", "9223372036854775807"])),
        "float" => out.push_str(random.pick(NUMBERS)),
        "bool" => out.push_str(random.pick(&["true", "false"])),
        "object" => out.push_str(random.pick(&["\"chat.completion\"", "\"list\""])),
        "role" => out.push_str(random.pick(&["\"assistant\"", "\"user\""])),
        "reason" => out.push_str(random.pick(&["\"stop\"", "\"other\"", "\"\""])),
        "type" => out.push_str(random.pick(&["\"text\"", "\"image\"", "\"audio\"", "7"])),
        "content" => match random.below(4) {
            0 => string(random, out),
            1 => list(random, out, |random, out| body(random, "part", depth - 1, out)),
            2 => body(random, "part", depth - 1, out),
            _ => out.push_str(random.pick(&["1.5", "true"])),
        },
        "any" => any(random, 2, out),
        _ if kind.starts_with('[') => list(random, out, |random, out| body(random, &kind[1..], depth - 1, out)),
        _ => {
            out.push('{');
            for index in 0..random.below(4) {
                comma(index, out);
                string(random, out);
                out.push(':');
                body(random, &kind[1..], depth - 1, out);
            }
            out.push('}');
        }
    }
}

fn ours(text: &[u8]) -> Result<Value, ReadError> {
    from_slice(text)
}

/// Rounds, unless JSON_ROUNDS multiplies them for a longer search.
fn rounds(count: u32) -> u32 {
    let times = std::env::var("JSON_ROUNDS").ok().and_then(|times| times.parse().ok()).unwrap_or(1);
    count * times
}

/// What is written says what was read, reading it again changes nothing, and serde's bridge agrees.
fn round_trip<T: Json + Default + PartialEq>(text: &str) -> bool {
    let expected: Value = match serde_json::from_str(text) {
        Ok(value) => value,
        Err(error) => panic!("{text}: {error}"),
    };
    let value = match from_slice::<T>(text.as_bytes()) {
        Ok(value) => value,
        // Only a root of another kind, or one that no candidate of a union describes, is refused.
        Err(error) if error.path().is_empty() => return false,
        Err(error) => panic!("{text}: {error}"),
    };
    let written = to_vec(&value);
    let back: Value = serde_json::from_slice(&written).unwrap_or_else(|error| panic!("{text}: {error}"));
    assert!(same(&back, &expected), "{text}\nwas written as\n{back}");
    let again: T = from_slice(&written).unwrap_or_else(|error| panic!("{text}: {error}"));
    // Not the same bytes always: members that stood twice may have led to another variant of the same JSON.
    assert!(same(&to_value(&again), &back), "{text}");
    assert!(from_slice::<T>(text.as_bytes()).is_ok_and(|twin| twin == value), "{text}");
    true
}

#[test]
fn values_are_those_of_serde_json() {
    let mut random = Random::new(1);
    for _ in 0..rounds(10_000) {
        let mut text = String::new();
        any(&mut random, 5, &mut text);
        let expected: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        let value = ours(text.as_bytes()).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(value, expected, "{text}");
        assert_eq!(String::from_utf8(to_vec(&value)).unwrap(), serde_json::to_string(&expected).unwrap());
    }
}

#[test]
fn floats_are_those_of_serde_json() {
    let mut random = Random::new(2);
    for _ in 0..rounds(20_000) {
        let float = f64::from_bits(random.next());
        if float.is_finite() {
            for text in [format!("{float}"), format!("{float:e}"), format!("{:.3}", float.abs().sqrt().ln())] {
                let expected: Value = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
                assert_eq!(ours(text.as_bytes()).unwrap(), expected, "{text}");
            }
        }
    }
}

/// Bytes changed, dropped, doubled: the same texts are refused, and none is a panic.
#[test]
fn damaged_texts_are_refused_as_serde_json_refuses_them() {
    let mut random = Random::new(3);
    let mut accepted = 0;
    for _ in 0..rounds(6_000) {
        let mut text = String::new();
        body(&mut random, "completion", 6, &mut text);
        let mut bytes = text.into_bytes();
        for _ in 0..=random.below(3) {
            damage(&mut random, &mut bytes);
        }
        let (read, expected) = (ours(&bytes), serde_json::from_slice::<Value>(&bytes));
        accepted += u32::from(expected.is_ok());
        match (&read, &expected) {
            (Ok(value), Ok(expected)) => assert_eq!(value, expected, "{}", String::from_utf8_lossy(&bytes)),
            (Ok(_), Err(_)) => assert!(is_lenient(&bytes), "{}", String::from_utf8_lossy(&bytes)),
            (Err(error), Ok(_)) => panic!("{error}: {}", String::from_utf8_lossy(&bytes)),
            (Err(_), Err(_)) => {}
        }
        if expected.is_ok() {
            round_trip::<Completion>(&String::from_utf8(bytes).unwrap());
        } else if read.is_err() {
            assert!(from_slice::<Completion>(&bytes).is_err(), "{}", String::from_utf8_lossy(&bytes));
        }
    }
    assert!(accepted > 500, "{accepted} of the damaged texts were JSON still");
}

fn damage(random: &mut Random, bytes: &mut Vec<u8>) {
    if bytes.is_empty() {
        return;
    }
    let at = random.below(bytes.len());
    match random.below(6) {
        0 => bytes[at] = random.next() as u8,
        1 => bytes[at] = b"{}[]\",:\\0-1.eEtfnu \n"[random.below(20)],
        2 => _ = bytes.remove(at),
        3 => bytes.insert(at, b"{}[]\",:\\0-1.eEtfnu \n"[random.below(20)]),
        4 => bytes.truncate(at),
        _ => {
            let end = (at + random.below(12)).min(bytes.len());
            let piece = bytes[at..end].to_vec();
            let to = random.below(bytes.len());
            bytes.splice(to..to, piece);
        }
    }
}

/// Whether a text is read here for one of the reasons that are meant: control characters and half surrogate pairs.
fn is_lenient(bytes: &[u8]) -> bool {
    let text = String::from_utf8_lossy(bytes);
    let without_controls: String = text.chars().map(|char| if char < ' ' { ' ' } else { char }).collect();
    let mut plain = String::new();
    let mut rest = without_controls.as_str();
    while let Some(at) = rest.find("\\u") {
        let is_surrogate = rest.get(at + 2..at + 4).is_some_and(|digits| {
            digits.starts_with(['d', 'D'])
                && digits.ends_with(['8', '9', 'a', 'b', 'A', 'B', 'c', 'd', 'e', 'f', 'C', 'D', 'E', 'F'])
        });
        plain.push_str(&rest[..at]);
        plain.push_str(if is_surrogate { "\\u00" } else { "\\u" });
        rest = &rest[at + if is_surrogate { 4 } else { 2 }..];
    }
    plain.push_str(rest);
    match serde_json::from_str::<Value>(&plain) {
        Ok(_) => true,
        // A number that 64 bits cannot hold is read as null.
        Err(error) => error.to_string().contains("out of range"),
    }
}

#[test]
fn random_bodies_are_written_back_as_they_were() {
    let mut random = Random::new(4);
    let mut read = [0_u32; 3];
    for _ in 0..rounds(6_000) {
        let mut text = String::new();
        body(&mut random, "completion", 7, &mut text);
        read[0] += u32::from(round_trip::<Completion>(&text));
        text.clear();
        body(&mut random, "filter", 6, &mut text);
        read[1] += u32::from(round_trip::<Filter>(&text));
        text.clear();
        body(&mut random, "part", 3, &mut text);
        read[2] += u32::from(round_trip::<Item>(&text));
    }
    assert!(read.iter().all(|count| *count > 2_500), "read: {read:?}");
}

#[test]
fn any_value_is_read_into_the_types_or_refused() {
    let mut random = Random::new(5);
    for _ in 0..rounds(5_000) {
        let mut text = String::new();
        any(&mut random, 5, &mut text);
        round_trip::<Completion>(&text);
        round_trip::<Part>(&text);
        round_trip::<Filter>(&text);
        // In an object, which keeps the text of what a list or a float can't hold.
        round_trip::<Compare>(&format!("{{\"value\":{text}}}"));
        round_trip::<Item>(&text);
    }
}

/// Whatever a value is set to after reading, it is what is written.
#[test]
fn changes_after_reading_are_written() {
    let mut random = Random::new(6);
    for _ in 0..rounds(10_000) {
        let mut text = String::new();
        body(&mut random, "completion", 6, &mut text);
        let mut value: Completion = match from_slice(text.as_bytes()) {
            Ok(value) => value,
            // Now and then the text is no object.
            Err(error) if error.path().is_empty() => continue,
            Err(error) => panic!("{text}: {error}"),
        };
        let was_none = value.model.is_none();
        value.id = "changed".to_owned();
        value.usage.details.cached = 77;
        value.model = None;
        value.tags = Some(vec!["t".to_owned()]);
        value.temperature = Some(0.0);
        let written: Value = serde_json::from_slice(&to_vec(&value)).unwrap();
        assert_eq!(written["id"], "changed", "{text}");
        assert_eq!(written["usage"]["details"]["cached"], 77, "{text}");
        assert_eq!(written["tags"], serde_json::json!(["t"]), "{text}");
        // A number that was read from a string is the same still.
        let temperature = &written["temperature"];
        assert!(temperature.as_f64() == Some(0.0) || temperature.as_str().is_some_and(|text| text == "0"), "{text}");
        let kept = value.extra.get("model").filter(|_| was_none).cloned();
        let kept = kept.or_else(|| value.extra.is_null("model").then_some(Value::Null));
        assert_eq!(written.get("model"), kept.as_ref(), "{text}");
    }
}
