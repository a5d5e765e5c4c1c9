//! A run of an assistant whose text is printed as it arrives.
//!
//! `cargo run --example assistant_stream --features beta`
// The API has deprecated assistants.
#![allow(deprecated)]

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::AssistantEvent;
use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let beta = client.beta();
    let assistant = beta.assistants().create(model).instructions("Answer in one sentence.").send().await?;
    let thread = beta.threads().create().send().await?;
    beta.threads().messages().create(&thread.id, "user", "Why is the sky blue?").send().await?;

    let mut events = beta.threads().runs().create(&thread.id, &assistant.id).stream_events().await?;
    while let Some(event) = events.next().await {
        match event? {
            AssistantEvent::TextDelta { delta, .. } => {
                print!("{delta}");
                io::stdout().flush()?;
            }
            AssistantEvent::TextDone { text, .. } => println!(" ({} annotations)", text.annotations.len()),
            // `runs().submit_tool_outputs(…).stream_events()` continues from here.
            AssistantEvent::RequiresAction(run) => println!("{:?}", run.required_action),
            AssistantEvent::RunDone(run) => println!("[{}]", run.status),
            _ => {}
        }
    }
    println!("{} messages in {} steps", events.messages().len(), events.run_steps().len());
    beta.assistants().delete(&assistant.id).send().await?;
    Ok(())
}
