//! A lane as the desk of its connection has it.

use std::collections::VecDeque;
use std::task::Waker;

use openai_runtime::WebSocketClosed;

use super::label::EventKind;
use crate::support::websocket::Loss;
use crate::{Bytes, Error, ErrorKind};

/// The place of a lane: what waits on it, and what is still to come.
#[derive(Default)]
pub(super) struct LaneSlot {
    /// Somebody has the lane. One that was dropped stays until its response has ended.
    pub(super) has_owner: bool,
    pub(super) waiting: VecDeque<Taken>,
    pub(super) bytes: usize,
    /// The bytes of the events of the response that comes.
    pub(super) response_bytes: usize,
    /// The responses that were asked for and have not ended.
    pub(super) expected: u32,
    /// Events of the first response that is to come were there, and not its last one.
    pub(super) has_begun: bool,
    /// The responses whose events nobody gets. They come before those that are expected.
    pub(super) skipped: VecDeque<Skipped>,
    /// The number of the request under way.
    pub(super) number: Option<u64>,
    /// The id of the last response that began.
    pub(super) response_id: Option<String>,
    /// The id of the last response that ended.
    ended: Option<String>,
    pub(super) waker: Option<Waker>,
}

/// A response whose events nobody gets.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Skipped {
    /// It was asked for by the event with this number.
    Asked(Option<u64>),
    /// The server makes it by itself, because it accepted a steer.
    Successor,
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

impl LaneSlot {
    /// Tells whether nothing is under way, so that the lane can be used anew or given up.
    pub(super) fn is_idle(&self) -> bool {
        self.waiting.is_empty() && !self.is_awaited()
    }

    /// Tells whether more is to come of a response that the owner gets.
    pub(super) fn is_awaited(&self) -> bool {
        self.expected > 0 || self.is_open()
    }

    /// Tells whether events of a response came that the owner gets, and not its last one.
    pub(super) fn is_open(&self) -> bool {
        self.has_begun && self.skipped.is_empty()
    }

    /// Notes what an event says of the first response that is to come.
    fn note(&mut self, kind: EventKind) {
        match kind {
            EventKind::Created | EventKind::Part => self.has_begun = true,
            kind if kind.is_last() => self.has_begun = false,
            _ => {}
        }
    }

    /// Notes an event that is not kept. Gives true if the lane is of no use any more.
    pub(super) fn skip(&mut self, kind: EventKind) -> bool {
        self.note(kind);
        if kind.is_last() {
            self.skipped.pop_front();
        }
        self.skipped.is_empty() && !self.has_owner && self.is_idle()
    }

    /// Gives up what is under way, whose events nobody gets from here on.
    pub(super) fn skip_rest(&mut self) {
        if self.expected > 0 {
            self.skipped.push_back(Skipped::Asked(self.number));
        } else if self.is_open() {
            self.skipped.push_back(Skipped::Asked(None));
        }
        (self.expected, self.number, self.response_id) = (0, None, None);
    }

    /// Drops a successor that will not come.
    pub(super) fn drop_successor(&mut self) {
        let begun = usize::from(self.has_begun);
        let place = self.skipped.iter().skip(begun).position(|skipped| *skipped == Skipped::Successor);
        if let Some(place) = place {
            self.skipped.remove(place + begun);
        }
    }

    pub(super) fn keep(&mut self, text: &Bytes, kind: EventKind) {
        self.bytes += text.len();
        self.waiting.push_back(Taken::Event(text.clone()));
        self.note(kind);
        if kind.is_last() {
            self.response_bytes = 0;
            self.end();
        }
    }

    /// Tells whether a last event can be that of a response before, which came twice.
    pub(super) fn may_be_again(&self, kind: EventKind) -> bool {
        let is_ended = matches!(kind, EventKind::Ended | EventKind::Failed);
        is_ended && !self.has_begun && self.skipped.is_empty() && self.ended.is_some()
    }

    /// Tells whether the response with this id was the last one that ended.
    pub(super) fn has_ended(&self, id: &str) -> bool {
        self.ended.as_deref() == Some(id)
    }

    /// Notes that a response has ended.
    fn end(&mut self) {
        self.ended.clone_from(&self.response_id);
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
        self.note(kind);
        if kind.is_last() {
            self.end();
        }
        self.skip_rest();
        dropped
    }

    /// Notes that the connection was lost. Gives false if the lane is of no use any more.
    pub(super) fn lose(&mut self, loss: &Loss<'_>) -> bool {
        let is_queued = |number: Option<u64>| number.is_some_and(loss.is_queued);
        let is_awaited = self.is_awaited();
        // What is sent on the next connection is answered there; all else went with this one.
        self.skipped.retain(|skipped| match skipped {
            Skipped::Asked(number) => is_queued(*number) && !loss.is_final,
            Skipped::Successor => false,
        });
        (self.has_begun, self.response_bytes, self.response_id) = (false, 0, None);
        let was_sent = !is_queued(self.number);
        if !was_sent && !loss.is_final {
            return true;
        }
        if is_awaited {
            let closed = loss.closed.clone();
            self.waiting.push_back(Taken::Lost(LostResponse { closed, kind: loss.kind, was_sent }));
        }
        (self.expected, self.number) = (0, None);
        self.has_owner || !self.skipped.is_empty()
    }
}
