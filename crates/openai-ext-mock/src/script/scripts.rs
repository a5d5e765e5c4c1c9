//! Answers that a test wants instead of the server's own.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::lock::lock;
use super::session_step::SessionStep;
use super::turn::Turn;
use crate::document::{Operation, operations};
use crate::error::MockError;
use crate::wire::{Event, Fault, ReceivedRequest, Reply};

type Responder = dyn Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync;
type RequestFilter = dyn Fn(&ReceivedRequest) -> bool + Send + Sync;

/// The scripts of a server.
#[derive(Default)]
pub(crate) struct Scripts {
    entries: Mutex<Vec<Arc<Entry>>>,
    turns: Mutex<VecDeque<Turn>>,
    /// The steps of the next turns of agents' sessions.
    sessions: Mutex<VecDeque<VecDeque<SessionStep>>>,
    /// The reasons for which faults did not happen.
    unapplied: Mutex<Vec<String>>,
}

enum Entry {
    Answer(Box<Responder>),
    /// A fault of whatever the answer is.
    Fault(FaultScript),
}

struct FaultScript {
    requests: Requests,
    fault: Fault,
    latency: Duration,
}

/// The part of scripts that a request meets: an answer, a fault for it or for the server's own.
pub(crate) struct Scripted {
    pub(crate) reply: Option<Reply>,
    pub(crate) fault: Option<DueFault>,
}

/// A script's fault that the request's answer is to have. It counts once it has it.
pub(crate) struct DueFault(Arc<Entry>);

impl From<Reply> for Scripted {
    fn from(reply: Reply) -> Self {
        Self { reply: Some(reply), fault: None }
    }
}

impl Scripts {
    pub(crate) fn add(&self, script: Box<Responder>) {
        lock(&self.entries).push(Arc::new(Entry::Answer(script)));
    }

    /// The answer of the latest script that has one, and the fault of the latest script after that. The list is not locked
    /// meanwhile: a script may panic, or add another.
    pub(crate) fn find(&self, received: &ReceivedRequest) -> Scripted {
        let entries = lock(&self.entries).clone();
        let mut fault = None;
        for entry in entries.into_iter().rev() {
            match &*entry {
                Entry::Answer(script) => {
                    let reply = script(received);
                    if reply.is_some() {
                        return Scripted { reply, fault };
                    }
                }
                Entry::Fault(script) if fault.is_none() && script.requests.has(received) => {
                    fault = Some(DueFault(Arc::clone(&entry)));
                }
                Entry::Fault(_) => {}
            }
        }
        Scripted { reply: None, fault }
    }

    /// Answers with what scripts have, else with the server's own answer.
    pub(crate) fn play(&self, scripted: Scripted, received: &ReceivedRequest, own: impl FnOnce() -> Reply) -> Reply {
        self.finish(scripted.reply.unwrap_or_else(own), scripted.fault, received)
    }

    /// Gives an answer its fault. One that cannot apply is an error instead.
    pub(crate) fn finish(&self, mut reply: Reply, fault: Option<DueFault>, received: &ReceivedRequest) -> Reply {
        if let Some(Entry::Fault(script)) = fault.as_ref().map(|fault| &*fault.0) {
            script.requests.count();
            reply.faults.impose(script.fault.into());
            reply.delay += script.latency;
        }
        match reply.misfit(received.operation) {
            Some(reason) => self.refuse_fault(received, &reason),
            None => reply,
        }
    }

    /// Remembers why the answer to a request did not have its fault, and says so to the client.
    pub(crate) fn refuse_fault(&self, received: &ReceivedRequest, reason: &str) -> Reply {
        self.refuse_fault_at(&format!("{} {}", received.method, received.path), reason)
    }

    /// The same for an answer that is not one to a request.
    pub(crate) fn refuse_fault_at(&self, place: &str, reason: &str) -> Reply {
        let reason = format!("{place}: {reason}");
        let message = format!("The mock server's script is wrong: {reason}.");
        self.note(reason);
        // A client that tries again would hide it.
        Reply::error(StatusCode::BAD_REQUEST, "mock_fault", Some("fault_not_applied"), &message)
            .header("x-should-retry", "false")
    }

