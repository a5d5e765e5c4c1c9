//! Every long operation of the document against the mock: each end, each wait, each failure. The list is generated, so
//! that one more entry in names.toml is tested with the next regen.

use std::sync::Mutex;
use std::time::{Duration, SystemTime};

use acceptance::calls::entry::Input;
use acceptance::calls::polled::{Followed, Options, Polled};
use acceptance::contract::{Case, POLLS, cases};
use openai_ext_mock::{Fault, MockServer, ReceivedRequest, Reply};
use openai_raw::Client;
use openai_raw::openai_runtime::http::StatusCode;
use openai_raw::openai_runtime::transport::BoxFuture;
use openai_raw::openai_runtime::{Clock, ErrorKind, Origin};
use serde_json::{Value, json};
use tokio_util::sync::CancellationToken;

const HELPER: &str = "x-stainless-poll-helper";
const INTERVAL: &str = "x-stainless-custom-poll-interval";
const AFTER: &str = "openai-poll-after-ms";

#[tokio::test]
async fn each_reaches_each_of_its_ends() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        for end in states.done {
            let seen: Vec<&str> = states.pending.iter().chain([end]).copied().collect();
            let run = stage.run(seen.iter().map(|state| stage.state(state)), Options::default()).await;
            assert!(run.followed.error.is_none(), "{stage}: {:?}", run.followed.error);
            assert_eq!(run.statuses(), seen, "{stage}");
            assert_eq!(run.waits, vec![states.interval; run.between(seen.len())], "{stage}");
            for (request, is_look) in run.requests() {
                assert_eq!(request.header(HELPER), is_look.then_some("true"), "{stage}: {}", request.path());
                assert_eq!(request.header(INTERVAL), None, "{stage}");
                assert_eq!(request.header("x-mine"), Some("yes"), "{stage}");
            }
            // Awaiting it gives the last one.
            let options = Options { awaits: true, ..Options::default() };
            let run = stage.run(seen.iter().map(|state| stage.state(state)), options).await;
            assert_eq!(run.statuses(), [*end], "{stage}");
        }
    }
}

#[tokio::test]
async fn the_looks_go_to_the_object_of_the_answer() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        let seen = [states.pending[0], states.done[0]];
        let run = stage.run(seen.iter().map(|state| stage.state(state)), Options::default()).await;
        for (request, _) in run.requests().into_iter().filter(|(_, is_look)| *is_look) {
            let mut path = stage.polled.polling.retrieve.path.to_owned();
            for (name, origin) in stage.polled.polling.path {
                let value = match origin {
                    Origin::Path => stage.input().path(name).unwrap().replace(' ', "%20"),
                    Origin::Answer(fields) => id_in(fields),
                };
                path = path.replace(&format!("{{{name}}}"), &value);
            }
            assert_eq!(request.path().strip_prefix("/v1"), Some(path.as_str()), "{stage}");
            assert_eq!(request.method(), "GET", "{stage}");
        }
    }
}

#[tokio::test]
async fn the_server_says_when_to_look_again_and_the_caller_overrides_it() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        let (pending, done) = (states.pending[0], states.done[0]);
        let answers = || {
            [Some("250"), Some("1500.5"), None, Some("soon"), Some("-1"), Some("0")]
                .into_iter()
                .map(|after| match after {
                    Some(after) => stage.state(pending).header(AFTER, after),
                    None => stage.state(pending),
                })
                .chain([stage.state(done)])
        };
        let run = stage.run(answers(), Options::default()).await;
        let asked = [Duration::from_millis(250), Duration::from_micros(1_500_500)];
        let mut expected: Vec<Duration> = asked.into_iter().chain([states.interval; 4]).collect();
        assert_eq!(run.waits, expected, "{stage}");
        assert_eq!(run.statuses().len(), 7, "{stage}");

        let options = Options { interval: Some(Duration::from_millis(70)), ..Options::default() };
        let run = stage.run(answers(), options).await;
        expected.fill(Duration::from_millis(70));
        assert_eq!(run.waits, expected, "{stage}");
        for (request, is_look) in run.requests() {
            assert_eq!(request.header(INTERVAL), is_look.then_some("70"), "{stage}");
        }
    }
}

#[tokio::test]
async fn the_deadline_gives_the_last_object() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        let pending = states.pending[0];
        let options = Options {
            interval: Some(Duration::from_secs(3)),
            deadline: Some(Duration::from_secs(10)),
            ..Options::default()
        };
        let run = stage.run((0..20).map(|_| stage.state(pending)), options).await;
        let error = run.followed.error.as_ref().expect("the deadline");
        assert_eq!(error.kind(), ErrorKind::Timeout, "{stage}");
        assert!(error.to_string().contains(&format!("`{pending}`")), "{stage}: {error}");
        assert_eq!(run.last_status(), Some(pending), "{stage}");
        assert_eq!(run.waits, [3, 3, 3, 1].map(Duration::from_secs), "{stage}");
        assert_eq!(run.statuses().len(), 4, "{stage}");
    }
}

