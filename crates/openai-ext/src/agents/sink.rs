//! The events of a run on their way to their reader.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::event::AgentEvent;

/// Events that nobody has read yet.
#[derive(Clone, Default)]
pub(super) struct AgentQueue(Arc<Mutex<Queue>>);

#[derive(Default)]
struct Queue {
    events: VecDeque<AgentEvent>,
    /// The id of the session, once it is known.
    session_id: Option<String>,
}

impl AgentQueue {
    #[inline]
    pub(super) fn pop(&self) -> Option<AgentEvent> {
        self.lock().events.pop_front()
    }

    #[inline]
    pub(super) fn is_empty(&self) -> bool {
        self.lock().events.is_empty()
    }

    #[inline]
    pub(super) fn session_id(&self) -> Option<String> {
        self.lock().session_id.clone()
    }

    fn lock(&self) -> MutexGuard<'_, Queue> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The place that a run tells its events to: a queue, or nowhere if nobody reads them.
#[derive(Clone, Default)]
pub(super) struct Sink(Option<AgentQueue>);

impl Sink {
    #[inline]
    pub(super) fn to(queue: &AgentQueue) -> Self {
        Self(Some(queue.clone()))
    }

    /// Tells an event; it is made only if somebody reads it.
    #[inline]
    pub(super) fn say(&self, event: impl FnOnce() -> AgentEvent) {
        if let Some(queue) = &self.0 {
            let event = event();
            queue.lock().events.push_back(event);
        }
    }

    #[inline]
    pub(super) fn know_session(&self, id: &str) {
        if let Some(queue) = &self.0 {
            queue.lock().session_id = Some(id.to_owned());
        }
    }

    /// Returns true if the reader has all events: a run is no faster than its reader, who polls it for more.
    #[inline]
    pub(super) fn is_read(&self) -> bool {
        self.0.as_ref().is_none_or(AgentQueue::is_empty)
    }

    /// Returns true if somebody reads the events.
    #[inline]
    pub(super) fn has_reader(&self) -> bool {
        self.0.is_some()
    }
}
