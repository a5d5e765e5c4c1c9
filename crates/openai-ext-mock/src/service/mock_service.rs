//! The service: a request's way to its answer, with what the server's thread and its owner both look at.

use std::collections::{HashMap, VecDeque};
use std::fmt;
use std::future::{pending, poll_fn};
use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use bytes::{Bytes, BytesMut};
use http::header::CONTENT_LENGTH;
use http::{HeaderValue, Request, Response, StatusCode};
use hyper::body::{Body, Incoming};

use super::azure;
use super::connections::{Connections, OpenConnection};
use super::cors;
use super::rate_limit::RateLimiter;
use super::settings::Settings;
use crate::call::{Call, request_check};
use crate::document::{Operation, Route, route};
use crate::handlers;
use crate::schema::Rng;
#[cfg(feature = "realtime")]
use crate::script::RealtimeLog;
use crate::script::{Said, Scripted, Scripts, Turn, lock};
use crate::state::ServerState;
use crate::wire::{Fault, MockBody, ReceivedRequest, Reply, azure_path, read_query};

/// The service of one server, shared by its thread and its owner.
pub(crate) struct MockService {
    settings: Settings,
    requests: Mutex<VecDeque<ReceivedRequest>>,
    scripts: Scripts,
    /// The objects that requests made; none if every answer is made up.
    state: Option<Mutex<ServerState>>,
    /// The number of calls of each operation: the same call gets another id the next time.
    counts: Mutex<HashMap<&'static str, u64>>,
    connections: Arc<Connections>,
    limit: Option<RateLimiter>,
    #[cfg(feature = "realtime")]
    realtime: RealtimeLog,
}

impl MockService {
    pub(crate) fn new(settings: Settings) -> Self {
        Self {
            state: settings.state.on.then(|| Mutex::new(ServerState::new(settings.seed, settings.state.clone()))),
            #[cfg(feature = "realtime")]
            realtime: RealtimeLog::new(settings.keep_requests),
            limit: settings.rate_limit.map(|(requests, window)| RateLimiter::new(requests, window)),
            settings,
            requests: Mutex::default(),
            scripts: Scripts::default(),
            counts: Mutex::default(),
            connections: Arc::default(),
        }
    }

    /// Counts a connection as open until the value is dropped.
    pub(crate) fn open(&self) -> OpenConnection {
        OpenConnection::new(Arc::clone(&self.connections))
    }

    pub(crate) fn connections(&self) -> &Connections {
        &self.connections
    }

    pub(crate) fn requests(&self) -> Vec<ReceivedRequest> {
        lock(&self.requests).iter().cloned().collect()
    }

    #[cfg(feature = "realtime")]
    pub(crate) fn settings(&self) -> &Settings {
        &self.settings
    }

    #[cfg(feature = "realtime")]
    pub(crate) fn realtime(&self) -> &RealtimeLog {
        &self.realtime
    }

    pub(crate) fn scripts(&self) -> &Scripts {
        &self.scripts
    }

    /// An error closes the connection without an answer.
    pub(crate) async fn respond(&self, request: Request<Incoming>) -> io::Result<Response<MockBody>> {
        let (parts, body) = request.into_parts();
        let collected = collect(body, self.settings.body_limit).await;
        let path = parts.uri.path();
        let query = read_query(parts.uri.query().unwrap_or_default());
        let route = match azure_path::below(path) {
            Some(below) => route(&parts.method, below, &query),
            None => Route::Unknown,
        };
        let (operation, parameters) = match &route {
            Route::Found(operation, parameters) => (Some(*operation), parameters.clone()),
            Route::WrongMethod(_) | Route::Unknown => (None, Vec::new()),
        };
        let received = ReceivedRequest {
            path: path.to_owned(),
            method: parts.method,
            query,
            headers: parts.headers,
            body: collected.clone().unwrap_or_default(),
            operation,
            parameters,
        };
        // A browser sends it by itself: it is no request of the program, and has neither a key nor a script.
        if let Some(reply) = cors::preflight(&received).filter(|_| self.settings.cors) {
            return self.deliver(reply, &mut Rng::new(self.settings.seed, "", 0)).await;
        }
        self.record(&received);
        let mut rng = self.rng(&received);
        let reply = match collected {
            Some(_) => self.answer(&received, &route, &mut rng),
            None => too_large(self.settings.body_limit),
        };
        self.deliver(reply, &mut rng).await
    }

