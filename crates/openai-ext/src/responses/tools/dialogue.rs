//! Responses as the loop of a run sees them.

use std::collections::{BTreeMap, HashMap};

use openai_runtime::{Call, Client, Error, ErrorKind, Result, WithHead};
use serde_json::{Map, Value, json};

use super::calls::{
    approvals, call_of, is_decided, is_unknown_reasoning, name_calls, names_of, waits_for_client, whole_call,
};
use super::run::{McpApproval, ResponseToolRun, ResponseTools};
use crate::request::Operation;
use crate::resources::responses::{CompactOperation, Create, RetrieveOperation};
use crate::responses::input::{InputItem, InputItemExt};
use crate::responses::output::ResponseExt;
use crate::responses::stream::{ResponseEvent, ResponseStream, ResponseStreamExt};
use crate::structured::schema::Dialect;
use crate::tools::context::History;
use crate::tools::panics::caught_future;
use crate::tools::run::calls::early::Early;
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::dialogue::{Asked, CallPlan, Compacted, Dialogue};
use crate::tools::run::live::{Live, read};
use crate::tools::run::polling;
use crate::tools::run::record::ToolEvent;
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolCall, ToolOutcome};
use crate::types::{
    CompactedResponse, CompactedResponseOutputItem, Response, ResponseInput, ResponseInputItemMcpApprovalResponse,
    ResponseOutputItem, ResponseStatus, ResponseToolChoice, ResponseUsage,
};

