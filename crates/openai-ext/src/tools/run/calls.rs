//! The calls of one turn, run at once.

use std::pin::Pin;
use std::task::{Context, Poll};

use super::control::EventSink;
use super::record::{ToolApi, ToolEvent};
use crate::tools::guard::Guarded;
use crate::tools::outcome::{ToolCall, ToolOutcome};

/// Calls that are under way together, in the order that the model asked for them.
pub(crate) struct Calls {
    slots: Vec<CallSlot>,
    /// The places of those that have begun and are not over, in the order in which they began.
    running: Vec<usize>,
    /// The place of the first that has not begun.
    next: usize,
    /// How many may run at once.
    limit: usize,
}

enum CallSlot {
    Open(Guarded),
    Over(ToolOutcome),
}

impl Calls {
    pub(crate) fn new(calls: impl IntoIterator<Item = Guarded>, limit: usize) -> Self {
        let slots = calls.into_iter().map(CallSlot::Open).collect();
        Self { slots, running: Vec::new(), next: 0, limit: limit.max(1) }
    }

    /// Drives all that may run. It is ready when all are over, or one of them makes `ends` true.
    ///
    /// The calls that wait are not looked at, so that the work is linear in the calls however many may run.
    pub(crate) fn poll<A: ToolApi>(
        &mut self,
        context: &mut Context<'_>,
        turn: u32,
        events: &EventSink<A>,
        ends: impl Fn(&ToolOutcome) -> bool,
    ) -> Poll<()> {
        let mut at = 0;
        loop {
            // They begin in order, after those that began before were driven.
            if at == self.running.len() {
                if at >= self.limit || self.next >= self.slots.len() {
                    break;
                }
                if let CallSlot::Open(guarded) = &self.slots[self.next] {
                    events.say(|| ToolEvent::ToolCall { turn, call: guarded.call().clone() });
                }
                self.running.push(self.next);
                self.next += 1;
            }
            let slot = &mut self.slots[self.running[at]];
            let CallSlot::Open(guarded) = slot else { break };
            let Poll::Ready(outcome) = Pin::new(guarded).poll(context) else {
                at += 1;
                continue;
            };
            self.running.remove(at);
            events.say(|| told(turn, &outcome));
            let is_end = ends(&outcome);
            *slot = CallSlot::Over(outcome);
            if is_end {
                return Poll::Ready(());
            }
        }
        if self.running.is_empty() { Poll::Ready(()) } else { Poll::Pending }
    }

    /// What came of the calls, and those that did not begin. Those under way end now.
    #[inline]
    pub(crate) fn finish(self) -> (Vec<ToolOutcome>, Vec<ToolCall>) {
        let (mut outcomes, mut left) = (Vec::new(), Vec::new());
        for (at, slot) in self.slots.into_iter().enumerate() {
            match slot {
                CallSlot::Open(guarded) if at < self.next => outcomes.push(guarded.cancel()),
                CallSlot::Open(guarded) => left.push(guarded.call().clone()),
                CallSlot::Over(outcome) => outcomes.push(outcome),
            }
        }
        (outcomes, left)
    }
}

fn told<A: ToolApi>(turn: u32, outcome: &ToolOutcome) -> ToolEvent<A> {
    let is_mistake = outcome.result.as_ref().is_err_and(|error| error.is_mistake());
    let outcome = Box::new(outcome.clone());
    if is_mistake { ToolEvent::Retry { turn, outcome } } else { ToolEvent::ToolResult { turn, outcome } }
}
