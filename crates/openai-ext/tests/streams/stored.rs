//! Accumulators that took events of any form can be stored and read back, and go on as if they had not been.
#![cfg(all(feature = "chat", feature = "completions", feature = "responses", feature = "beta"))]

use openai_ext::assistants::AssistantAccumulator;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::{ChatAccumulator, CompletionAccumulator};
use serde::Serialize;
use serde::de::DeserializeOwned;
use serde_json::{Value, json};

/// An accumulator that takes events as JSON. An event that it refuses changes nothing here.
trait Accumulator: Default + Clone + Serialize + DeserializeOwned {
    fn take(&mut self, event: &Value);
}

macro_rules! accumulators {
    ($($name:ident)*) => {$(
        impl Accumulator for $name {
            fn take(&mut self, event: &Value) {
                if let Ok(event) = serde_json::from_value(event.clone()) {
                    let _ = self.push(&event);
                }
            }
        }
    )*};
}

accumulators!(ChatAccumulator CompletionAccumulator ResponseAccumulator AssistantAccumulator);

/// Values of each kind, and numbers that are no index.
fn odd_values() -> Vec<Value> {
    let deep = json!({"index": 0, "type": "x", "id": "y", "a": [{"b": null}]});
    let numbers = [json!(0), json!(7), json!(-1), json!(1.5), json!(1e300), json!(i64::MAX), json!(u64::MAX)];
    let others = [
        json!(null),
        json!(true),
        json!(""),
        json!("x"),
        json!("3"),
        json!([]),
        json!([1, "a", null, {}]),
        json!({}),
        deep,
    ];
    numbers.into_iter().chain(others).collect()
}

/// The pointers of all values within a value.
fn places(value: &Value, path: &str, found: &mut Vec<String>) {
    found.push(path.to_owned());
    match value {
        Value::Object(members) => {
            members.iter().for_each(|(name, value)| places(value, &format!("{path}/{name}"), found));
        }
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(at, value)| places(value, &format!("{path}/{at}"), found));
        }
        _ => {}
    }
}

/// The events with one value replaced, with a member taken out, and with a member added, each with the place of the event that
/// is another.
fn variants(events: &[Value]) -> Vec<(usize, Vec<Value>)> {
    let mut all = Vec::new();
    for (at, event) in events.iter().enumerate() {
        let mut found = Vec::new();
        places(event, "", &mut found);
        let mut add = |changed: Value| {
            let mut variant = events.to_vec();
            variant[at] = changed;
            all.push((at, variant));
        };
        for place in found {
            for value in odd_values() {
                let mut changed = event.clone();
                *changed.pointer_mut(&place).expect("a place") = value.clone();
                add(changed);
                for name in ["index", "type", "id", "message", "tool_calls", "content", "choices", "role", "output"] {
                    let mut changed = event.clone();
                    if let Some(Value::Object(members)) = changed.pointer_mut(&place)
                        && members.insert(name.to_owned(), value.clone()).is_none()
                    {
                        add(changed);
                    }
                }
            }
            if let Some((parent, name)) = place.rsplit_once('/') {
                let mut changed = event.clone();
                if let Some(Value::Object(members)) = changed.pointer_mut(parent) {
                    members.remove(name);
                    add(changed);
                }
            }
        }
    }
    all
}

fn has_untyped_item(state: &Value) -> bool {
    let items = state["snapshot"]["output"].as_array();
    items.into_iter().flatten().any(|item| item["type"].as_str().is_none_or(str::is_empty))
}

/// Stores the accumulator after each event, goes on with what was read, and compares with one that was not stored.
fn check<A: Accumulator>(name: &str, events: &[Value]) {
    let mut failures = Vec::new();
    let variants = variants(events);
    let count = variants.len();
    let mut before = vec![A::default()];
    for event in events {
        let mut next = before.last().cloned().unwrap_or_default();
        next.take(event);
        before.push(next);
    }
    for (at, variant) in variants {
        // The events before are the same in every variant: those of the last event store after each of them.
        let from = if at + 1 == events.len() { 0 } else { at };
        let (mut plain, mut stored) = (before[from].clone(), before[from].clone());
        for event in &variant[from..] {
            plain.take(event);
            stored.take(event);
            let text = serde_json::to_string(&stored).expect("JSON");
            match serde_json::from_str::<A>(&text) {
                Ok(read) => stored = read,
                Err(error) => {
                    failures.push(format!("{error}\n  in {text}\n  of {}", json!(variant)));
                    break;
                }
            }
            if serde_json::to_string(&plain).ok() == serde_json::to_string(&stored).ok() {
                continue;
            }
            let (plain, stored) = (json!(plain), json!(stored));
            // An item without a type is read by its members, which are others by now.
            if plain != stored && !has_untyped_item(&plain) {
                failures.push(format!("stored, it is\n  {stored}, not\n  {plain}\n  of {}", json!(variant)));
                break;
            }
        }
    }
    println!("{name}: {count} variants");
    assert!(
        count > 1000 && failures.is_empty(),
        "{name}: {} of {count}: {}",
        failures.len(),
        failures[..failures.len().min(6)].join("\n")
    );
}

