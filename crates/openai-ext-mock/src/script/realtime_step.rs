//! The steps of a connection that a test wrote down.

use std::time::Duration;

use serde_json::Value;

/// One step of a connection that a test wrote down; see [`MockServer::on_realtime`](crate::MockServer::on_realtime).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum RealtimeStep {
    /// The server says hello as it always does: `session.created`. A Live session waits for `session.start` before, and
    /// says `session.started`. Responses have no such word.
    Greet,
    /// The server answers the client's next event by itself, to the last event of its answer.
    Answer,
    /// This event is sent as it is: without a check, also one that the document does not know.
    Send(Value),
    /// This text is sent, which need not be JSON.
    SendText(String),
    /// These bytes are sent, as a binary message.
    SendBinary(Vec<u8>),
    /// The client's next event has to be of this type. If it is not, the connection is closed with code 1008 and a reason
    /// that says so. Nothing is answered.
    Expect(String),
    /// The server ends a Live session, or one that translates, by itself: `session.closed` with this reason, as `expired`,
    /// and a close with code 1000. Other connections have the close alone.
    EndSession(String),
    /// A ping is sent.
    Ping,
    /// The server neither reads nor sends for this long; [`Duration::MAX`] is for ever.
    Stall(Duration),
    /// The connection is closed with this code and reason. 1005 stands for a close without a code; 1006 and 1015, which no
    /// close can say, for a connection that is lost.
    Close {
        /// The code, from 1000 to 4999.
        code: u16,
        /// The reason, of which 123 bytes are sent.
        reason: String,
    },
    /// The connection is lost: TCP ends without a close.
    Disconnect,
}

impl RealtimeStep {
    /// [`Self::Send`].
    pub fn send(event: Value) -> Self {
        Self::Send(event)
    }

    /// [`Self::Expect`].
    pub fn expect(kind: impl Into<String>) -> Self {
        Self::Expect(kind.into())
    }

    /// [`Self::EndSession`].
    pub fn end_session(reason: impl Into<String>) -> Self {
        Self::EndSession(reason.into())
    }

    /// [`Self::Close`].
    pub fn close(code: u16, reason: impl Into<String>) -> Self {
        Self::Close { code, reason: reason.into() }
    }
}
