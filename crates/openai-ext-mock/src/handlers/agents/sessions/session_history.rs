//! The turns, items, subagents and artifacts of a session. The mock keeps no traces, and starts subagents by script only.

use serde_json::Value;

use super::session::poll;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal};
use crate::handlers::agents::lookup::named_session;
use crate::handlers::shared::fields::{deleted, find, parameter};
use crate::state::{self, ServerState, SessionArtifact, SessionItem};
use crate::wire::Reply;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let (method, path) = call.operation.key();
    let of_session = path.strip_prefix("/agents/sessions/{session_id}/")?;
    if let Err(refusal) = named_session(call, state) {
        return Some(Err(refusal));
    }
    Some(match (method, of_session) {
        ("GET", "turns") => turns(call, state),
        ("GET", "turns/{turn_id}") => retrieve_turn(call, state),
        ("GET", "turns/{turn_id}/items") => turn_items(call, state),
        ("GET", "items") => items(call, state),
        ("GET", "artifacts") => artifacts(call, state),
        ("GET", "artifacts/{artifact_id}") => artifact(call, state).map(|artifact| artifact.object.clone().into()),
        ("GET", "artifacts/{artifact_id}/content") => content(call, state),
        ("DELETE", "artifacts/{artifact_id}") => delete_artifact(call, state),
        ("GET", "traces") => state::page_of(call, &[]),
        ("GET", _) if of_session.starts_with("subagents") => return subagents(call, state, of_session),
        _ => return None,
    })
}

fn turns(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "session_id");
    let is_wanted = |turn: &Value| turn["session_id"] == id && turn["subagent_id"].is_null();
    state::page(call, &state.agents.turns, is_wanted, str::to_owned)
}

/// The subagents of a session, with their turns and items.
fn subagents(call: &Call<'_>, state: &ServerState, path: &str) -> Option<Outcome> {
    let session = state.agents.sessions.get(parameter(call, "session_id"))?;
    if path == "subagents" {
        return Some(state::page_of(call, &session.subagents));
    }
    let id = parameter(call, "subagent_id");
    let Some(subagent) = session.subagents.iter().find(|known| known["id"] == id) else {
        return Some(Err(Refusal::not_found("subagent", id, "subagent_id")));
    };
    let turns = &state.agents.turns;
    let is_its_turn = |turn: &Value| turn["subagent_id"] == id;
    Some(match path {
        "subagents/{subagent_id}" => Ok(subagent.clone().into()),
        "subagents/{subagent_id}/turns" => state::page(call, turns, is_its_turn, str::to_owned),
        "subagents/{subagent_id}/turns/{turn_id}" => turn(call, state).map(|turn| turn.clone().into()),
        "subagents/{subagent_id}/turns/{turn_id}/items" => turn_items(call, state),
        "subagents/{subagent_id}/items" => {
            let is_its_item = |item: &SessionItem| {
                let turn = item.object["turn_id"].as_str().and_then(|turn| turns.get(turn));
                turn.is_some_and(is_its_turn)
            };
            state::page(call, &state.agents.items, is_its_item, str::to_owned)
        }
        _ => return None,
    })
}

fn turn<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Value, Refusal> {
    let (session, id) = (parameter(call, "session_id"), parameter(call, "turn_id"));
    let turn = state.agents.turns.get(id).filter(|turn| turn["session_id"] == session);
    find(turn, "turn", id, "turn_id")
}

fn retrieve_turn(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    turn(call, state)?;
    poll(call, state)?;
    turn(call, state).map(|turn| turn.clone().into())
}

fn turn_items(call: &Call<'_>, state: &ServerState) -> Outcome {
    turn(call, state)?;
    let id = parameter(call, "turn_id");
    state::page(call, &state.agents.items, |item| item.object["turn_id"] == id, str::to_owned)
}

fn items(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "session_id");
    state::page(call, &state.agents.items, |item| item.session == id, str::to_owned)
}

fn artifacts(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "session_id");
    let environment = call.query("environment_id");
    let is_wanted = |artifact: &Value| {
        artifact["session_id"] == id && environment.is_none_or(|wanted| artifact["environment_id"] == wanted)
    };
    state::page(call, &state.agents.artifacts, |artifact| is_wanted(&artifact.object), str::to_owned)
}

fn artifact<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s SessionArtifact, Refusal> {
    let (session, id) = (parameter(call, "session_id"), parameter(call, "artifact_id"));
    let artifact = state.agents.artifacts.get(id).filter(|artifact| artifact.object["session_id"] == session);
    find(artifact, "artifact", id, "artifact_id")
}

fn content(call: &Call<'_>, state: &ServerState) -> Outcome {
    let bytes = artifact(call, state)?.bytes.clone();
    Ok(HandlerAnswer::Other(Reply::bytes(call.operation.response.status, "application/octet-stream", bytes)))
}

fn delete_artifact(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    artifact(call, state)?;
    let id = parameter(call, "artifact_id");
    state.agents.artifacts.remove(id);
    deleted(id, "agent.session.artifact.deleted")
}
