//! Live sessions: their start, what is said in them, sidebands and forks.

use openai_ext::ErrorKind;
use openai_ext::live::{LiveConnection, LiveState};
use openai_ext::types::{
    InputContentParamInputText, LiveAudioFormat, LiveClientDelegationParam, LiveClientEvent,
    LiveForkSessionConfigParam, LiveInitialSessionAudioParam, LiveServerEvent, LiveSessionAudioFormatPcmParam,
    LiveSessionCreateParams, LiveSessionUpdateParams, LiveSidebandClientEvent,
};
use openai_ext_mock::Turn;

use super::*;

fn session() -> LiveSessionCreateParams {
    LiveSessionCreateParams::new("gpt-live-1")
}

async fn live(client: &Client) -> TestResult<LiveConnection> {
    Ok(soon(client.live().connect(session()).into_future()).await??)
}

async fn next(connection: &mut LiveConnection) -> TestResult<Value> {
    let event = soon(connection.next()).await?.ok_or("the session ended")??;
    Ok(serde_json::to_value(&event)?)
}

/// The events up to the first one of a type.
async fn up_to(connection: &mut LiveConnection, kind: &str) -> TestResult<Vec<Value>> {
    let mut events = vec![next(connection).await?];
    while events.last().is_some_and(|event| event["type"] != kind) {
        events.push(next(connection).await?);
    }
    Ok(events)
}

#[tokio::test]
async fn a_session_is_started_with_what_was_asked_for() -> TestResult {
    let (client, server) = mock().await?;
    let format = LiveAudioFormat::from(LiveSessionAudioFormatPcmParam::new(16_000));
    let asked =
        session().instructions("Be brief.").audio(LiveInitialSessionAudioParam::new().format(format)).store(true);
    let mut connection = soon(client.live().connect(asked).into_future()).await??;
    // It has started: its id is known before any event is read.
    let id = connection.session_id().ok_or("no id")?.to_owned();
    assert_eq!(
        server.realtime_events(),
        [json!({
            "type": "session.start",
            "session": {
                "model": "gpt-live-1", "instructions": "Be brief.", "store": true,
                "audio": {"format": {"type": "audio/pcm", "rate": 16_000}},
            },
        })]
    );
    let started = next(&mut connection).await?;
    assert_eq!((&started["type"], &started["session"]["id"]), (&json!("session.started"), &json!(id)));
    assert_eq!(started["session"]["instructions"], "Be brief.");
    let state = connection.state();
    assert!(state.session.is_some() && state.usage.is_none() && state.closed.is_none());
    Ok(())
}

#[tokio::test]
async fn a_session_is_given_in_any_form() -> TestResult {
    let (client, server) = mock().await?;
    let live = client.live();
    let connects = [
        live.connect("gpt-live-1"),
        live.connect("gpt-live-1".to_owned()),
        live.connect(openai_ext::types::ModelIdsLive::GptLive1),
        live.connect(session()),
        live.connect(&session()),
        live.connect(Box::new(session())),
        live.connect(json!({"model": "gpt-live-1"})),
    ];
    for connect in connects {
        soon(connect.into_future()).await??;
    }
    let sent = server.realtime_events();
    assert_eq!(sent.len(), 7);
    assert!(sent.iter().all(|event| *event == json!({"type": "session.start", "session": {"model": "gpt-live-1"}})));
    Ok(())
}

#[tokio::test]
async fn both_sides_speak_at_once() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::text("Good morning.")]);
    let mut connection = live(&client).await?;
    connection.append_audio([0_u8; 4800]).await?;
    connection.mute_audio().await?;
    connection.append_audio([0_u8; 4800]).await?;
    connection.unmute_audio().await?;
    connection.append_audio([0_u8; 4800]).await?;
    let (mut heard, mut said, mut sound) = (String::new(), String::new(), 0);
    while said != "Good morning.Yes." || sound < 3 * 960 {
        let event = soon(connection.next()).await?.ok_or("the end")??;
        heard += event.input_transcript().unwrap_or_default();
        said += event.output_transcript().unwrap_or_default();
        sound += event.audio()?.map_or(0, |audio| audio.len());
    }
    assert_eq!((heard.as_str(), sound), ("100 ms of sound. 100 ms of sound. ", 2880));
    let closed = soon(connection.finish().into_future()).await??;
    assert_eq!((closed.reason.as_str(), closed.usage.seconds), ("close_requested", 0.3));
    assert_eq!(connection.state().closed.as_ref().map(|closed| closed.event_id.clone()), Some(closed.event_id));
    Ok(())
}

