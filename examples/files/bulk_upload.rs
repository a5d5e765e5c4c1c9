//! Uploads many files into a vector store, and a large one in parts, with progress bars.
//!
//! `cargo run --example bulk_upload --features uploads,vector_stores`

#[path = "../support/mod.rs"]
mod support;

use std::error::Error;

use indicatif::{ProgressBar, ProgressStyle};
use openai_ext::prelude::*;
use openai_ext::uploads::UploadEvent;
use openai_ext::vector_stores::BulkEvent;

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn Error>> {
    let session = support::connect().await?;
    run(&session.client, &session.model).await
}

pub(crate) async fn run(client: &Client, _model: &str) -> Result<(), Box<dyn Error>> {
    many_files(client).await?;
    one_large_file(client).await
}

/// Five files at a time. One that fails does not stop the others.
async fn many_files(client: &Client) -> Result<(), Box<dyn Error>> {
    let store = client.vector_stores().create().name("guides").send().await?;
    // `InputFile::from_path` opens each file when its turn comes.
    let files: Vec<InputFile> =
        (1..=20).map(|n| InputFile::from_bytes(format!("Chapter {n}.")).name(format!("chapter-{n}.txt"))).collect();
    let bar = bar(files.len() as u64, "{bar:40} {pos}/{len} files")?;
    let bulk = client.vector_stores().file_batches().upload_and_poll(&store.id, files).with_partial_failure();
    let mut events = bulk.events();
    let mut uploaded = Vec::new();
    while let Some(event) = events.next().await {
        match event? {
            BulkEvent::Uploaded { .. } | BulkEvent::Failed { .. } => bar.inc(1),
            BulkEvent::Batch(batch) => {
                say(&bar, &format!("{} of the files are {}", batch.file_counts.total, batch.status))
            }
            BulkEvent::Done(report) => {
                bar.finish();
                println!("{} files, {} failed", report.files.len(), report.failed().count());
                uploaded = report.files;
            }
            _ => {}
        }
    }
    for id in uploaded.into_iter().filter_map(|file| file.file_id) {
        client.files().delete(id).send().await?;
    }
    client.vector_stores().delete(&store.id).send().await?;
    Ok(())
}

/// A path works as well: the file is read part by part, and is never in memory as a whole.
async fn one_large_file(client: &Client) -> Result<(), Box<dyn Error>> {
    let content = "{\"prompt\": \"Hello\"}\n".repeat(20_000);
    let call = client.uploads().upload_file_chunked(content.into_bytes(), "fine-tune").filename("large.jsonl");
    // Parts of 64 KiB, so that there are several; the default is 64 MiB.
    let mut events = call.with_part_size(64 * 1024).events();
    let bar = bar(0, "{bar:40} {bytes}/{total_bytes} {eta}")?;
    while let Some(event) = events.next().await {
        match event? {
            UploadEvent::Started { bytes, parts, .. } => {
                bar.set_length(bytes);
                say(&bar, &format!("{bytes} bytes in {parts} parts"));
            }
            UploadEvent::Part { sent, .. } => bar.set_position(sent),
            UploadEvent::Completed(upload) => {
                bar.finish();
                let file = upload.file.ok_or("the upload has no file")?;
                println!("{}: {} bytes", file.id, file.bytes);
                client.files().delete(&file.id).send().await?;
            }
            _ => {}
        }
    }
    Ok(())
}

fn bar(length: u64, template: &str) -> Result<ProgressBar, Box<dyn Error>> {
    Ok(ProgressBar::new(length).with_style(ProgressStyle::with_template(template)?))
}

/// Prints a line above the bar, or a plain line without a terminal.
fn say(bar: &ProgressBar, text: &str) {
    bar.suspend(|| eprintln!("{text}"));
}
