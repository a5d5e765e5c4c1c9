//! The end of a WebSocket.

use std::fmt;
use std::sync::Arc;

use tokio_tungstenite::tungstenite::error::{CapacityError, ProtocolError};
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::{Error as WsError, Utf8Bytes};

use crate::error::Redactor;

/// The end of a WebSocket: the code and the reason of the close.
#[derive(Clone, Debug)]
pub struct WebSocketClosed {
    code: u16,
    reason: String,
    source: Option<Arc<dyn std::error::Error + Send + Sync>>,
    /// True if this side found the fault.
    ours: bool,
}

impl WebSocketClosed {
    /// A close with a code and a reason.
    #[must_use]
    pub fn new(code: u16, reason: impl Into<String>) -> Self {
        Self { code, reason: reason.into(), source: None, ours: false }
    }

    /// The code: 1000 for a normal end, 1005 if none was said, 1006 if the connection was lost without a close.
    #[must_use]
    #[inline]
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The reason, often empty.
    #[must_use]
    #[inline]
    pub fn reason(&self) -> &str {
        &self.reason
    }

    #[inline]
    pub(super) fn without_code() -> Self {
        Self::new(1005, "")
    }

    #[inline]
    pub(super) fn lost() -> Self {
        Self::new(1006, "")
    }

    #[inline]
    pub(super) fn from_error(error: WsError, max_message_size: usize, redactor: &Redactor) -> Self {
        let ours = |code, reason: String| Self { ours: true, ..Self::new(code, reason) };
        match error {
            WsError::Capacity(CapacityError::MessageTooLong { .. }) => {
                ours(1009, format!("the message is larger than the limit of {max_message_size} bytes"))
            }
            WsError::Utf8(_) => ours(1007, "a text is not UTF-8".to_owned()),
            WsError::Protocol(error @ ProtocolError::ResetWithoutClosingHandshake) => {
                Self { source: Some(redactor.source(error.into()).into()), ..Self::lost() }
            }
            WsError::Protocol(error) => ours(1002, redactor.text(&error.to_string()).into_owned()),
            WsError::ConnectionClosed | WsError::AlreadyClosed => Self::lost(),
            error => Self { source: Some(redactor.source(error.into()).into()), ..Self::lost() },
        }
    }

    /// The close that tells the server what it did wrong.
    #[inline]
    pub(super) fn to_say(&self) -> Option<CloseFrame> {
        self.ours.then(|| CloseFrame { code: self.code.into(), reason: Utf8Bytes::default() })
    }
}

/// Two closes are equal if code and reason are.
impl PartialEq for WebSocketClosed {
    #[inline]
    fn eq(&self, other: &Self) -> bool {
        (self.code, &self.reason) == (other.code, &other.reason)
    }
}

impl Eq for WebSocketClosed {}

impl fmt::Display for WebSocketClosed {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.code {
            1005 => f.write_str("the connection was closed without a code")?,
            1006 => f.write_str("the connection was lost")?,
            code => write!(f, "the connection was closed with code {code}")?,
        }
        if !self.reason.is_empty() {
            write!(f, ": {}", self.reason)?;
        }
        Ok(())
    }
}

impl std::error::Error for WebSocketClosed {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn std::error::Error + 'static))
    }
}
