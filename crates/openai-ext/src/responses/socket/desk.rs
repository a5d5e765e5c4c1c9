//! The desk of a connection: it files events for lanes, and notes what becomes of steers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use openai_runtime::json;

use super::label::{EventKind, Label};
use super::limits::LaneLimits;
use super::slot::{LaneSlot, Taken};
use super::steers::Steers;
use crate::support::websocket::{Desk, Filed, Inbox, Loss};
use crate::types::ResponseStreamEvent;
use crate::{Bytes, Error, ErrorKind, Result};

/// The lanes and steers of a connection. Its lock is taken while the connection is locked, never the other way round.
#[derive(Default)]
pub(super) struct LaneDesk(Mutex<LaneTable>);

#[derive(Default)]
pub(super) struct LaneTable {
    pub(super) limits: LaneLimits,
    pub(super) steers: Steers,
    /// By `stream_id`; the lane without one has what belongs to none.
    slots: HashMap<Option<String>, LaneSlot>,
    /// The number of events that wait on all lanes.
    events: usize,
    bytes: usize,
    /// Events that belong to no lane are dropped until another response begins.
    skips_inbox: bool,
}

impl LaneDesk {
    pub(super) fn lock(&self) -> MutexGuard<'_, LaneTable> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Desk for LaneDesk {
    fn file(&self, message: &Bytes, inbox: Inbox, due: &mut Vec<Waker>) -> Filed {
        self.lock().file(message, inbox, due)
    }

    fn lose(&self, loss: &Loss<'_>, due: &mut Vec<Waker>) {
        let files = &mut *self.lock();
        files.skips_inbox = false;
        files.slots.retain(|_, slot| {
            due.extend(slot.waker.take());
            slot.lose(loss)
        });
        files.steers.lose(loss, due);
    }
}

