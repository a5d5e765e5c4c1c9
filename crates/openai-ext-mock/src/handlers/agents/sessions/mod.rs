//! `/agents/sessions` with their events, turns, items, subagents and artifacts.

mod session;
mod session_events;
mod session_history;
mod session_script;
mod session_start;
mod session_work;
mod turn_events;

pub(super) use session_start::{messages, start, submit};

use crate::call::{Call, Outcome};
use crate::state::ServerState;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let segments: Vec<&str> = call.operation.path().split('/').skip(1).collect();
    match segments[..] {
        [_, _, _, "events"] => session_events::answer(call, state),
        [_, _, _, _, ..] => session_history::answer(call, state),
        _ => session::answer(call, state),
    }
}
