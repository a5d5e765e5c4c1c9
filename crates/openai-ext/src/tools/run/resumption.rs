//! Runs that go on from where they ended.

use openai_runtime::{Error, ErrorKind, Result};

use super::dialogue::{Asked, Dialogue};
use super::record::{StopReason, ToolApi, ToolRun};
use super::runner::ToolRunner;
use crate::tools::outcome::{OnFailure, ToolOutcome};
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
    /// both parts did, and limits of turns and time count from now on. A response in the background is polled, not made
    /// anew. A run that has come to its end is returned as it is.
    ///
    /// Runs of assistants go on by `runs().retrieve(…).run_tools(…)`, since the server has them; here they are an error.
    pub fn resume_tools(mut self, run: impl Into<ToolRun<A>>) -> Self {
        self.resumed = Some(Box::new(run.into()));
        self
    }
}

impl<A: ToolApi> ToolRun<A> {
    /// Gives a pending call its output, so that [`resume_tools`](ToolRunner::resume_tools) does not make it: of a tool
    /// that is not in the toolbox, or that is not to be called again. Returns false if no call with this id is pending.
    pub fn answer(&mut self, call_id: &str, output: impl Into<ToolOutput>) -> bool {
        let Some(at) = self.pending.iter().position(|call| call.id == call_id) else {
            return false;
        };
        let call = self.pending.remove(at);
        let outcome = ToolOutcome {
            call,
            result: Ok(output.into()),
            duration: std::time::Duration::ZERO,
            on_failure: OnFailure::Abort,
        };
        self.calls.retain(|known| known.call.id != call_id);
        self.calls.push(outcome.clone());
        self.answered.push(outcome);
        true
    }
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
pub(super) fn begin<D: Dialogue>(dialogue: &mut D, resumed: Option<Box<ToolRun<D>>>) -> Result<Beginning<D>> {
    let Some(mut record) = resumed.map(|run| *run) else {
        return Ok(Beginning { record: ToolRun::default(), asked: None, ended: None });
    };
    if record.replies.is_empty() && record.partial.is_none() {
        // Nothing was paid: it begins anew.
        let duration = record.duration;
        return Ok(Beginning { record: ToolRun { duration, ..ToolRun::default() }, asked: None, ended: None });
    }
    if matches!(record.stop, StopReason::Final | StopReason::ToolChoice) {
        let ended = Some(record.stop);
        return Ok(Beginning { record, asked: None, ended });
    }
    dialogue.restore(&record).map_err(|error| error.with_detail(record.clone()))?;
    let answered = std::mem::take(&mut record.answered);
    dialogue.answer(&answered);
    let calls = std::mem::take(&mut record.pending);
    record.calls.retain(|outcome| calls.iter().all(|call| call.id != outcome.call.id));
    record.partial = None;
    let more = dialogue.waits();
    let asked = (more || !calls.is_empty()).then_some(Asked { calls, more, is_unfinished: false });
    Ok(Beginning { record, asked, ended: None })
}

/// The error of a run that was read from JSON and is resumed without tools.
#[inline]
pub(super) fn no_tools() -> Error {
    let message =
        "the run was read from JSON and has no tools: resume it by `call.run_tools(&tools).resume_tools(run)`";
    Error::new(ErrorKind::InvalidRequest, message)
}
