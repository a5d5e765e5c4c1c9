//! A server (axum) that takes webhooks, verified by the client's secret.
//!
//! `cargo run --example webhook_axum --features webhooks`

use std::error::Error;
use std::time::SystemTime;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::routing::post;
use openai_ext::Method;
use openai_ext::prelude::*;
use openai_ext::webhooks::{self, WebhookEvent};
use serde_json::json;

/// The secret of the webhook's settings; a real program has it in OPENAI_WEBHOOK_SECRET.
const SECRET: &str = "whsec_aSBhbSB0aGUgc2VjcmV0IG9mIGFuIGV4YW1wbGU=";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let statuses = run().await?;
    println!("answered with {statuses:?}");
    Ok(())
}

/// Starts the server, sends it three webhooks, and returns the statuses of its answers.
pub(crate) async fn run() -> Result<Vec<u16>, Box<dyn Error>> {
    // The handler only verifies. To fetch the object of an event, the client needs a key too.
    let client = Client::builder().no_api_key().webhook_secret(SECRET).build()?;
    let app = Router::new().route("/webhook", post(handle)).with_state(client);
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let server = tokio::spawn(async move { axum::serve(listener, app).await });

    let mut statuses = Vec::new();
    for (kind, secret) in [
        ("response.completed", SECRET),
        ("moon.landed", SECRET),
        // One that somebody else sent.
        ("response.completed", "whsec_bm90IHRoZSBzZWNyZXQ="),
    ] {
        statuses.push(send(&url, kind, secret).await?);
    }
    server.abort();
    Ok(statuses)
}

/// The body must be the bytes as they came, so it is not taken as `Json`.
async fn handle(State(client): State<Client>, headers: HeaderMap, body: Bytes) -> StatusCode {
    let event = match client.webhooks().unwrap(&body, &headers) {
        Ok(event) => event,
        Err(error) => {
            eprintln!("refused: {error}");
            return StatusCode::BAD_REQUEST;
        }
    };
    match event {
        WebhookEvent::ResponseCompleted(event) => println!("the response {} is there", event.data.id),
        WebhookEvent::Unknown(event) => println!("an event that is newer than this program: {}", event["type"]),
        other => println!("{other:?}"),
    }
    // Answer soon, or the event comes again. Longer work belongs in another task.
    StatusCode::OK
}

/// Stands in for OpenAI.
async fn send(url: &str, kind: &str, secret: &str) -> Result<u16, Box<dyn Error>> {
    let data = json!({"id": "resp_123"});
    let event = json!({"id": "evt_1", "object": "event", "created_at": 1_750_861_210, "type": kind, "data": data});
    let body = serde_json::to_vec(&event)?;
    let client = Client::builder().base_url(url).no_api_key().build()?;
    let mut request = client.request(Method::POST, "/webhook").json(&event);
    for (name, value) in webhooks::sign(&body, "wh_1", SystemTime::now(), secret)? {
        request = request.with_header(name, value);
    }
    match request.send().await {
        Ok(response) => Ok(response.status().as_u16()),
        Err(error) => error.status().map(|status| status.as_u16()).ok_or_else(|| error.into()),
    }
}
