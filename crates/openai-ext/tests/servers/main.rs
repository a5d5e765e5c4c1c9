//! Bedrock and Vertex: hosts, credentials, signatures, and what is refused before a credential leaves.
#![cfg(all(feature = "bedrock", feature = "chat", feature = "files", feature = "responses", feature = "vertex"))]
#![cfg(all(feature = "models", feature = "websocket"))]

mod bodies;
mod hosts;
mod rules;
mod signatures;
mod tokens;
mod vertex;

use std::sync::{Arc, Mutex};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use openai_ext::http::{HeaderMap, Request, Response};
use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_ext::{ErrorKind, Provider};

/// A request as it was sent.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    url: String,
    headers: HeaderMap,
    body: Vec<u8>,
}

impl Sent {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text"))
    }

    /// The signature of a request that is signed.
    fn signature(&self) -> &str {
        self.header("authorization").and_then(|value| value.rsplit_once("Signature=")).map_or("", |(_, text)| text)
    }
}

/// What a server answers: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);
type Handler = Box<dyn Fn(&Sent, usize) -> Answer + Send + Sync>;

/// A server in memory, and a clock that a test sets: seconds since 2026-01-02T03:04:05Z.
struct Server {
    handler: Handler,
    sent: Mutex<Vec<Sent>>,
    time: Mutex<Duration>,
}

/// The function gets a request, and how many there were before.
fn server(handler: impl Fn(&Sent, usize) -> Answer + Send + Sync + 'static) -> Arc<Server> {
    Arc::new(Server { handler: Box::new(handler), sent: Mutex::default(), time: Mutex::default() })
}

/// A server that takes anything.
fn any() -> Arc<Server> {
    server(|_, _| json(200, "{}"))
}

fn json(status: u16, body: &str) -> Answer {
    (status, vec![("content-type", "application/json".to_owned())], body.to_owned())
}

impl Server {
    fn sent(&self) -> Vec<Sent> {
        self.sent.lock().expect("no panic").clone()
    }

    fn last(&self) -> Sent {
        self.sent().pop().expect("a request was sent")
    }

    fn set_time(&self, seconds: u64) {
        *self.time.lock().expect("no panic") = Duration::from_secs(seconds);
    }

    fn builder(self: &Arc<Self>, provider: impl Provider) -> openai_ext::ClientBuilder<Client> {
        let handle = || Arc::new(Handle(self.clone()));
        Client::builder().provider(provider).transport(handle()).clock(handle())
    }

    fn client(self: &Arc<Self>, provider: impl Provider) -> openai_ext::Result<Client> {
        self.builder(provider).build()
    }
}

struct Handle(Arc<Server>);

impl Transport for Handle {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let server = self.0.clone();
        Box::pin(async move {
            let (parts, mut body) = request.into_parts();
            let mut all = Vec::new();
            while let Some(chunk) = futures_util::StreamExt::next(&mut body).await {
                all.extend_from_slice(&chunk.map_err(TransportError::connection)?);
            }
            let url = parts.uri.to_string();
            let sent = Sent { method: parts.method.to_string(), url, headers: parts.headers, body: all };
            let count = server.sent().len();
            let (status, headers, body) = (server.handler)(&sent, count);
            server.sent.lock().expect("no panic").push(sent);
            let mut response = Response::builder().status(status);
            for (name, value) in headers {
                response = response.header(name, value);
            }
            // So that calls that are made at once are under way at once.
            tokio::task::yield_now().await;
            Ok(response.body(Body::from(body)).expect("a response"))
        })
    }
}

/// The time at which the clocks of the tests begin.
fn start() -> SystemTime {
    UNIX_EPOCH + Duration::from_secs(1_767_323_045)
}

impl Clock for Handle {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> SystemTime {
        start() + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.0.time.lock().expect("no panic")
    }
}

/// The base URL of a client with this provider, or why there is none. Nothing is sent.
fn base(provider: impl Provider) -> Result<String, String> {
    let server = any();
    let built = server.client(provider);
    assert!(server.sent().is_empty());
    built.map(|client| client.base_url().to_owned()).map_err(|error| {
        assert_eq!(error.kind(), ErrorKind::Config);
        error.message().to_owned()
    })
}
