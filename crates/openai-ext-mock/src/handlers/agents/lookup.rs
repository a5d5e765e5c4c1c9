//! Objects that a request names, or the refusal that says that there is none.

use serde_json::Value;

use crate::call::{Call, Refusal};
use crate::handlers::shared::fields::{find, find_mut, metadata_filter, parameter, texts};
use crate::state::{AgentSession, Environment, ServerState};

pub(super) fn agent<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.agents.agents.get(id), "agent", id, "agent_id")
}

pub(super) fn session<'s>(state: &'s ServerState, id: &str) -> Result<&'s AgentSession, Refusal> {
    find(state.agents.sessions.get(id), "session", id, "session_id")
}

/// Returns the session that the path names.
pub(super) fn named_session<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut AgentSession, Refusal> {
    let id = parameter(call, "session_id");
    find_mut(state.agents.sessions.get_mut(id), "session", id, "session_id")
}

pub(super) fn environment<'s>(state: &'s ServerState, id: &str) -> Result<&'s Environment, Refusal> {
    find(state.agents.environments.get(id), "environment", id, "environment_id")
}

pub(super) fn template<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.agents.templates.get(id), "environment template", id, "environment_template_id")
}

pub(super) fn vault<'s>(state: &'s ServerState, id: &str, param: &str) -> Result<&'s Value, Refusal> {
    find(state.agents.vaults.get(id), "vault", id, param)
}

/// Checks that each of a list of vaults is there.
pub(super) fn vaults(state: &ServerState, ids: &Value) -> Result<(), Refusal> {
    texts(ids).iter().try_for_each(|id| vault(state, id, "vault_ids").map(|_| ()))
}

/// True if the object has the metadata that the query asks for.
pub(super) fn has_metadata(call: &Call<'_>, object: &Value) -> bool {
    metadata_filter(call).iter().all(|(key, value)| object["metadata"][*key] == *value)
}
