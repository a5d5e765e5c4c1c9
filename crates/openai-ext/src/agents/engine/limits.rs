//! The limits of a run: its end, and the streams that it opens anew.

use std::future::{poll_fn, ready};
use std::pin::pin;
use std::sync::Arc;
use std::task::Poll;
use std::time::Duration;

use openai_runtime::Clock;
use openai_runtime::transport::BoxFuture;

use super::ending::AgentHalt;
use crate::support::stop::Stop;

/// The time after which an open stream counts as useful, although it had no event.
const LONG_ENOUGH: Duration = Duration::from_secs(30);

/// The bounds of a run: its deadline, and the caller's future.
pub(super) struct RunBounds {
    stop: Stop,
    over: Option<(Duration, BoxFuture<()>)>,
}

impl RunBounds {
    /// The time starts now.
    pub(super) fn new(clock: &Arc<dyn Clock>, stop: Stop, deadline: Option<Duration>) -> Self {
        Self { stop, over: deadline.map(|limit| (limit, clock.sleep(limit))) }
    }

    /// Awaits something unless the run is to end first.
    pub(super) async fn race<F: Future>(&mut self, future: F) -> Result<F::Output, AgentHalt> {
        let mut future = pin!(future);
        let over = &mut self.over;
        let timed = poll_fn(|context| {
            if let Some((limit, over)) = over
                && over.as_mut().poll(context).is_ready()
            {
                // What has ended may not be polled again.
                *over = Box::pin(ready(()));
                return Poll::Ready(Err(AgentHalt::Deadline(*limit)));
            }
            future.as_mut().poll(context).map(Ok)
        });
        self.stop.race(timed).await.unwrap_or(Err(AgentHalt::Cancelled))
    }
}

/// The streams that were opened anew in a row.
pub(super) struct ReconnectCount {
    pub(super) most: u32,
    count: u32,
    /// When the last stream was opened, by the clock.
    opened: Duration,
}

impl ReconnectCount {
    pub(super) fn new(most: u32) -> Self {
        Self { most, count: 0, opened: Duration::MAX }
    }

    /// Another stream is open.
    pub(super) fn open(&mut self, clock: &dyn Clock) {
        self.opened = clock.elapsed();
    }

    /// Counts one more, and returns its number and the wait before it; none if there were too many.
    pub(super) fn next(&mut self, clock: &dyn Clock) -> Option<(u32, Duration)> {
        if clock.elapsed().saturating_sub(self.opened) >= LONG_ENOUGH {
            self.count = 0;
        }
        self.opened = Duration::MAX;
        if self.count >= self.most {
            return None;
        }
        let wait = Duration::from_millis(500 << self.count.min(4)).mul_f64(1.0 - 0.25 * clock.random());
        self.count += 1;
        Some((self.count, wait))
    }

    /// Something new was heard of a turn: the stream is of use.
    #[inline]
    pub(super) fn settle(&mut self) {
        self.count = 0;
    }
}
