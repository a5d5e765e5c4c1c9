//! The final object of each kind of stream, by the accumulators.

use openai_ext::prelude::*;
use openai_ext::runtime::json::{self, Json};
use openai_ext::{Error, ErrorKind, EventStream, Result};
use serde_json::{Map, Value};

/// Opens a stream of this kind and reads it to its end; gives what the official Python SDK's final object is to be
/// compared with.
///
/// # Errors
/// The stream fails, or the kind is not known.
pub async fn play(client: &Client, kind: &str, entry: &Value) -> Result<Value> {
    match kind {
        "chat" => {
            let call = client.chat().completions().create("gpt-5.5", [Message::user("played")]);
            Ok(json::to_value(&call.stream_events().await?.final_completion().await?))
        }
        "responses" if entry["operation"] == "getResponse" => {
            let call = client.responses().retrieve("resp_played");
            Ok(json::to_value(&call.stream_events().await?.final_response().await?))
        }
        "responses" => {
            let call = client.responses().create("gpt-5.5", "played");
            Ok(json::to_value(&call.stream_events().await?.final_response().await?))
        }
        "completions" => {
            let call = client.completions().create("gpt-3.5-turbo-instruct", "played");
            let completion = call.stream_events().await?.final_completion().await?;
            let texts = completion.choices.iter().map(|choice| (choice.index.to_string(), choice.text.clone().into()));
            Ok(object([("text_by_index", Value::Object(texts.collect()))]))
        }
        "assistants" => assistants(client).await,
        "transcription" => {
            let file = InputFile::from_bytes("played").name("played.mp3");
            events(client.audio().transcriptions().create(file, "gpt-4o-transcribe").stream().await?).await
        }
        "images" => events(client.images().generate("played").stream().await?).await,
        _ => Err(Error::new(ErrorKind::InvalidRequest, format!("streams of the kind {kind} can't be played"))),
    }
}

async fn assistants(client: &Client) -> Result<Value> {
    let mut stream = client.beta().threads().create_and_run("asst_played").stream_events().await?;
    while stream.next().await.transpose()?.is_some() {}
    // Python's snapshots are null where nothing came.
    let list = |items: Vec<Value>| if items.is_empty() { Value::Null } else { Value::Array(items) };
    let messages = stream.messages().iter().map(|message| json::to_value(message)).collect();
    let steps = stream.run_steps().iter().map(|step| json::to_value(step)).collect();
    let run = stream.run().map_or(Value::Null, |run| json::to_value(run));
    Ok(object([("run", run), ("messages", list(messages)), ("run_steps", list(steps))]))
}

/// All events, as they were read.
async fn events<E: Json + Default>(mut stream: EventStream<E>) -> Result<Value> {
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(json::to_value(&event?));
    }
    Ok(object([("events", Value::Array(events))]))
}

fn object<const N: usize>(members: [(&str, Value); N]) -> Value {
    Value::Object(members.into_iter().map(|(name, value)| (name.to_owned(), value)).collect::<Map<_, _>>())
}
