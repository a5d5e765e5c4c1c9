//! Long-running operations: awaits a run, and reads the states of a batch.
//!
//! `cargo run --example run_and_poll --features batches,beta`
// The API has deprecated assistants.
#![allow(deprecated)]

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::types::Batch;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    wait_for_a_run(client, model).await?;
    watch_a_batch(client, model).await
}

/// Awaits the poller, which returns the run after its end.
async fn wait_for_a_run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let beta = client.beta();
    let assistant = beta.assistants().create(model).instructions("Be brief.").send().await?;
    let run = beta.threads().create_and_run(&assistant.id).send_and_poll().await?;
    // A run with tools may stop at `requires_action`: `runs().submit_tool_outputs(…).send_and_poll()` continues from there.
    println!("run {}: {}", run.id, run.status);
    beta.threads().delete(&run.thread_id).send().await?;
    beta.assistants().delete(&assistant.id).send().await?;
    Ok(())
}

/// Reads the poller as a stream of states. A batch may take a day: one that is still in progress after the
/// deadline is in the error, and is polled again later by its id.
async fn watch_a_batch(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    let request = serde_json::json!({
        "custom_id": "hello", "method": "POST", "url": "/v1/chat/completions",
        "body": {"model": model, "messages": [{"role": "user", "content": "Say hello"}]},
    });
    let input = InputFile::from_bytes(format!("{request}\n")).name("requests.jsonl");
    let input = client.files().create(input, "batch").send().await?;
    let mut states = client
        .batches()
        .create(&input.id, "/v1/chat/completions")
        .send_and_poll()
        .with_deadline(Duration::from_secs(600));
    while let Some(state) = states.next().await {
        match state {
            Ok(batch) => println!("batch {}: {}, {}", batch.id, batch.status, progress(&batch)),
            Err(error) => match error.detail::<Batch>() {
                Some(batch) => println!("{error}\nLater: client.batches().poll(\"{}\")", batch.id),
                None => return Err(error.into()),
            },
        }
    }
    Ok(())
}

fn progress(batch: &Batch) -> String {
    batch.request_counts.as_ref().map_or_else(String::new, |counts| format!("{} of {}", counts.completed, counts.total))
}
