//! Files and batches of a run as the server lists them.

use openai_runtime::{ListPage, Pages};

use super::status::is_queue_full;
use super::work::Work;
use crate::bulk::batches::plan::{PART_KEY, RUN_KEY};
use crate::bulk::batches::state::{BatchPart, RunState};
use crate::types::{Batch, BatchStatus, FileObject};
use crate::{Error, ErrorKind, Result};

/// The difference that the clocks of the server's machines may have, in seconds.
const SKEW: i64 = 600;

/// The most files and the most batches that a page of a list can have.
const FILES_A_PAGE: i64 = 10_000;
const BATCHES_A_PAGE: i64 = 100;

/// The most pages that a list is read over: a server may have a list without an end.
const MOST_PAGES: usize = 500;

/// The time limit of a page.
const PAGE_TIMEOUT: std::time::Duration = std::time::Duration::from_secs(30);

/// Returns the name of a part's file on the server, by which it is found again.
#[inline]
pub(super) fn file_name(run_id: &str, index: usize) -> String {
    format!("openai-batch-{run_id}-{index:05}.jsonl")
}

/// Returns the value of [`PART_KEY`] of a part's batches.
#[inline]
pub(super) fn part_mark(index: usize, parts: usize) -> String {
    format!("{}/{parts}", index + 1)
}

/// Returns the file that a request without a response uploaded, if there is one.
#[inline]
pub(super) async fn find_file(work: &Work, name: &str, part: &BatchPart) -> Result<Option<FileObject>> {
    let is_whole =
        |file: &FileObject| !file.id.is_empty() && file.filename == name && u64::try_from(file.bytes) == Ok(part.bytes);
    let found = list_files(work, 0, is_whole).await?;
    Ok(found.into_iter().min_by(|a, b| (a.created_at, &a.id).cmp(&(b.created_at, &b.id))))
}

/// Returns the batch that a request without a response made of a part, if there is one; of several, the same each time.
#[inline]
pub(super) async fn find_batch(work: &Work, index: usize) -> Result<Option<Batch>> {
    let state = work.store.state().await;
    let part = state.parts.get(index).cloned().unwrap_or_default();
    let is_own = |batch: &Batch| {
        part_of(&state, batch) == Some(index) && !part.past_batch_ids.contains(&batch.id) && !is_queue_full(batch)
    };
    let found = list_batches(work, part.input_created_at, is_own).await?;
    let rank = |batch: &Batch| {
        let is_lost = !matches!(
            batch.status,
            BatchStatus::Validating | BatchStatus::InProgress | BatchStatus::Finalizing | BatchStatus::Completed
        );
        (is_lost, batch.created_at, batch.id.clone())
    };
    Ok(found.into_iter().min_by_key(rank))
}

/// Returns the part that a batch was made of, if it is one of this run.
///
/// The metadata says so. A server may leave them out of its list; then the input file does.
#[inline]
pub(super) fn part_of(state: &RunState, batch: &Batch) -> Option<usize> {
    if batch.id.is_empty() {
        return None;
    }
    let marked = |key| batch.metadata.as_ref().and_then(|metadata| metadata.get(key)).map(String::as_str);
    let parts = state.parts.len();
    match (marked(RUN_KEY), marked(PART_KEY)) {
        (Some(run), Some(mark)) => {
            let number: usize = mark.split_once('/').and_then(|(number, _)| number.parse().ok())?;
            let index = number.checked_sub(1).filter(|index| *index < parts)?;
            (run == state.run_id && mark == part_mark(index, parts)).then_some(index)
        }
        _ => {
            let of_part = |part: &BatchPart| part.input_file_id.as_ref() == Some(&batch.input_file_id);
            state.parts.iter().position(of_part)
        }
    }
}

/// Lists the batches that `keep` takes, of those that are not older than `oldest`.
pub(super) async fn list_batches(work: &Work, oldest: i64, keep: impl Fn(&Batch) -> bool) -> Result<Vec<Batch>> {
    let call = || work.client.batches().list().with_timeout(PAGE_TIMEOUT).with_max_retries(0);
    match read(call().limit(BATCHES_A_PAGE).pages(), oldest, |batch| batch.created_at, &keep).await {
        Err(error) if refuses_limit(&error) => read(call().pages(), oldest, |batch| batch.created_at, &keep).await,
        result => result,
    }
}

/// Lists the input files that `keep` takes, of those that are not older than `oldest`.
pub(super) async fn list_files(
    work: &Work,
    oldest: i64,
    keep: impl Fn(&FileObject) -> bool,
) -> Result<Vec<FileObject>> {
    let call = || work.client.files().list().with_timeout(PAGE_TIMEOUT).with_max_retries(0);
    let pages = call().purpose("batch").limit(FILES_A_PAGE).pages();
    match read(pages, oldest, |file| file.created_at, &keep).await {
        Err(error) if refuses_limit(&error) => read(call().pages(), oldest, |file| file.created_at, &keep).await,
        result => result,
    }
}

/// Returns whether the server has no list that can be read, so that another look is of no use.
#[inline]
pub(super) fn is_unlisted(error: &Error) -> bool {
    let status = error.status().map(|status| status.as_u16());
    matches!(status, Some(404 | 405 | 410 | 501))
        || matches!(
            error.kind(),
            ErrorKind::PermissionDenied
                | ErrorKind::BadRequest
                | ErrorKind::UnprocessableEntity
                | ErrorKind::Decode
                | ErrorKind::Limit
                | ErrorKind::Redirect
        )
}

/// Other servers may have smaller pages.
#[inline]
fn refuses_limit(error: &Error) -> bool {
    matches!(error.kind(), ErrorKind::BadRequest | ErrorKind::UnprocessableEntity)
}

/// Reads a list up to its end or, where it goes back in time, up to a page without anything as new as `oldest`.
async fn read<P: ListPage>(
    mut pages: Pages<P>,
    oldest: i64,
    created_at: impl Fn(&P::Item) -> i64,
    keep: impl Fn(&P::Item) -> bool,
) -> Result<Vec<P::Item>> {
    let limit = oldest.saturating_sub(SKEW);
    let (mut kept, mut last, mut goes_back) = (Vec::new(), None, true);
    for _ in 0..MOST_PAGES {
        let Some(page) = pages.next().await else { return Ok(kept) };
        let (mut is_old, mut first) = (true, None);
        for item in page?.into_items() {
            let time = created_at(&item);
            is_old &= time > 0 && time < limit;
            goes_back &= last.is_none_or(|last| time <= last);
            first.get_or_insert(time);
            last = Some(time);
            if keep(&item) {
                kept.push(item);
            }
        }
        // A page whose items are all of one time does not say which way the list goes.
        if is_old && goes_back && first > last {
            return Ok(kept);
        }
    }
    let message = format!("the list on the server has no end within {MOST_PAGES} pages");
    Err(Error::new(ErrorKind::Limit, message))
}
