//! The one error type of the SDK.

use std::any::Any;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::SystemTime;

use bytes::Bytes;
use http::{HeaderMap, StatusCode};

use super::kind::{ErrorKind, is_exhausted, is_passing};
use super::redactor::Redactor;

/// `std::result::Result` with this crate's [`Error`].
pub type Result<T, E = Error> = std::result::Result<T, E>;

pub(crate) type BoxError = Box<dyn StdError + Send + Sync>;

/// Why a call failed.
///
/// [`kind`](Self::kind) tells what to do about it; the accessors give what the server said. `Debug` and `Display` hold
/// neither the body nor any secret: a credential that the server repeats reads `***`, also in the headers and in the
/// [source](std::error::Error::source). [`body`](Self::body) alone is as it came.
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
pub struct Error(pub(super) Box<Inner>);

#[derive(Clone)]
pub(super) struct Inner {
    pub(super) kind: ErrorKind,
    pub(super) message: String,
    pub(super) code: Option<String>,
    pub(super) param: Option<String>,
    pub(super) error_type: Option<String>,
    pub(super) attempts: u32,
    pub(super) response: Option<ResponseStart>,
    pub(super) body: Option<Bytes>,
    /// The work that was done before the failure.
    pub(super) partial: Option<Arc<dyn Partial>>,
    /// Shared as the source is. One of each type.
    pub(super) details: Vec<Arc<dyn Any + Send + Sync>>,
    /// Shared, since an error that several calls wait for is given to each.
    pub(super) source: Option<Arc<dyn StdError + Send + Sync>>,
    /// Takes credentials out of what is added.
    pub(super) redactor: Redactor,
}

/// The parts of the response that are kept besides its body.
#[derive(Clone)]
pub(super) struct ResponseStart {
    pub(super) status: StatusCode,
    pub(super) headers: HeaderMap,
    /// When it came, by the clock of the client that got it.
    pub(super) received: Option<SystemTime>,
}

/// The work that was done before a failure, as the part of a file that was downloaded.
pub(crate) trait Partial: Any + fmt::Debug + Send + Sync {}

impl Error {
    /// Returns the kind of the failure.
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

    /// Returns the message, in the server's words if it said so, of any length; `Display` shows at most 1 KB of it.
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

    /// Returns the time at which the response came, by the client's clock.
    pub(crate) fn received_at(&self) -> Option<SystemTime> {
        self.0.response.as_ref()?.received
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

    /// Returns the number of times that the request was sent; 0 if it was not sent.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.attempts
    }

    /// Returns the work that was done before the failure, if it is a `T`.
    pub(crate) fn partial<T: Partial>(&self) -> Option<&T> {
        let partial: &dyn Any = self.0.partial.as_deref()?;
        partial.downcast_ref()
    }

    /// Returns the object that a helper held when it failed, if it is a `T`. Its docs say which type that is: the last
    /// state of a long operation, for example.
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
        self.0.details.iter().find_map(|detail| detail.downcast_ref())
    }

    /// Returns if the same call may succeed later: no connection, timeout, 408, 409, 429 and 500 and above, unless the
    /// server said otherwise by `x-should-retry`. A 429 whose code says that waiting can't mend it, as
    /// `insufficient_quota`, is not. Of an error that a stream carried, the code says it in the same way.
    #[must_use]
    pub fn is_retryable(&self) -> bool {
        if self.0.kind == ErrorKind::Stream {
            return !self.is_exhausted() && self.code().or(self.error_type()).is_some_and(is_passing);
        }
        // The same call would pass the same limit, whatever the server says.
        if self.0.kind == ErrorKind::Limit {
            return false;
        }
        match self.headers().and_then(|headers| headers.get("x-should-retry")).map(|value| value.as_bytes()) {
            Some(b"true") => return true,
            Some(b"false") => return false,
            _ => {}
        }
        match self.0.kind {
            ErrorKind::Connection | ErrorKind::Timeout | ErrorKind::Truncated => true,
            ErrorKind::RateLimit => !self.is_exhausted(),
            ErrorKind::Conflict | ErrorKind::InternalServer => true,
            ErrorKind::Status => self.status() == Some(StatusCode::REQUEST_TIMEOUT),
            _ => false,
        }
    }

    fn is_exhausted(&self) -> bool {
        [self.code(), self.error_type()].into_iter().flatten().any(is_exhausted)
    }
}

/// A string of the server's as it is shown: at most 1 KB of it.
struct Shown<'a>(&'a str);

impl Shown<'_> {
    fn parts(&self) -> (&str, &'static str) {
        const LIMIT: usize = 1024;
        const MARK: &str = "…";
        match self.0.len() {
            0..=LIMIT => (self.0, ""),
            _ => {
                let end = (0..=LIMIT - MARK.len()).rev().find(|end| self.0.is_char_boundary(*end));
                (&self.0[..end.unwrap_or_default()], MARK)
            }
        }
    }
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (text, mark) = self.parts();
        write!(f, "{text}{mark}")
    }
}

impl fmt::Debug for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.parts() {
            (text, "") => fmt::Debug::fmt(text, f),
            (text, mark) => fmt::Debug::fmt(&format!("{text}{mark}"), f),
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(status) = self.status().filter(|status| !status.is_success()) {
            write!(f, "{status}: ")?;
        }
        write!(f, "{}", Shown(self.message()))?;
        if let Some(code) = self.code() {
            write!(f, " (code: {})", Shown(code))?;
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
        out.field("kind", &self.kind()).field("message", &Shown(self.message()));
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
                out.field(name, &Shown(value));
            }
        }
        out.field("attempts", &self.attempts());
        if let Some(partial) = &self.0.partial {
            out.field("partial", partial);
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
