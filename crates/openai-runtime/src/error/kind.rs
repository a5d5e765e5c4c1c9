//! The kinds of failures, and the one that a status stands for.

use http::StatusCode;

/// The kind of an [`Error`](crate::Error), which tells what to do about it.
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
    /// Any other status that is no success, or a success whose body reports an error that does not say of which kind it is.
    Status,
    /// No connection, or it broke before the whole response was read; retried.
    Connection,
    /// A limit of time passed; retried.
    Timeout,
    /// A redirect that can't be followed: too many, to nowhere, or one that would drop the request's body.
    Redirect,
    /// The response is complete but can't be read as what it should be.
    Decode,
    /// The model's answer was to be parsed, but the token limit cut it off: raise the limit, or ask for less.
    LengthFinishReason,
    /// The model's answer was to be parsed, but a content filter cut it off.
    ContentFilterFinishReason,
    /// The model refused to answer, and so there is no value.
    Refusal,
    /// An event stream carried an error, or an event too large. `is_retryable` follows the error's code.
    Stream,
    /// A response or an event stream ended before its end.
    Truncated,
    /// The client's options don't fit together, or a credential is missing.
    Config,
    /// The request can't be made of these inputs, as an empty path parameter; nothing was sent.
    InvalidRequest,
    /// A local file could not be read or written.
    Io,
    /// The caller ended it by the future of `with_cancellation`.
    Cancelled,
    /// A limit that the program set was reached, as of the turns of a run of tools: allow more.
    Limit,
    /// The server waits for what only the caller can give, as an approval: the error's detail tells what.
    ActionRequired,
    /// Code of the program that the SDK was given to call failed, as a tool: its error is the [`source`](std::error::Error::source).
    Callback,
}

impl ErrorKind {
    /// The kind of a response with this status, which is no success.
    pub(super) fn of_status(status: StatusCode) -> Self {
        match status.as_u16() {
            400 => Self::BadRequest,
            401 => Self::Authentication,
            403 => Self::PermissionDenied,
            404 => Self::NotFound,
            409 => Self::Conflict,
            422 => Self::UnprocessableEntity,
            429 => Self::RateLimit,
            500.. => Self::InternalServer,
            _ => Self::Status,
        }
    }
}

/// Tells whether an error with this code or type may pass by itself, so that the same call may succeed later.
pub(super) fn is_passing(name: &str) -> bool {
    const NAMES: [&str; 11] = [
        "server_error",
        "server",
        "internal_server_error",
        "internal_error",
        "InternalServerError",
        "rate_limit_exceeded",
        "rate_limit_error",
        "overloaded",
        "overloaded_error",
        "service_unavailable",
        "timeout",
    ];
    match name.parse::<u16>() {
        Ok(status) => matches!(status, 408 | 409 | 429 | 500..=599),
        Err(_) => NAMES.contains(&name),
    }
}

/// Tells whether an error with this code or type is one that waiting can't mend: no retry brings money back.
pub(super) fn is_exhausted(name: &str) -> bool {
    const NAMES: [&str; 6] = [
        "insufficient_quota",
        "credit_balance_exhausted",
        "billing_hard_limit_reached",
        "organization_spend_limit_exceeded",
        "project_spend_limit_exceeded",
        "organization_usage_limit_exceeded",
    ];
    NAMES.contains(&name)
}
