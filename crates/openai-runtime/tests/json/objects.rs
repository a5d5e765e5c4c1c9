//! Objects: lenient reading, exact writing, and `extra` between the two.

use crate::support::*;
use openai_runtime::json::{Map, Value, from_response, from_slice};
use serde_json::json;

const FULL: &str = r#"{"id":"c1","object":"chat.completion","created":1700000000,"model":"m","choices":[{"index":0,
    "message":{"role":"assistant","content":"hi","refusal":null},"finish_reason":"stop"}],
    "usage":{"total":3,"details":{"cached":1,"share":0.25,"exact":true}},"temperature":0.5,"stored":false,
    "tags":["a",""],"labels":{"k":"v","":"e"},"grid":[[1,-2],[]],"holes":["x",null],"anything":[1,{"a":null}],
    "values":{"n":null,"b":true},"filter":{"key":"a","value":1.5}}"#;

#[test]
fn every_type_of_field_is_read_and_written_back() {
    let body = keeps::<Completion>(FULL);
    assert_eq!(body.id, "c1");
    assert_eq!(body.created, 1_700_000_000);
    assert_eq!(body.usage.details.share, 0.25);
    assert!(body.usage.details.exact);
    assert_eq!(body.stored, Some(false));
    assert_eq!(body.tags.as_deref(), Some(&["a".to_owned(), String::new()][..]));
    assert_eq!(body.labels.as_ref().and_then(|labels| labels.get("")).map(String::as_str), Some("e"));
    assert_eq!(body.grid, Some(vec![vec![1, -2], vec![]]));
    assert_eq!(body.holes, Some(vec![Some("x".to_owned()), None]));
    assert_eq!(body.anything, Some(json!([1, {"a": null}])));
    assert_eq!(body.values, Some(Map::from([("n".to_owned(), Value::Null), ("b".to_owned(), json!(true))])));
    assert!(matches!(body.filter.as_deref(), Some(Filter::Compare(compare)) if compare.key == "a"));
    assert!(matches!(body.choices[0].finish_reason, FinishReason::Stop));
    assert!(body.extra.is_empty());
}

#[test]
fn null_absent_and_empty_stay_apart() {
    for text in [
        "{}",
        r#"{"id":null}"#,
        r#"{"id":""}"#,
        r#"{"choices":null}"#,
        r#"{"choices":[]}"#,
        r#"{"choices":[{}]}"#,
        r#"{"choices":[{"message":null}]}"#,
        r#"{"choices":[{"message":{}}]}"#,
        r#"{"choices":[{"message":{"content":null}}]}"#,
        r#"{"choices":[{"message":{"content":""}}]}"#,
        r#"{"choices":[{"message":{"content":[]}}]}"#,
        r#"{"choices":[{"message":{"content":[{}]}}]}"#,
        r#"{"choices":[{"message":{"content":[{"type":"text"}]}}]}"#,
        r#"{"choices":[{"message":{"content":[{"type":"text","text":null}]}}]}"#,
        r#"{"choices":[{"finish_reason":null}]}"#,
        r#"{"choices":[{"finish_reason":""}]}"#,
        r#"{"created":null}"#,
        r#"{"created":0}"#,
        r#"{"usage":null}"#,
        r#"{"usage":{}}"#,
        r#"{"usage":{"details":null}}"#,
        r#"{"usage":{"details":{}}}"#,
        r#"{"usage":{"details":{"share":null,"exact":null}}}"#,
        r#"{"usage":{"details":{"share":0,"exact":false,"cached":0}}}"#,
        r#"{"model":null}"#,
        r#"{"model":""}"#,
        r#"{"temperature":null,"stored":null,"tags":null,"labels":null,"grid":null,"holes":null,"anything":null}"#,
        r#"{"tags":[],"labels":{},"grid":[],"holes":[],"values":{},"anything":{}}"#,
        r#"{"filter":null}"#,
        r#"{"filter":{}}"#,
        r#"{"filter":{"filters":[]}}"#,
        r#"{"filter":{"filters":[{"filters":null},null,{"key":null},7]}}"#,
        r#"{"object":null}"#,
        r#"{"object":"chat.completion"}"#,
        r#"{"object":"list"}"#,
        r#"{"object":{"x":[1]}}"#,
        r#"{"new":null,"other":{"deep":[null,{"a":null}]}}"#,
    ] {
        keeps::<Completion>(text);
    }
}

