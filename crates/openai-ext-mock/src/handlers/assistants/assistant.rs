//! `/assistants`.

use serde_json::{Value, json};

use super::{deleted, find, find_mut, merged, parameter, vector_stores};
use crate::call::Call;
use crate::state::{self, Outcome, Refusal, State};

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/assistants") => create(call, state),
        ("GET", "/assistants") => state::page(call, &state.assistants, |_| true, str::to_owned),
        ("GET", "/assistants/{assistant_id}") => {
            get(state, parameter(call, "assistant_id")).map(|assistant| assistant.clone().into())
        }
        ("POST", "/assistants/{assistant_id}") => modify(call, state),
        ("DELETE", "/assistants/{assistant_id}") => delete(call, state),
        _ => return None,
    })
}

pub(super) fn get<'s>(state: &'s State, id: &str) -> Result<&'s Value, Refusal> {
    find(state.assistants.get(id), "assistant", id, "assistant_id")
}

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let model = state::required_text(call, "model")?;
    let id = call.rng().id("asst_");
    let defaults = json!({
        "name": null, "description": null, "instructions": null, "tools": [], "tool_resources": {}, "metadata": {},
        "temperature": 1.0, "top_p": 1.0, "response_format": "auto", "reasoning_effort": null,
    });
    let own = json!({"id": id, "object": "assistant", "created_at": call.now(), "model": model});
    let fields = merged(defaults, given("AssistantObject", call));
    let mut fields = merged(fields, own.as_object().cloned().unwrap_or_default());
    vector_stores::inline(call, state, &mut fields["tool_resources"])?;
    let object = state::object(call, "AssistantObject", fields);
    state.assistants.insert(id, object.clone(), call.request.body.len());
    Ok(object.into())
}

/// What the request set; a null there means the default.
pub(super) fn given(component: &str, call: &Call<'_>) -> impl Iterator<Item = (String, Value)> + use<> {
    state::known(component, &call.body).into_iter().filter(|(_, value)| !value.is_null())
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = parameter(call, "assistant_id");
    let assistant = find_mut(state.assistants.get_mut(id), "assistant", id, "assistant_id")?;
    state::amend("AssistantObject", assistant, &call.body);
    Ok(assistant.clone().into())
}

fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = parameter(call, "assistant_id");
    find(state.assistants.remove(id).as_ref(), "assistant", id, "assistant_id")?;
    deleted(id, "assistant.deleted")
}
