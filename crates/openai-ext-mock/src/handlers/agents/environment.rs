//! `/agents/environments`: pending at first, and ready after a poll.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use super::lookup;
use crate::call::{Call, Outcome, Refusal, presentation};
use crate::handlers::shared::fields::{find_mut, parameter};
use crate::handlers::shared::stored_files;
use crate::schema::Rng;
use crate::state::{self, Environment, Polls, ServerState};

pub(super) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/agents/environments") => create(call, state),
        ("GET", "/agents/environments") => list(call, state),
        ("GET", "/agents/environments/{environment_id}") => retrieve(call, state),
        _ => return None,
    })
}

/// The same idempotency key again gets the same environment.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let key = call.request.header("idempotency-key").map(str::to_owned);
    let known = state.agents.environments.iter().find(|known| key.is_some() && known.key == key);
    if let Some(known) = known {
        return Ok(known.object.clone().into());
    }
    let shown = of_session(call, state, call.field("environment"), &mut call.rng())?;
    lookup::vaults(state, call.field("vault_ids"))?;
    let id = shown["id"].as_str().unwrap_or_default();
    let environment = find_mut(state.agents.environments.get_mut(id), "environment", id, "environment_id")?;
    environment.key = key;
    Ok(environment.object.clone().into())
}

/// Makes the environment of a session, or finds the one that it names; the session shows what this returns.
pub(super) fn of_session(
    call: &Call<'_>,
    state: &mut ServerState,
    wanted: &Value,
    rng: &mut Rng,
) -> Result<Value, Refusal> {
    let kind = wanted["type"].as_str().unwrap_or("none");
    let id = match wanted["environment_id"].as_str() {
        Some(id) => lookup::environment(state, id)?.object["id"].as_str().unwrap_or_default().to_owned(),
        None => rng.id("env_"),
    };
    let mut settings = match wanted["environment_template_id"].as_str() {
        Some(template) => lookup::template(state, template)?.clone(),
        None => json!({}),
    };
    let given = wanted.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
    given.for_each(|(name, value)| settings[name] = value.clone());
    settings["id"] = Value::from(id.as_str());
    settings["files"] = files(state, &settings["files"], rng)?;
    match kind {
        "openai_hosted" => {}
        "self_hosted" => settings["remote_url"] = Value::from(format!("wss://environments.example.com/{id}")),
        _ => return Ok(json!({"type": "none"})),
    }
    if state.agents.environments.get(&id).is_none() {
        let mut object = presentation::component("PublicEnvironmentResource", &settings);
        object["object"] = Value::from("agent.environment");
        object["status"] = Value::from("pending");
        let environment = Environment { object, polls: Polls::default(), key: None };
        state.agents.environments.insert(id, environment, call.request.body.len());
    }
    Ok(presentation::component("EnvironmentResource", &settings))
}

/// The files of a request, as an environment shows them.
fn files(state: &ServerState, wanted: &Value, rng: &mut Rng) -> Result<Value, Refusal> {
    let wanted = wanted.as_array().into_iter().flatten();
    wanted.map(|file| with_size(state, file, rng.id("envfile_"))).collect()
}

/// Adds to a file its id and its size, and takes its data away.
pub(super) fn with_size(state: &ServerState, file: &Value, id: String) -> Result<Value, Refusal> {
    let size = match (file["file_id"].as_str(), file["data"].as_str()) {
        (Some(file), _) => stored_files::get(state, file, "file_id")?.bytes.len(),
        (_, Some(data)) => match STANDARD.decode(data) {
            Ok(bytes) => bytes.len(),
            Err(error) => {
                return Err(Refusal::invalid("data", format!("Invalid 'data': it is not base64: {error}.")));
            }
        },
        // A file of a template has its size already.
        _ => file["size_bytes"].as_u64().and_then(|size| usize::try_from(size).ok()).unwrap_or(0),
    };
    let mut shown = json!({"type": file["type"], "id": id, "path": file["path"], "size_bytes": size});
    if file["file_id"].is_string() {
        shown["file_id"] = file["file_id"].clone();
    }
    Ok(shown)
}

/// The status of an environment that can be used: the machine of a self-hosted one is connected.
pub(super) fn ready_status(environment: &Value) -> Value {
    Value::from(if environment["type"] == "self_hosted" { "connected" } else { "ready" })
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let kind = call.query("type");
    let is_wanted = |environment: &Environment| kind.is_none_or(|kind| environment.object["type"] == kind);
    state::page(call, &state.agents.environments, is_wanted, str::to_owned)
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let per_step = state.settings.polls_per_step;
    let id = parameter(call, "environment_id");
    let environment = find_mut(state.agents.environments.get_mut(id), "environment", id, "environment_id")?;
    if environment.object["status"] == "pending" && environment.polls.count(per_step) > 0 {
        environment.object["status"] = ready_status(&environment.object);
    }
    Ok(environment.object.clone().into())
}
