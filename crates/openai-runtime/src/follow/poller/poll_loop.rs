//! The looks of a poller, without the type of what is seen: compiled once.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;

use crate::client::call::Call;
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::exchange::prepared::Mode;
use crate::json::Value;
use crate::request::endpoint::{Origin, Polling};
use crate::request::url;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;

const DEADLINE: Duration = Duration::from_secs(30 * 60);
/// So many looks in a row may fail, each after the client's own retries.
const FAILURES: u32 = 5;
const HELPER: &str = "x-stainless-poll-helper";
const CUSTOM_INTERVAL: &str = "x-stainless-custom-poll-interval";

/// A state that was seen.
#[derive(Clone)]
pub(super) struct Seen {
    pub(super) head: ResponseHead,
    pub(super) body: Bytes,
    pub(super) is_done: bool,
}

/// The caller's options.
#[derive(Clone, Debug)]
pub(super) struct PollOptions {
    pub(super) interval: Option<Duration>,
    pub(super) deadline: Duration,
}

impl Default for PollOptions {
    #[inline]
    fn default() -> Self {
        Self { interval: None, deadline: DEADLINE }
    }
}

/// The operation that is polled, and the state of the loop.
pub(super) struct PollLoop {
    polling: &'static Polling,
    /// The call that begins it, until it is sent; none if the first call is a look already.
    first: Option<Call>,
    /// The call that fetches the state.
    look: Call,
    pub(super) options: PollOptions,
    /// By the clock, when the first call was sent.
    started: Option<Duration>,
    /// All waits so far. A test's clock may stand still.
    waited: Duration,
    /// The wait before the next poll.
    wait: Duration,
    /// Looks in a row that failed, and the last one's error.
    failures: u32,
    failure: Option<Error>,
    /// The last state, also one that can't be followed.
    pub(super) last: Option<Seen>,
    status: Option<String>,
}

impl PollLoop {
    #[inline]
    pub(super) fn new(call: Call, polling: &'static Polling) -> Self {
        let is_look = call.endpoint().id == polling.retrieve.id;
        let look = if is_look { call.clone() } else { look(&call, polling) };
        Self {
            polling,
            first: (!is_look).then_some(call),
            look,
            options: PollOptions::default(),
            started: None,
            waited: Duration::ZERO,
            wait: Duration::ZERO,
            failures: 0,
            failure: None,
            last: None,
            status: None,
        }
    }

    /// Waits for the next state and keeps it as the last one.
    #[inline]
    pub(super) async fn next(&mut self) -> Result<()> {
        if let Some(call) = self.first.take() {
            let reply = self.send(call).await?;
            if self.polling.is_state {
                return self.see(reply);
            }
            self.find(&reply.parse()?, &reply.head, &reply.bytes)?;
        }
        loop {
            self.pause().await?;
            let reply = self.send(self.look_now()).await;
            match reply {
                Ok(reply) => return self.see(reply),
                Err(error) if self.failures < FAILURES && error.is_retryable() => {
                    self.failures += 1;
                    let asked = error.bounded_retry_after().unwrap_or_default();
                    self.wait = self.options.interval.unwrap_or(self.polling.states.interval).max(asked);
                    self.failure = Some(error);
                }
                Err(error) => return Err(error),
            }
        }
    }

    #[inline]
    async fn send(&mut self, mut call: Call) -> Result<Reply> {
        let elapsed = call.client().clock().elapsed();
        self.started.get_or_insert(elapsed);
        let left = self.left();
        if left.is_zero() {
            return Err(self.too_late());
        }
        call.with_total_timeout(call.inputs.total.map_or(left, |total| total.min(left)));
        call.start(Mode::Buffered).await
    }

    /// The time until the deadline.
    #[inline]
    fn left(&self) -> Duration {
        let elapsed = self.look.client().clock().elapsed();
        let spent = elapsed.saturating_sub(self.started.unwrap_or(elapsed));
        self.options.deadline.saturating_sub(spent.max(self.waited))
    }

    /// Waits before the next look, or up to the deadline.
    #[inline]
    async fn pause(&mut self) -> Result<()> {
        let left = self.left();
        let wait = std::mem::take(&mut self.wait).min(left);
        if !wait.is_zero() {
            self.look.client().clock().sleep(wait).await;
            self.waited += wait;
        }
        if wait == left && self.started.is_some() { Err(self.too_late()) } else { Ok(()) }
    }

