//! The stream of a chat completion over its connection.

use std::collections::VecDeque;

use serde_json::Value;

use super::accumulator::{ChatAccumulator, is_chunk};
use super::event::ChatStreamEvent;
use crate::chat::completion::{ChatCompletionChunkExt, ChatCompletionExt};
use crate::resources::chat::completions::Create;
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, connection, text_stream};
use crate::types::{
    ChatCompletion, ChatCompletionChoice, ChatCompletionChunk, ChatCompletionMessageToolCall,
    ChatCompletionResponseFormat,
};
use crate::{Error, EventStream, Result};

/// A last word of `client.chat().completions().create(…)`.
pub trait ChatStreamExt {
    /// Sends the call and gives what happens in the stream, and at the end the whole completion.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::chat::ChatStreamEvent;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Tell me a story")]);
    /// let mut events = call.stream_events().await?;
    /// while let Some(event) = events.next().await {
    ///     match event? {
    ///         ChatStreamEvent::ContentDelta { delta, .. } => print!("{delta}"),
    ///         ChatStreamEvent::ToolArgumentsDone { name, arguments, .. } => println!("{name}({arguments})"),
    ///         _ => {}
    ///     }
    /// }
    /// println!("{}", events.final_completion().await?.choices[0].finish_reason);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// If the response's format is JSON, the stream [parses](ChatCompletionStream::with_parsing) it.
    ///
    /// # Errors
    /// Those of sending the call.
    fn stream_events(self) -> impl Future<Output = Result<ChatCompletionStream>> + Send;
}

impl ChatStreamExt for Create {
    #[inline]
    fn stream_events(self) -> impl Future<Output = Result<ChatCompletionStream>> + Send {
        use ChatCompletionResponseFormat::{JsonObject, JsonSchema};
        let parsing = matches!(self.body().response_format.as_deref(), Some(JsonObject(_) | JsonSchema(_)));
        let chunks = self.stream();
        async move { Ok(ChatCompletionStream::new(chunks.await?).with_parsing(parsing)) }
    }
}

/// The events of a streamed chat completion: a `Stream` of [`ChatStreamEvent`]s.
///
/// After an error there are no more events; the [`snapshot`](Self::snapshot) has what came before it. Dropping the
/// stream closes the connection.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct ChatCompletionStream {
    pub(crate) connection: EventConnection<ChatCompletionChunk, ChatAccumulator>,
}

connection!([] ChatCompletionStream => ChatStreamEvent, "The next event");

impl ChatCompletionStream {
    /// Makes one of a stream that was opened before, as by `stream()`.
    #[inline]
    pub fn new(chunks: EventStream<ChatCompletionChunk>) -> Self {
        Self { connection: EventConnection::new(chunks, ChatAccumulator::new()) }
    }

    /// Sets if the events of what is done have its JSON, and a completion that was cut off is an error at the end; see
    /// [`ChatAccumulator::with_parsing`].
    #[inline]
    pub fn with_parsing(mut self, parsing: bool) -> Self {
        self.connection.accumulator.parsing = parsing;
        self
    }

