//! The events of a response, in the order and with the numbers that the API gives them.

use serde_json::{Value, json};

use super::overlay::with;
use super::response::{ModelResponse, ResponseOutput, text_part};
use super::text;
use super::tool_call::{ToolCall, ToolInput};
use crate::wire::Event;

/// The whole stream, from `response.created` to its terminal event.
pub(crate) fn events(answer: &ModelResponse) -> Vec<Event> {
    let mut numbered = Numbered(Vec::new());
    let started = answer.body("in_progress", false);
    numbered.push("response.created", json!({"response": started}));
    numbered.push("response.in_progress", json!({"response": started}));
    for (index, output) in answer.outputs.iter().enumerate() {
        let place = ItemEvents { index, output, status: answer.last_status() };
        match output {
            ResponseOutput::Text { item_id, text } => text_events(&mut numbered, &place, item_id, text),
            ResponseOutput::Refusal { item_id, text } => refusal_events(&mut numbered, &place, item_id, text),
            ResponseOutput::Tool { item_id, call, .. } => tool_events(&mut numbered, &place, item_id, call),
        }
    }
    let status = answer.last_status();
    numbered.push(&format!("response.{status}"), json!({"response": answer.body(status, true)}));
    numbered.0
}

/// An item of the output, and where it is.
struct ItemEvents<'a> {
    index: usize,
    output: &'a ResponseOutput,
    /// The status that the item has at its end.
    status: &'static str,
}

impl ItemEvents<'_> {
    fn added(&self, numbered: &mut Numbered, field: &str, empty: Value) {
        let mut item = self.output.item("in_progress");
        item[field] = empty;
        numbered.push("response.output_item.added", json!({"output_index": self.index, "item": item}));
    }

    fn done(&self, numbered: &mut Numbered) {
        let item = self.output.item(self.status);
        numbered.push("response.output_item.done", json!({"output_index": self.index, "item": item}));
    }

    /// The fields of an event about the item's one part.
    fn part(&self, item_id: &str, rest: Value) -> Value {
        with(json!({"item_id": item_id, "output_index": self.index, "content_index": 0}), rest)
    }
}

fn text_events(numbered: &mut Numbered, at: &ItemEvents<'_>, item_id: &str, text: &str) {
    at.added(numbered, "content", json!([]));
    numbered.push("response.content_part.added", at.part(item_id, json!({"part": text_part("")})));
    for word in text::words(text) {
        numbered.push("response.output_text.delta", at.part(item_id, json!({"delta": word, "logprobs": []})));
    }
    numbered.push("response.output_text.done", at.part(item_id, json!({"text": text, "logprobs": []})));
    numbered.push("response.content_part.done", at.part(item_id, json!({"part": text_part(text)})));
    at.done(numbered);
}

fn refusal_events(numbered: &mut Numbered, at: &ItemEvents<'_>, item_id: &str, text: &str) {
    let part = |text: &str| json!({"part": {"type": "refusal", "refusal": text}});
    at.added(numbered, "content", json!([]));
    numbered.push("response.content_part.added", at.part(item_id, part("")));
    for word in text::words(text) {
        numbered.push("response.refusal.delta", at.part(item_id, json!({"delta": word})));
    }
    numbered.push("response.refusal.done", at.part(item_id, json!({"refusal": text})));
    numbered.push("response.content_part.done", at.part(item_id, part(text)));
    at.done(numbered);
}

fn tool_events(numbered: &mut Numbered, at: &ItemEvents<'_>, item_id: &str, call: &ToolCall) {
    let (event, field, input) = match &call.input {
        ToolInput::Arguments(text) => ("response.function_call_arguments", "arguments", text),
        ToolInput::Custom(text) => ("response.custom_tool_call_input", "input", text),
    };
    at.added(numbered, field, Value::from(""));
    for piece in text::pieces(input) {
        let delta = json!({"item_id": item_id, "output_index": at.index, "delta": piece});
        numbered.push(&format!("{event}.delta"), delta);
    }
    let mut done = json!({"item_id": item_id, "output_index": at.index, field: input});
    if field == "arguments" {
        done["name"] = Value::from(call.name.as_str());
    }
    numbered.push(&format!("{event}.done"), done);
    at.done(numbered);
}

/// Events numbered from 0.
struct Numbered(Vec<Event>);

impl Numbered {
    fn push(&mut self, kind: &str, fields: Value) {
        self.0.push(Event::typed(&with(json!({"type": kind, "sequence_number": self.0.len()}), fields)));
    }
}
