//! One response after another, on the connection itself.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::responses::ResponseCreateEvent;
use openai_ext::types::ResponseStreamEvent;
use openai_ext::websocket::Reconnect;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{RealtimeStep, Reply, Turn};
use serde_json::json;

use super::{TestResult, connect, mock, soon};

#[tokio::test]
async fn several_turns_on_one_connection() -> TestResult {
    let (mut connection, server) = connect().await?;
    connection.response_create("gpt-5.5", "Say this is a test").await?;
    let mut text = String::new();
    let mut events = 0;
    let first = soon(connection.next_response_with(|event| {
        text.push_str(event.text_delta().unwrap_or_default());
        events += 1;
    }))
    .await??;
    assert_eq!((first.output_text().as_str(), text.as_str()), ("This is a test.", "This is a test."));
    assert!(events > 5 && first.usage.is_some());
    let mut previous = first.id;
    for _ in 0..3 {
        let next = ResponseCreateEvent::new()
            .model("gpt-5.5")
            .input([InputItem::user("And again")])
            .previous_response_id(previous.as_str())
            .temperature(0.5);
        connection.send(next).await?;
        let response = soon(connection.next_response()).await??;
        assert_eq!(response.previous_response_id.as_deref(), Some(previous.as_str()));
        previous = response.id;
    }
    assert_eq!((server.realtime_connections().len(), server.realtime_events().len()), (1, 4));
    let sent = &server.realtime_events()[1];
    assert_eq!((&sent["type"], &sent["temperature"]), (&json!("response.create"), &json!(0.5)));
    assert_eq!(server.realtime_connections()[0].request().path(), "/v1/responses");
    Ok(())
}

#[tokio::test]
async fn tools_are_called_and_answered() -> TestResult {
    let (mut connection, server) = connect().await?;
    server.converse([Turn::call("add", json!({"a": 1})), Turn::text("It is 3.")]);
    connection.response_create("gpt-5.5", "What is 1 + 2?").await?;
    let response = soon(connection.next_response()).await??;
    let calls = response.function_calls();
    assert_eq!((calls.len(), calls[0].name.as_str()), (1, "add"));
    let output = InputItem::function_call_output(calls[0], "3");
    let next = ResponseCreateEvent::new().model("gpt-5.5").input([output]).previous_response_id(response.id.as_str());
    connection.send(next).await?;
    assert_eq!(soon(connection.next_response()).await??.output_text(), "It is 3.");
    Ok(())
}

#[tokio::test]
async fn errors_leave_the_connection_open() -> TestResult {
    let (mut connection, server) = connect().await?;
    let wrong = ResponseCreateEvent::new().model("m").input("Hi").previous_response_id("resp_x");
    connection.send(wrong).await?;
    let error = soon(connection.next_response()).await?.expect_err("no such response");
    assert_eq!((error.kind(), error.param()), (ErrorKind::Stream, Some("previous_response_id")));
    server.on("createResponse").times(1).reply(Reply::rate_limited(Duration::from_millis(1)))?;
    connection.response_create("m", "Hi").await?;
    // As an event, it is one.
    let event = soon(connection.next()).await?.ok_or("the end")??;
    assert!(matches!(event, ResponseStreamEvent::Error(_)));
    assert_eq!(serde_json::to_value(&event)?["status"], 429);
    connection.response_create("m", "Say this is a test").await?;
    assert_eq!(soon(connection.next_response()).await??.output_text(), "This is a test.");
    Ok(())
}

/// A response of which only the beginning comes.
fn cut_off() -> [RealtimeStep; 3] {
    let delta = json!({
        "type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0,
        "delta": "Thi", "sequence_number": 0, "logprobs": [],
    });
    [RealtimeStep::expect("response.create"), RealtimeStep::send(delta), RealtimeStep::Disconnect]
}

