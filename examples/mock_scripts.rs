//! Tests a program with the mock: turns of the model, faults, and the requests that arrived.
//!
//! `cargo run --example mock_scripts`

use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::{ErrorKind, types::ChatCompletionMessageToolCall};
use openai_ext_mock::{Fault, MockServer, Turn};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
pub(crate) async fn main() -> Result<(), Box<dyn Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("any").build()?;

    // The model calls a function first, and then answers.
    mock.converse([Turn::call("get_weather", json!({"city": "Oslo"})), Turn::text("It rains in Oslo.")]);
    let mut messages = vec![Message::user("How is the weather in Oslo?")];
    let reply = client.chat().completions().create("gpt-5.5", messages.clone()).send().await?;
    for choice in reply.choices {
        for call in choice.message.tool_calls.clone().unwrap_or_default() {
            if let ChatCompletionMessageToolCall::Function(call) = call {
                println!("{}({})", call.function.name, call.function.arguments);
                messages.push(choice.message.clone().into());
                messages.push(Message::tool(&call, "12 degrees, rain"));
            }
        }
    }
    let reply = client.chat().completions().create("gpt-5.5", messages).send().await?;
    println!("{}", reply.text());
    assert_eq!(reply.text(), "It rains in Oslo.");

    // A rate limit, then a lost connection: the client retries.
    mock.on("createChatCompletion").times(1).fault(Fault::Disconnect)?;
    mock.on("createChatCompletion").times(1).rate_limited(Duration::from_millis(10))?;
    let raw = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]).send_raw().await?;
    println!("{} after {} attempts", raw.status(), raw.attempts());
    assert_eq!(raw.attempts(), 3);

    // A stream that breaks off in the middle of a sentence: the error has the part that arrived.
    mock.converse([Turn::text("It rains in Oslo, and in Bergen.").fault(Fault::CutEvents(4))]);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]);
    match call.stream_events().await?.final_completion().await {
        Err(error) => {
            let text = error.completion().map(|completion| completion.text().to_owned()).unwrap_or_default();
            println!("{:?} after {text:?}", error.kind());
            assert_eq!((error.kind(), text.as_str()), (ErrorKind::Truncated, "It rains in"));
        }
        Ok(whole) => println!("{}", whole.text()),
    }
    // The list of models is not a stream, and a fault that cannot apply is an error of the script.
    assert!(mock.on("listModels").fault(Fault::CutEvents(4)).is_err());

    // A body that the API would refuse is refused here as well.
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hello")]).temperature(7.0);
    match call.send().await {
        Err(error) if error.kind() == ErrorKind::BadRequest => {
            println!("{}: {}", error.param().unwrap_or_default(), error.message())
        }
        other => println!("{other:?}"),
    }

    // The requests that arrived can be inspected.
    let last = mock.requests().pop().and_then(|request| request.json()).unwrap_or_default();
    assert_eq!(last["temperature"], 7.0);
    Ok(())
}
