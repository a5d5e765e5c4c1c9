//! Responses over WebSocket: one connection for many turns.
//!
//! `cargo run --example responses_websocket --features websocket`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::responses::ResponseCreateEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let mut connection = client.responses().connect().await?;
    connection.response_create(model, "Pick a number").await?;
    let mut response = connection.next_response().await?;
    println!("{}", response.output_text());

    for question in ["Double it", "And once more"] {
        let next = ResponseCreateEvent::new().model(model).input(question).previous_response_id(response.id);
        connection.send(next).await?;
        // Each event as it arrives.
        response = connection.next_response_with(|event| print!("{}", event.text_delta().unwrap_or_default())).await?;
        println!();
    }
    connection.close(1000, "").await?;
    Ok(())
}
