//! A completion as its chunks come.
// Servers still send the deprecated `system_fingerprint`.
#![allow(deprecated)]

use serde_json::Value;

use super::delta::{blank, blank_choice, lay_choice, refresh};
use super::event::{ChatStreamEvent, Emit, announce, find_call};
use super::state::ChoiceState;
use crate::runtime::json;
use crate::structured::reply::check;
use crate::types::{ChatCompletion, ChatCompletionChoice, ChatCompletionChunk, ChatCompletionMessageToolCall};
use crate::{Error, ErrorKind, Result};

/// No completion has more choices than this: a larger index is not to be believed.
const MAX_CHOICES: i64 = 128;

/// Puts a chat completion together from its chunks, wherever these come from.
///
/// ```
/// use openai_ext::prelude::*;
/// use openai_ext::chat::ChatAccumulator;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut accumulator = ChatAccumulator::new();
/// for line in [
///     r#"{"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": "Hel"}}]}"#,
///     r#"{"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": "lo!"}, "finish_reason": "stop"}]}"#,
/// ] {
///     accumulator.push(&serde_json::from_str(line)?)?;
/// }
/// assert_eq!(accumulator.snapshot().text(), "Hello!");
/// let completion = accumulator.finish()?;
/// assert_eq!(completion.id, "chatcmpl-1");
/// # Ok(())
/// # }
/// ```
///
/// A half-done state can be cloned, and stored with serde. A chunk takes the time of what it adds, however long the
/// completion is by then.
#[derive(Clone, Debug, Default)]
pub struct ChatAccumulator {
    pub(super) snapshot: ChatCompletion,
    /// As many as the snapshot has choices, in the same order.
    pub(super) choices: Vec<ChoiceState>,
    pub(super) started: bool,
    pub(super) parsing: bool,
}

impl ChatAccumulator {
    /// An accumulator without chunks.
    #[must_use]
    #[inline]
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets if the events of a text or call that is done have its JSON, and [`finish`](Self::finish) is an error if a choice
    /// was cut off. No by default.
    #[must_use]
    #[inline]
    pub fn with_parsing(mut self, parsing: bool) -> Self {
        self.parsing = parsing;
        self
    }

    /// Adds a chunk to the snapshot.
    ///
    /// An object that is no chunk, as its `object` says, is passed over. Choices and tool calls are placed by their index;
    /// one that is negative counts as 0, and so does a missing one of a choice. A tool call without an index begins
    /// with an id or a name, and what has neither belongs to the last one. With an index that was there before, another id
    /// and a name after whole arguments begin a call, which gets the next index.
    ///
    /// # Errors
    /// Of kind [`Stream`](crate::ErrorKind::Stream) for a choice beyond 128 or a tool call beyond 1024. The snapshot has
    /// what came before, and so has the error: [`ErrorExt::completion`](crate::ErrorExt::completion).
    #[inline]
    pub fn push(&mut self, chunk: &ChatCompletionChunk) -> Result<()> {
        self.take(chunk, None).map_err(|error| self.with_snapshot(error))
    }

    /// Adds a chunk to the snapshot and the events that it leads to to `events`: all but
    /// [`ChatStreamEvent::Chunk`], as the caller has the chunk.
    ///
    /// ```
    /// use openai_ext::chat::{ChatAccumulator, ChatStreamEvent};
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let chunk = r#"{"choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}]}"#;
    /// let mut events = Vec::new();
    /// ChatAccumulator::new().push_with_events(&serde_json::from_str(chunk)?, &mut events)?;
    /// let names: Vec<_> = events.iter().map(ChatStreamEvent::name).collect();
    /// assert_eq!(names, ["content.delta", "content.done"]);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of [`push`](Self::push).
    pub fn push_with_events(
        &mut self,
        chunk: &ChatCompletionChunk,
        events: &mut impl Extend<ChatStreamEvent>,
    ) -> Result<()> {
        self.take(chunk, Some(&mut |event| events.extend([event]))).map_err(|error| self.with_snapshot(error))
    }

