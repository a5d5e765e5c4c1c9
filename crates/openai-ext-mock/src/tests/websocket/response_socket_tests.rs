//! Responses over WebSocket.

use std::time::Duration;

use serde_json::json;

use super::client::{Client, deltas, kinds};
use crate::tests::harness::{self, TestResult, strict};
use crate::{Fault, Reply, Turn};

#[tokio::test]
async fn a_response_is_streamed_event_by_event() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::connect(&server, "/responses").await?;
    client
        .send(json!({"type": "response.create", "model": "m", "input": "Say this is a test", "stream_id": "s-1"}))
        .await?;
    let events = client.until("response.completed").await?;
    let first: Vec<&str> = kinds(&events).into_iter().take(4).collect();
    assert_eq!(
        first,
        ["response.created", "response.in_progress", "response.output_item.added", "response.content_part.added"]
    );
    assert_eq!(deltas(&events, "response.output_text.delta"), "This is a test.");
    assert!(events.iter().all(|event| event["stream_id"] == "s-1"));
    let numbers: Vec<_> = events.iter().filter_map(|event| event["sequence_number"].as_u64()).collect();
    assert!(numbers.into_iter().eq(0..events.len() as u64));
    // The next one goes on from it, and what was stored is found over HTTP.
    let id = events[0]["response"]["id"].as_str().ok_or("no id")?;
    client.send(json!({"type": "response.create", "model": "m", "input": "And?", "previous_response_id": id})).await?;
    let events = client.until("response.completed").await?;
    assert_eq!(events[0]["response"]["previous_response_id"], id);
    let found = harness::send(&server, "GET", &format!("/responses/{id}"), "application/json", "").await?;
    assert_eq!(found.json()?["id"], id);
    Ok(())
}

#[tokio::test]
async fn what_was_written_down_is_said() -> TestResult {
    let server = strict().start().await?;
    server.converse([Turn::call("f", json!({"x": 1}))]);
    let mut client = Client::connect(&server, "/responses?beta=true").await?;
    client.component = "BetaResponsesServerEvent";
    client.send(json!({"type": "response.create", "model": "m", "input": "Hi."})).await?;
    let events = client.until("response.completed").await?;
    assert_eq!(events[events.len() - 1]["response"]["output"][0]["name"], "f");
    server.on("beta_createResponse").fault(Fault::Disconnect)?;
    client.send(json!({"type": "response.create", "model": "m", "input": "Hi."})).await?;
    assert_eq!(client.closed().await?.0, 1006);
    Ok(())
}

#[tokio::test]
async fn errors_leave_the_connection_open() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::connect(&server, "/responses").await?;
    client.send_text("[").await?;
    assert_eq!(client.expect("error").await?["error"]["code"], "invalid_json");
    let wrong = [
        (json!({"type": "response.cancel"}), 400, "type"),
        (json!({"model": "m"}), 400, "type"),
        (json!({"type": "response.create", "model": "m", "temperature": "hot"}), 400, "temperature"),
        (
            json!({"type": "response.create", "model": "m", "previous_response_id": "resp_x"}),
            400,
            "previous_response_id",
        ),
    ];
    for (event, status, param) in wrong {
        client.send(event.clone()).await?;
        let error = client.expect("error").await?;
        assert_eq!((&error["status"], &error["error"]["param"]), (&json!(status), &json!(param)), "{event}");
    }
    server.on("createResponse").times(1).reply(Reply::rate_limited(Duration::from_millis(1)))?;
    for kind in ["error", "response.created"] {
        client.send(json!({"type": "response.create", "model": "m", "input": "Hi."})).await?;
        client.expect(kind).await?;
    }
    Ok(())
}

/// A turn that was written down is said by the next answer: neither a warm-up nor a refused request is one, over a WebSocket
/// as over HTTP.
#[tokio::test]
async fn a_turn_waits_for_an_answer() -> TestResult {
    let server = strict().start().await?;
    server.converse([Turn::text("First."), Turn::text("Second.")]);
    let mut client = Client::connect(&server, "/responses").await?;
    let create = || json!({"type": "response.create", "model": "m", "input": "Hi."});
    let with = |name: &str, value: serde_json::Value| {
        let mut event = create();
        event[name] = value;
        event
    };
    client.send(with("generate", json!(false))).await?;
    assert_eq!(
        client.until("response.completed").await?.last().map(|event| event["response"]["output"].clone()),
        Some(json!([]))
    );
    client.send(with("previous_response_id", json!("resp_x"))).await?;
    client.expect("error").await?;
    client.send(create()).await?;
    assert_eq!(deltas(&client.until("response.completed").await?, "response.output_text.delta"), "First.");
    let refused = json!({"model": "m", "input": "Hi.", "previous_response_id": "resp_x"});
    assert_eq!(harness::post(&server, "/responses", &refused).await?.status, 400);
    let answer = harness::post(&server, "/responses", &json!({"model": "m", "input": "Hi."})).await?.json()?;
    assert_eq!(answer["output"][0]["content"][0]["text"], "Second.");
    Ok(())
}
