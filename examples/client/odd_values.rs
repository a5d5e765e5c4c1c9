//! Values of another JSON kind, as compatible servers send them: read, listed, or refused.
//!
//! `cargo run --example odd_values`

use std::error::Error;

use openai_ext::ErrorKind;
use openai_ext::http::StatusCode;
use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionMessageToolCall;
use openai_ext_mock::{MockServer, Reply};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    // A time with milliseconds, a number in a string, arguments as an object, a call without a type, a list for an object.
    mock.on("createChatCompletion").reply(Reply::json(StatusCode::OK, &json!({
        "id": "c1", "object": "chat.completion", "created": 1_760_000_000.483, "model": "local",
        "choices": [{"index": "0", "finish_reason": "tool_calls", "message": {"role": "assistant", "content": null, "tool_calls": [
            {"id": 7, "function": {"name": "weather", "arguments": {"city": "Oslo"}}}]}}],
        "usage": [1, 2]
    })))?;
    let client = Client::builder().base_url(mock.base_url()).api_key("any").build()?;
    let call = client.chat().completions().create("local", [Message::user("How is the weather in Oslo?")]);

    let reply = call.clone().send().await?;
    for call in reply.tool_calls() {
        if let ChatCompletionMessageToolCall::Function(call) = call {
            println!("{} {}({})", call.id, call.function.name, call.function.arguments);
            assert_eq!((call.id.as_str(), call.function.arguments.as_str()), ("7", r#"{"city":"Oslo"}"#));
        }
    }
    for misfit in reply.misfits() {
        println!("{misfit}; {}", if misfit.is_read() { "read" } else { "kept in extra" });
    }
    assert_eq!(reply.extra.get("usage"), Some(&json!([1, 2])));

    // A program may prefer an error to a value of another kind.
    let strict = client.with_options(|options| options.strict_decoding(true))?;
    let call = strict.chat().completions().create("local", [Message::user("How is the weather in Oslo?")]);
    match call.send().await {
        Err(error) if error.kind() == ErrorKind::Decode => println!("strict: {error}"),
        other => println!("{other:?}"),
    }
    Ok(())
}
