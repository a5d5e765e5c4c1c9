//! Values of another kind than their type has.

use crate::support::*;
use openai_runtime::json::{Extra, Json, Map, Misfit, Misfits, Plan, Value, from_slice, to_vec};
use openai_runtime::{object, union};
use serde_json::json;

fn places<T: Json + Default>(value: &T) -> Vec<String> {
    value.misfits().iter().map(Misfit::to_string).collect()
}

/// Reads a text, checks that it is written back, and gives the value and its misfits.
#[track_caller]
fn misfits<T: Json + Default>(text: &str) -> (T, Vec<String>) {
    let value = keeps::<T>(text);
    let places = places(&value);
    (value, places)
}

const BODY: &str = r#"{"id":"a","choices":[{"index":0,"message":{"refusal":null,"content":[{"type":"text","text":"t"},
    {"type":"image","url":"u","detail":"stop"}],"role":"assistant"},"finish_reason":"stop"}],"created":5,
    "usage":{"total":1,"details":{"cached":2,"share":0.5,"exact":true}},"model":"m","temperature":0.5,"stored":true,
    "tags":["x","y"],"labels":{"a":"b"},"grid":[[1,2],[3]],"holes":["h",null],"values":{"k":1},
    "filter":{"filters":[{"key":"k","value":"v"}],"all":true},"object":"chat.completion"}"#;

/// Calls `change` with each value of a tree, its path and a copy of the whole in which it can be replaced.
fn each_value(whole: &Value, at: &[String], change: &mut dyn FnMut(&str, &[String])) {
    let mut here = whole;
    let mut path = String::new();
    for step in at {
        here = match step.parse::<usize>() {
            Ok(index) if here.is_array() => {
                path.push_str(&format!("[{index}]"));
                &here[index]
            }
            _ => {
                path.push_str(if path.is_empty() { "" } else { "." });
                path.push_str(step);
                &here[step.as_str()]
            }
        };
    }
    if !at.is_empty() {
        change(&path, at);
    }
    let steps: Vec<String> = match here {
        Value::Object(members) => members.keys().cloned().collect(),
        Value::Array(items) => (0..items.len()).map(|index| index.to_string()).collect(),
        _ => Vec::new(),
    };
    for step in steps {
        each_value(whole, &[at, &[step]].concat(), change);
    }
}

fn replaced(whole: &Value, at: &[String], with: &Value) -> Value {
    let mut copy = whole.clone();
    let place = at.iter().fold(&mut copy, |here, step| match step.parse::<usize>() {
        Ok(index) if here.is_array() => &mut here[index],
        _ => &mut here[step.as_str()],
    });
    *place = with.clone();
    copy
}

fn kind(value: &Value) -> u8 {
    match value {
        Value::Null => 0,
        Value::Bool(_) => 1,
        Value::Number(_) => 2,
        Value::String(_) => 3,
        Value::Array(_) => 4,
        Value::Object(_) => 5,
    }
}

#[test]
fn any_value_may_be_of_any_other_kind() {
    let whole: Value = serde_json::from_str(BODY).unwrap();
    assert_eq!(places(&keeps::<Completion>(BODY)), [""; 0]);
    // Anything goes there.
    let open = ["anything", "values.k", "filter.filters[0].value", "choices[0].message.content"];
    let mut count = 0;
    each_value(&whole, &[], &mut |path, at| {
        let old = whole.pointer(&format!("/{}", at.join("/"))).unwrap();
        let others =
            [json!(true), json!(7.5), json!("x"), json!(["x", {"type": "x"}]), json!([]), json!({"x": 1}), json!({})];
        for other in others.iter().filter(|other| kind(other) != kind(old) && !old.is_null()) {
            let text = replaced(&whole, at, other).to_string();
            let (_, found) = misfits::<Completion>(&text);
            count += 1;
            if open.contains(&path) {
                assert!(found.len() <= 1, "{path}: {other}: {found:?}");
                continue;
            }
            let [found] = &found[..] else { panic!("{path}: {other}: {found:?}") };
            assert!(found.starts_with(&format!("{path}: expected ")), "{path}: {other}: {found}");
        }
    });
    assert!(count > 150, "{count}");
}

