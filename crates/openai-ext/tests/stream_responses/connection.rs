//! Streams over a connection to the mock, whole and cut.

use std::sync::atomic::{AtomicUsize, Ordering};

use openai_ext::prelude::*;
use openai_ext::stream::responses::{ResponseAccumulator, ResponseStream, ResponseUpdate};
use openai_ext::types::ResponseStatus;
use openai_ext::{ErrorKind, StatusCode};
use openai_mock::{Event, MockServer, Reply};
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
        Other Other Ended";
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
