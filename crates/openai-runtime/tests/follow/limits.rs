//! Limits of what follows a call: the least rate of a download, and the waits of polls.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use crate::file::{Folder, GET};
use crate::stub::{Answer, plain, stub};
use openai_runtime::bytes::Bytes;
use openai_runtime::http;
use openai_runtime::json::Value;
use openai_runtime::transport::{Body, BoxFuture, Transport, TransportError};
use openai_runtime::{Call, Client, Endpoint, ErrorKind, Origin, Polling, States};
use serde_json::json;
use tokio::time::Sleep;

/// Brings so many bytes each time, for ever or for so many times.
#[derive(Clone, Copy)]
struct Drip {
    every: Duration,
    bytes: usize,
    times: usize,
}

struct Drops(Drip, Pin<Box<Sleep>>);

impl futures_core::Stream for Drops {
    type Item = Result<Bytes, Box<dyn std::error::Error + Send + Sync>>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.0.times == 0 {
            return Poll::Ready(None);
        }
        ready!(self.1.as_mut().poll(context));
        self.0.times -= 1;
        let next = tokio::time::Instant::now() + self.0.every;
        self.1.as_mut().reset(next);
        Poll::Ready(Some(Ok(vec![b'x'; self.0.bytes].into())))
    }
}

impl Transport for Drip {
    fn send(&self, _: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let drops = Drops(*self, Box::pin(tokio::time::sleep(self.every)));
        Box::pin(async move { Ok(http::Response::new(Body::from_stream(drops, None))) })
    }
}

fn client(drip: Drip) -> openai_runtime::ClientBuilder {
    Client::builder().api_key("sk-limits").transport(Arc::new(drip)).max_retries(0)
}

const SECOND: Duration = Duration::from_secs(1);

#[tokio::test(start_paused = true)]
async fn a_drip_that_never_ends_is_caught_by_the_least_rate() {
    let folder = Folder::new("drip");
    let drip = Drip { every: SECOND, bytes: 1, times: usize::MAX };
    let slow = client(drip).min_download_rate(100, 10 * SECOND).build().unwrap();
    let start = tokio::time::Instant::now();
    let error = Call::new(&slow, &GET).send_to_file(folder.target()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(error.message().contains("100 bytes in 10s") && error.message().contains("`min_download_rate`"), "{error}");
    assert!(start.elapsed() <= 11 * SECOND, "{:?}", start.elapsed());
    assert_eq!(folder.names().len(), usize::from(error.partial_file().is_some()));
    let mut stream = Call::new(&slow, &GET).bytes_stream().await.unwrap();
    let error = loop {
        if let Err(error) = stream.next().await.unwrap() {
            break error;
        }
    };
    assert_eq!(error.kind(), ErrorKind::Timeout);
    assert!(stream.next().await.is_none());
    // Silence is caught as well, and not after the idle timeout only.
    let silent = Drip { every: 100 * SECOND, ..drip };
    let silent = client(silent).min_download_rate(1, 10 * SECOND).build().unwrap();
    let start = tokio::time::Instant::now();
    assert_eq!(Call::new(&silent, &GET).send_to_file(folder.target()).await.unwrap_err().kind(), ErrorKind::Timeout);
    assert!(start.elapsed() <= 11 * SECOND);
}

#[tokio::test(start_paused = true)]
async fn a_drip_is_caught_by_the_time_of_the_whole_call() {
    let folder = Folder::new("total");
    let client = client(Drip { every: SECOND, bytes: 1, times: usize::MAX }).build().unwrap();
    let mut call = Call::new(&client, &GET);
    call.with_total_timeout(30 * SECOND);
    assert_eq!(call.send_to_file(folder.target()).await.unwrap_err().kind(), ErrorKind::Timeout);
}

#[tokio::test(start_paused = true)]
async fn a_download_that_is_fast_enough_ends_well() {
    let folder = Folder::new("fast");
    // By bursts: what comes within each window counts.
    for (every, bytes, times) in [(SECOND, 10, 100), (9 * SECOND, 150, 20)] {
        let client = client(Drip { every, bytes, times }).min_download_rate(100, 10 * SECOND).build().unwrap();
        assert_eq!(Call::new(&client, &GET).send_to_file(folder.target()).await.unwrap(), (bytes * times) as u64);
    }
    // The time that the program takes between two chunks is not the server's.
    let client =
        client(Drip { every: SECOND / 10, bytes: 50, times: 50 }).min_download_rate(100, SECOND).build().unwrap();
    let mut stream = Call::new(&client, &GET).bytes_stream().await.unwrap();
    let mut count = 0;
    while let Some(chunk) = stream.next().await {
        count += chunk.unwrap().len();
        tokio::time::sleep(20 * SECOND).await;
    }
    assert_eq!(count, 2500);
}

static LOOK: Endpoint = Endpoint { id: "look", path: "/jobs/{job}", ..Endpoint::DEFAULT };
static STATES: States =
    States { field: "status", pending: &["running"], done: &["ready"], interval: Duration::from_secs(2) };
static POLLING: Polling = Polling { retrieve: &LOOK, states: &STATES, path: &[("job", Origin::Path)], is_state: true };

/// The waits of a poller, each after an answer with this status and header.
async fn waits(status: u16, name: &'static str, value: &str) -> Vec<u128> {
    let value = value.to_owned();
    let stub = stub(move |_, count| {
        let state = if count < 2 { "running" } else { "ready" };
        let status = if count < 2 { status } else { 200 };
        Answer::new(status, json!({"id": "a", "status": state}).to_string()).header(name, value.clone())
    });
    let client = plain(&stub).api_key("sk-limits").max_retries(0).build().unwrap();
    let poller = Call::new(&client, &LOOK).path("job", "a").send_and_poll::<Value>(&POLLING);
    poller.with_deadline(3600 * SECOND).await.unwrap();
    stub.waits()
}

#[tokio::test]
async fn the_waits_of_polls_have_a_floor_and_a_ceiling() {
    for (value, expected) in [
        ("0.0001", 50),
        ("1e-300", 50),
        ("49.9", 50),
        ("75", 75),
        ("299999", 299_999),
        ("300001", 300_000),
        ("1e18", 300_000),
        ("1e308", 300_000),
        ("inf", 300_000),
        // No wait is the operation's own.
        ("0", 2000),
        ("-1", 2000),
        ("nan", 2000),
        ("soon", 2000),
    ] {
        assert_eq!(waits(200, "openai-poll-after-ms", value).await, [expected; 2], "{value}");
    }
    // After a look that failed: no less than the operation's own.
    for (value, expected) in [("0.001", 2000), ("7", 7000), ("500", 300_000), ("1e300", 300_000)] {
        assert_eq!(waits(503, "retry-after", value).await, [expected; 2], "{value}");
    }
}
