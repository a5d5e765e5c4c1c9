//! A transport in memory that gives prepared replies, and a clock that does not wait.
#![allow(dead_code)]

pub mod bodies;
pub mod book;

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openai_runtime::bytes::Bytes;
use openai_runtime::http::{self, HeaderMap};
use openai_runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_runtime::{BodyKind, Client, Clock, Done, Endpoint, Security};

/// A prepared reply.
#[derive(Clone, Debug)]
pub struct Reply {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub chunks: Vec<Result<Vec<u8>, &'static str>>,
    pub fault: Option<&'static str>,
    pub hangs: bool,
}

impl Reply {
    pub fn new(status: u16, body: impl AsRef<[u8]>) -> Self {
        let chunks = vec![Ok(body.as_ref().to_vec())];
        Self { status, headers: Vec::new(), chunks, fault: None, hangs: false }
    }

    pub fn json(status: u16, body: &str) -> Self {
        Self::new(status, body).header("content-type", "application/json").header("x-request-id", "req_1")
    }

    pub fn events(body: impl AsRef<[u8]>) -> Self {
        Self::new(200, body).header("content-type", "text/event-stream").header("x-request-id", "req_1")
    }

    /// The connection breaks before there is a response.
    pub fn broken() -> Self {
        Self { fault: Some("refused"), ..Self::new(0, "") }
    }

    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// The body in pieces of `size` bytes.
    pub fn in_chunks(mut self, size: usize) -> Self {
        let all: Vec<u8> = self.chunks.into_iter().flat_map(Result::unwrap).collect();
        self.chunks = all.chunks(size).map(|chunk| Ok(chunk.to_vec())).collect();
        self
    }

    /// The connection breaks after the body so far.
    pub fn then_broken(mut self) -> Self {
        self.chunks.push(Err("reset"));
        self
    }

    /// The body so far, then nothing more, forever.
    pub fn then_silent(mut self) -> Self {
        self.hangs = true;
        self
    }
}

/// A request as it was sent.
#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub uri: String,
    pub headers: HeaderMap,
    pub length: Option<u64>,
    pub body: Vec<u8>,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }
}

#[derive(Default)]
pub struct Server {
    replies: Mutex<VecDeque<Reply>>,
    requests: Mutex<Vec<Request>>,
    pub waits: Mutex<Vec<Duration>>,
    random: Mutex<f64>,
}

impl Server {
    pub fn requests(&self) -> Vec<Request> {
        self.requests.lock().unwrap().clone()
    }

    pub fn waits(&self) -> Vec<Duration> {
        self.waits.lock().unwrap().clone()
    }

    pub fn set_random(&self, random: f64) {
        *self.random.lock().unwrap() = random;
    }
}

/// The time that the test clock always shows: 2026-01-01T00:00:00Z.
pub fn now() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_225_600)
}

pub struct Handle(Arc<Server>);

impl Transport for Handle {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let server = self.0.clone();
        Box::pin(async move {
            let (parts, body) = request.into_parts();
            let length = body.length();
            let body = read(body).await.map_err(TransportError::connection)?;
            server.requests.lock().unwrap().push(Request {
                method: parts.method.to_string(),
                uri: parts.uri.to_string(),
                headers: parts.headers,
                length,
                body,
            });
            let reply = server.replies.lock().unwrap().pop_front().expect("a reply for each request");
            if let Some(fault) = reply.fault {
                return Err(TransportError::connection(fault));
            }
            let mut response = http::Response::builder().status(reply.status);
            for (name, value) in &reply.headers {
                response = response.header(name, value);
            }
            let chunks = Chunks { chunks: reply.chunks.into(), hangs: reply.hangs };
            Ok(response.body(Body::from_stream(chunks, None)).unwrap())
        })
    }
}

impl Clock for Handle {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.waits.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> SystemTime {
        now()
    }

    fn random(&self) -> f64 {
        *self.0.random.lock().unwrap()
    }
}

struct Chunks {
    chunks: VecDeque<Result<Vec<u8>, &'static str>>,
    hangs: bool,
}

impl futures_core::Stream for Chunks {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.chunks.pop_front() {
            Some(chunk) => Poll::Ready(Some(chunk.map(Bytes::from).map_err(Into::into))),
            None if self.hangs => Poll::Pending,
            None => Poll::Ready(None),
        }
    }
}

async fn read(mut body: Body) -> Result<Vec<u8>, Box<dyn std::error::Error + Send + Sync>> {
    let mut all = Vec::new();
    while let Some(chunk) = poll_fn(|context| futures_core::Stream::poll_next(Pin::new(&mut body), context)).await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all)
}

/// A server that gives these replies.
pub fn server(replies: impl IntoIterator<Item = Reply>) -> Arc<Server> {
    Arc::new(Server { replies: Mutex::new(replies.into_iter().collect()), ..Server::default() })
}

/// A builder of a client of that server.
pub fn builder(server: &Arc<Server>) -> openai_runtime::ClientBuilder {
    let handle = || Arc::new(Handle(server.clone()));
    Client::builder().api_key("sk-test-key-123").transport(handle()).clock(handle())
}

/// A client of a server that gives these replies.
pub fn client(replies: impl IntoIterator<Item = Reply>) -> (Client, Arc<Server>) {
    let server = server(replies);
    (builder(&server).build().unwrap(), server)
}

/// An endpoint to call, to be changed where a test needs it.
pub const ENDPOINT: Endpoint = Endpoint {
    id: "createThing",
    method: "POST",
    path: "/things",
    query: &[],
    headers: &[],
    security: Security::Bearer,
    accept: "application/json",
    body: BodyKind::Json,
    stream: Done::Marker,
    ..Endpoint::DEFAULT
};

impl Handle {
    pub fn new(server: &Arc<Server>) -> Self {
        Self(server.clone())
    }
}

/// Waits until something is so, for half a minute: a busy machine takes its time.
pub async fn eventually(is_so: impl Fn() -> bool) -> bool {
    for _ in 0..6000 {
        if is_so() {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    false
}
