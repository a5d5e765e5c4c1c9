//! The rule of each event, and what servers do that keep to none.

use std::collections::BTreeSet;
use std::error::Error;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::runtime::json::Union;
use openai_ext::stream::responses::ResponseAccumulator;
use openai_ext::types::{ResponseStatus, ResponseStreamEvent};
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

/// The type of an event without `response.`, its members, and the output that it makes of the item below.
pub(crate) fn table() -> Vec<(&'static str, Value, Value)> {
    let text = |text: &str| json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    let status = |status: &str| json!({"status": status});
    vec![
        ("output_text.delta", json!({"content_index": 0, "delta": "!"}), json!({"content": [text("Hi!")]})),
        ("output_text.done", json!({"content_index": 0, "text": "Ho"}), json!({"content": [text("Ho")]})),
        (
            "output_text.annotation.added",
            json!({"content_index": 0, "annotation_index": 0, "annotation": {"type": "file_path", "file_id": "f", "index": 1}}),
            json!({"content": [{
                "type": "output_text", "text": "Hi", "logprobs": [],
                "annotations": [{"type": "file_path", "file_id": "f", "index": 1}],
            }]}),
        ),
        (
            "refusal.delta",
            json!({"content_index": 1, "delta": "No"}),
            json!({"content": [text("Hi"), {"type": "refusal", "refusal": "No"}]}),
        ),
        (
            "refusal.done",
            json!({"content_index": 1, "refusal": "No."}),
            json!({"content": [text("Hi"), {"type": "refusal", "refusal": "No."}]}),
        ),
        (
            "content_part.added",
            json!({"content_index": 1, "part": text("")}),
            json!({"content": [text("Hi"), text("")]}),
        ),
        ("content_part.done", json!({"content_index": 0, "part": text("Ha")}), json!({"content": [text("Ha")]})),
        (
            "reasoning_text.delta",
            json!({"content_index": 0, "delta": "r"}),
            json!({"content": [{"type": "reasoning_text", "text": "r"}]}),
        ),
        (
            "reasoning_text.done",
            json!({"content_index": 0, "text": "rr"}),
            json!({"content": [{"type": "reasoning_text", "text": "rr"}]}),
        ),
        (
            "reasoning_summary_text.delta",
            json!({"summary_index": 0, "delta": "!"}),
            json!({"summary": [{"type": "summary_text", "text": "S!"}]}),
        ),
        (
            "reasoning_summary_text.done",
            json!({"summary_index": 0, "text": "T"}),
            json!({"summary": [{"type": "summary_text", "text": "T"}]}),
        ),
        (
            "reasoning_summary_part.added",
            json!({"summary_index": 1, "part": {"type": "summary_text", "text": ""}}),
            json!({"summary": [{"type": "summary_text", "text": "S"}, {"type": "summary_text", "text": ""}]}),
        ),
        (
            "reasoning_summary_part.done",
            json!({"summary_index": 0, "part": {"type": "summary_text", "text": "U"}}),
            json!({"summary": [{"type": "summary_text", "text": "U"}]}),
        ),
        ("function_call_arguments.delta", json!({"delta": "}"}), json!({"arguments": "{}"})),
        ("function_call_arguments.done", json!({"name": "f", "arguments": "[]"}), json!({"arguments": "[]"})),
        ("custom_tool_call_input.delta", json!({"delta": "b"}), json!({"input": "ab"})),
        ("custom_tool_call_input.done", json!({"input": "c"}), json!({"input": "c"})),
        ("mcp_call_arguments.delta", json!({"delta": "}"}), json!({"arguments": "{}"})),
        ("mcp_call_arguments.done", json!({"arguments": "[]"}), json!({"arguments": "[]"})),
        ("mcp_call.in_progress", json!({}), status("in_progress")),
        ("mcp_call.completed", json!({}), status("completed")),
        ("mcp_call.failed", json!({}), status("failed")),
        ("code_interpreter_call_code.delta", json!({"delta": "2"}), json!({"code": "12"})),
        ("code_interpreter_call_code.done", json!({"code": "3"}), json!({"code": "3"})),
        ("code_interpreter_call.in_progress", json!({}), status("in_progress")),
        ("code_interpreter_call.interpreting", json!({}), status("interpreting")),
        ("code_interpreter_call.completed", json!({}), status("completed")),
        ("file_search_call.in_progress", json!({}), status("in_progress")),
        ("file_search_call.searching", json!({}), status("searching")),
        ("file_search_call.completed", json!({}), status("completed")),
        ("web_search_call.in_progress", json!({}), status("in_progress")),
        ("web_search_call.searching", json!({}), status("searching")),
        ("web_search_call.completed", json!({}), status("completed")),
        ("image_generation_call.in_progress", json!({}), status("in_progress")),
        ("image_generation_call.generating", json!({}), status("generating")),
        ("image_generation_call.completed", json!({}), status("completed")),
        (
            "image_generation_call.partial_image",
            json!({"partial_image_index": 0, "partial_image_b64": "AA=="}),
            json!({}),
        ),
        ("mcp_list_tools.in_progress", json!({}), json!({})),
        ("mcp_list_tools.completed", json!({}), json!({})),
        ("mcp_list_tools.failed", json!({}), json!({})),
        (
            "shell_call_command.added",
            json!({"command_index": 1, "command": "b"}),
            json!({"action": {"commands": ["ls", "b"]}}),
        ),
        (
            "shell_call_command.delta",
            json!({"command_index": 0, "delta": " /"}),
            json!({"action": {"commands": ["ls /"]}}),
        ),
        (
            "shell_call_command.done",
            json!({"command_index": 0, "command": "w"}),
            json!({"action": {"commands": ["w"]}}),
        ),
        (
            "shell_call_output_content.delta",
            json!({"command_index": 0, "delta": {"stdout": "b", "stderr": "e"}}),
            json!({"output": [{"stdout": "ab", "stderr": "e", "outcome": {"type": "timeout"}}]}),
        ),
        (
            "shell_call_output_content.done",
            json!({"command_index": 0, "output": [{"stdout": "c", "stderr": "", "outcome": {"type": "timeout"}}]}),
            json!({"output": [{"stdout": "c", "stderr": "", "outcome": {"type": "timeout"}}]}),
        ),
        (
            "apply_patch_call_operation_diff.delta",
            json!({"delta": "b"}),
            json!({"operation": {"type": "create_file", "path": "p", "diff": "ab"}}),
        ),
        (
            "apply_patch_call_operation_diff.done",
            json!({"diff": "c"}),
            json!({"operation": {"type": "create_file", "path": "p", "diff": "c"}}),
        ),
        ("audio.delta", json!({"delta": "AA=="}), json!({})),
        ("audio.done", json!({}), json!({})),
        ("audio.transcript.delta", json!({"delta": "a"}), json!({})),
        ("audio.transcript.done", json!({}), json!({})),
        ("something_new.delta", json!({"delta": "a"}), json!({})),
    ]
}

