//! Assistants and threads by their ids, and the runs that work on a thread.

use serde_json::Value;

use crate::call::{Call, Refusal};
use crate::handlers::shared::fields::{find, id_of};
use crate::state::{Object, ServerState};

pub(crate) fn assistant<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.assistants.get(id), "assistant", id, "assistant_id")
}

/// The assistant that a new run is to be of.
pub(crate) fn named_assistant<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Value, Refusal> {
    assistant(state, call.required_text("assistant_id")?)
}

pub(crate) fn thread<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.threads.get(id), "thread", id, "thread_id")
}

/// Refuses to change a thread while a run works on it.
pub(crate) fn idle(state: &ServerState, id: &str) -> Result<(), Refusal> {
    let mut runs = state.runs.iter().map(Object::object).filter(|run| run["thread_id"] == id);
    match runs.find(|run| !has_ended(run)) {
        Some(run) => {
            let message = format!("Thread {id} already has an active run {}.", id_of(run));
            Err(Refusal::state(message))
        }
        None => Ok(()),
    }
}

/// True if nothing will change any more.
pub(crate) fn has_ended(run: &Value) -> bool {
    let live = ["queued", "in_progress", "requires_action", "cancelling"];
    !run["status"].as_str().is_some_and(|status| live.contains(&status))
}
