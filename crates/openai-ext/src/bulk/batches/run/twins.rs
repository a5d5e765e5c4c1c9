//! Batches and files of a run that are on the server although the run does not use them: those that a request without a
//! response made after all, or that the network sent twice.

use std::collections::{HashMap, HashSet};
use std::time::Duration;

use super::listing::{file_name, list_batches, list_files, part_of};
use super::status::{is_over, is_queue_full};
use super::work::Work;
use crate::bulk::batches::raw::Raw;
use crate::bulk::batches::state::RunState;
use crate::types::{Batch, BatchStatus};
use crate::{Error, ErrorKind, Result};

/// The first and the longest wait between two looks for twins, while batches run and at the end.
const WAIT: Duration = Duration::from_secs(15);
const LONGEST_WAIT: Duration = Duration::from_secs(600);
const LAST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_LAST_WAIT: Duration = Duration::from_secs(10);

/// The looks for twins of one part while its batch runs: what is cancelled early costs less.
pub(super) struct TwinWatch {
    next: Duration,
    wait: Duration,
}

impl TwinWatch {
    /// A watch for a part that may have twins.
    #[inline]
    pub(super) async fn of(work: &Work, index: usize) -> Option<Self> {
        let is_doubtful = work.store.part(index).await.unconfirmed > 0;
        is_doubtful.then(|| Self { next: work.client.clock().elapsed(), wait: WAIT })
    }

    /// Cancels the twins that there are, if it is time to look.
    #[inline]
    pub(super) async fn look(&mut self, work: &Work, index: usize) {
        let now = work.client.clock().elapsed();
        if now < self.next {
            return;
        }
        self.next = now.saturating_add(self.wait);
        self.wait = (self.wait * 2).min(LONGEST_WAIT);
        // A list that can't be read is read later.
        for (part, batch) in twins(work).await.unwrap_or_default() {
            if part == index {
                cancel(work, part, batch, false).await;
            }
        }
    }
}

/// Finds what the run does not use, cancels the batches, deletes the files, and tells of each. All parts have ended.
///
/// Failures are told, and end nothing: all results were given.
#[inline]
pub(super) async fn clear(work: &Work) -> Result<()> {
    let state = work.store.state().await;
    // As many twins as requests without a trace: they may appear in the list at any time.
    let expected: u64 = state.parts.iter().map(|part| part.unconfirmed).sum();
    let end = work.latest_unconfirmed().map_or(Duration::ZERO, |time| time.saturating_add(work.lookup_window));
    let mut wait = LAST_WAIT;
    loop {
        let now = work.client.clock().elapsed();
        let cleared = clear_once(work, &state, now).await;
        if work.found_twins() >= expected || now >= end {
            if let Err(error) = cleared {
                work.emitter.emit(Raw::TwinsUnchecked { reason: error.to_string() }).await;
            }
            return Ok(());
        }
        work.wait(wait.min(end.saturating_sub(now))).await;
        work.check_deadline("the server is searched for batches that the run does not use")?;
        wait = (wait * 2).min(LONGEST_LAST_WAIT);
    }
}

#[inline]
async fn clear_once(work: &Work, state: &RunState, now: Duration) -> Result<()> {
    let until = now.saturating_add(work.lookup_window);
    let mut of_twins = Vec::new();
    for (part, batch) in twins(work).await? {
        let batch = ended(work, cancel(work, part, batch, true).await, until).await;
        let ids = [Some(batch.input_file_id), batch.output_file_id, batch.error_file_id];
        of_twins.extend(ids.into_iter().flatten().filter(|id| !id.is_empty()).map(|id| (part, id)));
    }
    let used: HashSet<&str> = state.parts.iter().filter_map(|part| part.input_file_id.as_deref()).collect();
    let names = (0..state.parts.len()).map(|index| (file_name(&state.run_id, index), index));
    let names: HashMap<String, usize> = names.collect();
    let uploads = list_files(work, oldest(state), |file| names.contains_key(&file.filename)).await;
    // Those of twins are known without a list.
    for file in uploads.iter().flatten() {
        if let Some(part) = names.get(&file.filename) {
            of_twins.push((*part, file.id.clone()));
        }
    }
    of_twins.sort();
    of_twins.dedup();
    for (part, file_id) in of_twins.into_iter().filter(|(_, id)| !used.contains(id.as_str())) {
        let is_upload = uploads.iter().flatten().any(|file| file.id == file_id);
        delete(work, part, file_id, is_upload).await;
    }
    uploads.map(drop)
}

