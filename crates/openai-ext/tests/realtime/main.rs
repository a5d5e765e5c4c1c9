//! Sessions of the Realtime API against the mock: turns, closes, refusals, halves, full queues.
#![cfg(feature = "realtime")]

mod azure;
mod calls;
mod closes;
mod connection;
mod credentials;
mod handshake;
#[cfg(feature = "live")]
mod kinds;
#[cfg(feature = "live")]
mod live;
mod queue;
mod reconnect;
mod secrets;
mod session;
mod tools;
mod translation;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::realtime::RealtimeConnection;
use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::types::RealtimeServerEvent;
use openai_ext_mock::{MockServer, RealtimeStep};
use serde_json::{Value, json};

type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// What a machine that is busy may take.
const PATIENCE: Duration = Duration::from_secs(60);

/// A clock whose waits are over at once, and written down; only the limit of a goodbye is real.
#[derive(Clone, Default)]
struct Waits(Arc<Mutex<Vec<f64>>>, Arc<Mutex<Duration>>);

impl Waits {
    fn taken(&self) -> Vec<f64> {
        self.0.lock().expect("a list").clone()
    }

    /// Lets time go on.
    fn advance(&self, by: Duration) {
        *self.1.lock().expect("a time") += by;
    }
}

impl Clock for Waits {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        if duration == Duration::from_secs(5) {
            return Box::pin(tokio::time::sleep(PATIENCE));
        }
        self.0.lock().expect("a list").push(duration.as_secs_f64());
        Box::pin(std::future::ready(()))
    }

    fn elapsed(&self) -> Duration {
        *self.1.lock().expect("a time")
    }

    fn random(&self) -> f64 {
        0.0
    }
}

async fn mock() -> TestResult<(Client, MockServer)> {
    let server = MockServer::builder().event_interval(Duration::ZERO).start().await?;
    let client = client(&server)?;
    Ok((client, server))
}

fn client(server: &MockServer) -> TestResult<Client> {
    Ok(Client::builder().base_url(server.base_url()).api_key("sk-test-key-123").max_retries(0).build()?)
}

fn patient(server: &MockServer) -> TestResult<(Client, Waits)> {
    let waits = Waits::default();
    let clock = Arc::new(waits.clone());
    Ok((Client::builder().base_url(server.base_url()).api_key("sk-test-key-123").clock(clock).build()?, waits))
}

async fn connect(client: &Client) -> TestResult<RealtimeConnection> {
    Ok(client.realtime().connect("gpt-realtime").await?)
}

/// What a future gives, in a time that no machine needs.
async fn soon<T>(future: impl Future<Output = T>) -> TestResult<T> {
    Ok(tokio::time::timeout(PATIENCE, future).await?)
}

/// The next event, as JSON.
async fn event(connection: &mut RealtimeConnection) -> TestResult<Value> {
    let event = soon(connection.next()).await?.ok_or("the session ended")??;
    Ok(serde_json::to_value(&event)?)
}

/// The events up to the first one of a type.
async fn until(connection: &mut RealtimeConnection, kind: &str) -> TestResult<Vec<Value>> {
    let mut events = vec![event(connection).await?];
    while events.last().is_some_and(|event| event["type"] != kind) {
        events.push(event(connection).await?);
    }
    Ok(events)
}

/// Waits until what the server has seen is as it should be.
async fn eventually(mut holds: impl FnMut() -> bool) -> TestResult {
    soon(async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(2)).await;
        }
    })
    .await
}

/// The types of what the server got on a connection.
fn got(server: &MockServer, connection: usize) -> Vec<String> {
    let connections = server.realtime_connections();
    let kind = |event: &Value| event["type"].as_str().unwrap_or_default().to_owned();
    connections.get(connection).map(|connection| connection.events().map(kind).collect()).unwrap_or_default()
}

/// How the server saw the end of a connection: code, reason, and whether the client ended it.
async fn server_side(server: &MockServer, connection: usize) -> TestResult<(u16, String, bool)> {
    let close = || server.realtime_connections().get(connection).and_then(|connection| connection.close().cloned());
    eventually(|| close().is_some()).await?;
    let close = close().ok_or("no close")?;
    Ok((close.code(), close.reason().to_owned(), close.by_client()))
}
