//! `/threads`, and `/threads/runs`, which makes one with its run.

use serde_json::{Value, json};

use super::{lookup, message_rows, run_start};
use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, id_of, merged, parameter};
use crate::handlers::shared::vector_store_rows;
use crate::state::{Object, ServerState};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/threads") => create(call, state, &call.body).map(Into::into),
        ("POST", "/threads/runs") => create_and_run(call, state),
        ("GET", "/threads/{thread_id}") => {
            lookup::thread(state, parameter(call, "thread_id")).map(|thread| thread.clone().into())
        }
        ("POST", "/threads/{thread_id}") => modify(call, state),
        ("DELETE", "/threads/{thread_id}") => delete(call, state),
        _ => return None,
    })
}

/// Makes a thread with its messages, as `body` describes it.
fn create(call: &Call<'_>, state: &mut ServerState, body: &Value) -> Result<Value, Refusal> {
    let id = call.rng().id("thread_");
    let defaults = json!({
        "id": id, "object": "thread", "created_at": call.now(), "tool_resources": {}, "metadata": {},
    });
    let mut given = objects::known("ThreadObject", body);
    given.retain(|name, value| ["tool_resources", "metadata"].contains(&name.as_str()) && !value.is_null());
    let wanted = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let made = message_rows::make_all(call, &id, wanted, "messages")?;
    let mut fields = merged(defaults, given);
    vector_store_rows::inline(call, state, &mut fields["tool_resources"])?;
    let object = objects::make(call, "ThreadObject", fields);
    state.threads.insert(id, object.clone(), call.request.body.len());
    message_rows::store_all(state, made);
    Ok(object)
}

fn create_and_run(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    // Before anything is made, so that a wrong assistant leaves no thread.
    lookup::named_assistant(call, state)?;
    let thread = create(call, state, call.field("thread"))?;
    run_start::start(call, state, &id_of(&thread), Some(&thread))
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "thread_id");
    let thread = find_mut(state.threads.get_mut(id), "thread", id, "thread_id")?;
    objects::amend("ThreadObject", thread, &call.body);
    Ok(thread.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "thread_id");
    find(state.threads.remove(id).as_ref(), "thread", id, "thread_id")?;
    state.messages.retain(|message| message["thread_id"] != id);
    state.run_steps.retain(|step| step["thread_id"] != id);
    state.runs.retain(|run| run.object()["thread_id"] != id);
    deleted(id, "thread.deleted")
}
