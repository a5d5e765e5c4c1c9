//! Live sessions and translations.

use serde_json::{Value, json};

use super::client::{Client, deltas, kinds};
use crate::tests::harness::{TestResult, strict};
use crate::{Fault, RealtimeStep, Reply, Turn};

const LIVE: &str = "/live/sessions";
const TRANSLATION: &str = "/realtime/translations?model=gpt-realtime-translate";
/// 100 ms of PCM of 24 kHz, in base64.
const SOUND_MS: u64 = 100;

fn sound() -> String {
    "A".repeat(6400)
}

fn start(session: Value) -> Value {
    json!({"type": "session.start", "session": session})
}

/// A session that has begun.
async fn live(server: &crate::MockServer, session: Value) -> TestResult<Client> {
    let mut client = Client::connect(server, LIVE).await?;
    client.send(start(session)).await?;
    client.expect("session.started").await?;
    Ok(client)
}

#[tokio::test]
async fn a_live_session_waits_for_its_start() -> TestResult {
    let server = strict().start().await?;
    let mut client = Client::connect(&server, LIVE).await?;
    client.send(json!({"type": "session.close", "event_id": "e-1"})).await?;
    let error = client.expect("error").await?;
    assert_eq!((&error["error"]["code"], &error["client_event_id"]), (&json!("session_not_started"), &json!("e-1")));
    client.send(json!({"type": "session.start", "session": {"voice": 1}})).await?;
    assert_eq!(client.expect("error").await?["error"]["code"], "missing_required_parameter");
    let session = json!({"model": "gpt-live-1", "instructions": "Be brief.", "store": true});
    client.send(json!({"type": "session.start", "event_id": "e-2", "session": session})).await?;
    let started = client.expect("session.started").await?;
    assert_eq!(
        (&started["client_event_id"], &started["session"]["instructions"]),
        (&json!("e-2"), &json!("Be brief."))
    );
    client.send(start(json!({"model": "gpt-live-1"}))).await?;
    assert_eq!(client.expect("error").await?["error"]["code"], "session_already_started");
    Ok(())
}

#[tokio::test]
async fn each_event_of_a_live_client_is_answered_as_the_document_has_it() -> TestResult {
    let server = strict().start().await?;
    let mut client = live(&server, json!({"model": "gpt-live-1"})).await?;
    let item = json!({"type": "message", "role": "user", "content": [{"type": "input_text", "text": "Hello"}]});
    for (event, answer) in [
        (json!({"type": "session.update", "session": {"delegation": {"type": "client"}}}), "session.updated"),
        (json!({"type": "session.input_audio.mute"}), "session.input_audio.muted"),
        (json!({"type": "session.input_audio.unmute"}), "session.input_audio.unmuted"),
        (
            json!({"type": "session.instructions.append", "delegation_id": null, "content": "a"}),
            "session.instructions.appended",
        ),
        (json!({"type": "session.thinking.append", "delegation_id": "d", "content": "a"}), "session.thinking.appended"),
        (json!({"type": "session.output_audio.fixture.play", "audio": "QUJD"}), "session.output_audio.fixture.played"),
        (json!({"type": "decision.item.create", "item": item}), "decision.item.created"),
        (json!({"type": "decision.item.delete", "item_id": "item_1"}), "decision.item.deleted"),
        (json!({"type": "decision.create", "event_id": "e"}), "decision.event"),
    ] {
        client.send(event.clone()).await?;
        let events = client.until(answer).await.map_err(|error| format!("{event}: {error}"))?;
        assert!(!kinds(&events).contains(&"error"), "{event}: {events:?}");
    }
    client.send(json!({"type": "session.commentary.append", "delegation_id": null, "content": "It rains."})).await?;
    client.send(json!({"type": "session.close"})).await?;
    let events = client.until("session.closed").await?;
    assert_eq!(deltas(&events, "session.output_transcript.delta"), "It rains.");
    assert_eq!(events[events.len() - 1]["reason"], "close_requested");
    assert_eq!(client.closed().await?, (1000, String::new()));
    Ok(())
}

