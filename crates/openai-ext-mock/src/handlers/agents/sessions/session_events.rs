//! `/agents/sessions/{session_id}/events`: what a client sends to a session, and what it hears of it.

use super::session::stream;
use super::session_start::{messages, submit};
use super::session_work::SessionWork;
use crate::call::{Call, HandlerAnswer, Outcome};
use crate::handlers::agents::lookup::named_session;
use crate::handlers::shared::fields::parameter;
use crate::state::ServerState;
use crate::wire::Reply;

/// The keys of more requests are forgotten.
const MOST_KEYS: usize = 1_024;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/agents/sessions/{session_id}/events") => create(call, state),
        ("GET", "/agents/sessions/{session_id}/events") => listen(call, state),
        _ => return None,
    })
}

/// Takes the events in their order. With a stream open the work is done at once, else by polls or the next stream.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "session_id").to_owned();
    let session = named_session(call, state)?;
    let accepted = || Ok(HandlerAnswer::Other(Reply::empty(call.operation.response.status)));
    let key = call.request.header("idempotency-key").map(str::to_owned);
    if key.as_ref().is_some_and(|key| session.keys.contains(key)) {
        return accepted();
    }
    let is_watched = session.is_watched();
    let mut rng = call.rng();
    for (part, event) in (1..).zip(call.field("events").as_array().into_iter().flatten()) {
        if event["type"] == "agent.session.input.message" {
            submit(call, state, &id, &messages(&event["input"]), &mut rng);
            continue;
        }
        let mut work = SessionWork::of_part(call, state, &id, part);
        match event["type"].as_str() {
            Some("agent.session.input.cancel") => work.cancel(),
            Some("agent.session.input.tool_result") => work.take_result(event)?,
            Some(
                "agent.session.input.mcp_approval_request_result"
                | "agent.session.input.computer_use_approval_request_result",
            ) => work.take_approval(event)?,
            _ => {}
        }
        work.finish();
    }
    if is_watched {
        let mut work = SessionWork::new(call, state, &id);
        work.run();
        work.finish();
    }
    let session = named_session(call, state)?;
    session.keys.extend(key);
    let surplus = session.keys.len().saturating_sub(MOST_KEYS);
    session.keys.drain(..surplus);
    accepted()
}

/// Tells of the work that is left, and stays open for what comes.
fn listen(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let session = named_session(call, state)?;
    session.is_watched();
    let mut events = std::mem::take(&mut session.unheard);
    let id = parameter(call, "session_id");
    let mut work = SessionWork::new(call, state, id);
    work.run();
    events.extend(work.finish());
    Ok(HandlerAnswer::Other(stream(state, id, events, false)))
}