#[tokio::test]
async fn work_is_handed_on_and_answered() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::call("get_weather", json!({"city": "Oslo"}))]);
    let asked = session().delegation(LiveClientDelegationParam::new());
    let mut connection = soon(client.live().connect(asked).into_future()).await??;
    connection.append_audio([0_u8; 4800]).await?;
    let events = up_to(&mut connection, "session.delegation.created").await?;
    let delegation = events[events.len() - 1]["delegation"].clone();
    assert_eq!(delegation["target"], "client");
    let id = delegation["id"].as_str().ok_or("no id")?;
    connection.thinking_append(id, "It rains.").await?;
    connection.instructions_append(None::<&str>, "Be kind.").await?;
    connection.commentary_append(Some(id), "It rains in Oslo.").await?;
    let events = up_to(&mut connection, "session.commentary.appended").await?;
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
    assert_eq!(kinds, ["session.thinking.appended", "session.instructions.appended", "session.commentary.appended"]);
    let sent = server.realtime_events().split_off(2);
    assert_eq!(
        sent,
        [
            json!({"type": "session.thinking.append", "delegation_id": id, "content": "It rains."}),
            json!({"type": "session.instructions.append", "delegation_id": null, "content": "Be kind."}),
            json!({"type": "session.commentary.append", "delegation_id": id, "content": "It rains in Oslo."}),
        ]
    );
    Ok(())
}

#[tokio::test]
async fn each_word_of_the_client_is_its_event() -> TestResult {
    let (client, server) = mock().await?;
    let mut connection = live(&client).await?;
    connection.session_update(LiveSessionUpdateParams::new().delegation(LiveClientDelegationParam::new())).await?;
    connection.response_item_create(json!({"type": "message", "role": "user", "content": "Hello"})).await?;
    connection.response_create().await?;
    connection.play_fixture([1, 2, 3]).await?;
    let item = json!({
        "type": "message", "role": "user", "content": [InputContentParamInputText::new("Hello")],
    });
    connection.decision_item_create(item).await?;
    connection.decision_create("event_7").await?;
    connection.decision_item_delete("item_7").await?;
    connection.session_close().await?;
    let expected = [
        "session.start",
        "session.update",
        "response.item.create",
        "response.create",
        "session.output_audio.fixture.play",
        "decision.item.create",
        "decision.create",
        "decision.item.delete",
        "session.close",
    ];
    eventually(|| got(&server, 0) == expected).await?;
    let events = up_to(&mut connection, "session.closed").await?;
    let kinds: Vec<_> = events.iter().map(|event| event["type"].as_str().unwrap_or_default()).collect();
    for kind in [
        "session.updated",
        "response.event",
        "session.output_audio.fixture.playing",
        "session.output_audio.fixture.played",
        "decision.item.created",
        "decision.event",
        "decision.item.deleted",
    ] {
        assert!(kinds.contains(&kind), "{kind} is not in {kinds:?}");
    }
    assert!(!kinds.contains(&"error"), "{events:?}");
    assert!(soon(connection.next()).await?.is_none());
    Ok(())
}

#[tokio::test]
async fn a_start_that_the_server_refuses_is_its_error() -> TestResult {
    let (client, server) = mock().await?;
    let refusal = json!({
        "type": "error", "event_id": "e",
        "error": {"type": "invalid_request_error", "code": "model_not_found", "message": "No such model.", "param": "model"},
    });
    server.on_realtime([RealtimeStep::expect("session.start"), RealtimeStep::send(refusal)]);
    let error = soon(client.live().connect(session()).into_future()).await?.expect_err("refused");
    assert_eq!(
        (error.kind(), error.code(), error.message()),
        (ErrorKind::Stream, Some("model_not_found"), "No such model.")
    );
    assert_eq!(error.param(), Some("model"));
    assert_eq!(server_side(&server, 0).await?, (1000, String::new(), true));

    let ends = RealtimeStep::end_session("content");
    server.on_realtime([RealtimeStep::expect("session.start"), ends]);
    let error = soon(client.live().connect(session()).into_future()).await?.expect_err("ended");
    assert_eq!(error.kind(), ErrorKind::Stream);
    assert!(error.message().contains("content"), "{error}");

    for (step, kind) in [
        (RealtimeStep::close(1000, ""), ErrorKind::Truncated),
        (RealtimeStep::close(1008, "policy"), ErrorKind::Stream),
        (RealtimeStep::close(1013, "later"), ErrorKind::Connection),
        (RealtimeStep::Disconnect, ErrorKind::Connection),
    ] {
        server.on_realtime([RealtimeStep::expect("session.start"), step]);
        let error = soon(client.live().connect(session()).into_future()).await?.expect_err("closed");
        assert_eq!(error.kind(), kind, "{error}");
    }
    // Nothing was tried again.
    assert_eq!(server.realtime_connections().len(), 6);
    Ok(())
}

