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
    /// The operation's response is text, whatever it looks like.
    pub(crate) is_text: bool,
    /// The operation's response is the page of a list.
    pub(crate) is_list: bool,
    pub(crate) idle_timeout: Duration,
    /// Of an event stream without an event.
    pub(crate) event_idle_timeout: Option<Duration>,
    pub(crate) done: Done,
    /// Of an event stream.
    pub(crate) max_event_size: Option<usize>,
    /// In bytes, of a body that is handed on as it comes.
    pub(crate) max_size: Option<usize>,
    /// In bytes, of a body that is read as a whole after all.
    pub(crate) max_whole_size: usize,
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
        match self.is_list {
            _ if self.is_text => self.parse_text(),
            true => self.head.parse_list(&self.bytes),
            false => self.head.parse(&self.bytes),
        }
    }

    /// The body as a JSON string, for an operation that answers text.
    fn parse_text<T: Json + Default>(&self) -> Result<T> {
        self.check_alone()?;
        let text = json::to_vec(&self.text()?);
        let read = json::read_response(&text, self.head.request_id());
        read.map(|(value, _)| value).map_err(|error| {
            self.head.error(ErrorKind::Decode, format!("the response is text: {error}"), self.bytes.clone())
        })
    }

    /// Takes out the body that is still to come, as a reply of its own, with the span of the call.
    pub(crate) fn take_rest(&mut self) -> Option<Self> {
        let body = self.body.take()?;
        Some(Self {
            head: self.head.clone(),
            bytes: Bytes::new(),
            body: Some(body),
            span: std::mem::take(&mut self.span),
            ..*self
        })
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
    pub(crate) fn whole_bytes(&self) -> Result<Bytes> {
        self.check_alone()?;
        Ok(self.bytes.clone())
    }

    /// Fails if the body is the report of an error; nothing else of it matters.
    pub(crate) fn check_report(&self) -> Result<()> {
        self.head.reported_alone(&self.bytes).map_or(Ok(()), Err)
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
