//! `/webhook_endpoints`, and the kinds of events that they can subscribe to.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::call::{Call, HandlerAnswer, Outcome, Refusal, presentation};
use crate::document;
use crate::handlers::shared::fields::{deleted, find, find_mut, parameter};
use crate::state::{self, ServerState};
use crate::wire::Reply;

const ENDPOINT: &str = "/webhook_endpoints/{webhook_endpoint_id}";
/// The end of the secret that an endpoint shows.
const HINT: usize = 4;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/webhook_endpoints") => create(call, state),
        ("GET", "/webhook_endpoints") => state::page(call, &state.webhook_endpoints, |_| true, str::to_owned),
        ("GET", ENDPOINT) => named(call, state).map(|endpoint| endpoint.clone().into()),
        ("POST", ENDPOINT) => modify(call, state),
        ("DELETE", ENDPOINT) => delete(call, state),
        ("POST", "/webhook_endpoints/{webhook_endpoint_id}/rotate_secret") => rotate(call, state),
        ("POST", "/webhook_endpoints/{webhook_endpoint_id}/test") => test(call, state),
        _ => return None,
    })
}

/// Answers with the kinds of events that the document lists.
pub(crate) fn event_types(call: &Call<'_>) -> Reply {
    let kinds = document::component("ProjectEventTypeEnum").map(|schema| schema["enum"].clone());
    Reply::json(call.operation.response.status, &json!({"object": "list", "data": kinds}))
}

fn named<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut Value, Refusal> {
    let id = parameter(call, "webhook_endpoint_id");
    find_mut(state.webhook_endpoints.get_mut(id), "webhook endpoint", id, "webhook_endpoint_id")
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let mut endpoint = presentation::component("WebhookEndpointBody", &call.body);
    let id = call.rng().id("we_");
    endpoint["id"] = Value::from(id.as_str());
    endpoint["created_at"] = Value::from(call.now());
    let answer = with_new_secret(call, &mut endpoint);
    state.webhook_endpoints.insert(id, endpoint, call.request.body.len());
    Ok(answer.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let endpoint = named(call, state)?;
    presentation::update("WebhookEndpointBody", endpoint, &call.body);
    endpoint["updated_at"] = Value::from(call.now());
    Ok(endpoint.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "webhook_endpoint_id");
    state.webhook_endpoints.remove(id);
    deleted(id, "webhook_endpoint.deleted")
}

fn rotate(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let endpoint = named(call, state)?;
    Ok(with_new_secret(call, endpoint).into())
}

/// Gives the endpoint a secret, which only this answer tells: the endpoint keeps its last characters.
fn with_new_secret(call: &Call<'_>, endpoint: &mut Value) -> Value {
    let mut rng = call.rng().child(1);
    // A multiple of three bytes has no padding, which would be a poor hint.
    let secret = format!("whsec_{}", STANDARD.encode(rng.hex(33)));
    endpoint["updated_at"] = Value::from(call.now());
    endpoint["signing_secret_hint"] = Value::from(&secret[secret.len() - HINT..]);
    let mut answer = endpoint.clone();
    answer["signing_secret"] = Value::from(secret);
    answer
}

/// Says that the event was delivered; the mock calls nobody.
fn test(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "webhook_endpoint_id");
    find(state.webhook_endpoints.get(id), "webhook endpoint", id, "webhook_endpoint_id")?;
    let kind = call.required_text("event_type")?;
    Ok(HandlerAnswer::Object(json!({
        "object": "webhook_endpoint.test", "webhook_endpoint_id": id, "event_type": kind, "status_code": 200,
        "success": true,
    })))
}
