//! A tool of an MCP server.

use std::time::Duration;

use openai_runtime::Result;
use rmcp::ServiceError;
use rmcp::model::{CallToolRequestParams, ErrorCode, Tool as Description};
use serde_json::{Map, Value};

use super::content::output_of;
use super::schema::input_of;
use super::session::McpSession;
use crate::tools::context::ToolContext;
use crate::tools::interface::{Tool, ToolFuture, ToolInput};
use crate::tools::outcome::{OnFailure, ToolError};
use crate::tools::output::ToolOutput;

/// A tool of an MCP server, under a name that the API takes.
pub(super) struct RemoteTool {
    pub(super) name: String,
    pub(super) session: McpSession,
    /// The tool as its server describes it.
    pub(super) tool: Description,
    pub(super) timeout: Option<Duration>,
    pub(super) on_failure: OnFailure,
}

impl Tool for RemoteTool {
    #[inline]
    fn name(&self) -> &str {
        &self.name
    }

    #[inline]
    fn description(&self) -> &str {
        let annotated = self.tool.annotations.as_ref().and_then(|annotations| annotations.title.as_deref());
        let title = self.tool.title.as_deref().or(annotated);
        self.tool.description.as_deref().filter(|text| !text.is_empty()).or(title).unwrap_or_default()
    }

    #[inline]
    fn input(&self) -> Result<ToolInput> {
        Ok(input_of(&self.tool.input_schema))
    }

    #[inline]
    fn on_failure(&self) -> OnFailure {
        self.on_failure
    }

    #[inline]
    fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    #[inline]
    fn call(&self, _context: ToolContext, input: String) -> ToolFuture {
        let (session, name) = (self.session.clone(), self.tool.name.clone());
        Box::pin(async move {
            let params = CallToolRequestParams::new(name).with_arguments(arguments_of(&input)?);
            let result = session.call(params).await.map_err(failure)?;
            let output = output_of(&result);
            if result.is_error == Some(true) { Err(reported(&output)) } else { Ok(output) }
        })
    }
}

/// Some servers send nothing where there are no arguments.
#[inline]
fn arguments_of(input: &str) -> Result<Map<String, Value>, ToolError> {
    let json = if input.trim().is_empty() { "{}" } else { input };
    serde_json::from_str(json).map_err(ToolError::arguments)
}

#[inline]
fn reported(output: &ToolOutput) -> ToolError {
    let text = output.to_text_only();
    ToolError::Reported(if text.is_empty() { "the tool failed and does not say why".to_owned() } else { text })
}

/// A refusal of the server is for the model to mend, if it is about the arguments. A tool that asks for input, or that goes on as
/// a task, has no result that a run could wait for.
#[inline]
fn failure(error: ServiceError) -> ToolError {
    match error {
        ServiceError::McpError(error) if error.code == ErrorCode::INVALID_PARAMS => {
            ToolError::arguments(error.message.into_owned())
        }
        ServiceError::UnexpectedResponse => ToolError::failed(
            "the MCP server did not give a result: the tool asks for input, for which the session has to be an \
             `Arc<RunningService>`, or goes on as a task",
        ),
        error => ToolError::failed(error),
    }
}