#[tokio::test]
async fn failures_between_are_survived_up_to_a_bound() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        let (pending, done) = (states.pending[0], states.done[0]);
        let broken = || Reply::error(StatusCode::INTERNAL_SERVER_ERROR, "server_error", None, "Try again");
        let reset = || Reply::empty(StatusCode::OK).fault(Fault::Disconnect);
        let cut = || stage.state(pending).fault(Fault::CutBody(3));
        // The client's own retries take two of each three.
        let answers = [stage.state(pending), broken(), reset(), broken(), cut(), stage.state(pending)];
        let run = stage.run(answers.into_iter().chain([reset(), reset(), stage.state(done)]), Options::default()).await;
        assert!(run.followed.error.is_none(), "{stage}: {:?}", run.followed.error);
        assert_eq!(run.statuses(), [pending, pending, done], "{stage}");

        // Six looks in a row, three attempts each.
        let answers = [stage.state(pending)].into_iter().chain((0..30).map(|_| broken()));
        let run = stage.run(answers, Options::default()).await;
        let error = run.followed.error.as_ref().expect("it failed too often");
        assert_eq!(error.kind(), ErrorKind::InternalServer, "{stage}");
        assert_eq!(run.last_status(), Some(pending), "{stage}");
        assert_eq!(run.requests().len(), stage.first_requests() + 18, "{stage}");

        // What is wrong stays so.
        let gone = Reply::error(StatusCode::NOT_FOUND, "invalid_request_error", None, "No such thing");
        let run = stage.run([stage.state(pending), gone], Options::default()).await;
        assert_eq!(run.followed.error.as_ref().map(|error| error.kind()), Some(ErrorKind::NotFound), "{stage}");
        assert_eq!(run.last_status(), Some(pending), "{stage}");
    }
}

#[tokio::test]
async fn an_unknown_status_ends_it_with_the_object() {
    for stage in stages() {
        let states = stage.polled.polling.states;
        for (found, words) in [(json!("unheard_of"), "`unheard_of`"), (Value::Null, "no ")] {
            let odd = stage.object(&found);
            let run = stage.run([stage.state(states.pending[0]), odd], Options::default()).await;
            let error = run.followed.error.as_ref().expect("an unknown status");
            assert_eq!(error.kind(), ErrorKind::Decode, "{stage}");
            assert!(error.message().contains(words), "{stage}: {error}");
            assert!(error.message().contains(states.done[0]), "{stage}: {error}");
            let last = run.followed.last.as_ref().expect("the object");
            assert_eq!(last.get(states.field).unwrap_or(&Value::Null), &found, "{stage}");
            assert_eq!(run.statuses(), [states.pending[0]], "{stage}");
        }
    }
}

#[tokio::test]
async fn a_token_ends_it() {
    for stage in stages() {
        let pending = stage.polled.polling.states.pending[0];
        let token = CancellationToken::new();
        let options = Options { cancellation: Some(token.clone()), ..Options::default() };
        // Nothing is answered any more once the second state was, so that only the token can end it.
        let answers = [stage.state(pending), stage.state(pending), Reply::empty(StatusCode::OK).fault(Fault::Silence)];
        let run = stage.prepare(answers).await;
        let cancel = async {
            while run.server.requests().len() < stage.first_requests() + 2 {
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
            token.cancel();
        };
        let limit = Duration::from_secs(30);
        let both = async { tokio::join!(stage.follow(&run, options.clone()), cancel).0 };
        let followed = tokio::time::timeout(limit, both).await.expect("the token ends it");
        let error = followed.error.as_ref().expect("it was cancelled");
        assert_eq!(error.kind(), ErrorKind::Cancelled, "{stage}");
        assert_eq!(followed.last.as_ref().and_then(|last| last["status"].as_str()), Some(pending), "{stage}");
        // One that was cancelled before sends nothing.
        let before = run.server.requests().len();
        let followed = stage.follow(&run, options).await;
        assert_eq!(followed.error.map(|error| error.kind()), Some(ErrorKind::Cancelled), "{stage}");
        assert_eq!(run.server.requests().len(), before, "{stage}");
    }
}

/// An operation to be followed, and what it is called with.
struct Stage {
    polled: Polled,
    case: Case,
}

impl std::fmt::Display for Stage {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.polled.id)
    }
}

/// All operations that have a long operation, each with what it needs.
fn stages() -> Vec<Stage> {
    let document = acceptance::document().unwrap();
    let all: Vec<Case> = cases(&document, 0, &[]).map(Result::unwrap).collect();
    let polled: Vec<Polled> = POLLS.iter().copied().flatten().copied().collect();
    assert!(polled.len() > 30, "{} operations", polled.len());
    let case = |polled: &Polled| all.iter().find(|case| case.entry.id == polled.id).unwrap().clone();
    polled.into_iter().map(|polled| Stage { case: case(&polled), polled }).collect()
}

