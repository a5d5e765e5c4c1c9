//! Streams that are written for somebody else and read there: the same events, and the same end.
#![cfg(all(feature = "chat", feature = "completions", feature = "responses", feature = "audio", feature = "images"))]

use std::collections::VecDeque;
use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use openai_ext::prelude::*;
use openai_ext::runtime::{Encoded, EventStream, StreamedEvent};
use openai_ext::types::{
    ChatCompletionChunk, Completion, ImageEditStreamEvent, ImageGenStreamEvent, ResponseStreamEvent, SpeechStreamEvent,
    TranscriptionStreamEvent,
};
use openai_ext::{Bytes, ErrorKind};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// Chunks that may end with an error.
struct Chunks(VecDeque<Result<Bytes, std::io::Error>>);

impl Chunks {
    fn new(text: &str, size: usize, breaks: bool) -> Self {
        let mut chunks: VecDeque<_> =
            text.as_bytes().chunks(size).map(|chunk| Ok(Bytes::copy_from_slice(chunk))).collect();
        if breaks {
            chunks.push_back(Err(std::io::ErrorKind::ConnectionReset.into()));
        }
        Self(chunks)
    }
}

impl Stream for Chunks {
    type Item = Result<Bytes, std::io::Error>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        Poll::Ready(self.0.pop_front())
    }
}

/// The events of a stream, and how it ended.
#[derive(Debug, PartialEq)]
struct Told {
    events: Vec<Value>,
    error: Option<(ErrorKind, String, Option<String>)>,
}

async fn told<E: StreamedEvent + serde::Serialize>(mut stream: EventStream<E>) -> TestResult<Told> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => events.push(serde_json::to_value(&event)?),
            Err(error) => {
                assert!(stream.next().await.is_none());
                let error = Some((error.kind(), error.message().to_owned(), error.code().map(str::to_owned)));
                return Ok(Told { events, error });
            }
        }
    }
    Ok(Told { events, error: None })
}

async fn written(mut encoded: Encoded) -> TestResult<(String, bool)> {
    let mut all = Vec::new();
    while let Some(piece) = encoded.next().await {
        all.extend_from_slice(&piece?);
    }
    Ok((String::from_utf8(all)?, encoded.error().is_some()))
}

/// Hands a stream on in both forms, and reads it in several ways.
async fn check<E: StreamedEvent + serde::Serialize>(about: &str, text: &str, breaks: bool) -> TestResult<Told> {
    let upstream = || EventStream::<E>::from_reader(Chunks::new(text, 50, breaks));
    let mut expected = told(upstream()).await?;
    // The error is told by an event, and so it is one of the stream.
    let is_error = expected.error.is_some();
    // What can't be read here can't be read there.
    if let Some((kind, _, code)) = expected.error.as_mut().filter(|(kind, ..)| *kind != ErrorKind::Decode) {
        let name = format!("{kind:?}").to_lowercase();
        code.get_or_insert(name);
        *kind = ErrorKind::Stream;
    }
    for encoded in [upstream().to_sse(), upstream().to_ndjson()] {
        let form = encoded.content_type();
        let (text, has_error) = written(encoded).await?;
        assert_eq!(has_error, is_error, "{about} {form}");
        for size in [1, 7, 100_000] {
            let again = told(EventStream::<E>::from_reader(Chunks::new(&text, size, false))).await?;
            assert_eq!(again, expected, "{about} as {form} in {size}: {text}");
        }
        let reader = std::io::Cursor::new(text.clone().into_bytes());
        assert_eq!(told(EventStream::<E>::from_reader(reader)).await?, expected, "{about} {form}");
        // Handed on once more, in the other form.
        let again = || EventStream::<E>::from_reader(Chunks::new(&text, 64, false));
        for encoded in [again().to_sse(), again().to_ndjson()] {
            let (text, _) = written(encoded).await?;
            let last = told(EventStream::<E>::from_reader(Chunks::new(&text, 64, false))).await?;
            assert_eq!(last, expected, "{about} {form} twice: {text}");
        }
        // One that is cut off within its last event, or before it, is never taken for the whole.
        if !is_error && !expected.events.is_empty() {
            for cut in [text.trim_end().len() - 1, text.len() / 2] {
                let cut = (0..=cut).rev().find(|at| text.is_char_boundary(*at)).unwrap_or_default();
                let again = told(EventStream::<E>::from_reader(Chunks::new(&text[..cut], 64, false))).await?;
                assert!(again.error.is_some() || again == expected, "{about} {form} cut at {cut}: {text}");
                assert!(cut > text.len() / 2 || again.error.is_some(), "{about} {form} cut at {cut}");
            }
            let broken = told(EventStream::<E>::from_reader(Chunks::new(&text[..text.len() / 2], 64, true))).await?;
            assert!(broken.error.is_some(), "{about} {form}");
        }
    }
    Ok(expected)
}