#[tokio::test]
async fn events_before_the_start_are_kept() -> TestResult {
    let (client, server) = mock().await?;
    let info = json!({"type": "info", "event_id": "e", "code": "queued", "message": "Wait."});
    let broken = RealtimeStep::SendText("{".to_owned());
    server.on_realtime([RealtimeStep::send(info.clone()), broken, RealtimeStep::Greet]);
    let mut connection = live(&client).await?;
    assert_eq!(next(&mut connection).await?, info);
    assert_eq!(soon(connection.next()).await?.ok_or("the end")?.expect_err("broken").kind(), ErrorKind::Decode);
    assert_eq!(next(&mut connection).await?["type"], "session.started");
    // Not without end.
    server.on_realtime((0..2000).map(|_| RealtimeStep::send(info.clone())));
    let error = soon(client.live().connect(session()).into_future()).await?.expect_err("too many");
    assert_eq!(error.kind(), ErrorKind::Limit);
    Ok(())
}

#[tokio::test]
async fn a_start_is_waited_for_as_long_as_the_caller_wants() -> TestResult {
    let (client, server) = mock().await?;
    let stalls = || server.on_realtime([RealtimeStep::Stall(Duration::MAX)]);
    stalls();
    let connect = client.live().connect(session()).with_deadline(Duration::from_millis(30));
    let error = soon(connect.into_future()).await?.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    stalls();
    let cancelled = tokio::time::sleep(Duration::from_millis(30));
    let connect = client.live().connect(session()).with_cancellation(cancelled);
    let error = soon(connect.into_future()).await?.expect_err("cancelled");
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    Ok(())
}

