//! Writes the spans and events of calls to stderr; set `OPENAI_LOG=debug`.
//!
//! `cargo run --example logging --features logging`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    // A program with a subscriber of its own needs no such call: it gets the same spans and events.
    if !openai_ext::init_logging() {
        eprintln!("Set OPENAI_LOG to info or debug to see what calls do.");
    }
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let reply = client.chat().completions().create(model, [Message::user("Say this is a test")]).send().await?;
    println!("{}", reply.text());
    Ok(())
}
