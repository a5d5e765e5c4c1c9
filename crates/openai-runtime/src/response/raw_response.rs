//! A response with what came beside its body.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use serde::de::DeserializeOwned;

use super::head::head_accessors;
use super::reply::Reply;
use crate::error::{ErrorKind, Result};
use crate::json::Value;

/// A successful response: status, headers and the body, to be read as a `T` or otherwise.
pub struct RawResponse<T> {
    pub(crate) reply: Reply,
    read: ReadResponse<T>,
}

/// The way to read a response as a `T`.
pub(crate) type ReadResponse<T> = fn(&RawResponse<T>) -> Result<T>;

impl<T> RawResponse<T> {
    pub(crate) fn new(reply: Reply, read: ReadResponse<T>) -> Self {
        Self { reply, read }
    }

    /// Reads the body as a `T`, as `send` would have.
    ///
    /// # Errors
    /// The body does not fit; the error is of kind [`Decode`](crate::ErrorKind::Decode).
    pub fn parse(&self) -> Result<T> {
        (self.read)(self)
    }

    /// The body as any JSON.
    ///
    /// # Errors
    /// The body is not JSON.
    pub fn json(&self) -> Result<Value> {
        self.reply.parse()
    }

    /// The body read as a type of the caller's, by serde.
    ///
    /// # Errors
    /// The body does not fit; the error is of kind [`Decode`](crate::ErrorKind::Decode).
    pub fn deserialize<D: DeserializeOwned>(&self) -> Result<D> {
        serde_json::from_value(self.json()?).map_err(|error| {
            let message = format!("the response does not fit the type: {error}");
            self.reply.head.error(ErrorKind::Decode, message, self.reply.bytes.clone()).with_source(error)
        })
    }

    /// The body as text.
    ///
    /// # Errors
    /// The body is not UTF-8.
    pub fn text(&self) -> Result<String> {
        self.reply.text()
    }

    /// Returns the time that the server asks to wait before a long-running operation is polled again, by the header
    /// `openai-poll-after-ms`, within 50 ms and 300 s; `None` if it names none.
    #[must_use]
    pub fn poll_after(&self) -> Option<Duration> {
        self.reply.head.poll_after()
    }

    /// The body as it came, unpacked.
    #[must_use]
    pub fn bytes(&self) -> &Bytes {
        &self.reply.bytes
    }
}

head_accessors!([T] RawResponse<T>, reply.head);

impl<T> fmt::Debug for RawResponse<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawResponse")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .field("attempts", &self.attempts())
            .field("length", &self.reply.bytes.len())
            .finish_non_exhaustive()
    }
}
