//! Answers of the server.

use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use serde_json::{Value, json};

use super::event::Event;
use super::fault::{Fault, FaultPlan};
use super::feed::EventFeed;
use super::json_text;

/// An answer of the server: made by its handlers, or by a test with [`MockServer::on_request`](crate::MockServer::on_request).
#[derive(Clone, Debug)]
pub struct Reply {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: ReplyBody,
    pub(crate) delay: Duration,
    pub(crate) faults: FaultPlan,
}

#[derive(Clone, Debug)]
pub(crate) enum ReplyBody {
    Whole(Bytes),
    Events(Vec<Event>),
    /// A stream that stays open after these events.
    Open(Vec<Event>, EventFeed),
}

impl ReplyBody {
    /// The length of a body that is not a stream.
    pub(crate) fn length(&self) -> Option<u64> {
        match self {
            Self::Whole(bytes) => Some(bytes.len() as u64),
            Self::Events(_) | Self::Open(..) => None,
        }
    }
}

impl Reply {
    /// An answer with a JSON body.
    pub fn json(status: StatusCode, body: &Value) -> Self {
        Self::bytes(status, "application/json", json_text::to_text(body))
    }

    /// An error as the API writes it: `{"error": {"message", "type", "param", "code"}}`.
    pub fn error(status: StatusCode, kind: &str, code: Option<&str>, message: &str) -> Self {
        Self::error_at(status, kind, None, code, message)
    }

    /// The same, with the field that it is about.
    pub(crate) fn error_at(
        status: StatusCode,
        kind: &str,
        param: Option<&str>,
        code: Option<&str>,
        message: &str,
    ) -> Self {
        let error = json!({"message": message, "type": kind, "param": param, "code": code});
        // In the order that the API has.
        let text = format!(
            "{{\"error\":{{\"message\":{},\"type\":{},\"param\":{},\"code\":{}}}}}",
            error["message"], error["type"], error["param"], error["code"]
        );
        Self::bytes(status, "application/json", text)
    }

    /// Status 429 as the API sends it when requests come too fast, with the headers that say when to come again.
    pub fn rate_limited(retry_after: Duration) -> Self {
        let message = "Rate limit reached for requests. Please try again later.";
        let reply = Self::error(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), message);
        reply
            .header("retry-after", &retry_after.as_millis().div_ceil(1000).to_string())
            .header("retry-after-ms", &retry_after.as_millis().to_string())
            .header("x-ratelimit-remaining-requests", "0")
            .header("x-ratelimit-reset-requests", &format!("{}ms", retry_after.as_millis()))
    }

    /// An answer with any body. A content type that is no header value is left out.
    pub fn bytes(status: StatusCode, content_type: &str, body: impl Into<Bytes>) -> Self {
        let reply = Self::empty(status);
        Self { body: ReplyBody::Whole(body.into()), ..reply }.header("content-type", content_type)
    }

    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        let body = ReplyBody::Whole(Bytes::new());
        Self { status, headers: HeaderMap::new(), body, delay: Duration::ZERO, faults: FaultPlan::default() }
    }

    /// A stream of events, sent one by one with the server's interval between them.
    pub fn events(events: impl IntoIterator<Item = Event>) -> Self {
        Self::stream(ReplyBody::Events(events.into_iter().collect()))
    }

    /// A stream that stays open after these events, for those that later requests send to it.
    pub(crate) fn open_events(events: Vec<Event>, later: EventFeed) -> Self {
        Self::stream(ReplyBody::Open(events, later))
    }

    fn stream(body: ReplyBody) -> Self {
        Self { body, ..Self::empty(StatusCode::OK) }.header("content-type", "text/event-stream; charset=utf-8")
    }

    /// Sets a header. A name or value that HTTP does not allow is left out.
    #[must_use]
    pub fn header(mut self, name: &str, value: &str) -> Self {
        if let (Ok(name), Ok(value)) = (name.parse::<HeaderName>(), value.parse::<HeaderValue>()) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Goes wrong in this way. A fault that the reply cannot have, or a second one that is another, is an error of the script
    /// that gives the reply; see [`Fault`].
    #[must_use]
    pub fn fault(mut self, fault: Fault) -> Self {
        self.faults.add(fault);
        self
    }

    /// Waits this long before anything is sent.
    #[must_use]
    pub fn delay(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_that_http_does_not_allow_are_left_out() {
        let reply = Reply::empty(StatusCode::OK).header("a b", "x").header("x", "a\nb").header("y", "z");
        assert_eq!(reply.headers.len(), 1);
    }
}