    /// Takes the faults that did not happen.
    pub(crate) fn take_unapplied(&self) -> Vec<String> {
        std::mem::take(&mut *lock(&self.unapplied))
    }

    pub(crate) fn add_turns(&self, turns: impl IntoIterator<Item = Turn>) {
        for turn in turns {
            if let Some(reason) = turn.misfit() {
                self.note(format!("a turn: {reason}"));
            }
            lock(&self.turns).push_back(turn);
        }
    }

    /// Takes the next turn of the model, if a test wrote one down.
    pub(crate) fn next_turn(&self) -> Option<Turn> {
        lock(&self.turns).pop_front()
    }

    /// Puts a turn back that nobody has said.
    pub(crate) fn put_back(&self, turn: Turn) {
        lock(&self.turns).push_front(turn);
    }

    pub(crate) fn add_session(&self, steps: VecDeque<SessionStep>) {
        lock(&self.sessions).push_back(steps);
    }

    /// Takes the steps of the next turn of a session, if a test wrote some down.
    pub(crate) fn next_session(&self) -> Option<VecDeque<SessionStep>> {
        lock(&self.sessions).pop_front()
    }

    pub(crate) fn turns_left(&self) -> usize {
        lock(&self.turns).len()
    }

    fn note(&self, reason: String) {
        let mut unapplied = lock(&self.unapplied);
        if !unapplied.contains(&reason) {
            unapplied.push(reason);
        }
    }
}

/// The requests that a script is for.
struct Requests {
    operation: &'static Operation,
    filter: Option<Box<RequestFilter>>,
    left: Mutex<Option<usize>>,
}

impl Requests {
    fn has(&self, received: &ReceivedRequest) -> bool {
        let is_meant = received.operation().is_some_and(|known| std::ptr::eq(known, self.operation));
        is_meant && self.filter.as_ref().is_none_or(|filter| filter(received)) && *lock(&self.left) != Some(0)
    }

    fn count(&self) {
        let mut left = lock(&self.left);
        *left = left.map(|left| left.saturating_sub(1));
    }
}

/// A script for the requests of one operation; made by [`MockServer::on`](crate::MockServer::on).
///
/// Its final method says with what. The script that was added last is asked first, and one that is used up gives way to those
/// before it, at last to the server's own answer.
#[must_use = "the final method adds the script"]
pub struct Script<'a> {
    scripts: &'a Scripts,
    operation: Result<&'static Operation, MockError>,
    filter: Option<Box<RequestFilter>>,
    times: Option<usize>,
    latency: Duration,
}

impl<'a> Script<'a> {
    pub(crate) fn new(scripts: &'a Scripts, operation: &str) -> Self {
        Self { scripts, operation: find(operation), filter: None, times: None, latency: Duration::ZERO }
    }

    /// Only for requests that this is true of.
    pub fn when(mut self, filter: impl Fn(&ReceivedRequest) -> bool + Send + Sync + 'static) -> Self {
        self.filter = Some(Box::new(filter));
        self
    }

    /// Only so many times.
    pub fn times(mut self, count: usize) -> Self {
        self.times = Some(count);
        self
    }

    /// Waits this long before each answer.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Answers with this reply.
    ///
    /// # Errors
    /// The document has no such operation, or the reply cannot have its [`Fault`].
    pub fn reply(self, reply: Reply) -> Result<(), MockError> {
        self.check(&reply)?;
        self.add(move |_| Some(reply.clone()))
    }

    /// Answers with this JSON body and status 200.
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn reply_json(self, body: &Value) -> Result<(), MockError> {
        self.reply(Reply::json(StatusCode::OK, body))
    }

    /// Answers with what `make` makes of the request.
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn reply_with(self, make: impl Fn(&ReceivedRequest) -> Reply + Send + Sync + 'static) -> Result<(), MockError> {
        self.add(move |request| Some(make(request)))
    }

    /// Answers with these events.
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn reply_stream(self, events: impl IntoIterator<Item = Event>) -> Result<(), MockError> {
        self.reply(Reply::events(events))
    }

