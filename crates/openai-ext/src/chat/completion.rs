//! The content of a chat reply: text, refusal and tool calls of its first choice.

use crate::types::{
    ChatCompletion, ChatCompletionChunk, ChatCompletionMessage, ChatCompletionMessageFunctionToolCall,
    ChatCompletionMessageToolCall,
};

/// The first choice of a chat completion, which is the only one unless `n` asked for more.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::types::ChatCompletion;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let reply: ChatCompletion = serde_json::from_str(r#"{
///     "choices": [{"index": 0, "message": {"role": "assistant", "content": "Hello!"}, "finish_reason": "stop"}]
/// }"#)?;
/// assert_eq!(reply.text(), "Hello!");
/// assert!(reply.tool_calls().is_empty());
/// # Ok(())
/// # }
/// ```
pub trait ChatCompletionExt {
    /// The message of the first choice. `Message::from(message.clone())` is the one to send back in the next call, with all
    /// its members; [`without_reasoning`](crate::MessageExt::without_reasoning) is for servers that refuse reasoning.
    fn message(&self) -> Option<&ChatCompletionMessage>;

    /// The text of the first choice; empty if it has none.
    #[inline]
    fn text(&self) -> &str {
        self.message().and_then(|message| message.content.as_deref()).unwrap_or_default()
    }

    /// Why the model refused to answer, if it did.
    #[inline]
    fn refusal(&self) -> Option<&str> {
        self.message()?.refusal.as_deref()
    }

    /// The functions that the first choice calls, without calls of other kinds.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::ChatCompletion;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let reply: ChatCompletion = serde_json::from_str(r#"{"choices": [{"finish_reason": "tool_calls", "message": {
    ///     "tool_calls": [{"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}]
    /// }}]}"#)?;
    /// assert_eq!(reply.function_calls()[0].function.name, "add");
    /// assert!(reply.choices[0].finish_reason == "tool_calls");
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    fn function_calls(&self) -> Vec<&ChatCompletionMessageFunctionToolCall> {
        let calls = self.tool_calls().iter();
        calls
            .filter_map(|call| match call {
                ChatCompletionMessageToolCall::Function(call) => Some(call),
                _ => None,
            })
            .collect()
    }

    /// The tools that the first choice calls.
    #[inline]
    fn tool_calls(&self) -> &[ChatCompletionMessageToolCall] {
        self.message().and_then(|message| message.tool_calls.as_deref()).unwrap_or_default()
    }
}

impl ChatCompletionExt for ChatCompletion {
    #[inline]
    fn message(&self) -> Option<&ChatCompletionMessage> {
        self.choices.first().map(|choice| &choice.message)
    }
}

/// The first choice of a chunk of a streamed chat completion.
pub trait ChatCompletionChunkExt {
    /// Returns the text that this chunk adds to the choice with index 0; `None` if it adds none.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Tell me a story")]);
    /// let mut chunks = call.stream().await?;
    /// while let Some(chunk) = chunks.next().await {
    ///     print!("{}", chunk?.text_delta().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn text_delta(&self) -> Option<&str>;

    /// Returns the text that the first choice gets by the chunk; empty if it gets none.
    #[inline]
    fn text(&self) -> &str {
        self.text_delta().unwrap_or_default()
    }
}

impl ChatCompletionChunkExt for ChatCompletionChunk {
    #[inline]
    fn text_delta(&self) -> Option<&str> {
        // With `n` above 1, a chunk is of one choice, and not always of the first.
        let choice = self.choices.iter().find(|choice| choice.index == 0);
        choice.and_then(|choice| choice.delta.content.as_deref()).filter(|text| !text.is_empty())
    }
}
