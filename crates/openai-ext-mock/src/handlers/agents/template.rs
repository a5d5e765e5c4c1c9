//! `/agents/environments/templates`.

use serde_json::{Value, json};

use super::environment::with_size;
use super::lookup;
use crate::call::{Call, Outcome, Refusal, presentation};
use crate::handlers::shared::fields::{deleted, find_mut, parameter};
use crate::state::{self, ServerState};

const TEMPLATE: &str = "/agents/environments/templates/{environment_template_id}";

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let id = parameter(call, "environment_template_id");
    Some(match call.operation.key() {
        ("POST", "/agents/environments/templates") => create(call, state),
        ("GET", "/agents/environments/templates") => {
            state::page(call, &state.agents.templates, |_| true, str::to_owned)
        }
        ("GET", TEMPLATE) => lookup::template(state, id).map(|template| template.clone().into()),
        ("POST", TEMPLATE) => modify(call, state),
        ("DELETE", TEMPLATE) => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = call.rng().id("envtmpl_");
    let mut template = presentation::component("EnvironmentTemplateResource", &json!({"id": id}));
    template["created_at"] = Value::from(call.now());
    amend(call, state, &mut template)?;
    state.agents.templates.insert(id, template.clone(), call.request.body.len());
    Ok(template.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "environment_template_id");
    let mut template = lookup::template(state, id)?.clone();
    amend(call, state, &mut template)?;
    let known = find_mut(state.agents.templates.get_mut(id), "environment template", id, "environment_template_id")?;
    *known = template.clone();
    Ok(template.into())
}

fn amend(call: &Call<'_>, state: &ServerState, template: &mut Value) -> Result<(), Refusal> {
    let mut body = call.body.clone();
    if let Some(files) = body.get_mut("files").and_then(Value::as_array_mut) {
        for file in files {
            *file = with_size(state, file, String::new())?;
        }
    }
    presentation::update("EnvironmentTemplateResource", template, &body);
    template["updated_at"] = Value::from(call.now());
    Ok(())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "environment_template_id");
    lookup::template(state, id)?;
    state.agents.templates.remove(id);
    deleted(id, "agent.environment.template.deleted")
}
