//! `/agents` with their sessions, environments and automations, and `/vaults`.

mod agent;
mod automation;
mod credential;
mod environment;
mod environment_files;
mod invocation;
mod lookup;
mod sessions;
mod template;
mod vault;

use crate::call::{Call, Outcome};
use crate::state::ServerState;

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let segments: Vec<&str> = call.operation.path().split('/').skip(1).collect();
    match segments[..] {
        ["vaults", _, _, ..] => credential::answer(call, state),
        ["vaults", ..] => vault::answer(call, state),
        [_, "sessions", ..] => sessions::answer(call, state),
        [_, "environments", "templates", ..] => template::answer(call, state),
        [_, "environments", _, "files"] => environment_files::answer(call, state),
        [_, "environments", ..] => environment::answer(call, state),
        [_, "automations", _, "invocations", ..] => invocation::answer(call, state),
        [_, "automations", ..] => automation::answer(call, state),
        _ => agent::answer(call, state),
    }
}
