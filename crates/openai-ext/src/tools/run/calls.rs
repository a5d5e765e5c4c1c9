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
    /// How many may run at once.
    limit: usize,
}

/// The first is whether it has begun.
enum CallSlot {
    Open(bool, Guarded),
    Over(ToolOutcome),
}

impl Calls {
    pub(crate) fn new(calls: impl IntoIterator<Item = Guarded>, limit: usize) -> Self {
        let slots = calls.into_iter().map(|call| CallSlot::Open(false, call)).collect();
        Self { slots, limit: limit.max(1) }
    }

    /// Drives all that may run. It is ready when all are over, or one of them makes `ends` true.
    pub(crate) fn poll<A: ToolApi>(
        &mut self,
        context: &mut Context<'_>,
        turn: u32,
        events: &EventSink<A>,
        ends: impl Fn(&ToolOutcome) -> bool,
    ) -> Poll<()> {
        let mut running = self.slots.iter().filter(|slot| matches!(slot, CallSlot::Open(true, _))).count();
        // They begin in order, so those that can begin when one is over come after it.
        for slot in &mut self.slots {
            let CallSlot::Open(begun, guarded) = slot else { continue };
            if !*begun {
                if running >= self.limit {
                    break;
                }
                (*begun, running) = (true, running + 1);
                events.say(|| ToolEvent::ToolCall { turn, call: guarded.call().clone() });
            }
            let Poll::Ready(outcome) = Pin::new(guarded).poll(context) else { continue };
            running -= 1;
            events.say(|| told(turn, &outcome));
            let is_end = ends(&outcome);
            *slot = CallSlot::Over(outcome);
            if is_end {
                return Poll::Ready(());
            }
        }
        if running == 0 { Poll::Ready(()) } else { Poll::Pending }
    }

    /// What came of the calls, and those that did not begin. Those under way end now.
    pub(crate) fn finish(self) -> (Vec<ToolOutcome>, Vec<ToolCall>) {
        let (mut outcomes, mut left) = (Vec::new(), Vec::new());
        for slot in self.slots {
            match slot {
                CallSlot::Open(true, guarded) => outcomes.push(guarded.cancel()),
                CallSlot::Open(false, guarded) => left.push(guarded.call().clone()),
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
