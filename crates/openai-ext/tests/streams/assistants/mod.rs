//! Runs of assistants, put together from their events: the rules, odd input and its limits, and over a connection.
#![cfg(feature = "beta")]

mod connection;
mod odd;
mod rules;

use openai_ext::assistants::{AssistantAccumulator, AssistantEvent};
use openai_ext::types::AssistantStreamEvent;
use serde_json::{Value, json};

/// The events by which the tests tell what happened: `text.delta 0.1 Hi` is for message 0 and part 1.
fn word(event: &AssistantEvent) -> String {
    use AssistantEvent as E;
    match event {
        E::ThreadCreated(thread) => format!("thread {}", thread.id),
        E::RunCreated(run) => format!("run.created {}", run.status),
        E::RunChanged(run) => format!("run {}", run.status),
        E::RequiresAction(run) => format!("requires_action {}", run.status),
        E::RunDone(run) => format!("run.done {}", run.status),
        E::RunStepCreated(step) => format!("step.created {}", step.id),
        E::RunStepChanged(step) => format!("step {}", step.status),
        E::RunStepDelta { step } => format!("step.delta {step}"),
        E::ToolCallCreated { step, index, call } => format!("call.created {step}.{index} {}", kind(json!(call))),
        E::ToolCallDelta { step, index, delta } => format!("call.delta {step}.{index} {}", kind(json!(delta))),
        E::ToolCallDone { step, index, call } => format!("call.done {step}.{index} {}", kind(json!(call))),
        E::RunStepDone(step) => format!("step.done {}", step.status),
        E::MessageCreated(message) => format!("message.created {}", message.id),
        E::MessageChanged(message) => format!("message {}", message.status),
        E::MessageDelta { message } => format!("message.delta {message}"),
        E::TextCreated { message, index } => format!("text.created {message}.{index}"),
        E::TextDelta { message, index, delta, annotations } if annotations.is_empty() => {
            format!("text.delta {message}.{index} {delta}")
        }
        E::TextDelta { message, index, annotations, .. } => {
            format!("annotations {message}.{index} {}", annotations.len())
        }
        E::TextDone { message, index, text } => format!("text.done {message}.{index} {}", text.value),
        E::RefusalDelta { message, index, delta } => format!("refusal.delta {message}.{index} {delta}"),
        E::RefusalDone { message, index, refusal } => format!("refusal.done {message}.{index} {refusal}"),
        E::ImageFileDone { message, index, image } => format!("image_file {message}.{index} {}", image.file_id),
        E::ImageUrlDone { message, index, image } => format!("image_url {message}.{index} {}", image.url),
        E::MessageDone(message) => format!("message.done {}", message.status),
        E::Unknown(value) => format!("unknown {}", value["event"]),
        E::End => "end".to_owned(),
        other => format!("{other:?}"),
    }
}

/// What tells a tool call: its name or arguments, or what it runs.
fn kind(call: Value) -> String {
    let function = &call["function"];
    let code = &call["code_interpreter"];
    let texts = [&function["name"], &function["arguments"], &code["input"], &code["outputs"], &call["file_search"]];
    let texts = texts.into_iter().filter(|text| !text.is_null() && **text != json!([]));
    let texts: Vec<_> = texts.map(|text| text.as_str().map_or_else(|| text.to_string(), str::to_owned)).collect();
    texts.join(" ").trim().to_owned()
}

fn event(name: &str, data: &Value) -> AssistantStreamEvent {
    serde_json::from_value(json!({"event": name, "data": data})).expect("every event can be read")
}

/// Pushes events, with the objects' ids filled in, and gives the words of what they mean.
fn play(events: &[(&str, Value)]) -> (AssistantAccumulator, Vec<String>) {
    let mut accumulator = AssistantAccumulator::default();
    let mut words = Vec::new();
    for (name, data) in events {
        let mut data = data.clone();
        let id = if name.contains("step") {
            "step_1"
        } else if name.contains("message") {
            "msg_1"
        } else {
            "run_1"
        };
        if data.is_object() && data.get("id").is_none() {
            data["id"] = json!(id);
        }
        let meant = accumulator.push(&event(name, &data)).expect("no event is an error");
        words.extend(meant.iter().map(word));
    }
    (accumulator, words)
}

fn message_delta(content: Value) -> (&'static str, Value) {
    ("thread.message.delta", json!({"delta": {"content": content}}))
}

fn text_delta(index: i64, text: &str) -> (&'static str, Value) {
    message_delta(json!([{"index": index, "type": "text", "text": {"value": text}}]))
}

fn calls_delta(calls: Value) -> (&'static str, Value) {
    let details = json!({"type": "tool_calls", "tool_calls": calls});
    ("thread.run.step.delta", json!({"delta": {"step_details": details}}))
}

fn step_created() -> (&'static str, Value) {
    ("thread.run.step.created", json!({"step_details": {"type": "tool_calls", "tool_calls": []}}))
}

fn done() -> (&'static str, Value) {
    ("done", json!("[DONE]"))
}
