//! A streamed response with a snapshot: text, tool calls, and the whole at the end.
//!
//! `cargo run --example response_stream_events`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::responses::ResponseUpdate;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let mut stream = client.responses().create(model, "Tell me a story").stream_events().await?;
    while let Some(event) = stream.next().await {
        match event?.update() {
            ResponseUpdate::TextDelta(_, text) => {
                print!("{text}");
                io::stdout().flush()?;
            }
            ResponseUpdate::SummaryDelta(_, text) => eprint!("{text}"),
            ResponseUpdate::FunctionArgumentsDone(call) => println!("\n[{}({})]", call.name, call.arguments),
            ResponseUpdate::ItemDone(position, _) => println!("\n[item {} is done]", position.output_index),
            _ => {}
        }
    }
    // The stream has ended, so this neither sends nor waits.
    let response = stream.final_response().await?;
    println!("[{}, {} characters]", response.id, response.output_text().chars().count());
    Ok(())
}
