//! `/vaults` themselves.

use serde_json::{Value, json};

use super::lookup;
use crate::call::{Call, Outcome, presentation};
use crate::handlers::shared::fields::{deleted, find_mut, parameter};
use crate::state::{self, ServerState};

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    let id = parameter(call, "vault_id");
    Some(match call.operation.key() {
        ("POST", "/vaults") => create(call, state),
        ("GET", "/vaults") => {
            state::page(call, &state.agents.vaults, |vault| lookup::has_metadata(call, vault), str::to_owned)
        }
        ("GET", "/vaults/{vault_id}") => lookup::vault(state, id, "vault_id").map(|vault| vault.clone().into()),
        ("POST", "/vaults/{vault_id}") => modify(call, state),
        ("DELETE", "/vaults/{vault_id}") => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = call.rng().id("vault_");
    let mut vault = presentation::component("VaultResource", &json!({"id": id}));
    presentation::update("VaultResource", &mut vault, &call.body);
    vault["created_at"] = Value::from(call.now());
    state.agents.vaults.insert(id, vault.clone(), call.request.body.len());
    Ok(vault.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "vault_id");
    let vault = find_mut(state.agents.vaults.get_mut(id), "vault", id, "vault_id")?;
    presentation::update("VaultResource", vault, &call.body);
    Ok(vault.clone().into())
}

/// The credentials go with their vault.
fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "vault_id");
    lookup::vault(state, id, "vault_id")?;
    state.agents.vaults.remove(id);
    state.agents.credentials.retain(|credential| credential["vault_id"] != id);
    deleted(id, "vault.deleted")
}
