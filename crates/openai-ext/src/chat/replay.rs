//! The reasoning of a model in the messages that go back to it.

use openai_runtime::{Result, json};
use serde_json::Value;

use super::content::Message;
use super::validation;
use crate::types::{
    ChatCompletionAssistantContentPart, ChatCompletionAssistantMessageContent, ChatCompletionAssistantMessageParam,
    ChatCompletionMessage,
};

/// The treatment of the reasoning in an assistant's message when a run of tools sends the message back.
///
/// Servers besides OpenAI send it in members that the document does not have: `reasoning_content` (DeepSeek, Kimi, vLLM),
/// `reasoning` and `reasoning_details` (OpenRouter, Groq), `thinking` (Ollama), or as parts of `content` of type `thinking`
/// (Mistral). These members are the ones whose name begins with `reasoning` or `thinking`, and `thought` and `thoughts`.
/// Everything else of a message always goes back, above all `extra_content` of its tool calls, where Gemini has the
/// `thought_signature` that it asks for.
///
/// ```no_run
/// use openai_ext::chat::ReasoningReplay;
/// use openai_ext::prelude::*;
///
/// # async fn run(client: Client, tools: Toolbox) -> openai_ext::Result<()> {
/// let call = client.chat().completions().create("deepseek-r1", [Message::user("How is the weather in Oslo?")]);
/// let run = call.run_tools(&tools).with_replay(ReasoningReplay::Drop).send().await?;
/// println!("{}", run.text());
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ReasoningReplay {
    /// It goes back as it came. This is the default, because most servers that send reasoning continue from it, and several
    /// refuse a tool call without it (DeepSeek since V3.2, Kimi K2).
    #[default]
    Keep,
    /// It stays here, for servers that refuse it in what they are sent (DeepSeek R1, Groq).
    Drop,
}

impl ReasoningReplay {
    /// Takes the reasoning out of messages that are to be sent, unless it is to be kept.
    #[cfg_attr(not(feature = "tools"), allow(dead_code, reason = "only runs of tools have the option"))]
    #[inline]
    pub(crate) fn apply(self, messages: &mut [Message]) {
        if self == Self::Drop {
            messages.iter_mut().for_each(drop_reasoning);
        }
    }
}

/// A message of a conversation: its role, its text, and changes to it.
///
/// ```
/// use openai_ext::prelude::*;
///
/// let message = Message::user([ContentPart::text("Hello, "), ContentPart::text("world")]);
/// assert_eq!((message.role(), message.text().as_str()), ("user", "Hello, world"));
/// ```
pub trait MessageExt {
    /// The role as it is sent: `user`, `assistant`, `system`, `developer`, `tool`, `function`; empty if there is none.
    fn role(&self) -> &str;

    /// The text: of a list of parts their texts joined; empty if there is none.
    fn text(&self) -> String;

    /// Returns the message without the model's reasoning, for a server that refuses it; see [`ReasoningReplay`] for the
    /// members. Messages that are not the assistant's stay as they are.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::ChatCompletionMessage;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let message: ChatCompletionMessage =
    ///     serde_json::from_str(r#"{"role": "assistant", "content": "4", "reasoning_content": "2 and 2"}"#)?;
    /// let sent_back = Message::from(message).without_reasoning();
    /// assert_eq!(serde_json::json!(sent_back), serde_json::json!({"role": "assistant", "content": "4"}));
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    fn without_reasoning(self) -> Self;

    /// Checks a message that comes from elsewhere, as from the browser of a user: its role is one of the API's, its values
    /// have the kinds that their fields have, and it has what its role needs. Sending does not need it: a server says the
    /// same later.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let message: Message = serde_json::from_str(r#"{"role": "robot", "content": "Hello"}"#)?;
    /// let error = message.validate().unwrap_err();
    /// assert!(error.to_string().contains("no API knows the role \"robot\""));
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](crate::ErrorKind::InvalidRequest), with the path of the first value that does not fit.
    fn validate(&self) -> Result<()>;
}

impl MessageExt for Message {
    #[inline]
    fn role(&self) -> &str {
        match self {
            Self::Developer(_) => "developer",
            Self::System(_) => "system",
            Self::User(_) => "user",
            Self::Assistant(_) => "assistant",
            Self::Tool(_) => "tool",
            Self::Function(_) => "function",
            Self::Unknown(value) => value.get("role").and_then(Value::as_str).unwrap_or_default(),
            _ => "",
        }
    }

    #[inline]
    fn text(&self) -> String {
        content_text(&json::to_value(self)["content"])
    }

    #[inline]
    fn without_reasoning(mut self) -> Self {
        drop_reasoning(&mut self);
        self
    }

    #[inline]
    fn validate(&self) -> Result<()> {
        validation::validate(self)
    }
}

impl MessageExt for ChatCompletionMessage {
    #[inline]
    fn role(&self) -> &str {
        self.extra.get("role").and_then(Value::as_str).unwrap_or("assistant")
    }

    #[inline]
    fn text(&self) -> String {
        self.content.clone().unwrap_or_default()
    }

    #[inline]
    fn without_reasoning(mut self) -> Self {
        let names: Vec<String> =
            self.extra.iter().map(|(name, _)| name.to_owned()).filter(|name| is_reasoning(name)).collect();
        for name in names {
            self.extra.remove(&name);
        }
        self
    }

    #[inline]
    fn validate(&self) -> Result<()> {
        Message::from(self.clone()).validate()
    }
}

/// The text of a content: a string, or parts that have one.
#[inline]
pub(crate) fn content_text(content: &Value) -> String {
    match content {
        Value::String(text) => text.clone(),
        Value::Array(parts) => parts.iter().filter_map(|part| part.get("text")?.as_str()).collect(),
        _ => String::new(),
    }
}

#[inline]
fn drop_reasoning(message: &mut Message) {
    let Message::Assistant(message) = message else { return };
    let message: &mut ChatCompletionAssistantMessageParam = message;
    let names: Vec<String> =
        message.extra.iter().map(|(name, _)| name.to_owned()).filter(|name| is_reasoning(name)).collect();
    for name in names {
        message.extra.remove(&name);
    }
    if let Some(ChatCompletionAssistantMessageContent::List(parts)) = &mut message.content {
        parts.retain(|part| !is_reasoning_part(part));
        if parts.is_empty() {
            message.content = None;
        }
    }
}

#[inline]
fn is_reasoning_part(part: &ChatCompletionAssistantContentPart) -> bool {
    let ChatCompletionAssistantContentPart::Unknown(part) = part else { return false };
    part.get("type").and_then(Value::as_str).is_some_and(is_reasoning)
}

#[inline]
fn is_reasoning(name: &str) -> bool {
    name.starts_with("reasoning") || name.starts_with("thinking") || matches!(name, "thought" | "thoughts")
}
