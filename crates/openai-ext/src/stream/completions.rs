//! Continuations of a bare text, put together from their chunks: the older endpoint `completions`.
//!
//! [`CompletionStreamExt::stream_events`] sends a call and gives a [`CompletionStream`]; a [`CompletionAccumulator`]
//! does the same with chunks of any origin.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::resources::completions::Create;
use crate::runtime::json::{self, Json};
use crate::types::{Completion, CompletionChoice, CompletionChoiceLogprobs};
use crate::{Error, ErrorKind, EventStream, Extra, HeaderMap, Result};

/// No completion has more choices than this: a larger index is not to be believed.
const MAX_CHOICES: i64 = 128;

/// Puts a completion together from its chunks, wherever these come from.
///
/// ```
/// use openai_ext::stream::completions::CompletionAccumulator;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut accumulator = CompletionAccumulator::new();
/// accumulator.push(&serde_json::from_str(r#"{"choices": [{"index": 0, "text": "Once"}]}"#)?)?;
/// accumulator.push(&serde_json::from_str(r#"{"choices": [{"index": 0, "text": " upon"}]}"#)?)?;
/// assert_eq!(accumulator.finish()?.choices[0].text, "Once upon");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct CompletionAccumulator {
    snapshot: Completion,
    started: bool,
}

impl CompletionAccumulator {
    /// An accumulator without chunks.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chunk to the snapshot. Choices are placed by their index; one that is negative counts as 0.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream) for a choice beyond 128. The snapshot has what came before.
    pub fn push(&mut self, chunk: &Completion) -> Result<()> {
        self.take(chunk, None)
    }

    /// Adds a chunk to the snapshot and the events that it leads to to `events`: all but
    /// [`CompletionStreamEvent::Chunk`], as the caller has the chunk.
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn push_with_events(
        &mut self,
        chunk: &Completion,
        events: &mut impl Extend<CompletionStreamEvent>,
    ) -> Result<()> {
        self.take(chunk, Some(&mut |event| events.extend([event])))
    }

    /// What the chunks so far come to. The finish reason is null until it is known.
    #[must_use]
    pub fn snapshot(&self) -> &Completion {
        &self.snapshot
    }

    /// The completion.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream): there was no chunk.
    pub fn finish(self) -> Result<Completion> {
        if self.started { Ok(self.snapshot) } else { Err(Error::new(ErrorKind::Stream, "the stream had no chunk")) }
    }

    fn take(&mut self, chunk: &Completion, mut emit: Option<&mut dyn FnMut(CompletionStreamEvent)>) -> Result<()> {
        self.take_head(chunk);
        for delta in &chunk.choices {
            let choice = self.choice(delta.index)?;
            let was_finished = !choice.finish_reason.as_str().is_empty();
            lay(choice, delta);
            let Some(emit) = &mut emit else { continue };
            let index = choice.index;
            if !delta.text.is_empty() {
                emit(CompletionStreamEvent::TextDelta { choice: index, delta: delta.text.clone() });
            }
            if !was_finished && !choice.finish_reason.as_str().is_empty() {
                emit(CompletionStreamEvent::TextDone { choice: index, text: choice.text.clone() });
            }
        }
        Ok(())
    }

