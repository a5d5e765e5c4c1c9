//! The stream of a completion over its connection.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::{CompletionAccumulator, CompletionStreamEvent};
use crate::resources::completions::Create;
use crate::types::Completion;
use crate::{EventStream, HeaderMap, Result};

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
    ///     if let CompletionStreamEvent::TextDelta { delta, .. } = event? {
    ///         print!("{delta}");
    ///     }
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
    fn stream_events(self) -> impl Future<Output = Result<CompletionStream>> + Send {
        let chunks = self.stream();
        async move { Ok(CompletionStream::new(chunks.await?)) }
    }
}

/// What happens in the stream of a completion: a `Stream` of [`CompletionStreamEvent`]s.
///
/// After an error there are no more events; the [`snapshot`](Self::snapshot) has what came before it. Dropping the
/// stream closes the connection.
pub struct CompletionStream {
    chunks: EventStream<Completion>,
    accumulator: CompletionAccumulator,
    /// Events of the last chunk that were not given yet.
    events: VecDeque<CompletionStreamEvent>,
}

impl CompletionStream {
    /// What happens in a stream that was opened before, as by `stream()`.
    #[must_use]
    pub fn new(chunks: EventStream<Completion>) -> Self {
        Self { chunks, accumulator: CompletionAccumulator::new(), events: VecDeque::new() }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<CompletionStreamEvent>> {
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

    /// What the chunks so far come to.
    #[must_use]
    pub fn snapshot(&self) -> &Completion {
        self.accumulator.snapshot()
    }

    /// Reads the rest of the stream into the snapshot and gives no events, so that what there is stays at hand whatever
    /// becomes of the connection.
    ///
    /// # Errors
    /// Those of the connection, and those of [`CompletionAccumulator::push`].
    pub async fn read_to_end(&mut self) -> Result<()> {
        self.events.clear();
        while let Some(chunk) = self.chunks.next().await {
            self.accumulator.push(&chunk?).inspect_err(|_| self.chunks.close())?;
        }
        Ok(())
    }

    /// Reads the rest of the stream and gives the whole completion.
    ///
    /// # Errors
    /// Those of [`read_to_end`](Self::read_to_end) and of [`CompletionAccumulator::finish`].
    pub async fn final_completion(mut self) -> Result<Completion> {
        self.read_to_end().await?;
        self.accumulator.finish()
    }

    /// Reads the rest of the stream and gives the text of the first choice; empty if it has none.
    ///
    /// # Errors
    /// Those of [`final_completion`](Self::final_completion).
    pub async fn final_text(self) -> Result<String> {
        let completion = self.final_completion().await?;
        Ok(completion.choices.into_iter().next().map(|choice| choice.text).unwrap_or_default())
    }

    /// What is still to come of the text of the choice with index 0, as it comes.
    #[must_use]
    pub fn text_stream(self) -> CompletionTextStream {
        CompletionTextStream { stream: self }
    }

    /// What the chunks so far come to, to go on with chunks from elsewhere.
    #[must_use]
    pub fn into_accumulator(self) -> CompletionAccumulator {
        self.accumulator
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<CompletionStreamEvent>>> {
        if let Some(event) = self.events.pop_front() {
            return Poll::Ready(Some(Ok(event)));
        }
        let Some(chunk) = ready!(Pin::new(&mut self.chunks).poll_next(context)) else {
            return Poll::Ready(None);
        };
        let chunk = chunk?;
        if let Err(error) = self.accumulator.push_with_events(&chunk, &mut self.events) {
            self.close();
            return Poll::Ready(Some(Err(error)));
        }
        Poll::Ready(Some(Ok(CompletionStreamEvent::Chunk(Box::new(chunk)))))
    }

    /// The next text of the choice with index 0. An event costs little beside its chunk.
    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<String>>> {
        loop {
            match ready!(self.poll_event(context)) {
                Some(Ok(CompletionStreamEvent::TextDelta { choice: 0, delta })) => return Poll::Ready(Some(Ok(delta))),
                Some(Ok(_)) => {}
                Some(Err(error)) => return Poll::Ready(Some(Err(error))),
                None => return Poll::Ready(None),
            }
        }
    }
}

impl Stream for CompletionStream {
    type Item = Result<CompletionStreamEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl fmt::Debug for CompletionStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CompletionStream")
            .field("chunks", &self.chunks)
            .field("snapshot", self.snapshot())
            .finish_non_exhaustive()
    }
}

/// The text of a completion as it comes: a `Stream` of `String`s.
#[derive(Debug)]
pub struct CompletionTextStream {
    stream: CompletionStream,
}

impl CompletionTextStream {
    /// The next piece of the text, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<String>> {
        poll_fn(|context| self.stream.poll_text(context)).await
    }

    /// The stream itself: for its snapshot, or to go on with its events.
    #[must_use]
    pub fn into_inner(self) -> CompletionStream {
        self.stream
    }
}

impl Stream for CompletionTextStream {
    type Item = Result<String>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.stream.poll_text(context)
    }
}
