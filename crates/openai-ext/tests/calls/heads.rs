//! The head of a response: status, headers, request id and rate limits, of each way to send a call.

use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::{
    HeaderMap, Operation, RateLimit, Request, ResponseHead, Result, StatusCode, Streams, Value, WithHead,
};
use openai_ext_mock::{MockServer, Reply, Turn};
use serde::{Deserialize, Serialize};
use serde_json::json;

type TestResult = std::result::Result<(), Box<dyn std::error::Error>>;

#[derive(Debug, Deserialize, Serialize, JsonSchema, PartialEq)]
struct City {
    city: String,
}

async fn scene() -> std::result::Result<(MockServer, Client), Box<dyn std::error::Error>> {
    let mock = MockServer::builder().rate_limit(100, Duration::from_secs(60)).start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((mock, client))
}

/// Checks a head, and returns its request id.
fn known(head: &ResponseHead) -> String {
    assert_eq!(head.status(), StatusCode::OK);
    assert_eq!(head.attempts(), 1);
    assert_eq!(head.rate_limit().limit_requests, Some(100), "{:?}", head.headers());
    head.request_id().expect("each response has an id").to_owned()
}

#[tokio::test]
async fn a_value_comes_with_its_head() -> TestResult {
    let (_mock, client) = scene().await?;
    let chat = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let reply = chat.clone().send_with_head().await?;
    // The value's own methods and fields are at hand, beside those of the head.
    assert!(!reply.text().is_empty());
    assert!(!reply.model.is_empty());
    assert_eq!(reply.status(), 200);
    assert!(reply.headers().contains_key("x-request-id"));
    assert_eq!(Some(&*known(reply.head())), reply.request_id());
    assert!(reply.rate_limit().remaining_requests.is_some());
    let id = reply.id.clone();
    let (head, completion) = reply.into_parts();
    assert_eq!((known(&head).is_empty(), completion.id), (false, id));

    // Where the value has a field of the same name, the call is the head's.
    let response = client.responses().create("gpt-5.5", "Hi").send_with_head().await?;
    assert_eq!(response.status(), 200);
    assert!(response.status.is_some());
    let text: WithHead<String> = response.map(|response| response.output_text().to_string());
    assert!(!text.value().is_empty() && !text.into_value().is_empty());

    let speech = client.audio().speech().create("Hi", "tts-1", "alloy").send_with_head().await?;
    assert!(!speech.is_empty());
    known(speech.head());
    Ok(())
}

#[tokio::test]
async fn errors_are_those_of_send() -> TestResult {
    let (mock, client) = scene().await?;
    for reply in [
        Reply::json(StatusCode::NOT_FOUND, &json!({"error": {"message": "no"}})),
        Reply::json(StatusCode::OK, &json!([])),
    ] {
        mock.on("createChatCompletion").sequence([reply.clone(), reply])?;
        let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
        let (plain, headed) = (call.clone().send().await.unwrap_err(), call.send_with_head().await.unwrap_err());
        assert_eq!((plain.kind(), plain.status()), (headed.kind(), headed.status()));
    }
    Ok(())
}

