//! The speaker of a session: its items, its ids, and the events that wait to be said.

use std::collections::VecDeque;

use serde_json::{Value, json};

use super::peer::Out;
use super::session_items::Items;
use crate::model::with;
use crate::schema::Rng;

/// The speaker of a session.
pub(super) struct Speaker {
    pub(super) rng: Rng,
    /// The session object as the client sees it.
    pub(super) session: Value,
    pub(super) items: Items,
    pub(super) conversation_id: String,
    queue: VecDeque<Queued>,
}

struct Queued {
    out: Out,
    of_response: bool,
}

impl Speaker {
    pub(super) fn new(mut rng: Rng, session: Value, keep: usize) -> Self {
        let conversation_id = rng.id("conv_");
        Self { rng, session, items: Items::new(keep), conversation_id, queue: VecDeque::new() }
    }

    pub(super) fn event(&mut self, kind: &str, fields: Value) -> Value {
        with(json!({"type": kind, "event_id": self.rng.id("event_")}), fields)
    }

    pub(super) fn queue(&mut self, kind: &str, fields: Value, of_response: bool) {
        let out = Out::Event(self.event(kind, fields));
        self.queue.push_back(Queued { out, of_response });
    }

    /// Queues the loss of the connection.
    pub(super) fn queue_end(&mut self) {
        self.queue.push_back(Queued { out: Out::Disconnect, of_response: true });
    }

    pub(super) fn next(&mut self) -> Option<Out> {
        Some(self.queue.pop_front()?.out)
    }

    pub(super) fn is_busy(&self) -> bool {
        !self.queue.is_empty()
    }

    /// Takes back the events of the response that wait to be said.
    pub(super) fn forget_response(&mut self) {
        self.queue.retain(|queued| !queued.of_response);
    }
}
