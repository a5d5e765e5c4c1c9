//! Messages of a thread, made as requests describe them and put into their table.

use serde_json::{Value, json};

use crate::call::{Call, Refusal, objects};
use crate::handlers::shared::fields::id_of;
use crate::state::ServerState;

/// The messages that a request describes, as objects of the thread. `field` is where they are in the request.
pub(crate) fn make_all(call: &Call<'_>, thread: &str, wanted: &[Value], field: &str) -> Result<Vec<Value>, Refusal> {
    let mut rng = call.rng().child(0);
    wanted
        .iter()
        .enumerate()
        .map(|(index, body)| make(call, thread, body, rng.id("msg_"), &format!("{field}[{index}].")))
        .collect()
}

pub(crate) fn store_all(state: &mut ServerState, messages: Vec<Value>) {
    for message in messages {
        let weight = message["content"].to_string().len();
        state.messages.insert(id_of(&message), message, weight);
    }
}

pub(crate) fn make(call: &Call<'_>, thread: &str, body: &Value, id: String, place: &str) -> Result<Value, Refusal> {
    let role = match body["role"].as_str() {
        Some(role @ ("user" | "assistant")) => role,
        Some(role) => {
            let message = format!("Invalid value: '{role}'. Supported values are: 'user' and 'assistant'.");
            return Err(Refusal::invalid(&format!("{place}role"), message).code("invalid_value"));
        }
        None => return Err(Refusal::missing(&format!("{place}role"))),
    };
    if !body["content"].is_string() && !body["content"].is_array() {
        return Err(Refusal::missing(&format!("{place}content")));
    }
    let given = objects::known("MessageObject", body);
    let or = |name: &str, usual: Value| given.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(usual);
    let fields = json!({
        "id": id, "object": "thread.message", "created_at": call.now(), "thread_id": thread, "status": "completed",
        "incomplete_details": null, "completed_at": call.now(), "incomplete_at": null, "role": role,
        "content": content(&body["content"]), "assistant_id": null, "run_id": null,
        "attachments": or("attachments", json!([])), "metadata": or("metadata", json!({})),
    });
    let object = objects::make(call, "MessageObject", fields);
    // The one field that a client could have got wrong in its depths.
    match objects::known("MessageObject", &object).contains_key("content") {
        true => Ok(object),
        false => {
            Err(Refusal::invalid(&format!("{place}content"), "Invalid content of a message.").code("invalid_value"))
        }
    }
}

/// Texts are objects in an answer, plain in a request.
fn content(content: &Value) -> Value {
    let text = |value: &Value| json!({"type": "text", "text": {"value": value, "annotations": []}});
    match content {
        Value::Array(parts) => {
            parts.iter().map(|part| if part["text"].is_string() { text(&part["text"]) } else { part.clone() }).collect()
        }
        whole => json!([text(whole)]),
    }
}
