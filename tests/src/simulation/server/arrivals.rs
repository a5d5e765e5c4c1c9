//! Requests on their way to the server.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use super::exchange::{Answer, ServerRequest};
use super::state::SimulatedServer;

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

pub(crate) type AnswerSlot = Arc<Mutex<Option<Answer>>>;

impl PendingRequests {
    /// Adds a request that arrives at this time, so many times, and gives its place.
    pub(crate) fn add(
        &mut self,
        due: Duration,
        request: ServerRequest,
        times: u64,
        answer: AnswerSlot,
    ) -> (Duration, u64) {
        self.number += 1;
        let place = (due, self.number);
        self.requests.insert(place, PendingRequest { request, times, answer });
        place
    }

    /// Takes a request back.
    pub(crate) fn remove(&mut self, place: (Duration, u64)) {
        self.requests.remove(&place);
    }

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
