//! A mock with an agent's session, and a client whose time is the test's.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Poll, Waker};
use std::time::Duration;

use openai_ext::agents::AgentRunner;
use openai_ext::prelude::*;
use openai_ext::runtime::Clock;
use openai_ext::schemars::{self, JsonSchema};
use openai_ext::types::{EnvironmentParam, SessionEvent};
use openai_ext_mock::MockServer;
use serde::Deserialize;
use serde_json::{Value, json};

pub type TestResult<T = ()> = Result<T, Box<dyn std::error::Error>>;

/// The arguments of most tools here.
#[derive(Deserialize, JsonSchema)]
pub struct City {
    pub city: String,
}

/// A session that is idle, and a client of it that tries once.
pub struct Scene {
    pub mock: MockServer,
    pub client: Client,
    pub clock: TestClock,
    pub session: String,
    /// The requests that made the session.
    before: usize,
}

impl Scene {
    pub async fn start() -> TestResult<Self> {
        Self::with(MockServer::builder().event_interval(Duration::ZERO).keep_requests(100_000)).await
    }

    pub async fn with(builder: openai_ext_mock::MockServerBuilder) -> TestResult<Self> {
        let mock = builder.start().await?;
        let clock = TestClock::default();
        // To read the platform's trust store takes longer than most of these tests.
        static BASE: OnceLock<Client> = OnceLock::new();
        let base = BASE.get_or_init(|| Client::builder().api_key("no-key").max_retries(0).build().unwrap());
        let client = base.with_options(|client| client.base_url(mock.base_url()).clock(Arc::new(clock.clone())))?;
        let mut scene = Self { mock, client, clock, session: String::new(), before: 0 };
        scene.renew().await?;
        Ok(scene)
    }

    /// Begins another session.
    pub async fn renew(&mut self) -> TestResult {
        let agents = self.client.beta().agents();
        let agent = agents.create("gpt-5.5").send().await?;
        let environment = EnvironmentParam::None(Default::default());
        self.session = agents.sessions().create(environment).agent_id(&agent.id).send().await?.id;
        self.before = self.mock.requests().len();
        Ok(())
    }

    pub fn run(&self, input: &str) -> AgentRunner {
        self.client.beta().agents().sessions().run(&self.session, input)
    }

    /// Returns the requests of the run: method and path below the session.
    pub fn requests(&self) -> Vec<String> {
        self.received().map(|(request, _)| request).collect()
    }

    /// Returns the inputs that were sent to the session, and their keys.
    pub fn inputs(&self) -> Vec<(Value, String)> {
        let inputs = self.received().filter(|(request, _)| request == "POST /events");
        inputs
            .map(|(_, request)| {
                let body = request.json().unwrap_or_default();
                assert_eq!(body["events"].as_array().map(Vec::len), Some(1), "{body}");
                let key = request.header("idempotency-key").unwrap_or_default().to_owned();
                (body["events"][0].clone(), key)
            })
            .collect()
    }

    fn received(&self) -> impl Iterator<Item = (String, openai_ext_mock::ReceivedRequest)> {
        let below = format!("/v1/agents/sessions/{}", self.session);
        self.mock.requests().into_iter().skip(self.before).map(move |request| {
            assert_eq!(request.header("openai-beta"), Some("agents=v1"), "{}", request.path());
            let path = request.path().strip_prefix(&below).unwrap_or(request.path());
            (format!("{} {path}", request.method()), request)
        })
    }
}

/// The requests of a turn whose stream did not break off, before the results of tools.
pub const OPENING: [&str; 3] = ["GET ", "GET /events", "POST /events"];

/// A toolbox whose one tool tells the weather.
pub fn weather() -> Toolbox {
    Toolbox::new().with(tool("get_weather", "The weather in a city now", |city: City| async move {
        format!("It rains in {}", city.city)
    }))
}

/// The event that brings a result.
pub fn result(call_id: &str, turn_id: &str, output: &str) -> Value {
    json!({
        "type": "agent.session.input.tool_result", "turn_id": turn_id, "call_id": call_id, "success": true,
        "output": output,
    })
}

/// All events of a run, those of the session by their kinds, and the text that deltas come to.
#[derive(Debug, Default)]
pub struct Told {
    pub kinds: Vec<String>,
    pub text: String,
    pub events: Vec<SessionEvent>,
}

/// Reads all events of a run; the error comes with what was told before.
pub async fn told(events: &mut openai_ext::agents::AgentEvents) -> (Told, Option<openai_ext::Error>) {
    let mut told = Told::default();
    while let Some(event) = events.next().await {
        let event = match event {
            Ok(event) => event,
            Err(error) => return (told, Some(error)),
        };
        told.text.push_str(event.text_delta().unwrap_or_default());
        match event {
            AgentEvent::Session(event) => {
                told.kinds.push(kind(&event.event));
                told.events.push(event.event);
            }
            AgentEvent::ToolCall { call, .. } => told.kinds.push(format!("call {}", call.name)),
            AgentEvent::ToolResult { outcome, .. } => told.kinds.push(format!("result {}", outcome.call.name)),
            AgentEvent::Retry { outcome, .. } => told.kinds.push(format!("retry {}", outcome.call.name)),
            AgentEvent::Approval { answer, .. } => told.kinds.push(format!("approval {answer:?}")),
            AgentEvent::Reconnecting { tries, .. } => told.kinds.push(format!("reconnecting {tries}")),
            AgentEvent::Reconnected => told.kinds.push("reconnected".to_owned()),
            other => told.kinds.push(format!("{other:?}")),
        }
    }
    (told, None)
}

/// The type of an event without what all have in common.
pub fn kind(event: &SessionEvent) -> String {
    let kind = json!(event)["type"].as_str().unwrap_or_default().to_owned();
    kind.strip_prefix("agent.session.").map(str::to_owned).unwrap_or(kind)
}

/// A clock by which no sleep waits, unless it is stopped.
#[derive(Clone, Default)]
pub struct TestClock(Arc<Mutex<Time>>);

#[derive(Default)]
struct Time {
    now: Duration,
    slept: Vec<Duration>,
    stands: bool,
    waiting: Vec<Waker>,
}

impl TestClock {
    /// The sleeps so far.
    pub fn slept(&self) -> Vec<Duration> {
        self.0.lock().unwrap().slept.clone()
    }

    /// From now on sleeps wait until the clock is advanced.
    pub fn stand(&self) {
        self.0.lock().unwrap().stands = true;
    }

    pub fn advance(&self, by: Duration) {
        let waiting = {
            let mut time = self.0.lock().unwrap();
            time.now += by;
            std::mem::take(&mut time.waiting)
        };
        waiting.into_iter().for_each(Waker::wake);
    }
}

impl Clock for TestClock {
    fn sleep(&self, duration: Duration) -> Pin<Box<dyn Future<Output = ()> + Send>> {
        let time = Arc::clone(&self.0);
        let end = time.lock().unwrap().now + duration;
        let mut first = true;
        Box::pin(poll_fn(move |context| {
            let mut time = time.lock().unwrap();
            if std::mem::take(&mut first) {
                time.slept.push(duration);
                if !time.stands {
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

    fn random(&self) -> f64 {
        0.0
    }
}
