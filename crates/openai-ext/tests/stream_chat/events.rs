//! Which events chunks lead to, and in which order.

use openai_ext::ChatAccumulator;
use openai_ext::prelude::*;
use serde_json::{Value, json};

use super::{TestResult, delta, finish, play, tell, tool};

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
        let mut events = Vec::new();
        for chunk in &chunks {
            accumulator.push_with_events(&serde_json::from_value(chunk.clone())?, &mut events)?;
        }
        let parsed = events.iter().map(|event| match event {
            ChatStreamEvent::ContentDelta { parsed, .. }
            | ChatStreamEvent::ContentDone { parsed, .. }
            | ChatStreamEvent::ToolArgumentsDelta { parsed, .. }
            | ChatStreamEvent::ToolArgumentsDone { parsed, .. } => parsed.clone(),
            other => panic!("{other:?}"),
        });
        let parsed: Vec<Option<Value>> = parsed.collect();
        let whole = json!({"a": [1, 2]});
        let expected = json!([{"a": [1]}, whole, {"b": "x"}, whole, {"b": "xy"}, {"b": "xy"}]);
        assert_eq!(json!(parsed), if parsing { expected } else { json!([null, null, null, null, null, null]) });
    }
    Ok(())
}
