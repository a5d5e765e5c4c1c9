//! The client's end of a request on its way.

use std::sync::{Arc, PoisonError};
use std::time::Duration;

use crate::simulation::server::{Answer, AnswerSlot, ServerRequest};
use crate::simulation::world::World;

/// The client's end of a request on its way.
pub(super) struct Ticket {
    world: Arc<World>,
    place: (Duration, u64),
    answer: AnswerSlot,
    is_held: bool,
}

impl Ticket {
    /// Sends a request that arrives at this time; `is_held`: also if the client is gone by then.
    pub(super) fn new(world: &Arc<World>, due: Duration, request: ServerRequest, times: u64, is_held: bool) -> Self {
        let answer = AnswerSlot::default();
        let pending = &mut world.state().pending;
        let place = pending.add(due, request, times, answer.clone());
        Self { world: world.clone(), place, answer, is_held }
    }

    /// When it arrives.
    pub(super) fn due(&self) -> Duration {
        self.place.0
    }

    /// Takes the server's answer, once the request has arrived.
    pub(super) fn answer(&self) -> Option<Answer> {
        self.answer.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        // What has arrived is carried out, whenever that is asked for.
        if !self.is_held && self.world.now() < self.place.0 {
            self.world.state().pending.remove(self.place);
        }
    }
}