    /// Returns the completion so far. The finish reason is null until it is known.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &ChatCompletion {
        &self.snapshot
    }

    /// The choice with this index, as far as it is there.
    #[must_use]
    #[inline]
    pub fn choice(&self, index: i64) -> Option<&ChatCompletionChoice> {
        self.snapshot.choices.get(self.find(index)?)
    }

    /// The tool call with this index in a choice, as far as it is there. Its place in the message may be another.
    #[must_use]
    #[inline]
    pub fn tool_call(&self, choice: i64, index: i64) -> Option<&ChatCompletionMessageToolCall> {
        let at = self.find(choice)?;
        find_call(self.snapshot.choices.get(at)?, self.choices.get(at)?, index)
    }

    /// Returns the JSON of the text of the choice with this index as far as it is there: open strings, lists and objects are
    /// closed, and what is cut off is left out. `None` before there is any, and of a text that is not JSON.
    ///
    /// ```
    /// use openai_ext::chat::ChatAccumulator;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut accumulator = ChatAccumulator::new();
    /// for (delta, expected) in [("{\"city\": \"Pa", "Pa"), ("ris", "Paris")] {
    ///     let chunk = serde_json::json!({"choices": [{"index": 0, "delta": {"content": delta}}]});
    ///     accumulator.push(&serde_json::from_value(chunk)?)?;
    ///     assert_eq!(accumulator.partial_content(0).map(|json| &json["city"]), Some(&expected.into()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// Each part of the text is read once, when the JSON is asked for: to ask after each chunk takes time that is linear in
    /// the text.
    #[must_use]
    #[inline]
    pub fn partial_content(&mut self, choice: i64) -> Option<&Value> {
        let at = self.find(choice)?;
        let content = self.snapshot.choices.get(at)?.message.content.as_deref()?;
        self.choices.get_mut(at)?.content.value(content)
    }

    /// Returns the JSON of the arguments of the tool call with this index in a choice as far as it is there, as
    /// [`partial_content`](Self::partial_content) does for texts. `None` as well of a call of a custom tool.
    #[must_use]
    #[inline]
    pub fn partial_arguments(&mut self, choice: i64, index: i64) -> Option<&Value> {
        let at = self.find(choice)?;
        let state = self.choices.get_mut(at)?;
        match find_call(self.snapshot.choices.get(at)?, state, index)? {
            ChatCompletionMessageToolCall::Function(call) => {
                let tool = state.tools.binary_search_by_key(&index, |tool| tool.index).ok()?;
                state.tools.get_mut(tool)?.arguments.value(&call.function.arguments)
            }
            _ => None,
        }
    }

    /// The completion.
    ///
    /// # Errors
    /// - Of kind [`Stream`](crate::ErrorKind::Stream): there was no chunk.
    /// - Of kind [`LengthFinishReason`](crate::ErrorKind::LengthFinishReason) or
    ///   [`ContentFilterFinishReason`](crate::ErrorKind::ContentFilterFinishReason): the text was to be
    ///   [parsed](Self::with_parsing), but it was cut off. [`ErrorExt`](crate::ErrorExt) gets at what there is.
    #[inline]
    pub fn finish(self) -> Result<ChatCompletion> {
        if !self.started {
            return Err(Error::new(ErrorKind::Stream, "the stream had no chunk"));
        }
        if self.parsing { check(self.snapshot) } else { Ok(self.snapshot) }
    }

    /// The error with the completion as far as it is there.
    #[cold]
    #[inline]
    pub(super) fn with_snapshot(&self, error: Error) -> Error {
        error.with_detail(self.snapshot.clone())
    }

    #[inline]
    fn take(&mut self, chunk: &ChatCompletionChunk, mut events: Option<Emit<'_>>) -> Result<()> {
        if !is_chunk(chunk) {
            return Ok(());
        }
        self.take_head(chunk);
        for delta in &chunk.choices {
            let at = self.place(delta.index)?;
            let (Some(choice), Some(state)) = (self.snapshot.choices.get_mut(at), self.choices.get_mut(at)) else {
                continue;
            };
            lay_choice(choice, state, delta)?;
            if let Some(emit) = &mut events {
                announce(choice, state, delta, self.parsing, emit);
            }
        }
        Ok(())
    }

    /// All but the choices. What names the completion is set once: Azure's first chunk has empty texts there.
    #[inline]
    fn take_head(&mut self, chunk: &ChatCompletionChunk) {
        let snapshot = &mut self.snapshot;
        if !self.started {
            self.started = true;
            *snapshot = blank(r#"{"choices": [], "object": "chat.completion"}"#);
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
        // Most chunks repeat these two, which then need no copy.
        if chunk.system_fingerprint.is_some() && snapshot.system_fingerprint != chunk.system_fingerprint {
            snapshot.system_fingerprint.clone_from(&chunk.system_fingerprint);
        }
        if chunk.service_tier.is_some() && snapshot.service_tier != chunk.service_tier {
            snapshot.service_tier.clone_from(&chunk.service_tier);
        }
        if chunk.usage.is_some() {
            snapshot.usage.clone_from(&chunk.usage);
        }
        if chunk.moderation.is_some() {
            snapshot.moderation.clone_from(&chunk.moderation);
        }
        for (name, value) in chunk.extra.iter() {
            match name {
                "object" => {}
                // Not in the document of a chunk, but in that of a completion.
                "metadata" => snapshot.metadata = json::from_value(value).ok().or(snapshot.metadata.take()),
                _ => refresh(&mut snapshot.extra, name, value),
            }
        }
    }

    #[inline]
    fn find(&self, index: i64) -> Option<usize> {
        self.snapshot.choices.binary_search_by_key(&index, |choice| choice.index).ok()
    }

    /// Returns the place of the choice with this index, and makes one if there is none.
    #[inline]
    fn place(&mut self, index: i64) -> Result<usize> {
        let index = index.max(0);
        match self.snapshot.choices.binary_search_by_key(&index, |choice| choice.index) {
            Ok(at) => Ok(at),
            Err(_) if index >= MAX_CHOICES => {
                let message = format!("the index {index} of a choice is beyond the {MAX_CHOICES} that there may be");
                Err(Error::new(ErrorKind::Stream, message))
            }
            Err(at) => {
                self.snapshot.choices.insert(at, blank_choice(index));
                self.choices.insert(at.min(self.choices.len()), ChoiceState::default());
                Ok(at)
            }
        }
    }
}

/// Azure sends other objects in between, some of them with an empty name, which may be chunks as well.
#[inline]
pub(super) fn is_chunk(chunk: &ChatCompletionChunk) -> bool {
    match chunk.extra.get("object") {
        None | Some(Value::Null) => true,
        Some(Value::String(name)) => matches!(&**name, "" | "chat.completion.chunk"),
        Some(_) => false,
    }
}
