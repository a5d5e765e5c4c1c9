//! The degree to which a document has to be understood, and the places that were not.

use std::fmt;

/// The treatment of a place of a document that no rule covers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Strictness {
    /// It is an error: the project's own document is to be understood to the last word.
    #[default]
    Strict,
    /// It is passed over and noted, unless going on without it would make wrong code. For anybody's document.
    Lenient,
}

/// A place of a document that was passed over.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct PassedOver {
    /// JSON pointer (RFC 6901) of the place.
    pub pointer: String,
    /// The part of it that is not done, and what is done instead.
    pub reason: String,
}

impl PassedOver {
    /// Notes a place.
    #[must_use]
    pub fn new(pointer: impl Into<String>, reason: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), reason: reason.into() }
    }
}

impl fmt::Display for PassedOver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let pointer = if self.pointer.is_empty() { "/" } else { &self.pointer };
        write!(f, "{pointer}: {}", self.reason)
    }
}
