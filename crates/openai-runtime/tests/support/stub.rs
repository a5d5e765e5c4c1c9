//! A transport whose answers a function makes of each request, and a clock that a test moves.
#![allow(dead_code)]

use std::collections::HashMap;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use openai_runtime::bytes::Bytes;
use openai_runtime::http;
use openai_runtime::json::Value;
use openai_runtime::transport::{Body, BoxFuture, Direct, Transport, TransportError};
use openai_runtime::{Call, Client, ClientBuilder, Clock, Endpoint, TokenFn, WorkloadIdentity};

static CREATE: Endpoint = crate::support::ENDPOINT;

pub const SUBJECT: &str = "subject.token.of-the-platform";

#[derive(Clone, Debug)]
pub struct Request {
    pub method: String,
    pub url: String,
    pub headers: http::HeaderMap,
    pub body: String,
    pub direct: bool,
}

impl Request {
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }
}

#[derive(Clone, Debug)]
pub enum Answer {
    Reply {
        status: u16,
        headers: Vec<(&'static str, String)>,
        body: Vec<u8>,
    },
    /// After a time on tokio's clock.
    Late(Duration, Box<Answer>),
    Broken,
    Silent,
}

impl Answer {
    pub fn new(status: u16, body: impl AsRef<[u8]>) -> Self {
        Self::Reply { status, headers: Vec::new(), body: body.as_ref().to_vec() }
    }

    pub fn header(mut self, name: &'static str, value: impl Into<String>) -> Self {
        if let Self::Reply { headers, .. } = &mut self {
            headers.push((name, value.into()));
        }
        self
    }

    pub fn late(self, milliseconds: u64) -> Self {
        Self::Late(Duration::from_millis(milliseconds), Box::new(self))
    }
}

/// An answer of the token server.
pub fn granted(token: &str, expires_in: impl std::fmt::Display) -> Answer {
    Answer::new(200, format!(r#"{{"access_token":"{token}","token_type":"Bearer","expires_in":{expires_in}}}"#))
}

type Handler = Box<dyn Fn(&Request, usize) -> Answer + Send + Sync>;

pub struct Stub {
    handler: Handler,
    counts: Mutex<HashMap<String, usize>>,
    requests: Mutex<Vec<Request>>,
    waits: Mutex<Vec<Duration>>,
    time: Mutex<Duration>,
}

/// The function gets a request, and how many there were to the same host before.
pub fn stub(handler: impl Fn(&Request, usize) -> Answer + Send + Sync + 'static) -> Arc<Stub> {
    Arc::new(Stub {
        handler: Box::new(handler),
        counts: Mutex::default(),
        requests: Mutex::default(),
        waits: Mutex::default(),
        time: Mutex::default(),
    })
}

impl Stub {
    /// The requests to a host.
    pub fn to(&self, host: &str) -> Vec<Request> {
        let all = self.requests.lock().unwrap();
        all.iter().filter(|request| host_of(&request.url) == host).cloned().collect()
    }

    pub fn exchanges(&self) -> usize {
        self.to("auth.openai.com").len()
    }

    pub fn calls(&self) -> Vec<Request> {
        self.to("api.openai.com")
    }

    pub fn bearers(&self) -> Vec<String> {
        let bearer = |request: &Request| request.header("authorization").unwrap_or_default().replace("Bearer ", "");
        self.calls().iter().map(bearer).collect()
    }

    pub fn waits(&self) -> Vec<u128> {
        self.waits.lock().unwrap().iter().map(Duration::as_millis).collect()
    }

    /// What the clock shows from now on, in seconds.
    pub fn set_time(&self, seconds: f64) {
        *self.time.lock().unwrap() = Duration::from_secs_f64(seconds);
    }
}

fn host_of(url: &str) -> &str {
    url.split("://").nth(1).unwrap_or_default().split(['/', '?']).next().unwrap_or_default()
}

pub struct Handle(pub Arc<Stub>);

impl Transport for Handle {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let (parts, body) = request.into_parts();
        let request = Request {
            method: parts.method.to_string(),
            url: parts.uri.to_string(),
            headers: parts.headers,
            body: String::from_utf8(body.as_bytes().cloned().unwrap_or_default().to_vec()).unwrap(),
            direct: parts.extensions.get::<Direct>().is_some(),
        };
        let host = host_of(&request.url).to_owned();
        let count = {
            let mut counts = self.0.counts.lock().unwrap();
            let count = counts.entry(host).or_default();
            *count += 1;
            *count - 1
        };
        let answer = (self.0.handler)(&request, count);
        self.0.requests.lock().unwrap().push(request);
        Box::pin(give(answer))
    }
}

async fn give(mut answer: Answer) -> Result<http::Response<Body>, TransportError> {
    loop {
        match answer {
            Answer::Late(time, next) => {
                tokio::time::sleep(time).await;
                answer = *next;
            }
            Answer::Broken => return Err(TransportError::connection("refused")),
            Answer::Silent => return std::future::pending().await,
            Answer::Reply { status, headers, body } => {
                let mut response = http::Response::builder().status(status);
                for (name, value) in headers {
                    response = response.header(name, value);
                }
                return Ok(response.body(Body::from(Bytes::from(body))).unwrap());
            }
        }
    }
}

impl Clock for Handle {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        self.0.waits.lock().unwrap().push(duration);
        Box::pin(std::future::ready(()))
    }

    fn elapsed(&self) -> Duration {
        *self.0.time.lock().unwrap()
    }

    fn random(&self) -> f64 {
        0.0
    }
}

/// A builder without any credential.
pub fn plain(stub: &Arc<Stub>) -> ClientBuilder {
    Client::builder().transport(Arc::new(Handle(stub.clone()))).clock(Arc::new(Handle(stub.clone())))
}

pub fn subject() -> TokenFn {
    TokenFn::jwt(|| async { Ok::<_, std::io::Error>(SUBJECT) })
}

pub fn identity() -> WorkloadIdentity {
    WorkloadIdentity::new("idp_1", "sa_2", subject())
}

pub fn client(stub: &Arc<Stub>) -> Client {
    plain(stub).workload_identity(identity()).build().unwrap()
}

pub fn is_exchange(request: &Request) -> bool {
    request.url == "https://auth.openai.com/oauth/token"
}

/// Tokens `access-token-0`, `access-token-1`, … that live an hour; the API takes those that `good` takes.
pub fn issuing(good: impl Fn(&str) -> bool + Send + Sync + 'static) -> Arc<Stub> {
    stub(move |request, count| {
        if is_exchange(request) {
            return granted(&format!("access-token-{count}"), 3600);
        }
        match request.header("authorization") {
            Some(bearer) if good(bearer.trim_start_matches("Bearer ")) => Answer::new(200, "{}"),
            _ => refused(),
        }
    })
}

pub fn refused() -> Answer {
    Answer::new(401, r#"{"error":{"message":"expired","code":"token_expired"}}"#).header("x-request-id", "req_1")
}

pub async fn call(client: &Client) -> Result<Value, openai_runtime::Error> {
    Call::new(client, &CREATE).send::<Value>().await
}

/// Many calls at once, each in a task.
pub async fn calls(client: &Client, count: usize) -> Vec<Result<Value, openai_runtime::Error>> {
    let tasks: Vec<_> = (0..count)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client).await })
        })
        .collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}
