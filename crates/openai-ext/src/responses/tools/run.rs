//! Runs of tools over responses.

use std::collections::HashMap;
use std::fmt;
use std::sync::Arc;

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Client, Result, WithHead};
use serde_json::{Map, Value, json};

use super::calls::{approvals, call_of, is_decided, is_unknown_reasoning, name_calls, names_of, waits_for_client};
use crate::request::Operation;
use crate::resources::responses::{Create, RetrieveOperation};
use crate::responses::input::{InputItem, InputItemExt};
use crate::responses::output::ResponseExt;
use crate::responses::stream::{ResponseEvent, ResponseStream, ResponseStreamExt};
use crate::structured::schema::Dialect;
use crate::tools::context::{History, ToolContext};
use crate::tools::panics::caught_future;
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::dialogue::{Asked, CallPlan, Dialogue};
use crate::tools::run::final_methods::{RunToolsExt, final_methods};
use crate::tools::run::live::{Live, read};
use crate::tools::run::parsed::parsed_methods;
use crate::tools::run::polling;
use crate::tools::run::record::{ToolApi, ToolEvent, ToolRun, sealed};
use crate::tools::run::runner::{ToolRunner, options_of};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolInput, ToolOutcome};
use crate::types::{
    CustomTool, CustomToolFormat, FunctionTool, Response, ResponseInput, ResponseInputItemMcpApprovalResponse,
    ResponseMcpApprovalRequest, ResponseOutputItem, ResponseStatus, ResponseToolChoice, ResponseUsage, Tool,
};

/// Tools over responses.
pub struct ResponseTools {
    request: Create,
    /// How the call is made, without its body.
    options: Call,
    turn: u32,
    /// Whether each request has the whole conversation.
    full: bool,
    /// Set if the server is known to keep its responses, or not to.
    stored: bool,
    /// The whole conversation.
    items: Vec<InputItem>,
    /// How many of them the server has.
    known: usize,
    /// The output that the last calls are from.
    output: Vec<ResponseOutputItem>,
    approve: Option<Approve>,
    /// A response in the background that a run before this one waited for.
    under_way: Option<Response>,
    /// Names of tools that are in the call but not in the toolbox.
    foreign: Vec<String>,
}

type Approve = Arc<dyn Fn(ResponseMcpApprovalRequest) -> BoxFuture<McpApproval> + Send + Sync>;

/// A run of tools over responses that is being made.
pub type ResponseToolRunner = ToolRunner<ResponseTools>;

/// All that a run of tools over responses did: `replies` are the responses, `items` input, output and outputs of tools.
pub type ResponseToolRun = ToolRun<ResponseTools>;

/// Whether a tool of an MCP server may run.
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
            foreign: Vec::new(),
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

impl ResponseTools {
    /// The request as it is to be sent next.
    #[inline]
    fn next(&self) -> Create {
        let mut request = self.request.clone();
        if self.turn == 0 {
            return request;
        }
        let items = if self.full { self.items.as_slice() } else { self.items.get(self.known..).unwrap_or_default() };
        let items = items.iter().filter(|item| self.stored || !is_unknown_reasoning(item)).cloned().collect();
        request.body_mut().input = Some(ResponseInput::List(items));
        request
    }

    /// Goes on from a response: by its id, if the server has it.
    #[inline]
    fn go_on_from(&mut self, reply: &Response) {
        self.note_storage(reply);
        self.items.extend(reply.output_as_input());
        self.known = self.items.len();
        self.refer_to(reply);
    }

    /// Notes that the server does not keep its responses, if this one tells so.
    #[inline]
    fn note_storage(&mut self, reply: &Response) {
        let was_stored = reply.extra.get("store").and_then(Value::as_bool) != Some(false);
        let body = self.request.body();
        self.stored &= body.store != Some(false) && was_stored && !reply.id.is_empty();
        if body.conversation.is_none() && !self.stored {
            self.full = true;
        }
    }

    #[inline]
    fn refer_to(&mut self, reply: &Response) {
        let body = self.request.body_mut();
        if !self.full && body.conversation.is_none() {
            body.previous_response_id = Some(reply.id.clone());
        }
    }
}

