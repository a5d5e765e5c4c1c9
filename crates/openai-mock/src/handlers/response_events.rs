//! The events of a response, in the order and with the numbers that the API gives them.

use serde_json::{Value, json};

use super::responses::{Answer, Output, text_part};
use super::tools::ToolInput;
use crate::reply::Event;
use crate::text;

/// The whole stream, from `response.created` to its terminal event.
pub(super) fn events(answer: &Answer) -> Vec<Event> {
    let mut numbered = Numbered(Vec::new());
    let started = answer.body("in_progress", false);
    numbered.push("response.created", json!({"response": started}));
    numbered.push("response.in_progress", json!({"response": started}));
    match &answer.output {
        Output::Text { item_id, text } => text_events(&mut numbered, answer, item_id, text),
        Output::Tool { item_id, .. } => tool_events(&mut numbered, answer, item_id),
    }
    let status = answer.last_status();
    numbered.push(&format!("response.{status}"), json!({"response": answer.body(status, true)}));
    numbered.0
}

fn text_events(numbered: &mut Numbered, answer: &Answer, item_id: &str, text: &str) {
    let item = answer.output.item(answer.last_status());
    let mut empty = answer.output.item("in_progress");
    empty["content"] = json!([]);
    numbered.push("response.output_item.added", json!({"output_index": 0, "item": empty}));
    let place = |rest: Value| with(json!({"item_id": item_id, "output_index": 0, "content_index": 0}), rest);
    numbered.push("response.content_part.added", place(json!({"part": text_part("")})));
    for word in text::words(text) {
        numbered.push("response.output_text.delta", place(json!({"delta": word, "logprobs": []})));
    }
    numbered.push("response.output_text.done", place(json!({"text": text, "logprobs": []})));
    numbered.push("response.content_part.done", place(json!({"part": text_part(text)})));
    numbered.push("response.output_item.done", json!({"output_index": 0, "item": item}));
}

fn tool_events(numbered: &mut Numbered, answer: &Answer, item_id: &str) {
    let Output::Tool { call, .. } = &answer.output else {
        return;
    };
    let (event, field, input) = match &call.input {
        ToolInput::Arguments(text) => ("response.function_call_arguments", "arguments", text),
        ToolInput::Custom(text) => ("response.custom_tool_call_input", "input", text),
    };
    let mut empty = answer.output.item("in_progress");
    empty[field] = Value::from("");
    numbered.push("response.output_item.added", json!({"output_index": 0, "item": empty}));
    for piece in text::pieces(input) {
        let delta = json!({"item_id": item_id, "output_index": 0, "delta": piece});
        numbered.push(&format!("{event}.delta"), delta);
    }
    let mut done = json!({"item_id": item_id, "output_index": 0, field: input});
    if field == "arguments" {
        done["name"] = Value::from(call.name.as_str());
    }
    numbered.push(&format!("{event}.done"), done);
    numbered.push("response.output_item.done", json!({"output_index": 0, "item": answer.output.item("completed")}));
}

/// Events numbered from 0.
struct Numbered(Vec<Event>);

impl Numbered {
    fn push(&mut self, kind: &str, fields: Value) {
        self.0.push(Event::typed(&with(json!({"type": kind, "sequence_number": self.0.len()}), fields)));
    }
}

fn with(mut object: Value, fields: Value) -> Value {
    if let (Value::Object(object), Value::Object(fields)) = (&mut object, fields) {
        object.extend(fields);
    }
    object
}
