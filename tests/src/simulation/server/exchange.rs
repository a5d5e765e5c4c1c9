//! Requests as they arrive, and the answers to them.

use std::time::Duration;

use openai_ext::Bytes;
use openai_ext::http::HeaderMap;
use serde_json::{Value, json};

/// Tells the server which call a request is of.
pub(crate) const CALL: &str = "x-simulated-call";

/// A request as it arrived.
pub(crate) struct ServerRequest {
    /// When it was sent.
    pub(crate) sent: Duration,
    pub(crate) method: String,
    pub(crate) path: String,
    pub(crate) query: String,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl ServerRequest {
    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns `true` if carrying it out changes nothing.
    pub(crate) fn is_safe(&self) -> bool {
        self.method == "GET"
    }

    /// Returns `true` if it asks for a list in which what was made can be found.
    pub(crate) fn is_list(&self) -> bool {
        self.is_safe() && matches!(self.path.as_str(), "/batches" | "/files")
    }

    /// Returns `true` if it asks for the state of a batch of files.
    pub(crate) fn is_poll(&self) -> bool {
        self.is_safe() && self.path.contains("/file_batches/") && !self.path.ends_with("/files")
    }

    pub(super) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    pub(super) fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The server's answer to a request.
pub(crate) struct Answer {
    pub(crate) status: u16,
    pub(crate) kind: &'static str,
    pub(crate) headers: Vec<(&'static str, String)>,
    /// The body, each chunk after a wait.
    pub(crate) chunks: Vec<(Duration, Bytes)>,
    pub(crate) is_stream: bool,
}

impl Answer {
    pub(crate) fn text(status: u16, kind: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status, kind, headers: Vec::new(), chunks: vec![(Duration::ZERO, text.into())], is_stream: false }
    }

    pub(crate) fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", value.to_string())
    }

    /// An event stream.
    pub(super) fn events(events: impl IntoIterator<Item = (Duration, String)>) -> Self {
        let chunks = events.into_iter().map(|(wait, event)| (wait, event.into())).collect();
        Self { status: 200, kind: "text/event-stream", headers: Vec::new(), chunks, is_stream: true }
    }

    pub(super) fn error(status: u16) -> Self {
        Self::json(status, &json!({"error": {"message": "There is no such thing.", "type": "invalid_request_error"}}))
    }
}
