//! `/agents` themselves.

use serde_json::{Value, json};

use super::lookup;
use crate::call::{Call, Outcome, presentation};
use crate::handlers::shared::fields::{deleted, find_mut, parameter};
use crate::state::{self, ServerState};

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let id = parameter(call, "agent_id");
    Some(match call.operation.key() {
        ("POST", "/agents") => create(call, state),
        ("GET", "/agents") => state::page(call, &state.agents.agents, |_| true, str::to_owned),
        ("GET", "/agents/{agent_id}") => lookup::agent(state, id).map(|agent| agent.clone().into()),
        ("POST", "/agents/{agent_id}") => modify(call, state),
        ("DELETE", "/agents/{agent_id}") => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    call.required_text("model")?;
    let id = call.rng().id("agent_");
    let mut agent = presentation::component("AgentResource", &json!({"id": id, "model": "", "metadata": {}}));
    agent["text"]["verbosity"] = Value::from("medium");
    presentation::update("AgentResource", &mut agent, &call.body);
    agent["created_at"] = Value::from(call.now());
    agent["updated_at"] = Value::from(call.now());
    state.agents.agents.insert(id, agent.clone(), call.request.body.len());
    Ok(agent.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "agent_id");
    let agent = find_mut(state.agents.agents.get_mut(id), "agent", id, "agent_id")?;
    presentation::update("AgentResource", agent, &call.body);
    agent["updated_at"] = Value::from(call.now());
    Ok(agent.clone().into())
}

/// Sessions of the agent go on: each has its settings.
fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "agent_id");
    lookup::agent(state, id)?;
    state.agents.agents.remove(id);
    deleted(id, "agent.deleted")
}
