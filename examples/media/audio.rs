//! Speech from text, and text from speech.
//!
//! `cargo run --example audio`

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
    let audio = client.audio();

    // `send_to_file` writes it to disk as it arrives.
    let speech = audio.speech().create("The boat leaves at nine.", "gpt-4o-mini-tts", "alloy").response_format("wav");
    let bytes = speech.send_bytes().await?;
    println!("{} bytes of speech", bytes.len());

    let file = InputFile::from_bytes(bytes).name("speech.wav");
    let transcription = audio.transcriptions().create(file, "gpt-4o-mini-transcribe").send().await?;
    println!("{}", transcription.text());
    Ok(())
}
