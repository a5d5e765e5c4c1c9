//! Runs of tools over chat completions.

use openai_runtime::{Call, Result};

use crate::chat::completion::ChatCompletionExt;
use crate::chat::content::Message;
use crate::chat::replay::ReasoningReplay;
use crate::chat::stream::ChatStreamEvent;
use crate::resources::chat::completions::Create;
use crate::tools::context::ToolContext;
use crate::tools::run::final_methods::{RunToolsExt, final_methods};
use crate::tools::run::parsed::parsed_methods;
use crate::tools::run::record::{ToolApi, ToolRun, sealed};
use crate::tools::run::runner::{ToolRunner, options_of};
use crate::tools::toolbox::Toolbox;
use crate::tools::{ToolInput, ToolTurn, ToolTurns};
use crate::types::{
    ChatCompletion, ChatCompletionCustomTool, ChatCompletionCustomToolDefinition, ChatCompletionCustomToolFormat,
    ChatCompletionCustomToolFormatGrammarGrammar, ChatCompletionMessage, ChatCompletionTool,
    ChatCompletionToolChoiceOption, CompletionUsage, FunctionDefinition,
};

/// Tools over chat completions.
#[derive(Debug)]
pub struct ChatTools {
    /// The next request: its messages are the conversation.
    pub(super) request: Create,
    /// The options of the call, without its body.
    pub(super) options: Call,
    pub(super) turn: u32,
    /// Tools that are in the call but not in the toolbox.
    pub(super) own_tools: Option<Vec<ChatCompletionTool>>,
    /// Their names, once the request was made ready.
    pub(super) foreign: Option<Vec<String>>,
    /// The whole conversation, once the request has a shorter one.
    pub(super) history: Option<Vec<Message>>,
    pub(super) replay: ReasoningReplay,
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
        let dialogue =
            ChatTools { request: self, options, turn: 0, own_tools: None, foreign: None, history: None, replay };
        ToolRunner::new(dialogue, toolbox)
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

impl ToolTurn<ChatTools> {
    /// The text of the answer; empty if it has none.
    #[must_use]
    #[inline]
    pub fn text(&self) -> &str {
        self.reply.text()
    }
}

impl ToolTurns<ChatTools> {
    /// Sets whether and which tools the model has to call from the next request on.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest): a turn is under way.
    #[inline]
    pub fn set_tool_choice(&mut self, choice: impl Into<ChatCompletionToolChoiceOption>) -> Result<()> {
        self.api_mut()?.request.body_mut().tool_choice = Some(Box::new(choice.into()));
        Ok(())
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
