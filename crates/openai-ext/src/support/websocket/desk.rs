//! The place of messages that are not for the reader of a connection.

use std::any::Any;
use std::task::Waker;

use openai_runtime::WebSocketClosed;

use crate::{Bytes, Error, ErrorKind};

/// A place where messages are filed that are not for the reader of the connection, such as those of a lane.
///
/// It is asked while the connection is locked, so that what was queued is known before any answer.
pub(crate) trait Desk: Any + Send + Sync {
    /// Takes a message, unless it is for the reader. `inbox` is what the reader has not read.
    fn file(&self, message: &Bytes, inbox: Inbox, due: &mut Vec<Waker>) -> Filed;

    /// Notes that a message with this number was handed over, so that it may be answered.
    fn sent(&self, message: &Bytes, number: u64);

    /// Notes that the connection was lost, and later that it has ended for good.
    fn lose(&self, loss: &Loss<'_>, due: &mut Vec<Waker>);
}

/// The number of messages that wait for the reader, and their bytes.
#[derive(Clone, Copy)]
pub(crate) struct Inbox {
    pub(crate) events: usize,
    pub(crate) bytes: usize,
}

/// The treatment of a message.
pub(crate) enum Filed {
    /// The reader gets it.
    Reader,
    /// Somebody else gets it, or nobody.
    Taken,
    /// The reader gets this instead of all that waits for it.
    Overflow(Error),
}

/// The loss of a connection.
pub(crate) struct Loss<'a> {
    pub(crate) closed: &'a WebSocketClosed,
    /// The kind of the error of whoever waited for something.
    pub(crate) kind: ErrorKind,
    /// The connection is not made anew.
    pub(crate) is_final: bool,
    /// Tells whether no byte of the event with this number was handed over, so that it is sent on the next connection.
    pub(crate) is_queued: &'a dyn Fn(u64) -> bool,
}