#[test]
fn what_is_plainly_meant_is_read() {
    let number = |text: &str| misfits::<Completion>(&format!(r#"{{"created":{text}}}"#));
    for (text, value) in [
        (r#""12""#, 12),
        (r#"" 12 ""#, 12),
        (r#""1e3""#, 1000),
        ("1760000000.483", 1_760_000_000),
        (r#""1760000000.9""#, 1_760_000_000),
        ("-1.5", -1),
    ] {
        let (read, found) = number(text);
        assert_eq!((read.created, found.len()), (value, 1), "{text}: {found:?}");
        assert!(read.misfits()[0].is_read());
    }
    for text in [r#""""#, r#""x""#, r#""0x5""#, r#""NaN""#, "true", "[1]", "{}", "9223372036854775808", "1e300", "[]"] {
        let (read, found) = number(text);
        assert_eq!((read.created, found.len()), (0, 1), "{text}: {found:?}");
        assert!(!read.misfits()[0].is_read());
    }
    let float = misfits::<Completion>(r#"{"temperature":"0.25"}"#);
    assert_eq!(
        (float.0.temperature, float.1),
        (Some(0.25), vec!["temperature: expected a number, found a string".into()])
    );
    for id in ["7", "12345678901234567890", "1.50"] {
        let (read, found) = misfits::<Completion>(&format!(r#"{{"id":{id}}}"#));
        assert_eq!((read.id.as_str(), &found[..]), (id, &["id: expected a string, found a number".to_owned()][..]));
    }
    let (read, found) = misfits::<Completion>(r#"{"labels":[],"usage":[],"tags":{}}"#);
    assert!(read.labels.is_some_and(|labels| labels.is_empty()) && read.tags.is_none());
    assert_eq!(found.len(), 3);
    let (read, found) = misfits::<Choice>(r#"{"finish_reason":5}"#);
    assert_eq!((read.finish_reason.as_str(), found.len()), ("", 1), "a number is no word");
}

#[test]
fn lists_and_maps_keep_their_other_items() {
    let text = r#"{"tags":["a",{},"b",5,null],"labels":{"a":"b","c":[],"d":1},"grid":[[1,"2",{}],7,[3]],
        "choices":[5,{"index":1},"x"]}"#;
    let (read, found) = misfits::<Completion>(text);
    assert_eq!(read.tags.unwrap(), ["a", "b", "5", ""]);
    assert_eq!(read.labels.unwrap(), Map::from([("a".into(), "b".into()), ("d".into(), "1".into())]));
    assert_eq!(read.grid.unwrap(), [vec![1, 2], vec![3]]);
    assert_eq!(read.choices.iter().map(|choice| choice.index).collect::<Vec<_>>(), [1]);
    let paths: Vec<_> = found.iter().map(|found| found.split(':').next().unwrap()).collect();
    let expected = [
        "choices[0]",
        "choices[2]",
        "tags[1]",
        "tags[3]",
        "labels.c",
        "labels.d",
        "grid[0][1]",
        "grid[0][2]",
        "grid[1]",
    ];
    assert_eq!(paths, expected);
}

#[test]
fn a_misfit_is_kept_until_the_field_is_set() {
    let mut body = read::<Completion>(r#"{"id":"a","model":{"x":1},"created":"5","usage":3,"object":9}"#);
    assert_eq!((body.model.as_deref(), body.created, body.usage.total), (None, 5, 0));
    assert_eq!(body.extra.get("model"), Some(&json!({"x": 1})));
    assert_eq!(body.extra.get("usage"), Some(&json!(3)));
    let debug = format!("{body:?}");
    assert!(debug.contains(r#""created":"5""#), "{debug}");
    body.model = Some("m".into());
    body.created = 6;
    body.usage.total = 1;
    let written: Value = serde_json::from_slice(&to_vec(&body)).unwrap();
    assert_eq!(
        (&written["model"], &written["created"], &written["usage"]["total"]),
        (&json!("m"), &json!(6), &json!(1))
    );
    assert_eq!(places(&body), ["object: expected a string, found a number"]);
    body.extra.remove("model");
    body.model = None;
    assert!(!write(&body).contains("model"));
    // Of members with the same name the last counts, whatever the first was.
    let twice = read::<Completion>(r#"{"id":{},"id":"a","usage":[5],"usage":{"total":1}}"#);
    assert_eq!((twice.id.as_str(), places(&twice).len()), ("a", 0));
}

#[test]
fn what_python_writes_for_no_number_is_null() {
    for word in ["NaN", "Infinity", "-Infinity"] {
        let text = format!(
            r#"{{"id":"a","temperature":{word},"created": {word} ,"new":[{word},{{"x":{word}}}],"grid":[[{word},1]],
                "usage":{word},"filter":{word},"model":{word},"object":{word}}}"#
        );
        let body: Completion = read(&text);
        assert_eq!((body.temperature, body.created, body.id.as_str()), (None, 0, "a"));
        let expected = json!({"id": "a", "temperature": null, "created": null, "new": [null, {"x": null}],
            "grid": [[null, 1]], "usage": null, "filter": null, "model": null, "object": null});
        assert_eq!(serde_json::to_value(&body).unwrap(), expected);
        assert_eq!(from_slice::<Value>(word.as_bytes()).unwrap(), Value::Null);
    }
    for text in [r#"{"id":NaN5}"#, r#"{"id":Nan}"#, r#"{"id":-Inf}"#, r#"{"id":-}"#, r#"{NaN:1}"#, r#"{"id":Infinit}"#]
    {
        refused::<Completion>(text);
    }
}

#[derive(Clone, Default)]
struct Function {
    name: String,
    arguments: String,
    extra: Extra,
}
object!(Function, [F("name", R), F("arguments", J)], [name, arguments]);

#[derive(Clone, Default)]
struct FunctionCall {
    id: String,
    function: Function,
    extra: Extra,
}
object!(FunctionCall, [F("id", R), F("function", R), F("type", C("function"))], [id, function]);

#[derive(Clone, Default)]
struct CustomCall {
    id: String,
    custom: Option<Plain>,
    input: Option<String>,
    extra: Extra,
}
object!(CustomCall, [F("id", R), F("custom", R), F("input", K), F("type", C("custom"))], [id, custom, input]);

#[derive(Clone, Default)]
struct Note {
    id: String,
    content: Option<String>,
    title: String,
    extra: Extra,
}
object!(Note, [F("id", R), F("content", U), F("title", T), F("type", C("note"))], [id, content, title]);

#[derive(Clone)]
enum ToolCall {
    Function(FunctionCall),
    Custom(CustomCall),
    Note(Note),
    Unknown(Value),
}
union!(
    ToolCall,
    Plan { tag: "type", tags: &[("note", &[2]), ("custom", &[1]), ("function", &[0])], ..Plan::NONE },
    { 0: Function, 1: Custom, 2: Note }
);

#[test]
fn a_missing_tag_is_made_up_for_where_one_form_alone_fits() {
    for tag in ["", r#""type":null,"#, r#""type":"","#] {
        for more in ["", r#","index":0,"new":{}"#] {
            let call =
                keeps::<ToolCall>(&format!(r#"{{{tag}"id":"a","function":{{"name":"f","arguments":"{{}}"}}{more}}}"#));
            assert!(matches!(&call, ToolCall::Function(call) if call.function.name == "f"), "{call:?}");
            assert!(matches!(
                keeps(&format!(r#"{{"id":"a","custom":{{"name":"f"}},{tag}"x":1}}"#)),
                ToolCall::Custom(_)
            ));
        }
        for text in [
            r#"{"id":"a"}"#,
            r#"{"new":1}"#,
            "{}",
            r#"{"id":"a","function":{"name":"f"},"custom":{"name":"f"}}"#,
            r#"{"id":"a","function":null}"#,
        ] {
            let call = keeps::<ToolCall>(&text.replacen('{', &format!("{{{tag}"), 1).replace(",}", "}"));
            assert!(matches!(call, ToolCall::Unknown(_)), "{text}: {call:?}");
        }
    }
    // A tag that says something is never passed over.
    let call = keeps::<ToolCall>(r#"{"type":"new","id":"a","function":{"name":"f","arguments":""}}"#);
    assert!(matches!(call, ToolCall::Unknown(_)));
}

#[test]
fn json_and_parts_stand_for_their_strings() {
    let arguments = |text: &str| keeps::<Function>(&format!(r#"{{"name":"f","arguments":{text}}}"#)).arguments;
    assert_eq!(arguments(r#"{"city": "Oslo"}"#), r#"{"city":"Oslo"}"#);
    assert_eq!(arguments("[]"), "{}");
    assert_eq!(arguments("[1]"), "");
    let input = keeps::<CustomCall>(r#"{"input":{"a":[1]}}"#);
    assert_eq!(input.input.as_deref(), Some(r#"{"a":[1]}"#));

    let content = |text: &str| {
        let note = keeps::<Note>(&format!(r#"{{"content":{text},"title":{text}}}"#));
        let kept: Value = serde_json::from_str(text).unwrap();
        assert_eq!(note.extra.get("content"), Some(&kept), "the list stays reachable");
        (note.content, note.title)
    };
    let parts = r#"[{"type":"thinking","thinking":[{"type":"text","text":"hm"}]},{"type":"text","text":"o"},"k",
        {"text":"!"},{"type":"image_url","text":"no"},{"type":"output_text","text":"?"},5]"#;
    assert_eq!(content(parts), (Some("ok!?".to_owned()), "ok!?".to_owned()));
    assert_eq!(content(r#"{"type":"text","text":"one"}"#), (Some("one".to_owned()), "one".to_owned()));
    assert_eq!(content(r#"[{"type":"thinking","thinking":[]}]"#), (None, String::new()));
    assert_eq!(content("[]"), (None, String::new()));
}

#[test]
fn secrets_in_a_value_of_another_kind_are_not_shown() {
    let note = read::<Note>(r#"{"id":[{"authorization":"hush"}],"title":{"secret":"hush"}}"#);
    assert!(!format!("{note:?} {:?}", note.misfits()).contains("hush"));
}

/// Each item is noted, kept and written in time that is linear in the text.
#[test]
fn many_misfits_cost_no_more_than_their_text() {
    let items = "{},".repeat(200_000);
    let text = format!(r#"{{"tags":[{}"a"],"grid":[[{}1]]}}"#, items, items);
    let body: Completion = read(&text);
    assert_eq!((body.tags.as_ref().map(Vec::len), body.misfits().len()), (Some(1), 1000));
    assert_eq!(write(&body), format!(r#"{{"tags":[{}"a"],"grid":[[{}1]]}}"#, items, items));
    let deep = format!("{}5{}", r#"{"filters":[{"all":true,"filters":["#.repeat(30), "]}]}".repeat(30));
    assert_eq!(
        places(&keeps::<Filter>(&deep)),
        [format!("{}: expected an object, found a number", ["filters[0]"; 60].join("."))]
    );
}
