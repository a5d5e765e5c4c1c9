//! Runs of tools over responses.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Result, WithHead};

use super::calls::{approvals, is_decided};
use crate::resources::responses::Create;
use crate::responses::input::InputItem;
use crate::responses::output::ResponseExt;
use crate::responses::stream::ResponseEvent;
use crate::tools::context::ToolContext;
use crate::tools::run::calls::early::Early;
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::final_methods::{RunToolsExt, final_methods};
use crate::tools::run::parsed::parsed_methods;
use crate::tools::run::record::{ToolApi, ToolRun, sealed};
use crate::tools::run::runner::{ToolRunner, options_of};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolInput, ToolTurn, ToolTurns};
use crate::types::{
    CustomTool, CustomToolFormat, FunctionTool, Response, ResponseMcpApprovalRequest, ResponseOutputItem,
    ResponseToolChoice, ResponseUsage, Tool,
};

/// Tools over responses.
pub struct ResponseTools {
    pub(super) request: Create,
    /// The options of the call, without its body.
    pub(super) options: Call,
    pub(super) turn: u32,
    /// True if each request has the whole conversation.
    pub(super) full: bool,
    /// Set if the server is known to keep its responses, or not to.
    pub(super) stored: bool,
    /// The conversation as it is sent, or as the server has it.
    pub(super) items: Vec<InputItem>,
    /// The number of them that the server has.
    pub(super) known: usize,
    /// The output that the last calls are from.
    pub(super) output: Vec<ResponseOutputItem>,
    pub(super) approve: Option<Approve>,
    /// A response in the background that a run before this one waited for.
    pub(super) under_way: Option<Response>,
    /// Tools that are in the call but not in the toolbox.
    pub(super) own_tools: Option<Vec<Tool>>,
    /// Their names, once the request was made ready.
    pub(super) foreign: Option<Vec<String>>,
    /// The whole conversation, once the one that is sent is shorter.
    pub(super) history: Option<Vec<InputItem>>,
    /// The input is no longer that of the call.
    pub(super) is_changed: bool,
    /// The connection that turns go over, as long as it is there.
    pub(super) route: Option<Box<dyn TurnRoute>>,
    /// The response that the call continues.
    pub(super) origin: Option<String>,
}

/// A connection that the turns of a run go over. The server keeps the context between them, also if it stores nothing.
#[cfg_attr(not(feature = "websocket"), allow(dead_code, reason = "only a connection is a route"))]
pub(in crate::responses) trait TurnRoute: Send + Sync {
    /// Asks the model once.
    fn ask<'a>(&'a mut self, turn: RoutedTurn<'a>) -> RoutedReply<'a>;
}

/// The answer to a turn; `None` if the route is gone and nothing was sent, so that another may take the turn.
pub(in crate::responses) type RoutedReply<'a> =
    Pin<Box<dyn Future<Output = Result<Option<WithHead<Response>>, Halt>> + Send + 'a>>;

/// A turn as it is asked for.
#[cfg_attr(not(feature = "websocket"), allow(dead_code, reason = "only a connection is a route"))]
pub(in crate::responses) struct RoutedTurn<'a> {
    pub(in crate::responses) request: Create,
    pub(in crate::responses) control: &'a mut Control<ResponseTools>,
    pub(in crate::responses) early: Option<&'a mut Early<ResponseTools>>,
    pub(in crate::responses) partial: &'a mut Option<Response>,
}

pub(super) type Approve = Arc<dyn Fn(ResponseMcpApprovalRequest) -> BoxFuture<McpApproval> + Send + Sync>;

/// A run of tools over responses that is being made.
pub type ResponseToolRunner = ToolRunner<ResponseTools>;

/// All that a run of tools over responses did: `replies` are the responses, `items` input, output and outputs of tools.
pub type ResponseToolRun = ToolRun<ResponseTools>;

/// A decision about a tool of an MCP server.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum McpApproval {
    /// It may.
    Approve,
    /// It may not, for this reason if there is one.
    Deny(Option<String>),
}

impl McpApproval {
    /// It may not, for this reason, which the model gets to know.
    pub fn deny(reason: impl Into<String>) -> Self {
        Self::Deny(Some(reason.into()))
    }
}

impl From<bool> for McpApproval {
    #[inline]
    fn from(approve: bool) -> Self {
        if approve { Self::Approve } else { Self::Deny(None) }
    }
}

impl sealed::Sealed for ResponseTools {}

impl ToolApi for ResponseTools {
    type Reply = Response;
    type Item = InputItem;
    type Delta = ResponseEvent;
    type Usage = ResponseUsage;
}

impl RunToolsExt for Create {
    type Api = ResponseTools;

    #[inline]
    fn run_tools(mut self, toolbox: &Toolbox) -> ResponseToolRunner {
        let options = options_of(&mut self);
        let dialogue = ResponseTools {
            request: self,
            options,
            turn: 0,
            full: false,
            stored: true,
            items: Vec::new(),
            known: 0,
            output: Vec::new(),
            approve: None,
            under_way: None,
            own_tools: None,
            foreign: None,
            history: None,
            is_changed: false,
            route: None,
            origin: None,
        };
        ToolRunner::new(dialogue, toolbox)
    }
}

