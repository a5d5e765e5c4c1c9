//! The public calls that the reports name.

use openai_ext::azure::AzureConfig;
use openai_ext::chat::ChatAccumulator;
use openai_ext::prelude::*;
use openai_ext::resources::chat::completions::Create;
use openai_ext::types::{AudioResponseFormat, ChatCompletion, ChatCompletionMessageToolCall};
use openai_ext::{Client, Error};
use serde_json::{Value, json};

use super::server::ReportServer;

/// The answer where the report has none of its own.
pub const ANSWER: &str = "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 155\r\n\
    connection: close\r\n\r\n{\"id\":\"c1\",\"object\":\"chat.completion\",\"created\":1,\"model\":\"m\",\"choices\":\
    [{\"index\":0,\"message\":{\"role\":\"assistant\",\"content\":\"ok\"},\"finish_reason\":\"stop\"}]}";

/// A public call, or a way of several to make one.
#[derive(Clone, Copy, Debug)]
pub enum Way {
    Send,
    Events,
    Accumulator,
    Blocking,
    Tools,
    Text,
    Items,
    Azure,
    NoRuntime,
}

/// Returns the ways in which a report's call can be made: each has to give what is right.
///
/// # Errors
/// The report names no call that is known.
pub fn ways(call: &str) -> Result<Vec<(&'static str, Way)>, String> {
    let name = call.split([',', ' ']).next().unwrap_or_default();
    Ok(match name {
        "chat" => vec![("send", Way::Send)],
        "stream" => vec![("stream_events", Way::Events), ("stream and an accumulator", Way::Accumulator)],
        "stream-tools" => vec![("run_tools", Way::Tools)],
        _ if call.starts_with("transcription:") => vec![("send", Way::Text)],
        _ if call.starts_with("files().list().items()") => vec![("items", Way::Items)],
        _ if call.starts_with("AzureConfig") => vec![("client", Way::Azure)],
        _ if call.contains("spawn_blocking") => vec![("wait", Way::Blocking)],
        _ if call.contains("without tokio") => vec![("send", Way::NoRuntime)],
        _ => return Err(format!("no call is known by {call:?}")),
    })
}

impl Way {
    /// Makes the call and returns what it came to.
    ///
    /// # Errors
    /// No call could be made.
    pub async fn run(self, server: &ReportServer, entry: &Value) -> Result<Value, String> {
        let retries = entry["call"].as_str().unwrap_or_default().contains("max_retries 1");
        let client = Client::builder().api_key("sk-reported").base_url(server.url()).max_retries(u32::from(retries));
        let client = client.build().map_err(|error| error.to_string())?;
        let found = match self {
            Self::Send => chat(&client).send().await.map(|completion| found(&completion)),
            Self::Events => events(&client).await.map(|completion| found(&completion)),
            Self::Accumulator => accumulated(&client).await.map(|completion| found(&completion)),
            Self::Blocking => wait(&client).await.map(|completion| found(&completion)),
            Self::Tools => return Ok(tools(&client, server).await),
            Self::Text => transcription(&client, entry["call"].as_str().unwrap_or_default()).await,
            Self::Items => items(&client).await,
            Self::Azure => return azure(server, entry).await,
            Self::NoRuntime => no_runtime(&client),
        };
        let mut found = found.unwrap_or_else(|error| failed(&error));
        found["requests"] = server.seen().len().into();
        Ok(found)
    }
}

fn chat(client: &Client) -> Create {
    client.chat().completions().create("m", [Message::user("hi")])
}

async fn events(client: &Client) -> Result<ChatCompletion, Error> {
    chat(client).stream_events().await?.final_completion().await
}

async fn accumulated(client: &Client) -> Result<ChatCompletion, Error> {
    let mut chunks = chat(client).stream().await?;
    let mut accumulator = ChatAccumulator::new();
    while let Some(chunk) = chunks.next().await {
        accumulator.push(&chunk?)?;
    }
    accumulator.finish()
}

async fn wait(client: &Client) -> Result<ChatCompletion, Error> {
    let call = chat(client);
    let waited = tokio::task::spawn_blocking(move || call.send().wait()).await;
    waited.unwrap_or_else(|error| Err(Error::new(openai_ext::ErrorKind::Callback, error.to_string())))
}

