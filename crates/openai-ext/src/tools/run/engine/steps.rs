//! The steps of a run: an answer of the model, and its calls.

use std::future::poll_fn;

use openai_runtime::Result;

use super::super::calls::early::{Early, is_same};
use super::super::calls::{CallSlot, Calls};
use super::super::control::{Control, Halt};
use super::super::dialogue::{Asked, CallPlan, Dialogue};
use super::super::record::{RunPhase, StopReason, ToolEvent, ToolRun};
use super::super::stored::checkpoint::Journal;
use super::next::{Next, Stepped};
use super::session::Session;
use crate::tools::context::{History, ToolContext};
use crate::tools::outcome::{ToolCall, ToolOutcome};

/// The step after the calls of an answer.
enum After {
    Ask,
    Wait,
    End(StopReason),
}

impl<D: Dialogue> Session<D> {
    /// Does the next turn.
    pub(super) async fn advance(&mut self, control: &mut Control<D>) -> Result<Stepped, Halt> {
        if matches!(self.next, Next::Failed) {
            self.begin_again()?;
        }
        let asked = match std::mem::replace(&mut self.next, Next::Failed) {
            Next::Ended(stop) => return Ok(Stepped::Ended(stop)),
            Next::Wait if !self.record.pending.is_empty() || self.dialogue.waits() => {
                return Ok(Stepped::Ended(StopReason::ActionRequired));
            }
            Next::Answer(asked) => {
                control.turn = u32::try_from(self.record.replies.len()).unwrap_or(u32::MAX);
                asked
            }
            Next::Ask | Next::Wait | Next::Failed => {
                if self.turns >= self.max_turns {
                    let turns = self.max_turns;
                    control.events.say(|| ToolEvent::LimitReached { turns });
                    return Err(Halt::Limit(turns));
                }
                control.turn = self.before.saturating_add(self.turns).saturating_add(1);
                let asked = self.ask(control).await?;
                self.turns += 1;
                asked
            }
        };
        let calls_from = self.record.calls.len();
        let after = if asked.is_unfinished {
            self.leave(asked);
            After::End(StopReason::Unfinished)
        } else if asked.calls.is_empty() && !asked.more {
            self.drop_early();
            After::End(StopReason::Final)
        } else {
            self.answer(asked, control).await?
        };
        let (next, stop) = match after {
            After::Ask => (Next::Ask, None),
            After::Wait => (Next::Wait, None),
            After::End(stop) => (Next::Ended(stop), Some(stop)),
        };
        if stop.is_none() {
            self.save(RunPhase::Boundary, control).await?;
        }
        self.next = next;
        Ok(Stepped::Turn { calls_from, stop })
    }

    /// Leaves the calls of an answer that the server ended before its end. Those that ran already have their outputs.
    fn leave(&mut self, asked: Asked) {
        let early = self.early.take().map(|early| self.end_early(early)).unwrap_or_default();
        let (mut early, is_over) = (early, |outcome: &ToolOutcome| {
            outcome.abort().is_none() && !outcome.result.as_ref().is_err_and(|error| error.is_cancelled())
        });
        early.retain(is_over);
        early.append(&mut self.record.early);
        for call in asked.calls {
            match early.iter().position(|outcome| outcome.call.id == call.id || is_same(&outcome.call, &call)) {
                Some(at) => {
                    let outcome = ToolOutcome { call, ..early.remove(at) };
                    self.record.calls.push(outcome.clone());
                    self.record.answered.push(outcome);
                }
                None => self.record.pending.push(call),
            }
        }
        self.record.calls.append(&mut early);
    }

    /// Keeps the outcomes of calls that the answer does not make, though it made them while it was streamed.
    fn drop_early(&mut self) {
        let early = self.early.take().map(|early| self.end_early(early)).unwrap_or_default();
        let before = std::mem::take(&mut self.record.early);
        self.record.calls.extend(before.into_iter().chain(early));
    }

    /// Runs what an answer calls.
    async fn answer(&mut self, asked: Asked, control: &mut Control<D>) -> Result<After, Halt> {
        let plan = self.dialogue.plan();
        let callers = self.callers();
        let Asked { calls, done, more, .. } = asked;
        let (foreign, calls): (Vec<_>, Vec<_>) = calls.into_iter().partition(|call| callers.contains(&call.name));
        let is_waiting = !foreign.is_empty();
        // They wait, however the run ends.
        let was_called = self.call(calls, done, foreign, &plan, control).await?;
        if was_called && plan.forced {
            return Ok(After::End(StopReason::ToolChoice));
        }
        let is_settled = !more || self.dialogue.settle(control).await?;
        Ok(if !is_settled || is_waiting { After::Wait } else { After::Ask })
    }

    /// Names of tools whose outputs are the caller's.
    pub(super) fn callers(&self) -> Vec<String> {
        self.dialogue.foreign().iter().chain(&self.options.supplied).cloned().collect()
    }

