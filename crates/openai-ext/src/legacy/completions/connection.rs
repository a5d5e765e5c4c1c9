//! The stream of a completion over its connection.

use std::collections::VecDeque;

use super::accumulator::{CompletionAccumulator, CompletionStreamEvent, is_finished};
use crate::resources::completions::Create;
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, connection, text_stream};
use crate::types::Completion;
use crate::{Error, EventStream, Result};

/// A last word of `client.completions().create(…)`.
pub trait CompletionStreamExt {
    /// Sends the call and gives what happens in the stream, and at the end the whole completion.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.completions().create("gpt-3.5-turbo-instruct", "Once upon a time");
    /// let mut events = call.stream_events().await?;
    /// while let Some(event) = events.next().await {
    ///     print!("{}", event?.text_delta().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of sending the call.
    fn stream_events(self) -> impl Future<Output = Result<CompletionStream>> + Send;
}

impl CompletionStreamExt for Create {
    #[inline]
    fn stream_events(self) -> impl Future<Output = Result<CompletionStream>> + Send {
        let chunks = self.stream();
        async move { Ok(CompletionStream::new(chunks.await?)) }
    }
}

/// The first choice of a chunk of a streamed completion.
pub trait CompletionChunkExt {
    /// Returns the text that this chunk adds to the choice with index 0; `None` if it adds none.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.completions().create("gpt-3.5-turbo-instruct", "Once upon a time");
    /// let mut chunks = call.stream().await?;
    /// while let Some(chunk) = chunks.next().await {
    ///     print!("{}", chunk?.text_delta().unwrap_or_default());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn text_delta(&self) -> Option<&str>;
}

impl CompletionChunkExt for Completion {
    #[inline]
    fn text_delta(&self) -> Option<&str> {
        let choice = self.choices.iter().find(|choice| choice.index == 0);
        choice.map(|choice| choice.text.as_str()).filter(|text| !text.is_empty())
    }
}

/// The events of a streamed completion: a `Stream` of [`CompletionStreamEvent`]s.
///
/// After an error there are no more events; the [`snapshot`](Self::snapshot) has what came before it. Dropping the
/// stream closes the connection.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct CompletionStream {
    connection: EventConnection<Completion, CompletionAccumulator>,
}

connection!([] CompletionStream => CompletionStreamEvent, "The next event");

impl CompletionStream {
    /// Makes one of a stream that was opened before, as by `stream()`.
    #[inline]
    pub fn new(chunks: EventStream<Completion>) -> Self {
        Self { connection: EventConnection::new(chunks, CompletionAccumulator::new()) }
    }

    /// Returns the completion so far.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &Completion {
        self.connection.accumulator.snapshot()
    }

    /// Reads the rest of the stream into the snapshot and gives no events, so that what there is stays at hand whatever
    /// becomes of the connection.
    ///
    /// # Errors
    /// Those of the connection, and those of [`CompletionAccumulator::push`].
    #[inline]
    pub async fn read_to_end(&mut self) -> Result<()> {
        self.connection.read_to_end().await
    }

    /// Reads the rest of the stream and gives the whole completion.
    ///
    /// # Errors
    /// Those of [`read_to_end`](Self::read_to_end) and of [`CompletionAccumulator::finish`]; of kind
    /// [`Truncated`](crate::ErrorKind::Truncated) if the stream broke off or was closed before, though that was said then.
    #[inline]
    pub async fn final_completion(self) -> Result<Completion> {
        self.connection.complete(CompletionAccumulator::finish).await
    }

    /// Reads the rest of the stream and gives the text of the first choice; empty if it has none.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion).
    #[inline]
    pub async fn final_text(self) -> Result<String> {
        let completion = self.final_completion().await?;
        Ok(completion.choices.into_iter().next().map(|choice| choice.text).unwrap_or_default())
    }

    /// Returns the rest of the text of the choice with index 0, as it arrives.
    #[inline]
    pub fn text_stream(self) -> CompletionTextStream {
        CompletionTextStream(self)
    }

    /// Returns the accumulator with the chunks so far, to continue with chunks from elsewhere.
    #[must_use]
    #[inline]
    pub fn into_accumulator(self) -> CompletionAccumulator {
        self.connection.accumulator
    }
}

impl Accumulate<Completion> for CompletionAccumulator {
    type Event = CompletionStreamEvent;

    #[inline]
    fn take(&mut self, chunk: Completion, wanted: Wanted, said: &mut VecDeque<CompletionStreamEvent>) -> Result<()> {
        if wanted == Wanted::Nothing {
            return self.push(&chunk);
        }
        self.push_with_events(&chunk, said)?;
        // All that was said before is given by now.
        said.push_front(CompletionStreamEvent::Chunk(Box::new(chunk)));
        Ok(())
    }

    #[inline]
    fn text(event: CompletionStreamEvent) -> Option<String> {
        match event {
            CompletionStreamEvent::TextDelta { choice: 0, delta } => Some(delta),
            _ => None,
        }
    }

    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        self.with_snapshot(error)
    }

    #[inline]
    fn is_complete(&self) -> bool {
        let choices = &self.snapshot().choices;
        !choices.is_empty() && choices.iter().all(is_finished)
    }
}

text_stream! {
    /// The text of a completion as it comes: a `Stream` of `String`s.
    CompletionTextStream of CompletionStream
}
