//! Chat completions as the loop of a run sees them.

use std::collections::HashSet;

use openai_runtime::{Client, Error, ErrorKind, Result, WithHead};
use serde_json::Value;

use super::run::{ChatToolRun, ChatTools};
use crate::chat::completion::ChatCompletionExt;
use crate::chat::content::Message;
use crate::chat::stream::{ChatCompletionStream, ChatStreamEvent, ChatStreamExt};
use crate::structured::schema::Dialect;
use crate::tools::context::History;
use crate::tools::run::calls::early::Early;
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::dialogue::{Asked, CallPlan, Dialogue};
use crate::tools::run::live::{Live, read};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolCall, ToolOutcome};
use crate::types::{
    ChatCompletion, ChatCompletionMessageToolCall, ChatCompletionTool, ChatCompletionToolChoiceOption, CompletionUsage,
};

impl Dialogue for ChatTools {
    #[inline]
    fn client(&self) -> &Client {
        self.options.client()
    }

    #[inline]
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<()> {
        let dialect = self.request.extension::<Dialect>().copied();
        let body = self.request.body_mut();
        if let Some(n) = body.n.filter(|n| *n > 1) {
            let message = format!("n is {n}: tools can be run for one answer only, so leave it out");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let is_first = self.foreign.is_none();
        if is_first {
            self.own_tools.clone_from(&body.tools);
        }
        let foreign: Vec<String> = self.own_tools.iter().flatten().filter_map(name_of).collect();
        toolbox.check_names(&foreign)?;
        let tools = toolbox.in_dialect(dialect.as_ref()).chat_tools()?;
        body.tools.clone_from(&self.own_tools);
        if !tools.is_empty() {
            body.tools.get_or_insert_default().extend(tools);
        }
        if body.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            body.tool_choice.get_or_insert_with(|| Box::new("auto".into()));
        }
        body.stream = None;
        if is_first {
            self.replay.apply(&mut body.messages);
        }
        self.foreign = Some(foreign);
        Ok(())
    }

    #[inline]
    fn plan(&self) -> CallPlan {
        use ChatCompletionToolChoiceOption as Choice;
        let body = self.request.body();
        CallPlan {
            one_by_one: body.parallel_tool_calls == Some(false),
            forced: matches!(body.tool_choice.as_deref(), Some(Choice::Function(_) | Choice::Custom(_))),
        }
    }

    #[inline]
    fn body(&self) -> Value {
        serde_json::json!(self.request.body())
    }

    #[inline]
    async fn ask(
        &mut self,
        control: &mut Control<Self>,
        early: Option<&mut Early<Self>>,
        partial: &mut Option<ChatCompletion>,
    ) -> Result<WithHead<ChatCompletion>, Halt> {
        let mut request = self.request.clone();
        self.turn += 1;
        if self.turn > 1 {
            // Else the server would give the first answer again.
            request = request.with_header("idempotency-key", None);
        }
        if !control.events.deltas && early.is_none() {
            return Ok(control.race(request.send_with_head()).await??);
        }
        let mut stream = control.race(request.stream_events()).await??;
        read(&mut stream, control, early, partial).await?;
        let (head, so_far) = (stream.head().clone(), stream.so_far());
        let completion = stream.final_completion().await.inspect_err(|_| *partial = so_far)?;
        Ok(WithHead::from_parts(head, completion))
    }

    #[inline]
    fn take(&mut self, reply: &ChatCompletion) -> Result<Asked> {
        let missing =
            || Error::new(ErrorKind::Decode, "the completion has no choice, so there is nothing to go on from");
        let message = reply.message().ok_or_else(missing)?;
        let mut message = message.clone();
        name_calls(message.tool_calls.as_deref_mut().unwrap_or_default(), self.items().len());
        let calls = message.tool_calls.iter().flatten().map(call_of).collect();
        let mut message = Message::from(message);
        self.replay.apply(std::slice::from_mut(&mut message));
        self.append([message]);
        Ok(Asked { calls, ..Asked::default() })
    }

    #[inline]
    fn foreign(&self) -> &[String] {
        self.foreign.as_deref().unwrap_or_default()
    }

    #[inline]
    fn usage(reply: &ChatCompletion) -> Option<CompletionUsage> {
        reply.usage.clone()
    }

    #[inline]
    fn history(&self) -> History {
        History::of(self.items().to_vec())
    }

    #[inline]
    fn answer(&mut self, outcomes: &[ToolOutcome]) {
        let answer = |outcome: &ToolOutcome| Message::tool(&outcome.call, outcome.output().to_text_only());
        let answers: Vec<Message> = outcomes.iter().map(answer).collect();
        if let Some(history) = &mut self.history {
            insert_answers(history, &answers);
        }
        insert_answers(&mut self.request.body_mut().messages, &answers);
    }