/// The item that an event of the table is about.
fn item(event: &str) -> Value {
    let part = json!({"type": "output_text", "text": "Hi", "annotations": [], "logprobs": []});
    let mut item = match event.split(['.', '_']).next().unwrap_or_default() {
        "output" | "refusal" | "content" => json!({"type": "message", "role": "assistant", "content": [part]}),
        "reasoning" => json!({"type": "reasoning", "summary": [{"type": "summary_text", "text": "S"}]}),
        "function" => json!({"type": "function_call", "call_id": "c", "name": "f", "arguments": "{"}),
        "custom" => json!({"type": "custom_tool_call", "call_id": "c", "name": "f", "input": "a"}),
        "mcp" if event.starts_with("mcp_list") => json!({"type": "mcp_list_tools", "server_label": "s", "tools": []}),
        "mcp" => json!({"type": "mcp_call", "server_label": "s", "name": "f", "arguments": "{"}),
        "code" => json!({"type": "code_interpreter_call", "container_id": "c", "code": "1", "outputs": null}),
        "file" => json!({"type": "file_search_call", "queries": []}),
        "web" => json!({"type": "web_search_call", "action": {"type": "search", "query": "q"}}),
        "image" => json!({"type": "image_generation_call", "result": null}),
        "shell" if event.starts_with("shell_call_output") => {
            let output = json!([{"stdout": "a", "stderr": "", "outcome": {"type": "timeout"}}]);
            json!({"type": "shell_call_output", "call_id": "c", "output": output})
        }
        "shell" => json!({"type": "shell_call", "call_id": "c", "action": {"commands": ["ls"]}}),
        "apply" => {
            json!({"type": "apply_patch_call", "call_id": "c", "operation": {"type": "create_file", "path": "p", "diff": "a"}})
        }
        _ => json!({"type": "an_item_of_tomorrow"}),
    };
    item["id"] = json!("item_1");
    item["status"] = json!("queued");
    item
}

