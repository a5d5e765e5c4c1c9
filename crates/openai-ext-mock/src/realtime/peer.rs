//! The side of a WebSocket that speaks to the client.

use std::time::Duration;

use serde_json::Value;

/// The speaker on a connection.
pub(super) trait Peer: Send {
    /// Gives the events that are sent before the client sends any.
    fn greet(&mut self) -> Vec<Value>;
    /// Gives the events that answer a message at once; more may be waiting for [`Self::next`].
    fn answer(&mut self, text: &str) -> Vec<Value>;
    /// Gives the next thing that happens after the pause between two events.
    fn next(&mut self) -> Option<Out>;
    fn is_busy(&self) -> bool;
    /// True if the session begins by an event of the client, whose answer is the greeting.
    fn waits_for_start(&self) -> bool {
        false
    }
    /// Gives the events by which the server ends the session by itself.
    fn end(&mut self, reason: &str) -> Vec<Value> {
        let _ = reason;
        Vec::new()
    }
}

/// A thing that is to happen on the connection.
#[derive(Debug)]
pub(super) enum Out {
    Event(Value),
    Wait(Duration),
    Disconnect,
    /// The end of the session, with code 1000.
    Close,
}
