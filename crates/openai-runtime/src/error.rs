//! The one error type of the SDK.

use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use http::{HeaderMap, StatusCode};
use serde_json::Value;

use crate::partial_file::PartialFile;
use crate::response::RateLimit;
use crate::retry;

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
    partial: Option<PartialFile>,
    /// Shared, since an error that several calls wait for is given to each.
    source: Option<Arc<dyn StdError + Send + Sync>>,
}

#[derive(Clone)]
struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
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

    /// The response's body as far as it was read, if there was a response. Of an event stream: the event at fault.
    ///
    /// It is unpacked; if nothing of it could be, it is as it came, and `content-encoding` is still in the headers. Of a
    /// status that is no success, at most 4 MiB are kept.
    #[must_use]
    pub fn body(&self) -> Option<&Bytes> {
        self.0.response.as_ref().map(|response| &response.body)
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

/// How errors are made.
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
            partial: None,
            source: None,
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
        let mut error = Self::new(kind_of(status), "").with_response(status, headers, body.clone());
        // A byte order mark or a byte that is no UTF-8 must not hide the code: it tells whether to try again.
        let text = String::from_utf8_lossy(body.strip_prefix(b"\xEF\xBB\xBF").unwrap_or(&body));
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

    /// An error that an event stream carried; `value` is the event's data.
    #[cold]
    pub(crate) fn from_event(value: &Value) -> Self {
        let mut error = Self::new(ErrorKind::Stream, "");
        error.read_fields(value);
        if error.0.message.is_empty() {
            error.0.message = "the stream carried an error without a message".to_owned();
        }
        error
    }

    pub(crate) fn with_response(mut self, status: StatusCode, headers: HeaderMap, body: Bytes) -> Self {
        self.0.response = Some(Response { status, headers, body });
        self
    }

    /// The error with its cause.
    #[must_use]
    pub fn with_source(mut self, source: impl Into<BoxError>) -> Self {
        self.0.source = Some(source.into().into());
        self
    }

    pub(crate) fn with_attempts(mut self, attempts: u32) -> Self {
        self.0.attempts = attempts;
        self
    }

    pub(crate) fn with_kind(mut self, kind: ErrorKind) -> Self {
        self.0.kind = kind;
        self
    }

    /// The error with words before its message that tell what it is about.
    pub(crate) fn prefixed(mut self, prefix: &str) -> Self {
        self.0.message = format!("{prefix}: {}", self.0.message);
        self
    }

    /// The same error for another call that waited for the same thing.
    pub(crate) fn duplicate(&self) -> Self {
        Self(self.0.clone())
    }

    pub(crate) fn with_partial(mut self, partial: PartialFile) -> Self {
        self.0.partial = Some(partial);
        self
    }

    /// Takes a secret out of the texts: a server may repeat the key that it was sent.
    pub(crate) fn redact(mut self, secret: &str) -> Self {
        if secret.len() >= 8 {
            let inner = &mut *self.0;
            redact(&mut inner.message, secret);
            for text in [&mut inner.code, &mut inner.param, &mut inner.error_type].into_iter().flatten() {
                redact(text, secret);
            }
        }
        self
    }

    /// Fields of the `error` object if there is one, else of the whole value.
    fn read_fields(&mut self, value: &Value) {
        let inner = &mut self.0;
        let fields = match value.get("error") {
            Some(Value::String(text)) => {
                // The errors of OAuth are a code and a description.
                if let Some(Value::String(description)) = value.get("error_description") {
                    inner.message.clone_from(description);
                    inner.code = Some(text.clone());
                    return;
                }
                inner.message.clone_from(text);
                value
            }
            Some(object @ Value::Object(_)) => object,
            _ => value,
        };
        inner.code = text_of(fields.get("code"));
        inner.param = text_of(fields.get("param"));
        inner.error_type = text_of(fields.get("type"));
        if inner.message.is_empty() {
            inner.message = match fields.get("message").or_else(|| fields.get("detail")) {
                Some(Value::String(text)) => text.clone(),
                Some(Value::Null) | None if fields.is_object() => excerpt(value.to_string().as_bytes()),
                Some(other) => excerpt(other.to_string().as_bytes()),
                None => text_of(Some(fields)).unwrap_or_else(|| excerpt(value.to_string().as_bytes())),
            };
        }
    }
}

fn kind_of(status: StatusCode) -> ErrorKind {
    match status.as_u16() {
        400 => ErrorKind::BadRequest,
        401 => ErrorKind::Authentication,
        403 => ErrorKind::PermissionDenied,
        404 => ErrorKind::NotFound,
        409 => ErrorKind::Conflict,
        422 => ErrorKind::UnprocessableEntity,
        429 => ErrorKind::RateLimit,
        500.. => ErrorKind::InternalServer,
        _ => ErrorKind::Status,
    }
}

fn text_of(value: Option<&Value>) -> Option<String> {
    match value? {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    }
}

fn redact(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, "***");
    }
    // An excerpt may end within the secret.
    let Some(start) = text.strip_suffix('…') else { return };
    let part = (8..secret.len()).rev().find_map(|end| start.strip_suffix(secret.get(..end)?));
    if let Some(rest) = part {
        *text = format!("{rest}***…");
    }
}

/// The start of a text, for a message.
pub(crate) fn excerpt(bytes: &[u8]) -> String {
    const LENGTH: usize = 300;
    let text = String::from_utf8_lossy(&bytes[..bytes.len().min(4 * LENGTH)]);
    let text = text.trim();
    match text.char_indices().nth(LENGTH) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text.to_owned(),
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
