//! A response: its text, and the items of its output.
//!
//! `cargo run --example responses`

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
    let call = client.responses().create(model, "Name three rivers");
    let response = call.instructions("Answer as a list.").send().await?;

    println!("{}", response.output_text());
    let status = response.status.as_ref().map_or("unknown", |status| status.as_str());
    println!("{} output items, {status}", response.output.len());
    Ok(())
}
