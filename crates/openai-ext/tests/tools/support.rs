//! A mock with a client whose time is the test's.

use std::collections::VecDeque;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex};
use std::task::{Poll, Waker};
use std::time::Duration;

use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext_mock::MockServer;
use serde::{Deserialize, Serialize};
use serde_json::Value;

pub type TestResult = Result<(), Box<dyn std::error::Error>>;

/// The arguments of most tools here.
#[derive(Deserialize, Serialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct City {
    /// The name of the city.
    pub city: String,
}

/// No arguments at all.
#[derive(Deserialize, JsonSchema)]
pub struct Nothing {}

/// The schema of [`City`] as it is to be sent.
pub fn city_schema() -> Value {
    serde_json::json!({
        "type": "object",
        "description": "The arguments of most tools here.",
        "properties": {"city": {"type": "string", "description": "The name of the city."}},
        "required": ["city"],
        "additionalProperties": false,
    })
}

pub type Never = std::convert::Infallible;

/// A mock, and a client of it that tries once, by a clock that stands still.
pub struct Mocked {
    pub mock: MockServer,
    pub client: Client,
    pub clock: ManualClock,
}

pub fn mocked() -> Result<Mocked, Box<dyn std::error::Error>> {
    with(MockServer::start().wait()?)
}

/// The same with a mock that takes any id, also one that it never gave.
pub fn stateless() -> Result<Mocked, Box<dyn std::error::Error>> {
    with(MockServer::builder().stateless().start().wait()?)
}

fn with(mock: MockServer) -> Result<Mocked, Box<dyn std::error::Error>> {
    let clock = ManualClock::default();
    let client = Client::builder()
        .base_url(mock.base_url())
        .api_key("no-key")
        .max_retries(0)
        .clock(Arc::new(clock.clone()))
        .build()?;
    Ok(Mocked { mock, client, clock })
}

/// A clock that stands still until it is told to go on.
#[derive(Clone, Default)]
pub struct ManualClock(Arc<Mutex<Time>>);

#[derive(Default)]
struct Time {
    now: Duration,
    waiting: Vec<Waker>,
    /// How long was slept for, in order; only what was polled.
    slept: Vec<Duration>,
    /// Sleeps end at once, and time goes on by them.
    runs: bool,
}

impl ManualClock {
    pub fn advance(&self, by: Duration) {
        let waiting = {
            let mut time = self.0.lock().unwrap();
            time.now += by;
            std::mem::take(&mut time.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    /// From now on no sleep waits.
    pub fn run(&self) {
        self.0.lock().unwrap().runs = true;
    }

    pub fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().slept.clone()
    }
}

impl Clock for ManualClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let time = Arc::clone(&self.0);
        let end = time.lock().unwrap().now + duration;
        let mut first = true;
        Box::pin(poll_fn(move |context| {
            let mut time = time.lock().unwrap();
            if std::mem::take(&mut first) {
                time.slept.push(duration);
                if time.runs {
                    time.now = time.now.max(end);
                }
            }
            if time.now >= end {
                return Poll::Ready(());
            }
            time.waiting.push(context.waker().clone());
            Poll::Pending
        }))
    }

    fn elapsed(&self) -> Duration {
        self.0.lock().unwrap().now
    }
}

/// A gate that futures wait at until the test opens it, one name at a time; it knows who has come and who has left.
#[derive(Clone, Default)]
pub struct Gate(Arc<Mutex<GateState>>);

#[derive(Default)]
struct GateState {
    open: Vec<String>,
    arrived: Vec<String>,
    left: Vec<String>,
    waiting: VecDeque<Waker>,
}

impl Gate {
    /// Waits until the gate is open for `name`.
    pub async fn pass(&self, name: impl Into<String>) {
        let name = name.into();
        let _left = Left(self.clone(), name.clone());
        self.change(|state| state.arrived.push(name.clone()));
        self.until(|state| state.open.contains(&name)).await;
    }

    pub fn open(&self, name: impl Into<String>) {
        self.change(|state| state.open.push(name.into()));
    }

    /// Waits until so many have come, at most 30 s.
    pub async fn arrived(&self, count: usize) -> Vec<String> {
        let wait = self.until(|state| state.arrived.len() >= count);
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("nobody comes to the gate");
        self.0.lock().unwrap().arrived.clone()
    }

    /// Waits until so many have left, at most 30 s.
    pub async fn left(&self, count: usize) {
        let wait = self.until(|state| state.left.len() >= count);
        tokio::time::timeout(Duration::from_secs(30), wait).await.expect("nobody leaves the gate");
    }

    /// Who has come so far.
    pub fn all_arrived(&self) -> Vec<String> {
        self.0.lock().unwrap().arrived.clone()
    }

    /// Whose future ended, or was dropped.
    pub fn all_left(&self) -> Vec<String> {
        self.0.lock().unwrap().left.clone()
    }

    fn change(&self, change: impl FnOnce(&mut GateState)) {
        let waiting = {
            let mut state = self.0.lock().unwrap();
            change(&mut state);
            std::mem::take(&mut state.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }

    async fn until(&self, is_so: impl Fn(&GateState) -> bool) {
        poll_fn(|context| {
            let mut state = self.0.lock().unwrap();
            if is_so(&state) {
                return Poll::Ready(());
            }
            state.waiting.push_back(context.waker().clone());
            Poll::Pending
        })
        .await;
    }
}

struct Left(Gate, String);

impl Drop for Left {
    fn drop(&mut self) {
        let name = self.1.clone();
        self.0.change(|state| state.left.push(name));
    }
}

/// The schema of a function's arguments.
pub fn schema_of(input: &openai_ext::tools::ToolInput) -> Value {
    match input {
        openai_ext::tools::ToolInput::Function { parameters, .. } => parameters.clone(),
        other => panic!("{other:?}"),
    }
}
