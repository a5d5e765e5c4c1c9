//! Accumulators at their end, at their limits, stored, and with many chunks.

use std::time::{Duration, Instant};

use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletionChunk, ChatCompletionMessageToolCall};
use openai_ext::{ChatAccumulator, CompletionAccumulator, ErrorKind};
use serde_json::{Value, json};

use super::{TestResult, delta, finish, play, tool};

#[test]
fn a_completion_that_was_cut_off_is_an_error_if_it_was_to_be_parsed() -> TestResult {
    for (reason, parsing, kind) in [
        ("stop", true, None),
        ("tool_calls", true, None),
        ("length", false, None),
        ("content_filter", false, None),
        ("length", true, Some(ErrorKind::LengthFinishReason)),
        ("content_filter", true, Some(ErrorKind::ContentFilterFinishReason)),
    ] {
        let mut accumulator = ChatAccumulator::new().with_parsing(parsing);
        accumulator.push(&serde_json::from_value(delta(json!({"content": "{\"a"})))?)?;
        accumulator.push(&serde_json::from_value(finish(reason))?)?;
        let finished = accumulator.finish();
        assert_eq!(finished.as_ref().err().map(openai_ext::Error::kind), kind, "{reason} {parsing}");
        if let Err(error) = finished {
            assert_eq!(error.completion().map(ChatCompletionExt::text), Some("{\"a"));
        }
    }
    Ok(())
}

#[test]
fn indexes_have_limits() {
    for (chunk, ok) in [
        (json!({"choices": [{"index": 127, "delta": {}}]}), true),
        (json!({"choices": [{"index": 128, "delta": {}}]}), false),
        (json!({"choices": [{"index": i64::MAX, "delta": {}}]}), false),
        (json!({"choices": [{"index": i64::MIN, "delta": {}}]}), true),
        (tool(1023, json!({})), true),
        (tool(1024, json!({})), false),
        (tool(i64::MIN, json!({})), true),
    ] {
        let played = play(&[delta(json!({"content": "a"})), chunk.clone()]);
        assert_eq!(
            played.map(drop).map_err(|error| error.kind()),
            if ok { Ok(()) } else { Err(ErrorKind::Stream) },
            "{chunk}"
        );
    }
}

#[test]
fn a_stream_without_chunks_is_no_completion() -> TestResult {
    assert_eq!(ChatAccumulator::new().finish().map_err(|error| error.kind()), Err(ErrorKind::Stream));
    let mut accumulator = ChatAccumulator::new();
    accumulator.push(&serde_json::from_value(json!({"choices": [], "usage": {"total_tokens": 1}}))?)?;
    let completion = accumulator.finish()?;
    assert_eq!(
        serde_json::to_value(completion)?,
        json!({"object": "chat.completion", "choices": [], "usage": {"total_tokens": 1}})
    );
    Ok(())
}

