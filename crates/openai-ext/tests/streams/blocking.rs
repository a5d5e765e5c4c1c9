//! Streams put together on a thread without an async runtime.
#![cfg(all(
    feature = "blocking",
    feature = "chat",
    feature = "completions",
    feature = "responses",
    feature = "beta",
    feature = "audio",
    feature = "images"
))]

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::responses::{ResponseAccumulator, ResponseStream};
use openai_ext::{BlockingStream, ErrorKind};
use openai_ext_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn Error>>;

/// A mock and a client of it.
fn mocked() -> Result<(Client, MockServer), Box<dyn Error>> {
    let mock = MockServer::builder().stateless().start().wait()?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

fn answer(mock: &MockServer, events: &[Value], done: bool) {
    let events: Vec<Event> = events.iter().map(Event::typed).chain(done.then(Event::done)).collect();
    mock.on_request(move |_| Some(Reply::events(events.clone()).header("x-request-id", "req_1")));
}

fn kind<T>(result: openai_ext::Result<T>) -> Option<ErrorKind> {
    result.err().map(|error| error.kind())
}

#[test]
fn a_chat() -> TestResult {
    let (client, mock) = mocked()?;
    let chunk = |text: &str, reason: Value| json!({"choices": [{"index": 0, "delta": {"content": text}, "finish_reason": reason}]});
    let chunks = [chunk("Hel", json!(null)), chunk("lo", json!("stop"))];
    answer(&mock, &chunks, true);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let open = || call.clone().stream_events().wait();

    let mut events = open()?.blocking();
    assert_eq!(events.request_id(), Some("req_1"));
    let mut text = String::new();
    for event in &mut events {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
            text.push_str(&delta);
        }
    }
    assert_eq!((text.as_str(), events.snapshot().text()), ("Hello", "Hello"));
    assert_eq!(events.into_inner().final_completion().wait()?.text(), "Hello");
    assert_eq!(open()?.final_content().wait()?, "Hello");
    let mut texts = open()?.text_stream().blocking();
    assert_eq!(texts.by_ref().collect::<Result<Vec<_>, _>>()?, ["Hel", "lo"]);
    assert_eq!(texts.get_ref().snapshot().text(), "Hello");
    // A stream that was opened otherwise.
    let stream = openai_ext::ChatCompletionStream::new(call.clone().stream().wait()?);
    assert_eq!(stream.blocking().count(), 5);

    let mut closed = open()?.blocking();
    closed.next().transpose()?;
    closed.close();
    assert!(closed.next().is_none());
    assert_eq!(kind(closed.into_inner().final_completion().wait()), Some(ErrorKind::Truncated));

    answer(&mock, &chunks[..1], false);
    let mut broken = open()?.blocking();
    let failures: Vec<ErrorKind> = broken.by_ref().filter_map(kind).collect();
    assert_eq!(failures, [ErrorKind::Truncated]);
    assert_eq!(broken.snapshot().text(), "Hel");
    let mut broken = open()?;
    assert_eq!(kind(broken.read_to_end().wait()), Some(ErrorKind::Truncated));
    assert_eq!(broken.into_accumulator().snapshot().text(), "Hel");
    Ok(())
}

#[test]
fn a_response_that_goes_on_after_a_cut() -> TestResult {
    let (client, mock) = mocked()?;
    let response = |status: &str, text: &str| {
        json!({"id": "resp_1", "status": status, "output": [{"type": "message", "id": "msg_1",
        "role": "assistant", "status": "completed", "content": [{"type": "output_text", "text": text, "annotations": []}]}]})
    };
    let story = [
        json!({"type": "response.created", "sequence_number": 0, "response": {"id": "resp_1", "status": "in_progress", "output": []}}),
        json!({"type": "response.output_text.delta", "sequence_number": 1, "item_id": "msg_1", "output_index": 0, "content_index": 0, "delta": "Hello"}),
        json!({"type": "response.completed", "sequence_number": 2, "response": response("completed", "Hello")}),
    ];
    answer(&mock, &story[..2], false);
    let mut events = client.responses().create("gpt-5.5", "Hi").background(true).stream_events().wait()?.blocking();
    assert_eq!(events.by_ref().filter_map(kind).collect::<Vec<_>>(), [ErrorKind::Truncated]);
    let stored = events.into_inner().into_accumulator();

    answer(&mock, &story, false);
    let mut events = client.responses().create("gpt-5.5", "Hi").stream_events().wait()?.blocking();
    events.next().transpose()?;
    events.reconnect().wait()?;
    let rest: Vec<_> = events.by_ref().collect::<Result<_, _>>()?;
    assert_eq!(rest.iter().filter_map(|event| event.sequence_number()).collect::<Vec<_>>(), [1, 2]);
    assert_eq!(events.into_inner().final_response().wait()?.output_text(), "Hello");

    assert_eq!(stored.clone().resume(&client).wait()?.final_response().wait()?.output_text(), "Hello");
    assert_eq!(ResponseStream::resume(&client, "resp_1", 1).wait()?.blocking().count(), 1);
    assert_eq!(kind(ResponseAccumulator::default().resume(&client).wait()), Some(ErrorKind::InvalidRequest));
    let texts = client.responses().retrieve("resp_1").stream_events().wait()?.text_stream().blocking();
    assert_eq!(texts.collect::<Result<String, _>>()?, "Hello");
    Ok(())
}

