//! The JSON so far, whatever events come, is that of a reading from scratch.

use openai_ext::structured::partial_json;
use openai_ext::types::{Response, ResponseMessagePhase, ResponseOutputItem, ResponseOutputMessageContent};

use super::*;

/// Numbers that look random, the same in each run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }

    fn one_of<'a>(&mut self, texts: &[&'a str]) -> &'a str {
        texts[self.below(texts.len() as u64) as usize]
    }
}

const PIECES: &[&str] = &["{\"a\": ", "[1, ", "\"x", "y\"", "}", "]", "2", ",", "\"b\": "];
const WHOLE: &[&str] = &["", "", "{\"a\": [1, 2", "{\"other\": \"text\"}", "[{}, \"x\"]", "no JSON"];

fn random_event(random: &mut Random) -> Value {
    let (index, part) = (random.below(4), random.below(2));
    let (message, call) = (format!("msg_{index}"), format!("fc_{index}"));
    let place = json!({"item_id": message, "output_index": index, "content_index": part});
    let call_place = json!({"item_id": call, "output_index": index + 4});
    let with = |place: Value, kind: &str, name: &str, value: Value| {
        let mut event = place;
        event["type"] = json!(kind);
        event[name] = value;
        event
    };
    let phase = if random.below(4) == 0 { json!("commentary") } else { Value::Null };
    let whole = random.one_of(WHOLE);
    let text = json!({"type": "output_text", "text": whole, "annotations": []});
    let content = if random.below(2) == 0 { json!([]) } else { json!([text]) };
    let item = json!({"type": "message", "id": message, "role": "assistant", "phase": phase, "content": content});
    let function = json!({"type": "function_call", "id": call, "call_id": "c", "name": "f", "arguments": whole});
    let delta = json!(random.one_of(PIECES));
    match random.below(24) {
        0..8 => with(place, "response.output_text.delta", "delta", delta),
        8..14 => with(call_place, "response.function_call_arguments.delta", "delta", delta),
        14 => with(place, "response.output_text.done", "text", json!(whole)),
        15 => with(call_place, "response.function_call_arguments.done", "arguments", json!(whole)),
        16 => with(place, "response.output_item.added", "item", item),
        17 => with(place, "response.output_item.done", "item", item),
        18 => with(call_place, "response.output_item.done", "item", function),
        19 => with(place, "response.content_part.added", "part", text),
        20 => with(place, "response.content_part.done", "part", text),
        21 => with(place, "response.content_part.done", "part", json!({"type": "refusal", "refusal": "No."})),
        22 => with(place, "response.refusal.delta", "delta", json!("No.")),
        _ => {
            let output = if random.below(3) == 0 { json!([function, item]) } else { json!([]) };
            json!({"type": "response.in_progress", "response": {"id": "resp_1", "output": output}})
        }
    }
}

fn first_text(response: &Response) -> Option<&str> {
    response.output.iter().find_map(|item| match item {
        ResponseOutputItem::Message(item) if item.phase != Some(ResponseMessagePhase::Commentary) => {
            item.content.iter().find_map(|part| match part {
                ResponseOutputMessageContent::OutputText(part) => Some(part.text.as_str()),
                _ => None,
            })
        }
        _ => None,
    })
}

#[test]
fn it_is_that_of_the_snapshot_after_any_events() -> Result {
    let mut seen = 0;
    for seed in 0..400 {
        let (mut random, mut accumulator) = (Random(seed), ResponseAccumulator::default());
        for _ in 0..60 {
            push(&mut accumulator, &random_event(&mut random))?;
            // Mostly not asked: what was missed is read then.
            if random.below(3) > 0 {
                continue;
            }
            let Some(snapshot) = accumulator.snapshot().cloned() else { continue };
            let text = first_text(&snapshot).and_then(partial_json::parse);
            assert_eq!(accumulator.partial_text(), text.as_ref(), "{seed}: {snapshot:?}");
            seen += usize::from(text.is_some());
            for (at, item) in snapshot.output.iter().enumerate() {
                let arguments = match item {
                    ResponseOutputItem::FunctionCall(call) => partial_json::parse(&call.arguments),
                    _ => None,
                };
                assert_eq!(accumulator.partial_arguments(at), arguments.as_ref(), "{seed} {at}: {snapshot:?}");
                seen += usize::from(arguments.is_some());
            }
            if random.below(20) == 0 {
                accumulator = serde_json::from_value(serde_json::to_value(&accumulator)?)?;
            }
        }
    }
    assert!(seen > 1000, "{seen}");
    Ok(())
}
