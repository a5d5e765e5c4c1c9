//! A run of an assistant that calls tools of this program: polled, then streamed.
//!
//! `cargo run --example tools_assistant --features beta`
// The API has deprecated assistants.
#![allow(deprecated)]

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::AssistantEvent;
use openai_ext::prelude::*;
use openai_ext::schemars::{self, JsonSchema};
use serde::Deserialize;

/// A city.
#[derive(Deserialize, JsonSchema)]
struct City {
    /// Its name, as "Oslo".
    city: String,
}

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let tools = Toolbox::new().with(tool("get_weather", "The weather in a city", |City { city }: City| async move {
        Ok::<_, io::Error>(format!("It rains in {city}"))
    }));
    let beta = client.beta();
    // The assistant knows the tools; the runs have the functions for them.
    let assistant = beta.assistants().create(model).tools(tools.assistant_tools()?).send().await?;
    let thread = beta.threads().create().send().await?;
    let runs = beta.threads().runs();

    beta.threads().messages().create(&thread.id, "user", "How is the weather in Oslo?").send().await?;
    let run = runs.create(&thread.id, &assistant.id).run_tools(&tools).send().await?;
    for outcome in &run.calls {
        println!("{}({}) -> {}", outcome.call.name, outcome.call.arguments, outcome.output().to_text());
    }

    beta.threads().messages().create(&thread.id, "user", "And in Bergen?").send().await?;
    let mut events = runs.create(&thread.id, &assistant.id).run_tools(&tools).stream_events();
    while let Some(event) = events.next().await {
        match event? {
            ToolEvent::Delta { event: AssistantEvent::TextDelta { delta, .. }, .. } => {
                print!("{delta}");
                io::stdout().flush()?;
            }
            ToolEvent::ToolCall { call, .. } => println!("[{} {}]", call.name, call.arguments),
            _ => {}
        }
    }
    let run = events.finish().await?;
    println!("\n{:?}: {} tokens", run.stop, run.usage.total_tokens);
    beta.assistants().delete(&assistant.id).send().await?;
    Ok(())
}
