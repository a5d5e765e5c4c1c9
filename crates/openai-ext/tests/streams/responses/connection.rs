//! Streams over a connection to the mock, whole and cut.

use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::prelude::*;
use openai_ext::responses::{ResponseAccumulator, ResponseStream, ResponseUpdate};
use openai_ext::types::ResponseStatus;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

use super::Result;

#[tokio::test]
async fn events_and_what_they_come_to() -> Result {
    let (client, _mock) = mocked(|_| Some(events(&story()))).await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").stream_events().await?;
    assert_eq!(stream.headers()["content-type"], "text/event-stream; charset=utf-8");
    assert_eq!(stream.request_id(), Some("req_1"));
    assert!(stream.snapshot().is_none() && stream.output_text().is_empty());
    let (mut said, mut calls, mut items) = (String::new(), Vec::new(), Vec::new());
    while let Some(event) = stream.next().await {
        let event = event?;
        match event.update() {
            ResponseUpdate::TextDelta(position, text) => {
                assert_eq!((position.item_id, position.output_index, position.part_index), ("msg_1", 0, 0));
                said.push_str(text);
                assert_eq!(stream.output_text(), said);
            }
            ResponseUpdate::FunctionArgumentsDelta(call) => calls.push(format!("{}+{}", call.name, call.arguments)),
            ResponseUpdate::FunctionArgumentsDone(call) => {
                calls.push(format!("{} {} {}", call.name, call.call_id, call.arguments));
            }
            ResponseUpdate::ItemDone(position, _) => items.push(position.output_index),
            ResponseUpdate::Ended(response) => assert_eq!(response.status, Some(ResponseStatus::Completed)),
            _ => {}
        }
        assert_eq!(stream.sequence_number(), event.sequence_number());
    }
    assert_eq!(said, "Hello");
    assert_eq!(calls, ["look+{}", "look call_1 {}"]);
    assert_eq!(items, [0]);
    let response = stream.final_response().await?;
    assert_eq!(response.output_text(), "Hello");
    assert_eq!(response.function_calls()[0].call_id, "call_1");
    Ok(())
}

/// The view of each event of the table of rules.
#[tokio::test]
async fn each_event_has_its_view() -> Result {
    let table = super::table::table();
    let mut sent = vec![json!({"type": "response.created", "response": {"id": "resp_1"}})];
    for (name, mut event, _) in table.clone() {
        event["type"] = json!(format!("response.{name}"));
        event["item_id"] = json!(name);
        sent.push(event);
    }
    sent.push(json!({"type": "response.completed", "response": {"id": "resp_1"}}));
    let (client, _mock) = mocked(move |_| Some(events(&sent))).await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").stream_events().await?;
    let mut views = Vec::new();
    while let Some(event) = stream.next().await {
        let view = format!("{:?}", event?.update());
        views.push(view.split(['(', ' ']).next().unwrap_or_default().to_owned());
    }
    let expected = "Started TextDelta TextDone Annotation RefusalDelta RefusalDone PartAdded PartDone ReasoningDelta \
        ReasoningDone SummaryDelta SummaryDone PartAdded PartDone FunctionArgumentsDelta FunctionArgumentsDone \
        CustomInputDelta CustomInputDone McpArgumentsDelta McpArgumentsDone Status Status Status CodeDelta CodeDone \
        Status Status Status Status Status Status Status Status Status Status Status Status PartialImage Other Other \
        Other CommandDelta CommandDelta CommandDone Other Other Other Other AudioDelta Other AudioTranscriptDelta \
        Other Other Other Ended";
    assert_eq!(views, expected.split_whitespace().collect::<Vec<_>>());
    Ok(())
}

#[tokio::test]
async fn the_final_response_alone_and_the_text_alone() -> Result {
    let (client, mock) = mocked(|_| Some(events(&story()))).await?;
    let call = client.responses().create("gpt-5.5", "Hi");
    let response = call.clone().stream_events().await?.final_response().await?;
    assert_eq!(response.output_text(), "Hello");
    let mut texts = call.stream_events().await?.text_stream();
    let mut pieces = Vec::new();
    while let Some(text) = texts.next().await {
        pieces.push(text?);
    }
    assert_eq!(pieces, ["Hel", "lo"]);
    assert_eq!(texts.into_inner().output_text(), "Hello");
    assert!(mock.requests().iter().all(|request| request.json().is_some_and(|body| body["stream"] == true)));
    Ok(())
}

