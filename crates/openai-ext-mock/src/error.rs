//! Errors of a mock server.

use std::fmt;

/// The reason why a [`MockServer`](crate::MockServer) could not be started, or could not be given a script.
#[derive(Debug)]
pub struct MockError {
    what: String,
    source: Option<std::io::Error>,
}

impl MockError {
    pub(crate) fn io(what: impl Into<String>, source: std::io::Error) -> Self {
        Self { what: what.into(), source: Some(source) }
    }

    pub(crate) fn script(what: String) -> Self {
        Self { what, source: None }
    }

    pub(crate) fn document(what: &str) -> Self {
        Self { what: format!("the embedded OpenAPI document is unreadable: {what}"), source: None }
    }
}

impl fmt::Display for MockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.source {
            Some(source) => write!(f, "mock server: {}: {source}", self.what),
            None => write!(f, "mock server: {}", self.what),
        }
    }
}

impl std::error::Error for MockError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        self.source.as_ref().map(|source| source as _)
    }
}