#[tokio::test]
async fn sound_is_answered_by_turns() -> TestResult {
    let server = strict().start().await?;
    let delegation = json!({"type": "responses", "responses": {"model": "gpt-5.5"}});
    let mut client = live(&server, json!({"model": "gpt-live-1", "delegation": delegation})).await?;
    server.converse([
        Turn::text("Good morning."),
        Turn::call("get_weather", json!({"city": "Oslo"})),
        Turn::text("It rains."),
        Turn::reply(Reply::error(http::StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "No.")),
    ]);
    let append = json!({"type": "session.input_audio.append", "audio": sound()});
    client.send(append.clone()).await?;
    client.send(append.clone()).await?;
    let events = client.until("response.event").await?;
    assert_eq!(deltas(&events, "session.output_transcript.delta"), "Good morning.");
    let heard = events.iter().rfind(|event| event["type"] == "session.input_transcript.delta").ok_or("not heard")?;
    assert_eq!((heard["start_ms"].as_u64(), heard["end_ms"].as_u64()), (Some(SOUND_MS), Some(2 * SOUND_MS)));
    let call = &events[events.len() - 1]["event"]["item"];
    assert_eq!(
        (&call["name"], &events[events.len() - 2]["delegation"]["target"]),
        (&json!("get_weather"), &json!("responses"))
    );
    let output = json!({"type": "function_call_output", "call_id": call["call_id"], "output": "rain"});
    client.send(json!({"type": "response.item.create", "item": output})).await?;
    client.send(json!({"type": "response.create"})).await?;
    client.send(append.clone()).await?;
    let events = client.until("error").await?;
    assert_eq!(deltas(&events, "session.output_transcript.delta"), "It rains.");
    server.converse([Turn::text("").fault(Fault::Disconnect)]);
    client.send(append).await?;
    assert_eq!(client.closed().await?.0, 1006);
    assert!(server.take_unapplied_faults().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_fork_and_a_sideband_differ_in_what_they_take() -> TestResult {
    let server = strict().start().await?;
    let mut fork = Client::connect(&server, "/live/sessions/live_1/fork").await?;
    fork.send(start(json!({}))).await?;
    fork.expect("session.started").await?;
    let mut sideband = Client::connect(&server, "/live/sessions/live_1/attach?graceful_close=true").await?;
    assert_eq!(sideband.expect("session.started").await?["session"]["id"], "live_1");
    sideband.send(json!({"type": "transport.dtmf.send", "event": "5"})).await?;
    sideband.expect("transport.dtmf.sent").await?;
    for event in [start(json!({"model": "gpt-live-1"})), json!({"type": "session.input_audio.append", "audio": "AAAA"})]
    {
        sideband.send(event).await?;
        assert_eq!(sideband.expect("error").await?["error"]["code"], "invalid_value");
    }
    Ok(())
}

#[tokio::test]
async fn the_server_ends_a_session_with_a_reason() -> TestResult {
    let server = strict().start().await?;
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::end_session("expired")]);
    let mut client = live(&server, json!({"model": "gpt-live-1"})).await?;
    assert_eq!(client.expect("session.closed").await?["reason"], "expired");
    assert_eq!(client.closed().await?, (1000, String::new()));
    server.on_realtime([RealtimeStep::end_session("expired")]);
    Client::connect(&server, TRANSLATION).await?.expect("session.closed").await?;
    Ok(())
}

#[tokio::test]
async fn a_translation_says_what_it_hears() -> TestResult {
    let server = strict().start().await?;
    server.converse([Turn::text("God morgen.")]);
    let mut client = Client::connect(&server, TRANSLATION).await?;
    client.expect("session.created").await?;
    let audio = json!({"input": {"transcription": {"model": "m"}}, "output": {"language": "no"}});
    client.send(json!({"type": "session.update", "session": {"audio": audio}})).await?;
    assert_eq!(client.expect("session.updated").await?["session"]["audio"]["output"]["language"], "no");
    client.send(json!({"type": "session.input_audio_buffer.append", "audio": sound()})).await?;
    client.send(json!({"type": "session.input_audio_buffer.append", "audio": "?"})).await?;
    client.send(json!({"type": "session.dance"})).await?;
    client.send(json!({"type": "session.close"})).await?;
    let events = client.until("session.closed").await?;
    assert_eq!(deltas(&events, "session.output_transcript.delta"), "God morgen.");
    assert_eq!(deltas(&events, "session.input_transcript.delta"), "100 ms of sound. ");
    let codes: Vec<_> = events.iter().filter_map(|event| event["error"]["code"].as_str()).collect();
    assert_eq!(codes, ["invalid_value", "invalid_value"]);
    assert_eq!(client.closed().await?, (1000, String::new()));
    Ok(())
}
