//! A chat with instructions and a few options.
//!
//! `cargo run --example chat`

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
    let messages = [Message::developer("Answer in one sentence."), Message::user("Why is the sky blue?")];
    let call = client.chat().completions().create(model, messages);
    let reply = call.max_completion_tokens(200).send().await?;

    match reply.refusal() {
        Some(refusal) => println!("Refused: {refusal}"),
        None => println!("{}", reply.text()),
    }
    if let Some(usage) = &reply.usage {
        println!("{} tokens in, {} out", usage.prompt_tokens, usage.completion_tokens);
    }
    Ok(())
}
