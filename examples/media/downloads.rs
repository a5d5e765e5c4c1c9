//! Downloads to a file that exists once it is complete, and piece by piece.
//!
//! `cargo run --example downloads`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::fs::DirBuilder;
use std::path::PathBuf;

use openai_ext::prelude::*;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    let folder = private_folder()?;
    let path = folder.join("speech.mp3");
    let speech = || client.audio().speech().create("Good morning!", "gpt-4o-mini-tts", "alloy");

    // A download that breaks off continues where it broke, as far as server and retries allow.
    let written = match speech().send_to_file(&path).await {
        Ok(written) => written,
        // The part on the disk is kept as long as the error, and can be completed later.
        Err(error) => match error.partial_file() {
            Some(partial) => speech().resume_to_file(partial.clone()).await?,
            None => return Err(error.into()),
        },
    };
    println!("{written} bytes in {}", path.display());
    std::fs::remove_dir_all(&folder)?;

    // The same without a file.
    let mut pieces = speech().bytes_stream().await?;
    let mut count = 0;
    while let Some(piece) = pieces.next().await {
        count += piece?.len();
    }
    println!("{count} bytes in pieces");
    Ok(())
}

/// Creates a new folder that only this user can read, because all users share the folder for temporary files.
fn private_folder() -> std::io::Result<PathBuf> {
    let now = std::time::UNIX_EPOCH.elapsed().unwrap_or_default().as_nanos();
    let folder = std::env::temp_dir().join(format!("openai-speech-{}-{now}", std::process::id()));
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(&folder)?;
    Ok(folder)
}
