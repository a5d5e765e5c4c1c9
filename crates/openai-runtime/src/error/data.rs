//! The one error type of the SDK.

mod make;

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use crate::partial_file::PartialFile;
use crate::response::RateLimit;
use crate::retry;

pub(crate) use make::{excerpt, redact_request_id};

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// [`kind`](Self::kind) tells what to do about it; the accessors give what the server said. `Debug` and `Display` hold
/// neither the body nor any secret.
///
/// ```
/// use openai_runtime::{Error, ErrorKind};
///
/// fn advice(error: &Error) -> &str {
///     match error.kind() {
///         ErrorKind::Authentication => "check the key",
///         ErrorKind::RateLimit if error.code() == Some("insufficient_quota") => "check the plan",
///         _ if error.is_retryable() => "try again later",
///         _ => error.message(),
///     }
/// }
/// ```
pub struct Error(Box<Inner>);

#[derive(Clone)]
struct Inner {
    kind: ErrorKind,
    message: String,
    code: Option<String>,
    param: Option<String>,
    error_type: Option<String>,
    attempts: u32,
    response: Option<Response>,
    body: Option<Bytes>,
    partial: Option<PartialFile>,
    /// Shared as the source is.
    detail: Option<Arc<dyn Any + Send + Sync>>,
    /// Shared, since an error that several calls wait for is given to each.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone)]
struct Response {
    status: StatusCode,
    headers: HeaderMap,
}

/// What kind of failure an [`Error`] is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorKind {
    /// 400: the request is wrong; change it.
    BadRequest,
    /// 401, or the key or token could not be had from its provider or its exchange: check the credential.
    Authentication,
    /// 403: the key may not do this.
    PermissionDenied,
    /// 404: no such object, model or path.
    NotFound,
    /// 409: the object is in use or was changed meanwhile; retried.
    Conflict,
    /// 422: the request is well formed but can't be carried out.
    UnprocessableEntity,
    /// 429: too many requests (retried), or no quota left (not retried).
    RateLimit,
    /// 500 and above: the server failed; retried.
    InternalServer,
    /// Any other status that is no success.
    Status,
    /// No connection, or it broke before the whole response was read; retried.
    Connection,
    /// A limit of time passed; retried.
    Timeout,
    /// A redirect that can't be followed: too many, to nowhere, or one that would drop the request's body.
    Redirect,
    /// The response is complete but can't be read as what it should be.
    Decode,
    /// What the model wrote was to be parsed, but the limit of tokens cut it off: raise the limit, or ask for less.
    LengthFinishReason,
    /// What the model wrote was to be parsed, but a content filter cut it off.
    ContentFilterFinishReason,
    /// The model refused to answer, and so there is no value.
    Refusal,
    /// An event stream carried an error, or an event too large.
    Stream,
    /// A response or an event stream ended before its end.
    Truncated,
    /// The client's options don't fit together, or a credential is missing.
    Config,
    /// The request can't be made of these inputs, as an empty path parameter; nothing was sent.
    InvalidRequest,
    /// A local file could not be read or written.
    Io,
    /// The caller's [`CancellationToken`](crate::CancellationToken) ended it.
    Cancelled,
    /// A limit that the program set was reached, as of the turns of a run of tools: allow more.
    Limit,
    /// Code of the program that the SDK was given to call failed, as a tool: its error is the [`source`](StdError::source).
    Callback,
}

