//! Streams over a connection, from the mock.

use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionResponseFormat;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

use super::{TestResult, delta, finish, tell};

/// A mock, and a client of it that tries once.
async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

/// Has the mock answer every request with these chunks, and `[DONE]` if they are all.
fn answer(mock: &MockServer, chunks: &[Value], done: bool) {
    let events = chunks.iter().map(Event::data).chain(done.then(Event::done));
    let reply = Reply::events(events.collect::<Vec<_>>()).header("x-request-id", "req_1");
    mock.on_request(move |_| Some(reply.clone()));
}

#[tokio::test]
async fn events_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let chunks = [
        json!({"object": "thread.run", "choices": []}),
        delta(json!({"content": "Hel"})),
        delta(json!({"content": "lo"})),
        finish("stop"),
    ];
    answer(&mock, &chunks, true);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let mut stream = call.stream_events().await?;
    assert_eq!(stream.request_id(), Some("req_1"));
    assert!(stream.headers().contains_key("content-type"));
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        told.push(tell(&event?));
    }
    assert_eq!(told, ["chunk", "0+Hel", "chunk", "0+lo", "chunk", "0=Hello"]);
    assert_eq!(stream.snapshot().text(), "Hello");
    assert_eq!(stream.choice(0).map(|choice| choice.finish_reason.as_str()), Some("stop"));
    assert!(stream.next().await.is_none());
    assert_eq!(stream.final_completion().await?.text(), "Hello");
    assert_eq!(mock.requests()[0].json().map(|body| body["stream"].clone()), Some(json!(true)));
    Ok(())
}

#[tokio::test]
async fn last_words_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let other = json!({"choices": [{"index": 1, "delta": {"content": "other"}, "finish_reason": "stop"}]});
    let chunks = [
        delta(json!({"role": "assistant"})),
        delta(json!({"content": "Hel"})),
        other,
        delta(json!({"content": "lo"})),
        finish("length"),
    ];
    answer(&mock, &chunks, true);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let open = || call.clone().stream_events();

    assert_eq!(open().await?.final_content().await?, "Hello");
    assert_eq!(open().await?.final_completion().await?.choices.len(), 2);
    let mut text = open().await?.text_stream();
    let mut deltas = Vec::new();
    while let Some(delta) = text.next().await {
        deltas.push(delta?);
    }
    assert_eq!(deltas, ["Hel", "lo"]);
    assert_eq!(text.into_inner().snapshot().choices.len(), 2);

    // Text that was among the events of a chunk is not lost.
    let mut events = open().await?;
    while events.snapshot().text().is_empty() {
        events.next().await.transpose()?;
    }
    assert_eq!(events.text_stream().next().await.transpose()?.as_deref(), Some("Hel"));

    let mut closed = open().await?;
    closed.next().await.transpose()?;
    closed.close();
    assert!(closed.next().await.is_none());
    assert_eq!(closed.into_accumulator().snapshot().text(), "");
    // Closed before its end, or with all choices finished.
    for (finished, kind) in [(false, Some(ErrorKind::Truncated)), (true, None)] {
        let mut closed = open().await?;
        while finished && closed.choice(0).is_none_or(|choice| choice.finish_reason.as_str().is_empty()) {
            closed.next().await.transpose()?;
        }
        closed.close();
        assert_eq!(closed.final_completion().await.err().map(|error| error.kind()), kind);
    }

    // An answer in JSON is to be parsed, and then half of one is an error.
    for (format, kind) in [("text", None), ("json_object", Some(ErrorKind::LengthFinishReason))] {
        let format: ChatCompletionResponseFormat = serde_json::from_value(json!({"type": format}))?;
        let stream = call.clone().response_format(format).stream_events().await?;
        assert_eq!(stream.final_completion().await.err().map(|error| error.kind()), kind);
    }
    Ok(())
}

#[tokio::test]
async fn what_came_before_an_error_stays() -> TestResult {
    let (client, mock) = mocked().await?;
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = json!({"error": {"message": "overloaded", "code": "server_error"}});
    for (last, kind) in [
        (None, ErrorKind::Truncated),
        (Some(error), ErrorKind::Stream),
        (Some(json!({"choices": [{"index": 500, "delta": {}}]})), ErrorKind::Stream),
    ] {
        let chunks: Vec<Value> = [delta(json!({"content": "Hello"}))].into_iter().chain(last).collect();
        answer(&mock, &chunks, false);
        let mut stream = call.clone().stream_events().await?;
        let mut failure = None;
        while let Some(event) = stream.next().await {
            failure = event.err();
        }
        assert_eq!(failure.map(|error| error.kind()), Some(kind));
        assert_eq!(stream.snapshot().text(), "Hello");
        // The error was given, but the half is not the whole for that.
        let last = stream.final_completion().await.map_err(|error| error.kind());
        assert_eq!(last.map(drop), Err(ErrorKind::Truncated));

        let mut stream = call.clone().stream_events().await?;
        assert_eq!(stream.read_to_end().await.map_err(|error| error.kind()), Err(kind));
        assert_eq!(stream.snapshot().text(), "Hello");
        assert_eq!(call.clone().stream_events().await?.final_content().await.map_err(|error| error.kind()), Err(kind));
        let mut text = call.clone().stream_events().await?.text_stream();
        assert_eq!(text.next().await.transpose()?.as_deref(), Some("Hello"));
        assert_eq!(text.next().await.map(|text| text.map_err(|error| error.kind())), Some(Err(kind)));
        assert!(text.next().await.is_none());
    }
    mock.on_request(|_| Some(Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, "no")));
    assert_eq!(call.stream_events().await.map_err(|error| error.kind()).err(), Some(ErrorKind::BadRequest));
    Ok(())
}

#[tokio::test]
async fn completions_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let chunk = |text: &str, reason: Value| json!({"choices": [{"index": 0, "text": text, "finish_reason": reason}]});
    answer(&mock, &[chunk("Once", json!(null)), chunk(" upon", json!("stop"))], true);
    let call = client.completions().create("gpt-3.5-turbo-instruct", "Tell me a story");
    let mut stream = call.clone().stream_events().await?;
    assert_eq!(stream.request_id(), Some("req_1"));
    let mut names = Vec::new();
    while let Some(event) = stream.next().await {
        names.push(match event? {
            CompletionStreamEvent::Chunk(_) => "chunk",
            CompletionStreamEvent::TextDelta { .. } => "delta",
            CompletionStreamEvent::TextDone { .. } => "done",
            _ => "other",
        });
    }
    assert_eq!(names, ["chunk", "delta", "chunk", "delta", "done"]);
    assert_eq!(stream.final_completion().await?.choices[0].text, "Once upon");
    assert_eq!(call.clone().stream_events().await?.final_text().await?, "Once upon");
    let mut text = call.stream_events().await?.text_stream();
    assert_eq!(text.next().await.transpose()?.as_deref(), Some("Once"));
    assert_eq!(text.next().await.transpose()?.as_deref(), Some(" upon"));
    assert!(text.next().await.is_none());
    Ok(())
}

/// A stream can be held by a task of another thread.
#[test]
fn streams_can_be_sent() {
    fn check<T: Send + Unpin>() {}
    check::<openai_ext::ChatCompletionStream>();
    check::<openai_ext::CompletionStream>();
    fn check_future(_: impl Send) {}
    let _ = |call: openai_ext::resources::chat::completions::Create| check_future(call.stream_events());
}