final_methods!(ResponseTools, "let call = client.responses().create(\"gpt-5.5\", \"How is the weather in Oslo?\");");

impl ToolRunner<ResponseTools> {
    /// Sends the whole conversation with each request, for servers that keep no responses. By default that is so if the
    /// call's `store` is false, or the server says that it did not store a response; else a request goes on from the one
    /// before by `previous_response_id`, or by `conversation` if the call has one.
    ///
    /// Reasoning is sent back as it came. With `store` false, the API takes it only with its encrypted content, which it
    /// sends if `include` has `reasoning.encrypted_content`; without it, reasoning is left out.
    #[inline]
    pub fn with_full_input(mut self, full: bool) -> Self {
        self.dialogue.full = full;
        self
    }

    /// Asks whether a tool of an MCP server may run, where the server's settings want an approval. Without it such a
    /// request ends the run, with [`ActionRequired`](crate::tools::StopReason::ActionRequired).
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::McpApproval;
    ///
    /// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "Tidy up the repository");
    /// let run = call.run_tools(&tools).with_mcp_approval(|request| async move {
    ///     match request.name.as_str() {
    ///         "delete" => McpApproval::deny("nothing may be deleted"),
    ///         _ => McpApproval::Approve,
    ///     }
    /// });
    /// println!("{}", run.send().await?.output_text());
    /// # Ok(())
    /// # }
    /// ```
    pub fn with_mcp_approval<F, R>(mut self, approve: F) -> Self
    where
        F: Fn(ResponseMcpApprovalRequest) -> R + Send + Sync + 'static,
        R: Future<Output: Into<McpApproval>> + Send + 'static,
    {
        self.dialogue.approve = Some(Arc::new(move |request| {
            let decision = approve(request);
            Box::pin(async move { decision.await.into() })
        }));
        self
    }
}

parsed_methods!(ResponseTools, "let call = client.responses().create(\"gpt-5.5\", \"Is it cold in Oslo?\");");

impl ToolRun<ResponseTools> {
    /// The text of the last response; empty if it has none.
    #[must_use]
    #[inline]
    pub fn output_text(&self) -> String {
        self.last_reply().map(ResponseExt::output_text).unwrap_or_default()
    }

    /// Why the model refused to answer, if it did in its last response.
    #[must_use]
    #[inline]
    pub fn refusal(&self) -> Option<&str> {
        self.last_reply()?.refusal()
    }

    /// The approvals that the last response waits for, if the run could not give them.
    #[must_use]
    #[inline]
    pub fn approval_requests(&self) -> Vec<&ResponseMcpApprovalRequest> {
        let output = self.last_reply().map(|response| response.output.as_slice()).unwrap_or_default();
        approvals(output).filter(|request| !is_decided(&self.items, &request.id)).collect()
    }
}

impl ToolTurn<ResponseTools> {
    /// The text of the response; empty if it has none.
    #[must_use]
    #[inline]
    pub fn output_text(&self) -> String {
        self.reply.output_text()
    }
}

impl ToolTurns<ResponseTools> {
    /// Sets whether and which tools the model has to call from the next request on.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): a turn is under way.
    #[inline]
    pub fn set_tool_choice(&mut self, choice: impl Into<ResponseToolChoice>) -> Result<()> {
        self.api_mut()?.request.body_mut().tool_choice = Some(Box::new(choice.into()));
        Ok(())
    }
}

impl ToolContext {
    /// The items so far: the input of the run and all output, that with the call included. What the server keeps, as of a
    /// `conversation`, is not there. Empty if it is no run of responses.
    #[must_use]
    #[inline]
    pub fn items(&self) -> &[InputItem] {
        self.conversation::<Vec<InputItem>>().map_or(&[], Vec::as_slice)
    }
}

impl Toolbox {
    /// The tools as responses take them, to be put into a call by hand.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[inline]
    pub fn response_tools(&self) -> Result<Vec<Tool>> {
        let tools = self.descriptions()?.into_iter().map(|tool| match tool.input {
            ToolInput::Function { parameters, strict } => {
                let parameters = parameters.as_object().cloned().unwrap_or_default();
                let mut function = FunctionTool::new(tool.name, parameters, strict);
                function.description = tool.description;
                function.into()
            }
            ToolInput::Custom { grammar } => {
                let mut custom = CustomTool::new(tool.name);
                custom.description = tool.description;
                custom.format = grammar.map(|grammar| {
                    let (syntax, definition) = grammar.into_parts();
                    CustomToolFormat::grammar(syntax, definition)
                });
                custom.into()
            }
        });
        Ok(tools.collect())
    }
}

impl fmt::Debug for ResponseTools {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseTools")
            .field("request", &self.request)
            .field("full", &self.full)
            .finish_non_exhaustive()
    }
}