#[test]
fn a_stored_state_must_fit_its_snapshot() -> TestResult {
    let mut accumulator = ChatAccumulator::new();
    accumulator.push(&serde_json::from_value(tool(2, json!({"function": {"arguments": "{"}})))?)?;
    let stored = serde_json::to_value(&accumulator)?;
    let mut read: ChatAccumulator = serde_json::from_value(stored.clone())?;
    read.push(&serde_json::from_value(tool(2, json!({"function": {"arguments": "}"}})))?)?;
    assert!(
        matches!(read.tool_call(0, 2), Some(ChatCompletionMessageToolCall::Function(call)) if call.function.arguments == "{}")
    );
    for (place, value) in [
        ("/choices", json!([])),
        ("/choices/0/tools", json!([])),
        ("/choices/0/tools/0/0", json!("x")),
        ("/snapshot/choices/0/message/tool_calls", json!(null)),
        ("/started", json!(null)),
    ] {
        let mut broken = stored.clone();
        *broken.pointer_mut(place).expect(place) = value;
        assert!(serde_json::from_value::<ChatAccumulator>(broken).is_err(), "{place}");
    }
    assert!(serde_json::from_str::<CompletionAccumulator>(r#"{"choices": [{"index": 1}, {"index": 0}]}"#).is_err());
    Ok(())
}

#[test]
fn events_are_small() {
    // A `Value` is 32 bytes, or 72 if a program has serde_json keep the order of members.
    let limit = 96 + size_of::<serde_json::Value>();
    assert!(size_of::<ChatStreamEvent>() <= limit, "{}", size_of::<ChatStreamEvent>());
}

/// The time of a chunk must not grow with what is there: twice the chunks, about twice the time.
#[test]
fn many_deltas_take_linear_time() -> TestResult {
    let chunk: ChatCompletionChunk = serde_json::from_value(delta(json!({"content": "word ", "reasoning": "hm "})))?;
    let time = |count: usize| -> Result<Duration, openai_ext::Error> {
        let start = Instant::now();
        let mut accumulator = ChatAccumulator::new();
        let mut events = Vec::new();
        for _ in 0..count {
            events.clear();
            accumulator.push_with_events(&chunk, &mut events)?;
        }
        assert_eq!(accumulator.snapshot().text().len(), 5 * count);
        Ok(start.elapsed())
    };
    // Sixteen times the chunks; quadratic would be 256 times. A busy machine may make one of the two slow, but not each time.
    for _ in 0..20 {
        if time(80_000)? < time(5_000)? * 100 {
            return Ok(());
        }
    }
    panic!("80,000 chunks took more than 100 times as long as 5,000, twenty times");
}

/// Chunks of any content, as a broken server may send them, are taken or refused; and a state that was stored goes on
/// as the one that was not.
#[test]
fn no_chunk_is_too_odd() -> TestResult {
    let mut seed = 1_u64;
    let mut pick = |count: usize| {
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (seed >> 33) as usize % count
    };
    let values = [
        json!(null),
        json!(""),
        json!("a"),
        json!("{\"b\": \"\\ud8"),
        json!(-3),
        json!(1e300),
        json!(true),
        json!([]),
        json!([null, 1, "x"]),
        json!([{"index": 0, "text": "y"}]),
        json!({}),
        json!({"input": "z", "name": 5, "data": "AA"}),
    ];
    let members = ["x", "type", "custom", "audio", "annotations", "object", "index", "reasoning"];
    for _ in 0..300 {
        let mut plain = ChatAccumulator::new().with_parsing(true);
        let mut stored = plain.clone();
        for _ in 0..6 {
            let mut call = json!({"index": pick(3), "id": (["", "c"][pick(2)]), "function": {"name": "f", "arguments": "{\"a\":"}});
            let mut delta = json!({"content": (["", "[1"][pick(2)]), "refusal": null});
            let mut choice = json!({"index": pick(3), "finish_reason": ([json!(null), json!("length")][pick(2)])});
            let mut chunk = json!({"id": "i"});
            for (at, object) in [&mut call, &mut delta, &mut choice, &mut chunk].into_iter().enumerate() {
                let name = members[pick(members.len())];
                // A field of the type has a kind, and what doesn't fit never gets here.
                if (name != "index" || at == 3) && (name != "audio" || at != 1) {
                    object[name] = values[pick(values.len())].clone();
                }
            }
            delta["tool_calls"] = json!([call]);
            choice["delta"] = delta;
            chunk["choices"] = json!([choice]);
            let chunk: ChatCompletionChunk = serde_json::from_value(chunk)?;
            let (mut events, mut stored_events) = (Vec::new(), Vec::new());
            plain.push_with_events(&chunk, &mut events)?;
            stored.push_with_events(&chunk, &mut stored_events)?;
            stored = serde_json::from_str(&serde_json::to_string(&stored)?)?;
            assert_eq!(events, stored_events);
        }
        assert_eq!(serde_json::to_value(plain.snapshot())?, serde_json::to_value(stored.snapshot())?);
        assert_eq!(plain.finish().is_ok(), stored.finish().is_ok());
    }
    Ok(())
}

#[test]
fn a_call_of_an_unknown_type_goes_on_after_it_was_stored() -> TestResult {
    let mut accumulator = ChatAccumulator::new();
    let push = |accumulator: &mut ChatAccumulator, part: Value| -> TestResult {
        let chunk: ChatCompletionChunk = serde_json::from_value(tool(0, part))?;
        Ok(accumulator.push(&chunk)?)
    };
    push(&mut accumulator, json!({"id": "call_1", "type": "other", "custom": {"name": "sql", "input": "SELECT "}}))?;
    push(&mut accumulator, json!({"custom": {"input": "1"}}))?;
    let mut stored: ChatAccumulator = serde_json::from_str(&serde_json::to_string(&accumulator)?)?;
    for accumulator in [&mut accumulator, &mut stored] {
        push(accumulator, json!({"function": {"arguments": "{}"}}))?;
        let call = serde_json::to_value(accumulator.snapshot())?["choices"][0]["message"]["tool_calls"][0].take();
        assert_eq!(call["type"], "other");
        assert_eq!(call["custom"], json!({"name": "sql", "input": "SELECT 1"}));
        assert_eq!(call["function"], json!({"name": "", "arguments": "{}"}));
    }
    Ok(())
}
