//! The default transport against servers, proxies and certificates of the tests' own.
#![cfg(any(feature = "native-tls", feature = "rustls"))]
#![allow(missing_docs)]

mod certificates;
mod client_certificates;
mod environment;
mod errors;
mod forwarding;
mod headers;
#[cfg(feature = "http2")]
mod http2;
mod origin;
mod pool;
mod proxies;
mod proxy_server;
mod socks_server;
mod tls;
#[cfg(feature = "websocket")]
mod websockets;

use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, ClientBuilder, Done, Endpoint, Error, Security};

pub static GET: Endpoint = Endpoint {
    id: "getThing",
    method: "GET",
    path: "/things",
    security: Security::Bearer,
    accept: "application/json",
    body: BodyKind::None,
    stream: Done::Marker,
    ..Endpoint::DEFAULT
};

/// TLS is the platform's, whose errors have texts of their own.
pub const NATIVE: bool = cfg!(feature = "native-tls");

/// A client without retries, so that a test sees each failure.
pub fn builder(base_url: &str) -> ClientBuilder {
    Client::builder().api_key("sk-test-key").base_url(base_url).max_retries(0)
}

pub fn call(client: &Client) -> Call {
    Call::new(client, &GET)
}

pub async fn send(client: &Client) -> Result<Value, Error> {
    call(client).send::<Value>().await
}

/// All events of a stream.
pub async fn stream(client: &Client) -> Result<Vec<Value>, Error> {
    let mut stream = call(client).stream::<Value>().await?;
    let mut events = Vec::new();
    while let Some(event) = stream.next().await {
        events.push(event?);
    }
    Ok(events)
}

/// All that an error shows: its text, what it is made of, and its sources.
pub fn shown(error: &Error) -> String {
    let mut text = format!("{error}\n{error:?}");
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        text.push_str(&format!("\n{found}\n{found:?}"));
        cause = found.source();
    }
    text
}

/// The first `std::io::Error` among the sources of an error.
pub fn io_error(error: &Error) -> Option<std::io::ErrorKind> {
    let mut cause = std::error::Error::source(error);
    while let Some(found) = cause {
        if let Some(io) = found.downcast_ref::<std::io::Error>() {
            return Some(io.kind());
        }
        cause = found.source();
    }
    None
}

/// Waits until something is so, for half a minute: a busy machine takes its time.
pub async fn eventually(is_so: impl Fn() -> bool) -> bool {
    for _ in 0..6000 {
        if is_so() {
            return true;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
    false
}