#[test]
fn all_others_from_the_mock() -> TestResult {
    let (client, mock) = mocked()?;
    let completion = || client.completions().create("gpt-3.5-turbo-instruct", "Once upon a time");
    assert!(!completion().stream_events().wait()?.final_text().wait()?.is_empty());
    let mut texts = completion().stream_events().wait()?.text_stream().blocking();
    let text: String = texts.by_ref().collect::<Result<_, _>>()?;
    assert!(!text.is_empty());
    assert_eq!(texts.get_ref().snapshot().choices[0].text, text);
    assert!(!completion().stream_events().wait()?.final_completion().wait()?.choices.is_empty());

    let run = || client.beta().threads().runs().create("thread_1", "asst_1");
    let mut events = run().stream_events().wait()?.blocking();
    assert!(events.by_ref().all(|event| event.is_ok()) && events.run().is_some());
    let id = events.run().map(|run| run.id.clone());
    assert_eq!(Some(events.into_inner().final_run().wait()?.id), id);
    let messages = run().stream_events().wait()?.final_messages().wait()?;
    let steps = run().stream_events().wait()?.final_run_steps().wait()?;
    let text: String = run().stream_events().wait()?.text_stream().blocking().collect::<Result<_, _>>()?;
    assert!(!messages.is_empty() && !steps.is_empty() && !text.is_empty());

    let sound = || InputFile::from_bytes("RIFF").name("speech.wav");
    let call = client.audio().transcriptions().create(sound(), "gpt-4o-transcribe");
    let mut events = call.clone().stream_events().wait()?.blocking();
    assert!(events.by_ref().all(|event| event.is_ok()) && events.snapshot().is_done);
    assert!(!call.stream_events().wait()?.final_transcription().wait()?.text.is_empty());

    let call = client.audio().speech().create("Hello", "gpt-4o-mini-tts", "alloy");
    let mut audio = call.clone().stream_audio().wait()?.blocking();
    let bytes = audio.by_ref().collect::<Result<Vec<_>, _>>()?.concat();
    assert!(!bytes.is_empty() && audio.snapshot().audio() == bytes);
    assert!(call.stream_audio().wait()?.final_speech().wait()?.is_done());

    let call = client.images().generate("A lighthouse").partial_images(2);
    let mut events = call.stream_events().wait()?.blocking();
    assert!(events.by_ref().all(|event| event.is_ok()));
    assert_eq!(events.snapshot().partial_images().len(), 2);
    let call = client.images().edit(InputFile::from_bytes("PNG").name("a.png"), "Brighter");
    assert!(call.stream_events().wait()?.final_images().wait()?.usage.is_some());
    assert_eq!(mock.requests().len(), 13);
    Ok(())
}

/// A runtime would stand still: nothing is sent from within, and nothing is read.
#[tokio::test]
async fn within_a_runtime_it_is_an_error() -> TestResult {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").build()?;
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    assert_eq!(kind(call.clone().stream_events().wait()), Some(ErrorKind::Config));
    assert!(mock.requests().is_empty());

    let mut events = BlockingStream::new(call.clone().stream_events().await?);
    assert_eq!(events.next().and_then(kind), Some(ErrorKind::Config));
    assert!(events.next().is_none());
    assert_eq!(kind(events.read_to_end().wait()), Some(ErrorKind::Config));
    // The stream itself is as it was.
    assert!(!events.into_inner().final_content().await?.is_empty());
    let events = BlockingStream::new(call.stream_events().await?);
    assert_eq!(kind(events.into_inner().final_completion().wait()), Some(ErrorKind::Config));
    Ok(())
}
