//! `/threads/{thread_id}/messages`.

use serde_json::Value;

use super::lookup;
use super::message_rows::{make, store_all};
use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, parameter};
use crate::state::{self, ServerState};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
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

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let thread = parameter(call, "thread_id");
    lookup::thread(state, thread)?;
    lookup::idle(state, thread)?;
    let message = make(call, thread, &call.body, call.rng().id("msg_"), "")?;
    store_all(state, vec![message.clone()]);
    Ok(message.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let thread = parameter(call, "thread_id");
    lookup::thread(state, thread)?;
    let run = call.query("run_id").filter(|run| !run.is_empty());
    let wanted = |message: &Value| message["thread_id"] == thread && run.is_none_or(|run| message["run_id"] == run);
    state::page(call, &state.messages, wanted, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Value, Refusal> {
    let (thread, id) = (parameter(call, "thread_id"), parameter(call, "message_id"));
    lookup::thread(state, thread)?;
    find(state.messages.get(id).filter(|message| message["thread_id"] == thread), "message", id, "message_id")
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "message_id");
    let message = find_mut(state.messages.get_mut(id), "message", id, "message_id")?;
    if let Some(metadata) = objects::known("MessageObject", &call.body).remove("metadata") {
        message["metadata"] = metadata;
    }
    Ok(message.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "message_id");
    state.messages.remove(id);
    deleted(id, "thread.message.deleted")
}
