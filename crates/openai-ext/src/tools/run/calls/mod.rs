//! The calls of one turn, run at once.

pub(crate) mod early;

use std::pin::Pin;
use std::task::{Context, Poll};

use openai_runtime::Error;

use super::control::EventSink;
use super::record::{RunPhase, ToolApi, ToolEvent, ToolRun};
use super::stored::checkpoint::{Journal, Saving};
use crate::tools::guard::Guarded;
use crate::tools::outcome::{ToolCall, ToolOutcome};

/// Calls that are under way together, in the order that the model asked for them.
pub(crate) struct Calls<A: ToolApi> {
    slots: Vec<CallSlot>,
    /// The places of those that have begun and are not over, in the order in which they began.
    running: Vec<usize>,
    /// The place of the first that has not begun.
    next: usize,
    /// The number of calls that may run at once.
    limit: usize,
    /// No other call begins: one of them has ended the run.
    is_halted: bool,
    journal: Option<Journal<A>>,
}

/// A call: not begun or under way, or over.
pub(crate) enum CallSlot {
    Open { guarded: Guarded, begun: bool },
    Over(ToolOutcome),
}

impl CallSlot {
    pub(crate) fn call(&self) -> &ToolCall {
        match self {
            Self::Open { guarded, .. } => guarded.call(),
            Self::Over(outcome) => &outcome.call,
        }
    }

    /// A call that has not begun.
    pub(crate) fn new(guarded: Guarded) -> Self {
        Self::Open { guarded, begun: false }
    }

    fn is_new(&self) -> bool {
        matches!(self, Self::Open { begun: false, .. })
    }
}

/// The state of calls that are no longer driven.
#[derive(Default)]
pub(crate) struct Finished {
    /// The record that is being kept.
    pub(crate) saving: Option<Saving>,
    /// The outcomes in the order of the calls; those that were under way are cancelled.
    pub(crate) outcomes: Vec<ToolOutcome>,
    /// The calls that did not begin.
    pub(crate) left: Vec<ToolCall>,
}

impl<A: ToolApi> Calls<A> {
    pub(crate) fn new(slots: Vec<CallSlot>, limit: usize, mut journal: Option<Journal<A>>) -> Self {
        let is_running = |place: &usize| matches!(slots.get(*place), Some(CallSlot::Open { begun: true, .. }));
        let running: Vec<usize> = (0..slots.len()).filter(is_running).collect();
        if let Some(journal) = &mut journal {
            // The record of calls that began early does not have their answer, which was paid for.
            journal.is_behind |= !running.is_empty();
        }
        let mut calls = Self { slots, running, next: 0, limit: limit.max(1), is_halted: false, journal };
        calls.skip();
        calls
    }

