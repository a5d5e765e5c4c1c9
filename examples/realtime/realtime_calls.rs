//! Calls of the Realtime API: by WebRTC with a browser's offer, and by SIP.
//!
//! `cargo run --example realtime_calls --features realtime`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use openai_ext::prelude::*;
use openai_ext::types::{RealtimeCallCreateParams, RealtimeSessionCreateRequest};

/// What a browser's `RTCPeerConnection` offers, shortened.
const OFFER: &str = "v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=audio 9 UDP/TLS/RTP/SAVPF 111\r\n";

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    // OPENAI_MODEL, if it is a model for sessions.
    let model = Some(session.model.as_str()).filter(|model| model.contains("realtime")).unwrap_or("gpt-realtime");
    run(&session.client, model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let realtime = client.realtime();

    // A browser makes an offer; what this answers goes back to it, and the sound goes between the browser and OpenAI.
    // The `Location` of the answer has the id of the call.
    let session = RealtimeSessionCreateRequest::new().model(model).instructions("Be brief.");
    let offer = RealtimeCallCreateParams::new(OFFER).session(session.clone());
    let answer = realtime.calls().create_with(offer).send_raw().await?;
    println!("{}", answer.text()?.lines().next().unwrap_or_default());
    let location = answer.headers().get("location").and_then(|value| value.to_str().ok());
    let call_id = location.and_then(|location| location.rsplit('/').next()).unwrap_or("rtc_123").to_owned();

    // Or the browser makes the call itself, with a secret that is good for a minute.
    let secret = realtime.client_secrets().create().session(session).send().await?;
    println!("a secret of {} characters", secret.value.len());

    // This program receives the events beside the sound, and can control the session.
    let mut connection = realtime.connect_call(&call_id).await?;
    if let Some(event) = connection.next().await {
        println!("{:?}", event?);
    }
    connection.close(1000, "").await?;
    realtime.calls().hangup(&call_id).send().await?;

    // The webhook `realtime.call.incoming` announces a call by SIP. One is accepted and referred, another rejected.
    realtime.calls().accept("rtc_456").model(model).instructions("You answer the phone.").send().await?;
    realtime.calls().refer("rtc_456", "tel:+4712345678").send().await?;
    realtime.calls().reject("rtc_789").status_code(486).send().await?;
    Ok(())
}