#[test]
fn nulls_inside_lists_and_maps_are_kept() {
    for text in [
        r#"{"tags":[null]}"#,
        r#"{"tags":["a",null,"b"],"labels":{"a":null,"b":"x"}}"#,
        r#"{"grid":[null,[1,null],[]]}"#,
        r#"{"choices":[null,{"index":1},null]}"#,
        r#"{"choices":[{"message":{"content":[null,{"type":"text","text":"x"}]}}]}"#,
        r#"{"holes":[null,null]}"#,
        r#"{"filter":{"filters":[null]}}"#,
    ] {
        keeps::<Completion>(text);
    }
    let mut body = keeps::<Completion>(r#"{"tags":["a",null]}"#);
    assert_eq!(body.tags, Some(vec!["a".to_owned(), String::new()]));
    assert_eq!(body.extra.get("tags"), Some(&json!(["a", null])));
    body.tags = Some(vec!["b".to_owned()]);
    assert_eq!(write(&body), r#"{"tags":["b"]}"#);
    body.tags = None;
    assert_eq!(write(&body), "{}");
}

#[test]
fn a_list_with_nulls_keeps_what_its_items_say() {
    let text = r#"{"choices":[null,{"index":1,"new":2,"message":{"role":"x","content":{"type":"odd","n":1}}}]}"#;
    keeps::<Completion>(text);
}

#[test]
fn what_a_value_of_ones_own_writes() {
    let mut body = Completion::default();
    assert_eq!(
        write(&body),
        r#"{"object":"chat.completion","id":"","choices":[],"created":0,"usage":{"total":0,"details":{"cached":0,"share":0,"exact":false}}}"#
    );
    body.model = Some(String::new());
    body.tags = Some(Vec::new());
    body.anything = Some(Value::Null);
    let written: Value = serde_json::from_str(&write(&body)).unwrap();
    assert_eq!((&written["model"], &written["tags"]), (&json!(""), &json!([])));
    assert!(written.as_object().unwrap().contains_key("anything"));
    assert!(!written.as_object().unwrap().contains_key("stored"));
    // A required field that may be null is written as null.
    assert_eq!(write(&Message::default()), r#"{"role":"assistant","refusal":null,"content":null}"#);
}

#[test]
fn what_was_set_after_reading_counts() {
    let mut body = read::<Completion>(r#"{"id":null,"usage":null,"model":null,"stored":true,"temperature":1.5}"#);
    assert!(body.extra.is_null("id") && body.extra.is_null("usage") && body.extra.is_null("model"));
    assert!(body.extra.is_absent("choices") && body.extra.is_absent("object") && !body.extra.is_absent("tags"));
    body.id = "new".to_owned();
    body.usage.details.cached = 7;
    body.model = Some(String::new());
    body.choices.push(Choice::default());
    body.stored = None;
    let written: Value = serde_json::from_str(&write(&body)).unwrap();
    let choice =
        json!({"index": 0, "message": {"role": "assistant", "refusal": null, "content": null}, "finish_reason": ""});
    assert_eq!(
        written,
        json!({"id": "new", "usage": {"total": 0, "details": {"cached": 7, "share": 0, "exact": false}}, "model": "",
            "choices": [choice], "temperature": 1.5})
    );
}

#[test]
fn a_list_is_set_to_empty_after_it_was_read_as_null() {
    let mut body = read::<Completion>(r#"{"tags":null,"choices":null}"#);
    body.tags = Some(Vec::new());
    assert_eq!(write(&body), r#"{"choices":null,"tags":[]}"#);
    // The empty list is what a required one reads as: `remove` says that it is meant.
    assert_eq!(body.extra.remove("choices"), Some(Value::Null));
    assert_eq!(write(&body), r#"{"choices":[],"tags":[]}"#);
}

#[test]
fn constants_are_checked_and_kept() {
    let mut part = keeps::<TextPart>(r#"{"type":"other","text":"a"}"#);
    assert_eq!(part.extra.get("type"), Some(&json!("other")));
    part.text = "b".to_owned();
    assert_eq!(write(&part), r#"{"type":"other","text":"b"}"#);
    assert_eq!(part.extra.remove("type"), Some(json!("other")));
    assert_eq!(write(&part), r#"{"type":"text","text":"b"}"#);
    assert!(keeps::<TextPart>(r#"{"text":"a"}"#).extra.is_absent("type"));
    assert!(keeps::<TextPart>(r#"{"text":"a","type":null}"#).extra.is_null("type"));
    assert!(keeps::<TextPart>(r#"{"text":"a","type":"\u0074ext"}"#).extra.is_empty());
}

#[test]
fn the_last_of_several_members_counts() {
    let body = read::<Completion>(
        r#"{"usage":{"total":1,"details":{"cached":2,"x":1},"y":1},"id":"a","tags":["a"],"usage":{"details":{"exact":true}},
        "id":"b","tags":["b"],"new":1,"new":2}"#,
    );
    let expected = json!({"usage": {"details": {"exact": true}}, "id": "b", "tags": ["b"], "new": 2});
    assert_eq!(serde_json::to_value(&body).unwrap(), expected);
    assert_eq!(body.usage.total, 0);
    for (text, expected) in [
        (r#"{"created":null,"created":0}"#, r#"{"created":0}"#),
        (r#"{"created":5,"created":null}"#, r#"{"created":null}"#),
        (r#"{"tags":[null],"tags":["a"]}"#, r#"{"tags":["a"]}"#),
        (r#"{"tags":["a"],"tags":null}"#, r#"{"tags":null}"#),
        (r#"{"usage":{"total":5},"usage":null}"#, r#"{"usage":null}"#),
        (r#"{"usage":null,"usage":{"total":0}}"#, r#"{"usage":{"total":0}}"#),
        (r#"{"object":"a","object":"chat.completion"}"#, r#"{"object":"chat.completion"}"#),
        (r#"{"object":"chat.completion","object":"b"}"#, r#"{"object":"b"}"#),
        (r#"{"filter":{"key":"a"},"filter":{"value":true}}"#, r#"{"filter":{"value":true}}"#),
        (r#"{"labels":{"a":"1","b":"2"},"labels":{"a":"3"}}"#, r#"{"labels":{"a":"3"}}"#),
        (r#"{"labels":{"a":"1","a":"3"}}"#, r#"{"labels":{"a":"3"}}"#),
        (r#"{"labels":{"a":null,"a":"3"}}"#, r#"{"labels":{"a":"3"}}"#),
    ] {
        assert_eq!(write(&read::<Completion>(text)), expected, "{text}");
    }
}

#[test]
fn many_unknown_members_take_linear_time() {
    let members: Vec<String> = (0..50_000).map(|index| format!(r#""m{}":{index}"#, index % 40_000)).collect();
    let body = read::<Plain>(&format!("{{{}}}", members.join(",")));
    assert_eq!(body.extra.iter().count(), 40_000);
    assert_eq!(body.extra.iter().last().map(|(name, value)| (name, value.as_i64())), Some(("m9999", Some(49_999))));
}

#[test]
fn numbers_are_read_leniently() {
    let created = |text: &str| read::<Completion>(&format!(r#"{{"created":{text}}}"#)).created;
    assert_eq!(created("1.0"), 1);
    assert_eq!(created("1e3"), 1000);
    assert_eq!(created("-0"), 0);
    assert_eq!(created("-12E+1"), -120);
    assert_eq!(created("9223372036854775807"), i64::MAX);
    assert_eq!(created("-9223372036854775808"), i64::MIN);
    assert_eq!(created("123456789012345678"), 123_456_789_012_345_678);
    assert_eq!(created("1234567890123456789"), 1_234_567_890_123_456_789);
    for (text, error) in [
        ("01", "created: 01 is not a JSON number (byte 11)"),
        ("-", "created: - is not a JSON number (byte 11)"),
        ("1.", "created: 1. is not a JSON number (byte 11)"),
        ("nul", "created: expected a JSON value (byte 11)"),
    ] {
        assert_eq!(refused::<Completion>(&format!(r#"{{"created":{text}}}"#)), error);
    }
}

#[test]
fn floats_keep_their_value() {
    for text in
        ["0.1", "1", "-0.0", "1e300", "5e-324", "123456789012345678", "9007199254740993", "18446744073709551615"]
    {
        let body = read::<Completion>(&format!(r#"{{"temperature":{text}}}"#));
        assert_eq!(body.temperature, text.parse().ok(), "{text}");
        let written: Value = serde_json::from_str(&write(&body)).unwrap();
        let expected: Value = serde_json::from_str(text).unwrap();
        let same = written["temperature"] == expected || written["temperature"].as_f64() == expected.as_f64();
        assert!(same, "{written} for {text}");
    }
    assert_eq!(
        write(&read::<Completion>(r#"{"temperature":9007199254740993}"#)),
        r#"{"temperature":9007199254740993}"#
    );
    // No value of serde_json can hold it.
    let beyond = read::<Completion>(r#"{"temperature":1e400,"id":"a"}"#);
    assert_eq!((beyond.temperature, beyond.id.as_str()), (None, "a"));
    assert_eq!(write(&beyond), r#"{"id":"a","temperature":null}"#);
    let none = Completion { temperature: Some(f64::NAN), ..Completion::default() };
    assert!(write(&none).ends_with(r#","temperature":null}"#));
}

#[test]
fn extra_gives_and_takes_fields_by_name() {
    let mut body = read::<Completion>(r#"{"id":"a","reasoning_content":"why","model":null}"#);
    assert_eq!(body.extra.get("reasoning_content"), Some(&json!("why")));
    assert_eq!(body.extra.get("id"), None);
    assert_eq!(body.extra.iter().collect::<Vec<_>>(), [("reasoning_content", &json!("why"))]);
    assert!(!body.extra.is_null("id") && !body.extra.is_null("nothing") && !body.extra.is_absent("nothing"));

    body.extra.insert("id", "by name");
    body.extra.insert("new", json!({"a": 1}));
    body.extra.insert("new", 2);
    body.extra.set_null("usage");
    body.extra.set_null("other");
    assert!(body.extra.is_null("usage") && body.extra.is_null("other") && !body.extra.is_absent("usage"));
    let expected =
        json!({"id": "by name", "reasoning_content": "why", "model": null, "usage": null, "new": 2, "other": null});
    assert_eq!(serde_json::to_value(&body).unwrap(), expected);

    assert_eq!(body.extra.remove("id"), Some(json!("by name")));
    assert_eq!(body.extra.remove("reasoning_content"), Some(json!("why")));
    assert_eq!(body.extra.remove("model"), Some(Value::Null));
    assert_eq!(body.extra.remove("model"), None);
    assert_eq!(body.extra.remove("usage"), Some(Value::Null));
    assert_eq!(body.extra.remove("other"), Some(Value::Null));
    // What was absent when it was read is left out still.
    assert_eq!(write(&body), r#"{"id":"a","new":2}"#);
    body.extra.remove("choices");
    assert_eq!(write(&body), r#"{"id":"a","choices":[],"new":2}"#);
}

#[test]
fn the_request_id_is_noted_but_not_written() {
    let body = from_response::<Completion>(FULL.as_bytes(), Some("req_1")).unwrap();
    assert_eq!(body.extra.request_id(), Some("req_1"));
    assert_eq!(body.usage.extra.request_id(), None);
    assert!(body.extra.is_empty());
    assert!(body == from_slice::<Completion>(FULL.as_bytes()).unwrap());
    assert!(!write(&body).contains("req_1"));
}

#[test]
fn errors_say_what_and_where() {
    for (text, error) in [
        (
            r#"{"choices":[{"index":0},{"message":{"content":[{"type":"text","text":x}]}}]}"#,
            "choices[1].message.content[0].text: expected a JSON value (byte 69)",
        ),
        (r#"{"labels":{"a":{]}}"#, "labels.a: expected a key in quotes (byte 16)"),
        (r#"{"new":{"a":tru}}"#, "new: expected a JSON value (byte 12)"),
        ("[]", "expected an object, found an array (byte 0)"),
        ("", "the JSON text ends too early (byte 0)"),
        ("  ", "the JSON text ends too early (byte 2)"),
        ("{} x", "expected the end of the text after the JSON value (byte 3)"),
        ("{", "the JSON text ends inside an object (byte 1)"),
        (r#"{"id""#, "expected `:` after a key (byte 5)"),
        (r#"{"id":"a"#, "id: the JSON text ends inside a string (byte 8)"),
        (r#"{"id":"a\"#, "id: the JSON text ends inside a string (byte 9)"),
        (r#"{"id":"a" "b":1}"#, "expected `,` or `}` in an object (byte 10)"),
        (r#"{"id":"a",}"#, "expected a key in quotes (byte 10)"),
        (r#"{"tags":["a",]}"#, "tags[1]: expected a JSON value (byte 13)"),
        (r#"{"id":"\x"}"#, "id: an escape in a string that JSON does not have (byte 7)"),
        (r#"{"id":"\u12g4"}"#, "id: expected four hexadecimal digits after \\u (byte 9)"),
    ] {
        assert_eq!(refused::<Completion>(text), error, "{text}");
    }
    assert_eq!(
        from_slice::<Completion>(b"{\"id\":\"\xff\"}").unwrap_err().to_string(),
        "the text is not UTF-8 (byte 7)"
    );
}

#[test]
fn white_space_and_escapes_are_read_anywhere() {
    let text = "\r\n{\t\"id\" : \"a\\\"\\u00e9\\ud83d\\ude00\\/\" ,\n \"\\u0074ags\" : [ \"x\" , \"y\" ] , \"created\" : 1 } \n";
    let body = keeps::<Completion>(text);
    assert_eq!(body.id, "a\"\u{e9}\u{1f600}/");
    assert_eq!(body.tags.map(|tags| tags.len()), Some(2));
    // Half a pair is no character, but the rest of the body counts.
    assert_eq!(read::<Completion>(r#"{"id":"a\ud83d","model":"\ude00\ud83dx"}"#).id, "a\u{fffd}");
}

#[test]
fn serde_reads_and_writes_the_types() {
    #[derive(serde::Serialize, serde::Deserialize)]
    struct Mine {
        name: String,
        body: Completion,
        parts: Vec<Part>,
        reason: Option<FinishReason>,
        #[serde(flatten)]
        usage: Usage,
    }
    let value = json!({"name": "n", "body": {"id": "a", "model": null, "new": 1}, "parts": [{"type": "text", "text": "t"}],
        "reason": "stop", "total": 5, "details": null, "other": [1]});
    let mine: Mine = serde_json::from_value(value.clone()).unwrap();
    assert_eq!(mine.usage.total, 5);
    let mut written = serde_json::to_value(&mine).unwrap();
    // A flattened type is handed all members that are left.
    assert_eq!(written["other"], json!([1]));
    written.as_object_mut().unwrap().retain(|name, _| value.get(name).is_some());
    assert_eq!(written, value);
    let error = serde_json::from_value::<Completion>(json!([{"usage": {"total": "x"}}])).unwrap_err();
    assert_eq!(error.to_string(), "expected an object, found an array (byte 0)");
}

#[test]
fn equal_means_the_same_json() {
    let text = r#"{"id":"a","x":1,"y":2}"#;
    assert_eq!(read::<Plain>(text), read::<Plain>(r#"{"y":2,"x":1,"id":"a"}"#));
    assert_ne!(read::<Plain>(text), read::<Plain>(r#"{"id":"a","x":1}"#));
    assert_ne!(read::<Plain>(r#"{"name":null}"#), read::<Plain>("{}"));
    assert_eq!(FinishReason::Stop, FinishReason::Unknown("stop".into()));
    let debug = format!("{:?}", TextPart { text: "a".into(), ..TextPart::default() });
    // The order of the keys is serde_json's, which another crate of the build may have set to the order of insertion.
    let json: Value = serde_json::from_str(debug.strip_prefix("TextPart ").unwrap()).unwrap();
    assert_eq!(json, json!({"text": "a", "type": "text"}));
    assert_eq!(format!("{:?}", FinishReason::from("x")), r#"FinishReason "x""#);
    assert_eq!(format!("{:#?}", Plain::default()), "Plain {\n  \"name\": \"\"\n}");
}
