//! A batch run of many requests, with a look at whether each got its result once and nothing was paid for twice.

use std::collections::BTreeSet;
use std::error::Error;
use std::path::Path;

use openai_ext::Client;
use openai_ext::batches::BatchEvent;
use openai_ext::prelude::*;

type Outcome<T> = Result<T, Box<dyn Error + Send + Sync>>;

/// The result of a run.
#[derive(Debug, PartialEq, Eq)]
pub struct Report {
    /// Requests with an answer.
    pub answered: u64,
    /// Requests that failed or have no result.
    pub failed: u64,
    /// Results that were given although they had been before.
    pub twice: u64,
    /// Batches that the run says it has.
    pub batches: usize,
    /// Batches that the server has.
    pub paid: usize,
    /// Parts of runs that these are of.
    pub parts: usize,
}

/// Runs chat completions that tell their number and are made as they are written down.
///
/// # Errors
/// Those of the run.
pub async fn run(
    client: &Client,
    requests: u64,
    a_batch: u64,
    in_order: bool,
    state: Option<&Path>,
) -> Outcome<Report> {
    let completions = client.chat().completions();
    let input = (0..requests).map(move |number| {
        let text =
            format!("{number}: say what a fjord is, in one sentence that a child of ten understands, and no more.");
        completions.create("gpt-5.5", [Message::developer("You answer briefly."), Message::user(text)])
    });
    let mut run = client.batches().run(input).with_max_requests_per_batch(a_batch);
    if in_order {
        run = run.with_input_order();
    }
    if let Some(path) = state {
        run = run.with_state_file(path);
    }
    let mut events = run.events();
    let mut seen = vec![false; usize::try_from(requests)?];
    let (mut twice, mut batches, mut next) = (0, 0, 0);
    while let Some(event) = events.next().await {
        match event? {
            BatchEvent::Started { batches: count, .. } => batches = count,
            BatchEvent::Result(result) => {
                if in_order && result.index != next {
                    return Err(format!("result {} came where {next} was to come", result.index).into());
                }
                next += 1;
                let place = seen.get_mut(usize::try_from(result.index)?).ok_or("a result of no request")?;
                twice += u64::from(std::mem::replace(place, true));
            }
            _ => {}
        }
    }
    let summary = events.summary();
    let unseen = seen.iter().filter(|seen| !**seen).count() as u64;
    let (paid, parts) = paid(client).await?;
    Ok(Report { answered: summary.succeeded, failed: summary.failed + unseen, twice, batches, paid, parts })
}

/// Returns the number of batches on the server, and the number of parts of runs that they belong to.
async fn paid(client: &Client) -> Outcome<(usize, usize)> {
    let (mut batches, mut count, mut parts) = (client.batches().list().items(), 0, BTreeSet::new());
    while let Some(batch) = batches.next().await {
        let metadata = batch?.metadata.unwrap_or_default();
        let value = |name: &str| metadata.get(name).cloned().unwrap_or_default();
        parts.insert((value("openai_ext_run"), value("openai_ext_part")));
        count += 1;
    }
    Ok((count, parts.len()))
}
