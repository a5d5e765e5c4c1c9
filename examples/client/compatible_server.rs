//! Another server with the same API: vLLM, Ollama, LiteLLM, llama.cpp, OpenRouter, Amazon Bedrock, a gateway.
//!
//! `cargo run --example compatible_server`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    // A local server needs no key: `.base_url("http://localhost:11434/v1").no_api_key()`.
    let client =
        Client::builder().base_url(client.base_url()).no_api_key().default_header("x-team", "boats").build()?;

    // Names of models are open, and fields beyond the document can be sent and read.
    let call = client.chat().completions().create("llama3.2:1b", [Message::user("Hello")]).with_body_field("top_k", 40);
    let reply = call.send().await?;
    println!("{}", reply.text());
    if let Some(reasoning) = reply.message().and_then(|message| message.extra.get("reasoning_content")) {
        println!("reasoning: {reasoning}");
    }
    Ok(())
}
