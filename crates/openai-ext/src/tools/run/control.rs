//! The controls of a run, and the sink of its events.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::Duration;

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Clock, Error};

use super::record::{StopReason, ToolApi, ToolEvent};
use crate::support::stop::Stop;
use crate::tools::panics::caught_future;

/// Why a run can't go on.
pub(crate) enum Halt {
    Cancelled,
    Deadline(Duration),
    Limit(u32),
    /// The conversation is over the budget, as this says.
    Context(String),
    /// A tool failed: the place of its outcome among those of the run.
    Tool(usize),
    /// Other code of the program panicked.
    Panicked(String),
    Failed(Error),
}

impl From<Error> for Halt {
    #[inline]
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Halt {
    #[inline]
    pub(crate) fn reason(&self) -> StopReason {
        match self {
            Self::Cancelled => StopReason::Cancelled,
            Self::Deadline(_) => StopReason::DeadlineReached,
            Self::Limit(_) => StopReason::LimitReached,
            Self::Context(_) => StopReason::ContextExceeded,
            Self::Tool(_) | Self::Panicked(_) => StopReason::ToolFailed,
            Self::Failed(_) => StopReason::RequestFailed,
        }
    }
}

/// EventSink on their way to who reads them.
pub(crate) struct EventQueue<A: ToolApi>(Arc<Mutex<VecDeque<ToolEvent<A>>>>);

impl<A: ToolApi> EventQueue<A> {
    pub(crate) fn new() -> Self {
        Self(Arc::default())
    }

    pub(crate) fn pop(&self) -> Option<ToolEvent<A>> {
        self.lock().pop_front()
    }

    pub(crate) fn is_empty(&self) -> bool {
        self.lock().is_empty()
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<ToolEvent<A>>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<A: ToolApi> Clone for EventQueue<A> {
    fn clone(&self) -> Self {
        Self(Arc::clone(&self.0))
    }
}

/// The sink of events, which drops them if nobody reads.
pub(crate) struct EventSink<A: ToolApi> {
    queue: Option<EventQueue<A>>,
    /// True if the answers are to be streamed.
    pub(crate) deltas: bool,
}

impl<A: ToolApi> EventSink<A> {
    pub(crate) fn nowhere() -> Self {
        Self { queue: None, deltas: false }
    }

    pub(crate) fn to(queue: &EventQueue<A>, deltas: bool) -> Self {
        Self { queue: Some(queue.clone()), deltas }
    }

    pub(crate) fn share(&self) -> Self {
        Self { queue: self.queue.clone(), deltas: self.deltas }
    }

    /// Says what happened; it is made only if somebody reads it.
    pub(crate) fn say(&self, event: impl FnOnce() -> ToolEvent<A>) {
        if let Some(queue) = &self.queue {
            let event = event();
            queue.lock().push_back(event);
        }
    }

    /// Goes on when all was read: a run is no faster than its reader. The reader polls the run when there is nothing left,
    /// so nobody needs to be woken.
    pub(crate) async fn read(&self) {
        poll_fn(|_| match &self.queue {
            Some(queue) if !queue.is_empty() => Poll::Pending,
            _ => Poll::Ready(()),
        })
        .await;
    }
}

/// The controls of a run.
pub(crate) struct Control<A: ToolApi> {
    pub(crate) events: EventSink<A>,
    #[cfg_attr(not(any(feature = "responses", feature = "beta")), allow(dead_code, reason = "only polling waits"))]
    pub(crate) clock: Arc<dyn Clock>,
    pub(crate) turn: u32,
    /// When the run ends, by the clock.
    pub(crate) deadline: Option<Duration>,
    stop: Stop,
    over: Option<(Duration, BoxFuture<()>)>,
}

impl<A: ToolApi> Control<A> {
    /// The time starts now.
    pub(crate) fn new(events: EventSink<A>, clock: &Arc<dyn Clock>, stop: Stop, limit: Option<Duration>) -> Self {
        let deadline = limit.map(|limit| clock.elapsed().saturating_add(limit));
        let over = limit.map(|limit| (limit, clock.sleep(limit)));
        Self { events, clock: Arc::clone(clock), turn: 0, deadline, stop, over }
    }

    /// Awaits something unless the run is to end first. What was ready at the same time does not count.
    pub(crate) async fn race<F: Future>(&mut self, future: F) -> Result<F::Output, Halt> {
        let mut future = pin!(future);
        let over = &mut self.over;
        let timed = poll_fn(|context| {
            if let Some((limit, over)) = over
                && over.as_mut().poll(context).is_ready()
            {
                // What has ended may not be polled again.
                *over = Box::pin(std::future::ready(()));
                return Poll::Ready(Err(Halt::Deadline(*limit)));
            }
            future.as_mut().poll(context).map(Ok)
        });
        // The caller's future may panic, and must not take with it what it is raced against.
        match caught_future(self.stop.race(timed)).await {
            Ok(ended) => ended.unwrap_or(Err(Halt::Cancelled)),
            Err(panic) => Err(Halt::Panicked(format!("code that the run called panicked: {panic}"))),
        }
    }
}
