//! Answers that a test wants instead of the server's own.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use http::StatusCode;
use serde_json::Value;

use super::lock::lock;
use super::turn::Turn;
use crate::document::{Operation, operations};
use crate::error::MockError;
use crate::wire::{Event, Fault, ReceivedRequest, Reply};

type Responder = dyn Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync;
type RequestFilter = dyn Fn(&ReceivedRequest) -> bool + Send + Sync;

/// The scripts of a server.
#[derive(Default)]
pub(crate) struct Scripts {
    scripts: Mutex<Vec<Arc<Responder>>>,
    turns: Mutex<VecDeque<Turn>>,
}

impl Scripts {
    pub(crate) fn add(&self, script: Box<Responder>) {
        lock(&self.scripts).push(Arc::from(script));
    }

    /// The answer of the latest script that has one. The list is not locked meanwhile: a script may panic, or add another.
    pub(crate) fn answer(&self, received: &ReceivedRequest) -> Option<Reply> {
        let scripts = lock(&self.scripts).clone();
        scripts.iter().rev().find_map(|script| script(received))
    }

    pub(crate) fn add_turns(&self, turns: impl IntoIterator<Item = Turn>) {
        lock(&self.turns).extend(turns);
    }

    /// Takes the next turn of the model, if a test wrote one down.
    pub(crate) fn next_turn(&self) -> Option<Turn> {
        lock(&self.turns).pop_front()
    }

    pub(crate) fn turns_left(&self) -> usize {
        lock(&self.turns).len()
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
    /// The document has no such operation.
    pub fn reply(self, reply: Reply) -> Result<(), MockError> {
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
    /// The document has no such operation.
    pub fn sequence(self, replies: impl IntoIterator<Item = Reply>) -> Result<(), MockError> {
        let replies: Mutex<VecDeque<Reply>> = Mutex::new(replies.into_iter().collect());
        self.add(move |_| lock(&replies).pop_front())
    }

    /// Breaks the connection in this way. A fault within a body needs one: [`Reply::fault`].
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn fault(self, fault: Fault) -> Result<(), MockError> {
        self.reply(Reply::empty(StatusCode::OK).fault(fault))
    }

    /// Refuses with status 429 and the headers that say when to come again.
    ///
    /// # Errors
    /// The document has no such operation.
    pub fn rate_limited(self, retry_after: Duration) -> Result<(), MockError> {
        self.reply(Reply::rate_limited(retry_after))
    }

    fn add(self, answer: impl Fn(&ReceivedRequest) -> Option<Reply> + Send + Sync + 'static) -> Result<(), MockError> {
        let Self { scripts, operation, filter, times, latency } = self;
        let operation = operation?;
        let left = Mutex::new(times);
        scripts.add(Box::new(move |request| {
            let is_meant = request.operation().is_some_and(|known| std::ptr::eq(known, operation));
            if !is_meant || filter.as_ref().is_some_and(|filter| !filter(request)) {
                return None;
            }
            let mut left = lock(&left);
            if *left == Some(0) {
                return None;
            }
            let reply = answer(request)?;
            *left = left.map(|left| left - 1);
            let delay = reply.delay + latency;
            Some(reply.delay(delay))
        }));
        Ok(())
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