impl ResponseTools {
    /// The request as it is to be sent next.
    #[inline]
    pub(super) fn next(&self) -> Create {
        let mut request = self.request.clone();
        if self.turn == 0 && !self.is_changed {
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
        self.append(reply.output_as_input());
        self.known = self.items.len();
        self.refer_to(reply);
    }

    /// Notes that the server does not keep its responses, if this one tells so.
    #[inline]
    fn note_storage(&mut self, reply: &Response) {
        let was_stored = reply.extra.get("store").and_then(Value::as_bool) != Some(false);
        let body = self.request.body();
        self.stored &= body.store != Some(false) && was_stored && !reply.id.is_empty();
        // A connection has the context also if nothing is stored.
        if body.conversation.is_none() && !self.stored && self.route.is_none() {
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

    /// Adds items to the conversation, and to the shorter one that is sent.
    #[inline]
    fn append(&mut self, items: impl IntoIterator<Item = InputItem>) {
        for item in items {
            if let Some(history) = &mut self.history {
                history.push(item.clone());
            }
            self.items.push(item);
        }
    }
}

impl Dialogue for ResponseTools {
    fn client(&self) -> &Client {
        self.options.client()
    }

    #[inline]
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<()> {
        let dialect = self.request.extension::<Dialect>().copied();
        let body = self.request.body_mut();
        let is_first = self.foreign.is_none();
        if is_first {
            self.own_tools.clone_from(&body.tools);
        }
        let foreign: Vec<String> = self.own_tools.iter().flatten().flat_map(names_of).collect();
        toolbox.check_names(&foreign)?;
        let tools = toolbox.in_dialect(dialect.as_ref()).response_tools()?;
        body.tools.clone_from(&self.own_tools);
        if !tools.is_empty() {
            body.tools.get_or_insert_default().extend(tools);
        }
        if body.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            body.tool_choice.get_or_insert_with(|| Box::new("auto".into()));
        }
        body.stream = None;
        if is_first {
            self.items = match &body.input {
                Some(ResponseInput::Text(text)) => vec![InputItem::user(text.as_str())],
                Some(ResponseInput::List(items)) => items.clone(),
                _ => Vec::new(),
            };
        }
        self.foreign = Some(foreign);
        Ok(())
    }

    #[inline]
    fn plan(&self) -> CallPlan {
        use ResponseToolChoice as Choice;
        let body = self.request.body();
        CallPlan {
            one_by_one: body.parallel_tool_calls == Some(false),
            forced: matches!(body.tool_choice.as_deref(), Some(Choice::Function(_) | Choice::Custom(_))),
        }
    }

    #[inline]
    fn body(&self) -> Value {
        json!(self.next().body())
    }

    async fn ask(
        &mut self,
        control: &mut Control<Self>,
        mut early: Option<&mut Early<Self>>,
        partial: &mut Option<Response>,
    ) -> Result<WithHead<Response>, Halt> {
        let under_way = self.under_way.take();
        if under_way.is_none() && self.route.is_some() {
            let asked = self.ask_route(control, early.as_deref_mut(), partial).await;
            if let Some(reply) = asked.inspect_err(|_| self.turn += 1)? {
                self.turn += 1;
                return Ok(reply);
            }
        }
        let mut request = self.next();
        self.turn += 1;
        let again = |response: &Response| {
            let mut call = Call::new(self.options.client(), RetrieveOperation::ENDPOINT);
            call.with_options_of(&self.options);
            call.path("response_id", &response.id)
        };
        if let Some(response) = under_way {
            let first = again(&response);
            *partial = Some(response);
            return polling::until(first, again, goes_on, control, partial).await;
        }
        if self.turn > 1 {
            // Else the server would give the first answer again.
            request = request.with_header("idempotency-key", None);
        }
        if control.events.deltas || early.is_some() {
            let mut stream = control.race(request.stream_events()).await??;
            read(&mut stream, control, early, partial).await?;
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
        Ok(Asked { calls, done: Vec::new(), more, is_unfinished })
    }

    fn foreign(&self) -> &[String] {
        self.foreign.as_deref().unwrap_or_default()
    }

    fn usage(reply: &Response) -> Option<ResponseUsage> {
        reply.usage.clone()
    }

    #[inline]
    fn history(&self) -> History {
        History::of(self.items().to_vec())
    }

    #[inline]
    fn answer(&mut self, outcomes: &[ToolOutcome]) {
        // Of several calls with one id the first is meant.
        let callers: HashMap<&str, Option<Value>> = self.output.iter().rev().filter_map(caller_of).collect();
        let caller = |outcome: &ToolOutcome| callers.get(outcome.call.id.as_str())?.as_ref();
        let answers: Vec<InputItem> = outcomes.iter().map(|outcome| output_item(outcome, caller(outcome))).collect();
        self.append(answers);
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
            self.append([answer.into()]);
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
            let items = run.context.as_ref().unwrap_or(&run.items);
            // The input of the call is sent as it was given, if it is the same.
            self.is_changed = json!(self.items) != json!(items);
            self.items.clone_from(items);
            self.history = run.context.is_some().then(|| run.items.clone());
        }
        run.replies.iter().for_each(|reply| self.note_storage(reply));
        let Some(last) = run.replies.last() else { return Ok(()) };
        self.known = run.sent.min(self.items.len());
        // Not known to have been sent, as in a run that was put together by hand: all of it goes.
        self.full |= self.known == 0 && self.history.is_none();
        self.output.clone_from(&last.output);
        name_calls(&mut self.output, self.turn);
        // A conversation that was made shorter begins anew.
        if self.known > 0 || self.full {
            self.refer_to(last);
        }
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
    fn items(&self) -> &[InputItem] {
        self.history.as_deref().unwrap_or(&self.items)
    }

    #[inline]
    fn into_items(self) -> Vec<InputItem> {
        self.history.unwrap_or(self.items)
    }

    #[inline]
    fn context(&self) -> Option<&[InputItem]> {
        self.history.is_some().then_some(&*self.items)
    }

    #[inline]
    fn push(&mut self, item: InputItem) {
        self.is_changed = true;
        self.append([item]);
    }

    #[inline]
    fn condense(&mut self, items: Vec<InputItem>) {
        let before = std::mem::replace(&mut self.items, items);
        self.history.get_or_insert(before);
        self.is_changed = true;
        // The server is told all of it, apart from the responses before.
        self.known = 0;
        self.request.body_mut().previous_response_id = None;
    }

    // The server still follows the deprecated `truncation`.
    #[allow(deprecated)]
    #[inline]
    fn check_budget(&self) -> Result<()> {
        let body = self.request.body();
        let is_auto = body.truncation.as_ref().is_some_and(|truncation| truncation == "auto");
        let name = if body.conversation.is_some() {
            "`conversation`"
        } else if self.turn == 0 && body.previous_response_id.is_some() {
            "`previous_response_id`"
        } else if body.context_management.is_some() {
            "`context_management`"
        } else if is_auto {
            "`truncation` \"auto\""
        } else {
            return Ok(());
        };
        let message = format!("the call has {name}: a run with a context budget needs the whole conversation as input");
        Err(Error::new(ErrorKind::InvalidRequest, message))
    }

    async fn compact(&mut self, items: Vec<InputItem>, control: &mut Control<Self>) -> Result<Compacted<Self>, Halt> {
        let mut call = Call::new(self.options.client(), CompactOperation::ENDPOINT);
        call.with_options_of(&self.options);
        let body = self.request.body();
        let items: Vec<_> = items.iter().filter(|item| self.stored || !is_unknown_reasoning(item)).collect();
        let json = json!({"model": body.model, "instructions": body.instructions, "input": items});
        let fields = json.as_object().into_iter().flatten().filter(|(_, value)| !value.is_null());
        call.body(&fields.map(|(name, value)| (name.clone(), value.clone())).collect::<BTreeMap<_, _>>());
        call.with_header("idempotency-key", None);
        let compacted: WithHead<CompactedResponse> = control.race(call.send_with_head()).await??;
        let compacted = compacted.into_value();
        let item = |item: &CompactedResponseOutputItem| {
            let item = json!(item);
            serde_json::from_value(item.clone()).unwrap_or(InputItem::Unknown(item))
        };
        let items = compacted.output.iter().map(item).collect();
        Ok(Compacted { items, usage: Some(compacted.usage) })
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

    #[inline]
    fn whole_call(&self, event: &ResponseEvent) -> Option<ToolCall> {
        whole_call(event)
    }
}
