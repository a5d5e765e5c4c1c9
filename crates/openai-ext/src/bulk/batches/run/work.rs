//! The things that all parts of a run share.

use std::collections::HashSet;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::sync::Semaphore;

use crate::bulk::batches::raw::{Raw, RawEmitter};
use crate::bulk::batches::store::Store;
use crate::{Client, Error, ErrorKind, Result};

/// So many times a step is tried again while its failures may pass.
pub(super) const TRIES: u32 = 5;

/// The things that all parts of a run share.
pub(super) struct Work {
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) emitter: RawEmitter,
    pub(super) interval: Option<Duration>,
    pub(super) in_order: bool,
    /// The most bytes of a row in a file of results.
    pub(super) max_row_size: usize,
    pub(super) uploads: Semaphore,
    /// By the client's clock, and how long there was.
    pub(super) deadline: Option<(Duration, Duration)>,
    /// The time for which the server is searched for what a request without a response made.
    pub(super) lookup_window: Duration,
    pub(super) doubts: Mutex<Doubts>,
}

/// Objects made without a response, and those found of them later.
#[derive(Default)]
pub(super) struct Doubts {
    /// When a request was sent again last, in this process.
    latest: Option<Duration>,
    /// The ids of batches and files that the caller was told of.
    told: HashSet<String>,
    /// The number of them that a request without a response may have made.
    found: u64,
}

impl Work {
    /// Fails if the time is over; `what` is being waited for.
    #[inline]
    pub(super) fn check_deadline(&self, what: &str) -> Result<()> {
        match self.deadline {
            Some((end, limit)) if self.client.clock().elapsed() >= end => {
                let resume = match self.store.state_path() {
                    Some(path) => format!("; `resume` goes on from {}", path.display()),
                    None => String::new(),
                };
                let message = format!("the run was not done after {limit:?}: {what}{resume}");
                Err(Error::new(ErrorKind::Timeout, message))
            }
            _ => Ok(()),
        }
    }

    /// Waits, but not beyond the deadline.
    #[inline]
    pub(super) async fn wait(&self, time: Duration) {
        let clock = self.client.clock();
        let left = self.deadline.map(|(end, _)| end.saturating_sub(clock.elapsed()));
        clock.sleep(left.map_or(time, |left| left.min(time))).await;
    }

    /// Waits before a step is tried again: as long as the server asks, else longer each time.
    #[inline]
    pub(super) async fn pause(&self, error: &Error, tries: &mut u32) -> Result<()> {
        let seconds = f64::from(1_u32 << (*tries).min(5)) * (1.0 - 0.25 * self.client.clock().random());
        *tries += 1;
        self.wait(error.bounded_retry_after().unwrap_or(Duration::from_secs_f64(seconds))).await;
        self.check_deadline(error.message())
    }

    /// Tells that a request is sent again although an earlier one may have been carried out.
    #[inline]
    pub(super) async fn unconfirmed(&self, part: usize, reason: String) {
        self.doubts().latest = Some(self.client.clock().elapsed());
        self.emitter.emit(Raw::Unconfirmed { part, reason }).await;
    }

    /// When that was last, in this process.
    #[inline]
    pub(super) fn latest_unconfirmed(&self) -> Option<Duration> {
        self.doubts().latest
    }

    /// Returns whether the caller was not told yet of something that the run does not use; `is_whole`: it is what one
    /// request made, not a file that came of it.
    #[inline]
    pub(super) fn is_new_twin(&self, id: &str, is_whole: bool) -> bool {
        let mut doubts = self.doubts();
        let is_new = doubts.told.insert(id.to_owned());
        doubts.found += u64::from(is_new && is_whole);
        is_new
    }

    /// The number of those that are what one request made.
    #[inline]
    pub(super) fn found_twins(&self) -> u64 {
        self.doubts().found
    }

    #[inline]
    fn doubts(&self) -> MutexGuard<'_, Doubts> {
        self.doubts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
