//! What goes wrong on a real connection: each case tells the kind of error, the attempts, and what is kept.
#![allow(missing_docs)]

mod connections;
mod drops;
mod pool;
mod redirects;
mod responses;
mod streams;
#[path = "../support/mod.rs"]
mod support;
#[path = "../support/tcp.rs"]
mod tcp;

use std::sync::Arc;
use std::time::Duration;

use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, Done, Endpoint, Error, ErrorKind};
use support::ENDPOINT;
use tcp::Step::{Read, Send};
use tcp::{Step, TcpServer};

static POST: Endpoint = ENDPOINT;
static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };
static STREAM: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };

/// Ample for a busy machine.
const LONG: Duration = Duration::from_secs(600);
/// For what is to time out.
const SHORT: Duration = Duration::from_millis(1000);

fn client(url: String) -> Client {
    let clock = Arc::new(support::Handle::new(&support::server([])));
    Client::builder()
        .api_key("sk-secret-key")
        .base_url(url)
        .connect_timeout(LONG)
        .timeout(LONG)
        .idle_timeout(LONG)
        .max_retries(1)
        .clock(clock)
        .build()
        .unwrap()
}

/// A response as it is sent, of which the status line, `x-request-id` and the end of the headers are written here.
fn raw(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Step {
    let head = format!("HTTP/1.1 {status}\r\nx-request-id: req_1\r\n{headers}\r\n");
    Send([head.as_bytes(), body.as_ref()].concat())
}

/// A response with its length.
fn response(status: &str, headers: &str, body: impl AsRef<[u8]>) -> Step {
    let length = body.as_ref().len();
    raw(status, &format!("content-length: {length}\r\n{headers}"), body)
}

/// A response without its length, to be ended by the test.
fn open(headers: &str, body: impl AsRef<[u8]>) -> Step {
    raw("200 OK", headers, body)
}

fn chunked(body: impl AsRef<[u8]>) -> Step {
    open("transfer-encoding: chunked\r\n", body)
}

fn ok() -> Vec<Step> {
    vec![Read, response("200 OK", "", r#"{"ok":true}"#)]
}

/// What a server does, and what becomes of the call.
struct Case {
    name: &'static str,
    scripts: Vec<Vec<Step>>,
    attempts: u32,
    /// The kind of error, or none if the call succeeds.
    kind: Option<ErrorKind>,
    /// The status, and what the body starts with, if there was a response.
    kept: Option<(u16, &'static [u8])>,
    request_id: Option<&'static str>,
    limit: Duration,
}

impl Case {
    fn new(name: &'static str, scripts: Vec<Vec<Step>>) -> Self {
        Self { name, scripts, attempts: 1, kind: None, kept: None, request_id: Some("req_1"), limit: LONG }
    }

    /// The call succeeds with this many attempts.
    fn good(name: &'static str, scripts: Vec<Vec<Step>>, attempts: u32) -> Self {
        Self { attempts, ..Self::new(name, scripts) }
    }

    /// One script for all attempts, and an error that keeps the response.
    fn kept(name: &'static str, step: Step, attempts: u32, kind: ErrorKind, status: u16, body: &'static [u8]) -> Self {
        Self { attempts, kind: Some(kind), kept: Some((status, body)), ..Self::new(name, vec![vec![Read, step]]) }
    }

    /// A script that fails both attempts alone; followed by a good one, the second attempt succeeds.
    fn transient(name: &'static str, script: Vec<Step>, kind: ErrorKind, kept: Option<&'static [u8]>) -> [Self; 2] {
        let limit = if kind == ErrorKind::Timeout { SHORT } else { LONG };
        let kept = kept.map(|body| (200, body));
        let fails = Self { attempts: 2, kind: Some(kind), kept, limit, ..Self::new(name, vec![script.clone()]) };
        let recovers = Self { limit, ..Self::good(name, vec![script, ok()], 2) };
        [fails, recovers]
    }

    /// With more and more time, if it is about time.
    async fn run(self, client: Client) {
        let waits = |script: &Vec<Step>| script.iter().any(|step| matches!(step, Step::Wait(_)));
        if self.limit == LONG && !self.scripts.iter().any(waits) {
            return self.run_once(&client, 1).await;
        }
        let case = Arc::new(self);
        tcp::patiently(|factor| {
            let (case, client) = (case.clone(), client.clone());
            async move { case.run_once(&client, factor).await }
        })
        .await;
    }

    async fn run_once(&self, client: &Client, factor: u64) {
        let slower = |step: &Step| match step {
            Step::Wait(pause) => Step::Wait(pause * factor),
            other => other.clone(),
        };
        let scripts = self.scripts.iter().map(|script| script.iter().map(slower).collect()).collect();
        let server = TcpServer::start(scripts).await;
        let limit = LONG.min(self.limit * factor as u32);
        let options = |options: openai_runtime::ClientBuilder| options.base_url(server.url()).timeout(limit);
        let client = client.with_options(options).unwrap();
        let mut call = Call::new(&client, &POST);
        call.body(&Value::from(vec![1]));
        let sent = call.send_raw::<Value>().await;
        self.check(sent.and_then(|response| Ok((response.attempts(), response.parse()?))));
        // A request that could not be sent as a whole is no request that was read.
        assert!(server.requests().iter().all(|request| request.ends_with("\r\n\r\n[1]")), "{}", self.name);
    }

    fn check(&self, result: Result<(u32, Value), Error>) {
        let name = self.name;
        match result {
            Ok((attempts, value)) => {
                assert_eq!((Some(attempts), None), (Some(self.attempts), self.kind), "{name}: {value}")
            }
            Err(error) => {
                let found = (error.attempts(), Some(error.kind()), error.status().map(|status| status.as_u16()));
                assert_eq!(found, (self.attempts, self.kind, self.kept.map(|(status, _)| status)), "{name}: {error:?}");
                match self.kept {
                    Some((_, start)) => {
                        let body = error.body().expect(name);
                        assert!(body.starts_with(start), "{name}: {body:?}");
                        assert_eq!(error.request_id(), self.request_id, "{name}");
                    }
                    None => assert!(error.body().is_none() && error.headers().is_none(), "{name}"),
                }
                assert!(!error.message().is_empty() && error.message().len() < 2000, "{name}: {error}");
                assert!(!format!("{error} {error:?}").contains("secret"), "{name}");
            }
        }
    }
}

/// Runs all cases at once, each with a server of its own.
async fn run(cases: Vec<Case>) {
    // One client for all: to make one takes some time with some TLS libraries.
    let client = client("http://127.0.0.1".into());
    let mut tasks = tokio::task::JoinSet::new();
    for case in cases {
        let client = client.clone();
        tasks.spawn(case.run(client));
    }
    // All of them are run, so that each that fails tells why.
    let mut failed = 0;
    while let Some(done) = tasks.join_next().await {
        failed += usize::from(done.is_err());
    }
    assert_eq!(failed, 0, "cases failed, as said above");
}

#[tokio::test]
async fn faults() {
    let cases: Vec<Case> = connections::broken().into_iter().chain(responses::odd()).collect();
    println!("{} cases", cases.len());
    assert!(cases.len() >= 160, "{} cases", cases.len());
    run(cases).await;
}

#[tokio::test]
async fn faults_that_take_time() {
    let cases = connections::slow();
    println!("{} cases", cases.len());
    assert!(cases.len() >= 20, "{} cases", cases.len());
    run(cases).await;
}
