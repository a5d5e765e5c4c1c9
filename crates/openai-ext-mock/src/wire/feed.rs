//! Events of a stream that stays open, sent by the requests that come after it.

use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use tokio::sync::mpsc;

use super::reply::Event;

/// The events that are still to come; the stream ends when the sender is gone.
#[derive(Clone, Debug)]
pub(crate) struct EventFeed(Arc<Mutex<mpsc::UnboundedReceiver<Event>>>);

/// The other end of an [`EventFeed`].
#[derive(Debug)]
pub(crate) struct EventSender(mpsc::UnboundedSender<Event>);

impl EventFeed {
    pub(crate) fn new() -> (EventSender, Self) {
        let (sender, receiver) = mpsc::unbounded_channel();
        (EventSender(sender), Self(Arc::new(Mutex::new(receiver))))
    }

    pub(super) fn poll(&self, cx: &mut Context<'_>) -> Poll<Option<Event>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).poll_recv(cx)
    }
}

impl EventSender {
    /// Sends an event; nothing happens if the client has gone.
    pub(crate) fn send(&self, event: Event) {
        drop(self.0.send(event));
    }

    /// True if the client has gone.
    pub(crate) fn is_closed(&self) -> bool {
        self.0.is_closed()
    }
}