#[test]
fn each_event_has_its_rule() -> Result {
    for (name, mut event, change) in table() {
        let mut expected = item(name);
        event["type"] = json!(format!("response.{name}"));
        event["item_id"] = json!("item_1");
        event["output_index"] = json!(1);
        event["sequence_number"] = json!(7);
        for (name, value) in change.as_object().into_iter().flatten() {
            expected[name] = value.clone();
        }
        let mut accumulator = started()?;
        push(&mut accumulator, &json!({"type": "response.output_item.added", "output_index": 1, "item": item(name)}))?;
        push(&mut accumulator, &event)?;
        assert_eq!(accumulator.sequence_number(), Some(7), "{name}");
        let found = output(&accumulator)?;
        assert_eq!(found[1], expected, "{name}");
        assert_eq!(found[0], json!({"type": "program", "id": "first"}), "{name}");
    }
    Ok(())
}

/// So that no event of the document is passed over by oversight.
#[test]
fn no_event_of_the_document_is_left_out() {
    let mut tested: BTreeSet<String> = table().iter().map(|(name, ..)| format!("response.{name}")).collect();
    // These have tests of their own.
    for name in ["created", "queued", "in_progress", "completed", "failed", "incomplete"] {
        tested.insert(format!("response.{name}"));
    }
    for name in ["response.output_item.added", "response.output_item.done", "error", "keepalive"] {
        tested.insert(name.to_owned());
    }
    let missing: Vec<&str> =
        ResponseStreamEvent::PLAN.tags.iter().map(|(tag, _)| *tag).filter(|tag| !tested.contains(*tag)).collect();
    assert!(missing.is_empty(), "{missing:?}");
}

#[test]
fn the_life_of_a_response() -> Result {
    for (last, status) in [
        ("completed", ResponseStatus::Completed),
        ("failed", ResponseStatus::Failed),
        ("incomplete", ResponseStatus::Incomplete),
    ] {
        let mut accumulator = ResponseAccumulator::default();
        assert!(accumulator.snapshot().is_none() && accumulator.sequence_number().is_none());
        push(&mut accumulator, &json!({"type": "keepalive", "sequence_number": 0}))?;
        assert!(accumulator.snapshot().is_none());
        for (kind, expected) in [
            ("queued", ResponseStatus::Queued),
            ("created", ResponseStatus::InProgress),
            ("in_progress", ResponseStatus::InProgress),
        ] {
            // A response without a status has that of its event.
            push(
                &mut accumulator,
                &json!({"type": format!("response.{kind}"), "response": {"id": "r", "model": "m"}}),
            )?;
            let snapshot = accumulator.snapshot().ok_or("a snapshot")?;
            assert_eq!((snapshot.id.as_str(), snapshot.status.as_ref()), ("r", Some(&expected)));
        }
        push(&mut accumulator, &text_delta(json!({"delta": "Hi"})))?;
        assert!(!accumulator.is_complete());
        // Some servers' last event has little but the usage: the rest stays.
        push(&mut accumulator, &json!({"type": format!("response.{last}"), "response": {"id": "r", "output": []}}))?;
        assert!(accumulator.is_complete());
        let response = accumulator.finish()?;
        assert_eq!((response.status.as_ref(), response.output_text().as_str()), (Some(&status), "Hi"));
        assert_eq!(response.model.as_str(), "m");
    }
    Ok(())
}