/// The mock's own stream, made from the document.
#[tokio::test]
async fn what_the_mock_sends() -> Result {
    let (client, _mock) = mocked(|_| None).await?;
    let response = client.responses().create("gpt-5.5", "Hi").stream_events().await?.final_response().await?;
    assert!(!response.output_text().is_empty());
    Ok(())
}

#[tokio::test]
async fn a_response_that_failed_is_no_error() -> Result {
    for (kind, status) in [("failed", ResponseStatus::Failed), ("incomplete", ResponseStatus::Incomplete)] {
        let last = json!({"type": format!("response.{kind}"), "sequence_number": 9,
            "response": {"id": "resp_1", "status": kind, "output": []}});
        let (client, _mock) =
            mocked(move |_| Some(events(&[&story()[..4], std::slice::from_ref(&last)].concat()))).await?;
        let response = client.responses().create("gpt-5.5", "Hi").stream_events().await?.final_response().await?;
        assert_eq!(response.status, Some(status));
        assert_eq!(response.output_text(), "Hello");
    }
    Ok(())
}

#[tokio::test]
async fn the_snapshot_outlives_an_error() -> Result {
    let error = json!({"type": "error", "code": "server_error", "message": "Oh no", "param": null});
    for (last, kind) in [(Some(error), ErrorKind::Stream), (None, ErrorKind::Truncated)] {
        let (client, _mock) = mocked(move |_| Some(events(&[&story()[..4], last.as_slice()].concat()))).await?;
        let mut stream = client.responses().create("gpt-5.5", "Hi").stream_events().await?;
        let error = loop {
            match stream.next().await {
                Some(Ok(_)) => {}
                Some(Err(error)) => break error,
                None => return Err("no error".into()),
            }
        };
        assert_eq!(error.kind(), kind);
        assert!(stream.next().await.is_none());
        assert_eq!(stream.output_text(), "Hello");
        // What broke off is not given as if it were whole.
        let error = stream.final_response().await.err().ok_or("no error")?;
        assert_eq!(error.kind(), ErrorKind::Truncated);
    }
    Ok(())
}

#[tokio::test]
async fn a_stream_that_is_closed_has_no_more_events() -> Result {
    let (client, _mock) = mocked(|_| Some(events(&story()))).await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").stream_events().await?;
    stream.next().await.ok_or("an event")??;
    stream.close();
    assert!(stream.next().await.is_none());
    assert!(stream.snapshot().is_some());
    assert_eq!(stream.final_response().await.err().map(|error| error.kind()), Some(ErrorKind::Truncated));
    Ok(())
}

/// The server cuts the stream twice, and sends two events again each time.
#[tokio::test]
async fn a_cut_stream_goes_on() -> Result {
    let (client, mock) = mocked(cut()).await?;
    let call = client.responses().create("gpt-5.5", "Hi").background(true);
    let mut stream = call.stream_events().await?;
    let (mut numbers, mut cuts) = (Vec::new(), 0);
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => numbers.extend(event.sequence_number()),
            Err(error) if error.is_retryable() && cuts < 5 => {
                cuts += 1;
                stream.reconnect().await?;
            }
            Err(error) => return Err(error.into()),
        }
    }
    assert_eq!((numbers, cuts), ((0..story().len() as i64).collect(), 2));
    let response = stream.final_response().await?;
    assert_eq!(response.output_text(), "Hello");
    assert_eq!(response.function_calls()[0].arguments, "{}");
    let resumed: Vec<String> = mock.requests()[1..].iter().map(|request| format!("{:?}", request.query())).collect();
    assert_eq!(resumed.len(), 2);
    assert!(resumed.iter().all(|query| query.contains("starting_after") && query.contains("stream")), "{resumed:?}");
    Ok(())
}