    /// All but the choices. What names the completion is set once.
    fn take_head(&mut self, chunk: &Completion) {
        let snapshot = &mut self.snapshot;
        if !self.started {
            self.started = true;
            *snapshot = blank(r#"{"choices": [], "object": "text_completion"}"#);
            for name in ["id", "created", "model"].iter().filter(|name| !chunk.extra.is_absent(name)) {
                snapshot.extra.remove(name);
            }
        }
        if snapshot.id.is_empty() {
            snapshot.id.clone_from(&chunk.id);
        }
        if snapshot.model.is_empty() {
            snapshot.model.clone_from(&chunk.model);
        }
        if snapshot.created == 0 {
            snapshot.created = chunk.created;
        }
        if chunk.system_fingerprint.is_some() && snapshot.system_fingerprint != chunk.system_fingerprint {
            snapshot.system_fingerprint.clone_from(&chunk.system_fingerprint);
        }
        if chunk.usage.is_some() {
            snapshot.usage.clone_from(&chunk.usage);
        }
        refresh(&mut snapshot.extra, &chunk.extra);
    }

    /// The choice with this index, now at least.
    fn choice(&mut self, index: i64) -> Result<&mut CompletionChoice> {
        let index = index.max(0);
        let choices = &mut self.snapshot.choices;
        let at = match choices.binary_search_by_key(&index, |choice| choice.index) {
            Ok(at) => at,
            Err(_) if index >= MAX_CHOICES => {
                let message = format!("the index {index} of a choice is beyond the {MAX_CHOICES} that there may be");
                return Err(Error::new(ErrorKind::Stream, message));
            }
            Err(at) => {
                let mut choice: CompletionChoice =
                    blank(r#"{"index": 0, "text": "", "finish_reason": null, "logprobs": null}"#);
                choice.index = index;
                choices.insert(at, choice);
                at
            }
        };
        Ok(&mut choices[at])
    }
}

/// A value with the fields of a text, which then says of all others that they are absent.
fn blank<T: Json + Default>(text: &str) -> T {
    json::from_slice(text.as_bytes()).unwrap_or_default()
}

fn lay(choice: &mut CompletionChoice, delta: &CompletionChoice) {
    choice.text.push_str(&delta.text);
    if let Some(logprobs) = &delta.logprobs {
        lay_logprobs(choice.logprobs.get_or_insert_with(|| blank("{}")), logprobs);
    }
    if !delta.finish_reason.as_str().is_empty() {
        choice.finish_reason = delta.finish_reason.clone();
    }
    refresh(&mut choice.extra, &delta.extra);
}

fn lay_logprobs(known: &mut CompletionChoiceLogprobs, delta: &CompletionChoiceLogprobs) {
    let extra = (&mut known.extra, &delta.extra);
    extend("text_offset", &mut known.text_offset, &delta.text_offset, extra);
    let extra = (&mut known.extra, &delta.extra);
    extend("token_logprobs", &mut known.token_logprobs, &delta.token_logprobs, extra);
    let extra = (&mut known.extra, &delta.extra);
    extend("tokens", &mut known.tokens, &delta.tokens, extra);
    let extra = (&mut known.extra, &delta.extra);
    extend("top_logprobs", &mut known.top_logprobs, &delta.top_logprobs, extra);
    let names = ["text_offset", "token_logprobs", "tokens", "top_logprobs"];
    let members = delta.extra.iter().filter(|(name, _)| !names.contains(name));
    members.for_each(|(name, value)| known.extra.insert(name, value.clone()));
}

/// Appends a list. The first token of an echoed prompt has the probability null, which the field can't hold but its
/// `extra` does: then the list goes on there as well, so that it stays as long as the others.
fn extend<T: Clone>(
    name: &str,
    known: &mut Option<Vec<T>>,
    delta: &Option<Vec<T>>,
    (known_extra, delta_extra): (&mut Extra, &Extra),
) where
    Option<Vec<T>>: Json,
{
    let Some(items) = delta else { return };
    let exact =
        delta_extra.get(name).is_some_and(Value::is_array) || known_extra.get(name).is_some_and(Value::is_array);
    if exact {
        let before = known_extra.remove(name).unwrap_or_else(|| json::to_value(known));
        let added = delta_extra.get(name).cloned().unwrap_or_else(|| json::to_value(delta));
        let both = [before, added].into_iter().filter_map(|list| match list {
            Value::Array(items) => Some(items),
            _ => None,
        });
        known_extra.insert(name, both.flatten().collect::<Vec<_>>());
    }
    known.get_or_insert_default().extend_from_slice(items);
}

/// Of what the document does not have, the newest value stands.
fn refresh(known: &mut Extra, new: &Extra) {
    for (name, value) in new.iter().filter(|(_, value)| !value.is_null()) {
        if known.get(name) != Some(value) {
            known.insert(name, value.clone());
        }
    }
}

/// The snapshot alone, or null before the first chunk.
impl Serialize for CompletionAccumulator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.started.then_some(&self.snapshot).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for CompletionAccumulator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let snapshot = Option::<Completion>::deserialize(deserializer)?;
        let read = Self { started: snapshot.is_some(), snapshot: snapshot.unwrap_or_default() };
        match read.snapshot.choices.is_sorted_by(|a, b| a.index < b.index) {
            true => Ok(read),
            false => Err(D::Error::custom("the choices are not in the order of their indexes")),
        }
    }
}

/// What happened in the stream of a completion.
///
/// An event holds what is new; what there is so far is in the [`snapshot`](CompletionStream::snapshot).
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum CompletionStreamEvent {
    /// A chunk as it came, before the events that it leads to.
    Chunk(Box<Completion>),
    /// The text goes on.
    #[non_exhaustive]
    TextDelta {
        /// The index of the choice; 0 unless `n` asked for more.
        choice: i64,
        /// The text that is new.
        delta: String,
    },
    /// The text is complete, as the choice is finished.
    #[non_exhaustive]
    TextDone {
        /// The index of the choice.
        choice: i64,
        /// The whole text.
        text: String,
    },
}

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
