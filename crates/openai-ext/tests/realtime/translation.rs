//! Sessions that translate.

use openai_ext::ErrorKind;
use openai_ext::realtime::translations::{TranslationConnection, TranslationRest};
use openai_ext::types::{
    RealtimeTranslationServerEvent, RealtimeTranslationSessionAudio, RealtimeTranslationSessionAudioInput,
    RealtimeTranslationSessionAudioInputTranscription, RealtimeTranslationSessionAudioOutput,
    RealtimeTranslationSessionUpdateRequest,
};
use openai_ext_mock::Turn;

use super::*;

async fn translating(client: &Client) -> TestResult<TranslationConnection> {
    Ok(soon(client.realtime().translations().connect("gpt-realtime-translate").into_future()).await??)
}

async fn next(connection: &mut TranslationConnection) -> TestResult<RealtimeTranslationServerEvent> {
    Ok(soon(connection.next()).await?.ok_or("the session ended")??)
}

#[tokio::test]
async fn speech_is_translated() -> TestResult {
    let (client, server) = mock().await?;
    server.converse([Turn::text("God morgen."), Turn::text("Ha det.")]);
    let mut connection = translating(&client).await?;
    assert!(connection.state().session.is_none());
    let RealtimeTranslationServerEvent::SessionCreated(created) = next(&mut connection).await? else {
        return Err("no session".into());
    };
    assert_eq!(created.session.model, "gpt-realtime-translate");
    let transcription = RealtimeTranslationSessionAudioInputTranscription::new("gpt-4o-transcribe");
    let input = RealtimeTranslationSessionAudioInput::new().transcription(transcription);
    let output = RealtimeTranslationSessionAudioOutput::new().language("no");
    let audio = RealtimeTranslationSessionAudio::new().input(input).output(output);
    connection.session_update(RealtimeTranslationSessionUpdateRequest::new().audio(audio)).await?;
    let RealtimeTranslationServerEvent::SessionUpdated(_) = next(&mut connection).await? else {
        return Err("no update".into());
    };
    let session = connection.state().session.as_ref().ok_or("no session")?;
    assert_eq!(serde_json::to_value(&session.audio)?["output"]["language"], "no");

    connection.append_audio([0_u8; 9600]).await?;
    let (mut heard, mut said, mut sound) = (String::new(), String::new(), 0);
    while said != "God morgen." || sound < 2 * 960 {
        let event = next(&mut connection).await?;
        heard += event.input_transcript().unwrap_or_default();
        said += event.output_transcript().unwrap_or_default();
        sound += event.audio()?.map_or(0, |audio| audio.len());
    }
    assert_eq!((heard.as_str(), sound), ("200 ms of sound. ", 1920));

    connection.append_audio([0_u8; 9600]).await?;
    let rest = soon(connection.finish().into_future()).await??;
    assert_eq!((rest.output_transcript.as_str(), rest.audio.len()), ("Ha det.", 1920));
    assert_eq!((rest.input_transcript.as_str(), rest.closed.is_some()), ("200 ms of sound. ", true));
    assert!(!format!("{rest:?}").contains("[0") && format!("{rest:?}").contains("1920 bytes"));
    let expected =
        ["session.update", "session.input_audio_buffer.append", "session.input_audio_buffer.append", "session.close"];
    assert_eq!(got(&server, 0), expected);
    assert_eq!(server.realtime_events()[1]["audio"].as_str().map(str::len), Some(12_800));
    Ok(())
}

#[tokio::test]
async fn an_error_is_an_event_and_the_session_goes_on() -> TestResult {
    let (client, _server) = mock().await?;
    let mut connection = translating(&client).await?;
    next(&mut connection).await?;
    let unknown = json!({"type": "session.dance", "event_id": "e-1"});
    connection.send(openai_ext::types::RealtimeTranslationClientEvent::Unknown(unknown)).await?;
    let RealtimeTranslationServerEvent::Error(error) = next(&mut connection).await? else {
        return Err("no error".into());
    };
    assert_eq!(error.error.code.as_deref(), Some("invalid_value"));
    connection.append_audio([0_u8; 9600]).await?;
    assert_eq!(next(&mut connection).await?.output_transcript(), Some("Yes."));
    Ok(())
}

