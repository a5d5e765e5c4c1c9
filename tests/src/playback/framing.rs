//! Streams that are about framing: what the decoder must give by the rules of the facts.

use openai_raw::openai_runtime::http::Method;
use openai_raw::openai_runtime::{Client, ErrorKind};
use serde_json::{Value, json};

/// The events that a client gets of a stream, and the error that ends it if one does.
#[derive(Debug, PartialEq)]
pub struct Framed {
    events: Vec<Value>,
    error: Option<(ErrorKind, String)>,
}

/// Returns the findings of the official Python SDK, with the differences that the facts decide on: an event without
/// data is none, events after `[DONE]` are not given, and a stream that ends within an event is cut off.
#[must_use]
pub fn expected(bytes: &[u8], python: &Value) -> Framed {
    let mut events = Vec::new();
    let mut marked = false;
    let mut error = None;
    for event in python["sse"].as_array().into_iter().flatten() {
        let data = event["data"].as_str().unwrap_or_default();
        if data.is_empty() && !has_empty_data(bytes) {
            continue;
        }
        if data.trim() == "[DONE]" {
            marked = true;
            break;
        }
        match serde_json::from_str::<Value>(data) {
            Ok(value) if value.get("error").is_some_and(|error| !error.is_null()) => {
                let message = python["client"]["message"].as_str().unwrap_or_default();
                error = Some((ErrorKind::Stream, message.to_owned()));
                break;
            }
            _ => events.push(json!({ "event": event["event"].as_str().unwrap_or_default(), "data": data })),
        }
    }
    if error.is_none() && !marked && ends_inside(bytes) {
        error = Some((ErrorKind::Truncated, "the stream ended within an event".into()));
    }
    Framed { events, error }
}

/// Returns the findings of our client.
pub async fn found(client: &Client) -> Framed {
    let mut framed = Framed { events: Vec::new(), error: None };
    let mut stream = match client.request(Method::POST, "/framing").json(&json!({})).stream().await {
        Ok(stream) => stream.raw_events(),
        Err(error) => return Framed { error: Some((error.kind(), error.message().to_owned())), ..framed },
    };
    while let Some(event) = stream.next().await {
        match event {
            Ok(event) => framed.events.push(json!({ "event": event.event, "data": event.data })),
            Err(error) => framed.error = Some((error.kind(), error.message().to_owned())),
        }
    }
    framed
}

impl Framed {
    /// The stream as a value, to be written down.
    #[must_use]
    pub fn to_json(&self) -> Value {
        let error =
            self.error.as_ref().map(|(kind, message)| json!({ "kind": format!("{kind:?}"), "message": message }));
        json!({ "events": self.events, "error": error })
    }
}

fn lines(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).replace("\r\n", "\n").replace('\r', "\n")
}

fn has_empty_data(bytes: &[u8]) -> bool {
    lines(bytes).lines().any(|line| line == "data:" || line == "data: ")
}

/// Returns true if a part of an event is left after the last blank line.
fn ends_inside(bytes: &[u8]) -> bool {
    let text = lines(bytes);
    let rest = text.rsplit_once("\n\n").map_or(text.as_str(), |(_, rest)| rest);
    rest.lines().any(|line| line.starts_with("data") || line.starts_with("event"))
}
