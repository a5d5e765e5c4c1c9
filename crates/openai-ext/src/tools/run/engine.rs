//! The loop that all runs go through: ask the model, run what it calls, say what came of it.

use std::future::poll_fn;

use openai_runtime::{Error, ErrorKind, Result};
use serde::Serialize;
use serde::de::DeserializeOwned;

use super::calls::Calls;
use super::control::{Control, EventSink, Halt};
use super::dialogue::{Asked, CallPlan, Dialogue};
use super::record::{StopReason, ToolApi, ToolEvent, ToolRun};
use super::resumption::{self, Beginning};
use super::runner::{RunLimits, ToolRunner};
use crate::support::delta;
use crate::support::spans::HelperSpan;
use crate::support::stop::Stop;
use crate::tools::context::{History, ToolContext};
use crate::tools::outcome::{ToolCall, ToolError, ToolOutcome};
use crate::tools::panics::{caught, caught_future};
use crate::tools::toolbox::Toolbox;

/// A run to its end, within its span, which begins when the run is first polled.
pub(crate) async fn drive<D: Dialogue>(runner: ToolRunner<D>, events: EventSink<D>) -> Result<ToolRun<D>> {
    HelperSpan::tool_run(runner.dialogue.client()).enclose(Box::pin(run(runner, events))).await
}

async fn run<D: Dialogue>(runner: ToolRunner<D>, events: EventSink<D>) -> Result<ToolRun<D>> {
    let ToolRunner { mut dialogue, toolbox, limits, resumed, lacks_tools } = runner;
    if lacks_tools {
        return Err(resumption::no_tools());
    }
    let RunLimits { max_turns, deadline, stop, concurrency } = limits;
    let client = dialogue.client().clone();
    let plan = caught(|| dialogue.prepare(&toolbox)).unwrap_or_else(|panic| {
        let message = format!("a tool panicked while it described itself: {panic}");
        Err(Error::new(ErrorKind::Callback, message).with_source(ToolError::Panicked(panic)))
    })?;
    let started = client.clock().elapsed();
    let mut control = Control::new(events, client.clock(), stop, deadline);
    let Beginning { mut record, asked, ended } = resumption::begin(&mut dialogue, resumed)?;
    if ended.is_some() {
        return Ok(record);
    }
    let limits = TurnLimits { max_turns, concurrency: if plan.one_by_one { 1 } else { concurrency } };
    let mut run = Run { dialogue: &mut dialogue, toolbox: &toolbox, plan, limits, record: &mut record };
    // Tools are not all that the program gives to a run: what they did must not be lost with another panic.
    let ended = caught_future(run.drive(asked, &mut control)).await;
    let ended =
        ended.unwrap_or_else(|panic| Err(Halt::Panicked(format!("code that the run called panicked: {panic}"))));
    record.sent = dialogue.sent();
    record.items = dialogue.into_items();
    record.duration += client.clock().elapsed().saturating_sub(started);
    record.toolbox = Some(toolbox);
    match ended {
        Ok(stop) => {
            record.stop = stop;
            Ok(record)
        }
        Err(halt) => {
            record.stop = halt.reason();
            // An answer of the model may repeat what was sent, as in the name of a tool.
            let error = client.redactor().error(error(halt, &record));
            let error = match record.partial.clone() {
                Some(partial) => error.with_detail(partial),
                None => error,
            };
            Err(error.with_detail(record))
        }
    }
}

struct TurnLimits {
    max_turns: u32,
    concurrency: usize,
}

struct Run<'a, D: Dialogue> {
    dialogue: &'a mut D,
    toolbox: &'a Toolbox,
    plan: CallPlan,
    limits: TurnLimits,
    record: &'a mut ToolRun<D>,
}

