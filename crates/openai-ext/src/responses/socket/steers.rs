//! The steers of a connection that were sent, and what became of them.

use std::task::Waker;

use openai_runtime::json;

use super::steer_state::{SteerFailure, SteerPending, SteerState};
use crate::support::websocket::Loss;
use crate::types::{Response, ResponseSteerFailedEvent, ResponseSteerInput, ResponseStreamEvent};
use crate::{Bytes, Error, ErrorKind, Result};

/// The steers of a connection, in the order in which they were sent.
#[derive(Default)]
pub(super) struct Steers {
    entries: Vec<Steered>,
    next: u64,
}

struct Steered {
    key: u64,
    parent: String,
    input: ResponseSteerInput,
    lane: Option<String>,
    /// The number of its event.
    number: Option<u64>,
    /// The server's name for it, once it has answered.
    id: Option<String>,
    state: SteerState,
    /// A response that goes on from the steered one, and came before the answer to the steer.
    successor: Option<String>,
    has_owner: bool,
    waker: Option<Waker>,
}

impl Steered {
    fn is_accepted(&self) -> bool {
        matches!(self.state, SteerState::Accepted { .. })
    }

    /// Tells whether this state comes later than one that is told again.
    fn has_after(&self, state: &SteerState) -> bool {
        let is_again = matches!(state, SteerState::Accepted { .. }) && matches!(self.state, SteerState::Pending(_));
        self.state.is_final() || is_again
    }

    fn fail(&mut self, error: &Error, due: &mut Vec<Waker>) {
        self.state = SteerState::Failed(SteerFailure {
            steer_id: self.id.clone(),
            previous_response_id: self.parent.clone(),
            code: error.code().unwrap_or("error").into(),
            message: error.message().to_owned(),
            input: self.input.clone(),
        });
        due.extend(self.waker.take());
    }
}

/// Steers of one connection whose end is not known.
const MOST: usize = 1024;

impl Steers {
    pub(super) fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    pub(super) fn add(&mut self, parent: &str, input: &ResponseSteerInput) -> Result<u64> {
        if self.entries.len() >= MOST {
            let message = format!("{MOST} steers of this connection have not come to an end yet");
            return Err(Error::new(ErrorKind::Limit, message));
        }
        self.next += 1;
        self.entries.push(Steered {
            key: self.next,
            parent: parent.to_owned(),
            input: input.clone(),
            lane: None,
            number: None,
            id: None,
            state: SteerState::Sent,
            successor: None,
            has_owner: true,
            waker: None,
        });
        Ok(self.next)
    }

    pub(super) fn sent(&mut self, key: u64, number: u64) {
        if let Some(entry) = self.find(key) {
            entry.number = Some(number);
        }
    }

    /// The steer whose event has this number.
    pub(super) fn key_of(&self, number: u64) -> Option<u64> {
        self.entries.iter().find(|entry| entry.number == Some(number)).map(|entry| entry.key)
    }

    /// Tells whether the server has not answered a steer.
    pub(super) fn is_sent(&self, key: u64) -> bool {
        self.entries.iter().any(|entry| entry.key == key && matches!(entry.state, SteerState::Sent))
    }

    /// Notes that the server answered a steer by an `error` event.
    pub(super) fn fail(&mut self, key: u64, text: &Bytes, due: &mut Vec<Waker>) {
        let error = Error::from_event(&json::from_slice(text).unwrap_or_default());
        if let Some(entry) = self.find(key) {
            entry.fail(&error, due);
        }
        self.sweep();
    }

    /// Notes that an `error` event came in place of the successor on a lane.
    pub(super) fn fail_successor(&mut self, lane: &Option<String>, text: &Bytes, due: &mut Vec<Waker>) {
        let error = Error::from_event(&json::from_slice(text).unwrap_or_default());
        for entry in self.entries.iter_mut().filter(|entry| entry.is_accepted() && entry.lane == *lane) {
            entry.fail(&error, due);
        }
        self.sweep();
    }

    pub(super) fn state(&mut self, key: u64) -> SteerState {
        self.find(key).map_or(SteerState::Sent, |entry| entry.state.clone())
    }

    /// The state of a steer if it fits, or else has the waker called when it changes.
    pub(super) fn state_if(
        &mut self,
        key: u64,
        waker: &Waker,
        fits: impl Fn(&SteerState) -> bool,
    ) -> Option<SteerState> {
        let entry = self.find(key)?;
        if fits(&entry.state) {
            return Some(entry.state.clone());
        }
        entry.waker = Some(waker.clone());
        None
    }

    /// Forgets a steer that was not sent.
    pub(super) fn remove(&mut self, key: u64) {
        self.entries.retain(|entry| entry.key != key);
    }

    /// Notes that nobody asks for a steer any more. Its answers are still told from those of others.
    pub(super) fn leave(&mut self, key: u64) {
        if let Some(entry) = self.find(key) {
            if entry.number.is_none() {
                return self.remove(key);
            }
            entry.has_owner = false;
            entry.waker = None;
        }
        self.sweep();
    }