impl Error {
    /// What kind of failure this is.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        self.0.kind
    }

    /// The status of the response, if there was one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        self.0.response.as_ref().map(|response| response.status)
    }

    /// The error code that the server gave, as `invalid_api_key`; a number is given as text.
    #[must_use]
    pub fn code(&self) -> Option<&str> {
        self.0.code.as_deref()
    }

    /// The parameter that the server found at fault.
    #[must_use]
    pub fn param(&self) -> Option<&str> {
        self.0.param.as_deref()
    }

    /// The type of error that the server gave, as `invalid_request_error`.
    #[must_use]
    pub fn error_type(&self) -> Option<&str> {
        self.0.error_type.as_deref()
    }

    /// What went wrong, in the server's words if it said so.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
    }

    /// The response's `x-request-id`, which OpenAI's support asks for.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.headers()?.get("x-request-id")?.to_str().ok()
    }

    /// The response's headers, if there was one.
    #[must_use]
    pub fn headers(&self) -> Option<&HeaderMap> {
        self.0.response.as_ref().map(|response| &response.headers)
    }

    /// The response's body as far as it was read, if there was a response. Of an event stream: the event at fault. Of an
    /// answer that was to be parsed: the part at fault.
    ///
    /// It is unpacked; if nothing of it could be, it is as it came, and `content-encoding` is still in the headers. Of a
    /// status that is no success, at most 4 MiB are kept.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.body.as_ref()
    }

    /// What the response's headers say about limits of rate; nothing if there was no response.
    #[must_use]
    pub fn rate_limit(&self) -> RateLimit {
        self.headers().map(RateLimit::from_headers).unwrap_or_default()
    }

    /// How long the server asks to wait before another attempt, by `retry-after-ms` or `retry-after`; a date counts from
    /// now. `None` if it does not ask, or for a time that is over.
    ///
    /// Retries wait for as long, up to 120 s: a call that should wait longer fails at once, and this tells when to make
    /// it again.
    #[must_use]
    pub fn retry_after(&self) -> Option<Duration> {
        let seconds = retry::asked(self.headers()?, SystemTime::now())?;
        // What no clock can hold is as good as forever.
        Some(Duration::try_from_secs_f64(seconds).unwrap_or(Duration::MAX))
    }

    /// How many times the request was sent; 0 if it never was.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// What a download has written so far, if it can go on from there by
    /// [`resume_to_file`](crate::Call::resume_to_file). The file is removed with the error unless it is kept.
    #[must_use]
    pub fn partial_file(&self) -> Option<&PartialFile> {
        self.0.partial.as_ref()
    }

    /// What a helper had in hand when it failed, if it is a `T`. Its docs say which type that is: the last state of a long
    /// operation, for example.
    ///
    /// ```
    /// use openai_runtime::{Error, ErrorKind};
    ///
    /// let error = Error::new(ErrorKind::Timeout, "it takes too long").with_detail(42_u8);
    /// assert_eq!(error.detail::<u8>(), Some(&42));
    /// assert_eq!(error.detail::<String>(), None);
    /// ```
    #[must_use]
    pub fn detail<T: Any>(&self) -> Option<&T> {
        self.0.detail.as_ref()?.downcast_ref()
    }

    /// Whether the same call may succeed later: no connection, timeout, 408, 409, 429 (but not `insufficient_quota`)
    /// and 500 and above, unless the server said otherwise by `x-should-retry`.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        match self.headers().and_then(|headers| headers.get("x-should-retry")).map(|value| value.as_bytes()) {
            Some(b"true") => return true,
            Some(b"false") => return false,
            _ => {}
        }
        match self.0.kind {
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Truncated => true,
            ErrorKind::RateLimit => !self.is_quota(),
            ErrorKind::Conflict | ErrorKind::InternalServer => true,
            ErrorKind::Status => self.status() == Some(StatusCode::REQUEST_TIMEOUT),
            _ => false,
        }
    }

    fn is_quota(&self) -> bool {
        const QUOTA: Option<&str> = Some("insufficient_quota");
        self.code() == QUOTA || self.error_type() == QUOTA
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status().filter(|status| !status.is_success()) {
            write!(f, "{status}: ")?;
        }
        f.write_str(self.message())?;
        if let Some(code) = self.code() {
            write!(f, " (code: {code})")?;
        }
        if let Some(id) = self.request_id() {
            write!(f, " (request id: {id})")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("Error");
        out.field("kind", &self.kind()).field("message", &self.message());
        if let Some(status) = self.status() {
            out.field("status", &status.as_u16());
        }
        for (name, value) in [
            ("code", self.code()),
            ("param", self.param()),
            ("error_type", self.error_type()),
            ("request_id", self.request_id()),
        ] {
            if let Some(value) = value {
                out.field(name, &value);
            }
        }
        out.field("attempts", &self.attempts());
        if let Some(partial) = self.partial_file() {
            out.field("partial_file", partial);
        }
        if let Some(source) = &self.0.source {
            out.field("source", &source.to_string());
        }
        out.finish_non_exhaustive()
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.0.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