/// Lists the batches of the run that it does not use, each with its part.
#[inline]
async fn twins(work: &Work) -> Result<Vec<(usize, Batch)>> {
    let state = work.store.state().await;
    let listed = list_batches(work, oldest(&state), |batch| part_of(&state, batch).is_some()).await?;
    // What was being created while the list came may be what a part uses by now.
    let state = work.store.state().await;
    let mut twins = Vec::new();
    for batch in listed {
        let Some(index) = part_of(&state, &batch) else { continue };
        let Some(part) = state.parts.get(index) else { continue };
        let is_used = part.batch_id.as_ref().is_none_or(|id| *id == batch.id);
        if !is_used && !part.past_batch_ids.contains(&batch.id) && !is_queue_full(&batch) {
            twins.push((index, batch));
        }
    }
    Ok(twins)
}

/// The time before which the run had nothing on the server; 0 if it is not known.
#[inline]
fn oldest(state: &RunState) -> i64 {
    state.parts.iter().map(|part| part.input_created_at).min().unwrap_or_default()
}

/// Cancels a twin that still runs, and tells of it; `last`: also if that failed.
#[inline]
async fn cancel(work: &Work, part: usize, batch: Batch, last: bool) -> Batch {
    let (batch, is_settled) = match is_over(&batch) {
        // A list may show an older state, without the files.
        Ok(true) => (work.client.batches().retrieve(&batch.id).send().await.unwrap_or(batch), true),
        _ => match work.client.batches().cancel(&batch.id).send().await {
            Ok(cancelled) => (cancelled, true),
            // It may have ended meanwhile.
            Err(_) => match work.client.batches().retrieve(&batch.id).send().await {
                Ok(now) => {
                    let is_settled = is_over(&now).unwrap_or_default() || is_cancelled(&now);
                    (now, is_settled)
                }
                Err(_) => (batch, false),
            },
        },
    };
    if (is_settled || last) && work.is_new_twin(&batch.id, true) {
        let cancelled = is_cancelled(&batch);
        work.emitter.emit(Raw::TwinBatch { part, batch: Box::new(batch.clone()), cancelled }).await;
    }
    batch
}

#[inline]
fn is_cancelled(batch: &Batch) -> bool {
    matches!(batch.status, BatchStatus::Cancelling | BatchStatus::Cancelled)
}

/// Waits for the end of a twin, whose files are known then.
#[inline]
async fn ended(work: &Work, mut batch: Batch, until: Duration) -> Batch {
    let mut wait = LAST_WAIT;
    while is_cancelled(&batch) && !is_over(&batch).unwrap_or(true) && work.client.clock().elapsed() < until {
        work.wait(wait).await;
        wait = (wait * 2).min(LONGEST_LAST_WAIT);
        if let Ok(now) = work.client.batches().retrieve(&batch.id).send().await {
            batch = now;
        }
    }
    batch
}

#[inline]
async fn delete(work: &Work, part: usize, file_id: String, is_upload: bool) {
    let deleted = match work.client.files().delete(&file_id).send().await {
        Ok(_) => true,
        Err(error) => is_gone(&error),
    };
    if work.is_new_twin(&file_id, is_upload) {
        work.emitter.emit(Raw::TwinFile { part, file_id, deleted }).await;
    }
}

#[inline]
fn is_gone(error: &Error) -> bool {
    error.kind() == ErrorKind::NotFound
}
