//! Streams of chat completions and completions: put together rule by rule, event by event, and over a connection.
#![cfg(all(feature = "chat", feature = "completions"))]

mod connection;
mod events;
mod rules;
mod state;

use openai_ext::ChatAccumulator;
use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionChunk;
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The snapshot and the names of the events that chunks lead to, each of them given by its choices.
fn play(chunks: &[Value]) -> Result<(Value, Vec<ChatStreamEvent>), openai_ext::Error> {
    let mut accumulator = ChatAccumulator::new();
    let mut events = Vec::new();
    for chunk in chunks {
        let chunk: ChatCompletionChunk = serde_json::from_value(chunk.clone()).expect("a chunk");
        accumulator.push_with_events(&chunk, &mut events)?;
    }
    Ok((serde_json::to_value(accumulator.snapshot()).expect("JSON"), events))
}

/// A chunk with one choice of index 0.
fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn tool(index: i64, delta: Value) -> Value {
    let mut call = json!({"index": index});
    call.as_object_mut().expect("an object").extend(delta.as_object().expect("an object").clone());
    self::delta(json!({"tool_calls": [call]}))
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

/// An event in few signs: `+` goes on, `=` is done.
fn tell(event: &ChatStreamEvent) -> String {
    use ChatStreamEvent as E;
    match event {
        E::Chunk(_) => "chunk".to_owned(),
        E::ContentDelta { choice, delta, .. } => format!("{choice}+{delta}"),
        E::ContentDone { choice, content, .. } => format!("{choice}={content}"),
        E::RefusalDelta { choice, delta, .. } => format!("{choice}-{delta}"),
        E::RefusalDone { choice, refusal, .. } => format!("{choice}-={refusal}"),
        E::ToolArgumentsDelta { choice, index, name, delta, .. } => format!("{choice}.{index} {name}+{delta}"),
        E::ToolArgumentsDone { choice, index, name, arguments, .. } => format!("{choice}.{index} {name}={arguments}"),
        E::ToolInputDelta { choice, index, name, delta, .. } => format!("{choice}.{index} custom {name}+{delta}"),
        E::ToolInputDone { choice, index, name, input, .. } => format!("{choice}.{index} custom {name}={input}"),
        other => other.name().to_owned(),
    }
}
