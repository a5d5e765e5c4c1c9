//! Makes an image from a description.
//!
//! `cargo run --example images`

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
    let reply = client.images().generate("A red boat on a lake").model("gpt-image-1-mini").n(1).send().await?;
    // `reply.save("boat.png")` writes the first image to a file.
    match reply.bytes() {
        Ok(image) => println!("an image of {} bytes", image.len()),
        Err(error) => println!("{error}"),
    }
    Ok(())
}
