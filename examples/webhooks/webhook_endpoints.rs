//! Creates and tests a webhook endpoint, replaces its secret, and verifies a webhook by the new one.
//!
//! `cargo run --example webhook_endpoints --features webhooks`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::time::SystemTime;

use openai_ext::prelude::*;
use openai_ext::webhooks::{self, WebhookEvent, Webhooks};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let endpoints = client.webhooks();
    let kinds = endpoints.event_types().list().send().await?;
    println!("{} kinds of events", kinds.data.len());

    let kind = "response.completed";
    let endpoint = endpoints.create("Example", "https://example.com/webhook", [kind]).send().await?;
    let tested = endpoints.test(&endpoint.id, kind).send().await?;
    println!("the test was answered with {}", tested.status_code);

    // The server shows a secret once: here, and when it is created. With `keep_old_secret_active_for_24_hours` both are valid for a day.
    let rotated = endpoints.rotate_secret(&endpoint.id).keep_old_secret_active_for_24_hours(true).send().await?;
    let mut all = endpoints.list().items();
    while let Some(endpoint) = all.next().await {
        let endpoint = endpoint?;
        println!("{} has a secret that ends in {:?}", endpoint.name, endpoint.signing_secret_hint);
    }

    // Stands in for OpenAI, which signs with the new secret.
    let event = json!({"id": "evt_1", "object": "event", "created_at": 1, "type": kind, "data": {"id": "resp_1"}});
    let body = serde_json::to_vec(&event)?;
    let headers = webhooks::sign(&body, "wh_1", SystemTime::now(), &rotated.signing_secret)?;
    // Both secrets are valid until the old one expires.
    let verifier = Webhooks::new([&*endpoint.signing_secret, &*rotated.signing_secret]);
    if let WebhookEvent::ResponseCompleted(event) = verifier.unwrap(&body, &headers)? {
        println!("the response {} is there", event.data.id);
    }
    if Webhooks::new([&*endpoint.signing_secret]).verify(&body, &headers).is_ok() {
        return Err("the old secret did not sign it".into());
    }
    endpoints.delete(&endpoint.id).send().await?;
    Ok(())
}
