//! Runs that go on from where they ended.

use openai_runtime::{Error, ErrorKind, Result};

use super::dialogue::{Asked, Dialogue};
use super::record::{RunPhase, StopReason, ToolApi, ToolRun};
use super::runner::{Decide, ToolRunner, UncertainCall};
use crate::tools::outcome::{OnFailure, ToolCall, ToolOutcome};
use crate::tools::output::ToolOutput;

impl<A: ToolApi> ToolRunner<A> {
    /// Goes on from a run that ended early, as the [`detail`](crate::Error::detail) of its error: no answer of the model is
    /// asked for twice, and no tool that has an output is called again.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::chat::ChatToolRun;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("How is the weather in Oslo?")]);
    /// let run = match call.clone().run_tools(&tools).send().await {
    ///     Ok(run) => run,
    ///     Err(error) => match error.detail::<ChatToolRun>() {
    ///         Some(run) => call.run_tools(&tools).resume_tools(run).send().await?,
    ///         None => return Err(error),
    ///     },
    /// };
    /// println!("{}", run.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// The call is the same as before; the run has the conversation, and its messages or input replace those of the call.
    /// First the calls of tools that are `pending` are made: those that did not begin, were cancelled, or failed and ended
    /// the run. [`ToolRun::answer`] gives one of them an output instead. Then the model is asked. The result has all that
    /// both parts did, and limits of turns and time count from now on. Of a run that was stored within a turn
    /// ([`with_store`](Self::with_store)), outputs that are there go back in their places. A response in the background is polled, not made
    /// anew. A run that has come to its end is returned as it is.
    ///
    /// Runs of assistants go on by `runs().retrieve(…).run_tools(…)`, since the server has them; here they are an error.
    pub fn resume_tools(mut self, run: impl Into<ToolRun<A>>) -> Self {
        self.resumed = Some(Box::new(run.into()));
        self
    }
}

impl<A: ToolApi> ToolRun<A> {
    /// Gives a call its output, so that [`resume_tools`](ToolRunner::resume_tools) does not make it: one that is `pending`, of a
    /// tool that is not in the toolbox or that is not to be called again, or one that was `attempted` when the run was stored.
    /// Returns false if no call with this id is either.
    pub fn answer(&mut self, call_id: &str, output: impl Into<ToolOutput>) -> bool {
        let (call, was_attempted) = match (take_call(&mut self.pending, call_id), &mut self.attempted) {
            (Some(call), _) => (call, false),
            (None, attempted) => match take_call(attempted, call_id) {
                Some(call) => (call, true),
                None => return false,
            },
        };
        let outcome = ToolOutcome {
            call,
            result: Ok(output.into()),
            duration: std::time::Duration::ZERO,
            on_failure: OnFailure::Abort,
        };
        if self.order.iter().any(|id| id == call_id) {
            // It goes back in its place among the calls of its turn.
            self.unsent += 1;
            self.calls.push(outcome);
        } else if was_attempted {
            self.early.push(outcome);
        } else {
            // Some servers give one id again in another turn.
            self.calls.retain(|known| known.call.id != call_id || known.result.is_ok());
            // Outcomes that are not in the items yet stay at the end.
            let at = self.calls.len().saturating_sub(self.unsent);
            self.calls.insert(at, outcome.clone());
            self.answered.push(outcome);
        }
        true
    }

    /// Lets a call that was `attempted` when the run was stored be made again by [`resume_tools`](ToolRunner::resume_tools).
    /// Returns false if no such call has this id.
    pub fn rerun(&mut self, call_id: &str) -> bool {
        let Some(call) = take_call(&mut self.attempted, call_id) else { return false };
        // A call of an answer that was cut off is not made before the model asks for it again.
        if self.order.iter().any(|id| id == call_id) {
            self.pending.push(call);
        }
        true
    }
}

fn take_call(calls: &mut Vec<ToolCall>, call_id: &str) -> Option<ToolCall> {
    calls.iter().position(|call| call.id == call_id).map(|at| calls.remove(at))
}

impl<A: ToolApi> From<&Self> for ToolRun<A> {
    fn from(run: &Self) -> Self {
        run.clone()
    }
}