#[tokio::test]
async fn a_session_that_does_not_fit_is_not_sent() -> TestResult {
    let (client, server) = mock().await?;
    let connect = client.live().connect(json!(["gpt-live-1"]));
    let error = soon(connect.into_future()).await?.expect_err("a list is no session");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let connect = client.live().sideband().connect("");
    let error = soon(connect.into_future()).await?.expect_err("no id");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(server.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn the_reasons_of_an_end_are_typed() -> TestResult {
    let (client, server) = mock().await?;
    for reason in ["close_requested", "expired", "content", "remote_hangup", "connection_lost", "something_new"] {
        server.on_realtime([RealtimeStep::Greet, RealtimeStep::end_session(reason)]);
        let mut connection = live(&client).await?;
        let mut last = None;
        while let Some(event) = soon(connection.next()).await? {
            last = Some(event?);
        }
        let Some(LiveServerEvent::SessionClosed(closed)) = last else { return Err("no end".into()) };
        assert_eq!(closed.reason.as_str(), reason);
        let state = connection.state();
        assert_eq!(state.closed.as_ref().map(|closed| closed.reason.as_str()), Some(reason));
        assert!(state.usage.is_some());
    }
    Ok(())
}

#[tokio::test]
async fn the_state_is_in_the_error_of_an_end() -> TestResult {
    let (client, server) = mock().await?;
    let usage = json!({"type": "session.usage.updated", "event_id": "e", "usage": {"seconds": 7.5}});
    server.on_realtime([RealtimeStep::Greet, RealtimeStep::send(usage), RealtimeStep::Disconnect]);
    let mut connection = live(&client).await?;
    let error = soon(connection.finish().into_future()).await?.expect_err("lost");
    let state = error.detail::<LiveState>().ok_or("no state")?;
    assert_eq!(state.usage.as_ref().map(|usage| usage.seconds), Some(7.5));
    assert!(state.session.is_some() && state.closed.is_none());
    Ok(())
}

#[tokio::test]
async fn a_sideband_sees_and_steers() -> TestResult {
    let (client, server) = mock().await?;
    let connect = client.live().sideband().connect("live_a b").graceful_close(true);
    let mut sideband = soon(connect.into_future()).await??;
    sideband.instructions_append(None::<&str>, "Be kind.").await?;
    sideband.dtmf_send("5").await?;
    let mut kinds = Vec::new();
    while kinds.last() != Some(&json!("transport.dtmf.sent")) {
        let event = soon(sideband.next()).await?.ok_or("the end")??;
        kinds.push(serde_json::to_value(&event)?["type"].clone());
    }
    assert_eq!(kinds, ["session.started", "session.instructions.appended", "transport.dtmf.sent"]);
    assert_eq!(sideband.session_id(), Some("live_a%20b"));
    let request = server.realtime_connections()[0].request().clone();
    assert_eq!(request.path(), "/v1/live/sessions/live_a%20b/attach");
    assert_eq!(request.query(), [("graceful_close".to_owned(), "true".to_owned())]);
    // By its type it neither starts nor speaks; the server says so to who goes around it.
    for kind in ["session.start", "session.input_audio.append"] {
        sideband.send(LiveSidebandClientEvent::Unknown(json!({"type": kind, "event_id": "e-1"}))).await?;
        let event = serde_json::to_value(soon(sideband.next()).await?.ok_or("the end")??)?;
        assert_eq!((&event["type"], &event["client_event_id"]), (&json!("error"), &json!("e-1")));
    }
    Ok(())
}

/// A session that goes on must not be told twice.
#[tokio::test]
async fn a_sideband_that_is_made_anew_repeats_nothing() -> TestResult {
    let (_, server) = mock().await?;
    let (client, _) = patient(&server)?;
    server.on_realtime([
        RealtimeStep::Greet,
        RealtimeStep::Stall(Duration::from_millis(2000)),
        RealtimeStep::Disconnect,
    ]);
    let connect = client.live().sideband().connect("live_1").with_reconnect(openai_ext::websocket::Reconnect::new());
    let (sender, mut receiver) = soon(connect.into_future()).await??.split();
    let sending = (0..40).map(|index| {
        let sender = sender.clone();
        let content = format!("{index}:{}", "A".repeat(256 * 1024));
        tokio::spawn(async move { (index, sender.instructions_append(None::<&str>, content).await) })
    });
    let sending: Vec<_> = sending.collect();
    let reading = tokio::spawn(async move { while receiver.next().await.is_some() {} });
    let mut failed = Vec::new();
    for task in sending {
        let (index, sent) = soon(task).await??;
        if let Err(error) = sent {
            assert_eq!(error.error().kind(), ErrorKind::Connection);
            assert!(error.error().message().contains("uncertain"), "{error}");
            failed.push(index.to_string());
        }
    }
    let arrived = || {
        let connections = server.realtime_connections();
        let numbers = connections.get(1).into_iter().flat_map(|connection| connection.events());
        let number =
            |event: &Value| event["content"].as_str().and_then(|text| Some(text.split_once(':')?.0.to_owned()));
        numbers.filter_map(number).collect::<Vec<_>>()
    };
    eventually(|| arrived().iter().any(|number| number == "39")).await?;
    let arrived = arrived();
    assert!(!failed.is_empty() && failed.iter().all(|number| !arrived.contains(number)), "{failed:?} {arrived:?}");
    let unique: std::collections::HashSet<_> = arrived.iter().collect();
    assert_eq!(unique.len(), arrived.len());
    reading.abort();
    Ok(())
}

#[tokio::test]
async fn a_fork_starts_with_what_differs() -> TestResult {
    let (client, server) = mock().await?;
    let mut fork = soon(client.live().forks().connect("live_1").into_future()).await??;
    assert_eq!(server.realtime_events(), [json!({"type": "session.start", "session": {}})]);
    assert_ne!(fork.session_id(), Some("live_1"));
    fork.append_audio([0; 480]).await?;
    soon(fork.finish().into_future()).await??;
    let other = client.live().forks().connect_with("live_1", LiveForkSessionConfigParam::new().store(false));
    let _other = soon(other.into_future()).await??;
    let sent = server.realtime_events().split_off(3);
    assert_eq!(sent, [json!({"type": "session.start", "session": {"store": false}})]);
    Ok(())
}

#[tokio::test]
async fn sessions_by_webrtc_and_sip_are_calls() -> TestResult {
    let (client, server) = mock().await?;
    let sessions = client.live().sessions();
    sessions.accept("live_1", json!({"type": "live", "model": "gpt-live-1"})).send().await?;
    sessions.refer("live_1", "tel:+4712345678").send().await?;
    sessions.reject("live_2", 486).send().await?;
    sessions.hangup("live_1").send().await?;
    let transport = json!({"type": "webrtc", "sdp": "v=0"});
    client.live().create(json!({"model": "gpt-live-1"}), transport.clone()).send().await?;
    sessions.fork("live_1", transport.clone()).send().await?;
    assert!(!sessions.download_recording("live_1").send().await?.is_empty());
    let sent: Vec<_> = server
        .requests()
        .iter()
        .map(|request| {
            let path = request.path().trim_start_matches("/v1/live/sessions").to_owned();
            (format!("{} {path}", request.method()), request.json().unwrap_or(Value::Null))
        })
        .collect();
    let expected = [
        ("POST /live_1/accept", json!({"session": {"type": "live", "model": "gpt-live-1"}})),
        ("POST /live_1/refer", json!({"target_uri": "tel:+4712345678"})),
        ("POST /live_2/reject", json!({"status_code": 486})),
        ("POST /live_1/hangup", Value::Null),
        ("POST ", json!({"session": {"model": "gpt-live-1"}, "transport": transport})),
        ("POST /live_1/fork", json!({"transport": transport})),
        ("GET /live_1/content", Value::Null),
    ];
    assert_eq!(sent, expected.map(|(path, body)| (path.to_owned(), body)));
    Ok(())
}

#[cfg(feature = "responses")]
#[tokio::test]
async fn calls_of_a_delegated_response_are_typed_and_answered() -> TestResult {
    use openai_ext::types::{ResponseOutputItem, ResponseStreamEvent};

    let (client, server) = mock().await?;
    server.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("It rains.")]);
    let asked = json!({
        "model": "gpt-live-1", "delegation": {"type": "responses", "responses": {"model": "gpt-5.5"}},
    });
    let mut connection = soon(client.live().connect(asked).into_future()).await??;
    connection.append_audio([0; 480]).await?;
    let (mut kinds, mut said) = (Vec::new(), String::new());
    while said != "It rains." {
        let event = soon(connection.next()).await?.ok_or("the end")??;
        said += event.output_transcript().unwrap_or_default();
        let LiveServerEvent::ResponseEvent(event) = event else { continue };
        let event = event.stream_event();
        kinds.push(serde_json::to_value(&event)?["type"].clone());
        if let ResponseStreamEvent::ResponseOutputItemDone(done) = event {
            let ResponseOutputItem::FunctionCall(call) = &done.item else { return Err("no call".into()) };
            assert_eq!((call.name.as_str(), call.arguments.as_str()), ("get_weather", r#"{"city":"Oslo"}"#));
            connection.response_item_create(InputItem::function_call_output(call, "rain")).await?;
            connection.response_create().await?;
        }
    }
    assert_eq!(kinds, ["response.output_item.done", "response.created", "response.completed"]);
    let sent = server.realtime_events();
    assert_eq!(
        (&sent[2]["item"]["type"], &sent[2]["item"]["output"]),
        (&json!("function_call_output"), &json!("rain"))
    );
    Ok(())
}

#[tokio::test]
async fn secrets_of_a_session_are_in_no_error() -> TestResult {
    let (client, server) = mock().await?;
    const SECRET: &str = "mcp_hush/7+9-tail";
    let tool =
        json!({"type": "mcp", "server_label": "l", "server_url": "https://example.com", "authorization": SECRET});
    let asked = json!({
        "model": "gpt-live-1",
        "delegation": {"type": "responses", "responses": {"model": "gpt-5.5", "tools": [tool]}},
    });
    for step in [
        RealtimeStep::send(json!({"type": "error", "event_id": "e", "error": {
            "type": SECRET, "code": SECRET, "message": format!("bad {SECRET} of sk-test-key-123"),
        }})),
        RealtimeStep::close(1008, format!("bad {SECRET}")),
        RealtimeStep::end_session(SECRET),
    ] {
        server.on_realtime([RealtimeStep::expect("session.start"), step.clone()]);
        let error = soon(client.live().connect(asked.clone()).into_future()).await?.expect_err("refused");
        let text = format!("{error} {error:?} {:?}", std::error::Error::source(&error).map(ToString::to_string));
        assert!(!text.contains("hush") && !text.contains("tail") && !text.contains("sk-test"), "{step:?}: {text}");
    }
    Ok(())
}

#[tokio::test]
async fn all_of_it_can_be_spawned_and_shared() -> TestResult {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    fn is_shared<T: Send + Sync + Unpin + std::fmt::Debug>() {}
    is_shared::<LiveConnection>();
    is_shared::<openai_ext::live::LiveSidebandConnection>();
    is_shared::<openai_ext::realtime::translations::TranslationConnection>();
    let (client, _server) = mock().await?;
    let mut connection = is_send(client.live().connect(session()).open()).await?;
    is_send(connection.append_audio([0; 48])).await?;
    is_send(connection.session_update(LiveSessionUpdateParams::new())).await?;
    is_send(connection.commentary_append(None::<String>, "Hello")).await?;
    connection.send(LiveClientEvent::session_input_audio_mute()).await?;
    is_send(connection.finish().on_event(|_| {}).into_future()).await?;
    Ok(())
}