#[tokio::test]
async fn pages_parsed_values_and_polls_have_heads() -> TestResult {
    let (mock, client) = scene().await?;
    let mut ids = Vec::new();
    for text in ["a", "b"] {
        client.files().create(InputFile::from_bytes(text).name("a.jsonl"), "batch").send().await?;
    }
    let mut pages = client.files().list().limit(1).pages();
    while let Some(page) = pages.next().await {
        ids.push(known(page?.head()));
    }
    ids.dedup();
    assert!(ids.len() >= 2, "{ids:?}");

    mock.converse([Turn::text(r#"{"city": "Oslo"}"#), Turn::text(r#"{"city": "Oslo"}"#)]);
    let parsed = client.responses().create("gpt-5.5", "Where?").parse::<City>().await?;
    assert_eq!(parsed.status(), Some(StatusCode::OK));
    assert_eq!(Some(known(parsed.head().unwrap()).as_str()), parsed.request_id());
    assert_eq!(parsed.rate_limit().limit_requests, Some(100));
    let stream =
        client.chat().completions().create("gpt-5.5", [Message::user("Where?")]).parse_stream::<City>().await?;
    known(stream.head());
    assert!(stream.final_completion().await?.request_id().is_some());

    let line = json!({"custom_id": "a", "method": "POST", "url": "/v1/chat/completions", "body": {}}).to_string();
    let file = client.files().create(InputFile::from_bytes(line).name("a.jsonl"), "batch").send().await?;
    let call = client.batches().create("24h", "/v1/chat/completions").input_file_id(file.id);
    let mut poller = call.send_and_poll().with_poll_interval(Duration::from_millis(1));
    assert!(poller.head().is_none());
    let mut seen = Vec::new();
    while let Some(state) = poller.next().await {
        state?;
        seen.push(known(poller.head().unwrap()));
    }
    let looks = seen.len();
    seen.dedup();
    assert_eq!((seen.len(), looks > 1), (looks, true));
    let id = client.batches().list().send().await?.data[0].id.clone();
    let done = client.batches().retrieve(&id).poll().with_head().await?;
    assert_eq!(done.id, id);
    known(done.head());
    let mut states = client.batches().retrieve(&id).poll().with_head();
    assert_eq!(states.next().await.unwrap()?.status(), 200);
    Ok(())
}

#[tokio::test]
async fn a_run_of_tools_keeps_the_head_of_each_turn() -> TestResult {
    let (mock, client) = scene().await?;
    let tools = Toolbox::new()
        .with(tool("weather", "The weather", |args: City| async move { Ok::<_, std::io::Error>(args.city) }));
    let turns = || [Turn::call("weather", json!({"city": "Oslo"})), Turn::text("Rain")];
    mock.converse(turns());
    let run = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]).run_tools(&tools).send().await?;
    let ids: Vec<String> = run.heads.iter().map(known).collect();
    assert_eq!((run.replies.len(), ids.len(), ids[0] != ids[1]), (2, 2, true));
    assert_eq!(run.last_head().and_then(ResponseHead::request_id), Some(&*ids[1]));

    mock.converse(turns());
    let mut events = client.responses().create("gpt-5.5", "Hi").run_tools(&tools).stream_events();
    let mut told = Vec::new();
    while let Some(event) = events.next().await {
        if let ToolEvent::Reply { head, .. } = event? {
            told.push(known(&head));
        }
    }
    let run = events.finish().await?;
    assert_eq!(told, run.heads.iter().map(known).collect::<Vec<_>>());
    assert_eq!(told.len(), 2);
    Ok(())
}

#[tokio::test]
async fn a_body_streams_after_its_head() -> TestResult {
    let (_mock, client) = scene().await?;
    // JSON, as bytes and as the value.
    let chat = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let response = chat.clone().send_streaming().await?;
    known(response.head());
    let mut bytes = Vec::new();
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        bytes.extend_from_slice(&chunk?);
    }
    assert!(serde_json::from_slice::<Value>(&bytes)?["choices"].is_array());
    let raw = chat.clone().send_streaming().await?.read().await?;
    assert!(!raw.parse()?.text().is_empty() && raw.request_id().is_some());

    // Bytes.
    let speech = client.audio().speech().create("Hi", "tts-1", "alloy");
    let whole = speech.clone().send_streaming().await?.read().await?;
    assert_eq!(whole.parse()?, speech.clone().send().await?);
    known(speech.send_streaming().await?.bytes_stream().head());

    // Server-sent events: as bytes, as texts, and as values.
    let response = chat.clone().stream_raw().await?;
    assert!(response.headers()["content-type"].to_str()?.starts_with("text/event-stream"));
    let mut chunks = response.bytes_stream();
    let first = chunks.next().await.unwrap()?;
    assert!(first.starts_with(b"data: "), "{first:?}");
    let mut texts = chat.clone().stream_raw().await?.events::<Value>()?.raw_events();
    assert!(texts.next().await.unwrap()?.data.contains("chat.completion.chunk"));
    let mut events = chat.stream_raw().await?.events::<openai_ext::types::ChatCompletionChunk>()?;
    known(events.head());
    let mut count = 0;
    while let Some(event) = events.next().await {
        event?;
        count += 1;
    }
    assert!(count > 1);
    Ok(())
}

