//! Azure OpenAI: URLs and headers of all operations in both modes, tokens, options, the content filter.
#![cfg(all(feature = "azure", feature = "chat", feature = "completions", feature = "audio", feature = "images"))]
#![cfg(all(feature = "embeddings", feature = "files", feature = "responses", feature = "realtime"))]

mod content_filter;
#[cfg(feature = "azure-identity")]
mod identity;
mod mock;
mod options;
mod tokens;
mod urls;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::azure::AzureConfig;
use openai_ext::http::{HeaderMap, Request, Response};
use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::{Body, BoxFuture, Transport, TransportError};

/// A request as it was sent.
#[derive(Clone, Debug)]
struct Sent {
    method: String,
    url: String,
    headers: HeaderMap,
}

impl Sent {
    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().expect("a text"))
    }
}

/// What a server answers: status, headers, body.
type Answer = (u16, Vec<(&'static str, String)>, String);
type Handler = Box<dyn Fn(&Sent) -> Answer + Send + Sync>;

/// A server in memory, and a clock that a test sets.
struct Server {
    handler: Handler,
    sent: Mutex<Vec<Sent>>,
    time: Mutex<Duration>,
}

fn server(handler: impl Fn(&Sent) -> Answer + Send + Sync + 'static) -> Arc<Server> {
    Arc::new(Server { handler: Box::new(handler), sent: Mutex::default(), time: Mutex::default() })
}

/// A server that takes anything.
fn any() -> Arc<Server> {
    server(|_| json(200, "{}"))
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

    fn client(self: &Arc<Self>, config: AzureConfig) -> openai_ext::Result<Client> {
        let handle = || Arc::new(Handle(self.clone()));
        Client::builder().provider(config).transport(handle()).clock(handle()).build()
    }
}

struct Handle(Arc<Server>);

impl Transport for Handle {
    fn send(&self, request: Request<Body>) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let (parts, _) = request.into_parts();
        let sent = Sent { method: parts.method.to_string(), url: parts.uri.to_string(), headers: parts.headers };
        let (status, headers, body) = (self.0.handler)(&sent);
        self.0.sent.lock().expect("no panic").push(sent);
        let mut response = Response::builder().status(status);
        for (name, value) in headers {
            response = response.header(name, value);
        }
        let response = response.body(Body::from(body)).expect("a response");
        Box::pin(async move {
            // So that calls that are made at once are under way at once.
            tokio::task::yield_now().await;
            Ok(response)
        })
    }
}

impl Clock for Handle {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(std::future::ready(()))
    }

    fn elapsed(&self) -> Duration {
        *self.0.time.lock().expect("no panic")
    }
}

const ENDPOINT: &str = "https://res.openai.azure.com";

fn keyed() -> AzureConfig {
    AzureConfig::new(ENDPOINT).api_key("key-of-azure")
}
