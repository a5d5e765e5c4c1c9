//! `/vaults/{vault_id}/credentials`. Their secrets are written and never shown, so that none is kept.

use serde_json::{Value, json};

use super::lookup;
use crate::call::{Call, Outcome, Refusal, presentation};
use crate::handlers::shared::fields::{deleted, find_mut, members, parameter};
use crate::state::{self, ServerState};

const CREDENTIAL: &str = "/vaults/{vault_id}/credentials/{credential_id}";

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    if let Err(refusal) = lookup::vault(state, parameter(call, "vault_id"), "vault_id") {
        return Some(Err(refusal));
    }
    Some(match call.operation.key() {
        ("POST", "/vaults/{vault_id}/credentials") => create(call, state),
        ("GET", "/vaults/{vault_id}/credentials") => list(call, state),
        ("GET", CREDENTIAL) => named(call, state).map(|credential| credential.clone().into()),
        ("POST", CREDENTIAL) => rotate(call, state),
        ("DELETE", CREDENTIAL) => delete(call, state),
        _ => return None,
    })
}

fn named<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut Value, Refusal> {
    let (vault, id) = (parameter(call, "vault_id"), parameter(call, "credential_id"));
    let credential = state.agents.credentials.get_mut(id).filter(|credential| credential["vault_id"] == vault);
    find_mut(credential, "credential", id, "credential_id")
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    call.required_text("name")?;
    let id = call.rng().id("cred_");
    let mut body = members(&call.body);
    body["id"] = Value::from(id.as_str());
    body["vault_id"] = Value::from(parameter(call, "vault_id"));
    let mut credential = presentation::component("VaultCredentialResource", &body);
    credential["created_at"] = Value::from(call.now());
    credential["updated_at"] = Value::from(call.now());
    state.agents.credentials.insert(id, credential.clone(), 0);
    Ok(credential.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let vault = parameter(call, "vault_id");
    let is_wanted = |credential: &Value| credential["vault_id"] == vault && lookup::has_metadata(call, credential);
    state::page(call, &state.agents.credentials, is_wanted, str::to_owned)
}

/// Takes new secrets of the same kind; what is shown of them stays but for the time at which they expire.
fn rotate(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let credential = named(call, state)?;
    let auth = call.field("auth");
    if !auth.is_null() && auth["type"] != credential["auth"]["type"] {
        let message = format!("Invalid 'auth.type': the credential is of the type {}.", credential["auth"]["type"]);
        return Err(Refusal::invalid("auth.type", message));
    }
    if let (Some(shown), Some(expires)) = (credential["auth"].as_object_mut(), auth.get("expires_at")) {
        shown.insert("expires_at".to_owned(), expires.clone());
    }
    if let Some(metadata) = call.body.get("metadata") {
        presentation::update("VaultCredentialResource", credential, &json!({"metadata": metadata}));
    }
    credential["updated_at"] = Value::from(call.now());
    Ok(credential.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "credential_id");
    state.agents.credentials.remove(id);
    deleted(id, "vault.credential.deleted")
}