impl LaneTable {
    /// Opens a lane.
    pub(super) fn open(&mut self, id: Option<&str>) -> Result<()> {
        let key = id.map(str::to_owned);
        if self.slots.get(&key).is_some_and(|slot| slot.has_owner) {
            let message = match id {
                Some(id) => {
                    format!("the lane {id:?} is open already: use it, drop it first, or take another `stream_id`")
                }
                None => "a run of tools uses the connection itself: wait for its end, or use `lane(id)`".to_owned(),
            };
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        if !self.slots.contains_key(&key) && self.slots.len() >= self.limits.lanes {
            let message = format!(
                "the connection has {} lanes, as many as it may: drop one that has ended, or allow more by \
                 `with_lane_limits`",
                self.slots.len()
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        self.slots.entry(key).or_default().has_owner = true;
        Ok(())
    }

    /// Gives a lane up. The events of a response that is under way on it are dropped as they come.
    pub(super) fn close(&mut self, id: &Option<String>) {
        let Some(slot) = self.slots.get_mut(id) else { return };
        let (events, bytes) = slot.clear();
        self.events = self.events.saturating_sub(events);
        self.bytes = self.bytes.saturating_sub(bytes);
        slot.skipped += slot.expected.max(u32::from(slot.is_open));
        (slot.expected, slot.is_open, slot.has_owner, slot.waker) = (0, false, false, None);
        if slot.skipped == 0 {
            self.slots.remove(id);
        }
    }

    pub(super) fn slot(&mut self, id: &Option<String>) -> Option<&mut LaneSlot> {
        self.slots.get_mut(id)
    }

    /// Tells whether a lane has neither a response under way nor something that was not read.
    pub(super) fn is_idle(&self, id: &Option<String>) -> bool {
        self.slots.get(id).is_some_and(LaneSlot::is_idle) && !self.steers.expects(id)
    }

    /// The names of the lanes that are open.
    pub(super) fn names(&self) -> Vec<String> {
        let open = self.slots.iter().filter(|(_, slot)| slot.has_owner);
        let mut names: Vec<String> = open.filter_map(|(id, _)| id.clone()).collect();
        names.sort_unstable();
        names
    }

    /// Notes that a lane's request was queued.
    pub(super) fn begin(&mut self, id: &Option<String>, number: u64) {
        if let Some(slot) = self.slots.get_mut(id) {
            slot.expected += 1;
            slot.number = Some(number);
        }
    }

    /// Takes back a lane's request, whose sender gets the error. Tells whether it was sent, at least in part.
    pub(super) fn take_back(&mut self, id: &Option<String>) -> bool {
        let Some(slot) = self.slots.get_mut(id) else { return false };
        let was_sent = slot.waiting.iter().any(|taken| matches!(taken, Taken::Lost(lost) if lost.was_sent));
        slot.waiting.retain(|taken| matches!(taken, Taken::Event(_)));
        (slot.expected, slot.number) = (0, None);
        was_sent
    }

    /// Takes what waits on a lane, or has the waker called when something comes.
    pub(super) fn take(&mut self, id: &Option<String>, waker: &Waker) -> Option<Taken> {
        let goes_on = self.steers.expects(id);
        let slot = self.slots.get_mut(id)?;
        match slot.waiting.pop_front() {
            Some(taken) => {
                if let Taken::Event(text) = &taken {
                    slot.bytes = slot.bytes.saturating_sub(text.len());
                    self.bytes = self.bytes.saturating_sub(text.len());
                    self.events = self.events.saturating_sub(1);
                }
                Some(taken)
            }
            None if goes_on || !slot.is_idle() => {
                slot.waker = Some(waker.clone());
                None
            }
            None => Some(Taken::Nothing),
        }
    }

    fn file(&mut self, text: &Bytes, inbox: Inbox, due: &mut Vec<Waker>) -> Filed {
        if self.slots.is_empty() && self.steers.is_empty() && !self.skips_inbox {
            return Filed::Reader;
        }
        let Label { lane, kind } = Label::of(text);
        self.note(text, &lane, kind, due);
        let Some(slot) = self.slots.get_mut(&lane) else { return self.file_for_reader(text, inbox, kind) };
        if slot.skipped > 0 {
            if slot.skip(kind) {
                self.slots.remove(&lane);
            }
            return Filed::Taken;
        }
        // Between two responses nobody looks for it but who has the steer.
        if kind == EventKind::Steer && !slot.is_open {
            return Filed::Taken;
        }
        slot.response_bytes = slot.response_bytes.saturating_add(text.len());
        due.extend(slot.waker.take());
        if let Some(error) = self.overflow(&lane, text) {
            if let Some(slot) = self.slots.get_mut(&lane) {
                let (events, bytes) = slot.fail(error, kind);
                self.events = self.events.saturating_sub(events);
                self.bytes = self.bytes.saturating_sub(bytes);
            }
            return Filed::Taken;
        }
        if let Some(slot) = self.slots.get_mut(&lane) {
            slot.keep(text, kind);
            self.events += 1;
            self.bytes += text.len();
        }
        Filed::Taken
    }

    /// Notes what an event says of steers, and of the response that begins.
    fn note(&mut self, text: &Bytes, lane: &Option<String>, kind: EventKind, due: &mut Vec<Waker>) {
        let begins = kind == EventKind::Created && (self.slots.contains_key(lane) || !self.steers.is_empty());
        if !begins && (kind != EventKind::Steer || self.steers.is_empty()) {
            return;
        }
        let Ok(event) = json::from_slice::<ResponseStreamEvent>(text) else { return };
        if let ResponseStreamEvent::ResponseCreated(event) = &event
            && let Some(slot) = self.slots.get_mut(lane)
        {
            slot.response_id = Some(event.response.id.clone());
        }
        if self.steers.note(event, lane, due)
            && let Some(slot) = self.slots.get_mut(lane)
        {
            // It may wait for a successor that will not come.
            due.extend(slot.waker.take());
        }
    }

    fn file_for_reader(&mut self, text: &Bytes, inbox: Inbox, kind: EventKind) -> Filed {
        if self.skips_inbox {
            if inbox.events > 0 || !matches!(kind, EventKind::Created | EventKind::Error) {
                return Filed::Taken;
            }
            self.skips_inbox = false;
        }
        let LaneLimits { events, bytes, .. } = self.limits;
        if inbox.events < events && inbox.bytes.saturating_add(text.len()) <= bytes {
            return Filed::Reader;
        }
        self.skips_inbox = true;
        let message = format!(
            "{} events, {} bytes, of no lane waited on the connection, and nobody read them: they were dropped. \
             Read the connection, too, or allow more by `with_lane_limits`",
            inbox.events, inbox.bytes
        );
        Filed::Overflow(Error::new(ErrorKind::Limit, message))
    }

    /// The error of a lane that gets more than it may. If all lanes have too much, the one with the most fails instead.
    fn overflow(&mut self, lane: &Option<String>, text: &Bytes) -> Option<Error> {
        let limits = self.limits;
        let slot = self.slots.get(lane)?;
        let waiting = || {
            let (events, bytes) = (slot.waiting.len(), slot.bytes);
            format!("{events} events, {bytes} bytes, wait on {}, and nobody reads them", name(lane))
        };
        let reason = if slot.response_bytes > limits.response_bytes {
            format!("the events of a response on {} are larger than {} bytes", name(lane), limits.response_bytes)
        } else if slot.waiting.len() >= limits.events || slot.bytes.saturating_add(text.len()) > limits.bytes {
            waiting()
        } else if self.events >= limits.total_events || self.bytes.saturating_add(text.len()) > limits.total_bytes {
            let largest = self.slots.iter().max_by_key(|(_, slot)| slot.bytes).map(|(id, _)| id.clone());
            let reason = format!("{} events, {} bytes, wait on all lanes", self.events, self.bytes);
            match largest.filter(|largest| largest != lane) {
                None => reason,
                Some(largest) => {
                    let slot = self.slots.get_mut(&largest)?;
                    let (events, bytes) = slot.fail(given_up(&reason), EventKind::Other);
                    self.events = self.events.saturating_sub(events);
                    self.bytes = self.bytes.saturating_sub(bytes);
                    return None;
                }
            }
        } else {
            return None;
        };
        Some(given_up(&reason))
    }
}

fn given_up(reason: &str) -> Error {
    let message = format!("{reason}: its response was given up. Read the lane, or allow more by `with_lane_limits`");
    Error::new(ErrorKind::Limit, message)
}

/// A lane as errors name it.
pub(super) fn name(lane: &Option<String>) -> String {
    match lane {
        Some(id) => format!("the lane {id:?}"),
        None => "the connection".to_owned(),
    }
}
