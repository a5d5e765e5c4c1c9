//! Tools in a session: functions that the model calls are run, and it is told what came of them.

use std::sync::Arc;

use futures_util::stream::{self, StreamExt as _};

use super::reply::RealtimeReply;
use super::session::RealtimeConnection;
use crate::tools::panics::caught_future;
use crate::tools::run::runner::CONCURRENCY;
use crate::tools::{ToolContext, ToolError, ToolInput, ToolOutcome, Toolbox};
use crate::types::{RealtimeFunctionTool, RealtimeServerEvent, RealtimeTool};
use crate::{Error, ErrorKind, Result};

/// The result of a turn with tools.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct RealtimeToolRun {
    /// The responses, the last of which calls no function.
    pub replies: Vec<RealtimeReply>,
    /// The calls of functions, in the order that the model asked for them, with what came of them.
    pub calls: Vec<ToolOutcome>,
}

/// The number of responses that a turn may take.
const TURNS: usize = 10;

impl RealtimeToolRun {
    /// The last response.
    #[must_use]
    #[inline]
    pub fn reply(&self) -> Option<&RealtimeReply> {
        self.replies.last()
    }

    /// The text of the last response; empty if it was spoken.
    #[must_use]
    #[inline]
    pub fn text(&self) -> String {
        self.reply().map(RealtimeReply::text).unwrap_or_default()
    }

    /// The words of the last response that was spoken.
    #[must_use]
    #[inline]
    pub fn transcript(&self) -> String {
        self.reply().map(RealtimeReply::transcript).unwrap_or_default()
    }

    /// The sound of the last response.
    #[must_use]
    #[inline]
    pub fn audio(&self) -> Vec<u8> {
        self.reply().map(RealtimeReply::audio).unwrap_or_default()
    }
}

/// The tools as a session is told of them, for the `tools` of `session_update`.
///
/// ```no_run
/// use openai_ext::prelude::*;
/// use openai_ext::realtime::{RealtimeConnection, tools_of};
/// use openai_ext::types::RealtimeSessionCreateRequest;
///
/// # async fn run(connection: RealtimeConnection, tools: Toolbox) -> openai_ext::Result<()> {
/// connection.session_update(RealtimeSessionCreateRequest::new().tools(tools_of(&tools)?)).await?;
/// # Ok(())
/// # }
/// ```
///
/// # Errors
/// Those of [`Toolbox::check`]; and one of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if there is a custom tool:
/// sessions have functions only.
#[inline]
pub fn tools_of(toolbox: &Toolbox) -> Result<Vec<RealtimeTool>> {
    let descriptions = toolbox.descriptions()?.into_iter();
    descriptions
        .map(|tool| {
            let ToolInput::Function { parameters, .. } = tool.input else {
                let message =
                    format!("tool {:?} takes text: a realtime session has tools with JSON arguments only", tool.name);
                return Err(Error::new(ErrorKind::InvalidRequest, message));
            };
            let mut function = RealtimeFunctionTool::new().name(tool.name).parameters(parameters);
            function.description = tool.description;
            Ok(RealtimeTool::Function(function))
        })
        .collect()
}

impl RealtimeConnection {
    /// Waits for the next response. The functions that it calls are run at once, the model is told what came of them,
    /// and is asked again, until a response calls none. The session has to know the tools: [`tools_of`].
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::realtime::tools_of;
    /// use openai_ext::types::RealtimeSessionCreateRequest;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let mut connection = client.realtime().connect("gpt-realtime").await?;
    /// connection.session_update(RealtimeSessionCreateRequest::new().tools(tools_of(&tools)?)).await?;
    /// connection.send_text("How is the weather in Oslo?").await?;
    /// let run = connection.run_tools(&tools).await?;
    /// println!("{}", run.transcript());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// At most 32 tools run at once. Calls of one response are answered together. Names that are not in the toolbox, and arguments that do not fit,
    /// are told to the model. While tools run, pings are answered, and events are kept for afterwards. Dropping the
    /// future drops the tools' futures.
    ///
    /// # Errors
    /// As [`next_response`](Self::next_response). A tool that failed and by its policy ends the run: an error of kind
    /// [`Callback`](ErrorKind::Callback) whose source is a [`ToolError`]; the session goes on, and the calls are not answered. Of kind
    /// [`Limit`](ErrorKind::Limit): the tenth response called functions still. What was done so far is the error's
    /// [`detail`](Error::detail), a [`RealtimeToolRun`].
    #[inline]
    pub async fn run_tools(&mut self, toolbox: &Toolbox) -> Result<RealtimeToolRun> {
        self.run_tools_with(toolbox, |_| {}).await
    }

    /// As [`run_tools`](Self::run_tools), and shows each event of the server.
    ///
    /// # Errors
    /// The same.
    pub async fn run_tools_with(
        &mut self,
        toolbox: &Toolbox,
        mut show: impl FnMut(&RealtimeServerEvent),
    ) -> Result<RealtimeToolRun> {
        let mut run = RealtimeToolRun::default();
        // What the tools did must not be lost with a panic of `show`.
        let ended = caught_future(self.turns(toolbox, &mut run, &mut show)).await.unwrap_or_else(|panic| {
            let message = format!("code that the run called panicked: {panic}");
            Err(Error::new(ErrorKind::Callback, message).with_source(ToolError::Panicked(panic)))
        });
        match ended {
            Ok(()) => Ok(run),
            Err(error) => Err(self.receiver.redacted(error).with_detail(run)),
        }
    }

    async fn turns(
        &mut self,
        toolbox: &Toolbox,
        run: &mut RealtimeToolRun,
        show: &mut impl FnMut(&RealtimeServerEvent),
    ) -> Result<()> {
        for _ in 0..TURNS {
            let reply = self.next_response_with(&mut *show).await?;
            let client = self.client();
            let calls: Vec<_> = reply
                .function_calls()
                .iter()
                .map(|call| {
                    let id = call.call_id.as_deref().unwrap_or_default();
                    let context = ToolContext::new(&client).with_call_id(id);
                    toolbox.call(call.name.as_str(), call.arguments.as_str(), context)
                })
                .collect();
            // What was cancelled or cut off is not to be acted on.
            let is_whole = reply.response.status.as_ref().is_none_or(|status| status.as_str() == "completed");
            run.replies.push(reply);
            if calls.is_empty() || !is_whole {
                return Ok(());
            }
            let calls = stream::iter(calls).buffered(CONCURRENCY).collect::<Vec<_>>();
            let outcomes = self.receiver.read_while(calls).await;
            let failed =
                outcomes.iter().find_map(|outcome| Some((outcome.call.name.clone(), outcome.abort()?.clone())));
            run.calls.extend(outcomes.iter().cloned());
            if let Some((name, error)) = failed {
                return Err(failure(&name, error));
            }
            for outcome in &outcomes {
                self.function_call_output(&outcome.call, outcome.output().to_text_only()).await?;
            }
            self.response_create().await?;
        }
        let message = format!("the model called functions in {TURNS} responses, and is not done");
        Err(Error::new(ErrorKind::Limit, message))
    }
}

#[inline]
fn failure(name: &str, error: Arc<ToolError>) -> Error {
    Error::new(ErrorKind::Callback, format!("tool {name:?} failed: {error}")).with_source(error)
}
