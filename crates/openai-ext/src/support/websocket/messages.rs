//! The messages of a connection: those that wait to be sent, those that came, and the errors of its end.

use std::collections::VecDeque;

use openai_runtime::{WebSocketClosed, WebSocketMessage};

use super::options::may_pass;
use crate::{Bytes, Error, ErrorKind};

pub(super) struct Queued {
    /// There is none for what is said first on a new connection.
    pub(super) number: Option<u64>,
    pub(super) text: Bytes,
}

/// A message that arrives.
pub(super) enum Incoming {
    Message(Bytes),
    Reconnected { tries: u32, closed: WebSocketClosed },
    Failed(Error),
}

/// Finds an event by its number: they are in order, after those that have none.
#[inline]
pub(super) fn place(events: &VecDeque<Queued>, number: u64) -> Result<usize, usize> {
    events.binary_search_by_key(&number, |queued| queued.number.unwrap_or_default())
}

/// Returns the event of a message; one in a binary message is an event as well.
#[inline]
pub(super) fn text_of(message: WebSocketMessage) -> Option<Bytes> {
    match message {
        WebSocketMessage::Text(bytes) | WebSocketMessage::Binary(bytes) => Some(bytes),
        _ => None,
    }
}

/// The error of whoever still wants something of a connection that is closed.
#[inline]
pub(super) fn error_of(closed: &WebSocketClosed) -> Error {
    let kind = match closed.code() {
        1000 => ErrorKind::Truncated,
        _ if may_pass(closed) => ErrorKind::Connection,
        _ => ErrorKind::Stream,
    };
    Error::new(kind, closed.to_string()).with_source(closed.clone())
}

/// The error of a connection that ended although its server says by an event when a session is over, and did not.
#[inline]
pub(super) fn lost_error(closed: &WebSocketClosed) -> Error {
    let message = format!("the connection was lost before the server ended the session by `session.closed`: {closed}");
    Error::new(error_of(closed).kind(), message).with_source(closed.clone())
}
