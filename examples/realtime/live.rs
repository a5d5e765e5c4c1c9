//! A Live session: sound in both directions at once, delegated work, and a sideband.
//!
//! `cargo run --example live --features live`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::types::{LiveClientDelegationParam, LiveServerEvent, LiveSessionCreateParams};
use openai_ext::websocket::Reconnect;

/// 100 ms of silence in the session's format: PCM, 24 kHz, 16 bits, mono.
const FRAME: [u8; 4800] = [0; 4800];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    // OPENAI_MODEL, if it is a model for sessions.
    let model = Some(session.model.as_str()).filter(|model| model.contains("live")).unwrap_or("gpt-live-1");
    run(&session.client, model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // The model delegates work to this program.
    let session = LiveSessionCreateParams::new(model)
        .instructions("You answer the phone of a weather station.")
        .delegation(LiveClientDelegationParam::new());
    let mut connection = client.live().connect(session).with_deadline(Duration::from_secs(20)).await?;
    let session_id = connection.session_id().unwrap_or_default().to_owned();

    // A second connection to the same session. It may be lost and opened again, because the session continues without it.
    let sideband = client.live().sideband().connect(&session_id).with_reconnect(Reconnect::new()).await?;
    sideband.instructions_append(None::<&str>, "The caller is in Oslo.").await?;
    sideband.close(1000, "").await?;

    for _ in 0..5 {
        connection.append_audio(FRAME).await?;
    }
    let mut played = 0;
    while let Some(event) = connection.next().await {
        let event = event?;
        if let Some(audio) = event.audio()? {
            played += audio.len(); // a player would take it here
        }
        match &event {
            LiveServerEvent::SessionOutputTranscriptDelta(event) => print!("{}", event.delta),
            LiveServerEvent::SessionDelegationCreated(event) => {
                connection.commentary_append(&event.delegation.id, "It rains in Oslo.").await?;
            }
            LiveServerEvent::SessionCommentaryAppended(_) => break,
            LiveServerEvent::Error(event) => eprintln!("{}", event.error.message),
            _ => {}
        }
    }
    // Requests the end, and reads up to it.
    let closed =
        connection.finish().on_event(|event| print!("{}", event.output_transcript().unwrap_or_default())).await?;
    println!("\n{played} bytes of sound; {} after {} s", closed.reason, closed.usage.seconds);
    Ok(())
}