impl<D: Dialogue> Run<'_, D> {
    /// `asked` is what an answer before waits for.
    async fn drive(&mut self, asked: Option<Asked>, control: &mut Control<D>) -> Result<StopReason, Halt> {
        let before = u32::try_from(self.record.replies.len()).unwrap_or(u32::MAX);
        if let Some(asked) = asked {
            control.turn = before;
            if let Some(stop) = self.answer(asked, control).await? {
                return Ok(stop);
            }
        }
        for turn in 1..=self.limits.max_turns {
            control.turn = before.saturating_add(turn);
            let asked = self.ask(control).await?;
            if asked.is_unfinished {
                self.record.pending = asked.calls;
                return Ok(StopReason::Unfinished);
            }
            if asked.calls.is_empty() && !asked.more {
                return Ok(StopReason::Final);
            }
            if let Some(stop) = self.answer(asked, control).await? {
                return Ok(stop);
            }
        }
        let turns = self.limits.max_turns;
        control.events.say(|| ToolEvent::LimitReached { turns });
        Err(Halt::Limit(turns))
    }

    /// Runs what an answer calls. Gives why the run ends, if it does.
    async fn answer(&mut self, asked: Asked, control: &mut Control<D>) -> Result<Option<StopReason>, Halt> {
        let foreign = self.dialogue.foreign();
        let is_foreign = |call: &ToolCall| foreign.contains(&call.name);
        let (foreign, calls): (Vec<_>, Vec<_>) = asked.calls.into_iter().partition(is_foreign);
        let was_called = self.call(calls, control).await;
        let is_waiting = !foreign.is_empty();
        // They wait, however the run ends.
        self.record.pending.extend(foreign);
        if was_called? && self.plan.forced {
            return Ok(Some(StopReason::ToolChoice));
        }
        let is_settled = !asked.more || self.dialogue.settle(control).await?;
        Ok((!is_settled || is_waiting).then_some(StopReason::ActionRequired))
    }

    /// One answer of the model.
    async fn ask(&mut self, control: &mut Control<D>) -> Result<Asked, Halt> {
        let turn = control.turn;
        // A run that is to stop says nothing of a request that is never sent.
        control.race(std::future::ready(())).await?;
        control.events.say(|| ToolEvent::Request { turn, body: self.dialogue.body() });
        control.events.read().await;
        let (head, reply) = self.dialogue.ask(control, &mut self.record.partial).await?.into_parts();
        if let Some(usage) = D::usage(&reply) {
            self.record.usage = sum(&self.record.usage, &usage);
        }
        let asked = self.dialogue.take(&reply);
        control.events.say(|| ToolEvent::Reply { turn, reply: Box::new(reply.clone()), head: head.clone() });
        control.events.say(|| ToolEvent::Usage { total: self.record.usage.clone() });
        self.record.replies.push(reply);
        self.record.heads.push(head);
        control.events.read().await;
        Ok(asked?)
    }

    /// Runs the calls of a turn. Gives whether one was made that the model did not have to be told to mend.
    async fn call(&mut self, calls: Vec<ToolCall>, control: &mut Control<D>) -> Result<bool, Halt> {
        let forced = self.plan.forced;
        let is_made = |outcome: &ToolOutcome| !outcome.result.as_ref().is_err_and(|error| error.is_mistake());
        let ends = |outcome: &ToolOutcome| outcome.abort().is_some() || (forced && is_made(outcome));
        let mut under_way = self.start(calls, control);
        let (turn, events) = (control.turn, control.events.share());
        let ended = control.race(poll_fn(|context| under_way.poll(context, turn, &events, ends))).await;
        let (outcomes, left) = under_way.finish();
        let (told, cancelled): (Vec<_>, Vec<_>) = outcomes.iter().cloned().partition(|outcome| {
            outcome.abort().is_none() && outcome.result.as_ref().map_or_else(|error| !error.is_cancelled(), |_| true)
        });
        self.dialogue.answer(&told);
        self.record.pending = cancelled.into_iter().map(|outcome| outcome.call).chain(left).collect();
        let failed = outcomes.iter().position(|outcome| outcome.abort().is_some_and(|error| !error.is_cancelled()));
        let was_called = outcomes.iter().any(is_made);
        let before = self.record.calls.len();
        self.record.calls.extend(outcomes);
        ended?;
        if let Some(failed) = failed {
            return Err(Halt::Tool(before + failed));
        }
        events.read().await;
        Ok(was_called)
    }

    fn start(&self, calls: Vec<ToolCall>, control: &Control<D>) -> Calls {
        // A conversation without calls is not copied.
        let history = if calls.is_empty() { History::default() } else { self.dialogue.history() };
        let context = ToolContext::new(self.dialogue.client());
        let context = context.with_run(control.turn, control.deadline, history);
        let guarded = |call: ToolCall| {
            let context = context.clone().with_call_id(call.id.as_str());
            self.toolbox.start(call, context)
        };
        let limit = if self.plan.forced { 1 } else { self.limits.concurrency };
        Calls::new(calls.into_iter().map(guarded).collect::<Vec<_>>(), limit)
    }
}

/// The numbers of both, added up, also those that the document does not have.
fn sum<U: Serialize + DeserializeOwned + Clone>(total: &U, more: &U) -> U {
    let (Ok(mut sum), Ok(more)) = (serde_json::to_value(total), serde_json::to_value(more)) else {
        return more.clone();
    };
    delta::merge_value(&mut sum, &more);
    serde_json::from_value(sum).unwrap_or_else(|_| total.clone())
}

fn error<A: ToolApi>(halt: Halt, record: &ToolRun<A>) -> Error {
    match halt {
        Halt::Cancelled => Stop::error("the run of tools"),
        Halt::Deadline(limit) => {
            Error::new(ErrorKind::Timeout, format!("the run of tools did not end within {limit:?}"))
        }
        Halt::Limit(turns) => Error::new(
            ErrorKind::Limit,
            format!("the model still calls tools after {turns} turns: allow more by `with_max_turns`"),
        ),
        Halt::Tool(place) => match record.calls.get(place).and_then(|outcome| Some((outcome, outcome.abort()?))) {
            Some((outcome, error)) => {
                let message = format!("tool {:?} failed: {}", outcome.call.name, outcome.output().to_text());
                Error::new(ErrorKind::Callback, message).with_source(error.clone())
            }
            None => Error::new(ErrorKind::Callback, "a tool failed"),
        },
        Halt::Panicked(message) => {
            Error::new(ErrorKind::Callback, message.clone()).with_source(ToolError::Panicked(message))
        }
        Halt::Failed(error) => error,
    }
}
