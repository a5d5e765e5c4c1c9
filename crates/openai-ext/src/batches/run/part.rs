//! One part of a run on the server: a file, its batch, its results. Each step that was begun before a crash is looked up
//! before it is taken again.

use std::time::Duration;

use http::HeaderMap;

use super::work::Work;
use crate::batches::plan::{PART_KEY, RUN_KEY};
use crate::batches::raw::Raw;
use crate::batches::state::{BatchPart, Step};
use crate::batches::store::Side;
use crate::resources::batches::Create;
use crate::resources::files::Content;
use crate::support::disk::{failed, on_disk};
use crate::types::{Batch, BatchOutputExpiresAfter, BatchStatus, FileObject};
use crate::{Error, ErrorKind, InputFile, RawResponse, Result};

/// So many times a step is tried again while its failures may pass.
const TRIES: u32 = 5;

/// So many looks at a batch may fail one after the other.
const FAILED_LOOKS: u32 = 20;

/// The first and the longest wait between two looks at a batch, if neither the caller nor the server says another.
const WAIT: Duration = Duration::from_secs(1);
const LONGEST_WAIT: Duration = Duration::from_secs(30);

/// A batch that finds the queue full is made anew after a wait, which grows from the first to the longest; so many times.
const FULL: Duration = Duration::from_secs(30);
const LONGEST_FULL: Duration = Duration::from_secs(900);
const MOST_REFUSALS: u64 = 24;

/// How far the clocks of the server's machines may be apart, in seconds.
const SKEW: i64 = 600;

/// The most files that a page of a list can have.
const FILES_A_PAGE: i64 = 10_000;

/// A batch as the server showed it, and when to look again if it said so.
type Seen = (Batch, Option<Duration>);

/// Takes a part to the end of its batch, and downloads what came of it.
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
pub(super) fn about(index: usize, error: Error) -> Error {
    error.prefixed(&format!("part {index} of the batch run"))
}

/// The name of a part's file on the server, by which it is found again.
pub(super) fn file_name(run_id: &str, index: usize) -> String {
    format!("openai-batch-{run_id}-{index:05}.jsonl")
}

/// Removes what was downloaded and given.
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

async fn upload(work: &Work, index: usize) -> Result<()> {
    let part = work.store.part(index).await;
    if part.input_file_id.is_some() {
        return Ok(());
    }
    let _turn = work.uploads.acquire().await;
    work.check_deadline("its file is to be uploaded")?;
    let name = file_name(&work.store.state().await.run_id, index);
    let found = match part.step {
        Step::Uploading => find_file(work, &name, &part).await?,
        _ => None,
    };
    let file = match found {
        Some(file) => file,
        None => send_file(work, index, &name, &part).await?,
    };
    work.store
        .update_part(index, |part| {
            part.step = Step::Uploaded;
            part.input_file_id = Some(file.id.clone());
            part.input_created_at = file.created_at;
        })
        .await?;
    work.emitter.emit(Raw::Uploaded { part: index, file_id: file.id, bytes: part.bytes }).await;
    Ok(())
}

async fn send_file(work: &Work, index: usize, name: &str, part: &BatchPart) -> Result<FileObject> {
    let path = work.store.input_path(index);
    let asked = path.clone();
    let length = on_disk(move || std::fs::metadata(asked)).await.map_err(failed(&path, "can't be read"))?.len();
    if length != part.bytes {
        let message = format!("{} has {length} bytes, and had {} when it was written", path.display(), part.bytes);
        return Err(Error::new(ErrorKind::Io, message));
    }
    work.store.update_part(index, |part| part.step = Step::Uploading).await?;
    let mut tries = 0;
    loop {
        let file = InputFile::from_path(&path).name(name).content_type("application/jsonl");
        match work.client.files().create(file, "batch").with_idempotency_key(name).send().await {
            Err(error) if error.is_retryable() && tries < TRIES => pause(work, &error, &mut tries).await?,
            result => return result,
        }
    }
}