    pub(crate) async fn deliver(&self, reply: Reply, rng: &mut Rng) -> io::Result<Response<MockBody>> {
        tokio::time::sleep(self.settings.latency + reply.delay).await;
        match reply.faults.fault() {
            Some(Fault::Disconnect) => Err(io::ErrorKind::ConnectionAborted.into()),
            Some(Fault::Silence) => pending().await,
            _ => Ok(self.finish(reply, rng)),
        }
    }

    /// Answers with the first that has an answer: the check of the key, a script, the router's errors, the operation's handler.
    fn answer(&self, received: &ReceivedRequest, route: &Route, rng: &mut Rng) -> Reply {
        let scripted = self.before(received, received.key());
        self.scripts.play(scripted, received, || self.by_operation(received, route, rng))
    }

    /// The answer to a request that its handler does not get to see, because of its key, a script or a limit of rate, and the
    /// fault that a script has for the answer.
    pub(crate) fn before(&self, received: &ReceivedRequest, sent: Option<&str>) -> Scripted {
        let refused = self.settings.key.as_deref().and_then(|key| refuse(sent, key));
        let refused = match azure_path::read(&received.path) {
            Some(_) => refused.map(|_| azure::denied()).or_else(|| azure::refuse(received)),
            None => refused,
        };
        if let Some(refusal) = refused {
            return refusal.into();
        }
        let scripted = self.scripts.find(received);
        let limit = self.limit.as_ref().filter(|_| scripted.reply.is_none());
        // A fault is put off: it counts when its answer comes.
        limit.and_then(RateLimiter::refuse).map_or(scripted, Scripted::from)
    }

    pub(crate) fn by_operation(&self, received: &ReceivedRequest, route: &Route, rng: &Rng) -> Reply {
        self.by_operation_saying(received, route, rng, true)
    }

    /// Answers a request; one by which the model says nothing takes no turn of a script.
    pub(crate) fn by_operation_saying(
        &self,
        received: &ReceivedRequest,
        route: &Route,
        rng: &Rng,
        says: bool,
    ) -> Reply {
        match route {
            Route::Found(operation, _) => match Call::read(received, operation, rng.clone(), &self.scripts) {
                Ok(call) => match request_check::of_request(&call).filter(|_| !self.settings.lenient) {
                    Some(refusal) => refusal,
                    None => self.handle(call, says),
                },
                Err(message) => Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, &message),
            },
            Route::WrongMethod(allowed) => wrong_method(received, allowed),
            Route::Unknown => unknown_url(received),
        }
    }

    fn handle(&self, call: Call<'_>, says: bool) -> Reply {
        let operation = call.operation;
        let taken = if says && handlers::is_of_the_model(&call) { self.scripts.next_turn() } else { None };
        let call = match taken.as_ref().map(|turn| call.take(turn)) {
            Some(Said::Reply(reply)) => return reply,
            turn => call.saying(turn),
        };
        let (mut reply, faults) = match &self.state {
            Some(state) => {
                let mut state = lock(state);
                let call = call.at(state.tick());
                (handlers::answer_with(&call, &mut state), call.faults())
            }
            None => (handlers::answer(&call), call.faults()),
        };
        if let Some(turn) = taken
            && reply.status.is_client_error()
            && !is_unsayable(operation, &turn)
        {
            // The request was refused, so that the turn is still to be said.
            self.scripts.put_back(turn);
            return reply;
        }
        reply.faults.impose(faults);
        reply
    }

    pub(crate) fn record(&self, received: &ReceivedRequest) {
        let mut requests = lock(&self.requests);
        requests.push_back(received.clone());
        let surplus = requests.len().saturating_sub(self.settings.keep_requests);
        requests.drain(..surplus);
    }

    /// Answers depend on the seed, the operation, and how often it was called; not on calls of other operations.
    pub(crate) fn rng(&self, received: &ReceivedRequest) -> Rng {
        self.rng_of(received.operation.map_or("", |operation| operation.id()))
    }

    pub(crate) fn rng_of(&self, label: &'static str) -> Rng {
        let mut counts = lock(&self.counts);
        let count = counts.entry(label).or_insert(0);
        *count += 1;
        Rng::new(self.settings.seed, label, *count)
    }

    fn finish(&self, reply: Reply, rng: &mut Rng) -> Response<MockBody> {
        let fault = reply.faults.fault();
        let length = reply.body.length().filter(|_| fault.is_some());
        let mut response = Response::new(MockBody::new(reply.body, fault, self.settings.event_interval));
        *response.status_mut() = reply.status;
        if let Some(length) = length {
            // So that the client can tell that the body was cut.
            response.headers_mut().insert(CONTENT_LENGTH, HeaderValue::from(length));
        }
        if let Some(limit) = &self.limit {
            limit.tell(response.headers_mut());
        }
        let own = [
            ("x-request-id", format!("req_{}", rng.hex(32))),
            ("openai-processing-ms", (5 + rng.below(50)).to_string()),
            ("openai-version", "2020-10-01".to_owned()),
        ];
        for (name, value) in own {
            // Hex digits and the like are always a header value.
            if let Ok(value) = HeaderValue::try_from(value) {
                response.headers_mut().insert(name, value);
            }
        }
        if self.settings.cors {
            cors::allow(response.headers_mut());
        }
        response.headers_mut().extend(reply.headers);
        response
    }
}

