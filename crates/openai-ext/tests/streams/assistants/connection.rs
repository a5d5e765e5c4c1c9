//! Runs over a connection: the events, the final objects, and what goes wrong.

use openai_ext::assistants::AssistantStream;
use openai_ext::prelude::*;
use openai_ext::types::RunToolOutput;
use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::json;

use super::{calls_delta, done, play, step_created, text_delta, word};

async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::builder().stateless().start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

#[tokio::test]
async fn over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    let threads = client.beta().threads();

    let mut events = threads.create_and_run("asst_1").stream_events().await?;
    assert!(events.request_id().is_some() && events.headers().contains_key("content-type"));
    let mut text = String::new();
    let mut words = Vec::new();
    while let Some(event) = events.next().await {
        let event = event?;
        text.push_str(event.text_delta().unwrap_or_default());
        words.push(word(&event));
    }
    assert_eq!(text, events.accumulator().text());
    assert!(!text.is_empty());
    assert!(words[0].starts_with("thread ") && words.last().is_some_and(|word| word == "end"), "{words:?}");
    assert!(events.next().await.is_none());
    assert!(events.thread().is_some());

    let run = threads.runs().create("thread_1", "asst_1").stream_events().await?.final_run().await?;
    assert_eq!(run.status.as_str(), "completed");
    let messages = threads.runs().create("thread_1", "asst_1").stream_events().await?.final_messages().await?;
    assert_eq!(messages.len(), 1);
    let outputs = [RunToolOutput::new("call_1", "12")];
    let call = threads.runs().submit_tool_outputs("thread_1", "run_1", outputs);
    assert_eq!(call.stream_events().await?.final_run_steps().await?.len(), 1);

    let mut deltas = threads.runs().create("thread_1", "asst_1").stream_events().await?.text_stream();
    let mut text = String::new();
    while let Some(delta) = deltas.next().await {
        text.push_str(&delta?);
    }
    assert_eq!(text, deltas.get_ref().accumulator().text());
    assert_eq!(mock.requests().len(), 5);
    assert!(mock.requests().iter().all(|request| request.json().is_some_and(|body| body["stream"] == true)));
    Ok(())
}

#[tokio::test]
async fn a_run_that_goes_on_in_another_stream() -> Result<(), Box<dyn std::error::Error>> {
    let (client, _mock) = mocked().await?;
    let runs = client.beta().threads().runs();
    let mut first = runs.create("thread_1", "asst_1").stream_events().await?;
    while let Some(event) = first.next().await {
        event?;
    }
    let call = runs.submit_tool_outputs("thread_1", "run_1", [RunToolOutput::new("call_1", "12")]);
    let second = AssistantStream::resume(first.into_accumulator(), call.stream().await?);
    assert_eq!(second.messages().len(), 1);
    // They can go to another task.
    let messages = tokio::spawn(second.final_messages()).await??;
    assert!(!messages.is_empty());
    Ok(())
}

/// The events and the objects are those of an accumulator that is given the same.
#[tokio::test]
async fn events_mean_the_same_over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    let call =
        |function: serde_json::Value| calls_delta(json!([{"index": 0, "type": "function", "function": function}]));
    let mut script = vec![
        ("thread.run.created", json!({"status": "queued"})),
        text_delta(0, "Hel"),
        text_delta(0, "lo"),
        step_created(),
        call(json!({"name": "sun", "arguments": "{"})),
        call(json!({"arguments": "}"})),
        ("thread.run.dreaming", json!({"status": "dreaming"})),
        ("thread.run.requires_action", json!({"status": "requires_action"})),
    ];
    let id = |name: &str| ["step", "message"].into_iter().find(|part| name.contains(part)).unwrap_or("run").to_owned();
    script.iter_mut().for_each(|(name, data)| data["id"] = json!(id(name)));
    let events: Vec<_> = script.iter().map(|(name, data)| Event::named(name, data)).chain([Event::done()]).collect();
    mock.on_request(move |_| Some(Reply::events(events.clone())));
    script.push(done());
    let (accumulator, expected) = play(&script);

    let mut stream = client.beta().threads().runs().create("thread_1", "asst_1").stream_events().await?;
    let mut words = Vec::new();
    while let Some(event) = stream.next().await {
        words.push(word(&event?));
    }
    assert_eq!(words, expected);
    assert_eq!(*stream.accumulator(), accumulator);
    assert_eq!((accumulator.text().as_str(), accumulator.run_steps().len()), ("Hello", 1));
    Ok(())
}

#[tokio::test]
async fn what_goes_wrong_over_a_connection() -> Result<(), Box<dyn std::error::Error>> {
    let (client, mock) = mocked().await?;
    let delta = json!({"id": "msg_1", "delta": {"content": [{"index": 0, "type": "text", "text": {"value": "Hel"}}]}});
    mock.on_request(move |request| {
        let delta = Event::named("thread.message.delta", &delta);
        Some(match request.parameter("thread_id")? {
            "error" => Reply::events([
                delta,
                Event::named("error", &json!({"message": "Slow down", "code": "rate_limit_exceeded"})),
                Event::done(),
            ]),
            "cut" => Reply::events([delta]),
            "empty" => Reply::events([Event::done()]),
            // A brace too many, as two examples of the document have it.
            "broken" => {
                let text = "event: thread.run.created\ndata: {\"id\":\"run_1\"}}\n\nevent: done\ndata: [DONE]\n\n";
                Reply::bytes(StatusCode::OK, "text/event-stream", text)
            }
            _ => Reply::error(StatusCode::NOT_FOUND, "invalid_request_error", None, "No such thread"),
        })
    });
    let runs = client.beta().threads().runs();

    let mut events = runs.create("error", "asst_1").stream_events().await?;
    let mut words = Vec::new();
    let error = loop {
        match events.next().await.ok_or("there is an error")? {
            Ok(event) => words.push(word(&event)),
            Err(error) => break error,
        }
    };
    assert_eq!((error.kind(), error.code()), (ErrorKind::Stream, Some("rate_limit_exceeded")));
    assert_eq!(words, ["message.delta 0", "text.created 0.0", "text.delta 0.0 Hel"]);
    assert!(events.next().await.is_none());
    assert_eq!(events.messages().len(), 1);

    let cut = runs.create("cut", "asst_1").stream_events().await?.final_messages().await;
    assert_eq!(cut.map_err(|error| error.kind()), Err(ErrorKind::Truncated));
    let empty = runs.create("empty", "asst_1").stream_events().await?.final_run().await;
    assert_eq!(empty.map(drop).map_err(|error| error.kind()), Err(ErrorKind::Truncated));
    let broken = runs.create("broken", "asst_1").stream_events().await?.final_run().await;
    assert_eq!(broken.map(drop).map_err(|error| error.kind()), Err(ErrorKind::Decode));
    let missing = runs.create("none", "asst_1").stream_events().await;
    assert_eq!(missing.map(drop).map_err(|error| error.kind()), Err(ErrorKind::NotFound));

    let mut closed = runs.create("cut", "asst_1").stream_events().await?;
    closed.close();
    assert!(closed.next().await.is_none());
    Ok(())
}
