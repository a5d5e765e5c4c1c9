//! Responses in the background, whose streams can be gone on with.

use serde_json::Value;

use super::exchange::{Answer, ServerRequest};
use super::models::{answer_events, events_of_response, token_of};
use super::state::{SimulatedServer, StoredResponse};

impl SimulatedServer {
    /// Creates a response in the background and streams it.
    pub(super) fn create_background(&mut self, body: &Value, is_again: bool) -> Answer {
        let token = token_of(body["input"].to_string().as_bytes());
        let random = &mut self.random;
        let stored = self
            .backgrounds
            .entry(format!("resp_{token}"))
            .or_insert_with(|| StoredResponse { events: events_of_response(&token, random), made: 0 });
        stored.made += u64::from(!is_again);
        answer_events(&stored.events, random)
    }

    /// Streams the rest of a response; some servers begin with events that were there before.
    pub(super) fn resume_background(&mut self, request: &ServerRequest, id: &str) -> Answer {
        let after = request.parameter("starting_after").and_then(|after| after.parse::<usize>().ok());
        let Some(stored) = self.backgrounds.get(id) else { return Answer::error(404) };
        let first = after.map_or(0, |after| after + 1).min(stored.events.len());
        let first = first.saturating_sub(self.random.pick([0, 0, 0, 1, 4]));
        // Some servers greet and close, again and again.
        let last = if self.greets { (first + 1).min(stored.events.len()) } else { stored.events.len() };
        answer_events(&stored.events[first..last], &mut self.random)
    }

    /// Returns how many times clients created the response to a token, and the number of its events.
    pub(crate) fn background(&self, token: &str) -> (u64, usize) {
        self.backgrounds.get(&format!("resp_{token}")).map_or((0, 0), |stored| (stored.made, stored.events.len()))
    }
}
