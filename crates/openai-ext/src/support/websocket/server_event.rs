//! The events that a server sends over a connection.

use openai_runtime::json::Json;

/// An event that a server sends over a WebSocket of the API.
pub trait ServerEvent: Json + Default + Send + 'static {
    /// Puts the events of a connection together. A connection that is made anew starts with an empty one.
    type Accumulator: Default + Send + Sync;
}
