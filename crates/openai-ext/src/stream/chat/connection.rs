//! The stream of a chat completion over its connection.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::accumulator::is_chunk;
use super::{ChatAccumulator, ChatStreamEvent};
use crate::chat::{ChatCompletionChunkExt, ChatCompletionExt};
use crate::resources::chat::completions::Create;
use crate::types::{
    ChatCompletion, ChatCompletionChoice, ChatCompletionChunk, ChatCompletionMessageToolCall,
    ChatCompletionResponseFormat,
};
use crate::{EventStream, HeaderMap, Result};

/// A last word of `client.chat().completions().create(…)`.
pub trait ChatStreamExt {
    /// Sends the call and gives what happens in the stream, and at the end the whole completion.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::stream::chat::ChatStreamEvent;
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
    fn stream_events(self) -> impl Future<Output = Result<ChatCompletionStream>> + Send {
        use ChatCompletionResponseFormat::{JsonObject, JsonSchema};
        let parsing = matches!(self.body().response_format, Some(JsonObject(_) | JsonSchema(_)));
        let chunks = self.stream();
        async move { Ok(ChatCompletionStream::new(chunks.await?).with_parsing(parsing)) }
    }
}

/// What happens in the stream of a chat completion: a `Stream` of [`ChatStreamEvent`]s.
///
/// After an error there are no more events; the [`snapshot`](Self::snapshot) has what came before it. Dropping the
/// stream closes the connection.
pub struct ChatCompletionStream {
    chunks: EventStream<ChatCompletionChunk>,
    accumulator: ChatAccumulator,
    /// Events of the last chunk that were not given yet.
    events: VecDeque<ChatStreamEvent>,
}

impl ChatCompletionStream {
    /// What happens in a stream that was opened before, as by `stream()`.
    #[must_use]
    pub fn new(chunks: EventStream<ChatCompletionChunk>) -> Self {
        Self { chunks, accumulator: ChatAccumulator::new(), events: VecDeque::new() }
    }

    /// Whether events have the JSON of the text and of tools' arguments as far as it is there, and a completion that was
    /// cut off is an error at the end; see [`ChatAccumulator::with_parsing`].
    #[must_use]
    pub fn with_parsing(mut self, parsing: bool) -> Self {
        self.accumulator = self.accumulator.with_parsing(parsing);
        self
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<ChatStreamEvent>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// The header `x-request-id`.
    #[must_use]
    pub fn request_id(&self) -> Option<&str> {
        self.chunks.request_id()
    }

    /// The headers of the response.
    #[must_use]
    pub fn headers(&self) -> &HeaderMap {
        self.chunks.headers()
    }

    /// Ends the stream now: there are no more events, and the connection is closed.
    pub fn close(&mut self) {
        self.events.clear();
        self.chunks.close();
    }

    /// What the chunks so far come to. While the events of a chunk are given, all of the chunk is in it already.
    #[must_use]
    pub fn snapshot(&self) -> &ChatCompletion {
        self.accumulator.snapshot()
    }

    /// The choice with this index, as far as it is there.
    #[must_use]
    pub fn choice(&self, index: i64) -> Option<&ChatCompletionChoice> {
        self.accumulator.choice(index)
    }

    /// The tool call with this index in a choice, as far as it is there. Its place in the message may be another.
    #[must_use]
    pub fn tool_call(&self, choice: i64, index: i64) -> Option<&ChatCompletionMessageToolCall> {
        self.accumulator.tool_call(choice, index)
    }

    /// Reads the rest of the stream into the snapshot and gives no events, so that what there is stays at hand whatever
    /// becomes of the connection.
    ///
    /// # Errors
    /// Those of the connection, and those of [`ChatAccumulator::push`].
    pub async fn read_to_end(&mut self) -> Result<()> {
        self.events.clear();
        while let Some(chunk) = self.chunks.next().await {
            self.accumulator.push(&chunk?).inspect_err(|_| self.chunks.close())?;
        }
        Ok(())
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
    /// Those of [`read_to_end`](Self::read_to_end) and of [`ChatAccumulator::finish`].
    pub async fn final_completion(mut self) -> Result<ChatCompletion> {
        self.read_to_end().await?;
        self.accumulator.finish()
    }

    /// Reads the rest of the stream and gives the text of the first choice; empty if it has none.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion).
    pub async fn final_content(self) -> Result<String> {
        let completion = self.final_completion().await?;
        Ok(completion.text().to_owned())
    }

    /// What is still to come of the text of the choice with index 0, as it comes.
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
    #[must_use]
    pub fn text_stream(self) -> ChatTextStream {
        ChatTextStream { stream: self }
    }

    /// What the chunks so far come to, to go on with chunks from elsewhere.
    #[must_use]
    pub fn into_accumulator(self) -> ChatAccumulator {
        self.accumulator
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<ChatStreamEvent>>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        loop {
            let Some(chunk) = ready!(Pin::new(&mut self.chunks).poll_next(context)) else {
                return Poll::Ready(None);
            };
            let chunk = chunk?;
            if let Err(error) = self.accumulator.push_with_events(&chunk, &mut self.events) {
                self.close();
                return Poll::Ready(Some(Err(error)));
            }
            if is_chunk(&chunk) {
                return Poll::Ready(Some(Ok(ChatStreamEvent::Chunk(Box::new(chunk)))));
            }
        }
    }

    /// The next text of the choice with index 0.
    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        while let Some(event) = self.events.pop_front() {
            if let ChatStreamEvent::ContentDelta { choice: 0, delta, .. } = event {
                return Poll::Ready(Some(Ok(delta)));
            }
        }
        loop {
            let Some(chunk) = ready!(Pin::new(&mut self.chunks).poll_next(context)) else {
                return Poll::Ready(None);
            };
            let chunk = chunk?;
            if let Err(error) = self.accumulator.push(&chunk) {
                self.close();
                return Poll::Ready(Some(Err(error)));
            }
            if is_chunk(&chunk) && !chunk.text().is_empty() {
                return Poll::Ready(Some(Ok(chunk.text().to_owned())));
            }
        }
    }
}

impl Stream for ChatCompletionStream {
    type Item = Result<ChatStreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl fmt::Debug for ChatCompletionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ChatCompletionStream")
            .field("chunks", &self.chunks)
            .field("snapshot", self.snapshot())
            .finish_non_exhaustive()
    }
}

/// The text of a chat completion as it comes: a `Stream` of `String`s.
#[derive(Debug)]
pub struct ChatTextStream {
    stream: ChatCompletionStream,
}

impl ChatTextStream {
    /// The next piece of the text, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<String>> {
        poll_fn(|context| self.stream.poll_text(context)).await
    }

    /// The stream itself: for its snapshot, or to go on with its events.
    #[must_use]
    pub fn into_inner(self) -> ChatCompletionStream {
        self.stream
    }
}

impl Stream for ChatTextStream {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_text(context)
    }
}