#[test]
fn chat() {
    check::<ChatAccumulator>(
        "chat",
        &[
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [
                {"index": 0, "delta": {"role": "assistant", "content": "a", "reasoning": "r", "audio": {"id": "u", "data": "d"}}}]}),
            json!({"id": "c", "choices": [{"index": 0, "delta": {"tool_calls": [
                {"index": 0, "id": "t", "type": "function", "function": {"name": "f", "arguments": "{}"}},
                {"index": 1, "id": "v", "type": "custom", "custom": {"name": "g", "input": "i"}}]}}]}),
            json!({"id": "c", "choices": [{"index": 0, "finish_reason": "tool_calls", "logprobs": {"content": []},
                "delta": {"refusal": "no", "tool_calls": [{"index": 0, "function": {"arguments": " "}}]}},
                {"index": 1, "delta": {"function_call": {"name": "h", "arguments": "{"}}}],
                "usage": {"total_tokens": 1}}),
        ],
    );
}

#[test]
fn completions() {
    let logprobs =
        json!({"tokens": ["a"], "token_logprobs": [null], "text_offset": [0], "top_logprobs": [{"a": -1.0}]});
    check::<CompletionAccumulator>(
        "completions",
        &[
            json!({"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [
                {"index": 0, "text": "a", "logprobs": logprobs, "finish_reason": null}]}),
            json!({"id": "c", "choices": [{"index": 0, "text": "b", "logprobs": logprobs}, {"index": 2, "text": "c"}]}),
            json!({"id": "c", "choices": [{"index": 2, "text": "", "finish_reason": "stop"}], "usage": {"total_tokens": 2}}),
        ],
    );
}

#[test]
fn responses() {
    let message =
        json!({"id": "msg_1", "type": "message", "role": "assistant", "status": "in_progress", "content": []});
    let place = json!({"item_id": "msg_1", "output_index": 0, "content_index": 0});
    let with = |kind: &str, more: Value| {
        let mut event = place.clone();
        event["type"] = json!(format!("response.{kind}"));
        let members = event.as_object_mut().expect("an object");
        members.extend(more.as_object().expect("an object").clone());
        event
    };
    check::<ResponseAccumulator>(
        "responses",
        &[
            json!({"type": "response.created", "sequence_number": 0, "response": {"id": "r", "object": "response", "output": []}}),
            with("output_item.added", json!({"item": message})),
            with("content_part.added", json!({"part": {"type": "output_text", "text": "", "annotations": []}})),
            with("output_text.delta", json!({"delta": "a", "sequence_number": 3, "logprobs": []})),
            with(
                "output_text.annotation.added",
                json!({"annotation_index": 0, "annotation": {"type": "file_path", "file_id": "f", "index": 0}}),
            ),
            with("function_call_arguments.delta", json!({"item_id": "fc_1", "output_index": 1, "delta": "{"})),
            with(
                "output_item.done",
                json!({"output_index": 1, "item": {"id": "fc_1", "type": "function_call", "name": "f", "call_id": "c", "arguments": "{}"}}),
            ),
            json!({"type": "response.completed", "response": {"id": "r", "status": "completed", "output": []}}),
        ],
    );
}

#[test]
fn assistants() {
    let delta = |content: Value| json!({"event": "thread.message.delta", "data": {"id": "msg_1", "delta": {"content": content}}});
    let step = |calls: Value| {
        let details = json!({"type": "tool_calls", "tool_calls": calls});
        json!({"event": "thread.run.step.delta", "data": {"id": "step_1", "delta": {"step_details": details}}})
    };
    check::<AssistantAccumulator>(
        "assistants",
        &[
            json!({"event": "thread.run.created", "data": {"id": "run_1", "object": "thread.run", "status": "queued", "tools": []}}),
            json!({"event": "thread.message.created", "data": {"id": "msg_1", "object": "thread.message", "content": []}}),
            delta(json!([{"index": 0, "type": "text", "text": {"value": "a", "annotations": [
                {"index": 0, "type": "file_path", "text": "t", "file_path": {"file_id": "f"}}]}}])),
            delta(json!([{"index": 1, "type": "refusal", "refusal": "no"}])),
            delta(json!([{"index": 0, "type": "text", "text": {"value": "b"}}])),
            step(json!([{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": "{"}}])),
            step(
                json!([{"index": 1, "id": "d", "type": "code_interpreter", "code_interpreter": {"input": "1", "outputs": [
                {"index": 0, "type": "logs", "logs": "l"}]}}, {"index": 0, "type": "function", "function": {"arguments": "}"}}]),
            ),
            json!({"event": "thread.run.step.completed", "data": {"id": "step_1", "status": "completed"}}),
        ],
    );
}
