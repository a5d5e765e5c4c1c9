//! The events of realtime sessions.

use serde_json::{Value, json};

use super::models::{parts, reply_text};
use super::state::SimulatedServer;
use crate::simulation::random::Random;

/// Returns the events of the response to a token.
pub(crate) fn events_of_session(token: &str, number: u64, random: &mut Random) -> Vec<Value> {
    let (text, id) = (reply_text(token), format!("resp_{token}_{number}"));
    let mut events =
        vec![json!({"type": "response.created", "event_id": "e", "response": {"id": id, "status": "in_progress"}})];
    for part in parts(&text, random) {
        events.push(json!({
            "type": "response.output_text.delta", "event_id": "e", "response_id": id, "item_id": "item", "output_index": 0,
            "content_index": 0, "delta": part,
        }));
    }
    let response = json!({"object": "realtime.response", "id": id, "status": "completed", "output": []});
    events.push(json!({"type": "response.done", "event_id": "e", "response": response}));
    events
}

impl SimulatedServer {
    /// Counts that a session was asked for the response to a token.
    pub(crate) fn note_asked(&mut self, token: &str) {
        *self.asked.entry(token.to_owned()).or_default() += 1;
    }

    /// Returns how many times that was.
    pub(crate) fn asked(&self, token: &str) -> u64 {
        self.asked.get(token).copied().unwrap_or_default()
    }
}
