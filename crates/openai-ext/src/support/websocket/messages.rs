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

/// An event that was being sent when its connection was lost, and is not sent again.
pub(super) struct Uncertain {
    pub(super) number: u64,
    pub(super) closed: WebSocketClosed,
    /// None if it was taken.
    pub(super) text: Option<Bytes>,
    /// A `flush` told of it.
    pub(super) was_told: bool,
    /// The connection was made anew since.
    pub(super) is_old: bool,
}

impl Uncertain {
    #[inline]
    pub(super) fn size(&self) -> usize {
        self.text.as_ref().map_or(0, Bytes::len)
    }

    #[inline]
    pub(super) fn error(&self) -> Error {
        let closed = self.closed.clone();
        let message =
            format!("{closed} while the event was sent: its delivery is uncertain, and it is not sent again by itself");
        Error::new(error_of(&closed).kind(), message).with_source(closed)
    }
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
