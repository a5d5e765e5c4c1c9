//! Events that were not sent.

use std::fmt;

use crate::Error;

/// An event that was not sent, and why.
///
/// `?` makes an [`Error`] of it, which has no event.
pub struct SendError<Out> {
    pub(super) event: Box<Out>,
    pub(super) error: Error,
}

impl<Out> SendError<Out> {
    pub(crate) fn new(event: Out, error: Error) -> Self {
        Self { event: Box::new(event), error }
    }

    /// The event.
    #[must_use]
    pub fn into_event(self) -> Out {
        *self.event
    }

    /// The event.
    #[must_use]
    pub fn event(&self) -> &Out {
        &self.event
    }

    /// Why it was not sent.
    #[must_use]
    pub fn error(&self) -> &Error {
        &self.error
    }
}

impl<Out> From<SendError<Out>> for Error {
    fn from(error: SendError<Out>) -> Self {
        error.error
    }
}

impl<Out> fmt::Display for SendError<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an event was not sent: {}", self.error)
    }
}

impl<Out> fmt::Debug for SendError<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SendError").field("error", &self.error).finish_non_exhaustive()
    }
}

impl<Out> std::error::Error for SendError<Out> {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.error)
    }
}
