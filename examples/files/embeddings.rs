//! Compares two texts by their embeddings.
//!
//! `cargo run --example embeddings`

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
    let reply =
        client.embeddings().create("text-embedding-3-small", ["A boat on a lake", "A ship at sea"]).send().await?;

    if let [boat, ship] = reply.data.as_slice() {
        println!("{} dimensions, cosine {:.3}", boat.embedding.len(), boat.cosine(ship));
    }
    Ok(())
}
