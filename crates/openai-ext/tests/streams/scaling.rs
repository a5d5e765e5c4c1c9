//! The time of a delta does not grow with what was there before: 1,000 and 16,000 deltas of each kind. `scaling` in
//! `benches/` measures more of them, and larger ones.

use std::collections::VecDeque;
use std::fs;

use openai_ext::chat::ChatAccumulator;
use openai_ext::responses::ResponseAccumulator;
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error>>;

/// The processor time of this thread in nanoseconds; `None` where the system does not tell it.
fn thread_time() -> Option<u64> {
    fs::read_to_string("/proc/thread-self/schedstat").ok()?.split(' ').next()?.parse().ok()
}

/// Fails if 16 times the deltas take more than 80 times as long, in each of five tries: a quadratic path takes 256 times.
fn assert_linear(name: &str, run: impl Fn(usize) -> Result) -> Result {
    let time = |count: usize| -> Result<Option<u64>> {
        let start = thread_time();
        run(count)?;
        Ok(start.and_then(|start| Some(thread_time()? - start)))
    };
    let mut tries = Vec::new();
    for _ in 0..5 {
        let (Some(few), Some(many)) = (time(1000)?, time(16_000)?) else {
            eprintln!("skipped: the system does not tell the time of a thread");
            return Ok(());
        };
        if many <= 80 * few {
            return Ok(());
        }
        tries.push((few, many));
    }
    Err(format!("{name} is not linear: {tries:?} ns").into())
}

/// Deltas of JSON, in turns for so many calls.
fn texts() -> impl Iterator<Item = &'static str> {
    let row = r#"{"a": 1, "b": ["x", null, {}]}, "#;
    std::iter::once("[")
        .chain((0..).flat_map(move |_| (0..row.len()).step_by(4).map(move |at| &row[at..row.len().min(at + 4)])))
}

fn chat(deltas: impl Iterator<Item = Value>, mut look: impl FnMut(&mut ChatAccumulator, usize)) -> Result {
    let (mut accumulator, mut events) = (ChatAccumulator::new().with_parsing(true), VecDeque::new());
    for (at, delta) in deltas.enumerate() {
        let chunk = serde_json::from_value(json!({"choices": [{"index": 0, "delta": delta}]}))?;
        accumulator.push_with_events(&chunk, &mut events)?;
        look(&mut accumulator, at);
        events.clear();
    }
    Ok(())
}

fn responses(events: impl Iterator<Item = Value>, mut look: impl FnMut(&mut ResponseAccumulator, usize)) -> Result {
    let mut accumulator = ResponseAccumulator::default();
    for (at, event) in events.enumerate() {
        accumulator.push(&serde_json::from_value(event)?)?;
        look(&mut accumulator, at);
    }
    Ok(())
}

#[test]
fn texts_of_chats_and_their_json() -> Result {
    assert_linear("a chat's text", |count| {
        let deltas = texts().take(count).map(|text| json!({"content": text}));
        chat(deltas, |accumulator, _| assert!(accumulator.partial_content(0).is_some()))
    })
}

#[test]
fn tool_calls_of_chats_in_turns() -> Result {
    for calls in [2, 100] {
        for (has_index, has_id, has_name) in [(true, false, false), (true, true, true), (false, true, false)] {
            let delta = |(at, text): (usize, &str)| {
                let (call, is_first) = (at % calls, at < calls);
                let mut delta =
                    json!({"function": {"arguments": if is_first { "{\"a\": \"" } else { text.trim_end() }}});
                if has_index {
                    delta["index"] = call.into();
                }
                if has_id || is_first {
                    delta["id"] = format!("call_{call}").into();
                }
                if has_name || is_first {
                    delta["function"]["name"] = "f".into();
                }
                json!({"tool_calls": [delta]})
            };
            assert_linear(&format!("{calls} calls in turns, {has_index} {has_id} {has_name}"), |count| {
                // Braces within a string, which tell nothing of the end of the arguments.
                let texts = std::iter::repeat("}\\\" ");
                chat(texts.take(count).enumerate().map(delta), |accumulator, at| {
                    assert!(accumulator.partial_arguments(0, (at % calls) as i64).is_some());
                })
            })?;
        }
    }
    Ok(())
}

#[test]
fn texts_of_responses_and_their_json() -> Result {
    let place =
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0});
    assert_linear("a response's text", |count| {
        let events = texts().take(count).map(|text| {
            let mut event = place.clone();
            event["delta"] = text.into();
            event
        });
        responses(events, |accumulator, _| assert!(accumulator.partial_text().is_some()))
    })
}

#[test]
fn items_and_parts_of_responses_in_turns() -> Result {
    for count in [2, 500] {
        for has_index in [true, false] {
            assert_linear(&format!("{count} calls in turns, {has_index}"), |deltas| {
                let event = |at: usize| {
                    let call = at % count;
                    let mut event = json!({
                        "type": "response.function_call_arguments.delta", "item_id": format!("fc_{call}"),
                        "delta": if at < count { "[\"" } else { "x]" },
                    });
                    if has_index {
                        event["output_index"] = call.into();
                    }
                    event
                };
                responses((0..deltas).map(event), |accumulator, at| {
                    assert!(accumulator.partial_arguments(at % count).is_some());
                })
            })?;
        }
        // Parts whose index is not their position.
        for kind in ["response.output_text.delta", "response.reasoning_text.delta"] {
            assert_linear(&format!("{count} parts in turns, {kind}"), |deltas| {
                let event = |at: usize| {
                    json!({
                        "type": kind, "item_id": "item_1", "output_index": 0, "content_index": 7 + 3 * (at % count),
                        "delta": "text",
                    })
                };
                responses((0..deltas).map(event), |_, _| {})
            })?;
        }
    }
    Ok(())
}

#[test]
fn unknown_members_of_deltas() -> Result {
    assert_linear("details of reasoning, in turns", |count| {
        // In an order of their own.
        let delta = |at: usize| json!({"reasoning_details": [{"index": 900 - at % 300, "type": "text", "text": "some"}], "thinking": "more"});
        chat((0..count).map(delta), |_, _| {})
    })
}
