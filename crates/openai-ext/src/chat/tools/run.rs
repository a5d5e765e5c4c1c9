//! Runs of tools over chat completions.

use std::collections::HashSet;

use openai_runtime::{Call, Client, Error, ErrorKind, Result, WithHead};
use serde_json::Value;

use crate::chat::completion::ChatCompletionExt;
use crate::chat::content::Message;
use crate::chat::replay::ReasoningReplay;
use crate::chat::stream::{ChatCompletionStream, ChatStreamEvent, ChatStreamExt};
use crate::resources::chat::completions::Create;
use crate::structured::schema::Dialect;
use crate::tools::context::{History, ToolContext};
use crate::tools::run::control::{Control, Halt};
use crate::tools::run::dialogue::{Asked, CallPlan, Dialogue};
use crate::tools::run::final_methods::{RunToolsExt, final_methods};
use crate::tools::run::live::{Live, read};
use crate::tools::run::parsed::parsed_methods;
use crate::tools::run::record::{ToolApi, ToolRun, sealed};
use crate::tools::run::runner::{ToolRunner, options_of};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolCall, ToolInput, ToolOutcome};
use crate::types::{
    ChatCompletion, ChatCompletionCustomTool, ChatCompletionCustomToolDefinition, ChatCompletionCustomToolFormat,
    ChatCompletionCustomToolFormatGrammarGrammar, ChatCompletionMessage, ChatCompletionMessageToolCall,
    ChatCompletionTool, ChatCompletionToolChoiceOption, CompletionUsage, FunctionDefinition,
};

/// Tools over chat completions.
#[derive(Debug)]
pub struct ChatTools {
    /// The next request: its messages are the conversation.
    request: Create,
    /// How the call is made, without its body.
    options: Call,
    turn: u32,
    /// Names of tools that are in the call but not in the toolbox.
    foreign: Vec<String>,
    replay: ReasoningReplay,
}

/// A run of tools over chat completions that is being made.
pub type ChatToolRunner = ToolRunner<ChatTools>;

/// All that a run of tools over chat completions did: `replies` are the completions, `items` the messages.
pub type ChatToolRun = ToolRun<ChatTools>;

impl sealed::Sealed for ChatTools {}

impl ToolApi for ChatTools {
    type Reply = ChatCompletion;
    type Item = Message;
    type Delta = ChatStreamEvent;
    type Usage = CompletionUsage;
}

impl RunToolsExt for Create {
    type Api = ChatTools;

    #[inline]
    fn run_tools(mut self, toolbox: &Toolbox) -> ChatToolRunner {
        let options = options_of(&mut self);
        let replay = self.extension().copied().unwrap_or_default();
        ToolRunner::new(ChatTools { request: self, options, turn: 0, foreign: Vec::new(), replay }, toolbox)
    }
}

impl ChatToolRunner {
    /// Sets whether the model's reasoning goes back to it with the outputs of tools. Without it the client's option counts,
    /// [`reasoning_replay`](crate::ServerOptionsExt::reasoning_replay). With [`ReasoningReplay::Drop`] the messages that the
    /// run begins with lose theirs as well; the replies of the run keep it.
    #[inline]
    pub fn with_replay(mut self, replay: ReasoningReplay) -> Self {
        self.dialogue.replay = replay;
        self
    }
}

final_methods!(
    ChatTools,
    "let call = client.chat().completions().create(\"gpt-5.5\", [Message::user(\"How is the weather in Oslo?\")]);"
);

parsed_methods!(
    ChatTools,
    "let call = client.chat().completions().create(\"gpt-5.5\", [Message::user(\"Is it cold in Oslo?\")]);"
);

impl ToolRun<ChatTools> {
    /// The text of the last answer; empty if it has none.
    #[must_use]
    #[inline]
    pub fn text(&self) -> &str {
        self.last_reply().map(ChatCompletionExt::text).unwrap_or_default()
    }

    /// The message of the last answer.
    #[must_use]
    #[inline]
    pub fn message(&self) -> Option<&ChatCompletionMessage> {
        self.last_reply()?.message()
    }

    /// Why the model refused to answer, if it did in its last answer.
    #[must_use]
    #[inline]
    pub fn refusal(&self) -> Option<&str> {
        self.last_reply()?.refusal()
    }

    /// The whole conversation, to go on with: give it to the next call, with a message of the user after it.
    #[must_use]
    #[inline]
    pub fn messages(&self) -> &[Message] {
        &self.items
    }
}

impl ToolContext {
    /// The messages so far, the assistant's that has the call included; empty if it is no run of chat completions.
    #[must_use]
    #[inline]
    pub fn messages(&self) -> &[Message] {
        self.conversation::<Vec<Message>>().map_or(&[], Vec::as_slice)
    }
}