    #[inline]
    fn restore(&mut self, run: &ChatToolRun) -> Result<()> {
        self.turn = u32::try_from(run.replies.len()).unwrap_or(u32::MAX);
        if !run.items.is_empty() {
            let messages = run.context.as_ref().unwrap_or(&run.items);
            self.request.body_mut().messages.clone_from(messages);
            self.history = run.context.is_some().then(|| run.items.clone());
        }
        Ok(())
    }

    #[inline]
    fn items(&self) -> &[Message] {
        self.history.as_deref().unwrap_or(&self.request.body().messages)
    }

    #[inline]
    fn into_items(mut self) -> Vec<Message> {
        self.history.unwrap_or_else(|| std::mem::take(&mut self.request.body_mut().messages))
    }

    #[inline]
    fn context(&self) -> Option<&[Message]> {
        self.history.is_some().then_some(&*self.request.body().messages)
    }

    #[inline]
    fn push(&mut self, item: Message) {
        self.append([item]);
    }

    #[inline]
    fn condense(&mut self, items: Vec<Message>) {
        let before = std::mem::replace(&mut self.request.body_mut().messages, items);
        self.history.get_or_insert(before);
    }
}

impl ChatTools {
    /// Adds messages to the conversation, and to the shorter one that is sent.
    #[inline]
    fn append(&mut self, messages: impl IntoIterator<Item = Message>) {
        for message in messages {
            if let Some(history) = &mut self.history {
                history.push(message.clone());
            }
            self.request.body_mut().messages.push(message);
        }
    }
}

/// Puts the outputs of calls behind the calls and the outputs that are there: servers take none behind what the caller added
/// meanwhile.
#[inline]
fn insert_answers(messages: &mut Vec<Message>, answers: &[Message]) {
    let is_of_calls = |message: &Message| match message {
        Message::Tool(_) => true,
        Message::Assistant(message) => message.tool_calls.as_ref().is_some_and(|calls| !calls.is_empty()),
        _ => false,
    };
    let at = messages.iter().rposition(is_of_calls).map_or(messages.len(), |last| last + 1);
    messages.splice(at..at, answers.iter().cloned());
}

impl Live for ChatCompletionStream {
    type Api = ChatTools;

    #[inline]
    async fn next(&mut self) -> Option<Result<ChatStreamEvent>> {
        Self::next(self).await
    }

    #[inline]
    fn so_far(&self) -> Option<ChatCompletion> {
        Some(self.snapshot().clone()).filter(|completion| !completion.choices.is_empty())
    }

    #[inline]
    fn whole_call(&self, event: &ChatStreamEvent) -> Option<ToolCall> {
        match event {
            ChatStreamEvent::ToolArgumentsDone { choice: 0, index, .. }
            | ChatStreamEvent::ToolInputDone { choice: 0, index, .. } => self.tool_call(0, *index).map(call_of),
            _ => None,
        }
    }
}

#[inline]
fn name_of(tool: &ChatCompletionTool) -> Option<String> {
    match tool {
        ChatCompletionTool::Function(tool) => Some(tool.function.name.clone()),
        ChatCompletionTool::Custom(tool) => Some(tool.custom.name.clone()),
        _ => None,
    }
}

/// Gives the calls that have no id, or that of another call, one that the answers can refer to; `turn` tells those of
/// several messages apart.
#[inline]
fn name_calls(calls: &mut [ChatCompletionMessageToolCall], turn: usize) {
    let mut taken = HashSet::new();
    for (at, call) in calls.iter_mut().enumerate() {
        let id = match call {
            ChatCompletionMessageToolCall::Function(call) => &mut call.id,
            ChatCompletionMessageToolCall::Custom(call) => &mut call.id,
            _ => continue,
        };
        if id.is_empty() || !taken.insert(id.clone()) {
            *id = format!("call_{turn}_{at}");
        }
    }
}

/// A form that the document does not have is a call of no name, which the model is told.
#[inline]
fn call_of(call: &ChatCompletionMessageToolCall) -> ToolCall {
    let made = |id: &str, name: &str, arguments: &str, is_custom| ToolCall {
        id: id.to_owned(),
        name: name.to_owned(),
        arguments: arguments.to_owned(),
        is_custom,
    };
    match call {
        ChatCompletionMessageToolCall::Function(call) => {
            made(&call.id, &call.function.name, &call.function.arguments, false)
        }
        ChatCompletionMessageToolCall::Custom(call) => made(&call.id, &call.custom.name, &call.custom.input, true),
        other => {
            let call = serde_json::json!(other);
            let text = |name: &str| call[name].as_str().unwrap_or_default();
            made(text("id"), text("type"), &call.to_string(), false)
        }
    }
}
