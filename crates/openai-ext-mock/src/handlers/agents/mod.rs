//! `/agents` with their sessions, environments and automations, and `/vaults`.

mod agent;
mod automation;
mod credential;
mod environment;
mod environment_files;
mod invocation;
mod lookup;
mod session;
mod session_events;
mod session_history;
mod session_start;
mod session_work;
mod template;
mod turn_events;
mod vault;

use crate::call::{Call, Outcome};
use crate::state::ServerState;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let mut segments = call.operation.path().split('/').skip(1);
    match (segments.next()?, segments.next(), segments.nth(1)) {
        ("vaults", _, None) => vault::answer(call, state),
        ("vaults", _, Some(_)) => credential::answer(call, state),
        (_, Some("sessions"), Some("events")) => session_events::answer(call, state),
        (_, Some("sessions"), Some(_)) => session_history::answer(call, state),
        (_, Some("sessions"), None) => session::answer(call, state),
        (_, Some("environments"), Some("files")) => environment_files::answer(call, state),
        (_, Some("environments"), _) => template::answer(call, state).or_else(|| environment::answer(call, state)),
        (_, Some("automations"), Some("invocations")) => invocation::answer(call, state),
        (_, Some("automations"), _) => automation::answer(call, state),
        _ => agent::answer(call, state),
    }
}
