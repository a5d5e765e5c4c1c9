//! `/assistants`.

use serde_json::json;

use super::lookup;
use crate::call::{Call, Outcome, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, given, merged, parameter};
use crate::handlers::shared::vector_store_rows;
use crate::state::{self, ServerState};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/assistants") => create(call, state),
        ("GET", "/assistants") => state::page(call, &state.assistants, |_| true, str::to_owned),
        ("GET", "/assistants/{assistant_id}") => {
            lookup::assistant(state, parameter(call, "assistant_id")).map(|assistant| assistant.clone().into())
        }
        ("POST", "/assistants/{assistant_id}") => modify(call, state),
        ("DELETE", "/assistants/{assistant_id}") => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let model = call.required_text("model")?;
    let id = call.rng().id("asst_");
    let defaults = json!({
        "name": null, "description": null, "instructions": null, "tools": [], "tool_resources": {}, "metadata": {},
        "temperature": 1.0, "top_p": 1.0, "response_format": "auto", "reasoning_effort": null,
    });
    let own = json!({"id": id, "object": "assistant", "created_at": call.now(), "model": model});
    let fields = merged(defaults, given("AssistantObject", call));
    let mut fields = merged(fields, own.as_object().cloned().unwrap_or_default());
    vector_store_rows::inline(call, state, &mut fields["tool_resources"])?;
    let object = objects::make(call, "AssistantObject", fields);
    state.assistants.insert(id, object.clone(), call.request.body.len());
    Ok(object.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "assistant_id");
    let assistant = find_mut(state.assistants.get_mut(id), "assistant", id, "assistant_id")?;
    objects::amend("AssistantObject", assistant, &call.body);
    Ok(assistant.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "assistant_id");
    find(state.assistants.remove(id).as_ref(), "assistant", id, "assistant_id")?;
    deleted(id, "assistant.deleted")
}
