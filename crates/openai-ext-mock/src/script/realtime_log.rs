//! The log of the WebSockets, kept for tests to look at, and the scripts of tests for them.

use std::collections::VecDeque;
use std::sync::Mutex;

use serde_json::Value;

use super::lock::lock;
use super::realtime_step::RealtimeStep;
use crate::wire::ReceivedRequest;

/// A WebSocket that a client opened.
#[derive(Clone, Debug)]
pub struct RealtimeConnection {
    id: usize,
    request: ReceivedRequest,
    events: VecDeque<Value>,
    pings: usize,
    pongs: usize,
    close: Option<RealtimeClose>,
}

/// The end of a WebSocket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RealtimeClose {
    code: u16,
    reason: String,
    by_client: bool,
}

impl RealtimeConnection {
    /// The handshake.
    pub fn request(&self) -> &ReceivedRequest {
        &self.request
    }

    /// The client's events, oldest first. What is not JSON is a string.
    pub fn events(&self) -> impl Iterator<Item = &Value> {
        self.events.iter()
    }

    /// The number of pings that the client sent. Each was answered.
    pub fn pings(&self) -> usize {
        self.pings
    }

    /// The number of pongs that the client sent.
    pub fn pongs(&self) -> usize {
        self.pongs
    }

    /// The end of the connection, none while it is open.
    pub fn close(&self) -> Option<&RealtimeClose> {
        self.close.as_ref()
    }
}

impl RealtimeClose {
    pub(crate) fn new(code: u16, reason: impl Into<String>, by_client: bool) -> Self {
        Self { code, reason: reason.into(), by_client }
    }

    /// The code: 1005 if none was said, 1006 if the connection was lost.
    pub fn code(&self) -> u16 {
        self.code
    }

    /// The reason, often empty.
    pub fn reason(&self) -> &str {
        &self.reason
    }

    /// True if the client ended it.
    pub fn by_client(&self) -> bool {
        self.by_client
    }
}

/// The WebSockets of a server.
pub(crate) struct RealtimeLog {
    scripts: Mutex<VecDeque<Vec<RealtimeStep>>>,
    log: Mutex<Opened>,
    /// So many connections, and so many events of each.
    keep: usize,
}

#[derive(Default)]
struct Opened {
    count: usize,
    connections: VecDeque<RealtimeConnection>,
}

impl RealtimeLog {
    pub(crate) fn new(keep: usize) -> Self {
        Self { scripts: Mutex::default(), log: Mutex::default(), keep }
    }

    pub(crate) fn add_script(&self, steps: Vec<RealtimeStep>) {
        lock(&self.scripts).push_back(steps);
    }

    pub(crate) fn connections(&self) -> Vec<RealtimeConnection> {
        lock(&self.log).connections.iter().cloned().collect()
    }

    pub(crate) fn events(&self) -> Vec<Value> {
        lock(&self.log).connections.iter().flat_map(|connection| &connection.events).cloned().collect()
    }

    pub(crate) fn next_script(&self) -> Option<Vec<RealtimeStep>> {
        lock(&self.scripts).pop_front()
    }

    pub(crate) fn opened(&self, request: &ReceivedRequest) -> usize {
        let mut log = lock(&self.log);
        let id = log.count;
        log.count += 1;
        let (request, events) = (request.clone(), VecDeque::new());
        log.connections.push_back(RealtimeConnection { id, request, events, pings: 0, pongs: 0, close: None });
        let surplus = log.connections.len().saturating_sub(self.keep);
        log.connections.drain(..surplus);
        id
    }

    pub(crate) fn event(&self, id: usize, event: Value) {
        self.change(id, |connection| {
            connection.events.push_back(event);
            let surplus = connection.events.len().saturating_sub(self.keep);
            connection.events.drain(..surplus);
        });
    }

    pub(crate) fn ping(&self, id: usize) {
        self.change(id, |connection| connection.pings += 1);
    }

    pub(crate) fn pong(&self, id: usize) {
        self.change(id, |connection| connection.pongs += 1);
    }

    /// The first one counts: what follows is its echo.
    pub(crate) fn closed(&self, id: usize, close: RealtimeClose) {
        self.change(id, |connection| {
            connection.close.get_or_insert(close);
        });
    }

    fn change(&self, id: usize, change: impl FnOnce(&mut RealtimeConnection)) {
        let mut log = lock(&self.log);
        if let Some(connection) = log.connections.iter_mut().find(|connection| connection.id == id) {
            change(connection);
        }
    }
}
