//! Status and headers of a response: beside its value, before it is read, and before its body arrives.
//!
//! `cargo run --example raw_response`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::Client;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let response = client.models().list().send_raw().await?;
    println!("status {}, request id {:?}", response.status(), response.request_id());
    println!("content type {:?}", response.headers().get("content-type"));
    println!("requests left: {:?}", response.rate_limit().remaining_requests);

    let models = response.parse()?;
    println!("{} models", models.data.len());

    let models = client.models().list().send_with_head().await?;
    println!("{} models, tokens left: {:?}", models.data.len(), models.rate_limit().remaining_tokens);

    let response = client.models().list().send_streaming().await?;
    println!("status {}, {:?}", response.status(), response.headers().get("content-type"));
    let mut chunks = response.bytes_stream();
    while let Some(chunk) = chunks.next().await {
        println!("{} bytes", chunk?.len());
    }
    Ok(())
}