#[tokio::test]
async fn a_rest_that_is_cut_off_is_in_the_error() -> TestResult {
    let (client, server) = mock().await?;
    let delta = |kind: &str, delta: &str| RealtimeStep::send(json!({"type": kind, "event_id": "e", "delta": delta}));
    let close = RealtimeStep::expect("session.close");
    let steps = [close, delta("session.output_transcript.delta", "God "), delta("session.output_audio.delta", "QUJD")];
    for (last, kind) in [
        (RealtimeStep::Disconnect, ErrorKind::Connection),
        (delta("session.output_audio.delta", "?"), ErrorKind::Decode),
    ] {
        server.on_realtime(steps.clone().into_iter().chain([last]));
        let mut connection = translating(&client).await?;
        let error = soon(connection.finish().into_future()).await?.expect_err("cut off");
        assert_eq!(error.kind(), kind, "{error}");
        let rest = error.detail::<TranslationRest>().ok_or("no rest")?;
        assert_eq!((rest.output_transcript.as_str(), rest.audio.as_slice()), ("God ", b"ABC".as_slice()));
        assert!(rest.closed.is_none());
    }
    server.on_realtime(steps);
    let mut connection = translating(&client).await?;
    let error = soon(connection.finish().with_max_size(5).into_future()).await?.expect_err("too much");
    assert_eq!(error.kind(), ErrorKind::Limit);
    assert_eq!(error.detail::<TranslationRest>().map(|rest| rest.audio.len()), Some(3));
    Ok(())
}

/// A `finish` that is dropped, or whose closure panics, loses nothing: the next one has all that came.
#[tokio::test]
async fn a_rest_that_nobody_waited_for_is_in_the_next_one() -> TestResult {
    let (client, server) = mock().await?;
    let delta = |kind: &str, delta: &str| RealtimeStep::send(json!({"type": kind, "event_id": "e", "delta": delta}));
    let wait = || RealtimeStep::Stall(Duration::from_millis(100));
    for panics in [false, true] {
        server.on_realtime([
            RealtimeStep::expect("session.close"),
            delta("session.output_transcript.delta", "God "),
            delta("session.output_audio.delta", "QUJD"),
            wait(),
            delta("session.output_transcript.delta", "dag"),
            wait(),
            RealtimeStep::send(json!({"type": "session.closed", "event_id": "e"})),
        ]);
        let mut connection = translating(&client).await?;
        if panics {
            let shown = connection.finish().on_event(|event| assert!(event.output_transcript().is_none(), "a panic"));
            let caught = futures_util::FutureExt::catch_unwind(std::panic::AssertUnwindSafe(shown.into_future())).await;
            assert!(caught.is_err());
        } else {
            let dropped = tokio::time::timeout(Duration::from_millis(50), connection.finish().into_future()).await;
            assert!(dropped.is_err());
        }
        let rest = soon(connection.finish().into_future()).await??;
        assert_eq!(
            (rest.output_transcript.as_str(), rest.audio.as_slice()),
            ("God dag", b"ABC".as_slice()),
            "{panics}"
        );
        assert!(rest.closed.is_some());
    }
    Ok(())
}

#[tokio::test]
async fn who_has_no_such_sessions_is_told_before_anything_is_sent() -> TestResult {
    let (client, server) = mock().await?;
    let refused = client.realtime().translations().connect("m").with_query("intent", "translation");
    let error = soon(refused.into_future()).await?.expect_err("no intent");
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    assert!(error.message().contains("intent"), "{error}");
    #[cfg(feature = "azure")]
    {
        let endpoint = server.base_url().trim_end_matches("/v1").to_owned();
        let azure = openai_ext::azure::AzureConfig::new(endpoint).api_key("azure-key").v1().client()?;
        let error = soon(azure.realtime().translations().connect("m").into_future()).await?.expect_err("Azure");
        assert_eq!(error.kind(), ErrorKind::InvalidRequest);
        assert!(error.message().contains("azure") && !error.message().contains("azure-key"), "{error}");
    }
    assert!(server.requests().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_client_secret_opens_one() -> TestResult {
    let (client, server) = mock().await?;
    let session = openai_ext::types::RealtimeTranslationSessionCreateRequest::new("gpt-realtime-translate");
    let secret = client.realtime().translations().client_secrets().create(session).send().await?;
    let connect = client.realtime().translations().connect("gpt-realtime-translate");
    let mut connection = soon(connect.with_client_secret(secret.value.as_str()).into_future()).await??;
    next(&mut connection).await?;
    let authorization = format!("Bearer {}", secret.value);
    assert_eq!(server.realtime_connections()[0].request().header("authorization"), Some(authorization.as_str()));
    Ok(())
}