impl Dialogue for ResponseTools {
    fn client(&self) -> &Client {
        self.options.client()
    }

    #[inline]
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<CallPlan> {
        use ResponseToolChoice as Choice;
        let dialect = self.request.extension::<Dialect>().copied();
        let body = self.request.body_mut();
        let foreign: Vec<String> = body.tools.iter().flatten().flat_map(names_of).collect();
        toolbox.check_names(&foreign)?;
        let tools = toolbox.in_dialect(dialect.as_ref()).response_tools()?;
        if !tools.is_empty() {
            body.tools.get_or_insert_default().extend(tools);
        }
        if body.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            body.tool_choice.get_or_insert_with(|| Box::new("auto".into()));
        }
        body.stream = None;
        self.items = match &body.input {
            Some(ResponseInput::Text(text)) => vec![InputItem::user(text.as_str())],
            Some(ResponseInput::List(items)) => items.clone(),
            _ => Vec::new(),
        };
        self.foreign = foreign;
        Ok(CallPlan {
            one_by_one: body.parallel_tool_calls == Some(false),
            forced: matches!(body.tool_choice.as_deref(), Some(Choice::Function(_) | Choice::Custom(_))),
        })
    }

    #[inline]
    fn body(&self) -> Value {
        json!(self.next().body())
    }

    async fn ask(
        &mut self,
        control: &mut Control<Self>,
        partial: &mut Option<Response>,
    ) -> Result<WithHead<Response>, Halt> {
        let again = |response: &Response| {
            let mut call = Call::new(self.options.client(), RetrieveOperation::ENDPOINT);
            call.with_options_of(&self.options);
            call.path("response_id", &response.id)
        };
        let mut request = self.next();
        let under_way = self.under_way.take();
        self.turn += 1;
        if let Some(response) = under_way {
            let first = again(&response);
            *partial = Some(response);
            return polling::until(first, again, goes_on, control, partial).await;
        }
        if self.turn > 1 {
            // Else the server would give the first answer again.
            request = request.with_header("idempotency-key", None);
        }
        if control.events.deltas {
            let mut stream = control.race(request.stream_events()).await??;
            read(&mut stream, control, partial).await?;
            let (head, so_far) = (stream.head().clone(), stream.so_far());
            let response = stream.final_response().await.inspect_err(|_| *partial = so_far)?;
            return Ok(WithHead::from_parts(head, response));
        }
        polling::until(request.into_call(), again, goes_on, control, partial).await
    }

    #[inline]
    fn take(&mut self, reply: &Response) -> Result<Asked> {
        let mut reply = reply.clone();
        name_calls(&mut reply.output, self.turn);
        self.go_on_from(&reply);
        self.output.clone_from(&reply.output);
        let calls = reply.output.iter().filter_map(call_of).collect();
        let more = approvals(&reply.output).next().is_some() || waits_for_client(&reply.output, &[]);
        let is_unfinished =
            !matches!(reply.status, None | Some(ResponseStatus::Completed | ResponseStatus::Unknown(_)));
        Ok(Asked { calls, more, is_unfinished })
    }

    fn foreign(&self) -> &[String] {
        &self.foreign
    }

    fn usage(reply: &Response) -> Option<ResponseUsage> {
        reply.usage.clone()
    }

    #[inline]
    fn history(&self) -> History {
        History::of(self.items.clone())
    }

    #[inline]
    fn answer(&mut self, outcomes: &[ToolOutcome]) {
        // Of several calls with one id the first is meant.
        let callers: HashMap<&str, Option<Value>> = self.output.iter().rev().filter_map(caller_of).collect();
        let caller = |outcome: &ToolOutcome| callers.get(outcome.call.id.as_str())?.as_ref();
        let answers: Vec<InputItem> = outcomes.iter().map(|outcome| output_item(outcome, caller(outcome))).collect();
        self.items.extend(answers);
    }

    #[inline]
    async fn settle(&mut self, control: &mut Control<Self>) -> Result<bool, Halt> {
        let turn = control.turn;
        let requests: Vec<_> =
            approvals(&self.output).filter(|request| !is_decided(&self.items, &request.id)).cloned().collect();
        if requests.is_empty() {
            return Ok(!self.waits());
        }
        let Some(approve) = self.approve.clone() else {
            return Ok(false);
        };
        for request in requests {
            let (id, name) = (request.id.clone(), request.name.clone());
            // The call is made in the future, so that its own panic is caught too.
            let decision = control.race(caught_future(async { approve(request).await })).await?;
            let decision = decision
                .map_err(|panic| Halt::Panicked(format!("the approval of the MCP tool {name:?} panicked: {panic}")))?;
            let is_approved = decision == McpApproval::Approve;
            let mut answer = ResponseInputItemMcpApprovalResponse::new(id.as_str(), is_approved);
            if let McpApproval::Deny(reason) = decision {
                answer.reason = reason;
            }
            self.items.push(answer.into());
            control.events.say(|| ToolEvent::Approval { turn, id, name, approve: is_approved });
        }
        control.events.read().await;
        Ok(!self.waits())
    }

    #[inline]
    fn restore(&mut self, run: &ResponseToolRun) -> Result<()> {
        self.turn = u32::try_from(run.replies.len()).unwrap_or(u32::MAX);
        self.under_way = run.partial.clone().filter(|response| goes_on(response) && !response.id.is_empty());
        if !run.items.is_empty() {
            self.items.clone_from(&run.items);
        }
        run.replies.iter().for_each(|reply| self.note_storage(reply));
        let Some(last) = run.replies.last() else { return Ok(()) };
        self.known = run.sent.min(self.items.len());
        // Not known to have been sent, as in a run that was put together by hand: all of it goes.
        self.full |= self.known == 0;
        self.output.clone_from(&last.output);
        name_calls(&mut self.output, self.turn);
        self.refer_to(last);
        Ok(())
    }

    #[inline]
    fn waits(&self) -> bool {
        let later = self.items.get(self.known..).unwrap_or_default();
        approvals(&self.output).any(|request| !is_decided(&self.items, &request.id))
            || waits_for_client(&self.output, later)
    }

    #[inline]
    fn sent(&self) -> usize {
        self.known
    }

    #[inline]
    fn into_items(self) -> Vec<InputItem> {
        self.items
    }
}

