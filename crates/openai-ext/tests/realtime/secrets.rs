//! Credentials of the handshake, and secrets of events, that the server repeats: in a close, an error, an event that can't
//! be read.

use std::error::Error as _;

use openai_ext::Error;
use openai_ext::types::RealtimeClientEvent;

use super::*;

const SECRET: &str = "ek_hush/7+9-tail";

fn shown(error: &Error) -> String {
    let mut text = format!("{error} {error:?} {:?}", error.headers());
    let mut cause = error.source();
    while let Some(error) = cause {
        text += &format!(" {error} {error:?}");
        cause = error.source();
    }
    text
}

/// A session that was opened with the secret in each way.
async fn sessions(server: &MockServer) -> TestResult<Vec<RealtimeConnection>> {
    let builder = || Client::builder().base_url(server.base_url()).max_retries(0);
    let other = builder().api_key("sk-other-key").build()?;
    let realtime = other.realtime();
    let call = || realtime.connect("gpt-realtime");
    Ok(vec![
        builder().api_key(SECRET).build()?.realtime().connect("gpt-realtime").await?,
        call().with_client_secret(SECRET).await?,
        call().with_header("authorization", format!("Bearer {SECRET}")).await?,
        call().with_header("sec-websocket-protocol", format!("realtime, openai-insecure-api-key.{SECRET}")).await?,
        call().with_query("token", SECRET).await?,
    ])
}

#[tokio::test]
async fn no_end_of_a_session_shows_a_credential() -> TestResult {
    let mut tried = 0;
    for step in [
        RealtimeStep::close(1008, format!("bad {SECRET}")),
        RealtimeStep::close(4000, SECRET.replace('/', "%2F").replace('+', "%2B")),
        RealtimeStep::send(
            json!({"type": "error", "event_id": "e", "error": {"type": SECRET, "code": SECRET, "message": SECRET}}),
        ),
        RealtimeStep::SendText(format!(r#"{{"type":"{SECRET}","{SECRET}":["#)),
        RealtimeStep::send(json!({"type": "response.output_audio.delta", "item_id": SECRET, "delta": "?"})),
    ] {
        let server = MockServer::builder().event_interval(Duration::ZERO).start().await?;
        for _ in 0..5 {
            server.on_realtime([RealtimeStep::Greet, step.clone(), RealtimeStep::Disconnect]);
        }
        for mut session in sessions(&server).await? {
            tried += 1;
            let error = soon(session.next_response()).await?.expect_err("no response");
            let text = format!("{} {:?} {session:?}", shown(&error), session.closed());
            assert!(!text.contains("hush") && !text.contains("tail"), "{step:?}: {text}");
            // What can't be read is not quoted.
            let is_quoted = !matches!(step, RealtimeStep::SendText(_));
            assert_eq!(shown(&error).contains("***"), is_quoted, "{step:?}: {text}");
        }
    }
    assert_eq!(tried, 25);
    Ok(())
}

const SENT: &str = "mcp_hush/7+9-tail";

/// Client events with the secret, each in another place.
fn events() -> Vec<Value> {
    let tool = |field: &str, value: Value| json!({"type": "mcp", "server_label": "l", "server_url": "https://example.com", field: value});
    let tools = [
        tool("authorization", json!(SENT)),
        tool("authorization", json!(format!("Bearer {SENT}"))),
        tool("headers", json!({"x-any": SENT})),
        tool("headers", json!({"authorization": format!("Basic {}", base64(&format!("user:{SENT}")))})),
    ];
    let mut events = Vec::new();
    for tool in tools {
        events.push(json!({"type": "session.update", "session": {"type": "realtime", "tools": [tool]}}));
        events.push(json!({"type": "response.create", "response": {"tools": [tool]}}));
        events.push(json!({"type": "some.event", "deep": [{"more": {"tools": [tool]}}]}));
    }
    events
}

fn base64(text: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(text)
}

fn repeats() -> [RealtimeStep; 6] {
    let error = json!({"type": SENT, "code": SENT, "message": format!("{SENT} is wrong")});
    [
        RealtimeStep::close(1008, format!("bad {SENT}")),
        RealtimeStep::close(4000, SENT.replace('/', "%2F").replace('+', "%2B")),
        RealtimeStep::close(4000, base64(SENT)),
        RealtimeStep::send(json!({"type": "error", "event_id": "e", "error": error})),
        RealtimeStep::SendText(format!(r#"{{"type":"{SENT}","{SENT}":["#)),
        RealtimeStep::send(json!({"type": "response.output_audio.delta", "item_id": SENT, "delta": "?"})),
    ]
}

fn check_hidden(error: &Error, session: &RealtimeConnection, about: &str) {
    let text = format!("{} {:?} {session:?}", shown(error), session.closed());
    for part in ["hush", "tail", &base64(SENT)[..12]] {
        assert!(!text.contains(part), "{about}: {text}");
    }
}

/// The server waits for the event, and then takes the steps; `is_anew`: on a connection that was made anew.
fn script(server: &MockServer, event: &Value, step: &RealtimeStep, is_anew: bool) {
    let expected = RealtimeStep::expect(event["type"].as_str().unwrap_or_default());
    if is_anew {
        server.on_realtime([RealtimeStep::Greet, expected, RealtimeStep::close(1012, "later")]);
        server.on_realtime([RealtimeStep::Greet, step.clone(), RealtimeStep::Disconnect]);
    } else {
        server.on_realtime([RealtimeStep::Greet, expected, step.clone(), RealtimeStep::Disconnect]);
    }
}

#[tokio::test]
async fn no_end_of_a_session_shows_a_secret_of_an_event() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::ZERO).start().await?;
    for is_anew in [false, true] {
        for step in repeats() {
            for event in events() {
                let (client, _) = patient(&server)?;
                script(&server, &event, &step, is_anew);
                let connect = client.realtime().connect("gpt-realtime");
                let policy = openai_ext::realtime::Reconnect::new().max_tries(1);
                let mut session = connect.with_reconnect(policy).await?;
                session.send(serde_json::from_value::<RealtimeClientEvent>(event.clone())?).await?;
                let mut error = soon(session.next_response()).await?.expect_err("no response");
                if is_anew {
                    error = soon(session.next_response()).await?.expect_err("no response");
                }
                check_hidden(&error, &session, &format!("{step:?} after {event}"));
            }
        }
    }
    Ok(())
}

#[tokio::test]
async fn what_is_no_secret_is_shown() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::ZERO).start().await?;
    let client = client(&server)?;
    let event = json!({"type": "session.update", "session": {"type": "realtime", "instructions": SENT}});
    script(&server, &event, &RealtimeStep::close(1008, format!("bad {SENT}")), false);
    let mut session = client.realtime().connect("gpt-realtime").await?;
    session.send(serde_json::from_value::<RealtimeClientEvent>(event)?).await?;
    let error = soon(session.next_response()).await?.expect_err("no response");
    assert!(error.to_string().contains(SENT), "{error}");
    Ok(())
}