    /// Returns the completion so far. While the events of a chunk are given, all of the chunk is in it already.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &ChatCompletion {
        self.connection.accumulator.snapshot()
    }

    /// The choice with this index, as far as it is there.
    #[must_use]
    #[inline]
    pub fn choice(&self, index: i64) -> Option<&ChatCompletionChoice> {
        self.connection.accumulator.choice(index)
    }

    /// The tool call with this index in a choice, as far as it is there. Its place in the message may be another.
    #[must_use]
    #[inline]
    pub fn tool_call(&self, choice: i64, index: i64) -> Option<&ChatCompletionMessageToolCall> {
        self.connection.accumulator.tool_call(choice, index)
    }

    /// Returns the JSON of a choice's text as far as it is there: see [`ChatAccumulator::partial_content`].
    #[must_use]
    #[inline]
    pub fn partial_content(&mut self, choice: i64) -> Option<&Value> {
        self.connection.accumulator.partial_content(choice)
    }

    /// Returns the JSON of a tool call's arguments as far as it is there: see [`ChatAccumulator::partial_arguments`].
    #[must_use]
    #[inline]
    pub fn partial_arguments(&mut self, choice: i64, index: i64) -> Option<&Value> {
        self.connection.accumulator.partial_arguments(choice, index)
    }

    /// Reads the rest of the stream into the snapshot and gives no events, so that what there is stays at hand whatever
    /// becomes of the connection.
    ///
    /// # Errors
    /// Those of the connection, and those of [`ChatAccumulator::push`].
    #[inline]
    pub async fn read_to_end(&mut self) -> Result<()> {
        self.connection.read_to_end().await
    }

    /// Reads the rest of the stream and gives the whole completion.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Tell me a story")]);
    /// let completion = call.stream_events().await?.final_completion().await?;
    /// println!("{}", completion.text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`read_to_end`](Self::read_to_end) and of [`ChatAccumulator::finish`]; of kind
    /// [`Truncated`](crate::ErrorKind::Truncated) if the stream broke off or was closed before, though that was said then.
    #[inline]
    pub async fn final_completion(self) -> Result<ChatCompletion> {
        self.connection.complete(ChatAccumulator::finish).await
    }

    /// Reads the rest of the stream and gives the text of the first choice; empty if it has none.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion).
    #[inline]
    pub async fn final_content(self) -> Result<String> {
        let completion = self.final_completion().await?;
        Ok(completion.text().to_owned())
    }

    /// Returns the rest of the text of the choice with index 0, as it arrives.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.chat().completions().create("gpt-5.5", [Message::user("Tell me a story")]);
    /// let mut text = call.stream_events().await?.text_stream();
    /// while let Some(delta) = text.next().await {
    ///     print!("{}", delta?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[inline]
    pub fn text_stream(self) -> ChatTextStream {
        ChatTextStream(self)
    }

    /// Returns the accumulator with the chunks so far, to continue with chunks from elsewhere.
    #[must_use]
    #[inline]
    pub fn into_accumulator(self) -> ChatAccumulator {
        self.connection.accumulator
    }
}

impl Accumulate<ChatCompletionChunk> for ChatAccumulator {
    type Event = ChatStreamEvent;

    #[inline]
    fn take(&mut self, chunk: ChatCompletionChunk, wanted: Wanted, said: &mut VecDeque<ChatStreamEvent>) -> Result<()> {
        match wanted {
            Wanted::All => {
                self.push_with_events(&chunk, said)?;
                if is_chunk(&chunk) {
                    // All that was said before is given by now.
                    said.push_front(ChatStreamEvent::Chunk(Box::new(chunk)));
                }
            }
            Wanted::Text => {
                self.push(&chunk)?;
                if is_chunk(&chunk)
                    && let Some(delta) = chunk.text_delta().map(str::to_owned)
                {
                    said.push_back(ChatStreamEvent::ContentDelta { choice: 0, delta });
                }
            }
            Wanted::Nothing => self.push(&chunk)?,
        }
        Ok(())
    }

    #[inline]
    fn text(event: ChatStreamEvent) -> Option<String> {
        match event {
            ChatStreamEvent::ContentDelta { choice: 0, delta, .. } if !delta.is_empty() => Some(delta),
            _ => None,
        }
    }

    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        self.with_snapshot(error)
    }

    #[inline]
    fn is_complete(&self) -> bool {
        let choices = &self.snapshot.choices;
        !choices.is_empty() && choices.iter().all(|choice| !choice.finish_reason.as_str().is_empty())
    }
}

text_stream! {
    /// The text of a chat completion as it comes: a `Stream` of `String`s.
    ChatTextStream of ChatCompletionStream
}
