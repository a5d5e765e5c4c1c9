//! Unions and open enums: which variant is chosen, and what happens when none fits.

use std::time::Duration;

use crate::support::*;
use openai_runtime::json::{Extra, Map, Plan, Value, from_slice, recast};
use openai_runtime::{object, union};
use serde_json::json;

#[test]
fn the_tag_chooses_wherever_it_stands() {
    for text in [
        r#"{"type":"text","text":"a"}"#,
        r#"{"text":"a","type":"text"}"#,
        r#"{ "x" : [1,{"type":"image"},"\"type\""] , "ty\u0070e" : "te\u0078t", "text":"a" }"#,
    ] {
        assert!(matches!(keeps::<Part>(text), Part::Text(part) if part.text == "a"), "{text}");
    }
    assert!(
        matches!(keeps::<Part>(r#"{"type":"image","url":"u","detail":null}"#), Part::Image(part) if part.url == "u")
    );
}

#[test]
fn what_no_variant_describes_is_kept() {
    for text in
        [r#"{"type":"audio","data":[1,null]}"#, r#"{"type":null}"#, r#"{"type":7}"#, "{}", "[]", "null", "5", r#""a""#]
    {
        assert!(matches!(keeps::<Part>(text), Part::Unknown(_)), "{text}");
    }
    assert_eq!(write(&Part::default()), "null");
}

/// The first tag chooses the variant, so it is also the one that is written.
#[test]
fn of_a_tag_that_is_there_twice_the_first_counts() {
    for (text, written) in [
        (r#"{"type":"text","text":"a","type":"image","url":"u"}"#, json!({"type": "text", "text": "a", "url": "u"})),
        (r#"{"type":"text","type":"text","type":7,"text":"a"}"#, json!({"type": "text", "text": "a"})),
        (r#"{"type":"new","type":"text","text":"a"}"#, json!({"type": "new", "text": "a"})),
        (r#"{"type":null,"type":"text","text":"a"}"#, json!({"type": null, "text": "a"})),
        // Deeper in, and as a member of something else, it is none.
        (r#"{"type":"new","x":{"type":1,"type":2}}"#, json!({"type": "new", "x": {"type": 2}})),
        (
            r#"{"type":"text","text":"a","x":[{"type":1,"type":2}]}"#,
            json!({"type": "text", "text": "a", "x": [{"type": 2}]}),
        ),
    ] {
        let part: Part = from_slice(text.as_bytes()).unwrap();
        let again: Part = from_slice(&openai_runtime::json::to_vec(&part)).unwrap();
        assert_eq!(openai_runtime::json::to_value(&part), written, "{text}");
        assert_eq!(std::mem::discriminant(&again), std::mem::discriminant(&part), "{text}");
    }
    // Any other member: the last.
    let part: Part = from_slice(br#"{"type":"text","text":"a","text":"b"}"#).unwrap();
    assert!(matches!(part, Part::Text(part) if part.text == "b"));
    // The tag of a union within a union's field is its own.
    let text = r#"{"choices":[{"message":{"content":[{"type":"image","url":"u","type":"text"}]}}],"type":1,"type":2}"#;
    let completion: Completion = from_slice(text.as_bytes()).unwrap();
    let written = openai_runtime::json::to_value(&completion);
    assert_eq!(
        (&written["choices"][0]["message"]["content"][0]["type"], &written["type"]),
        (&json!("image"), &json!(2))
    );
}

#[test]
fn a_known_tag_whose_body_does_not_fit_chooses_still() {
    let text = r#"{"choices":[{"message":{"content":[{"type":"text","text":"a"},{"type":"image","url":{}}]}}]}"#;
    let completion = keeps::<Completion>(text);
    let Content::Parts(parts) = &completion.choices[0].message.content else { panic!("{completion:?}") };
    assert!(matches!(&parts[1], Part::Image(part) if part.url.is_empty() && part.extra.get("url") == Some(&json!({}))));
    assert!(matches!(keeps::<Part>(r#"{"type":"text","text":1}"#), Part::Text(part) if part.text == "1"));
}

#[test]
fn the_kind_chooses() {
    assert!(matches!(keeps::<Content>(r#""a""#), Content::Text(text) if text == "a"));
    assert!(matches!(keeps::<Content>("[]"), Content::Parts(parts) if parts.is_empty()));
    assert!(
        matches!(keeps::<Content>(r#"{"type":"text","text":"x"}"#), Content::Part(part) if matches!(*part, Part::Text(_)))
    );
    assert!(matches!(keeps::<Content>("1.5"), Content::Number(number) if number == 1.5));
    assert!(matches!(keeps::<Content>("true"), Content::Flag(true)));
    assert!(matches!(keeps::<Content>("null"), Content::Unknown(Value::Null)));
}

#[test]
fn the_candidate_with_the_fewest_misfits_is_kept() {
    assert!(matches!(keeps::<Item>(r#"{"type":"text","text":"a"}"#), Item::Text(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":"text","text":"a","title":"b"}"#), Item::Titled(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":"text"}"#), Item::Text(_)));
    assert!(matches!(keeps::<Item>(r#"{"name":"a"}"#), Item::Plain(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":null,"name":"a"}"#), Item::Plain(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":"new"}"#), Item::Other(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":[1]}"#), Item::Other(_)));
    assert!(matches!(keeps::<Item>(r#"{"name":{}}"#), Item::Plain(_)));
    // A candidate that fits each kind goes before one that knows more members.
    assert!(matches!(keeps::<Item>(r#"{"type":"text","text":"a","title":5}"#), Item::Text(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":"text","text":{}}"#), Item::Text(_)));
    assert!(matches!(keeps::<Item>(r#"{"type":"text","title":"b","text":{}}"#), Item::Titled(_)));
}

#[test]
fn nested_unions_without_tags_are_told_apart() {
    let filter = keeps::<Filter>(
        r#"{"filters":[{"key":"a","value":1},{"filters":[{"filters":[],"all":true},{"key":"b","value":[]}],"any":true}],"all":false}"#,
    );
    let Filter::And(and) = filter else { panic!("{filter:?}") };
    assert!(
        matches!(&and.filters[..], [Filter::Compare(_), Filter::Or(or)] if matches!(&or.filters[0], Filter::And(_)))
    );
}

/// Without a memory of what fitted, each level would take three times as long as the next: 3^100.
#[test]
fn trials_are_not_exponential_in_depth() {
    // Which would not end, so that a thread of its own is waited for.
    let (done, is_done) = std::sync::mpsc::channel();
    let depth = move || {
        deep_trials();
        done.send(())
    };
    std::thread::spawn(depth);
    assert!(is_done.recv_timeout(Duration::from_secs(60)).is_ok());
}

/// Each level without a tag is tried as each form: without a memory, 12^60 times.
#[test]
fn missing_tags_are_not_exponential_in_depth() {
    let (done, is_done) = std::sync::mpsc::channel();
    let depth = move || {
        for close in ["{}", "5", r#"{"type":"a"}"#] {
            let levels = 124;
            keeps::<Wide>(&format!("{}{close}{}", r#"{"next":"#.repeat(levels), "}".repeat(levels)));
            keeps::<Wide>(&format!("{}{close}{}", r#"{"type":"","b":1,"next":"#.repeat(levels), "}".repeat(levels)));
        }
        done.send(())
    };
    std::thread::spawn(depth);
    assert!(is_done.recv_timeout(Duration::from_secs(60)).is_ok());
}

fn deep_trials() {
    for open in [
        r#"{"filters":[{"x":1},"#,
        r#"{"any":true,"filters":["#,
        r#"{"filters":[5,{"key":"k","value":{"type":"text"}},"#,
        r#"{"all":{},"filters":[5,{"key":[],"value":{"type":"text","text":{}}},"#,
    ] {
        let levels = 60;
        let text = format!(r#"{}{{"key":"k"}}{}"#, open.repeat(levels), "]}".repeat(levels));
        keeps::<Filter>(&text);
    }
}

#[test]
fn depth_is_limited() {
    for (open, close) in [("[", "]"), (r#"{"a":"#, "}")] {
        let nested = |levels: usize| format!("{}1{}", open.repeat(levels), close.repeat(levels));
        assert!(from_slice::<Value>(nested(128).as_bytes()).is_ok());
        let error = from_slice::<Value>(nested(129).as_bytes()).unwrap_err();
        assert_eq!(error.message(), "the JSON text is nested deeper than 128 levels");
        assert!(from_slice::<Value>(open.repeat(1_000_000).as_bytes()).is_err());
        assert!(from_slice::<Part>(nested(100_000).as_bytes()).is_err());
        assert!(from_slice::<Plain>(nested(100_000).as_bytes()).is_err());
    }
    assert!(from_slice::<Filter>(r#"{"filters":["#.repeat(10_000).as_bytes()).is_err());
    assert!(from_slice::<Wide>(r#"{"type":"l","x":1,"next":"#.repeat(10_000).as_bytes()).is_err());
    // One less than the limit here is serde_json's own.
    let levels = 126;
    keeps::<Wide>(
        &format!("{}null{}", r#"{"type":"l","next":"#.repeat(levels), "}".repeat(levels)).replace("null", "{}"),
    );
}

/// A recursive union of large variants: the stack of a test's thread must do in an unoptimised build.
#[derive(Clone)]
enum Wide {
    A(Large),
    B(Large),
    C(Large),
    D(Large),
    E(Large),
    F(Large),
    G(Large),
    H(Large),
    I(Large),
    J(Large),
    K(Large),
    L(Large),
    Unknown(Value),
}
union!(
    Wide,
    Plan {
        tag: "type",
        tags: &[
            ("a", &[0]), ("b", &[1]), ("c", &[2]), ("d", &[3]), ("e", &[4]), ("f", &[5]), ("g", &[6]), ("h", &[7]),
            ("i", &[8]), ("j", &[9]), ("k", &[10]), ("l", &[11]),
        ],
        ..Plan::NONE
    },
    { 0: A, 1: B, 2: C, 3: D, 4: E, 5: F, 6: G, 7: H, 8: I, 9: J, 10: K, 11: L }
);

#[derive(Clone, Default)]
struct Large {
    next: Option<Box<Wide>>,
    kind: String,
    // Not on the wire: it makes the variants large.
    _padding: [String; 8],
    b: Option<Map<Value>>,
    c: Option<Value>,
    extra: Extra,
}
object!(Large, [F("next", O), F("type", R), F("b", O), F("c", O)], [next, kind, b, c]);

#[test]
fn values_made_deep_by_hand_are_written() {
    let value = (0..300).fold(json!(1), |inner, _| json!([inner]));
    assert_eq!(openai_runtime::json::to_value(&value), value);
}

#[test]
fn open_enums_keep_their_text() {
    assert!(matches!(keeps::<FinishReason>(r#""stop""#), FinishReason::Stop));
    let reason = keeps::<FinishReason>(r#""con\ttent""#);
    assert_eq!(reason.as_str(), "con\ttent");
    assert_eq!(reason.to_string(), "con\ttent");
    assert!(matches!(FinishReason::from("length"), FinishReason::Length));
    assert!(matches!(FinishReason::from(String::from("else")), FinishReason::Unknown(text) if &*text == "else"));
    assert_eq!(refused::<FinishReason>("5"), "expected a string, found a number (byte 0)");
}

#[test]
fn one_union_becomes_another_by_its_json() {
    let part = read::<Part>(r#"{"type":"text","text":"a","new":1}"#);
    assert!(matches!(recast(&part, Item::Unknown), Item::Text(part) if part.extra.get("new") == Some(&json!(1))));
    let bad = Part::Unknown(json!({"type": "text", "text": 5}));
    assert!(matches!(recast(&bad, Item::Unknown), Item::Text(part) if part.extra.get("text") == Some(&json!(5))));
}
