//! Deltas that a hostile server would send: large, and each alone harmless. The tests of the modules count steps; these
//! show that all of it comes to the right object, and print the time.
#![cfg(all(feature = "chat", feature = "completions", feature = "responses", feature = "beta"))]

use std::time::Instant;

use openai_ext::assistants::AssistantAccumulator;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::types::{AssistantStreamEvent, ChatCompletionChunk, Completion, ResponseStreamEvent};
use openai_ext::{ChatAccumulator, CompletionAccumulator};
use serde_json::{Map, Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// So many members that no document has.
fn members(count: usize) -> Map<String, Value> {
    (0..count).map(|at| (format!("x{at}"), json!("y"))).collect()
}

fn with(mut value: Value, more: &Map<String, Value>) -> Value {
    value.as_object_mut().expect("an object").extend(more.clone());
    value
}

fn timed<T>(name: &str, run: impl FnOnce() -> T) -> T {
    let start = Instant::now();
    let done = run();
    println!("{name}: {:?}", start.elapsed());
    done
}

fn chat(chunks: impl IntoIterator<Item = Value>) -> Result<ChatAccumulator, Box<dyn std::error::Error>> {
    let mut accumulator = ChatAccumulator::new();
    let mut events = Vec::new();
    for chunk in chunks {
        let chunk: ChatCompletionChunk = serde_json::from_value(chunk)?;
        accumulator.push_with_events(&chunk, &mut events)?;
        events.clear();
    }
    Ok(accumulator)
}

#[test]
fn members_that_nobody_knows() -> TestResult {
    const COUNT: usize = 8_000;
    let unknown = members(COUNT);
    let function = with(json!({"name": "f", "arguments": ""}), &unknown);
    let places = [
        ("chunk", with(json!({"choices": [{"index": 0, "delta": {}}]}), &unknown), ""),
        ("choice", json!({"choices": [with(json!({"index": 0, "delta": {}}), &unknown)]}), "/choices/0"),
        ("delta", json!({"choices": [{"index": 0, "delta": unknown}]}), "/choices/0/message"),
        (
            "call",
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [with(json!({"index": 0}), &unknown)]}}]}),
            "/choices/0/message/tool_calls/0",
        ),
        (
            "function",
            json!({"choices": [{"index": 0, "delta": {"tool_calls": [{"index": 0, "function": function}]}}]}),
            "/choices/0/message/tool_calls/0/function",
        ),
        (
            "object",
            json!({"choices": [{"index": 0, "delta": {"extra_content": unknown}}]}),
            "/choices/0/message/extra_content",
        ),
    ];
    for (name, chunk, place) in places {
        let accumulator = timed(name, || chat(vec![chunk; 3]))?;
        let snapshot = serde_json::to_value(accumulator.snapshot())?;
        let found = snapshot.pointer(place).ok_or("the place")?;
        assert!(found[format!("x{}", COUNT - 1)].as_str().is_some_and(|text| text.starts_with('y')), "{name}");
        assert!(found.as_object().is_some_and(|members| members.len() >= COUNT), "{name}");
    }
    let mut completion = CompletionAccumulator::new();
    let chunk: Completion =
        serde_json::from_value(with(json!({"choices": [with(json!({"index": 0, "text": "a"}), &unknown)]}), &unknown))?;
    timed("completion", || (0..3).try_for_each(|_| completion.push(&chunk)))?;
    let mut run = AssistantAccumulator::default();
    let delta = json!({"event": "thread.message.delta", "data": {"id": "msg_1", "delta": with(json!({"status": "in_progress"}), &unknown)}});
    let delta: AssistantStreamEvent = serde_json::from_value(delta)?;
    timed("assistant", || (0..3).try_for_each(|_| run.push(&delta).map(drop)))?;
    assert_eq!(run.messages()[0].status.as_str(), "in_progress");
    Ok(())
}

