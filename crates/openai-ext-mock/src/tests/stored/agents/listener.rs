//! A stream of a session's events, read while other requests go on.

use std::future::poll_fn;
use std::pin::Pin;

use bytes::Bytes;
use hyper::body::{Body, Incoming};
use serde_json::{Value, json};

use crate::document::Operation;
use crate::tests::harness::{TestResult, open};
use crate::tests::stored::api::{Api, operation};

/// A stream that is open.
pub(super) struct Listener {
    body: Incoming,
    buffer: String,
    operation: &'static Operation,
}

impl Listener {
    /// Listens to a session's events.
    pub(super) async fn of(api: &Api, session: &str) -> TestResult<Self> {
        Self::open(api, "GET", &format!("{session}/events"), &Value::Null).await
    }

    /// Makes a session and listens to its events.
    pub(super) async fn of_new(api: &Api, body: &Value) -> TestResult<Self> {
        Self::open(api, "POST", "/agents/sessions", body).await
    }

    async fn open(api: &Api, method: &str, path: &str, body: &Value) -> TestResult<Self> {
        let url = format!("{}{path}", api.server.base_url());
        let body = if body.is_null() { Bytes::new() } else { Bytes::from(body.to_string()) };
        let response = open(&url, method, &[("content-type", "application/json")], body).await?;
        assert!(response.status().is_success(), "{path}: {}", response.status());
        Ok(Self { body: response.into_body(), buffer: String::new(), operation: operation(method, path)? })
    }

    /// Returns the events up to the one of this type, each checked against the document.
    pub(super) async fn until(&mut self, kind: &str) -> TestResult<Vec<Value>> {
        let mut events = Vec::new();
        while let Some(event) = self.next().await? {
            let is_last = event["type"] == kind;
            events.push(event);
            if is_last {
                return Ok(events);
            }
        }
        Err(format!("the stream ended without {kind}: {events:?}").into())
    }

    /// Returns the next event; none at the end of the stream.
    pub(super) async fn next(&mut self) -> TestResult<Option<Value>> {
        loop {
            if let Some((block, rest)) = self.buffer.split_once("\n\n") {
                let data = block.lines().find_map(|line| line.strip_prefix("data: ")).ok_or("no data")?;
                let event: Value = serde_json::from_str(data)?;
                self.buffer = rest.to_owned();
                let checked = self.operation.check_event(&event);
                checked.map_err(|violation| format!("{violation}: {event}"))?;
                return Ok(Some(event));
            }
            let Some(frame) = poll_fn(|cx| Pin::new(&mut self.body).poll_frame(cx)).await else { return Ok(None) };
            if let Ok(data) = frame?.into_data() {
                self.buffer.push_str(&String::from_utf8_lossy(&data));
            }
        }
    }
}

/// The types of events without what all have in common.
pub(super) fn kinds(events: &[Value]) -> Vec<&str> {
    let kinds = events.iter().map(|event| event["type"].as_str().unwrap_or_default());
    kinds.map(|kind| kind.strip_prefix("agent.session.").unwrap_or(kind)).collect()
}

/// An event of a client that says this.
pub(super) fn message(text: &str) -> Value {
    let input = json!([{"role": "user", "content": [{"type": "input_text", "text": text}]}]);
    json!({"events": [{"type": "agent.session.input.message", "input": input}]})
}
