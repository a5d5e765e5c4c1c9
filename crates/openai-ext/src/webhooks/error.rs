//! Why a webhook was not taken.

use std::fmt;

use crate::{Error, ErrorKind};

/// Why a webhook was not taken. No secret and no signature is in it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebhookError {
    /// There is no secret to verify by.
    NoSecret,
    /// A secret is empty: anybody could sign by it.
    EmptySecret,
    /// A secret starts with `whsec_`, and what follows is no base64.
    SecretNotBase64,
    /// This header is missing or empty.
    MissingHeader(&'static str),
    /// `webhook-timestamp` is no whole number of seconds.
    BadTimestamp,
    /// The webhook was sent longer ago than the tolerance allows.
    TooOld,
    /// The webhook says that it was sent later than now, by more than the tolerance.
    TooNew,
    /// No signature is that of a secret: the body or a header was changed, or the secret is another one.
    WrongSignature,
    /// The webhook is genuine, but its body is no text in UTF-8.
    NotUtf8,
    /// The webhook is genuine, but its body is no JSON, or not what its `type` says; with the place and the reason.
    NotAnEvent(String),
}

impl WebhookError {
    /// Returns the kind of error that this is as an [`Error`]: [`Config`](ErrorKind::Config) if the secret is at fault,
    /// [`Decode`](ErrorKind::Decode) if the body is, and [`Authentication`](ErrorKind::Authentication) otherwise.
    #[must_use]
    pub fn kind(&self) -> ErrorKind {
        match self {
            Self::NoSecret | Self::EmptySecret | Self::SecretNotBase64 => ErrorKind::Config,
            Self::NotUtf8 | Self::NotAnEvent(_) => ErrorKind::Decode,
            _ => ErrorKind::Authentication,
        }
    }
}

impl fmt::Display for WebhookError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSecret => f.write_str(
                "no secret to verify the webhook by: set OPENAI_WEBHOOK_SECRET or `webhook_secret`, or give one",
            ),
            Self::EmptySecret => f.write_str("a secret of the webhook is empty: anybody could sign by it"),
            Self::SecretNotBase64 => f.write_str("a secret of the webhook is no base64 after `whsec_`"),
            Self::MissingHeader(name) => write!(f, "the webhook has no header `{name}`"),
            Self::BadTimestamp => f.write_str("the webhook's `webhook-timestamp` is no whole number of seconds"),
            Self::TooOld => f.write_str("the webhook is too old"),
            Self::TooNew => f.write_str("the webhook's time is too far ahead: one of the two clocks is wrong"),
            Self::WrongSignature => f.write_str("no signature of the webhook is right for its body and a secret"),
            Self::NotUtf8 => f.write_str("the webhook's body is no text in UTF-8"),
            Self::NotAnEvent(why) => write!(f, "the webhook's body is no event that can be read: {why}"),
        }
    }
}

impl std::error::Error for WebhookError {}

/// Of the kind that [`WebhookError::kind`] tells.
impl From<WebhookError> for Error {
    #[inline]
    fn from(error: WebhookError) -> Self {
        Self::new(error.kind(), error.to_string()).with_source(error)
    }
}
