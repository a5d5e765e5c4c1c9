//! Requests that make something which is paid for or takes room: the upload of a part's file, and its batch.
//!
//! A request whose outcome is unknown is not sent again before the server was searched over a span of time, because a
//! server may carry it out after the connection is gone and show the result later. Servers need not know
//! `Idempotency-Key`; it has the same value for all requests that make the same thing.

use std::time::Duration;

use super::listing::{file_name, find_batch, find_file, is_unlisted, part_mark};
use super::status::{Seen, look, seen};
use super::work::{TRIES, Work};
use crate::bulk::batches::plan::{PART_KEY, RUN_KEY};
use crate::bulk::batches::raw::Raw;
use crate::bulk::batches::state::{BatchPart, Step};
use crate::resources::batches::Create;
use crate::support::disk::{failed, on_disk};
use crate::types::{BatchOutputExpiresAfter, BatchStatus, FileObject};
use crate::{Error, ErrorKind, InputFile, Result};

/// The first and the longest wait between two searches.
const SEARCH: Duration = Duration::from_millis(250);
const LONGEST_SEARCH: Duration = Duration::from_secs(10);

/// So many searches may fail one after the other.
const FAILED_SEARCHES: u32 = 20;

/// Something that a request makes on the server.
trait Creation: Sync {
    type Made: Send;

    /// Searches the server's list for it.
    fn find(&self) -> impl Future<Output = Result<Option<Self::Made>>> + Send;

    /// Writes down that the request is sent, and sends it once.
    fn send(&self) -> impl Future<Output = Result<Self::Made>> + Send;
}

/// The upload of a part's file.
struct PartFile<'w> {
    work: &'w Work,
    index: usize,
    name: String,
    part: &'w BatchPart,
}

/// The batch of a part.
struct PartBatch<'w> {
    work: &'w Work,
    index: usize,
    file_id: String,
}

/// A request whose outcome is unknown.
struct Doubt {
    /// When it ended, by the client's clock.
    since: Duration,
    /// Its failure; none if an earlier process sent it.
    error: Option<Error>,
    /// The caller was told that nothing was found.
    is_told: bool,
}

/// The outcome of a search.
enum Search<T> {
    Found(T),
    Nothing,
    /// The server has no list, for this reason.
    Unlisted(Error),
}

/// Uploads a part's file, unless it is there.
#[inline]
pub(super) async fn upload(work: &Work, index: usize) -> Result<()> {
    let part = work.store.part(index).await;
    if part.input_file_id.is_some() {
        return Ok(());
    }
    let _turn = work.uploads.acquire().await;
    work.check_deadline("its file is to be uploaded")?;
    let name = file_name(&work.store.state().await.run_id, index);
    let was_sent = part.step == Step::Uploading;
    let file = make(work, index, was_sent, &PartFile { work, index, name, part: &part }).await?;
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

/// Makes the part's batch, and tells when to look at it if the server says so; gives nothing if it was made before.
#[inline]
pub(super) async fn create(work: &Work, index: usize) -> Result<Option<Seen>> {
    let part = work.store.part(index).await;
    let Some(file_id) = part.input_file_id.filter(|_| part.batch_id.is_none()) else { return Ok(None) };
    let was_sent = part.step == Step::Creating;
    let (batch, wait) = make(work, index, was_sent, &PartBatch { work, index, file_id }).await?;
    work.store
        .update_part(index, |part| {
            part.step = Step::Created;
            part.batch_id = Some(batch.id.clone());
        })
        .await?;
    work.emitter.emit(Raw::Batch { part: index, batch: Box::new(batch.clone()) }).await;
    Ok(Some((batch, wait)))
}

/// Sends a request until it succeeds or what it was to make is found; `was_sent`: an earlier process sent it.
async fn make<C: Creation>(work: &Work, index: usize, was_sent: bool, creation: &C) -> Result<C::Made> {
    let mut doubt = was_sent.then(|| Doubt::new(work, None));
    let mut tries = 0;
    loop {
        if let Some(doubt) = &mut doubt {
            let reason = match search(work, doubt.since, creation).await? {
                Search::Found(found) => return Ok(found),
                Search::Nothing => None,
                Search::Unlisted(error) => Some(error),
            };
            let waited = doubt.go_on(work, index, reason, tries).await?;
            // What appeared meanwhile, or could not be read before. A list that can't be read now is no news.
            if waited > LONGEST_SEARCH
                && let Ok(Some(found)) = creation.find().await
            {
                return Ok(found);
            }
        }
        work.check_deadline("it is to be created on the server")?;
        match creation.send().await {
            Ok(made) => return Ok(made),
            Err(error) if may_be_done(&error) => {
                tries += 1;
                doubt = Some(Doubt::new(work, Some(error)));
            }
            Err(error) if error.is_retryable() && tries < TRIES => work.pause(&error, &mut tries).await?,
            Err(error) => return Err(error),
        }
    }
}

impl Doubt {
    #[inline]
    fn new(work: &Work, error: Option<Error>) -> Self {
        Self { since: work.client.clock().elapsed(), error, is_told: false }
    }

    /// Tells that nothing was found, so that the request is sent again, and waits as long as the server asks; an error if
    /// that is no use.
    #[inline]
    async fn go_on(&mut self, work: &Work, index: usize, unlisted: Option<Error>, tries: u32) -> Result<Duration> {
        if let Some(error) = self.error.take_if(|error| tries > TRIES || !error.is_retryable()) {
            return Err(error);
        }
        if !std::mem::replace(&mut self.is_told, true) {
            let failure = match &self.error {
                Some(error) => error.to_string(),
                None => "an earlier process ended before it had the response".to_owned(),
            };
            let search = match &unlisted {
                Some(error) => format!("the server's list can't be read: {error}"),
                None => format!("the server did not list it within {:?}", work.lookup_window),
            };
            work.store.update_part(index, |part| part.unconfirmed += 1).await?;
            work.unconfirmed(index, format!("{failure}; {search}")).await;
        }
        // Without a list no time has passed.
        let passed = work.client.clock().elapsed().saturating_sub(self.since);
        let asked = self.error.as_ref().and_then(Error::bounded_retry_after).unwrap_or(SEARCH);
        let wait = asked.saturating_sub(passed);
        work.wait(wait).await;
        Ok(wait)
    }
}

/// Searches again and again until something is found, or the lookup window has passed and a search after it found nothing.
async fn search<C: Creation>(work: &Work, since: Duration, creation: &C) -> Result<Search<C::Made>> {
    let clock = work.client.clock();
    let end = since.saturating_add(work.lookup_window);
    let (mut wait, mut failures) = (SEARCH, 0);
    loop {
        let asked_at = clock.elapsed();
        match creation.find().await {
            Ok(Some(found)) => return Ok(Search::Found(found)),
            Ok(None) if asked_at >= end => return Ok(Search::Nothing),
            Ok(None) => failures = 0,
            Err(error) if is_unlisted(&error) => return Ok(Search::Unlisted(error)),
            Err(error) if error.is_retryable() && failures < FAILED_SEARCHES => failures += 1,
            Err(error) => {
                let why = "it is unknown whether the server carried out a request, and its list can't be read";
                return Err(error.prefixed(why));
            }
        }
        let left = end.saturating_sub(clock.elapsed());
        work.wait(if left.is_zero() { wait } else { wait.min(left) }).await;
        work.check_deadline("the server is searched for what a request without a response made")?;
        wait = (wait * 2).min(LONGEST_SEARCH);
    }
}

/// Returns whether the server may have carried out a request that failed.
#[inline]
fn may_be_done(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Connection => !is_refused(error),
        ErrorKind::Timeout
        | ErrorKind::Truncated
        | ErrorKind::InternalServer
        | ErrorKind::Conflict
        | ErrorKind::Decode
        | ErrorKind::Redirect
        | ErrorKind::Stream => true,
        // A success whose body is none among them.
        _ => error.status().is_some_and(|status| status.as_u16() < 400 || status.as_u16() == 408),
    }
}

