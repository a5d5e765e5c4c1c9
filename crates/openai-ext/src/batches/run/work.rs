//! The things that all parts of a run share.

use std::time::Duration;

use tokio::sync::Semaphore;

use crate::batches::raw::RawEmitter;
use crate::batches::store::Store;
use crate::{Client, Error, ErrorKind, Result};

/// The things that all parts of a run share.
pub(super) struct Work {
    pub(super) client: Client,
    pub(super) store: Store,
    pub(super) emitter: RawEmitter,
    pub(super) interval: Option<Duration>,
    pub(super) in_order: bool,
    pub(super) uploads: Semaphore,
    /// By the client's clock, and how long there was.
    pub(super) deadline: Option<(Duration, Duration)>,
}

impl Work {
    /// Fails if the time is over; `what` is being waited for.
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
    pub(super) async fn wait(&self, time: Duration) {
        let clock = self.client.clock();
        let left = self.deadline.map(|(end, _)| end.saturating_sub(clock.elapsed()));
        clock.sleep(left.map_or(time, |left| left.min(time))).await;
    }
}