fn sse(events: &[(Option<&str>, Value)]) -> String {
    let event = |(name, data): &(Option<&str>, Value)| {
        let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
        format!("{name}data: {data}\n\n")
    };
    events.iter().map(event).collect()
}

/// The ways in which a stream ends, whatever its kind.
async fn check_ends<E: StreamedEvent + serde::Serialize>(
    about: &str,
    events: &[(Option<&str>, Value)],
    mark: &str,
) -> TestResult {
    let whole = sse(events) + mark;
    let told = check::<E>(&format!("{about}, whole"), &whole, false).await?;
    assert!(told.error.is_none() && told.events.len() == events.len(), "{about}: {told:?}");
    let noisy = format!(": hello\n\nid: 7\n{}", whole.replace("\n\n", "\n\n: alive\n\nevent: ping\ndata: {}\n\n"));
    check::<E>(&format!("{about}, with noise"), &noisy, false).await?;
    let first = sse(&events[..1]);
    let errors = [
        r#"{"error":{"message":"It \"broke\"","type":"server_error","code":"oops","param":"p"}}"#,
        r#"{"type":"error","message":"flat","code":"rate_limit_exceeded","param":null}"#,
        r#"{"error":"in a word"}"#,
    ];
    for error in errors {
        let told = check::<E>(about, &format!("{first}event: error\ndata: {error}\n\n"), false).await?;
        assert!(told.error.is_some(), "{about}: {error}");
        check::<E>(about, &format!("{first}data: {error}\n\n"), false).await?;
        check::<E>(about, &format!("event: error\ndata: {error}\n\n"), false).await?;
    }
    for (cut, breaks) in
        [(first.as_str(), false), (&first, true), ("", false), ("", true), (&first[..first.len() / 2], true)]
    {
        let told = check::<E>(&format!("{about}, cut after {}", cut.len()), cut, breaks).await?;
        assert!(told.error.is_some(), "{about}: {cut}");
    }
    let told = check::<E>(&format!("{about}, unreadable"), &format!("{first}data: {{\"x\n\n"), false).await?;
    assert!(told.error.is_some(), "{about}");
    Ok(())
}

fn chunk(delta: Value, finish: Value) -> (Option<&'static str>, Value) {
    let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
    (None, json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]}))
}

#[tokio::test]
async fn completions() -> TestResult {
    let text = "Hi\n\"漢字\u{2028}\" [DONE] data: x\r\n";
    let chunks = [
        chunk(json!({"role": "assistant"}), Value::Null),
        chunk(json!({"content": text}), Value::Null),
        chunk(json!({}), json!("stop")),
    ];
    check_ends::<ChatCompletionChunk>("chat", &chunks, "data: [DONE]\n\n").await?;
    check_ends::<ChatCompletionChunk>("chat without [DONE]", &chunks, "").await?;
    let told =
        check::<ChatCompletionChunk>("chat without a reason", &(sse(&chunks[..2]) + "data: [DONE]\n\n"), false).await?;
    assert!(told.error.is_none());
    let told = check::<ChatCompletionChunk>("chat without an event", "data: [DONE]\n\n", false).await?;
    assert!(told.error.is_some());
    let choice = |text: &str, reason: Value| {
        (None, json!({"id": "c", "choices": [{"index": 0, "text": text, "finish_reason": reason}]}))
    };
    let events = [choice("a", Value::Null), choice("b", json!("stop"))];
    check_ends::<Completion>("completions", &events, "data: [DONE]\n\n").await
}

