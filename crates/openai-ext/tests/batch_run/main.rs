//! Batch runs against the mock.
#![cfg(all(feature = "batches", feature = "chat", feature = "embeddings", feature = "files"))]

mod crash;
mod hostile;
mod kills;
#[cfg(unix)]
mod privacy;
mod refusals;
mod results;
mod row_sizes;
mod rows;
mod twins;

use std::path::{Path, PathBuf};
use std::pin::Pin;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::resources::chat::completions::Create;
use openai_ext::runtime::Clock;
use openai_ext_mock::MockServer;

type TestResult = Result<(), Box<dyn std::error::Error>>;

fn mock() -> MockServer {
    MockServer::builder().keep_requests(100_000).start().wait().expect("a port is free")
}

/// A client whose waits are over at once, and what it waited.
fn quick_client(mock: &MockServer) -> (Client, Arc<Quick>) {
    let quick = Arc::new(Quick::default());
    let shared: Arc<dyn Clock> = quick.clone();
    let client = Client::builder().base_url(mock.base_url()).api_key("sk-a-secret-key").clock(shared).build();
    (client.expect("the options fit"), quick)
}

/// A clock that a wait moves on, and nothing else.
#[derive(Default)]
struct Quick {
    milliseconds: AtomicU64,
    waits: Mutex<Vec<Duration>>,
}

impl Quick {
    fn waits(&self) -> Vec<Duration> {
        self.waits.lock().expect("no test panicked with it").clone()
    }
}

impl Clock for Quick {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        self.milliseconds.fetch_add(duration.as_millis() as u64, Ordering::SeqCst);
        self.waits.lock().expect("no test panicked with it").push(duration);
        Box::pin(tokio::task::yield_now())
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.milliseconds.load(Ordering::SeqCst))
    }

    fn random(&self) -> f64 {
        0.0
    }
}

/// Requests that tell their number.
fn requests(client: &Client, count: u64) -> impl Iterator<Item = Create> + Send + 'static {
    let completions = client.chat().completions();
    (0..count).map(move |number| completions.create("gpt-5.5", [Message::user(format!("Say {number}"))]))
}

/// A folder that goes with the test.
struct Folder(PathBuf);

impl Folder {
    fn new(name: &str) -> Self {
        let path = std::env::temp_dir().join(format!("openai-ext-batch-{}-{name}", std::process::id()));
        std::fs::remove_dir_all(&path).ok();
        std::fs::create_dir_all(&path).expect("the folder can be made");
        Self(path)
    }

    fn state(&self) -> PathBuf {
        self.0.join("run.json")
    }

    fn names(&self) -> Vec<String> {
        names(&self.0)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

fn names(folder: &Path) -> Vec<String> {
    let entries = std::fs::read_dir(folder).expect("the folder is there");
    let mut names: Vec<String> =
        entries.map(|entry| entry.expect("it can be read").file_name().to_string_lossy().into_owned()).collect();
    names.sort();
    names
}

/// How many requests of an operation arrived.
fn count(mock: &MockServer, operation: &str) -> usize {
    mock.requests().iter().filter(|request| request.operation().is_some_and(|known| known.id() == operation)).count()
}

/// Numbers by a seed.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        // SplitMix64.
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (bits ^ (bits >> 31)) % limit
    }
}
