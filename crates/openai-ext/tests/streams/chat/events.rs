//! Which events chunks lead to, and in which order.

use openai_ext::ChatAccumulator;
use openai_ext::prelude::*;
use serde_json::{Value, json};

use super::{TestResult, delta, finish, play, tell, tool};

/// Calls stay apart, and one call stays one, whatever index and id a server gives.
#[test]
fn tool_calls_by_index_and_id() -> TestResult {
    let call = |index: Option<i64>, id: &str, name: &str, arguments: &str| {
        let mut call = json!({"index": index, "id": id, "function": {"name": name, "arguments": arguments}});
        let members = call.as_object_mut().expect("an object");
        members.retain(|name, value| !(value.is_null() || name == "id" && id.is_empty()));
        call
    };
    let (zero, one) = (Some(0), Some(1));
    type Calls<'a> = Vec<(Option<i64>, &'a str, &'a str, &'a str)>;
    type Expected<'a> = Vec<(&'a str, &'a str, &'a str)>;
    let cases: Vec<(&str, Calls<'_>, Expected<'_>)> = vec![
        (
            "whole calls without an index",
            vec![(None, "a", "f", "{}"), (None, "b", "g", "{}")],
            vec![("a", "f", "{}"), ("b", "g", "{}")],
        ),
        (
            "a start without an index, then arguments",
            vec![
                (None, "a", "f", ""),
                (None, "", "", "{\"x\""),
                (None, "", "", ":1}"),
                (None, "b", "g", ""),
                (None, "", "", "{}"),
            ],
            vec![("a", "f", "{\"x\":1}"), ("b", "g", "{}")],
        ),
        (
            "names without an id or an index",
            vec![
                (None, "", "f", "{\"x\""),
                (None, "", "", ":1}"),
                (None, "", "f", "{}"),
                (None, "", "g", "{"),
                (None, "", "g", "}"),
            ],
            vec![("", "f", "{\"x\":1}"), ("", "f", "{}"), ("", "g", "{}")],
        ),
        (
            "index 0 for each",
            vec![
                (zero, "a", "f", "{\"x\":1}"),
                (zero, "b", "f", "{\"y\""),
                (zero, "", "", ":2}"),
                (zero, "c", "g", "{}"),
            ],
            vec![("a", "f", "{\"x\":1}"), ("b", "f", "{\"y\":2}"), ("c", "g", "{}")],
        ),
        (
            "index 0 and no id",
            vec![(zero, "", "f", "{}"), (zero, "", "f", "{\"x\":1}")],
            vec![("", "f", "{}"), ("", "f", "{\"x\":1}")],
        ),
        (
            "another id in each chunk of a call",
            vec![(zero, "a", "f", ""), (zero, "b", "", "{\"x\""), (zero, "c", "", ":1}"), (zero, "d", "", "")],
            vec![("d", "f", "{\"x\":1}")],
        ),
        (
            "another id and the name in each chunk of a call",
            vec![(zero, "a", "f", "{"), (zero, "b", "f", "\"x\":"), (zero, "c", "f", "1}")],
            vec![("c", "f", "{\"x\":1}")],
        ),
        (
            "the id and the name in each chunk",
            vec![(zero, "a", "f", "{"), (zero, "a", "f", "}"), (zero, "a", "f", ""), (one, "b", "g", "{}")],
            vec![("a", "f", "{}"), ("b", "g", "{}")],
        ),
        (
            "interleaved",
            vec![(zero, "a", "f", "{"), (one, "b", "g", "{"), (zero, "", "", "}"), (one, "", "", "}")],
            vec![("a", "f", "{}"), ("b", "g", "{}")],
        ),
        (
            "another id in each chunk of a call without an index",
            vec![(None, "a", "f", ""), (None, "b", "", "{\"x\""), (None, "c", "", ":1}"), (None, "d", "g", "{}")],
            vec![("c", "f", "{\"x\":1}"), ("d", "g", "{}")],
        ),
        (
            "the name for an id, whole calls without an index",
            vec![(None, "f", "f", "{\"x\":1}"), (None, "f", "f", "{\"x\""), (None, "", "", ":2}")],
            vec![("f", "f", "{\"x\":1}"), ("f", "f", "{\"x\":2}")],
        ),
        (
            "the name for an id, index 0 for each",
            vec![(zero, "f", "f", "{}"), (zero, "f", "f", "{\"x\""), (zero, "f", "f", ":2}"), (zero, "f", "f", "")],
            vec![("f", "f", "{}"), ("f", "f", "{\"x\":2}")],
        ),
        (
            "index 0 again, and then the one that it would have had",
            vec![
                (zero, "a", "f", "{}"),
                (zero, "b", "g", "{}"),
                (one, "c", "h", "{"),
                (one, "", "", "}"),
                (zero, "a", "", " "),
            ],
            vec![("a", "f", "{} "), ("b", "g", "{}"), ("c", "h", "{}")],
        ),
    ];
    for (name, deltas, expected) in cases {
        let split: Vec<_> = deltas
            .iter()
            .map(|(at, id, name, text)| delta(json!({"tool_calls": [call(*at, id, name, text)]})))
            .collect();
        let all: Vec<_> = deltas.iter().map(|(at, id, name, text)| call(*at, id, name, text)).collect();
        for mut chunks in [split, vec![delta(json!({ "tool_calls": all }))]] {
            chunks.push(finish("tool_calls"));
            let (snapshot, _) = play(&chunks)?;
            let calls = snapshot["choices"][0]["message"]["tool_calls"].as_array().ok_or("calls")?;
            let text = |value: &'_ Value| value.as_str().unwrap_or_default().to_owned();
            let found: Vec<_> = calls
                .iter()
                .map(|call| (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"])))
                .collect();
            let expected: Vec<_> = expected
                .iter()
                .map(|(id, name, text)| ((*id).to_owned(), (*name).to_owned(), (*text).to_owned()))
                .collect();
            assert_eq!(found, expected, "{name}");
        }
    }
    Ok(())
}

/// Some servers give calls side by side and no index: their ids keep them apart.
#[test]
fn tool_calls_without_an_index() -> TestResult {
    let call =
        |id: &str, name: &str, arguments: &str| json!({"id": id, "function": {"name": name, "arguments": arguments}});
    let indexed = |index: Value, mut call: Value| {
        call["index"] = index;
        call
    };
    let chunk = |calls: &[Value]| delta(json!({"tool_calls": calls}));
    let cases = [
        // Side by side, and then by id or by nothing.
        (
            vec![
                chunk(&[call("a", "f", "[1"), call("b", "g", "[2"), indexed(json!(null), call("c", "h", "[3"))]),
                chunk(&[call("b", "", "]")]),
                chunk(&[call("a", "", "]")]),
                chunk(&[call("c", "", "]"), call("d", "i", "[]")]),
                finish("tool_calls"),
            ],
            vec![("a", "f", "[1]"), ("b", "g", "[2]"), ("c", "h", "[3]"), ("d", "i", "[]")],
            "0.0 f+[1 0.1 g+[2 0.2 h+[3 0.1 g+] 0.0 f+] 0.1 g=[2] 0.2 h+] 0.3 i+[] 0.0 f=[1] 0.2 h=[3] 0.3 i=[]",
        ),
        // One after the other, each is another call as its id is.
        (
            vec![chunk(&[call("a", "f", "1")]), chunk(&[call("b", "g", "2")]), finish("stop")],
            vec![("a", "f", "1"), ("b", "g", "2")],
            "0.0 f+1 0.1 g+2 0.0 f=1 0.1 g=2",
        ),
        // The same id twice is one call, and so are calls without an id.
        (
            vec![chunk(&[call("a", "f", "1"), call("a", "", "2"), call("", "", "3")]), finish("stop")],
            vec![("a", "f", "123")],
            "0.0 f+1 0.0 f+2 0.0 f+3 0.0 f=123",
        ),
        // Behind those that have an index, of which a negative one is 0.
        (
            vec![
                chunk(&[indexed(json!(4), call("z", "e", "0")), indexed(json!(-1), call("y", "e", "0"))]),
                chunk(&[call("a", "f", "1"), call("z", "", "0"), call("b", "g", "2")]),
                finish("stop"),
            ],
            vec![("y", "e", "0"), ("z", "e", "00"), ("a", "f", "1"), ("b", "g", "2")],
            "0.4 e+0 0.0 e+0 0.4 e=0 0.5 f+1 0.4 e+0 0.6 g+2 0.0 e=0 0.5 f=1 0.6 g=2",
        ),
    ];
    for (chunks, expected, told) in cases {
        let (snapshot, events) = play(&chunks)?;
        let calls = snapshot["choices"][0]["message"]["tool_calls"].as_array().ok_or("calls")?;
        let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
        let calls: Vec<_> = calls
            .iter()
            .map(|call| (text(&call["id"]), text(&call["function"]["name"]), text(&call["function"]["arguments"])))
            .collect();
        let expected: Vec<_> = expected
            .iter()
            .map(|(id, name, text)| ((*id).to_owned(), (*name).to_owned(), (*text).to_owned()))
            .collect();
        assert_eq!(calls, expected);
        let said: Vec<String> = events.iter().map(tell).collect();
        assert_eq!(said.join(" "), told);
    }
    // Beyond the last place there is none.
    let last = chunk(&[indexed(json!(1023), call("z", "e", "0"))]);
    let error = play(&[last, chunk(&[call("a", "f", "1"), call("b", "g", "2")])]).err().ok_or("an error")?;
    assert_eq!(error.kind(), openai_ext::ErrorKind::Stream);
    Ok(())
}

#[test]
fn events_come_in_their_order() -> TestResult {
    let function =
        |name: &str, arguments: &str| json!({"type": "function", "function": {"name": name, "arguments": arguments}});
    let goes_on = |arguments: &str| json!({"function": {"arguments": arguments}});
    for (chunks, expected) in [
        (vec![], vec![]),
        (vec![json!({"choices": [], "usage": {"total_tokens": 1}})], vec![]),
        (vec![delta(json!({"role": "assistant", "content": ""})), finish("stop")], vec![]),
        // Done once, whatever comes after.
        (vec![delta(json!({"content": "a"})), finish("stop"), finish("stop")], vec!["0+a", "0=a"]),
        (vec![delta(json!({"content": "a"}))], vec!["0+a"]),
        // All in one chunk, in the order of the kinds.
        (
            vec![json!({"choices": [{"index": 0, "finish_reason": "stop", "delta": {
                "content": "a", "refusal": "r", "tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}}]})],
            vec!["0+a", "0-r", "0.0 f+{}", "0=a", "0-=r", "0.0 f={}"],
        ),
        // The text is done when the first call begins, a call when the next one does.
        (
            vec![
                delta(json!({"content": "a"})),
                tool(0, function("f", "")),
                tool(0, goes_on("{}")),
                tool(1, function("g", "")),
                tool(1, goes_on("{\"x\":")),
                tool(1, goes_on("1}")),
                finish("tool_calls"),
            ],
            vec![
                "0+a",
                "0.0 f+",
                "0=a",
                "0.0 f+{}",
                "0.1 g+",
                "0.0 f={}",
                "0.1 g+{\"x\":",
                "0.1 g+1}",
                "0.1 g={\"x\":1}",
            ],
        ),
        // Calls that come in turns are done when they are complete.
        (
            vec![
                tool(0, function("f", "{\"a\":")),
                tool(1, function("g", "{\"b\":")),
                tool(0, goes_on("1}")),
                tool(1, goes_on("2}")),
                finish("tool_calls"),
            ],
            vec!["0.0 f+{\"a\":", "0.1 g+{\"b\":", "0.0 f+1}", "0.1 g+2}", "0.0 f={\"a\":1}", "0.1 g={\"b\":2}"],
        ),
        // Several calls in one chunk.
        (
            vec![
                delta(json!({"tool_calls": [
                {"index": 0, "function": {"name": "f", "arguments": "{}"}}, {"index": 1, "function": {"name": "g", "arguments": "{}"}}]})),
                finish("tool_calls"),
            ],
            vec!["0.0 f+{}", "0.1 g+{}", "0.0 f={}", "0.1 g={}"],
        ),
        (
            vec![
                tool(0, json!({"type": "custom", "custom": {"name": "sql", "input": ""}})),
                tool(0, json!({"custom": {"input": "SELECT"}})),
                tool(1, json!({"type": "custom", "custom": {"name": "py", "input": "x"}})),
                finish("tool_calls"),
            ],
            vec![
                "0.0 custom sql+",
                "0.0 custom sql+SELECT",
                "0.1 custom py+x",
                "0.0 custom sql=SELECT",
                "0.1 custom py=x",
            ],
        ),
        (
            vec![delta(json!({"refusal": "I"})), delta(json!({"refusal": " can't"})), finish("stop")],
            vec!["0-I", "0- can't", "0-=I can't"],
        ),
    ] {
        let (_, events) = play(&chunks)?;
        let told: Vec<String> = events.iter().map(tell).collect();
        assert_eq!(told, expected, "{chunks:?}");
    }
    Ok(())
}

#[test]
fn json_is_parsed_when_asked() -> TestResult {
    let chunks = [
        delta(json!({"content": "{\"a\": [1, "})),
        delta(json!({"content": "2]}"})),
        tool(0, json!({"function": {"name": "f", "arguments": "{\"b\": \"x"}})),
        tool(0, json!({"function": {"arguments": "y\"}"}})),
        finish("tool_calls"),
    ];
    for parsing in [false, true] {
        let mut accumulator = ChatAccumulator::new().with_parsing(parsing);
        let (mut events, mut partial) = (Vec::new(), Vec::new());
        assert_eq!(accumulator.partial_content(0), None);
        for chunk in &chunks {
            accumulator.push_with_events(&serde_json::from_value(chunk.clone())?, &mut events)?;
            let content = accumulator.partial_content(0).cloned();
            partial.push((content, accumulator.partial_arguments(0, 0).cloned()));
            assert_eq!(accumulator.partial_content(1), None);
            assert_eq!(accumulator.partial_arguments(0, 1), None);
        }
        let whole = json!({"a": [1, 2]});
        let expected = json!([
            [{"a": [1]}, null], [whole, null], [whole, {"b": "x"}], [whole, {"b": "xy"}], [whole, {"b": "xy"}]
        ]);
        assert_eq!(json!(partial), expected);
        let parsed = events.iter().filter_map(|event| match event {
            ChatStreamEvent::ContentDone { parsed, .. } | ChatStreamEvent::ToolArgumentsDone { parsed, .. } => {
                Some(parsed.clone())
            }
            _ => None,
        });
        let parsed: Vec<Option<Value>> = parsed.collect();
        assert_eq!(json!(parsed), if parsing { json!([whole, {"b": "xy"}]) } else { json!([null, null]) });
        // An accumulator that was stored reads the texts anew.
        let mut stored: ChatAccumulator = serde_json::from_str(&serde_json::to_string(&accumulator)?)?;
        assert_eq!(stored.partial_content(0), Some(&whole));
        assert_eq!(stored.partial_arguments(0, 0), Some(&json!({"b": "xy"})));
    }
    Ok(())
}
