//! A streamed response: its text as it arrives, and the other events.
//!
//! `cargo run --example responses_stream`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::types::ResponseStreamEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let mut events = client.responses().create(model, "Tell me a story").stream().await?;
    while let Some(event) = events.next().await {
        match event? {
            ResponseStreamEvent::ResponseCreated(event) => println!("[{}]", event.response.id),
            ResponseStreamEvent::ResponseOutputTextDelta(event) => {
                print!("{}", event.delta);
                io::stdout().flush()?;
            }
            ResponseStreamEvent::ResponseCompleted(event) => {
                let tokens = event.response.usage.as_ref().map_or(0, |usage| usage.total_tokens);
                println!("\n[{tokens} tokens]");
            }
            _ => {}
        }
    }
    Ok(())
}