/// Returns whether there was no connection at all.
#[inline]
fn is_refused(error: &Error) -> bool {
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        let kind = cause.downcast_ref::<std::io::Error>().map(std::io::Error::kind);
        if kind == Some(std::io::ErrorKind::ConnectionRefused) {
            return true;
        }
        source = cause.source();
    }
    false
}

impl Creation for PartFile<'_> {
    type Made = FileObject;

    #[inline]
    async fn find(&self) -> Result<Option<FileObject>> {
        find_file(self.work, &self.name, self.part).await
    }

    #[inline]
    async fn send(&self) -> Result<FileObject> {
        let Self { work, index, name, part } = self;
        let path = work.store.input_path(*index);
        let asked = path.clone();
        let length = on_disk(move || std::fs::metadata(asked)).await.map_err(failed(&path, "can't be read"))?.len();
        if length != part.bytes {
            let message = format!("{} has {length} bytes, and had {} when it was written", path.display(), part.bytes);
            return Err(Error::new(ErrorKind::Io, message));
        }
        work.store.update_part(*index, |part| part.step = Step::Uploading).await?;
        let file = InputFile::from_path(&path).name(name).content_type("application/jsonl");
        let call = work.client.files().create(file, "batch").with_idempotency_key(name).with_max_retries(0);
        let file = call.send().await?;
        check_id(&file.id)?;
        Ok(file)
    }
}

impl Creation for PartBatch<'_> {
    type Made = Seen;

    #[inline]
    async fn find(&self) -> Result<Option<Seen>> {
        let Some(mut batch) = find_batch(self.work, self.index).await? else { return Ok(None) };
        Ok(Some(match look(self.work, &batch.id).await {
            Ok(seen) => seen,
            Err(_) => {
                // A list may show an older state, or an end without its files, so that the batch is polled before it counts
                // as ended.
                batch.status = BatchStatus::InProgress;
                (batch, None)
            }
        }))
    }

    #[inline]
    async fn send(&self) -> Result<Seen> {
        self.work.store.update_part(self.index, |part| part.step = Step::Creating).await?;
        let (batch, wait) = seen(call(self.work, self.index, &self.file_id).await.send_raw().await)?;
        check_id(&batch.id)?;
        Ok((batch, wait))
    }
}

/// Checks that a success says what was made.
#[inline]
fn check_id(id: &str) -> Result<()> {
    match id {
        "" => Err(Error::new(ErrorKind::Decode, "the response to the creation has no `id`")),
        _ => Ok(()),
    }
}

#[inline]
async fn call(work: &Work, index: usize, file_id: &str) -> Create {
    let state = work.store.state().await;
    let refused = state.parts.get(index).map_or(0, |part| part.refused);
    let mut metadata = state.metadata;
    metadata.insert(RUN_KEY.to_owned(), state.run_id.clone());
    metadata.insert(PART_KEY.to_owned(), part_mark(index, state.parts.len()));
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
