//! `/threads`, and `/threads/runs`, which makes one with its run.

use serde_json::{Value, json};

use super::{deleted, find, find_mut, id_of, merged, messages, parameter, runs, vector_stores};
use crate::call::Call;
use crate::state::{self, Object, Outcome, Refusal, State};

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/threads") => create(call, state, &call.body).map(Into::into),
        ("POST", "/threads/runs") => create_and_run(call, state),
        ("GET", "/threads/{thread_id}") => get(state, parameter(call, "thread_id")).map(|thread| thread.clone().into()),
        ("POST", "/threads/{thread_id}") => modify(call, state),
        ("DELETE", "/threads/{thread_id}") => delete(call, state),
        _ => return None,
    })
}

pub(super) fn get<'s>(state: &'s State, id: &str) -> Result<&'s Value, Refusal> {
    find(state.threads.get(id), "thread", id, "thread_id")
}

/// Refuses to change a thread while a run works on it.
pub(super) fn idle(state: &State, id: &str) -> Result<(), Refusal> {
    let mut runs = state.runs.iter().map(Object::object).filter(|run| run["thread_id"] == id);
    match runs.find(|run| !runs::has_ended(run)) {
        Some(run) => {
            let message = format!("Thread {id} already has an active run {}.", id_of(run));
            Err(Refusal::state(message))
        }
        None => Ok(()),
    }
}

/// Makes a thread with its messages, as `body` describes it.
fn create(call: &Call<'_>, state: &mut State, body: &Value) -> Result<Value, Refusal> {
    let id = call.rng().id("thread_");
    let defaults = json!({
        "id": id, "object": "thread", "created_at": call.now(), "tool_resources": {}, "metadata": {},
    });
    let mut given = state::known("ThreadObject", body);
    given.retain(|name, value| ["tool_resources", "metadata"].contains(&name.as_str()) && !value.is_null());
    let wanted = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let made = messages::make_all(call, &id, wanted, "messages")?;
    let mut fields = merged(defaults, given);
    vector_stores::inline(call, state, &mut fields["tool_resources"])?;
    let object = state::object(call, "ThreadObject", fields);
    state.threads.insert(id, object.clone(), call.request.body.len());
    messages::store_all(state, made);
    Ok(object)
}

fn create_and_run(call: &Call<'_>, state: &mut State) -> Outcome {
    // Before anything is made, so that a wrong assistant leaves no thread.
    runs::assistant(call, state)?;
    let thread = create(call, state, call.field("thread"))?;
    runs::start(call, state, &id_of(&thread), Some(&thread))
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = parameter(call, "thread_id");
    let thread = find_mut(state.threads.get_mut(id), "thread", id, "thread_id")?;
    state::amend("ThreadObject", thread, &call.body);
    Ok(thread.clone().into())
}

fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = parameter(call, "thread_id");
    find(state.threads.remove(id).as_ref(), "thread", id, "thread_id")?;
    state.messages.retain(|message| message["thread_id"] != id);
    state.run_steps.retain(|step| step["thread_id"] != id);
    state.runs.retain(|run| run.object()["thread_id"] != id);
    deleted(id, "thread.deleted")
}
