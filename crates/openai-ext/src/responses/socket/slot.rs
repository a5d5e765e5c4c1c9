//! A lane as the desk of its connection has it.

use std::collections::VecDeque;
use std::task::Waker;

use openai_runtime::WebSocketClosed;

use super::label::EventKind;
use crate::support::websocket::Loss;
use crate::{Bytes, Error, ErrorKind};

/// The place of a lane: what waits on it, and what is still to come.
#[derive(Default)]
pub(super) struct Slot {
    /// Somebody has the lane. One that was dropped stays until its response has ended.
    pub(super) has_owner: bool,
    pub(super) waiting: VecDeque<Taken>,
    pub(super) bytes: usize,
    /// The bytes of the events of the response that comes.
    pub(super) response_bytes: usize,
    /// The responses that were asked for and have not ended.
    pub(super) expected: u32,
    /// Events of a response came, and not its last one.
    pub(super) is_open: bool,
    /// The responses whose events nobody gets.
    pub(super) skipped: u32,
    /// The number of the request under way.
    pub(super) number: Option<u64>,
    /// The id of the last response that began.
    pub(super) response_id: Option<String>,
    pub(super) waker: Option<Waker>,
}

/// A thing that a lane gives to its owner.
pub(super) enum Taken {
    Event(Bytes),
    /// The response was given up here.
    Failed(Error),
    Lost(LostResponse),
    /// There is no response to wait for.
    Nothing,
}

/// The end of a response with its connection.
pub(super) struct LostResponse {
    pub(super) closed: WebSocketClosed,
    pub(super) kind: ErrorKind,
    /// The request was sent, at least in part.
    pub(super) was_sent: bool,
}

impl Slot {
    /// Tells whether nothing is under way, so that the lane can be used anew or given up.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && self.expected == 0 && !self.is_open
    }

    /// Notes an event that is not kept. Gives true if the lane is of no use any more.
    pub(super) fn skip(&mut self, kind: EventKind) -> bool {
        if kind.is_last() {
            self.skipped -= 1;
        }
        self.skipped == 0 && !self.has_owner && self.is_idle()
    }

    pub(super) fn keep(&mut self, text: &Bytes, kind: EventKind) {
        self.bytes += text.len();
        self.waiting.push_back(Taken::Event(text.clone()));
        self.is_open = !kind.is_last();
        if kind.is_last() {
            self.response_bytes = 0;
            self.end();
        }
    }

    /// Notes that a response has ended.
    pub(super) fn end(&mut self) {
        self.expected = self.expected.saturating_sub(1);
        self.number = None;
    }

    /// Drops what waits, and gives the number of events and their bytes.
    pub(super) fn clear(&mut self) -> (usize, usize) {
        let events = self.waiting.iter().filter(|taken| matches!(taken, Taken::Event(_))).count();
        self.waiting.clear();
        (events, std::mem::take(&mut self.bytes))
    }

    /// Gives up the response under way, and what waits. Gives the number of events and bytes that waited.
    pub(super) fn fail(&mut self, error: Error, kind: EventKind) -> (usize, usize) {
        let dropped = self.clear();
        self.waiting.push_back(Taken::Failed(error));
        self.response_bytes = 0;
        if kind.is_last() {
            self.end();
        }
        let goes_on = u32::from(self.is_open && !kind.is_last());
        self.skipped += self.expected.max(goes_on);
        (self.expected, self.is_open) = (0, false);
        dropped
    }

    /// Notes that the connection was lost. Gives false if the lane is of no use any more.
    pub(super) fn lose(&mut self, loss: &Loss<'_>) -> bool {
        let is_queued = self.number.is_some_and(loss.is_queued);
        if is_queued && !loss.is_final {
            return true;
        }
        if self.expected > 0 || self.is_open {
            let closed = loss.closed.clone();
            self.waiting.push_back(Taken::Lost(LostResponse { closed, kind: loss.kind, was_sent: !is_queued }));
        }
        (self.expected, self.is_open, self.skipped, self.response_bytes) = (0, false, 0, 0);
        self.number = None;
        self.has_owner
    }
}
