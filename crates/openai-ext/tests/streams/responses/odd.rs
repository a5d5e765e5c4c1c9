//! What servers do that keep to no rule, and where it ends.

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseAccumulator;
use serde_json::{Value, json};

use super::table::{item, table};
use super::{Result, output, push, started, text_delta};

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

/// Calls that events name in other ways than the document.
#[test]
fn calls_of_loose_servers() -> Result {
    let item = |id: Option<&str>, call_id: &str, arguments: &str| {
        let mut item = json!({"type": "function_call", "call_id": call_id, "name": "f", "arguments": arguments});
        item.as_object_mut().into_iter().for_each(|item| item.extend(id.map(|id| ("id".to_owned(), json!(id)))));
        item
    };
    let added =
        |index: Value, item: Value| json!({"type": "response.output_item.added", "output_index": index, "item": item});
    let done =
        |index: Value, item: Value| json!({"type": "response.output_item.done", "output_index": index, "item": item});
    let delta = |index: Value, id: Value, delta: &str| {
        json!({"type": "response.function_call_arguments.delta",
        "output_index": index, "item_id": id, "delta": delta})
    };
    let null = Value::Null;
    for (what, events) in [
        (
            "index 0 for each, and no id",
            vec![
                added(json!(0), item(None, "a", "")),
                delta(json!(0), null.clone(), "1"),
                added(json!(0), item(None, "b", "")),
                delta(json!(0), null.clone(), "2"),
            ],
        ),
        (
            "events name the id of the call",
            vec![
                added(null.clone(), item(Some("x"), "a", "")),
                added(null.clone(), item(Some("y"), "b", "")),
                delta(null.clone(), json!("a"), "1"),
                delta(null.clone(), json!("b"), "2"),
            ],
        ),
        (
            "one id for all",
            vec![
                added(json!(0), item(Some("x"), "a", "")),
                delta(json!(0), json!("x"), "1"),
                done(json!(0), item(Some("x"), "a", "1")),
                added(json!(1), item(Some("x"), "b", "")),
                delta(json!(1), json!("x"), "2"),
                done(json!(1), item(Some("x"), "b", "2")),
            ],
        ),
        (
            "one id for all, whole items",
            vec![done(json!(0), item(Some("x"), "a", "1")), done(json!(1), item(Some("x"), "b", "2"))],
        ),
    ] {
        let mut accumulator = ResponseAccumulator::default();
        for event in &events {
            push(&mut accumulator, event)?;
            accumulator = serde_json::from_value(serde_json::to_value(&accumulator)?)?;
        }
        let output = output(&accumulator)?;
        let calls = output.as_array().into_iter().flatten().map(|call| json!([call["call_id"], call["arguments"]]));
        assert_eq!(calls.collect::<Vec<_>>(), [json!(["a", "1"]), json!(["b", "2"])], "{what}");
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