    /// Answers with each of these replies once, in their order.
    ///
    /// # Errors
    /// The document has no such operation, or one of the replies cannot have its [`Fault`].
    pub fn sequence(self, replies: impl IntoIterator<Item = Reply>) -> Result<(), MockError> {
        let replies: VecDeque<Reply> = replies.into_iter().collect();
        replies.iter().try_for_each(|reply| self.check(reply))?;
        let replies = Mutex::new(replies);
        self.add(move |_| lock(&replies).pop_front())
    }

    /// Lets the answer go wrong in this way: that of a script before this one, else the server's own.
    /// [`Fault::Disconnect`] and [`Fault::Silence`] come instead of an answer, and the request is not carried out.
    ///
    /// ```
    /// use openai_ext_mock::{Fault, MockServer};
    ///
    /// # fn main() -> Result<(), openai_ext_mock::MockError> {
    /// let server = MockServer::start().wait()?;
    /// server.on("createChatCompletion").times(1).fault(Fault::CutEvents(3))?;
    /// let error = server.on("listModels").fault(Fault::CutEvents(3)).map_err(|error| error.to_string());
    /// assert!(error.is_err_and(|error| error.contains("never streams")));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The document has no such operation, or the fault is one of streams and the operation never streams. A request whose
    /// answer is no stream, or has fewer events or bytes than the fault is to come after, is answered with status 400; see
    /// [`Fault`].
    pub fn fault(self, fault: Fault) -> Result<(), MockError> {
        if fault.needs_no_answer() {
            return self.reply(Reply::empty(StatusCode::OK).fault(fault));
        }
        let (scripts, requests, latency) = self.requests()?;
        if let Some(reason) = fault.misfit_of(requests.operation) {
            return Err(MockError::script(reason));
        }
        lock(&scripts.entries).push(Arc::new(Entry::Fault(FaultScript { requests, fault, latency })));
        Ok(())
    }

    /// Refuses with status 429 and the headers that say when to come again.
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn rate_limited(self, retry_after: Duration) -> Result<(), MockError> {
        self.reply(Reply::rate_limited(retry_after))
    }

    fn add(self, answer: impl Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync + 'static) -> Result<(), MockError> {
        let (scripts, requests, latency) = self.requests()?;
        scripts.add(Box::new(move |request| {
            let reply = requests.has(request).then(|| answer(request))??;
            requests.count();
            let delay = reply.delay + latency;
            Some(reply.delay(delay))
        }));
        Ok(())
    }

    /// Returns an error for a reply that cannot go wrong as it is told to.
    fn check(&self, reply: &Reply) -> Result<(), MockError> {
        match reply.misfit(self.operation.as_ref().ok().copied()) {
            Some(reason) => Err(MockError::script(reason)),
            None => Ok(()),
        }
    }

    fn requests(self) -> Result<(&'a Scripts, Requests, Duration), MockError> {
        let Self { scripts, operation, filter, times, latency } = self;
        Ok((scripts, Requests { operation: operation?, filter, left: Mutex::new(times) }, latency))
    }
}

impl fmt::Debug for Script<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let operation = self.operation.as_ref().map_or("", |operation| operation.id());
        f.debug_struct("Script").field("operation", &operation).field("times", &self.times).finish_non_exhaustive()
    }
}

/// An operation by its id in the document, or by method and path: `POST /chat/completions`.
fn find(name: &str) -> Result<&'static Operation, MockError> {
    let is_it = |operation: &&Operation| match name.split_once(' ') {
        Some((method, path)) => operation.key() == (method, path) && operation.fixed_query.is_empty(),
        None => operation.id() == name,
    };
    operations().iter().find(is_it).ok_or_else(|| {
        let wanted = name.to_ascii_lowercase();
        let near = operations().iter().map(Operation::id).filter(|id| {
            let id = id.to_ascii_lowercase();
            id.contains(&wanted) || wanted.contains(&id)
        });
        let near: Vec<&str> = near.take(5).collect();
        let hint = if near.is_empty() { String::new() } else { format!("; there is {}", near.join(", ")) };
        MockError::script(format!(
            "no operation is called {name:?}; say its id, as \"createChatCompletion\", or its method and path, as \
             \"POST /chat/completions\"{hint}"
        ))
    })
}