#[tokio::test]
async fn a_response_that_breaks_off_is_an_error() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime(cut_off());
    let mut connection = client.responses().connect().await?;
    connection.response_create("m", "Say this is a test").await?;
    let error = soon(connection.next_response()).await?.expect_err("cut off");
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert_eq!(connection.closed().map(|closed| closed.code()), Some(1006));
    // What came is still there.
    let (_, receiver) = connection.split();
    assert_eq!(receiver.accumulator().snapshot().map(ResponseExt::output_text).as_deref(), Some("Thi"));
    Ok(())
}

#[tokio::test]
async fn after_a_reconnect_the_next_response_starts_anew() -> TestResult {
    let (client, server) = mock().await?;
    server.on_realtime(cut_off());
    let mut connection = client.responses().connect().with_reconnect(Reconnect::new()).await?;
    connection.response_create("m", "Say this is a test").await?;
    let error = soon(connection.next_response()).await?.expect_err("cut off");
    assert!(error.message().contains("made anew"), "{error}");
    connection.response_create("m", "Say this is a test").await?;
    assert_eq!(soon(connection.next_response()).await??.output_text(), "This is a test.");
    assert_eq!(server.realtime_connections().len(), 2);
    Ok(())
}

#[tokio::test]
async fn unknown_events_and_refused_handshakes() -> TestResult {
    let (client, server) = mock().await?;
    let unknown = json!({"type": "response.danced", "steps": 3});
    server.on_realtime([RealtimeStep::send(unknown.clone())]);
    let mut connection = client.responses().connect().with_query("beta", true).await?;
    let Some(Ok(ResponseStreamEvent::Unknown(found))) = soon(connection.next()).await? else {
        return Err("no unknown event".into());
    };
    assert_eq!(found, unknown);
    assert_eq!(server.realtime_connections()[0].request().query(), [("beta".to_owned(), "true".to_owned())]);
    server.on_request(|_| Some(Reply::error(StatusCode::NOT_FOUND, "not_found", None, "Not here.")));
    let error = client.responses().connect().await.expect_err("refused");
    assert_eq!((error.kind(), error.message()), (ErrorKind::NotFound, "Not here."));
    Ok(())
}

/// The secret of an MCP server that an event had is in no error of the connection.
#[tokio::test]
async fn no_error_shows_a_secret_of_an_event() -> TestResult {
    const SENT: &str = "mcp_hush/7+9-tail";
    let (client, server) = mock().await?;
    let error = json!({"type": "error", "error": {"type": SENT, "code": SENT, "message": format!("{SENT} is wrong")}});
    let tool = |field: &str, value: serde_json::Value| json!({"type": "mcp", "server_label": "l", "server_url": "https://example.com", field: value});
    for step in [
        RealtimeStep::close(1008, format!("bad {SENT}")),
        RealtimeStep::send(error),
        RealtimeStep::SendText(format!(r#"{{"type":"{SENT}","{SENT}":["#)),
        RealtimeStep::send(json!({"type": "response.failed", "response": {"id": SENT, "output": SENT, "status": 3}})),
    ] {
        for tool in [tool("authorization", json!(SENT)), tool("headers", json!({"x-any": SENT}))] {
            server.on_realtime([RealtimeStep::expect("response.create"), step.clone(), RealtimeStep::Disconnect]);
            let mut connection = client.responses().connect().await?;
            let event = json!({"type": "response.create", "model": "m", "input": "Hi", "tools": [tool]});
            connection.send(serde_json::from_value::<ResponseCreateEvent>(event)?).await?;
            let Err(error) = soon(connection.next_response()).await? else { continue };
            let mut text = format!("{error} {error:?} {connection:?} {:?}", connection.closed());
            let mut source = std::error::Error::source(&error);
            while let Some(cause) = source {
                text += &format!(" {cause} {cause:?}");
                source = cause.source();
            }
            assert!(!text.contains("hush") && !text.contains("tail"), "{step:?}: {text}");
        }
    }
    Ok(())
}