/// Two turns are enough: the second request has the message of the first answer.
async fn tools(client: &Client, server: &ReportServer) -> Value {
    let function = tool("f", "Does what it is told", |_: Value| async { Ok::<_, std::io::Error>("done") });
    let tools = Toolbox::new().with(function.with_parameters(json!({ "type": "object" })));
    let run = chat(client).run_tools(&tools).with_max_turns(2).stream_events().finish().await;
    let sent = server.seen().get(1).and_then(|request| request.body["messages"].as_array()?.get(1).cloned());
    let mut found = json!({ "sent_back": sent });
    if let (Err(error), None) = (run, server.seen().get(1)) {
        found["error"] = failed(&error)["error"].clone();
    }
    found
}

async fn transcription(client: &Client, call: &str) -> Result<Value, Error> {
    let format = call.split(':').nth(1).unwrap_or_default();
    let file = InputFile::from_bytes("RIFF").name("a.wav");
    let call =
        client.audio().transcriptions().create(file, "whisper-1").response_format(AudioResponseFormat::from(format));
    Ok(json!({ "text": call.send().await?.text() }))
}

async fn items(client: &Client) -> Result<Value, Error> {
    let mut items = client.files().list().items();
    let mut count = 0;
    while let Some(item) = items.next().await {
        item?;
        count += 1;
    }
    Ok(json!({ "items": count }))
}

/// The server stands behind the endpoint's name by a change of the host.
async fn azure(server: &ReportServer, entry: &Value) -> Result<Value, String> {
    let mut found = Value::Null;
    for input in entry["input"].as_array().into_iter().flatten().filter_map(Value::as_str) {
        let path = input.splitn(4, '/').nth(3).unwrap_or_default();
        let endpoint = format!("{}/{path}", server.url().trim_end_matches("/v1"));
        let built = AzureConfig::new(endpoint).api_version("2024-10-21").api_key("azure-key").client();
        found = match built {
            Err(error) => failed(&error),
            Ok(client) => {
                let sent = client.chat().completions().create("gpt-4o", [Message::user("hi")]).send().await;
                let seen = server.seen().last().map(|request| request.path.clone());
                json!({ "path": seen, "sent": sent.map(|_| ()).map_err(|error| error.to_string()).err() })
            }
        };
        if found["error"].is_null()
            && found["path"] != "/openai/deployments/gpt-4o/chat/completions?api-version=2024-10-21"
        {
            break;
        }
    }
    Ok(found)
}

fn no_runtime(client: &Client) -> Result<Value, Error> {
    let call = chat(client).send();
    let polled = std::thread::spawn(move || {
        let mut call = std::pin::pin!(call);
        let waker = std::task::Waker::noop();
        match call.as_mut().poll(&mut std::task::Context::from_waker(waker)) {
            std::task::Poll::Ready(sent) => sent.map(|completion| found(&completion)),
            std::task::Poll::Pending => Ok(Value::Null),
        }
    });
    polled.join().unwrap_or_else(|_| Ok(json!("it panicked")))
}

fn found(completion: &ChatCompletion) -> Value {
    let Some(choice) = completion.choices.first() else { return json!({ "choices": 0 }) };
    let written = serde_json::to_value(completion).unwrap_or_default();
    let calls = choice.message.tool_calls.as_deref().unwrap_or_default().iter().map(|call| match call {
        ChatCompletionMessageToolCall::Function(call) => json!({
            "id": call.id, "kind": "function", "name": call.function.name, "arguments": call.function.arguments,
        }),
        other => serde_json::to_value(other).unwrap_or_default(),
    });
    json!({
        "text": completion.text(),
        "finish_reason": choice.finish_reason.as_str(),
        "kept": written.pointer("/choices/0/message/content").is_some_and(Value::is_array),
        "tool_calls": calls.collect::<Vec<_>>(),
    })
}

fn failed(error: &Error) -> Value {
    json!({ "error": {
        "kind": format!("{:?}", error.kind()),
        "message": error.message(),
        "code": error.code(),
        "is_retryable": error.is_retryable(),
    } })
}