#[test]
fn an_item_that_is_done_replaces_what_its_deltas_made() -> Result {
    let mut accumulator = started()?;
    push(&mut accumulator, &text_delta(json!({"item_id": "m", "output_index": 1, "delta": "Hi"})))?;
    let content = json!([{"type": "output_text", "text": "Hello", "annotations": [], "logprobs": []}]);
    let item = json!({"type": "message", "id": "m", "role": "assistant", "status": "completed", "content": content});
    push(&mut accumulator, &json!({"type": "response.output_item.done", "output_index": 1, "item": item}))?;
    assert_eq!(output(&accumulator)?[1], item);
    // An item of another kind is another item.
    let item = json!({"type": "program", "id": "p"});
    push(&mut accumulator, &json!({"type": "response.output_item.done", "item": item}))?;
    assert_eq!(output(&accumulator)?.as_array().map(Vec::len), Some(3));
    Ok(())
}

/// Texts by message, from events that lack what the document promises.
#[test]
fn loose_servers() -> Result {
    let added = |item: Value| json!({"type": "response.output_item.added", "item": item});
    let delta = |members: Value| text_delta(members);
    let message = |id: &str| json!({"type": "message", "id": id, "content": []});
    for (what, events, expected) in [
        ("nothing but deltas", vec![delta(json!({"delta": "a"})), delta(json!({"delta": "b"}))], vec!["ab"]),
        (
            "ids only",
            vec![
                delta(json!({"item_id": "x", "delta": "a"})),
                delta(json!({"item_id": "y", "delta": "b"})),
                delta(json!({"item_id": "x", "delta": "c"})),
            ],
            vec!["ac", "b"],
        ),
        (
            "numbers only, out of order and with gaps",
            vec![
                delta(json!({"output_index": 7, "delta": "c"})),
                delta(json!({"output_index": 2, "delta": "a"})),
                delta(json!({"output_index": 7, "delta": "d"})),
                delta(json!({"output_index": 5, "delta": "b"})),
            ],
            vec!["a", "b", "cd"],
        ),
        (
            "another id in each event",
            vec![
                json!({"type": "response.output_item.added", "output_index": 0, "item": message("1")}),
                delta(json!({"item_id": "2", "output_index": 0, "delta": "a"})),
                delta(json!({"item_id": "3", "output_index": 0, "delta": "b"})),
            ],
            vec!["ab"],
        ),
        (
            "every item has number 0",
            vec![
                json!({"type": "response.output_item.added", "output_index": 0, "item": message("x")}),
                json!({"type": "response.output_item.added", "output_index": 0, "item": message("y")}),
                delta(json!({"item_id": "y", "output_index": 0, "delta": "b"})),
                delta(json!({"item_id": "x", "output_index": 0, "delta": "a"})),
            ],
            vec!["a", "b"],
        ),
        (
            "items without numbers, deltas without ids",
            vec![added(message("x")), delta(json!({"delta": "a"})), added(message("y")), delta(json!({"delta": "b"}))],
            vec!["a", "b"],
        ),
        (
            "parts without numbers",
            vec![
                json!({"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}}),
                delta(json!({"delta": "a"})),
                json!({"type": "response.content_part.done", "part": {"type": "output_text", "text": "A"}}),
                json!({"type": "response.content_part.added", "part": {"type": "output_text", "text": ""}}),
                delta(json!({"delta": "b"})),
                json!({"type": "response.content_part.done", "part": {"type": "output_text"}}),
            ],
            vec!["A|b"],
        ),
        (
            "parts counted from 1",
            vec![
                delta(json!({"content_index": 1, "delta": "a"})),
                delta(json!({"content_index": 2, "delta": "c"})),
                delta(json!({"content_index": 1, "delta": "b"})),
            ],
            vec!["ab|c"],
        ),
        (
            "negative numbers",
            vec![delta(json!({"output_index": -1, "content_index": -5, "delta": "a"})), delta(json!({"delta": "b"}))],
            vec!["ab"],
        ),
        (
            "numbers beyond all reason",
            vec![
                delta(json!({"output_index": i64::MAX, "content_index": i64::MAX, "delta": "b"})),
                delta(json!({"output_index": 1_000_000_000, "content_index": 1_000_000_000, "delta": "a"})),
                delta(json!({"output_index": i64::MAX, "content_index": i64::MAX, "delta": "c"})),
            ],
            vec!["a", "bc"],
        ),
        (
            "whole items only",
            vec![
                json!({"type": "response.output_item.done", "item": {"type": "message", "content": [
                    {"type": "output_text", "text": "a"}]}}),
                json!({"type": "response.output_item.done", "item": {"type": "message", "content": [
                    {"type": "output_text", "text": "b"}]}}),
            ],
            vec!["a", "b"],
        ),
        (
            "done events without text",
            vec![
                delta(json!({"item_id": "x", "delta": "a"})),
                json!({"type": "response.output_text.done", "item_id": "x"}),
                json!({"type": "response.output_item.done", "item": message("x")}),
            ],
            vec!["a"],
        ),
    ] {
        let mut accumulator = ResponseAccumulator::default();
        for event in &events {
            push(&mut accumulator, event).map_err(|error| format!("{what}: {error}"))?;
        }
        let output = output(&accumulator)?;
        let texts = output.as_array().into_iter().flatten().map(|item| {
            let parts = item["content"].as_array().into_iter().flatten();
            parts.map(|part| part["text"].as_str().unwrap_or("-")).collect::<Vec<_>>().join("|")
        });
        assert_eq!(texts.collect::<Vec<_>>(), expected, "{what}");
    }
    Ok(())
}

#[test]
fn no_stream_grows_beyond_bounds() -> Result {
    for (what, event) in [
        ("items", |index: i64| text_delta(json!({"output_index": index, "delta": ""}))),
        ("parts", |index: i64| text_delta(json!({"output_index": 1, "content_index": index, "delta": ""}))),
    ] as [(&str, fn(i64) -> Value); 2]
    {
        let mut accumulator = ResponseAccumulator::default();
        let mut failed = None;
        for index in 0..5000 {
            if let Err(error) = accumulator.push(&serde_json::from_value(event(index))?) {
                failed = Some((index, error));
                break;
            }
        }
        let (index, error) = failed.ok_or("no limit")?;
        assert_eq!((index, error.kind()), (4096, ErrorKind::Stream), "{what}");
        assert!(error.message().contains(what), "{error}");
        assert!(accumulator.snapshot().is_some());
    }
    Ok(())
}

/// Parts of kinds that the document does not have are kept where their item is known.
#[test]
fn unknown_parts() -> Result {
    let mut accumulator = started()?;
    let part = json!({"type": "a_part_of_tomorrow", "deep": [1]});
    let added = |index: i64| json!({"type": "response.content_part.added", "output_index": index, "content_index": 0, "part": part});
    push(&mut accumulator, &added(1))?;
    assert_eq!(output(&accumulator)?.as_array().map(Vec::len), Some(1));
    let message = json!({"type": "message", "id": "m", "content": []});
    push(&mut accumulator, &json!({"type": "response.output_item.added", "output_index": 1, "item": message}))?;
    push(&mut accumulator, &added(1))?;
    assert_eq!(output(&accumulator)?[1]["content"], json!([part]));
    assert!(accumulator.changed().is_some_and(|changed| (changed.output_index, changed.part_index) == (1, Some(0))));
    Ok(())
}

/// Events of all kinds in any order, of which any member may be missing: nothing panics, and no text is made up.
#[test]
fn events_in_any_order() -> Result {
    let mut seed = 1_u64;
    let mut random = move |below: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % below
    };
    let table = table();
    for _ in 0..100 {
        let mut accumulator = ResponseAccumulator::default();
        let mut texts = 0;
        for step in 0..60 {
            let (name, mut event, _) = table[random(table.len())].clone();
            event["type"] = json!(format!("response.{name}"));
            event["item_id"] = json!(format!("item_{}", random(4)));
            event["output_index"] = json!(random(5) as i64 - 1);
            let kind = random(5);
            if kind == 0 {
                let item = item(name);
                texts += usize::from(item["type"] == "message");
                let done = if random(2) == 0 { "added" } else { "done" };
                event =
                    json!({"type": format!("response.output_item.{done}"), "output_index": random(5), "item": item});
            }
            texts += usize::from(name.starts_with("output_text") || name.starts_with("content_part"));
            for (member, chance) in [("item_id", 4), ("output_index", 4), ("content_index", 3), ("summary_index", 3)] {
                if random(chance) == 0 {
                    event.as_object_mut().map(|members| members.remove(member));
                }
            }
            push(&mut accumulator, &event).map_err(|error| format!("{event}: {error}"))?;
            if step % 10 == 0 {
                let stored: ResponseAccumulator = serde_json::from_str(&serde_json::to_string(&accumulator)?)?;
                assert_eq!(stored.snapshot(), accumulator.snapshot());
            }
        }
        let length = accumulator.finish().map_or(0, |response| response.output_text().chars().count());
        assert!(length <= texts * 2 + 60, "{length} characters of {texts} events");
    }
    Ok(())
}

#[test]
fn an_error_event_is_an_error_and_the_snapshot_stays() -> Result {
    let mut accumulator = started()?;
    // The two forms that the API sends.
    let flat =
        json!({"type": "error", "code": "server_error", "message": "Oh no", "param": "model", "sequence_number": 3});
    let inner = json!({"type": "server", "code": "server_error", "message": "Oh no", "param": "model"});
    for (event, kind) in [
        (flat, "error"),
        (json!({"type": "error", "sequence_number": 3, "error": inner}), "server"),
        (json!({"error": inner}), "server"),
    ] {
        let error = accumulator.push(&serde_json::from_value(event)?).err().ok_or("an error")?;
        assert_eq!((error.kind(), error.message(), error.code()), (ErrorKind::Stream, "Oh no", Some("server_error")));
        assert_eq!((error.param(), error.error_type()), (Some("model"), Some(kind)));
    }
    assert_eq!(accumulator.snapshot().map(|response| response.output.len()), Some(1));
    let error = ResponseAccumulator::default().finish().err().ok_or("an error")?;
    assert_eq!(error.kind(), ErrorKind::Truncated);
    Ok(())
}

/// Twenty thousand deltas, each of which costs the same.
#[test]
fn many_deltas() -> Result {
    let event: ResponseStreamEvent = serde_json::from_value(text_delta(
        json!({"item_id": "m", "output_index": 0, "content_index": 0, "sequence_number": 4, "delta": "word "}),
    ))?;
    let mut accumulator = ResponseAccumulator::default();
    let start = std::time::Instant::now();
    for _ in 0..20_000 {
        accumulator.push(&event)?;
    }
    println!("20000 deltas in {:?}", start.elapsed());
    assert_eq!(accumulator.finish()?.output_text().len(), 100_000);
    Ok(())
}

fn started() -> Result<ResponseAccumulator> {
    let mut accumulator = ResponseAccumulator::default();
    let output = json!([{"type": "program", "id": "first"}]);
    let response = json!({"id": "resp_1", "status": "in_progress", "output": output});
    push(&mut accumulator, &json!({"type": "response.created", "sequence_number": 0, "response": response}))?;
    Ok(accumulator)
}

fn text_delta(mut members: Value) -> Value {
    members["type"] = json!("response.output_text.delta");
    members
}

fn push(accumulator: &mut ResponseAccumulator, event: &Value) -> Result {
    Ok(accumulator.push(&serde_json::from_value(event.clone())?)?)
}

fn output(accumulator: &ResponseAccumulator) -> Result<Value> {
    Ok(serde_json::to_value(&accumulator.snapshot().ok_or("a snapshot")?.output)?)
}
