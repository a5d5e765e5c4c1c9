//! Translates speech while it is spoken: one task sends it, another plays the translation.
//!
//! `cargo run --example translation --features realtime`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::types::{
    RealtimeTranslationSessionAudio, RealtimeTranslationSessionAudioOutput, RealtimeTranslationSessionUpdateRequest,
};

/// 200 ms of silence: PCM, 24 kHz, 16 bits, mono.
const FRAME: [u8; 9600] = [0; 9600];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    // OPENAI_MODEL, if it is a model for translations.
    let model = Some(session.model.as_str()).filter(|model| model.contains("translate"));
    run(&session.client, model.unwrap_or("gpt-realtime-translate")).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let connection = client.realtime().translations().connect(model).await?;
    let output = RealtimeTranslationSessionAudioOutput::new().language("no");
    let audio = RealtimeTranslationSessionAudio::new().output(output);
    connection.session_update(RealtimeTranslationSessionUpdateRequest::new().audio(audio)).await?;

    let (sender, mut receiver) = connection.split();
    let speaking = tokio::spawn(async move {
        for _ in 0..5 {
            sender.append_audio(FRAME).await?;
        }
        // Nothing can be sent afterwards. The server translates the rest, and then announces the end.
        sender.session_close().await
    });
    let mut played = 0;
    // Ends after `session.closed`; a connection that is lost before is an error.
    while let Some(event) = receiver.next().await {
        let event = event?;
        print!("{}", event.output_transcript().unwrap_or_default());
        if let Some(audio) = event.audio()? {
            played += audio.len(); // a player would take it here
        }
    }
    speaking.await??;
    println!("\n{played} bytes of sound");
    Ok(())
}
