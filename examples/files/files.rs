//! Uploads, downloads and deletes a file.
//!
//! `cargo run --example files`

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
    let files = client.files();

    // `InputFile::from_path` streams a file from disk.
    let notes = InputFile::from_bytes("Buy milk.").name("notes.txt");
    let file = files.create(notes, "user_data").send().await?;
    println!("{}: {}, {} bytes", file.id, file.filename, file.bytes);

    // A real server refuses the download of files with some purposes.
    match files.content(&file.id).send_bytes().await {
        Ok(bytes) => println!("{} bytes downloaded", bytes.len()),
        Err(error) => println!("not downloaded: {error}"),
    }

    let deleted = files.delete(&file.id).send().await?;
    println!("deleted: {}", deleted.deleted);
    Ok(())
}