/// Returns an answer with the id at its place.
fn id_in(fields: &[&str]) -> String {
    format!("of-{}", fields.join("-"))
}

impl Stage {
    fn input(&self) -> Input {
        Input::new(self.case.sample.clone())
    }

    /// Returns true if the call itself is a poll.
    fn is_look(&self) -> bool {
        self.polled.id == self.polled.polling.retrieve.id
    }

    /// Returns the number of requests before the first poll that can fail.
    fn first_requests(&self) -> usize {
        if self.polled.polling.is_state { 1 } else { 2 }
    }

    /// The object in a state.
    fn state(&self, state: &str) -> Reply {
        self.object(&json!(state))
    }

    fn object(&self, state: &Value) -> Reply {
        let mut object = self.answer();
        object[self.polled.polling.states.field] = state.clone();
        Reply::json(StatusCode::OK, &object)
    }

    /// An answer that has all ids.
    fn answer(&self) -> Value {
        let mut answer = json!({});
        for (_, origin) in self.polled.polling.path {
            let Origin::Answer(fields) = origin else { continue };
            let mut place = &mut answer;
            for field in *fields {
                if place.is_null() {
                    *place = json!({});
                }
                place = &mut place[*field];
            }
            *place = json!(id_in(fields));
        }
        answer
    }

    async fn prepare(&self, answers: impl IntoIterator<Item = Reply>) -> Run {
        let server = MockServer::start().await.unwrap();
        let mut answers: Vec<Reply> = answers.into_iter().collect();
        if !self.is_look() {
            // What is answered first is a state, or names where to find it.
            let first = if self.polled.polling.is_state {
                answers.remove(0)
            } else {
                Reply::json(StatusCode::OK, &self.answer())
            };
            server.on(self.polled.id).reply(first).unwrap();
        }
        server.on(self.polled.polling.retrieve.id).sequence(answers).unwrap();
        let retrieve = self.polled.polling.retrieve.id;
        Run {
            server,
            retrieve,
            is_state: self.polled.polling.is_state,
            followed: Followed::default(),
            waits: Vec::new(),
        }
    }

    async fn follow(&self, run: &Run, options: Options) -> Followed {
        self.follow_by(run, options, std::sync::Arc::new(Virtual::default())).await
    }

    async fn follow_by(&self, run: &Run, mut options: Options, clock: std::sync::Arc<Virtual>) -> Followed {
        let client =
            Client::builder().strict_decoding(true).api_key("sk-polling").base_url(run.server.base_url()).clock(clock);
        let client = client.build().unwrap();
        options.headers.push(("x-mine", "yes".into()));
        (self.polled.run)(&client, &self.input(), &options).unwrap().await
    }

    async fn run(&self, answers: impl IntoIterator<Item = Reply>, options: Options) -> Run {
        let mut run = self.prepare(answers).await;
        let clock = std::sync::Arc::new(Virtual::default());
        run.followed = self.follow_by(&run, options, clock.clone()).await;
        run.waits = clock.waits.lock().unwrap().clone();
        run
    }
}

/// A server with what became of following it.
struct Run {
    server: MockServer,
    retrieve: &'static str,
    is_state: bool,
    followed: Followed,
    waits: Vec<Duration>,
}

impl Run {
    fn statuses(&self) -> Vec<&str> {
        self.followed.states.iter().map(|state| state["status"].as_str().unwrap_or_default()).collect()
    }

    fn last_status(&self) -> Option<&str> {
        self.followed.last.as_ref()?["status"].as_str()
    }

    /// All requests, and whether each is a look.
    fn requests(&self) -> Vec<(ReceivedRequest, bool)> {
        let is_look = |request: &ReceivedRequest| request.operation().is_some_and(|op| op.id() == self.retrieve);
        self.server.requests().into_iter().map(|request| (request.clone(), is_look(&request))).collect()
    }

    /// Returns the number of waits between so many states.
    fn between(&self, states: usize) -> usize {
        assert!(self.is_state || self.requests().len() == states + 1);
        states - 1
    }
}

/// A clock that a wait moves at once.
#[derive(Default)]
struct Virtual {
    waits: Mutex<Vec<Duration>>,
    time: Mutex<Duration>,
}

impl Clock for Virtual {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.waits.lock().unwrap().push(duration);
        *self.time.lock().unwrap() += duration;
        Box::pin(std::future::ready(()))
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + self.elapsed()
    }

    fn elapsed(&self) -> Duration {
        *self.time.lock().unwrap()
    }

    fn random(&self) -> f64 {
        0.0
    }
}
