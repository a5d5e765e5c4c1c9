//! The rule of each event.

use std::collections::BTreeSet;

use openai_ext::ErrorKind;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::runtime::json::Union;
use openai_ext::types::{ResponseStatus, ResponseStreamEvent};
use serde_json::json;

use super::table::{item, table};
use super::{Result, output, push, started, text_delta};

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
    for name in ["accepted", "pending", "failed"] {
        tested.insert(format!("response.steer.{name}"));
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
    for _ in 0..20_000 {
        accumulator.push(&event)?;
    }
    assert_eq!(accumulator.finish()?.output_text().len(), 100_000);
    Ok(())
}
