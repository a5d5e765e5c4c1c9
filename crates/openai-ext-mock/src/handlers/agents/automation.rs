//! `/agents/automations` themselves.

use serde_json::{Value, json};

use super::lookup;
use super::sessions::messages;
use crate::call::{Call, Outcome, Refusal, presentation};
use crate::handlers::shared::fields::{deleted, find, find_mut, members, parameter};
use crate::state::{self, ServerState};

const AUTOMATION: &str = "/agents/automations/{automation_id}";

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let id = parameter(call, "automation_id");
    Some(match call.operation.key() {
        ("POST", "/agents/automations") => create(call, state),
        ("GET", "/agents/automations") => list(call, state),
        ("GET", AUTOMATION) => named(state, id).map(|automation| automation.clone().into()),
        ("POST", AUTOMATION) => modify(call, state),
        ("DELETE", AUTOMATION) => delete(call, state),
        ("POST", "/agents/automations/{automation_id}/pause") => enter(state, id, "paused"),
        ("POST", "/agents/automations/{automation_id}/resume") => enter(state, id, "active"),
        _ => return None,
    })
}

pub(super) fn named<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.agents.automations.get(id), "automation", id, "automation_id")
}

/// The mock has no clock: an automation runs when somebody invokes it.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = call.rng().id("automation_");
    let mut body = members(&call.body);
    body["id"] = Value::from(id.as_str());
    body["created_by"] = json!({"type": "developer"});
    body["target"] = target(state, call.field("target"))?;
    let mut automation = presentation::component(component(&body), &body);
    automation["created_at"] = Value::from(call.now());
    automation["status"] = Value::from("active");
    state.agents.automations.insert(id, automation.clone(), call.request.body.len());
    Ok(automation.into())
}

/// The target, once all that it names is there.
fn target(state: &ServerState, target: &Value) -> Result<Value, Refusal> {
    if let Some(id) = target["session_id"].as_str() {
        lookup::session(state, id)?;
    }
    if let Some(id) = target["agent_id"].as_str() {
        lookup::agent(state, id)?;
    }
    lookup::vaults(state, &target["vault_ids"])?;
    let mut target = members(target);
    let input = target.get_mut("input").and_then(Value::as_array_mut).into_iter().flatten();
    for message in input.filter_map(Value::as_object_mut) {
        message.insert("type".to_owned(), Value::from("message"));
    }
    Ok(target)
}

fn component(automation: &Value) -> &'static str {
    if automation["type"] == "once" { "OneTimeAutomation" } else { "PeriodicAutomation" }
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let session = call.query("session_id");
    let is_wanted = |automation: &Value| session.is_none_or(|id| automation["target"]["session_id"] == id);
    state::page(call, &state.agents.automations, is_wanted, str::to_owned)
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "automation_id");
    let mut body = members(&call.body);
    if call.field("target").is_object() {
        body["target"] = target(state, &body["target"])?;
    }
    let automation = find_mut(state.agents.automations.get_mut(id), "automation", id, "automation_id")?;
    presentation::update(component(automation), automation, &body);
    Ok(automation.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "automation_id");
    named(state, id)?;
    state.agents.automations.remove(id);
    state.agents.invocations.retain(|invocation| invocation.object["automation_id"] != id);
    deleted(id, "agent.automation.deleted")
}

fn enter(state: &mut ServerState, id: &str, status: &str) -> Outcome {
    let automation = find_mut(state.agents.automations.get_mut(id), "automation", id, "automation_id")?;
    automation["status"] = Value::from(status);
    Ok(automation.clone().into())
}

/// The messages that an automation sends.
pub(super) fn input(target: &Value) -> Vec<Value> {
    messages(if target["input"].is_array() { &target["input"] } else { &target["instructions"] })
}
