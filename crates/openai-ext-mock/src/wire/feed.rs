//! Events of a stream that stays open, sent by the requests that come after it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use super::event::Event;

/// The events that are still to come; the stream ends when the sender is gone.
#[derive(Clone, Debug)]
pub(crate) struct EventFeed(Arc<Reader>);

/// The other end of an [`EventFeed`].
#[derive(Debug)]
pub(crate) struct EventSender(Arc<Mutex<Queue>>);

#[derive(Debug)]
struct Reader(Arc<Mutex<Queue>>);

#[derive(Debug, Default)]
struct Queue {
    events: VecDeque<Event>,
    waker: Option<Waker>,
    sender_has_gone: bool,
    reader_has_gone: bool,
}

impl EventFeed {
    pub(crate) fn new() -> (EventSender, Self) {
        let queue = Arc::<Mutex<Queue>>::default();
        (EventSender(Arc::clone(&queue)), Self(Arc::new(Reader(queue))))
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        let mut queue = lock(&self.0.0);
        match queue.events.pop_front() {
            None if !queue.sender_has_gone => {
                queue.waker = Some(cx.waker().clone());
                Poll::Pending
            }
            next => Poll::Ready(next),
        }
    }
}

impl EventSender {
    /// Sends events; nobody reads them if the client has gone.
    pub(crate) fn send(&self, events: &[Event]) {
        let mut queue = lock(&self.0);
        queue.events.extend(events.iter().cloned());
        queue.wake();
    }

    /// True if the client has gone.
    pub(crate) fn is_closed(&self) -> bool {
        lock(&self.0).reader_has_gone
    }

    /// Takes what the client has not read.
    pub(crate) fn take_unread(&self) -> Vec<Event> {
        lock(&self.0).events.drain(..).collect()
    }
}

impl Queue {
    fn wake(&mut self) {
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }
}

impl Drop for EventSender {
    fn drop(&mut self) {
        let mut queue = lock(&self.0);
        queue.sender_has_gone = true;
        queue.wake();
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        lock(&self.0).reader_has_gone = true;
    }
}

fn lock(queue: &Mutex<Queue>) -> MutexGuard<'_, Queue> {
    queue.lock().unwrap_or_else(PoisonError::into_inner)
}
