//! YAML in and out: what is written reads back as the same value.

use openai_codegen::yaml::{parse, to_string};
use serde_json::{Value, json};

fn round_trip(value: &Value) -> String {
    let text = to_string(value);
    match parse(&text) {
        Ok(again) => assert_eq!(&again, value, "written as:\n{text}"),
        Err(error) => panic!("{error} in what was written:\n{text}"),
    }
    text
}

#[test]
fn strings_that_look_like_something_else_are_quoted() {
    let texts = [
        "",
        " ",
        "a ",
        " a",
        "on",
        "Yes",
        "n",
        "null",
        "NULL",
        "~",
        "true",
        "2",
        "-1",
        "0x1F",
        "0o7",
        "1e3",
        ".5",
        ".inf",
        ".nan",
        "1_000",
        "2026-08-21",
        "12:30:00",
        "a: b",
        "a #b",
        "a:",
        "- a",
        "-",
        "---",
        "...",
        "?",
        "!a",
        "&a",
        "*a",
        "%a",
        "@a",
        "`a`",
        "{a}",
        "[a]",
        "a, b",
        "'",
        "\"",
        "it's",
        "a\\b",
        "a\nb",
        "\n",
        "a\tb",
        "a\r\nb",
        "|",
        ">",
        "=",
        "<<",
        "#/components/schemas/A",
        "/a/{b}",
        "$ref",
        "é",
        "\u{a0}",
        "\u{85}",
        "\u{2028}",
        "\u{feff}",
        "\u{0}",
        "\u{7f}",
        "\u{fffe}",
        "😀",
        "^[a-z]{2}$",
    ];
    let as_values = Value::Array(texts.iter().map(|text| json!(text)).collect());
    let text = round_trip(&as_values);
    insta::assert_snapshot!(text);
    let as_keys = Value::Object(texts.iter().map(|text| ((*text).to_owned(), json!(1))).collect());
    round_trip(&as_keys);
}

#[test]
fn every_character_round_trips() {
    let all: Vec<Value> = (0..=0x2_ffff).filter_map(char::from_u32).map(|c| json!(format!("a{c}b"))).collect();
    round_trip(&Value::Array(all));
}

#[test]
fn numbers_stay_exact() {
    let numbers = json!([
        0,
        -1,
        9_223_372_036_854_775_807_i64,
        -9_223_372_036_854_775_808_i64,
        18_446_744_073_709_551_615_u64,
        0.1,
        1.0,
        -0.0,
        1e-5,
        1.5e300,
        1e16,
        5e-324,
        123_456.789,
        0.25
    ]);
    let text = round_trip(&numbers);
    insta::assert_snapshot!(text);
}

#[test]
fn nesting_and_empties() {
    let value = json!({
        "map": { "z": {}, "a": [], "n": null, "t": true },
        "list": [[], {}, [[1, 2], [{ "a": [3], "b": { "c": 4 } }]], { "first": { "x": 1 }, "second": [5] }, null],
    });
    let text = round_trip(&value);
    insta::assert_snapshot!(text);
    for scalar in [json!(null), json!("a"), json!(1), json!([]), json!({})] {
        round_trip(&scalar);
    }
}

#[test]
fn keys_longer_than_yaml_allows_beside_a_colon() {
    for (key, value) in
        [("k".repeat(2000), json!(1)), ("#".repeat(1010), json!({ "a": [1] })), ("\n".repeat(600), json!([{}]))]
    {
        round_trip(&json!({ "before": { (key.clone()): value }, (key): [], "after": 1 }));
    }
}

#[test]
fn keys_keep_their_order_and_are_strings() {
    let value = parse("z: 1\na: 2\n200: 3\ntrue: 4\nnull: 5\n").expect("it is YAML");
    let keys: Vec<&String> = value.as_object().expect("it is an object").keys().collect();
    assert_eq!(keys, ["z", "a", "200", "true", "null"]);
}

#[test]
fn errors_say_where() {
    let error = parse("a: 1\nb: 2\na: 3\n").expect_err("the key is there twice");
    assert_eq!((error.line(), error.message()), (3, "the key `a` is there twice"));
    let error = parse("{\"a\": 1,\n \"a\": 2}").expect_err("the key is there twice");
    assert_eq!((error.line(), error.message()), (2, "the key `a` is there twice"));
    assert_eq!(parse("a: [1").expect_err("it is cut off").line(), 2);
}

#[test]
fn a_byte_order_mark_is_skipped() {
    assert_eq!(parse("\u{feff}{\"a\": \"\\ud83d\\ude00\"}"), Ok(json!({ "a": "😀" })));
    assert_eq!(parse("\u{feff}a: 1\n"), Ok(json!({ "a": 1 })));
}

#[test]
fn a_flow_mapping_is_yaml() {
    assert_eq!(parse("{a: 1, b: [x]}"), Ok(json!({ "a": 1, "b": ["x"] })));
}
