//! `/threads/{thread_id}/messages`.

use serde_json::{Value, json};

use super::{deleted, find, find_mut, id_of, parameter, threads};
use crate::call::Call;
use crate::state::{self, Outcome, Refusal, State};

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    const MESSAGE: &str = "/threads/{thread_id}/messages/{message_id}";
    Some(match call.operation.key() {
        ("POST", "/threads/{thread_id}/messages") => create(call, state),
        ("GET", "/threads/{thread_id}/messages") => list(call, state),
        ("GET", MESSAGE) => named(call, state).map(|message| message.clone().into()),
        ("POST", MESSAGE) => modify(call, state),
        ("DELETE", MESSAGE) => delete(call, state),
        _ => return None,
    })
}

/// The messages that a request describes, as objects of the thread. `field` is where they are in the request.
pub(super) fn make_all(call: &Call<'_>, thread: &str, wanted: &[Value], field: &str) -> Result<Vec<Value>, Refusal> {
    let mut rng = call.rng().child(0);
    wanted
        .iter()
        .enumerate()
        .map(|(index, body)| make(call, thread, body, rng.id("msg_"), &format!("{field}[{index}].")))
        .collect()
}

pub(super) fn store_all(state: &mut State, messages: Vec<Value>) {
    for message in messages {
        let weight = message["content"].to_string().len();
        state.messages.insert(id_of(&message), message, weight);
    }
}

fn make(call: &Call<'_>, thread: &str, body: &Value, id: String, place: &str) -> Result<Value, Refusal> {
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
    let given = state::known("MessageObject", body);
    let or = |name: &str, usual: Value| given.get(name).filter(|value| !value.is_null()).cloned().unwrap_or(usual);
    let fields = json!({
        "id": id, "object": "thread.message", "created_at": call.now(), "thread_id": thread, "status": "completed",
        "incomplete_details": null, "completed_at": call.now(), "incomplete_at": null, "role": role,
        "content": content(&body["content"]), "assistant_id": null, "run_id": null,
        "attachments": or("attachments", json!([])), "metadata": or("metadata", json!({})),
    });
    let object = state::object(call, "MessageObject", fields);
    // The one field that a client could have got wrong in its depths.
    match state::known("MessageObject", &object).contains_key("content") {
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

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let thread = parameter(call, "thread_id");
    threads::get(state, thread)?;
    threads::idle(state, thread)?;
    let message = make(call, thread, &call.body, call.rng().id("msg_"), "")?;
    store_all(state, vec![message.clone()]);
    Ok(message.into())
}

fn list(call: &Call<'_>, state: &State) -> Outcome {
    let thread = parameter(call, "thread_id");
    threads::get(state, thread)?;
    let run = call.query("run_id").filter(|run| !run.is_empty());
    let wanted = |message: &Value| message["thread_id"] == thread && run.is_none_or(|run| message["run_id"] == run);
    state::page(call, &state.messages, wanted, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s Value, Refusal> {
    let (thread, id) = (parameter(call, "thread_id"), parameter(call, "message_id"));
    threads::get(state, thread)?;
    find(state.messages.get(id).filter(|message| message["thread_id"] == thread), "message", id, "message_id")
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "message_id");
    let message = find_mut(state.messages.get_mut(id), "message", id, "message_id")?;
    if let Some(metadata) = state::known("MessageObject", &call.body).remove("metadata") {
        message["metadata"] = metadata;
    }
    Ok(message.clone().into())
}

fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "message_id");
    state.messages.remove(id);
    deleted(id, "thread.message.deleted")
}