fn typed(events: Vec<Value>) -> Vec<(Option<&'static str>, Value)> {
    events.into_iter().map(|event| (None, event)).collect()
}

#[tokio::test]
async fn typed_events() -> TestResult {
    let response =
        |status: &str| json!({"id": "resp_1", "object": "response", "status": status, "output": [], "model": "m"});
    let events = vec![
        json!({"type": "response.created", "sequence_number": 0, "response": response("in_progress")}),
        json!({"type": "response.output_text.delta", "sequence_number": 1, "item_id": "i", "output_index": 0, "content_index": 0, "delta": "é\n"}),
        json!({"type": "response.completed", "sequence_number": 2, "response": response("completed")}),
    ];
    let named: Vec<_> = ["response.created", "response.output_text.delta", "response.completed"]
        .into_iter()
        .map(Some)
        .zip(events.clone())
        .collect();
    check_ends::<ResponseStreamEvent>("responses", &named, "").await?;
    check_ends::<ResponseStreamEvent>("responses without names", &typed(events), "").await?;
    let audio = |kind: &str, field: &str| json!({"type": kind, field: "QUJD"});
    let events =
        vec![audio("speech.audio.delta", "audio"), json!({"type": "speech.audio.done", "usage": {"total_tokens": 1}})];
    check_ends::<SpeechStreamEvent>("speech", &typed(events), "").await?;
    let events = vec![audio("transcript.text.delta", "delta"), audio("transcript.text.done", "text")];
    check_ends::<TranscriptionStreamEvent>("transcriptions", &typed(events), "").await?;
    let image = |kind: &str| json!({"type": kind, "b64_json": "QUJD", "partial_image_index": 0});
    let events = vec![image("image_generation.partial_image"), image("image_generation.completed")];
    check_ends::<ImageGenStreamEvent>("images", &typed(events), "").await?;
    let events = vec![image("image_edit.partial_image"), image("image_edit.completed")];
    check_ends::<ImageEditStreamEvent>("edits", &typed(events), "").await
}

#[cfg(feature = "beta")]
#[tokio::test]
async fn named_events() -> TestResult {
    let run = |status: &str| json!({"id": "run_1", "object": "thread.run", "status": status});
    let delta = json!({"id": "msg_1", "delta": {"content": [{"index": 0, "type": "text", "text": {"value": "a\n"}}]}});
    let mut text = sse(&[
        (Some("thread.run.created"), run("queued")),
        (Some("thread.message.delta"), delta),
        (Some("thread.run.completed"), run("completed")),
    ]);
    let cut = text.clone();
    text += "event: done\ndata: [DONE]\n\n";
    let told = check::<openai_ext::types::AssistantStreamEvent>("a run", &text, false).await?;
    assert_eq!((told.events.len(), told.error), (3, None));
    for (breaks, more) in
        [(false, ""), (true, ""), (false, "event: error\ndata: {\"code\":\"c\",\"message\":\"m\"}\n\n")]
    {
        let text = format!("{cut}{more}");
        let told = check::<openai_ext::types::AssistantStreamEvent>("a run", &text, breaks).await?;
        assert!(told.events.len() == 3 && told.error.is_some());
    }
    Ok(())
}

