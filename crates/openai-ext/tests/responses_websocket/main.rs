//! Responses over WebSocket, against the mock.
#![cfg(all(feature = "responses", feature = "websocket"))]

mod connection;
mod lanes;
mod losses;
mod steers;
mod strays;
#[cfg(feature = "tools")]
mod tools;

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::ResponsesConnection;
use openai_ext_mock::{MockServer, RealtimeStep};
use serde_json::{Value, json};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

async fn mock() -> TestResult<(Client, MockServer)> {
    let server = MockServer::builder().event_interval(Duration::ZERO).start().await?;
    let client = Client::builder().base_url(server.base_url()).api_key("sk-test").max_retries(0).build()?;
    Ok((client, server))
}

async fn soon<T>(future: impl Future<Output = T>) -> TestResult<T> {
    Ok(tokio::time::timeout(Duration::from_secs(30), future).await?)
}

async fn connect() -> TestResult<(ResponsesConnection, MockServer)> {
    let (client, server) = mock().await?;
    Ok((client.responses().connect().await?, server))
}

/// An event of a lane.
fn on(lane: &str, mut event: Value) -> RealtimeStep {
    if !lane.is_empty() {
        event["stream_id"] = json!(lane);
    }
    RealtimeStep::send(event)
}

fn created(lane: &str, id: &str, previous: Option<&str>) -> RealtimeStep {
    let response = json!({"id": id, "object": "response", "status": "in_progress", "output": [], "previous_response_id": previous});
    on(lane, json!({"type": "response.created", "sequence_number": 0, "response": response}))
}

fn delta(lane: &str, text: &str) -> RealtimeStep {
    let event = json!({
        "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": text,
        "sequence_number": 1, "logprobs": [],
    });
    on(lane, event)
}

/// The last event of a response: completed, failed or incomplete.
fn ended(lane: &str, id: &str, status: &str) -> RealtimeStep {
    let mut response = json!({"id": id, "object": "response", "status": status, "output": []});
    if status == "incomplete" {
        response["incomplete_details"] = json!({"reason": "steered"});
    }
    on(lane, json!({"type": format!("response.{status}"), "sequence_number": 9, "response": response}))
}

fn create() -> RealtimeStep {
    RealtimeStep::expect("response.create")
}
