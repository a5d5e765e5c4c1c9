//! Credentials of the handshake that the server repeats: in a close, an error, an event that can't be read.

use std::error::Error as _;

use openai_ext::Error;

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
