//! A run of tools by events: texts as they are written, tools as they begin and end.
//!
//! `cargo run --example tools_stream`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;
use tokio::sync::oneshot;

/// Two numbers.
#[derive(Deserialize, JsonSchema)]
struct Numbers {
    a: f64,
    b: f64,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let tools = Toolbox::new()
        .with(tool("add", "Adds two numbers", |Numbers { a, b }: Numbers| async move { Ok::<_, io::Error>(a + b) }))
        .with(tool("multiply", "Multiplies two numbers", |Numbers { a, b }: Numbers| async move {
            Ok::<_, io::Error>(a * b)
        }));
    // The owner of the sender can end the run.
    let (stop, stopped) = oneshot::channel::<()>();
    let question = "What is 17 times 23, plus 4?";
    let call = client.chat().completions().create(model, [Message::user(question)]).max_completion_tokens(1000);
    let mut events =
        call.run_tools(&tools).with_cancellation(async { stopped.await.unwrap_or_default() }).stream_events();
    while let Some(event) = events.next().await {
        match event? {
            ToolEvent::Delta { event: ChatStreamEvent::ContentDelta { delta, .. }, .. } => {
                print!("{delta}");
                io::stdout().flush()?;
            }
            ToolEvent::ToolCall { call, .. } => println!("[{} {}", call.name, call.arguments),
            ToolEvent::ToolResult { outcome, .. } => println!(" = {}]", outcome.output().to_text()),
            ToolEvent::Retry { outcome, .. } => println!(" again: {}]", outcome.output().to_text()),
            _ => {}
        }
    }
    let run = events.finish().await?;
    drop(stop);
    println!("\n{} calls, {} messages", run.calls.len(), run.messages().len());
    Ok(())
}
