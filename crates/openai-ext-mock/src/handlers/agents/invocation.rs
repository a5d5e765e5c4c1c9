//! `/agents/automations/{automation_id}/invocations`: queued at first, and completed when its input is delivered.

use serde_json::{Value, json};

use super::automation::{input, named};
use super::sessions::{start, submit};
use crate::call::{Call, Outcome, Refusal};
use crate::handlers::shared::fields::{find, find_mut, parameter};
use crate::state::{self, AutomationInvocation, Polls, ServerState};

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/agents/automations/{automation_id}/invocations") => create(call, state),
        ("GET", "/agents/automations/{automation_id}/invocations") => list(call, state),
        ("GET", "/agents/automations/{automation_id}/invocations/{invocation_id}") => retrieve(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let automation = parameter(call, "automation_id");
    named(state, automation)?;
    let id = call.rng().id("invocation_");
    let object = json!({
        "id": id, "object": "agent.automation.invocation", "automation_id": automation, "created_at": call.now(),
        "source": {"type": "manual"}, "status": "queued",
    });
    let invocation = AutomationInvocation { object: object.clone(), polls: Polls::default() };
    state.agents.invocations.insert(id, invocation, 0);
    Ok(object.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "automation_id");
    named(state, id)?;
    let is_wanted = |invocation: &AutomationInvocation| invocation.object["automation_id"] == id;
    state::page(call, &state.agents.invocations, is_wanted, str::to_owned)
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let target = named(state, parameter(call, "automation_id"))?["target"].clone();
    let per_step = state.settings.polls_per_step;
    let invocation = invocation(call, state)?;
    if invocation.object["status"] == "queued" && invocation.polls.count(per_step) > 0 {
        let fields = match deliver(call, state, &target) {
            Ok(session) => json!({"status": "completed", "session_id": session}),
            Err(_) => {
                let message = "The session or the agent that the automation names is not there any more.";
                json!({"status": "failed", "error": {"code": "target_not_found", "message": message}})
            }
        };
        if let Value::Object(fields) = fields {
            let object = &mut self::invocation(call, state)?.object;
            fields.into_iter().for_each(|(name, value)| object[name] = value);
        }
    }
    Ok(self::invocation(call, state)?.object.clone().into())
}

fn invocation<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut AutomationInvocation, Refusal> {
    let (automation, id) = (parameter(call, "automation_id"), parameter(call, "invocation_id"));
    let invocation = state.agents.invocations.get_mut(id);
    let invocation = invocation.filter(|invocation| invocation.object["automation_id"] == automation);
    find_mut(invocation, "invocation", id, "invocation_id")
}

/// Sends the automation's input to its session, or to a new one.
fn deliver(call: &Call<'_>, state: &mut ServerState, target: &Value) -> Result<String, Refusal> {
    let mut rng = call.rng().child(1);
    let session = match target["session_id"].as_str() {
        Some(id) => find(state.agents.sessions.get(id), "session", id, "session_id").map(|_| id.to_owned())?,
        None => start(call, state, target, &mut rng)?,
    };
    submit(call, state, &session, &input(target), &mut rng);
    Ok(session)
}
