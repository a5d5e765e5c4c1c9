//! A chat whose text is printed as it arrives.
//!
//! `cargo run --example chat_stream`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::io::{self, Write};

use openai_ext::prelude::*;
use openai_ext::types::ChatCompletionStreamOptions;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let call = client
        .chat()
        .completions()
        .create(model, [Message::user("Tell me a joke")])
        .stream_options(ChatCompletionStreamOptions::new().include_usage(true));

    let mut chunks = call.stream().await?;
    while let Some(chunk) = chunks.next().await {
        let chunk = chunk?;
        print!("{}", chunk.text_delta().unwrap_or_default());
        io::stdout().flush()?;
        if let Some(usage) = &chunk.usage {
            print!(" ({} tokens)", usage.total_tokens);
        }
    }
    println!();
    Ok(())
}
