//! Runs many requests through the Batch API with a progress bar, and continues after it was killed. Start it again
//! with the same path as its argument.
//!
//! `cargo run --example batch_run --features batches`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;
use std::path::Path;

use indicatif::{MultiProgress, ProgressBar, ProgressStyle};
use openai_ext::batches::BatchEvent;
use openai_ext::prelude::*;

const CITIES: [&str; 12] =
    ["Accra", "Bogotá", "Cork", "Dhaka", "Essen", "Fes", "Graz", "Hanoi", "Izmir", "Jena", "Kyoto", "Lima"];

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    match std::env::args_os().nth(1) {
        Some(path) => run_at(&session.client, &session.model, Some(Path::new(&path))).await,
        None => run(&session.client, &session.model).await,
    }
}

pub(crate) async fn run(client: &Client, model: &str) -> Result<(), Box<dyn Error>> {
    run_at(client, model, None).await
}

async fn run_at(client: &Client, model: &str, path: Option<&Path>) -> Result<(), Box<dyn Error>> {
    // Requests are made one by one when they are written, so they could also come from the rows of a table.
    let completions = client.chat().completions();
    let model = model.to_owned();
    let requests = CITIES.into_iter().map(move |city| {
        let question = format!("In which country is {city}? Answer with its name alone.");
        (city, completions.create(model.as_str(), [Message::user(question)]))
    });

    // Batches of five, so that there are several; the default is the API's limit, 50,000.
    let run = match path {
        Some(path) => client.batches().run_or_resume(path, requests),
        // Its files are in a folder that only this user can read, and are deleted at the end of the process.
        None => client.batches().run(requests),
    };
    let run = run.with_max_requests_per_batch(5).with_cleanup();
    let mut events = run.with_input_order().events();
    let progress = Progress::new()?;
    while let Some(event) = events.next().await {
        match event? {
            BatchEvent::Started { requests, batches, .. } => {
                progress.say(&format!("{requests} requests in {batches} batches"));
                progress.bar.set_length(requests);
            }
            BatchEvent::Batch { part, batch, .. } => {
                let counts = batch.request_counts.unwrap_or_default();
                progress.say(&format!("batch {part}: {}, {} of {}", batch.status, counts.completed, counts.total));
            }
            BatchEvent::Result(result) => {
                progress.bar.inc(1);
                match result.result {
                    Ok(reply) => progress.print(&format!("{}: {}", result.custom_id, reply.text())),
                    Err(error) => progress.print(&format!("{}: {error}", result.custom_id)),
                }
            }
            _ => {}
        }
    }
    progress.bar.finish();
    let summary = events.summary();
    println!("{} answered, {} failed, {} missing", summary.succeeded, summary.failed, summary.missing);
    if summary.twin_batches > 0 {
        println!("batches that were made twice: {}", summary.twin_batch_ids.join(", "));
    }
    Ok(())
}

/// A bar of results below a line with the current step. Without a terminal, the steps are plain lines.
struct Progress {
    state: ProgressBar,
    bar: ProgressBar,
}

impl Progress {
    fn new() -> Result<Self, Box<dyn Error>> {
        let bars = MultiProgress::new();
        let state = bars.add(ProgressBar::new_spinner());
        let bar = bars.add(ProgressBar::new(0).with_style(ProgressStyle::with_template("{bar:40} {pos}/{len} {eta}")?));
        Ok(Self { state, bar })
    }

    fn say(&self, text: &str) {
        self.state.set_message(text.to_owned());
        self.state.tick();
        if self.state.is_hidden() {
            eprintln!("{text}");
        }
    }

    /// Prints to standard output without breaking the bars.
    fn print(&self, text: &str) {
        self.bar.suspend(|| println!("{text}"));
    }
}
