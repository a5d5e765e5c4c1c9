//! A chat read by events: text, tool calls, and the whole answer at the end.
//!
//! `cargo run --example chat_stream_events`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::types::{ChatCompletionTool, FunctionDefinition};
use serde_json::json;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let weather = FunctionDefinition::new("get_weather").parameters(json!({
        "type": "object",
        "properties": {"city": {"type": "string"}},
        "required": ["city"],
        "additionalProperties": false,
    }));
    let ask = |question| client.chat().completions().create(model, [Message::user(question)]);

    // Each event has the new part; the stream has the whole so far.
    let call =
        ask("What is the weather in Oslo?").tools([ChatCompletionTool::function(weather)]).tool_choice("required");
    let mut events = call.stream_events().await?;
    while let Some(event) = events.next().await {
        match event? {
            ChatStreamEvent::ContentDelta { delta, .. } => print!("{delta}"),
            ChatStreamEvent::ToolArgumentsDone { name, arguments, .. } => println!("{name}({arguments})"),
            _ => {}
        }
        io::stdout().flush()?;
    }
    let completion = events.final_completion().await?;
    println!("[{} calls]", completion.tool_calls().len());

    // Only the text.
    let mut text = ask("Tell me a joke").stream_events().await?.text_stream();
    while let Some(delta) = text.next().await {
        print!("{}", delta?);
    }
    println!();

    // Only the end: a long answer is less likely to exceed a time limit when it is streamed.
    let content = ask("Tell me a story").stream_events().await?.final_content().await?;
    println!("{content}");
    Ok(())
}
