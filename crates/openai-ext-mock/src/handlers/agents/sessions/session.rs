//! `/agents/sessions` themselves.

use serde_json::{Value, json};

use super::session_start::{messages, start, submit};
use super::session_work::SessionWork;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, presentation};
use crate::handlers::agents::lookup::{self, named_session};
use crate::handlers::shared::fields::{deleted, parameter};
use crate::state::{self, ServerState, SessionStream};
use crate::wire::{Event, EventFeed, Reply};

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/agents/sessions") => create(call, state),
        ("GET", "/agents/sessions") => list(call, state),
        ("GET", "/agents/sessions/{session_id}") => retrieve(call, state),
        ("POST", "/agents/sessions/{session_id}") => modify(call, state),
        ("DELETE", "/agents/sessions/{session_id}") => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let mut rng = call.rng();
    let input = messages(call.field("input"));
    let id = start(call, state, &call.body, &mut rng)?;
    if !input.is_empty() {
        submit(call, state, &id, &input, &mut rng);
    }
    if !call.wants_stream() {
        return shown(state, &id);
    }
    let mut work = SessionWork::new(call, state, &id);
    work.created();
    work.run();
    let events = work.finish();
    Ok(HandlerAnswer::Other(stream(state, &id, events, true)))
}

/// Opens a stream that begins with these events.
pub(super) fn stream(state: &mut ServerState, id: &str, events: Vec<Event>, until_idle: bool) -> Reply {
    match state.agents.sessions.get_mut(id) {
        Some(session) if !until_idle || session.object["status"] != "idle" => {
            let (sender, feed) = EventFeed::new();
            session.streams.push(SessionStream { sender, until_idle, last: 0 });
            Reply::open_events(events, feed)
        }
        _ => Reply::events(events),
    }
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let agent = call.query("agent_id");
    let is_wanted = |session: &Value| {
        agent.is_none_or(|agent| session["agent"]["id"] == agent) && lookup::has_metadata(call, session)
    };
    state::page(call, &state.agents.sessions, |session| is_wanted(&session.object), str::to_owned)
}

/// A poll of the session is a poll of its turn.
fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    poll(call, state)?;
    shown(state, parameter(call, "session_id"))
}

/// Goes as many steps as this poll is worth.
pub(super) fn poll(call: &Call<'_>, state: &mut ServerState) -> Result<(), Refusal> {
    let per_step = state.settings.polls_per_step;
    let steps = named_session(call, state)?.polls.count(per_step);
    let mut work = SessionWork::new(call, state, parameter(call, "session_id"));
    for _ in 0..steps {
        work.step();
    }
    work.finish();
    Ok(())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let session = &mut named_session(call, state)?.object;
    let mut body = call.body.clone();
    let agent = body.as_object_mut().and_then(|body| body.remove("agent")).unwrap_or_default();
    presentation::update("SessionResource", session, &body);
    presentation::update("SessionAgentResource", &mut session["agent"], &agent);
    session["last_active_at"] = json!(call.now());
    Ok(session.clone().into())
}

/// Streams of the session end with it.
fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named_session(call, state)?;
    let id = parameter(call, "session_id");
    let tables = &mut state.agents;
    tables.sessions.remove(id);
    tables.turns.retain(|turn| turn["session_id"] != id);
    tables.items.retain(|item| item.session != id);
    tables.artifacts.retain(|artifact| artifact.object["session_id"] != id);
    deleted(id, "agent.session.deleted")
}

fn shown(state: &ServerState, id: &str) -> Outcome {
    lookup::session(state, id).map(|session| session.object.clone().into())
}
