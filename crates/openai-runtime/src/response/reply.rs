//! A response that was successful, before it is read as something.

use std::time::Duration;

use bytes::Bytes;

use super::head::ResponseHead;
use crate::error::{ErrorKind, Result};
use crate::io::transport::Body;
use crate::json::{self, Json};
use crate::request::endpoint::Done;
use crate::trace::StreamSpan;

/// Status, headers and body of a response.
pub(crate) struct Reply {
    pub(crate) head: ResponseHead,
    /// All of it, or nothing if it is to be streamed.
    pub(crate) bytes: Bytes,
    pub(crate) body: Option<Body>,
    /// The body was compressed, so that the headers don't tell its length.
    pub(crate) packed: bool,
    /// The operation's response is JSON.
    pub(crate) expects_json: bool,
    pub(crate) idle_timeout: Duration,
    /// Of an event stream without an event.
    pub(crate) event_idle_timeout: Option<Duration>,
    pub(crate) done: Done,
    /// Of an event stream.
    pub(crate) max_event_size: Option<usize>,
    /// In bytes, of a body that is handed on as it comes.
    pub(crate) max_size: Option<usize>,
    /// Of a body that is handed on as bytes.
    pub(crate) min_rate: Option<MinRate>,
    /// The span of the call, if the body is to be streamed.
    pub(crate) span: StreamSpan,
}

/// The least that is to come of a response, while it is waited for.
#[derive(Clone, Copy, Debug)]
pub(crate) struct MinRate {
    pub(crate) bytes: u64,
    pub(crate) window: Duration,
}

impl Reply {
    pub(crate) fn parse<T: Json + Default>(&self) -> Result<T> {
        self.head.parse(&self.bytes)
    }

    pub(crate) fn text(&self) -> Result<String> {
        match std::str::from_utf8(&self.bytes) {
            Ok(text) => Ok(text.to_owned()),
            Err(error) => Err(self
                .head
                .error(ErrorKind::Decode, format!("the response is no text in UTF-8: {error}"), self.bytes.clone())
                .with_source(error)),
        }
    }

    /// The body as it is. One of an operation that answers something else than JSON may be the report of an error.
    pub(crate) fn into_bytes(self) -> Result<Bytes> {
        self.check_alone()?;
        Ok(self.bytes)
    }

    /// Fails if no JSON is expected and the body, as far as it was read, is the report of an error.
    pub(crate) fn check_alone(&self) -> Result<()> {
        let error = if self.expects_json { None } else { self.head.reported_alone(&self.bytes) };
        error.map_or(Ok(()), Err)
    }
}

/// Tells whether a body that should be events begins as a document does: as an object, a list or a page.
pub(crate) fn starts_document(bytes: &[u8]) -> bool {
    matches!(json::without_mark(bytes).trim_ascii_start().first(), Some(b'{' | b'[' | b'<'))
}