#[test]
fn lists_with_an_index() -> TestResult {
    const COUNT: usize = 8_000;
    let list = |turned: bool| -> Value {
        let item = |at: usize| json!({"index": if turned { COUNT - 1 - at } else { at }, "t": "x"});
        (0..COUNT).map(item).collect()
    };
    for (name, first, second) in [("same", false, false), ("turned", false, true), ("both turned", true, true)] {
        let chunks = [list(first), list(second), list(second)]
            .map(|list| json!({"choices": [{"index": 0, "delta": {"citations": list}}]}));
        let accumulator = timed(name, || chat(chunks))?;
        let citations =
            accumulator.choice(0).and_then(|choice| choice.message.extra.get("citations")).ok_or("a list")?;
        assert_eq!((citations.as_array().map(Vec::len), citations[7]["t"].as_str()), (Some(COUNT), Some("xxx")));
    }
    Ok(())
}

#[test]
fn calls_in_turns() -> TestResult {
    const TURNS: usize = 4_000;
    // Each text looks whole at its end, and is not.
    let call = |at: usize| {
        json!({"choices": [{"index": 0, "delta": {"tool_calls": [
            {"index": at % 2, "id": format!("id{at}"), "function": {"name": "f", "arguments": if at < 2 { "{\"a\":\"" } else { "}]}1" }}}]}}]})
    };
    let accumulator = timed("chat", || chat((0..TURNS).map(call)))?;
    let calls = accumulator.choice(0).and_then(|choice| choice.message.tool_calls.as_deref()).unwrap_or_default();
    assert_eq!(calls.len(), 2);
    // A finish reason with each chunk.
    let chunk = json!({"choices": [{"index": 0, "delta": {"content": "0123456789"}, "finish_reason": "stop"}]});
    timed("finished", || chat((0..TURNS).map(|_| chunk.clone())))?;
    let mut run = AssistantAccumulator::default();
    let mut said = 0;
    timed("assistant", || {
        (0..TURNS).try_for_each(|at| {
            let part = json!({"index": at % 2, "type": "text", "text": {"value": "0123456789"}});
            let event = json!({"event": "thread.message.delta", "data": {"id": "msg_1", "delta": {"content": [part]}}});
            let event: AssistantStreamEvent = serde_json::from_value(event)?;
            said += run.push(&event)?.iter().filter(|event| format!("{event:?}").starts_with("TextDone")).count();
            Ok::<_, Box<dyn std::error::Error>>(())
        })
    })?;
    let last = run.finish();
    let done: Vec<String> =
        last.iter().map(|event| format!("{event:?}")).filter(|text| text.starts_with("TextDone")).collect();
    // Each is done when it is left for the first time, whenever it is twice as large, and at the end.
    assert!((2..64).contains(&said), "{said}");
    assert_eq!(done.len(), 2);
    assert!(done.iter().all(|text| text.len() > 10 * TURNS / 2));
    Ok(())
}

#[test]
fn whole_responses_between_deltas() -> TestResult {
    let mut accumulator = ResponseAccumulator::default();
    let items: Vec<Value> = (0..4000)
        .map(|at| json!({"id": format!("msg_{at}"), "type": "message", "role": "assistant", "status": "completed", "content": []}))
        .collect();
    let whole = json!({"type": "response.in_progress", "response": {"id": "r", "output": items}});
    let whole: ResponseStreamEvent = serde_json::from_value(whole)?;
    timed("whole", || (0..3).try_for_each(|_| accumulator.push(&whole)))?;
    assert_eq!(accumulator.snapshot().map(|response| response.output.len()), Some(4000));
    let small: ResponseStreamEvent =
        serde_json::from_value(json!({"type": "response.in_progress", "response": {"id": "r"}}))?;
    timed("small", || (0..500).try_for_each(|_| accumulator.push(&small)))?;
    let many: Vec<Value> =
        (0..5000).map(|at| json!({"id": format!("m{at}"), "type": "message", "content": []})).collect();
    let many = json!({"type": "response.completed", "response": {"id": "r", "output": many}});
    let error = accumulator.push(&serde_json::from_value(many)?).expect_err("too many items");
    assert!(error.message().contains("4096 items"), "{error}");
    Ok(())
}
