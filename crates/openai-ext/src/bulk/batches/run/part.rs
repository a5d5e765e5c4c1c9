//! One part of a run on the server: a file, its batch, its results. Each step that was begun before a crash is looked up
//! before it is taken again.

use std::time::Duration;

use super::creation::{create, upload};
use super::status::{is_over, is_queue_full, look};
use super::twins::TwinWatch;
use super::work::{TRIES, Work};
use crate::bulk::batches::raw::Raw;
use crate::bulk::batches::state::Step;
use crate::bulk::batches::store::Side;
use crate::resources::files::Content;
use crate::support::disk::{failed, on_disk};
use crate::support::private_files;
use crate::types::Batch;
use crate::{Error, Result};

/// So many looks at a batch may fail one after the other.
const FAILED_LOOKS: u32 = 20;

/// The first and the longest wait between two looks at a batch, if neither the caller nor the server says another.
const WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A batch that finds the queue full is made anew after a wait, which grows from the first to the longest; so many times.
const FULL: Duration = Duration::from_secs(30);
const LONGEST_FULL: Duration = Duration::from_secs(900);
const MOST_REFUSALS: u64 = 24;

/// Takes a part to the end of its batch, and downloads what came of it.
#[inline]
pub(super) async fn work_on(work: &Work, index: usize) -> Result<Batch> {
    upload(work, index).await?;
    let batch = loop {
        let batch = match create(work, index).await? {
            Some((batch, wait)) => poll(work, index, batch, wait).await?,
            None => poll_known(work, index).await?,
        };
        if !is_queue_full(&batch) || !wait_for_room(work, index).await? {
            break batch;
        }
    };
    download(work, index, Side::Output, batch.output_file_id.as_deref()).await?;
    download(work, index, Side::Errors, batch.error_file_id.as_deref()).await?;
    Ok(batch)
}

/// The error of a part says which one.
#[inline]
pub(super) fn about(index: usize, error: Error) -> Error {
    error.prefixed(&format!("part {index} of the batch run"))
}

/// Removes what was downloaded and given.
#[inline]
pub(super) async fn remove_results(work: &Work, index: usize) -> Result<()> {
    for side in [Side::Output, Side::Errors] {
        let path = work.store.result_path(index, side);
        let removed = path.clone();
        match on_disk(move || std::fs::remove_file(removed)).await {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => {
                return Err(failed(&path, "can't be removed")(error));
            }
            _ => {}
        }
    }
    Ok(())
}

/// Looks at a batch that was made before.
#[inline]
async fn poll_known(work: &Work, index: usize) -> Result<Batch> {
    let id = work.store.part(index).await.batch_id.unwrap_or_default();
    let (batch, wait) = look(work, &id).await?;
    work.emitter.emit(Raw::Batch { part: index, batch: Box::new(batch.clone()) }).await;
    poll(work, index, batch, wait).await
}

/// Looks at a batch until it has ended.
#[inline]
async fn poll(work: &Work, index: usize, mut last: Batch, mut told: Option<Duration>) -> Result<Batch> {
    let (mut wait, mut failures) = (WAIT, 0);
    let mut watch = TwinWatch::of(work, index).await;
    loop {
        if is_over(&last)? {
            return ended(work, index, last).await;
        }
        if let Some(watch) = &mut watch {
            watch.look(work, index).await;
        }
        work.wait(work.interval.or(told).unwrap_or(wait)).await;
        work.check_deadline(&format!("{} is {}", last.id, last.status))?;
        match look(work, &last.id).await {
            Ok((batch, after)) => {
                (told, failures) = (after, 0);
                if progress(&batch) != progress(&last) {
                    work.emitter.emit(Raw::Batch { part: index, batch: Box::new(batch.clone()) }).await;
                }
                last = batch;
            }
            // The batch goes on whether it is looked at or not.
            Err(error) if error.is_retryable() && failures < FAILED_LOOKS => failures += 1,
            Err(error) => return Err(error),
        }
        wait = (wait + wait / 2).min(LONGEST_WAIT);
    }
}

/// Waits until there may be room for a part's batch, and lets it be made anew; gives false if that is no use any more.
#[inline]
async fn wait_for_room(work: &Work, index: usize) -> Result<bool> {
    let refused = work.store.part(index).await.refused;
    if refused >= MOST_REFUSALS {
        return Ok(false);
    }
    work.store
        .update_part(index, |part| {
            part.step = Step::Uploaded;
            part.past_batch_ids.extend(part.batch_id.take());
            part.refused += 1;
        })
        .await?;
    work.wait(FULL.saturating_mul(1 << refused.min(5)).min(LONGEST_FULL)).await;
    work.check_deadline("too much is enqueued, and its batch waits for room")?;
    Ok(true)
}

#[inline]
async fn ended(work: &Work, index: usize, batch: Batch) -> Result<Batch> {
    work.store.update_part(index, |part| part.step = Step::Ended).await?;
    Ok(batch)
}

/// Returns the facts whose change is reported.
#[inline]
fn progress(batch: &Batch) -> (String, Option<[i64; 3]>) {
    let counts = batch.request_counts.as_ref().map(|counts| [counts.total, counts.completed, counts.failed]);
    (batch.status.as_str().to_owned(), counts)
}

/// Downloads a file of results as it comes, unless it is there. Only what is complete has the name, and a download that
/// broke off goes on where it was; so no result that was given can turn out to be half a row.
#[inline]
async fn download(work: &Work, index: usize, side: Side, file_id: Option<&str>) -> Result<()> {
    let Some(file_id) = file_id.filter(|id| !id.is_empty()) else { return Ok(()) };
    let path = work.store.result_path(index, side);
    let asked = path.clone();
    if on_disk(move || asked.try_exists()).await.map_err(failed(&path, "can't be read"))? {
        return Ok(());
    }
    let (mut tries, mut partial, restricted) = (0, None, path.clone());
    loop {
        let call: Content = work.client.files().content(file_id);
        let done = match partial.take() {
            Some(partial) => call.resume_to_file(partial).await,
            None => call.send_to_file(&path).await,
        };
        match done {
            Err(error) if error.is_retryable() && tries < TRIES => {
                partial = error.partial_file().cloned();
                work.pause(&error, &mut tries).await?;
            }
            Ok(_) => {
                return on_disk(move || private_files::restrict(&path))
                    .await
                    .map_err(failed(&restricted, "can't be made private"));
            }
            Err(error) => return Err(error),
        }
    }
}
