//! Requests to a running server, and their answers.

use std::error::Error;
use std::future::poll_fn;
use std::pin::Pin;
use std::time::{Duration, Instant};

use bytes::Bytes;
use http::{HeaderMap, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};
use hyper_util::rt::TokioIo;
use serde_json::Value;
use tokio::net::TcpStream;

use crate::server::{MockServer, MockServerBuilder};
use crate::wire::{MockBody, ReplyBody};

pub(crate) type TestResult<T = ()> = Result<T, Box<dyn Error>>;

/// An answer as it came in.
pub(crate) struct Received {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    /// The body's parts, with the time each took to arrive.
    pub(crate) parts: Vec<(Bytes, Duration)>,
}

impl Received {
    pub(crate) fn text(&self) -> String {
        let bytes: Vec<u8> = self.parts.iter().flat_map(|(part, _)| part.to_vec()).collect();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    pub(crate) fn json(&self) -> TestResult<Value> {
        Ok(serde_json::from_str(&self.text())?)
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The stream's events: their names, and their data as text.
    pub(crate) fn events(&self) -> Vec<(String, String)> {
        let text = self.text();
        let blocks = text.split_terminator("\n\n");
        blocks
            .map(|block| match block.split_once('\n') {
                Some((name, data)) => (name.trim_start_matches("event: "), data),
                None => ("", block),
            })
            .map(|(name, data)| (name.to_owned(), data.strip_prefix("data: ").unwrap_or("?").to_owned()))
            .collect()
    }
}

/// A server without pauses, which takes the few fields that a test is about for a whole body.
pub(crate) fn fast() -> MockServerBuilder {
    MockServer::builder().event_interval(Duration::ZERO).lenient()
}

/// A server that takes what the document allows.
pub(crate) fn strict() -> MockServerBuilder {
    MockServer::builder().event_interval(Duration::ZERO)
}

/// A server that makes up every answer, so that there is an object of any id.
pub(crate) fn stateless() -> MockServerBuilder {
    fast().stateless()
}

/// Sends a request to a path below the base URL.
pub(crate) async fn send(
    server: &MockServer,
    method: &str,
    path: &str,
    content_type: &str,
    body: impl Into<Bytes>,
) -> TestResult<Received> {
    let url = format!("{}{path}", server.base_url());
    send_to(&url, method, &[("content-type", content_type)], body.into()).await
}

pub(crate) async fn post(server: &MockServer, path: &str, body: &Value) -> TestResult<Received> {
    send(server, "POST", path, "application/json", body.to_string()).await
}

pub(crate) async fn send_to(url: &str, method: &str, headers: &[(&str, &str)], body: Bytes) -> TestResult<Received> {
    let begun = Instant::now();
    let (head, body) = open(url, method, headers, body).await?.into_parts();
    Ok(Received { status: head.status, headers: head.headers, parts: read(body, begun).await? })
}

/// Sends a request and leaves the body of its answer to be read.
pub(crate) async fn open(
    url: &str,
    method: &str,
    headers: &[(&str, &str)],
    body: Bytes,
) -> TestResult<Response<Incoming>> {
    let (host, path) =
        url.strip_prefix("http://").and_then(|rest| rest.split_at_checked(rest.find('/')?)).ok_or("no URL")?;
    let io = TokioIo::new(TcpStream::connect(host).await?);
    let (mut sender, connection) = hyper::client::conn::http1::handshake(io).await?;
    tokio::spawn(connection);
    let mut request = Request::builder().method(method).uri(path).header("host", host);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    Ok(sender.send_request(request.body(MockBody::new(ReplyBody::Whole(body), None, Duration::ZERO))?).await?)
}

/// Waits until something is so, for half a minute: a busy machine takes its time.
pub(crate) async fn eventually(is_so: impl Fn() -> bool) -> bool {
    for _ in 0..6000 {
        if is_so() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}

pub(crate) async fn read(mut body: Incoming, begun: Instant) -> TestResult<Vec<(Bytes, Duration)>> {
    let mut parts = Vec::new();
    while let Some(frame) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame?.into_data() {
            parts.push((data, begun.elapsed()));
        }
    }
    Ok(parts)
}