/// A session of an agent rests, and its `error` events are events.
#[cfg(feature = "agents")]
#[tokio::test]
async fn resting_streams() -> TestResult {
    use openai_ext::types::SessionEvent;
    let event = |kind: &str| json!({"type": kind, "id": "evt_1", "session_id": "s"});
    let error = json!({"type": "error", "id": "evt_1", "error": {"type": "t", "message": "m"}});
    let rests = [(None, event("agent.session.in_progress")), (None, error), (None, event("agent.session.idle"))];
    let told = check::<SessionEvent>("at rest", &sse(&rests), false).await?;
    assert_eq!((told.events.len(), told.error), (3, None));
    for breaks in [false, true] {
        let told = check::<SessionEvent>("at work", &sse(&rests[..2]), breaks).await?;
        assert!(told.events.len() == 2 && told.error.is_some());
    }
    Ok(())
}

/// A stream of the API that breaks: the event has the error in the API's own form and no credential.
#[tokio::test]
async fn an_error_event_has_no_secret() -> TestResult {
    const KEY: &str = "sk-hush-0123456789";
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key(KEY).max_retries(0).build()?;
    mock.on_request(|request| {
        let first = if request.path().ends_with("responses") {
            json!({"type": "response.created", "sequence_number": 41, "response": {"id": "r"}})
        } else {
            chunk(json!({"content": "a"}), Value::Null).1
        };
        let error = json!({"error": {"message": format!("{KEY} is wrong"), "code": KEY, "type": KEY, "param": KEY}});
        Some(Reply::events([Event::data(&first), Event::data(&error)]))
    });
    let chat = || client.chat().completions().create("m", [Message::user("Hi")]);
    let responses = || client.responses().create("m", "Hi");
    let all = [
        chat().stream().await?.to_sse(),
        chat().stream().await?.to_ndjson(),
        chat().stream_events().await?.to_sse(),
        responses().stream().await?.to_sse(),
        responses().stream_events().await?.to_ndjson(),
    ];
    for (at, encoded) in all.into_iter().enumerate() {
        let about = format!("{encoded:?}");
        let (text, has_error) = written(encoded).await?;
        assert!(has_error && text.contains("*** is wrong"), "{text}");
        assert!(!text.contains("hush") && !about.contains("hush"), "{text} {about}");
        let last = text.lines().rfind(|line| !line.is_empty()).unwrap_or_default().trim_start_matches("data: ");
        let last: Value = serde_json::from_str(last)?;
        if at < 3 {
            assert_eq!(last["error"]["message"], "*** is wrong");
            assert!(!text.contains("event: error"));
        } else {
            assert_eq!((&last["type"], &last["sequence_number"]), (&json!("error"), &json!(42)));
            assert_eq!(text.contains("event: error"), at == 3);
        }
    }
    Ok(())
}

/// Items of any bytes, errors of any type, and no runtime.
#[test]
fn sources() -> TestResult {
    struct Vecs(Vec<Vec<u8>>);
    impl Stream for Vecs {
        type Item = Result<Vec<u8>, Infallible>;
        fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
            Poll::Ready((!self.0.is_empty()).then(|| Ok(self.0.remove(0))))
        }
    }
    let text = sse(&[chunk(json!({"content": "a"}), json!("stop"))]);
    let poll = |mut stream: EventStream<ChatCompletionChunk>| {
        let mut count = 0;
        while let Poll::Ready(Some(event)) =
            Pin::new(&mut stream).poll_next(&mut Context::from_waker(std::task::Waker::noop()))
        {
            count += event.map_or(100, |_| 1);
        }
        count
    };
    assert_eq!(poll(EventStream::from_reader(Vecs(vec![text.clone().into_bytes()]))), 1);
    let bytes: &'static [u8] = b"{\"choices\":[]}\n";
    assert_eq!(poll(EventStream::from_reader(bytes)), 1);
    assert_eq!(poll(EventStream::from_reader(&b"\xef\xbb\xbf\n {\"choices\":[]}"[..])), 1);
    Ok(())
}
