//! Makes one chat call, and one Responses call that prints its text as it arrives.
//!
//! `cargo run --example quickstart`

mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let reply = client.chat().completions().create(model, [Message::user("Say this is a test")]).send().await?;
    println!("{}\n", reply.text());

    let mut events = client.responses().create(model, "Tell me a story in three sentences").stream().await?;
    while let Some(event) = events.next().await {
        print!("{}", event?.text_delta().unwrap_or_default());
        io::stdout().flush()?;
    }
    println!();
    Ok(())
}
