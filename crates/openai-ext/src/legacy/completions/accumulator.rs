//! A completion as its chunks come.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::Value;

use crate::runtime::json::{self, Json};
use crate::types::{Completion, CompletionChoice, CompletionChoiceLogprobs};
use crate::{Error, ErrorKind, Extra, Result};

/// No completion has more choices than this: a larger index is not to be believed.
const MAX_CHOICES: i64 = 128;

/// Puts a completion together from its chunks, wherever these come from.
///
/// ```
/// use openai_ext::completions::CompletionAccumulator;
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
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a chunk to the snapshot. Choices are placed by their index; one that is negative counts as 0.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream) for a choice beyond 128. The snapshot has what came before.
    #[inline]
    pub fn push(&mut self, chunk: &Completion) -> Result<()> {
        self.take(chunk, None).map_err(|error| self.with_snapshot(error))
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
        self.take(chunk, Some(&mut |event| events.extend([event]))).map_err(|error| self.with_snapshot(error))
    }

    /// Returns the completion so far. The finish reason is null until it is known.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &Completion {
        &self.snapshot
    }

    /// The completion.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream): there was no chunk.
    #[inline]
    pub fn finish(self) -> Result<Completion> {
        if self.started { Ok(self.snapshot) } else { Err(Error::new(ErrorKind::Stream, "the stream had no chunk")) }
    }

    /// The error with the completion as far as it is there.
    #[cold]
    #[inline]
    pub(super) fn with_snapshot(&self, error: Error) -> Error {
        error.with_detail(self.snapshot.clone())
    }

    #[inline]
    fn take(&mut self, chunk: &Completion, mut emit: Option<&mut dyn FnMut(CompletionStreamEvent)>) -> Result<()> {
        self.take_head(chunk);
        for delta in &chunk.choices {
            let choice = self.choice(delta.index)?;
            let was_finished = is_finished(choice);
            lay(choice, delta);
            let Some(emit) = &mut emit else { continue };
            let index = choice.index;
            if !delta.text.is_empty() {
                emit(CompletionStreamEvent::TextDelta { choice: index, delta: delta.text.clone() });
            }
            if !was_finished && is_finished(choice) {
                emit(CompletionStreamEvent::TextDone { choice: index, text: choice.text.clone() });
            }
        }
        Ok(())
    }

    /// All but the choices. What names the completion is set once.
    #[inline]
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
    #[inline]
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

/// Says if a choice tells why it ended. Some servers send an empty reason until then.
#[inline]
pub(super) fn is_finished(choice: &CompletionChoice) -> bool {
    choice.finish_reason.as_ref().is_some_and(|reason| !reason.as_str().is_empty())
}

#[inline]
fn lay(choice: &mut CompletionChoice, delta: &CompletionChoice) {
    choice.text.push_str(&delta.text);
    if let Some(logprobs) = &delta.logprobs {
        lay_logprobs(choice.logprobs.get_or_insert_with(|| blank("{}")), logprobs);
    }
    if is_finished(delta) {
        choice.finish_reason.clone_from(&delta.finish_reason);
    }
    refresh(&mut choice.extra, &delta.extra);
}

#[inline]
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
        let added = delta_extra.get(name).cloned().unwrap_or_else(|| json::to_value(delta));
        let added = if let Value::Array(items) = added { items } else { Vec::new() };
        match known_extra.get_mut(name) {
            // In its place: the list so far is not to be copied with each chunk.
            Some(Value::Array(list)) => list.extend(added),
            _ => {
                let before = known_extra.remove(name).unwrap_or_else(|| json::to_value(known));
                let before = if let Value::Array(items) = before { items } else { Vec::new() };
                known_extra.insert(name, before.into_iter().chain(added).collect::<Vec<_>>());
            }
        }
    }
    known.get_or_insert_default().extend_from_slice(items);
}

/// Of what the document does not have, the newest value stands.
#[inline]
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

/// An event of a streamed completion.
///
/// An event holds what is new; what there is so far is in the [`snapshot`](super::CompletionStream::snapshot).
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

impl CompletionStreamEvent {
    /// Returns the text that this event adds to the choice with index 0; `None` if it adds none.
    #[must_use]
    #[inline]
    pub fn text_delta(&self) -> Option<&str> {
        match self {
            Self::TextDelta { choice: 0, delta } => Some(delta),
            _ => None,
        }
    }
}