#[tokio::test]
async fn a_streamed_body_that_is_read_has_the_limits_of_one() -> TestResult {
    let (mock, _) = scene().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_response_size(64).build()?;
    let chat = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = chat.clone().send_streaming().await?.read().await.unwrap_err();
    assert_eq!((error.kind(), error.status()), (openai_ext::ErrorKind::Limit, Some(StatusCode::OK)));
    let mut chunks = chat.clone().send_streaming().await?.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        chunk?;
    }
    let error = chat.with_max_response_size(8).send_streaming().await?.read().await.unwrap_err();
    assert_eq!(error.kind(), openai_ext::ErrorKind::Limit);
    Ok(())
}

/// Helpers over any operation, by the names of this crate alone.
mod helpers {
    use super::*;

    /// Sends any call in a task of its own, and prints both sides of it.
    pub async fn logged<O: Operation>(call: Request<O>) -> Result<O::Output> {
        println!("{:?}", call.body());
        let again = call.clone();
        let reply = tokio::spawn(call.send_with_head()).await.expect("the task is not cancelled")?;
        println!("{:?} {:?} {:?}", reply.request_id(), reply.value(), again);
        Ok(reply.into_value())
    }

    /// Reads any response twice.
    pub async fn twice<O: Operation>(call: Request<O>) -> Result<(O::Output, O::Output)> {
        let raw = call.send_raw().await?;
        Ok((raw.parse()?, raw.parse()?))
    }

    pub async fn headers<O: Operation>(call: Request<O>) -> Result<(HeaderMap, RateLimit)> {
        let response = call.send_streaming().await?;
        Ok((response.headers().clone(), response.rate_limit()))
    }

    pub async fn events<O: Streams>(call: Request<O>) -> Result<Vec<O::Event>> {
        let mut events = call.stream().await?;
        let mut all = Vec::new();
        while let Some(event) = events.next().await {
            let event = event?;
            println!("{event:?}");
            all.push(event);
        }
        Ok(all)
    }

    /// A call that outlives its caller, by reference as well.
    pub fn shared<O: Operation>(call: Request<O>) -> impl Future<Output = Result<O::Output>> + Send + 'static {
        fn is_shared<T: Send + Sync>(_: &T) {}
        is_shared(&call);
        async move {
            tokio::task::yield_now().await;
            let (first, second) = twice(call).await?;
            is_shared(&first);
            drop(second);
            Ok(first)
        }
    }
}

#[tokio::test]
async fn helpers_over_any_operation() -> TestResult {
    let (_mock, client) = scene().await?;
    let chat = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    assert!(!helpers::logged(chat.clone()).await?.text().is_empty());
    assert!(!helpers::logged(client.files().list()).await?.has_more);
    let (a, b) = helpers::twice(client.audio().speech().create("Hi", "tts-1", "alloy")).await?;
    assert_eq!(a, b);
    assert_eq!(helpers::headers(client.models().list()).await?.1.limit_requests, Some(100));
    assert!(helpers::events(chat.clone()).await?.len() > 1);
    tokio::spawn(helpers::shared(chat)).await??;
    Ok(())
}

#[tokio::test]
async fn a_raw_list_is_read_as_send_reads_it() -> TestResult {
    let (mock, client) = scene().await?;
    let list = Reply::json(StatusCode::OK, &json!([{"id": "m", "object": "model", "created": 1, "owned_by": "x"}]));
    mock.on("listModels").sequence([list.clone(), list.clone(), list])?;
    let sent = client.models().list().send().await?;
    assert_eq!(sent.data.len(), 1);
    assert_eq!(client.models().list().send_raw().await?.parse()?, sent);
    assert_eq!(client.models().list().send_with_head().await?.into_value(), sent);
    Ok(())
}