/// The file that an earlier process uploaded without being told.
async fn find_file(work: &Work, name: &str, part: &BatchPart) -> Result<Option<FileObject>> {
    let mut files = work.client.files().list().purpose("batch").limit(FILES_A_PAGE).items();
    while let Some(file) = files.next().await {
        let file = file?;
        if file.filename == name && u64::try_from(file.bytes) == Ok(part.bytes) {
            return Ok(Some(file));
        }
    }
    Ok(None)
}

/// Makes the part's batch, and tells when to look at it if the server says so; gives nothing if it was made before.
///
/// A request that may have been carried out is never sent again before the list of batches was looked through: servers need
/// not know `Idempotency-Key`, and a second batch would be paid for.
async fn create(work: &Work, index: usize) -> Result<Option<Seen>> {
    let part = work.store.part(index).await;
    let Some(file_id) = part.input_file_id.as_deref().filter(|_| part.batch_id.is_none()) else { return Ok(None) };
    let mut in_doubt = part.step == Step::Creating;
    let mut tries = 0;
    let (batch, wait) = loop {
        if in_doubt && let Some(batch) = find_batch(work, file_id, &part).await? {
            break (batch, None);
        }
        work.check_deadline("its batch is to be created")?;
        work.store.update_part(index, |part| part.step = Step::Creating).await?;
        match seen(call(work, index, file_id).await.send_raw().await) {
            Ok(seen) => break seen,
            Err(error) if error.is_retryable() && tries < TRIES => {
                in_doubt = true;
                pause(work, &error, &mut tries).await?;
            }
            Err(error) => return Err(error),
        }
    };
    work.store
        .update_part(index, |part| {
            part.step = Step::Created;
            part.batch_id = Some(batch.id.clone());
        })
        .await?;
    work.emitter.emit(Raw::Batch { part: index, batch: Box::new(batch.clone()) }).await;
    Ok(Some((batch, wait)))
}

async fn call(work: &Work, index: usize, file_id: &str) -> Create {
    let state = work.store.state().await;
    let refused = state.parts.get(index).map_or(0, |part| part.refused);
    let mut metadata = state.metadata;
    metadata.insert(RUN_KEY.to_owned(), state.run_id.clone());
    metadata.insert(PART_KEY.to_owned(), format!("{}/{}", index + 1, state.parts.len()));
    let mut call = work
        .client
        .batches()
        .create(file_id, state.endpoint.as_str())
        .metadata(metadata)
        // Another batch after one that was refused is another request.
        .with_idempotency_key(format!("{}-{index}-{refused}", state.run_id))
        .with_max_retries(0);
    if let Some(seconds) = state.output_expires_after {
        call = call.output_expires_after(BatchOutputExpiresAfter::new(seconds));
    }
    match state.completion_window {
        Some(window) => call.with_body_field("completion_window", window),
        None => call,
    }
}

/// The batch that was made of a file, if there is one. No batch is older than its file, so that not all are looked through.
async fn find_batch(work: &Work, file_id: &str, part: &BatchPart) -> Result<Option<Batch>> {
    let mut batches = work.client.batches().list().limit(100).items();
    while let Some(batch) = batches.next().await {
        let batch = batch?;
        if batch.input_file_id == file_id && !is_queue_full(&batch) {
            return Ok(Some(batch));
        }
        if batch.created_at < part.input_created_at.saturating_sub(SKEW) {
            break;
        }
    }
    Ok(None)
}

/// Looks at a batch that was made before.
async fn poll_known(work: &Work, index: usize) -> Result<Batch> {
    let id = work.store.part(index).await.batch_id.unwrap_or_default();
    let (batch, wait) = look(work, &id).await?;
    work.emitter.emit(Raw::Batch { part: index, batch: Box::new(batch.clone()) }).await;
    poll(work, index, batch, wait).await
}