/// What was set for the first call holds for those that go on with it, but not what is of its body.
#[tokio::test]
async fn a_cut_stream_goes_on_with_the_options_of_its_call() -> Result {
    let (client, mock) = mocked(|request| match request {
        0 => Some(events(&story()[..3])),
        // The client does not try again, but the call does.
        1 | 2 => Some(Reply::empty(StatusCode::SERVICE_UNAVAILABLE).header("retry-after-ms", "1")),
        3 => Some(events(&story()[3..5])),
        _ => Some(events(&story()[5..])),
    })
    .await?;
    let call = client.responses().create("gpt-5.5", "Hi").background(true);
    let call = call.with_header("x-team", "a").with_header("user-agent", None).with_query("tag", "b");
    let call = call.with_max_retries(2).with_idempotency_key("key").with_body_field("extra", 1);
    let mut stream = call.stream_events().await?;
    for _ in 0..2 {
        while let Some(Ok(_)) = stream.next().await {}
        stream.reconnect().await?;
    }
    assert_eq!(stream.final_response().await?.output_text(), "Hello");

    let requests = mock.requests();
    assert_eq!(requests.len(), 5);
    assert_eq!(requests[0].header("idempotency-key"), Some("key"));
    for (request, after) in requests[1..].iter().zip(["2", "2", "2", "4"]) {
        assert_eq!((request.path(), request.header("x-team")), ("/v1/responses/resp_1", Some("a")));
        assert!(request.header("user-agent").is_none());
        assert!(request.header("idempotency-key").is_none() && request.body().is_empty());
        let query = format!("{:?}", request.query());
        assert!(query.contains("tag") && query.matches("starting_after").count() == 1, "{query}");
        assert!(query.contains(&format!("{after:?}")), "{query}");
    }

    // A stream that was retrieved goes on with what was asked for, from where it is by now.
    let (client, mock) = mocked(|request| Some(events(&story()[if request == 0 { 0..4 } else { 4..9 }]))).await?;
    let call = client.responses().retrieve("resp_1").starting_after(-1).include_obfuscation(false);
    let mut stream = call.stream_events().await?;
    while let Some(Ok(_)) = stream.next().await {}
    stream.reconnect().await?;
    assert_eq!(stream.final_response().await?.output_text(), "Hello");
    let query = format!("{:?}", mock.requests()[1].query());
    assert!(query.contains("include_obfuscation") && query.contains("\"3\"") && !query.contains("-1"), "{query}");
    Ok(())
}

/// To close is no end: what is missing can be had later. But of what is complete nothing is.
#[tokio::test]
async fn a_closed_stream_goes_on() -> Result {
    let (client, mock) = mocked(|request| match request {
        1 => Some(Reply::empty(StatusCode::NOT_FOUND)),
        _ => Some(events(&story())),
    })
    .await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").background(true).stream_events().await?;
    for _ in 0..3 {
        stream.next().await.ok_or("an event")??;
    }
    stream.close();
    assert!(stream.next().await.is_none());
    // What can't be had now leaves the stream as it was.
    assert_eq!(stream.reconnect().await.err().map(|error| error.kind()), Some(ErrorKind::NotFound));
    assert!(stream.next().await.is_none());
    assert_eq!(stream.output_text(), "Hel");

    stream.reconnect().await?;
    let mut numbers = Vec::new();
    while let Some(event) = stream.next().await {
        numbers.extend(event?.sequence_number());
    }
    assert_eq!(numbers, (3..story().len() as i64).collect::<Vec<_>>());
    assert_eq!(mock.requests().len(), 3);

    stream.reconnect().await?;
    assert!(stream.next().await.is_none());
    stream.close();
    assert_eq!(mock.requests().len(), 3);
    assert_eq!(stream.final_response().await?.output_text(), "Hello");
    Ok(())
}

/// The rest of a response that was complete is empty, and no error.
#[tokio::test]
async fn a_stored_stream_that_was_complete() -> Result {
    let mut accumulator = ResponseAccumulator::default();
    for event in story() {
        accumulator.push(&serde_json::from_value(event)?)?;
    }
    let (client, _mock) = mocked(|_| Some(events(&[]))).await?;
    let mut stream = accumulator.clone().resume(&client).await?;
    assert!(stream.next().await.is_none());
    assert_eq!(stream.final_response().await?.output_text(), "Hello");
    assert_eq!(accumulator.resume(&client).await?.final_response().await?.output_text(), "Hello");
    Ok(())
}

/// The state of a cut stream is stored, and another program goes on from it.
#[tokio::test]
async fn a_stored_stream_goes_on() -> Result {
    let (client, _mock) = mocked(cut()).await?;
    let mut stream = client.responses().create("gpt-5.5", "Hi").background(true).stream_events().await?;
    while let Some(Ok(_)) = stream.next().await {}
    let mut stored = serde_json::to_string(&stream.into_accumulator())?;
    let response = loop {
        let accumulator: ResponseAccumulator = serde_json::from_str(&stored)?;
        let mut stream = accumulator.resume(&client).await?;
        while let Some(Ok(_)) = stream.next().await {}
        let accumulator = stream.into_accumulator();
        if accumulator.is_complete() {
            break accumulator.finish()?;
        }
        stored = serde_json::to_string(&accumulator)?;
    };
    assert_eq!(response.output_text(), "Hello");
    Ok(())
}

