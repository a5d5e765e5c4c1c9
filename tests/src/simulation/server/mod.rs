//! A server in memory: enough of the API for the clients of a simulation. What it answers can be told from the request, so
//! that a client knows whether a response is the one to its request, and whole.

mod batches;
mod files;
pub(super) mod models;
mod stores;

use std::collections::BTreeMap;
use std::time::Duration;

use openai_ext::Bytes;
use openai_ext::http::HeaderMap;
use serde_json::{Value, json};

pub(super) use batches::{BatchManners, StoredBatch};
pub(super) use files::StoredFile;

use super::network::CALL;
use super::random::Random;
use files::StoredUpload;
use stores::StoredFileBatch;

/// A request as it arrived.
pub(super) struct ServerRequest {
    /// When it was sent.
    pub(super) sent: Duration,
    pub(super) method: String,
    pub(super) path: String,
    pub(super) query: String,
    pub(super) headers: HeaderMap,
    pub(super) body: Vec<u8>,
}

impl ServerRequest {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// Returns `true` if carrying it out changes nothing.
    pub(super) fn is_safe(&self) -> bool {
        self.method == "GET"
    }

    /// Returns `true` if it asks for a list in which what was made can be found.
    pub(super) fn is_list(&self) -> bool {
        self.is_safe() && matches!(self.path.as_str(), "/batches" | "/files")
    }

    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn parameter(&self, name: &str) -> Option<&str> {
        self.query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='))
    }
}

/// The server's answer to a request.
pub(super) struct Answer {
    pub(super) status: u16,
    pub(super) kind: &'static str,
    pub(super) headers: Vec<(&'static str, String)>,
    /// The body, each chunk after a wait.
    pub(super) chunks: Vec<(Duration, Bytes)>,
    pub(super) is_stream: bool,
}

impl Answer {
    pub(super) fn text(status: u16, kind: &'static str, text: impl Into<Bytes>) -> Self {
        Self { status, kind, headers: Vec::new(), chunks: vec![(Duration::ZERO, text.into())], is_stream: false }
    }

    pub(super) fn json(status: u16, value: &Value) -> Self {
        Self::text(status, "application/json", value.to_string())
    }

    /// An event stream.
    fn events(events: impl IntoIterator<Item = (Duration, String)>) -> Self {
        let chunks = events.into_iter().map(|(wait, event)| (wait, event.into())).collect();
        Self { status: 200, kind: "text/event-stream", headers: Vec::new(), chunks, is_stream: true }
    }

    fn error(status: u16) -> Self {
        Self::json(status, &json!({"error": {"message": "There is no such thing.", "type": "invalid_request_error"}}))
    }
}

/// The state of the server.
pub(super) struct SimulatedServer {
    random: Random,
    manners: BatchManners,
    number: u64,
    /// How often each call was carried out, and how often because the network sent it twice.
    carried: BTreeMap<String, (u64, u64)>,
    files: BTreeMap<String, StoredFile>,
    uploads: BTreeMap<String, StoredUpload>,
    batches: Vec<StoredBatch>,
    file_batches: BTreeMap<String, StoredFileBatch>,
    /// Objects by the `Idempotency-Key` that made them.
    keys: BTreeMap<String, String>,
    /// When a list of batches and one of files was read last.
    listed: [Option<Duration>; 2],
    /// When such a list, or an object of one, was last answered badly.
    unreadable: Duration,
    /// When the requests that made what a key stands for were sent, and carried out.
    made: BTreeMap<String, Vec<(Duration, Duration)>>,
    /// So long the client looks for what a request without a response made.
    window: Duration,
    problems: Vec<String>,
}

impl SimulatedServer {
    pub(super) fn new(random: Random, manners: BatchManners) -> Self {
        Self {
            random,
            manners,
            number: 0,
            carried: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            batches: Vec::new(),
            file_batches: BTreeMap::new(),
            keys: BTreeMap::new(),
            listed: [None; 2],
            unreadable: Duration::ZERO,
            made: BTreeMap::new(),
            window: Duration::ZERO,
            problems: Vec::new(),
        }
    }

    /// Carries out a request; `is_again`: the network sent it a second time.
    pub(super) fn serve(&mut self, now: Duration, request: &ServerRequest, is_again: bool) -> Answer {
        if let Some(call) = request.header(CALL) {
            let carried = self.carried.entry(call.to_owned()).or_default();
            carried.0 += 1;
            carried.1 += u64::from(is_again);
        }
        let segments: Vec<&str> = request.path.split('/').skip(1).collect();
        match (request.method.as_str(), segments.as_slice()) {
            ("POST", ["chat", "completions"]) => models::chat(&request.json(), &mut self.random),
            ("POST", ["responses"]) => models::response(&request.json(), &mut self.random),
            ("POST", ["uploads", rest @ ..]) => self.serve_upload(request, rest),
            (_, ["vector_stores", _, "file_batches", rest @ ..]) => self.serve_file_batch(now, request, rest),
            (_, ["batches", rest @ ..]) => self.serve_batch(now, request, rest, is_again),
            (_, ["files", rest @ ..]) => self.serve_file(now, request, rest, is_again),
            _ => Answer::error(404),
        }
    }

    /// Returns how often a call was carried out that the client is to answer for.
    pub(super) fn carried(&self, call: &str) -> u64 {
        self.carried.get(call).map_or(0, |(all, again)| all - again)
    }

    /// Notes that a list could not be read at this time.
    pub(super) fn note_unreadable(&mut self, now: Duration) {
        self.unreadable = self.unreadable.max(now);
    }

    /// Notes that something is made that a key stands for. If it is there already, and was in the list for some time before
    /// the request was sent, whoever sent it did not look.
    fn note_made(&mut self, now: Duration, request: &ServerRequest, is_again: bool) {
        const INFORMED: Duration = Duration::from_secs(10);
        let Some(key) = request.header("idempotency-key").filter(|_| !is_again) else { return };
        let made = self.made.entry(key.to_owned()).or_default();
        for (sent, done) in made.iter() {
            let seen = *done + self.manners.hidden;
            if seen + INFORMED < request.sent && self.unreadable < seen {
                self.problems.push(format!(
                    "{} is made again although it was listed | since {seen:?}, sent at {:?}",
                    request.path, request.sent
                ));
            } else if request.sent.abs_diff(*sent) < self.window && self.unreadable < request.sent.min(*sent) {
                self.problems.push(format!(
                    "{} is made again before the lookup window is over | sent at {sent:?} and {:?}",
                    request.path, request.sent
                ));
            }
        }
        made.push((request.sent, now));
    }

    /// Says how long the client of a batch run looks for what a request without a response made.
    pub(super) fn set_window(&mut self, window: Duration) {
        self.window = window;
    }

    /// Returns what clients did that they should not have.
    pub(super) fn problems(&self) -> &[String] {
        &self.problems
    }

    fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}
