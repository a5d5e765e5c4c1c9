//! Several turns: the answer goes back in the next call.
//!
//! `cargo run --example multi_turn`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // A conversation takes replies in, and is the input of the next call. serde stores it.
    let mut conversation = Conversation::new();
    conversation.user("Pick a number from 1 to 10");
    let reply = client.chat().completions().create(model, &conversation).send().await?;
    conversation.push(&reply).user("Double it");
    let reply = client.chat().completions().create(model, &conversation).send().await?;
    println!("{}", reply.text());

    // The same for responses. With `store(false)` the server keeps nothing.
    conversation.push(&reply).user("Double it again");
    let response = client.responses().create(model, &conversation).store(false).send().await?;
    println!("{}", response.output_text());

    // Or by hand: the reply's message is a message to send, and output items are input items.
    let mut messages = vec![Message::user("Pick a number from 1 to 10")];
    let reply = client.chat().completions().create(model, &messages).send().await?;
    messages.extend(reply.message().cloned().map(Message::from));
    messages.push(Message::user("Double it"));
    println!("{}", client.chat().completions().create(model, &messages).send().await?.text());

    // Or the server keeps the history.
    let first = client.responses().create(model, "Pick a number from 1 to 10").send().await?;
    let second = client.responses().create(model, "Double it").previous_response_id(&first.id).send().await?;
    println!("{}", second.output_text());
    Ok(())
}
