//! The loop that all runs go through: ask the model, run what it calls, say what came of it.

mod asking;
mod failure;
mod next;
mod session;
mod steps;

use openai_runtime::Result;

use super::control::EventSink;
use super::dialogue::Dialogue;
use super::record::ToolRun;
use super::runner::ToolRunner;
use crate::support::spans::HelperSpan;

pub(crate) use next::Stepped;
pub(crate) use session::Session;

/// A run to its end, within its span, which begins when the run is first polled.
pub(crate) async fn drive<D: Dialogue>(runner: ToolRunner<D>, events: EventSink<D>) -> Result<ToolRun<D>> {
    let span = HelperSpan::tool_run(runner.dialogue.client());
    let whole = async move {
        let mut session = Session::start(runner, events)?;
        session.finish().await?;
        Ok(session.into_run())
    };
    span.enclose(Box::pin(whole)).await
}