    /// The call of a look, with what tells the server that it is one.
    #[inline]
    fn look_now(&self) -> Call {
        let mut call = self.look.clone();
        if call.client().is_of_service() {
            return call;
        }
        call.with_header(HELPER, "true");
        if let Some(interval) = self.options.interval {
            call.with_header(CUSTOM_INTERVAL, interval.as_millis().to_string());
        }
        call
    }

    /// Reads the state off an answer.
    #[inline]
    fn see(&mut self, reply: Reply) -> Result<()> {
        let Reply { head, bytes: body, .. } = reply;
        let states = self.polling.states;
        let object: Value = head.parse(&body)?;
        let status = object.get(states.field).and_then(Value::as_str);
        let is_among = |known: &[&str]| status.is_some_and(|status| known.contains(&status));
        let is_done = is_among(states.done);
        self.failures = 0;
        self.failure = None;
        self.wait = self.options.interval.or(head.poll_after()).unwrap_or(states.interval);
        self.status = status.map(|status| head.redactor.text(status).into_owned());
        self.last = Some(Seen { head: head.clone(), body: body.clone(), is_done });
        if is_done {
            return Ok(());
        }
        if !is_among(states.pending) {
            return Err(self.unknown(status, &head, body));
        }
        self.find(&object, &head, &body)
    }

    /// Completes the path of the looks with what the first answer says.
    #[inline]
    fn find(&mut self, answer: &Value, head: &ResponseHead, body: &Bytes) -> Result<()> {
        for (name, origin) in self.polling.path {
            let Origin::Answer(fields) = origin else { continue };
            if self.look.inputs.path.iter().any(|(known, _)| known == name) {
                continue;
            }
            let value = fields.iter().try_fold(answer, |value, field| value.get(field)).and_then(Value::as_str);
            let value = value.ok_or_else(|| "is missing".to_owned()).and_then(|value| url::path_value(name, value));
            match value {
                Ok(value) => self.look.inputs.path.push((name, value)),
                Err(problem) => {
                    let (id, fields) = (self.polling.retrieve.id, fields.join("."));
                    let message = format!("the answer can't be followed by `{id}`: its `{fields}`: {problem}");
                    let unknown = || head.error(ErrorKind::Decode, message, body.clone());
                    return Err(head.reported(body, None).unwrap_or_else(unknown));
                }
            }
        }
        Ok(())
    }

    #[inline]
    fn unknown(&self, status: Option<&str>, head: &ResponseHead, body: Bytes) -> Error {
        if let (None, Some(error)) = (status, head.reported(&body, None)) {
            return error;
        }
        let (states, id) = (self.polling.states, self.polling.retrieve.id);
        let found = match status {
            Some(status) => format!("the unknown {} `{}`", states.field, excerpt(status.as_bytes())),
            None => format!("no {}", states.field),
        };
        let known = [states.pending, states.done].concat().join(", ");
        let message = format!("polling by `{id}` found {found}; known are {known}. The job itself may go on");
        head.error(ErrorKind::Decode, message, body)
    }

    #[inline]
    fn too_late(&mut self) -> Error {
        let id = self.polling.retrieve.id;
        let found = match &self.status {
            Some(status) => format!("it was `{status}` when last seen"),
            None => "it was not seen".to_owned(),
        };
        let deadline = self.options.deadline;
        let message = format!("polling by `{id}` found no end within {deadline:?}, {found}; the job itself may go on");
        let error = Error::new(ErrorKind::Timeout, message);
        match self.failure.take() {
            Some(failure) => error.with_source(failure),
            None => error,
        }
    }
}

/// The call that fetches the state of what another one begins, as far as its path is known before.
#[inline]
fn look(call: &Call, polling: &'static Polling) -> Call {
    let mut look = Call::new(call.client(), polling.retrieve);
    look.with_manner_of(call);
    for (name, origin) in polling.path {
        let value = call.inputs.path.iter().find(|(known, _)| *origin == Origin::Path && known == name);
        look.inputs.path.extend(value.cloned());
    }
    look
}

impl fmt::Debug for PollLoop {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PollLoop")
            .field("retrieve", &self.polling.retrieve.id)
            .field("status", &self.status)
            .field("interval", &self.options.interval)
            .field("deadline", &self.options.deadline)
            .field("failures", &self.failures)
            .finish_non_exhaustive()
    }
}