    /// Tells whether the server makes a response on this lane by itself, because it accepted a steer.
    pub(super) fn expects(&self, lane: &Option<String>) -> bool {
        self.entries.iter().any(|entry| entry.is_accepted() && entry.lane == *lane)
    }

    /// Notes an event; true if it changed something.
    pub(super) fn note(&mut self, event: ResponseStreamEvent, lane: &Option<String>, due: &mut Vec<Waker>) -> bool {
        use ResponseStreamEvent as E;
        let changed = match event {
            E::ResponseSteerAccepted(event) => {
                let steer_id = event.steer.id;
                let entry = self.answered(&steer_id, &event.steer.previous_response_id);
                entry.map(|entry| (entry, Some(steer_id.clone()), SteerState::Accepted { steer_id }))
            }
            E::ResponseSteerPending(event) => {
                let entry = self.answered(&event.steer.id, &event.steer.previous_response_id);
                let pending = SteerPending {
                    steer_id: event.steer.id,
                    previous_response_id: event.steer.previous_response_id,
                    stream_id: lane.clone(),
                    reason: event.reason,
                    required_input: event.required_input,
                };
                entry.map(|entry| (entry, Some(pending.steer_id.clone()), SteerState::Pending(pending)))
            }
            E::ResponseSteerFailed(event) => self.failed(*event),
            E::ResponseCreated(event) => return self.commit(&event.response, due),
            _ => None,
        };
        let Some((at, id, state)) = changed else { return false };
        let Some(entry) = self.entries.get_mut(at).filter(|entry| !entry.has_after(&state)) else { return false };
        entry.lane.clone_from(lane);
        entry.id = id.or(entry.id.take());
        entry.state = match (state, entry.successor.take()) {
            (SteerState::Accepted { steer_id }, Some(response_id)) => {
                SteerState::Committed { steer_id: Some(steer_id), response_id }
            }
            (state, _) => state,
        };
        due.extend(entry.waker.take());
        self.sweep();
        true
    }

    /// Notes that the connection was lost.
    pub(super) fn lose(&mut self, loss: &Loss<'_>, due: &mut Vec<Waker>) {
        for entry in &mut self.entries {
            let is_queued = entry.number.is_some_and(loss.is_queued) && !loss.is_final;
            if entry.state.is_final() || is_queued || entry.number.is_none() {
                continue;
            }
            entry.state = SteerState::Unknown(loss.closed.clone());
            due.extend(entry.waker.take());
        }
        self.sweep();
    }

    /// The place of the steer that an answer is about: by its id, else the first of this response that has none.
    fn answered(&self, id: &str, parent: &str) -> Option<usize> {
        let named = |entry: &Steered| !id.is_empty() && entry.id.as_deref() == Some(id);
        let first = |entry: &Steered| entry.id.is_none() && entry.parent == parent && !entry.state.is_final();
        self.entries.iter().position(named).or_else(|| self.entries.iter().position(first))
    }

    fn failed(&self, event: ResponseSteerFailedEvent) -> Option<(usize, Option<String>, SteerState)> {
        let steer = event.steer;
        let parent = steer.previous_response_id;
        let input = json::to_value(&steer.input);
        let is_same = |entry: &Steered| {
            entry.id.is_none()
                && entry.parent == parent
                && !entry.state.is_final()
                && json::to_value(&entry.input) == input
        };
        let named =
            steer.id.as_deref().and_then(|id| self.entries.iter().position(|entry| entry.id.as_deref() == Some(id)));
        let at = named
            .or_else(|| self.entries.iter().position(is_same))
            .or_else(|| self.answered(steer.id.as_deref().unwrap_or_default(), &parent))?;
        let failure = SteerFailure {
            steer_id: steer.id.clone(),
            previous_response_id: parent,
            code: event.error.code,
            message: event.error.message,
            input: steer.input,
        };
        Some((at, steer.id, SteerState::Failed(failure)))
    }

    /// Notes the successor of a response, which has the input of its steers.
    fn commit(&mut self, response: &Response, due: &mut Vec<Waker>) -> bool {
        let Some(parent) = response.previous_response_id.as_deref() else { return false };
        let mut changed = false;
        for entry in &mut self.entries {
            if entry.parent != parent {
                continue;
            }
            if matches!(entry.state, SteerState::Sent) {
                entry.successor = Some(response.id.clone());
            }
            if matches!(entry.state, SteerState::Accepted { .. } | SteerState::Pending(_)) {
                let steer_id = entry.id.clone();
                entry.state = SteerState::Committed { steer_id, response_id: response.id.clone() };
                due.extend(entry.waker.take());
                changed = true;
            }
        }
        self.sweep();
        changed
    }

    fn find(&mut self, key: u64) -> Option<&mut Steered> {
        self.entries.iter_mut().find(|entry| entry.key == key)
    }

    fn sweep(&mut self) {
        self.entries.retain(|entry| entry.has_owner || !entry.state.is_final());
    }
}
