//! Images and documents as input, by URL and from bytes.
//!
//! `cargo run --example image_input`

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
    // `image_from_path` reads a file; the media type is found by content or name.
    let message = Message::user([
        ContentPart::text("What is in these pictures?"),
        ContentPart::image_from_url("https://upload.wikimedia.org/wikipedia/commons/3/3f/Fronalpstock_big.jpg"),
        ContentPart::image_from_bytes(RED_DOT)?,
    ]);
    let reply = client.chat().completions().create(model, [message]).send().await?;
    println!("{}", reply.text());

    let input = InputItem::user([
        InputContent::input_text("What does this note say, and which colour is the dot?"),
        InputContent::file_from_bytes("note.txt", "Buy milk.")?,
        InputContent::image_from_bytes(RED_DOT)?,
    ]);
    let response = client.responses().create(model, [input]).send().await?;
    println!("{}", response.output_text());
    Ok(())
}

/// A PNG of one red pixel.
const RED_DOT: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR\0\0\0\x01\0\0\0\x01\x08\x02\0\0\0\x90wS\xde\
    \0\0\0\x0cIDATx\x9cc\xf8\xcf\xc0\0\0\x03\x01\x01\0\xc9\xfe\x92\xef\0\0\0\0IEND\xaeB`\x82";
