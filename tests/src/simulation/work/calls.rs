//! Single calls, whole and as streams.

use std::time::Duration;

use openai_ext::prelude::*;

use super::worker::Worker;
use crate::simulation::server::CALL;
use crate::simulation::server::models::reply_text;

/// A few calls, one after the other.
pub(super) async fn call(mut worker: Worker) {
    for step in 0..1 + worker.random.below(3) {
        let token = format!("{}-{step}", worker.name);
        let retries = worker.random.below(4) as u32;
        let prompt = format!("Say {token}");
        let ended = if worker.random.chance(500) {
            let call = worker.client.chat().completions().create("m", [Message::user(prompt)]);
            let call =
                call.with_header(CALL, token.as_str()).with_max_retries(retries).with_timeout(Duration::from_secs(40));
            call.send().await.map(|reply| reply.text().to_owned())
        } else {
            let call = worker.client.responses().create("m", prompt);
            let call = call.with_header(CALL, token.as_str()).with_max_retries(retries);
            call.send().await.map(|reply| reply.output_text())
        };
        if let Some(text) = worker.settle(&token, retries, ended) {
            worker.check_value(&token, text.as_bytes(), reply_text(&token).as_bytes());
        }
    }
}

/// A few streams, one after the other, read in different ways.
pub(super) async fn stream(mut worker: Worker) {
    for step in 0..1 + worker.random.below(3) {
        let token = format!("{}-{step}", worker.name);
        let retries = worker.random.below(3) as u32;
        let ended = match worker.random.below(4) {
            0 => chat_whole(&worker, &token, retries).await,
            1 => chat_chunks(&worker, &token, retries).await,
            2 => response_whole(&worker, &token, retries).await,
            _ => response_events(&worker, &token, retries).await,
        };
        if let Some(text) = worker.settle(&token, retries, ended) {
            worker.check_value(&token, text.as_bytes(), reply_text(&token).as_bytes());
        }
    }
}

async fn chat_whole(worker: &Worker, token: &str, retries: u32) -> openai_ext::Result<String> {
    let call = worker.client.chat().completions().create("m", [Message::user(format!("Say {token}"))]);
    let call = call.with_header(CALL, token).with_max_retries(retries);
    call.stream_events().await?.final_content().await
}

async fn chat_chunks(worker: &Worker, token: &str, retries: u32) -> openai_ext::Result<String> {
    let call = worker.client.chat().completions().create("m", [Message::user(format!("Say {token}"))]);
    let mut chunks = call.with_header(CALL, token).with_max_retries(retries).stream().await?;
    let mut text = String::new();
    while let Some(chunk) = chunks.next().await {
        text.push_str(chunk?.text_delta().unwrap_or_default());
    }
    Ok(text)
}

async fn response_whole(worker: &Worker, token: &str, retries: u32) -> openai_ext::Result<String> {
    let call = worker.client.responses().create("m", format!("Say {token}"));
    let call = call.with_header(CALL, token).with_max_retries(retries);
    Ok(call.stream_events().await?.final_response().await?.output_text())
}

async fn response_events(worker: &Worker, token: &str, retries: u32) -> openai_ext::Result<String> {
    let call = worker.client.responses().create("m", format!("Say {token}"));
    let mut events = call.with_header(CALL, token).with_max_retries(retries).stream().await?;
    let mut text = String::new();
    while let Some(event) = events.next().await {
        text.push_str(event?.text_delta().unwrap_or_default());
    }
    Ok(text)
}