/// The state that a run begins with.
pub(super) struct Beginning<A: ToolApi> {
    pub(super) record: ToolRun<A>,
    /// Calls of the last answer that are to be made before the model is asked.
    pub(super) asked: Option<Asked>,
    /// The run has ended before.
    pub(super) ended: Option<StopReason>,
}

/// Takes up a run that ended early, if there is one.
pub(super) fn begin<D: Dialogue>(
    dialogue: &mut D,
    resumed: Option<Box<ToolRun<D>>>,
    decide: Option<&Decide>,
) -> Result<Beginning<D>> {
    let Some(mut record) = resumed.map(|run| *run) else {
        return Ok(Beginning { record: ToolRun::default(), asked: None, ended: None });
    };
    settle_uncertain(&mut record, decide)?;
    record.phase = RunPhase::Boundary;
    let is_new = record.replies.is_empty() && record.partial.is_none();
    if is_new && (record.stop != StopReason::InProgress || record.items.is_empty()) && record.early.is_empty() {
        // Nothing was paid: it begins anew.
        let duration = record.duration;
        return Ok(Beginning { record: ToolRun { duration, ..ToolRun::default() }, asked: None, ended: None });
    }
    if matches!(record.stop, StopReason::Final | StopReason::ToolChoice) {
        let ended = Some(record.stop);
        return Ok(Beginning { record, asked: None, ended });
    }
    dialogue.restore(&record).map_err(|error| error.with_detail(record.clone()))?;
    record.context = None;
    let answered = std::mem::take(&mut record.answered);
    dialogue.answer(&answered);
    let pending = std::mem::take(&mut record.pending);
    let (calls, done) = turn_under_way(&mut record, pending);
    // Those that failed or were cancelled are made again.
    record.calls.retain(|outcome| outcome.result.is_ok() || calls.iter().all(|call| call.id != outcome.call.id));
    record.partial = None;
    let more = dialogue.waits();
    let asked = (more || !calls.is_empty()).then_some(Asked { calls, done, more, is_unfinished: false });
    Ok(Beginning { record, asked, ended: None })
}

/// Decides about the calls that had begun when the run was stored.
fn settle_uncertain<A: ToolApi>(record: &mut ToolRun<A>, decide: Option<&Decide>) -> Result<()> {
    let mut left = Vec::new();
    for call in record.attempted.clone() {
        match decide.map(|decide| decide(&call)).unwrap_or_default() {
            UncertainCall::Rerun => drop(record.rerun(&call.id)),
            UncertainCall::Output(output) => drop(record.answer(&call.id, output)),
            UncertainCall::Fail => left.push(format!("{:?} ({:?})", call.name, call.id)),
        }
    }
    if left.is_empty() {
        return Ok(());
    }
    let message = format!(
        "the run was stored while tools ran, and their outcomes are unknown: {}. Give their outputs by `ToolRun::answer`, have \
         them called again by `ToolRun::rerun`, or decide by `with_uncertain_calls`",
        left.join(", ")
    );
    Err(Error::new(ErrorKind::InvalidRequest, message).with_detail(record.clone()))
}

/// The calls of the turn that a run was stored in, in their order, and the outcomes of those that are over.
fn turn_under_way<A: ToolApi>(
    record: &mut ToolRun<A>,
    mut pending: Vec<ToolCall>,
) -> (Vec<ToolCall>, Vec<ToolOutcome>) {
    let unsent = std::mem::take(&mut record.unsent);
    let done = record.calls.split_off(record.calls.len().saturating_sub(unsent));
    let mut over: Vec<ToolCall> = done.iter().map(|outcome| outcome.call.clone()).collect();
    let mut calls = Vec::new();
    for id in std::mem::take(&mut record.order) {
        calls.extend(take_call(&mut over, &id).or_else(|| take_call(&mut pending, &id)));
    }
    calls.append(&mut pending);
    (calls, done)
}

/// The error of a run that was read from JSON and is resumed without tools.
#[inline]
pub(super) fn no_tools() -> Error {
    let message =
        "the run was read from JSON and has no tools: resume it by `call.run_tools(&tools).resume_tools(run)`";
    Error::new(ErrorKind::InvalidRequest, message)
}