/// By id and number alone: old events are dropped though the server sends them.
#[tokio::test]
async fn by_id_and_number() -> Result {
    let (client, mock) = mocked(|_| Some(events(&story()))).await?;
    let mut stream = ResponseStream::resume(&client, "resp_1", 2).await?;
    let mut numbers = Vec::new();
    while let Some(event) = stream.next().await {
        numbers.extend(event?.sequence_number());
    }
    assert_eq!(numbers, (3..story().len() as i64).collect::<Vec<_>>());
    assert_eq!(mock.requests()[0].path(), "/v1/responses/resp_1");
    // The last event has the whole response, whatever was missed.
    assert_eq!(stream.final_response().await?.output_text(), "Hello");

    let stream = client.responses().retrieve("resp_1").starting_after(2).stream_events().await?;
    assert_eq!(stream.final_response().await?.output_text(), "Hello");

    // Cut before any event: what it was resumed from is known still.
    let (client, mock) = mocked(|request| Some(events(&story()[..if request == 0 { 0 } else { 9 }]))).await?;
    let mut stream = ResponseStream::resume(&client, "resp_1", 2).await?;
    assert!(stream.next().await.is_some_and(|event| event.is_err()));
    stream.reconnect().await?;
    assert_eq!(stream.final_response().await?.output_text(), "Hello");
    assert_eq!(mock.requests()[1].query(), mock.requests()[0].query());
    Ok(())
}

#[tokio::test]
async fn nothing_to_go_on_from() -> Result {
    let (client, _mock) = mocked(|_| Some(Reply::empty(StatusCode::NOT_FOUND))).await?;
    let error = ResponseAccumulator::default().resume(&client).await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::InvalidRequest);
    let error = ResponseStream::resume(&client, "resp_1", 1).await.err().ok_or("no error")?;
    assert_eq!(error.kind(), ErrorKind::NotFound);
    Ok(())
}

/// A response with a text and a call of a function.
fn story() -> Vec<Value> {
    let message = |status: &str, content: Value| json!({"type": "message", "id": "msg_1", "role": "assistant", "status": status, "content": content});
    let call = |arguments: &str| json!({"type": "function_call", "id": "fc_1", "call_id": "call_1", "name": "look", "arguments": arguments, "status": "in_progress"});
    let hello = json!([{"type": "output_text", "text": "Hello", "annotations": []}]);
    let mut events = vec![
        json!({"type": "response.created", "response": {"id": "resp_1", "status": "in_progress", "output": []}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": message("in_progress", json!([]))}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "Hel"}),
        json!({"type": "response.output_text.delta", "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "lo"}),
        json!({"type": "response.output_item.done", "output_index": 0, "item": message("completed", hello.clone())}),
        json!({"type": "response.output_item.added", "output_index": 1, "item": call("")}),
        json!({"type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 1, "delta": "{}"}),
        json!({"type": "response.function_call_arguments.done", "item_id": "fc_1", "output_index": 1, "name": "look", "arguments": "{}"}),
        json!({"type": "response.completed", "response": {
            "id": "resp_1", "status": "completed", "output": [message("completed", hello), call("{}")]}}),
    ];
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = json!(number);
    }
    events
}

/// Three events a connection, of which two were sent before.
fn cut() -> impl Fn(usize) -> Option<Reply> + Send + Sync + 'static {
    |connection| {
        let story = story();
        let (from, to) = [(0, 3), (1, 6), (4, story.len())].get(connection).copied()?;
        Some(events(story.get(from..to)?))
    }
}

fn events(events: &[Value]) -> Reply {
    Reply::events(events.iter().map(Event::typed)).header("x-request-id", "req_1")
}

/// A client of a mock that answers by the number of the request.
async fn mocked(script: impl Fn(usize) -> Option<Reply> + Send + Sync + 'static) -> Result<(Client, MockServer)> {
    let mock = MockServer::start().await?;
    let count = AtomicUsize::new(0);
    mock.on_request(move |_| script(count.fetch_add(1, Ordering::Relaxed)));
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}
