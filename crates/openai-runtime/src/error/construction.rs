//! Constructors of errors: of responses, of events, for layers above.

use std::any::Any;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use super::data::{BoxError, Error, Inner, Partial, ResponseStart};
use super::kind::ErrorKind;
use super::redactor::Redactor;
use super::text::excerpt;
use crate::json;

/// Constructors.
impl Error {
    /// An error of this kind that did not come from a response, for layers above this crate.
    #[cold]
    #[must_use]
    pub fn new(kind: ErrorKind, message: impl Into<String>) -> Self {
        Self(Box::new(Inner {
            kind,
            message: message.into(),
            code: None,
            param: None,
            error_type: None,
            attempts: 0,
            response: None,
            body: None,
            partial: None,
            details: Vec::new(),
            source: None,
            redactor: Redactor::default(),
        }))
    }

    pub(crate) fn config(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::Config, message)
    }

    pub(crate) fn invalid(message: impl Into<String>) -> Self {
        Self::new(ErrorKind::InvalidRequest, message)
    }

    /// An error of a response whose status is no success. The body may be anything; it is `unread` if it has an encoding
    /// that could not be taken off.
    #[cold]
    pub(crate) fn from_response(status: StatusCode, headers: HeaderMap, body: Bytes, unread: bool) -> Self {
        let mut error = Self::new(ErrorKind::of_status(status), "").with_response(status, headers, body.clone());
        // A byte order mark or a byte that is no UTF-8 must not hide the code: it tells whether to try again.
        let text = String::from_utf8_lossy(json::without_mark(&body));
        match serde_json::from_str::<Value>(&text) {
            Ok(Value::Null) => {}
            Ok(value) => error.read_fields(&value),
            // Some proxies name an encoding that the body does not have.
            Err(_) if unread && std::str::from_utf8(&body).is_err() => {}
            Err(_) => error.0.message = excerpt(text.as_bytes()),
        }
        if error.0.message.is_empty() {
            error.0.message = status.canonical_reason().unwrap_or("no message").to_owned();
            if unread {
                error.0.message.push_str(" (the body's encoding can't be read)");
            }
        }
        error
    }

    /// The error that an event of a stream carries, of kind [`Stream`](ErrorKind::Stream) as over a connection: for
    /// layers above, and for events from elsewhere. `value` is the event's data, with an `error` member or flat.
    ///
    /// ```
    /// use openai_runtime::{Error, ErrorKind};
    ///
    /// let event = serde_json::json!({"type": "error", "code": "server_error", "message": "Try again", "param": null});
    /// let error = Error::from_event(&event);
    /// assert_eq!(error.kind(), ErrorKind::Stream);
    /// assert_eq!((error.message(), error.code(), error.param()), ("Try again", Some("server_error"), None));
    /// ```
    #[cold]
    #[must_use]
    pub fn from_event(value: &Value) -> Self {
        let mut error = Self::new(ErrorKind::Stream, "");
        error.read_fields(value);
        if error.0.message.is_empty() {
            error.0.message = "the stream carried an error without a message".to_owned();
        }
        error
    }

    /// The error of a response whose status is no success and that came in another way than over a connection of its own,
    /// as in a file with many: kind, code and message are what they would be there.
    ///
    /// ```
    /// use openai_runtime::{Error, ErrorKind, bytes::Bytes, http::{HeaderMap, StatusCode}};
    ///
    /// let body = Bytes::from_static(br#"{"error": {"message": "No such model", "code": "model_not_found"}}"#);
    /// let error = Error::of_response(StatusCode::NOT_FOUND, HeaderMap::new(), body);
    /// assert_eq!((error.kind(), error.code()), (ErrorKind::NotFound, Some("model_not_found")));
    /// ```
    #[cold]
    #[must_use]
    pub fn of_response(status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        Self::from_response(status, headers, body, false)
    }

    /// An error of this kind with what a server said: `value` has an `error` member, or is the error itself.
    ///
    /// ```
    /// use openai_runtime::{Error, ErrorKind};
    ///
    /// let value = serde_json::json!({"code": "batch_expired", "message": "Not done in time"});
    /// let error = Error::of_value(ErrorKind::Timeout, &value);
    /// assert_eq!((error.code(), error.message()), (Some("batch_expired"), "Not done in time"));
    /// ```
    #[cold]
    #[must_use]
    pub fn of_value(kind: ErrorKind, value: &Value) -> Self {
        let mut error = Self::new(kind, "");
        error.read_fields(value);
        if error.0.message.is_empty() {
            error.0.message = "an error without a message".to_owned();
        }
        error
    }

    /// The error with the response that it is about.
    #[must_use]
    pub fn with_response(self, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        self.with_head(status, headers).with_body(body)
    }

    /// The error with the head of the response that it is about.
    #[must_use]
    pub fn with_head(mut self, status: StatusCode, mut headers: HeaderMap) -> Self {
        self.0.redactor.headers(&mut headers);
        self.0.response = Some(ResponseStart { status, headers, received: None });
        self
    }

    /// The error with the time at which its response came, by the client's clock.
    pub(crate) fn received(mut self, time: Option<SystemTime>) -> Self {
        if let Some(response) = &mut self.0.response {
            response.received = time;
        }
        self
    }

    /// The error with the body, or the part of it, that is at fault.
    #[must_use]
    pub fn with_body(mut self, body: impl Into<Bytes>) -> Self {
        self.0.body = Some(body.into());
        self
    }

    /// The error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(self.0.redactor.source(source.into()).into());
        self
    }

    /// The error with what was in hand when it happened, to be had back by [`detail`](Self::detail). There is one of
    /// each type: a second takes the place of the first. It is in no text.
    #[must_use]
    pub fn with_detail<T: Any + Send + Sync>(mut self, detail: T) -> Self {
        self.0.details.retain(|known| !known.is::<T>());
        self.0.details.push(Arc::new(detail));
        self
    }

    /// The error with how many times its request was sent.
    #[must_use]
    pub fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The error with words before its message that tell what it is about.
    #[must_use]
    pub fn prefixed(mut self, prefix: &str) -> Self {
        self.0.message = format!("{}: {}", self.0.redactor.text(prefix), self.0.message);
        self
    }

    /// The same error for another call that waited for the same thing.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    /// The error with what the failed work has done so far, to be had back by [`partial`](Self::partial).
    pub(crate) fn with_partial(mut self, partial: impl Partial) -> Self {
        self.0.partial = Some(Arc::new(partial));
        self
    }
}
