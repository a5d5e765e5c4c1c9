//! Requests on their way to the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use crate::simulation::server::{Answer, SimulatedServer, ServerRequest};
use crate::simulation::world::World;

/// The requests that have not arrived yet, by the time at which they do.
#[derive(Default)]
pub(crate) struct PendingRequests {
    number: u64,
    requests: BTreeMap<(Duration, u64), PendingRequest>,
}

struct PendingRequest {
    request: ServerRequest,
    times: u64,
    answer: AnswerSlot,
}

type AnswerSlot = Arc<Mutex<Option<Answer>>>;

impl PendingRequests {
    /// Carries out what has arrived by now.
    pub(crate) fn serve(&mut self, now: Duration, server: &mut SimulatedServer) {
        while let Some(entry) = self.requests.first_entry().filter(|entry| entry.key().0 <= now) {
            let ((due, _), pending) = entry.remove_entry();
            let answer = server.serve(due, &pending.request, false);
            *pending.answer.lock().unwrap_or_else(PoisonError::into_inner) = Some(answer);
            for _ in 1..pending.times {
                server.serve(due, &pending.request, true);
            }
        }
    }
}

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
        pending.number += 1;
        let place = (due, pending.number);
        pending.requests.insert(place, PendingRequest { request, times, answer: answer.clone() });
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
            self.world.state().pending.requests.remove(&self.place);
        }
    }
}
