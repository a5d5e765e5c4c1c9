//! The desk of a connection: it files events for lanes, and notes what becomes of steers.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::task::Waker;

use openai_runtime::json;

use super::label::{EventKind, Label};
use super::limits::LaneLimits;
use super::slot::{LaneSlot, Skipped, Taken};
use super::steers::Steers;
use super::unanswered::{Unanswered, Whose};
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
    unanswered: Unanswered,
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

    fn sent(&self, message: &Bytes, number: u64) {
        self.lock().sent(message, number);
    }

    fn lose(&self, loss: &Loss<'_>, due: &mut Vec<Waker>) {
        let files = &mut *self.lock();
        files.skips_inbox = false;
        files.unanswered.clear();
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
        // What a run left there is known, and its events are skipped.
        let is_used = self.unanswered.has_unnamed() || self.steers.expects(&key);
        if id.is_none() && is_used && !self.slots.contains_key(&key) {
            let message = "a response is under way on the connection: read it to its end before a run of tools";
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
        let has_successor = self.steers.expects(id);
        let Some(slot) = self.slots.get_mut(id) else { return };
        let (events, bytes) = slot.clear();
        self.events = self.events.saturating_sub(events);
        self.bytes = self.bytes.saturating_sub(bytes);
        slot.skip_rest();
        if has_successor {
            slot.skipped.push_back(Skipped::Successor);
        }
        (slot.has_owner, slot.waker) = (false, None);
        if slot.skipped.is_empty() {
            self.slots.remove(id);
        }
    }

    pub(super) fn slot(&mut self, id: &Option<String>) -> Option<&mut LaneSlot> {
        self.slots.get_mut(id)
    }

    /// Tells whether a lane has neither a response under way nor something that was not read.
    pub(super) fn is_idle(&self, id: &Option<String>) -> bool {
        self.slots.get(id).is_some_and(LaneSlot::is_idle) && !self.goes_on(id)
    }

    /// Tells whether the server makes a response by itself that the owner of a lane gets.
    fn goes_on(&self, id: &Option<String>) -> bool {
        self.steers.expects(id) && self.slots.get(id).is_some_and(|slot| slot.skipped.is_empty())
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
        (slot.expected, slot.number, slot.response_id) = (0, None, None);
        was_sent
    }

    /// The id of the response that can be steered on a lane, or `None` if there is none; has the waker called if one is to
    /// begin.
    pub(super) fn steered(&mut self, id: &Option<String>, waker: &Waker) -> Option<Option<String>> {
        let goes_on = self.goes_on(id);
        let Some(slot) = self.slots.get_mut(id) else { return Some(None) };
        if slot.response_id.is_none() && (goes_on || slot.expected > 0) {
            slot.waker = Some(waker.clone());
            return None;
        }
        Some(slot.response_id.clone().filter(|_| goes_on || !slot.is_idle()))
    }

    /// Notes that an event was handed over to the connection, which may be answered from now on.
    fn sent(&mut self, text: &Bytes, number: u64) {
        if let Some(key) = self.steers.key_of(number) {
            return self.unanswered.add(number, Whose::Steer(key));
        }
        let label = Label::of(text);
        if label.kind == EventKind::Create {
            self.unanswered.add(number, Whose::Lane(label.lane));
        }
    }

    /// Takes what waits on a lane, or has the waker called when something comes.
    pub(super) fn take(&mut self, id: &Option<String>, waker: &Waker) -> Option<Taken> {
        let goes_on = self.goes_on(id);
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
        let waits = !self.unanswered.is_empty() || !self.steers.is_empty();
        if self.slots.is_empty() && !waits && !self.skips_inbox {
            return Filed::Reader;
        }
        let Label { lane, kind } = Label::of(text);
        if self.is_again(text, &lane, kind) {
            return Filed::Taken;
        }
        let goes_on = self.steers.expects(&lane);
        self.note(text, &lane, kind, due);
        if lane.is_none() && kind == EventKind::Error {
            let slots = &self.slots;
            let open = || slots.iter().filter(|(_, slot)| slot.has_begun).map(|(id, _)| id.clone()).collect();
            match self.unanswered.whose(text, open) {
                None | Some(Whose::Lane(None)) => {}
                Some(whose) => match self.tell(whose, text, due) {
                    true => return Filed::Taken,
                    false => return self.file_for_reader(text, inbox, kind),
                },
            }
        } else {
            self.note_answer(&lane, kind);
        }
        self.unanswered.note(&lane, kind);
        for (whose, error) in self.unanswered.settle() {
            if whose != Whose::Lane(None) {
                self.tell(whose, &error, due);
            }
        }
        match self.is_for_lane(&lane, kind, goes_on) {
            Some(true) => self.file_on_lane(&lane, text, kind, due),
            Some(false) => return Filed::Taken,
            None => return self.file_for_reader(text, inbox, kind),
        }
        Filed::Taken
    }

    /// Tells whether an event is the last one of a response that was over before.
    fn is_again(&self, text: &Bytes, lane: &Option<String>, kind: EventKind) -> bool {
        use ResponseStreamEvent as E;
        let Some(slot) = self.slots.get(lane).filter(|slot| slot.may_be_again(kind)) else { return false };
        match json::from_slice::<E>(text) {
            Ok(E::ResponseCompleted(event)) => slot.has_ended(&event.response.id),
            Ok(E::ResponseIncomplete(event)) => slot.has_ended(&event.response.id),
            Ok(E::ResponseFailed(event)) => slot.has_ended(&event.response.id),
            _ => false,
        }
    }

    /// Notes which request an event answers.
    fn note_answer(&mut self, lane: &Option<String>, kind: EventKind) {
        let is_first = match self.slots.get(lane) {
            Some(slot) => !slot.has_begun && (kind.is_last() || kind == EventKind::Part),
            None => kind == EventKind::Error,
        };
        if kind == EventKind::Created || is_first {
            self.unanswered.answered(&Whose::Lane(lane.clone()));
        }
    }

    /// Gives an error to whom it turned out to be about; false if nobody waits for it.
    fn tell(&mut self, whose: Whose, text: &Bytes, due: &mut Vec<Waker>) -> bool {
        match whose {
            Whose::Steer(key) => {
                self.steers.fail(key, text, due);
                true
            }
            Whose::Lane(lane) if self.slots.contains_key(&lane) => {
                self.file_on_lane(&lane, text, EventKind::Error, due);
                true
            }
            Whose::Lane(_) => false,
        }
    }

    /// Says whether an event is for its lane; `None` if it is for the connection's reader.
    fn is_for_lane(&mut self, lane: &Option<String>, kind: EventKind, goes_on: bool) -> Option<bool> {
        let slot = self.slots.get(lane)?;
        if !slot.skipped.is_empty() || slot.is_awaited() {
            // Between two responses nobody looks for it but who has the steer.
            return Some(kind != EventKind::Steer || slot.is_open() || !slot.skipped.is_empty());
        }
        match kind {
            // A successor.
            EventKind::Created => Some(true),
            EventKind::Error | EventKind::Other if !goes_on => None,
            EventKind::Steer => Some(false),
            // The rest of a response that has ended: it must not be taken for that of the next one.
            _ => Some(goes_on),
        }
    }

    fn file_on_lane(&mut self, lane: &Option<String>, text: &Bytes, kind: EventKind, due: &mut Vec<Waker>) {
        let Some(slot) = self.slots.get_mut(lane) else { return };
        if !slot.skipped.is_empty() {
            if slot.skip(kind) {
                self.slots.remove(lane);
            }
            return;
        }
        if kind == EventKind::Error && !slot.is_awaited() {
            // In place of a successor.
            self.steers.fail_successor(lane, text, due);
        }
        slot.response_bytes = slot.response_bytes.saturating_add(text.len());
        due.extend(slot.waker.take());
        if let Some(error) = self.overflow(lane, text) {
            if let Some(slot) = self.slots.get_mut(lane) {
                let (events, bytes) = slot.fail(error, kind);
                self.events = self.events.saturating_sub(events);
                self.bytes = self.bytes.saturating_sub(bytes);
            }
            return;
        }
        if let Some(slot) = self.slots.get_mut(lane) {
            slot.keep(text, kind);
            self.events += 1;
            self.bytes += text.len();
        }
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
            && slot.skipped.is_empty()
        {
            slot.response_id = Some(event.response.id.clone());
        }
        let went_on = self.steers.expects(lane);
        if !self.steers.note(event, lane, due) {
            return;
        }
        let goes_on = self.steers.expects(lane);
        let steers = &self.steers;
        self.unanswered.retain(|whose| !matches!(whose, Whose::Steer(key) if !steers.is_sent(*key)));
        let Some(slot) = self.slots.get_mut(lane) else { return };
        // It may wait for a successor that will not come.
        due.extend(slot.waker.take());
        match (went_on, goes_on) {
            (false, true) if slot.has_begun && !slot.skipped.is_empty() => slot.skipped.insert(1, Skipped::Successor),
            (true, false) if kind == EventKind::Steer => slot.drop_successor(),
            _ => {}
        }
        if slot.skipped.is_empty() && !slot.has_owner && slot.is_idle() {
            self.slots.remove(lane);
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
