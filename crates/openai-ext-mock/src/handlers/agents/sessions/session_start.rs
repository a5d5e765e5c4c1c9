//! The start of a session, and of a turn in it.

use std::collections::VecDeque;

use serde_json::{Map, Value, json};

use crate::call::{Call, Refusal, presentation};
use crate::handlers::agents::{environment, lookup};
use crate::schema::Rng;
use crate::state::{AgentSession, Polls, ServerState, SessionItem};

/// Starts a session as `body` describes it and returns its id. The targets of automations have the same members.
pub(in crate::handlers::agents) fn start(
    call: &Call<'_>,
    state: &mut ServerState,
    body: &Value,
    rng: &mut Rng,
) -> Result<String, Refusal> {
    let agent = agent_of(state, body, rng)?;
    lookup::vaults(state, &body["vault_ids"])?;
    let id = rng.id("session_");
    let environment = environment::of_session(call, state, &body["environment"], rng)?;
    let mut session = presentation::component("SessionResource", &json!({"id": id}));
    presentation::update("SessionResource", &mut session, &without_null(body));
    session["agent"] = agent;
    session["environment"] = environment;
    session["created_at"] = json!(call.now());
    session["last_active_at"] = json!(call.now());
    let session = AgentSession {
        object: session,
        polls: Polls::default(),
        streams: Vec::new(),
        unheard: Vec::new(),
        announced: false,
        keys: VecDeque::new(),
        script: None,
        refused_results: 0,
        subagents: Vec::new(),
    };
    state.agents.sessions.insert(id.clone(), session, call.request.body.len());
    Ok(id)
}

/// The agent that the body names, with the settings that it gives beside it.
fn agent_of(state: &ServerState, body: &Value, rng: &mut Rng) -> Result<Value, Refusal> {
    let mut agent = match body["agent_id"].as_str() {
        Some(id) => presentation::component("SessionAgentResource", lookup::agent(state, id)?),
        None if body["agent"]["model"].is_string() => {
            let mut agent = presentation::component("SessionAgentResource", &json!({"id": rng.id("agent_")}));
            agent["text"]["verbosity"] = Value::from("medium");
            agent
        }
        None => return Err(Refusal::missing("agent")),
    };
    presentation::update("SessionAgentResource", &mut agent, &without_null(&body["agent"]));
    Ok(agent)
}

/// Adds a turn, which waits until the session is polled or streamed. A session has a turn at a time.
pub(in crate::handlers::agents) fn submit(
    call: &Call<'_>,
    state: &mut ServerState,
    id: &str,
    messages: &[Value],
    rng: &mut Rng,
) {
    let Some(session) = state.agents.sessions.get_mut(id) else { return };
    let turn_id = rng.id("turn_");
    let agent = session.object["agent"]["id"].clone();
    let turn = json!({
        "id": turn_id, "object": "agent.session.turn", "session_id": id, "agent_id": agent, "subagent_id": null,
        "status": "queued", "created_at": call.now(), "started_at": null, "completed_at": null, "error": null,
        "usage": null,
    });
    if session.object["status"] == "idle" {
        session.object["status"] = Value::from("in_progress");
        session.polls = Polls::default();
    }
    session.object["last_active_at"] = json!(call.now());
    state.agents.turns.insert(turn_id.clone(), turn, 0);
    for message in messages {
        let item_id = rng.id("msg_");
        let item = json!({
            "type": "message", "id": item_id, "turn_id": turn_id, "role": "user", "status": "completed", "phase": null,
            "content": message["content"],
        });
        let item = SessionItem { session: id.to_owned(), object: item };
        state.agents.items.insert(item_id, item, call.request.body.len());
    }
}

/// The messages of an input, which may be a string.
pub(in crate::handlers::agents) fn messages(input: &Value) -> Vec<Value> {
    match input {
        Value::String(text) => vec![json!({"role": "user", "content": [{"type": "input_text", "text": text}]})],
        input => input.as_array().cloned().unwrap_or_default(),
    }
}

/// In a request that makes something a null is the same as nothing.
fn without_null(body: &Value) -> Value {
    let members = body.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    Value::Object(members.map(|(name, value)| (name.clone(), value.clone())).collect::<Map<_, _>>())
}
