//! The side of a WebSocket that speaks to the client.

use std::time::Duration;

use serde_json::Value;

/// The speaker on a connection.
pub(super) trait Peer: Send {
    /// What is said before the client says anything.
    fn greet(&mut self) -> Vec<Value>;
    /// What is said at once to a message; more may be waiting for [`Self::next`].
    fn answer(&mut self, text: &str) -> Vec<Value>;
    /// What comes after the last thing and the pause between two events.
    fn next(&mut self) -> Option<Out>;
    fn is_busy(&self) -> bool;
}

/// A thing that is to happen on the connection.
#[derive(Debug)]
pub(super) enum Out {
    Event(Value),
    Wait(Duration),
    Disconnect,
}