/// Tells whether the server has not finished a response in the background.
#[inline]
fn goes_on(response: &Response) -> bool {
    response.background == Some(true)
        && matches!(response.status, Some(ResponseStatus::Queued | ResponseStatus::InProgress))
}

/// The id of a call, and who called it.
#[inline]
fn caller_of(item: &ResponseOutputItem) -> Option<(&str, Option<Value>)> {
    let (id, caller) = match item {
        ResponseOutputItem::FunctionCall(call) => (&call.call_id, &call.caller),
        ResponseOutputItem::CustomToolCall(call) => (&call.call_id, &call.caller),
        _ => return None,
    };
    Some((id.as_str(), caller.as_ref().map(|caller| json!(caller))))
}

#[inline]
fn output_item(outcome: &ToolOutcome, caller: Option<&Value>) -> InputItem {
    let output = outcome.output();
    let kind = if outcome.call.is_custom { "custom_tool_call_output" } else { "function_call_output" };
    let mut item = Map::from_iter([
        ("type".to_owned(), kind.into()),
        ("call_id".to_owned(), outcome.call.id.as_str().into()),
        ("output".to_owned(), output.as_parts().map_or_else(|| output.to_text().into(), Value::from)),
    ]);
    if let Some(caller) = caller {
        item.insert("caller".to_owned(), caller.clone());
    }
    let item = Value::Object(item);
    serde_json::from_value(item.clone()).unwrap_or(InputItem::Unknown(item))
}

impl Live for ResponseStream {
    type Api = ResponseTools;

    async fn next(&mut self) -> Option<Result<ResponseEvent>> {
        Self::next(self).await
    }

    #[inline]
    fn so_far(&self) -> Option<Response> {
        self.snapshot().cloned()
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
