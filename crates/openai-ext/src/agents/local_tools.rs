//! Local tools: functions of the program that the agent calls.

use std::sync::Arc;
use std::time::Duration;

use openai_runtime::Client;
use openai_runtime::transport::BoxFuture;
use serde_json::Value;

use crate::tools::context::{History, ToolContext};
use crate::tools::run::runner::CONCURRENCY;
use crate::tools::{OnFailure, ToolCall, ToolInput, ToolOutcome, ToolOutput, Toolbox};
use crate::types::{
    AgentInputContent, AgentToolConfigParamFunction, FunctionCallOutputParam, SessionInputParam,
    SessionInputParamAgentSessionInputToolResult,
};
use crate::{Error, ErrorKind, Result};

/// A call of a local tool that failed.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct AgentToolFailure {
    /// The id of the session.
    pub session_id: String,
    /// The turn that called the tool: that of the run, or of a subagent.
    pub turn_id: String,
    /// The call and its error. Its `on_failure` is the tool's own policy.
    pub outcome: ToolOutcome,
}

type FailurePolicy = dyn Fn(&AgentToolFailure) -> OnFailure + Send + Sync;

/// The tools of a run, and the caller's policy for those that fail.
#[derive(Clone)]
pub(super) struct LocalTools {
    pub(super) toolbox: Toolbox,
    pub(super) on_error: Option<Arc<FailurePolicy>>,
    /// The number of tools that may run at once.
    pub(super) concurrency: usize,
}

impl Default for LocalTools {
    fn default() -> Self {
        Self { toolbox: Toolbox::default(), on_error: None, concurrency: CONCURRENCY }
    }
}

/// The place of a call, for tools.
struct CallPlace {
    session_id: String,
    turn_id: String,
}

impl LocalTools {
    #[inline]
    pub(super) fn has(&self, name: &str) -> bool {
        self.toolbox.get(name).is_some()
    }

    /// Makes the future of a call. Nothing runs before it is polled.
    pub(super) fn start(
        &self,
        client: &Client,
        session_id: &str,
        turn_id: &str,
        call: ToolCall,
        deadline: Option<Duration>,
    ) -> BoxFuture<ToolOutcome> {
        let place = CallPlace { session_id: session_id.to_owned(), turn_id: turn_id.to_owned() };
        let context = ToolContext::new(client).with_call_id(call.id.as_str());
        Box::pin(self.toolbox.start(call, context.with_run(0, deadline, History::of(place))))
    }

    /// Lets the caller say what the failure of a tool means. Mistakes of the model are told to it whatever that is.
    pub(super) fn judge(&self, session_id: &str, turn_id: &str, outcome: &mut ToolOutcome) -> Result<(), String> {
        let is_judged = outcome.result.as_ref().is_err_and(|error| !error.is_mistake() && !error.is_reported());
        if let Some(on_error) = self.on_error.as_ref().filter(|_| is_judged) {
            let outcome_ = outcome.clone();
            let failure =
                AgentToolFailure { session_id: session_id.to_owned(), turn_id: turn_id.to_owned(), outcome: outcome_ };
            outcome.on_failure = crate::tools::panics::caught(|| on_error(&failure))?;
        }
        Ok(())
    }
}

/// Makes the call of a function call's item. Its arguments are JSON, or the text that the model wrote.
pub(super) fn call_of(call_id: &str, name: &str, arguments: &Value) -> ToolCall {
    let arguments = arguments.as_str().map_or_else(|| arguments.to_string(), str::to_owned);
    let mut call = ToolCall::default();
    (call.id, call.name, call.arguments) = (call_id.to_owned(), name.to_owned(), arguments);
    call
}

/// Makes the event that tells the agent what came of a call.
pub(super) fn result_of(turn_id: &str, outcome: &ToolOutcome) -> SessionInputParam {
    let result = SessionInputParamAgentSessionInputToolResult::new(turn_id, &outcome.call.id, outcome.result.is_ok());
    match &outcome.result {
        Ok(output) => result.output(output_of(output)).into(),
        Err(_) => result.error(outcome.output().to_text()).into(),
    }
}

/// Sessions take texts, and images by their URLs. The model is told of each part that is left out.
fn output_of(output: &ToolOutput) -> FunctionCallOutputParam {
    let Some(parts) = output.as_parts() else { return output.to_text().into() };
    let part = |part: &Value| match (part["type"].as_str(), part["image_url"].as_str(), part["text"].as_str()) {
        (Some("input_image"), Some(url), _) => AgentInputContent::input_image(url),
        (_, _, Some(text)) => AgentInputContent::input_text(text),
        _ => {
            let left_out = ToolOutput::parts([part]).map(|part| part.to_text_only());
            AgentInputContent::input_text(left_out.unwrap_or_else(|_| "[part left out]".to_owned()))
        }
    };
    parts.iter().map(part).collect::<Vec<_>>().into()
}

impl ToolContext {
    /// Returns the id of the agent's session, in a run of an agent.
    #[must_use]
    #[inline]
    pub fn session_id(&self) -> Option<&str> {
        self.conversation::<CallPlace>().map(|place| place.session_id.as_str())
    }

    /// Returns the id of the turn that calls the tool, in a run of an agent: that of the run, or of a subagent.
    #[must_use]
    #[inline]
    pub fn turn_id(&self) -> Option<&str> {
        self.conversation::<CallPlace>().map(|place| place.turn_id.as_str())
    }
}

impl Toolbox {
    /// Returns the tools as agents take them: for an agent when it is made, or for a session's `agent`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let agent = client.beta().agents().create("gpt-5.5").tools(tools.agent_tools()?).send().await?;
    /// # let _ = agent;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`check`](Self::check); and of kind [`InvalidRequest`](ErrorKind::InvalidRequest) for a custom tool, which agents
    /// do not have.
    pub fn agent_tools(&self) -> Result<Vec<AgentToolConfigParamFunction>> {
        let tools = self.descriptions()?.into_iter().map(|tool| match tool.input {
            ToolInput::Function { parameters, .. } => {
                Ok(AgentToolConfigParamFunction::new(tool.name, tool.description.unwrap_or_default(), parameters))
            }
            ToolInput::Custom { .. } => {
                let message = format!("tool {:?} is a custom tool: agents take functions only", tool.name);
                Err(Error::new(ErrorKind::InvalidRequest, message))
            }
        });
        tools.collect()
    }
}