    /// Adds a call, which begins when the calls are polled and it may.
    pub(crate) fn push(&mut self, call: Guarded) {
        self.slots.push(CallSlot::new(call));
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &ToolCall> {
        self.slots.iter().map(CallSlot::call)
    }

    /// Drives all that may run. It is ready when all are over, or one of them makes `ends` true; an error is the store's.
    ///
    /// The calls that wait are not looked at, so that the work is linear in the calls however many may run.
    pub(crate) fn poll(
        &mut self,
        context: &mut Context<'_>,
        turn: u32,
        events: &EventSink<A>,
        ends: impl Fn(&ToolOutcome) -> bool,
    ) -> Poll<Result<(), Error>> {
        loop {
            if let Some(journal) = &mut self.journal {
                journal.poll(context)?;
            }
            if self.drive(context, turn, events, &ends) {
                self.is_halted = true;
                return Poll::Ready(Ok(()));
            }
            if !self.record() {
                break;
            }
        }
        let is_saving = self.journal.as_ref().is_some_and(Journal::is_saving);
        let waits = self.next < self.slots.len() && !self.is_halted;
        if self.running.is_empty() && !is_saving && !waits { Poll::Ready(Ok(())) } else { Poll::Pending }
    }

    /// Begins what may begin, and polls what runs; true if one of them ends all.
    fn drive(
        &mut self,
        context: &mut Context<'_>,
        turn: u32,
        events: &EventSink<A>,
        ends: &impl Fn(&ToolOutcome) -> bool,
    ) -> bool {
        let mut at = 0;
        loop {
            // They begin in order, after those that began before were driven.
            if at == self.running.len() && !self.begin(turn, events) {
                return false;
            }
            let Some(place) = self.running.get(at).copied() else { return false };
            let Some(CallSlot::Open { guarded, .. }) = self.slots.get_mut(place) else { return false };
            let Poll::Ready(outcome) = Pin::new(guarded).poll(context) else {
                at += 1;
                continue;
            };
            self.running.remove(at);
            events.say(|| told(turn, &outcome));
            let is_end = ends(&outcome);
            if let Some(slot) = self.slots.get_mut(place) {
                *slot = CallSlot::Over(outcome);
            }
            if let Some(journal) = &mut self.journal {
                journal.is_behind = true;
            }
            if is_end {
                return true;
            }
        }
    }

    /// Begins the next call, if it may.
    fn begin(&mut self, turn: u32, events: &EventSink<A>) -> bool {
        let admitted = self.journal.as_ref().map_or(usize::MAX, Journal::admitted);
        if self.is_halted || self.running.len() >= self.limit || self.next >= admitted {
            return false;
        }
        let Some(CallSlot::Open { guarded, begun }) = self.slots.get_mut(self.next) else { return false };
        *begun = true;
        events.say(|| ToolEvent::ToolCall { turn, call: guarded.call().clone() });
        self.running.push(self.next);
        self.next += 1;
        self.skip();
        true
    }

    /// Goes on to the next call that has not begun.
    fn skip(&mut self) {
        while self.slots.get(self.next).is_some_and(|slot| !slot.is_new()) {
            self.next += 1;
        }
    }

    /// Begins to store what is not stored yet; false if there is nothing, or a record is under way.
    fn record(&mut self) -> bool {
        let Some(journal) = self.journal.as_ref().filter(|journal| !journal.is_saving()) else { return false };
        let wanted = self.wanted().max(journal.admitted());
        if !journal.is_behind && wanted <= journal.admitted() {
            return false;
        }
        let run = self.snapshot(journal.base(), wanted);
        if let Some(journal) = &mut self.journal {
            journal.save(run, wanted);
        }
        true
    }

    /// The place up to which calls would begin now.
    fn wanted(&self) -> usize {
        if self.is_halted {
            return 0;
        }
        let free = self.limit.saturating_sub(self.running.len());
        let new = self.slots.iter().enumerate().skip(self.next).filter(|(_, slot)| slot.is_new());
        new.take(free).last().map_or(0, |(last, _)| last + 1)
    }

    /// The run as it is when calls up to this place have begun.
    fn snapshot(&self, base: &ToolRun<A>, admitted: usize) -> ToolRun<A> {
        let mut run = base.clone();
        let is_streaming = run.phase == RunPhase::Streaming;
        for (place, slot) in self.slots.iter().enumerate() {
            match slot {
                CallSlot::Over(outcome) if is_streaming => run.early.push(outcome.clone()),
                CallSlot::Over(outcome) => {
                    run.calls.push(outcome.clone());
                    run.unsent += 1;
                }
                CallSlot::Open { guarded, begun } if *begun || place < admitted => {
                    run.attempted.push(guarded.call().clone());
                }
                // An answer that is not whole asks for nothing yet.
                CallSlot::Open { .. } if is_streaming => {}
                CallSlot::Open { guarded, .. } => run.pending.push(guarded.call().clone()),
            }
        }
        if !is_streaming {
            run.order = self.iter().map(|call| call.id.clone()).collect();
        }
        run
    }

    /// The calls as they are, to be driven as part of others, and the record that is being kept.
    pub(crate) fn into_slots(self) -> (Vec<CallSlot>, Option<Saving>) {
        (self.slots, self.journal.and_then(Journal::into_saving))
    }

    /// Returns the outcomes of the calls, and the calls that did not begin. Those under way end now.
    pub(crate) fn finish(self) -> Finished {
        let saving = self.journal.and_then(Journal::into_saving);
        let mut finished = Finished { saving, ..Finished::default() };
        for slot in self.slots {
            match slot {
                CallSlot::Open { guarded, begun: false } => finished.left.push(guarded.call().clone()),
                CallSlot::Open { guarded, .. } => finished.outcomes.push(guarded.cancel()),
                CallSlot::Over(outcome) => finished.outcomes.push(outcome),
            }
        }
        finished
    }
}

fn told<A: ToolApi>(turn: u32, outcome: &ToolOutcome) -> ToolEvent<A> {
    let is_mistake = outcome.result.as_ref().is_err_and(|error| error.is_mistake());
    let outcome = Box::new(outcome.clone());
    if is_mistake { ToolEvent::Retry { turn, outcome } } else { ToolEvent::ToolResult { turn, outcome } }
}