/// The whole body, none if it is larger than `limit`. A body that breaks off counts as far as it came: its client is gone.
async fn collect(mut body: Incoming, limit: usize) -> Option<Bytes> {
    let mut whole = BytesMut::new();
    while let Some(Ok(frame)) = poll_fn(|cx| Pin::new(&mut body).poll_frame(cx)).await {
        if let Ok(data) = frame.into_data() {
            if whole.len() + data.len() > limit {
                return None;
            }
            whole.extend_from_slice(&data);
        }
    }
    Some(whole.freeze())
}

fn refuse(sent: Option<&str>, key: &str) -> Option<Reply> {
    if sent == Some(key) {
        return None;
    }
    let message = match sent {
        Some(_) => "Incorrect API key provided. The mock was started with another one.",
        None => "You didn't provide an API key. Send it in the header `Authorization: Bearer KEY`.",
    };
    Some(Reply::error(StatusCode::UNAUTHORIZED, "invalid_request_error", Some("invalid_api_key"), message))
}

fn wrong_method(received: &ReceivedRequest, allowed: &[&'static http::Method]) -> Reply {
    let message = format!("Not allowed to {} on {}.", received.method, received.path);
    let allowed: Vec<&str> = allowed.iter().map(|method| method.as_str()).collect();
    let status = StatusCode::METHOD_NOT_ALLOWED;
    Reply::error(status, "invalid_request_error", Some("method_not_supported"), &message)
        .header("allow", &allowed.join(", "))
}

fn unknown_url(received: &ReceivedRequest) -> Reply {
    let message = format!("Invalid URL ({} {})", received.method, received.path);
    Reply::error(StatusCode::NOT_FOUND, "invalid_request_error", Some("unknown_url"), &message)
}

fn too_large(limit: usize) -> Reply {
    let message = format!("The body is larger than the limit of {limit} bytes.");
    let status = StatusCode::PAYLOAD_TOO_LARGE;
    Reply::error(status, "invalid_request_error", Some("request_too_large"), &message).header("connection", "close")
}

impl fmt::Debug for MockService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("MockService").field("settings", &self.settings).finish_non_exhaustive()
    }
}

/// Returns true for a turn that no answer of an operation can be: it is the script that is wrong.
fn is_unsayable(operation: &Operation, turn: &Turn) -> bool {
    operation.key() == ("POST", "/completions") && matches!(turn.said, Said::Calls(_))
}