impl Toolbox {
    /// The tools as chat completions take them, to be put into a call by hand.
    ///
    /// # Errors
    /// As [`check`](Self::check).
    #[inline]
    pub fn chat_tools(&self) -> Result<Vec<ChatCompletionTool>> {
        let tools = self.descriptions()?.into_iter().map(|tool| match tool.input {
            ToolInput::Function { parameters, strict } => {
                let mut function = FunctionDefinition::new(tool.name).parameters(parameters).strict(strict);
                function.description = tool.description;
                ChatCompletionTool::function(function)
            }
            ToolInput::Custom { grammar } => {
                let mut definition = ChatCompletionCustomToolDefinition::new(tool.name);
                definition.description = tool.description;
                definition.format = grammar.map(|grammar| {
                    let (syntax, definition) = grammar.into_parts();
                    let grammar = ChatCompletionCustomToolFormatGrammarGrammar::new(definition, syntax);
                    ChatCompletionCustomToolFormat::grammar(grammar).into()
                });
                ChatCompletionCustomTool::new(definition).into()
            }
        });
        Ok(tools.collect())
    }
}

impl Dialogue for ChatTools {
    #[inline]
    fn client(&self) -> &Client {
        self.options.client()
    }

    #[inline]
    fn prepare(&mut self, toolbox: &Toolbox) -> Result<CallPlan> {
        use ChatCompletionToolChoiceOption as Choice;
        let dialect = self.request.extension::<Dialect>().copied();
        let body = self.request.body_mut();
        if let Some(n) = body.n.filter(|n| *n > 1) {
            let message = format!("n is {n}: tools can be run for one answer only, so leave it out");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        let foreign: Vec<String> = body.tools.iter().flatten().filter_map(name_of).collect();
        toolbox.check_names(&foreign)?;
        let tools = toolbox.in_dialect(dialect.as_ref()).chat_tools()?;
        if !tools.is_empty() {
            body.tools.get_or_insert_default().extend(tools);
        }
        if body.tools.as_ref().is_some_and(|tools| !tools.is_empty()) {
            body.tool_choice.get_or_insert_with(|| Box::new("auto".into()));
        }
        body.stream = None;
        self.replay.apply(&mut body.messages);
        self.foreign = foreign;
        Ok(CallPlan {
            one_by_one: body.parallel_tool_calls == Some(false),
            forced: matches!(body.tool_choice.as_deref(), Some(Choice::Function(_) | Choice::Custom(_))),
        })
    }

    #[inline]
    fn body(&self) -> Value {
        serde_json::json!(self.request.body())
    }

    #[inline]
    async fn ask(
        &mut self,
        control: &mut Control<Self>,
        partial: &mut Option<ChatCompletion>,
    ) -> Result<WithHead<ChatCompletion>, Halt> {
        let mut request = self.request.clone();
        self.turn += 1;
        if self.turn > 1 {
            // Else the server would give the first answer again.
            request = request.with_header("idempotency-key", None);
        }
        if !control.events.deltas {
            return Ok(control.race(request.send_with_head()).await??);
        }
        let mut stream = control.race(request.stream_events()).await??;
        read(&mut stream, control, partial).await?;
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
        name_calls(message.tool_calls.as_deref_mut().unwrap_or_default(), self.request.body().messages.len());
        let calls = message.tool_calls.iter().flatten().map(call_of).collect();
        let mut message = Message::from(message);
        self.replay.apply(std::slice::from_mut(&mut message));
        self.request.body_mut().messages.push(message);
        Ok(Asked { calls, ..Asked::default() })
    }

    #[inline]
    fn foreign(&self) -> &[String] {
        &self.foreign
    }

    #[inline]
    fn usage(reply: &ChatCompletion) -> Option<CompletionUsage> {
        reply.usage.clone()
    }

    #[inline]
    fn history(&self) -> History {
        History::of(self.request.body().messages.clone())
    }

    #[inline]
    fn answer(&mut self, outcomes: &[ToolOutcome]) {
        let answer = |outcome: &ToolOutcome| Message::tool(&outcome.call, outcome.output().to_text_only());
        self.request.body_mut().messages.extend(outcomes.iter().map(answer));
    }

    #[inline]
    fn restore(&mut self, run: &ChatToolRun) -> Result<()> {
        self.turn = u32::try_from(run.replies.len()).unwrap_or(u32::MAX);
        if !run.items.is_empty() {
            self.request.body_mut().messages.clone_from(&run.items);
        }
        Ok(())
    }

    #[inline]
    fn into_items(mut self) -> Vec<Message> {
        std::mem::take(&mut self.request.body_mut().messages)
    }
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
