//! Streamed responses: what events come to rule by rule, what servers do that keep to none, and over a connection.
#![cfg(feature = "responses")]

mod connection;
mod odd;
mod partial;
mod reconnects;
mod rules;
mod table;

use std::error::Error;

use openai_ext::responses::ResponseAccumulator;
use serde_json::{Value, json};

type Result<T = ()> = std::result::Result<T, Box<dyn Error>>;

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