    /// Runs the calls of a turn. Gives whether one was made that the model did not have to be told to mend.
    async fn call(
        &mut self,
        calls: Vec<ToolCall>,
        done: Vec<ToolOutcome>,
        foreign: Vec<ToolCall>,
        plan: &CallPlan,
        control: &mut Control<D>,
    ) -> Result<bool, Halt> {
        let forced = plan.forced;
        let is_made = |outcome: &ToolOutcome| !outcome.result.as_ref().is_err_and(|error| error.is_mistake());
        let ends = |outcome: &ToolOutcome| outcome.abort().is_some() || (forced && is_made(outcome));
        let failed = self.early.as_mut().and_then(|early| early.failed.take());
        let (running, saving) = self.early.take().map(Early::into_slots).unwrap_or_default();
        let slots = self.slots(running, calls, done, control);
        let is_over = slots.iter().any(|slot| matches!(slot, CallSlot::Over(outcome) if ends(outcome)));
        let journal = self.journal(RunPhase::Calls, &foreign).map(|journal| journal.after(saving));
        let mut under_way = Calls::new(slots, self.limit(plan), journal);
        let (turn, events) = (control.turn, control.events.share());
        let ended = match failed {
            Some(halt) => Err(halt),
            None if is_over => Ok(Ok(())),
            None => control.race(poll_fn(|context| under_way.poll(context, turn, &events, ends))).await,
        };
        let finished = under_way.finish();
        self.saving = finished.saving;
        let (told, cancelled): (Vec<_>, Vec<_>) = finished.outcomes.iter().cloned().partition(|outcome| {
            outcome.abort().is_none() && outcome.result.as_ref().map_or_else(|error| !error.is_cancelled(), |_| true)
        });
        self.dialogue.answer(&told);
        self.record.pending =
            cancelled.into_iter().map(|outcome| outcome.call).chain(finished.left).chain(foreign).collect();
        let is_failed = |outcome: &ToolOutcome| outcome.abort().is_some_and(|error| !error.is_cancelled());
        let failed = finished.outcomes.iter().position(is_failed);
        let was_called = finished.outcomes.iter().any(is_made);
        let before = self.record.calls.len();
        self.record.calls.extend(finished.outcomes);
        ended??;
        if let Some(failed) = failed {
            return Err(Halt::Tool(before + failed));
        }
        events.read().await;
        Ok(was_called)
    }

    /// The calls of a turn with what is known of them: those that run already, that ran in an answer which was cut off, or whose
    /// outcomes a stored run has.
    fn slots(
        &mut self,
        mut running: Vec<CallSlot>,
        calls: Vec<ToolCall>,
        mut done: Vec<ToolOutcome>,
        control: &Control<D>,
    ) -> Vec<CallSlot> {
        let mut early = std::mem::take(&mut self.record.early);
        let context = self.tool_context(!calls.is_empty(), control);
        let slot = |call: ToolCall| {
            if let Some(at) = done.iter().position(|outcome| outcome.call.id == call.id) {
                return CallSlot::Over(done.remove(at));
            }
            if let Some(at) = running.iter().position(|slot| slot.call().id == call.id && is_same(slot.call(), &call)) {
                return running.remove(at);
            }
            let same_id = early.iter().position(|outcome| outcome.call.id == call.id && is_same(&outcome.call, &call));
            if let Some(at) = same_id.or_else(|| early.iter().position(|outcome| is_same(&outcome.call, &call))) {
                return CallSlot::Over(ToolOutcome { call, ..early.remove(at) });
            }
            let context = context.clone().with_call_id(call.id.as_str());
            CallSlot::new(self.toolbox.start(call, context))
        };
        let slots = calls.into_iter().map(slot).collect();
        // Those that the whole answer does not make ran all the same.
        let strays = Calls::<D>::new(running, 1, None).finish().outcomes;
        self.record.calls.extend(early.into_iter().chain(strays));
        slots
    }

    pub(super) fn limit(&self, plan: &CallPlan) -> usize {
        if plan.forced || plan.one_by_one { 1 } else { self.concurrency }
    }

    pub(super) fn tool_context(&self, is_needed: bool, control: &Control<D>) -> ToolContext {
        // A conversation without calls is not copied.
        let history = if is_needed { self.dialogue.history() } else { History::default() };
        ToolContext::new(&self.client).with_run(control.turn, control.deadline, history)
    }

    /// The store of the calls that are about to begin.
    pub(super) fn journal(&self, phase: RunPhase, foreign: &[ToolCall]) -> Option<Journal<D>> {
        let store = self.options.store.clone()?;
        let mut base: ToolRun<D> = self.snapshot(phase);
        base.pending = foreign.to_vec();
        Some(Journal::new(store, base, phase))
    }
}
