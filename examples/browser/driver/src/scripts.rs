//! The answers that the checks of `checks` expect, by the model that they ask.

use std::io::Write as _;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;

use flate2::Compression;
use flate2::write::GzEncoder;
use http::StatusCode;
use openai_ext_mock::{Fault, MockServer, ReceivedRequest, Reply, Turn};
use serde_json::{Value, json};

use crate::Outcome;

/// The text that the page streams.
pub(super) const STREAMED: &str = "Oslo has mild rain today, and it clears up towards the evening.";
/// The text that the page shows after its tool was called.
pub(super) const ANSWERED: &str = "It is 7.5 degrees in Oslo now.";

/// Returns the turns of the page.
pub(super) fn conversation() -> [Turn; 3] {
    [Turn::text(STREAMED), Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text(ANSWERED)]
}

/// Returns the model of a request with a JSON body.
pub(super) fn model(request: &ReceivedRequest) -> Option<String> {
    request.json()?.get("model")?.as_str().map(str::to_owned)
}

/// Scripts the answers.
pub(super) fn set(mock: &MockServer) -> Outcome<()> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(completion("unpacked").to_string().as_bytes())?;
    let packed = encoder.finish()?;
    let stalls = |request: &ReceivedRequest| model(request).as_deref() == Some("stall");
    mock.on("createChatCompletion").when(stalls).fault(Fault::StallEvents(2))?;
    let attempts = AtomicU32::new(0);
    mock.on_request(move |request| match model(request)?.as_str() {
        "retry" if attempts.fetch_add(1, Ordering::Relaxed) < 2 => {
            Some(Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "Come again."))
        }
        "date" => {
            let reply =
                Reply::error(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), "Slow down.");
            Some(reply.header("retry-after", "Fri, 31 Dec 2077 23:59:59 GMT"))
        }
        "slow" => Some(Reply::json(StatusCode::OK, &completion("late")).delay(Duration::from_secs(30))),
        "pause" => Some(Reply::json(StatusCode::OK, &completion("later")).delay(Duration::from_millis(300))),
        "gzip" => {
            let reply = Reply::bytes(StatusCode::OK, "application/json", packed.clone());
            Some(reply.header("content-encoding", "gzip"))
        }
        "structured" => Some(Reply::json(StatusCode::OK, &completion(r#"{"room": 204, "people": ["Alice", "Bob"]}"#))),
        "tools" => Some(Reply::json(StatusCode::OK, &tool_turn(request))),
        _ => None,
    });
    Ok(())
}

/// Calls the tool, and answers once its result is there.
fn tool_turn(request: &ReceivedRequest) -> Value {
    let messages = request.json().and_then(|body| body["messages"].as_array().cloned()).unwrap_or_default();
    let mut completion = completion("It rains.");
    if messages.iter().all(|message| message["role"] != "tool") {
        let function = json!({"name": "get_weather", "arguments": "{\"city\":\"Oslo\"}"});
        let choice = &mut completion["choices"][0];
        choice["message"]["content"] = Value::Null;
        choice["message"]["tool_calls"] = json!([{"id": "call_1", "type": "function", "function": function}]);
        choice["finish_reason"] = json!("tool_calls");
    }
    completion
}

fn completion(text: &str) -> Value {
    let message = json!({"role": "assistant", "content": text, "refusal": null});
    let choice = json!({"index": 0, "message": message, "logprobs": null, "finish_reason": "stop"});
    json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
}
