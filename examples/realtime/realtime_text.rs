//! A session of the Realtime API in text: whole responses, then events, with halves in two tasks.
//!
//! `cargo run --example realtime_text --features realtime`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::realtime::Reconnect;
use openai_ext::types::{RealtimeServerEvent, RealtimeSessionCreateRequest};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    // OPENAI_MODEL, if it is a model for sessions.
    let model = Some(session.model.as_str()).filter(|model| model.contains("realtime")).unwrap_or("gpt-realtime");
    run(&session.client, model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    // With this option a lost connection is opened again.
    let mut connection = client.realtime().connect(model).with_reconnect(Reconnect::new()).await?;
    let in_writing = RealtimeSessionCreateRequest::new().output_modalities(["text"]).instructions("Be brief.");
    connection.session_update(in_writing).await?;

    connection.send_text("Say this is a test").await?;
    let reply = connection.next_response().await?;
    println!("{}", reply.text());

    // One task sends while another one receives.
    let (sender, mut receiver) = connection.split();
    let asking = tokio::spawn({
        let sender = sender.clone();
        async move { sender.send_text("Tell me a story").await }
    });
    while let Some(event) = receiver.next().await {
        match event? {
            RealtimeServerEvent::ResponseOutputTextDelta(event) => print!("{}", event.delta),
            RealtimeServerEvent::Error(event) => eprintln!("{}", event.error.message),
            RealtimeServerEvent::ResponseDone(_) => break,
            _ => {}
        }
    }
    println!();
    asking.await??;
    let closed = sender.close(1000, "done").await?;
    println!("{closed}");
    Ok(())
}
