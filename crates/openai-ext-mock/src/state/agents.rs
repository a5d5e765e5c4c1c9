//! The tables of agents: sessions with their turns and items, environments, automations, vaults.

use std::collections::VecDeque;

use bytes::Bytes;
use serde_json::Value;

use super::polls::Polls;
use super::table::{Object, Table};
use crate::script::SessionStep;
use crate::wire::{Event, EventSender};

/// The tables of agents and of all that belongs to them.
pub(crate) struct AgentTables {
    pub(crate) agents: Table<Value>,
    pub(crate) sessions: Table<AgentSession>,
    pub(crate) turns: Table<Value>,
    pub(crate) items: Table<SessionItem>,
    pub(crate) artifacts: Table<SessionArtifact>,
    pub(crate) environments: Table<Environment>,
    pub(crate) templates: Table<Value>,
    pub(crate) automations: Table<Value>,
    pub(crate) invocations: Table<AutomationInvocation>,
    pub(crate) vaults: Table<Value>,
    pub(crate) credentials: Table<Value>,
}

/// A session of an agent.
pub(crate) struct AgentSession {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
    /// The streams that are open.
    pub(crate) streams: Vec<SessionStream>,
    /// Events for a stream that had gone when they came: the next one tells them.
    pub(crate) unheard: Vec<Event>,
    /// True once a stream was told that the session is in progress.
    pub(crate) announced: bool,
    /// The idempotency keys of its events, the newest last.
    pub(crate) keys: VecDeque<String>,
    /// The steps of its turn that a test wrote down, and that are still to come.
    pub(crate) script: Option<VecDeque<SessionStep>>,
    /// So many results of functions are refused.
    pub(crate) refused_results: usize,
    pub(crate) subagents: Vec<Value>,
}

/// A stream of a session's events.
pub(crate) struct SessionStream {
    pub(crate) sender: EventSender,
    /// The stream of a new session ends when the session is idle, one that was opened later does not.
    pub(crate) until_idle: bool,
    /// The number of events that were sent together at last.
    pub(crate) last: usize,
}

/// An item of a session.
pub(crate) struct SessionItem {
    pub(crate) session: String,
    pub(crate) object: Value,
}

/// A file that a session leaves.
pub(crate) struct SessionArtifact {
    pub(crate) object: Value,
    pub(crate) bytes: Bytes,
}

/// An environment of sessions.
pub(crate) struct Environment {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
    /// The idempotency key that it was made with.
    pub(crate) key: Option<String>,
}

/// An invocation of an automation.
pub(crate) struct AutomationInvocation {
    pub(crate) object: Value,
    pub(crate) polls: Polls,
}

impl AgentTables {
    pub(super) fn new(limit: usize) -> Self {
        Self {
            agents: Table::new(limit),
            sessions: Table::new(limit),
            turns: Table::new(limit),
            items: Table::new(limit),
            artifacts: Table::new(limit),
            environments: Table::new(limit),
            templates: Table::new(limit),
            automations: Table::new(limit),
            invocations: Table::new(limit),
            vaults: Table::new(limit),
            credentials: Table::new(limit),
        }
    }
}

impl AgentSession {
    /// True if somebody reads the session's events.
    ///
    /// The server learns late that a client has gone, and may have worked for it since. A client that read none of that had
    /// gone before; one that read a part of it wants no more.
    pub(crate) fn is_watched(&mut self) -> bool {
        let Self { streams, unheard, .. } = self;
        streams.retain(|stream| {
            let is_open = !stream.sender.is_closed();
            if !is_open {
                let unread = stream.sender.take_unread();
                if !unread.is_empty() && unread.len() >= stream.last && unread.len() > unheard.len() {
                    *unheard = unread;
                }
            }
            is_open
        });
        if !streams.is_empty() {
            unheard.clear();
        }
        !streams.is_empty()
    }

    /// Tells the open streams what happened; those that only wait for a session that is idle end then.
    pub(crate) fn tell(&mut self, events: &[Event]) {
        let is_idle = self.object["status"] == "idle";
        self.streams.retain_mut(|stream| {
            stream.sender.send(events);
            stream.last = events.len();
            !(stream.until_idle && is_idle)
        });
    }
}

impl Object for AgentSession {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for SessionItem {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for SessionArtifact {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for Environment {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl Object for AutomationInvocation {
    fn object(&self) -> &Value {
        &self.object
    }
}