/// Looks at a batch until it has ended.
async fn poll(work: &Work, index: usize, mut last: Batch, mut told: Option<Duration>) -> Result<Batch> {
    let (mut wait, mut failures) = (WAIT, 0);
    loop {
        if is_over(&last)? {
            return ended(work, index, last).await;
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

/// Whether a batch was refused since the account has too many tokens enqueued: nothing of it was run, and later there may
/// be room.
fn is_queue_full(batch: &Batch) -> bool {
    let errors = batch.errors.as_ref().and_then(|errors| errors.data.as_deref()).unwrap_or_default();
    matches!(batch.status, BatchStatus::Failed)
        && errors.iter().any(|error| error.code.as_deref() == Some("token_limit_exceeded"))
}

/// Waits until there may be room for a part's batch, and lets it be made anew; gives false if that is no use any more.
async fn wait_for_room(work: &Work, index: usize) -> Result<bool> {
    let refused = work.store.part(index).await.refused;
    if refused >= MOST_REFUSALS {
        return Ok(false);
    }
    work.store
        .update_part(index, |part| {
            part.step = Step::Uploaded;
            part.batch_id = None;
            part.refused += 1;
        })
        .await?;
    work.wait(FULL.saturating_mul(1 << refused.min(5)).min(LONGEST_FULL)).await;
    work.check_deadline("too much is enqueued, and its batch waits for room")?;
    Ok(true)
}

async fn ended(work: &Work, index: usize, batch: Batch) -> Result<Batch> {
    work.store.update_part(index, |part| part.step = Step::Ended).await?;
    Ok(batch)
}

/// Looks at a batch.
async fn look(work: &Work, id: &str) -> Result<Seen> {
    let mut call = work.client.batches().retrieve(id).with_header("x-stainless-poll-helper", "true");
    if let Some(interval) = work.interval {
        call = call.with_header("x-stainless-custom-poll-interval", interval.as_millis().to_string());
    }
    seen(call.send_raw().await)
}

fn seen(response: Result<RawResponse<Batch>>) -> Result<Seen> {
    let response = response?;
    Ok((response.parse()?, response.poll_after()))
}

fn is_over(batch: &Batch) -> Result<bool> {
    use BatchStatus::{Cancelled, Cancelling, Completed, Expired, Failed, Finalizing, InProgress, Validating};
    match &batch.status {
        Completed | Failed | Expired | Cancelled => Ok(true),
        Validating | InProgress | Finalizing | Cancelling => Ok(false),
        other => {
            let message = format!("{} has the status {:?}, which this SDK does not know", batch.id, other.as_str());
            let body = openai_runtime::json::to_vec(batch).into();
            Err(Error::new(ErrorKind::Decode, message).with_response(http::StatusCode::OK, HeaderMap::new(), body))
        }
    }
}

/// What is worth telling when it changes.
fn progress(batch: &Batch) -> (String, Option<[i64; 3]>) {
    let counts = batch.request_counts.as_ref().map(|counts| [counts.total, counts.completed, counts.failed]);
    (batch.status.as_str().to_owned(), counts)
}

/// Downloads a file of results as it comes, unless it is there. Only what is complete has the name, and a download that
/// broke off goes on where it was; so no result that was given can turn out to be half a row.
async fn download(work: &Work, index: usize, side: Side, file_id: Option<&str>) -> Result<()> {
    let Some(file_id) = file_id.filter(|id| !id.is_empty()) else { return Ok(()) };
    let path = work.store.result_path(index, side);
    let asked = path.clone();
    if on_disk(move || asked.try_exists()).await.map_err(failed(&path, "can't be read"))? {
        return Ok(());
    }
    let (mut tries, mut partial) = (0, None);
    loop {
        let call: Content = work.client.files().content(file_id);
        let done = match partial.take() {
            Some(partial) => call.resume_to_file(partial).await,
            None => call.send_to_file(&path).await,
        };
        match done {
            Err(error) if error.is_retryable() && tries < TRIES => {
                partial = error.partial_file().cloned();
                pause(work, &error, &mut tries).await?;
            }
            result => return result.map(drop),
        }
    }
}

/// Waits before a step is tried again: as long as the server asks, else longer each time.
async fn pause(work: &Work, error: &Error, tries: &mut u32) -> Result<()> {
    let seconds = f64::from(1_u32 << (*tries).min(5)) * (1.0 - 0.25 * work.client.clock().random());
    *tries += 1;
    work.wait(error.bounded_retry_after().unwrap_or(Duration::from_secs_f64(seconds))).await;
    work.check_deadline(error.message())
}
