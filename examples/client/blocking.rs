//! Calls without an async runtime.
//!
//! `cargo run --example blocking --features blocking`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;

fn main() -> Result<(), Box<dyn Error>> {
    // Finds a server, or starts a mock.
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let session = runtime.block_on(support::connect())?;
    drop(runtime);
    run(&session.client, &session.model)
}

pub(crate) fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let reply = client.chat().completions().create(model, [Message::user("Say this is a test")]).send().wait()?;
    println!("{}", reply.text());

    // Streams and lists are iterators.
    for event in client.responses().create(model, "Tell me a story").stream().wait()?.blocking() {
        print!("{}", event?.text_delta().unwrap_or_default());
    }
    println!();

    // With a snapshot at any time, and the whole at the end.
    let call = client.chat().completions().create(model, [Message::user("Tell me a story")]);
    let mut events = call.stream_events().wait()?.blocking();
    for event in &mut events {
        if let ChatStreamEvent::ContentDelta { delta, .. } = event? {
            print!("{delta}");
        }
    }
    let completion = events.into_inner().final_completion().wait()?;
    println!("\n{} letters, ended by {}", completion.text().chars().count(), completion.choices[0].finish_reason);
    for file in client.files().list().items().blocking().take(3) {
        println!("{}", file?.id);
    }
    Ok(())
}
