//! The meaning of a chunk, as events.

use serde_json::Value;

use super::state::ChoiceState;
use crate::types::{
    ChatCompletionChoice, ChatCompletionChunk, ChatCompletionChunkChoice, ChatCompletionChunkDeltaToolCall,
    ChatCompletionMessageToolCall, ChatCompletionTokenLogprob,
};

/// An event of a streamed chat completion. [`name`](Self::name) gives the name that the official SDKs use.
///
/// An event holds what is new; what there is so far is in the stream's or the accumulator's
/// [`snapshot`](super::ChatCompletionStream::snapshot). `choice` is the index of the choice, 0 unless `n` asked for more.
/// `parsed` is the JSON of what is done, if the stream [parses](super::ChatCompletionStream::with_parsing); the JSON so far is
/// in [`partial_content`](super::ChatCompletionStream::partial_content) and
/// [`partial_arguments`](super::ChatCompletionStream::partial_arguments).
///
/// Of each chunk, [`Chunk`](Self::Chunk) comes first; then, of each of its choices, what goes on: text, refusal, tool
/// calls, logprobs; and then what is done, in the same order but with the tool calls last. Each is done once. A stream
/// that ends without a finish reason says of nothing that it is done.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum ChatStreamEvent {
    /// `chunk`: a chunk as it came, before the events that it leads to.
    Chunk(Box<ChatCompletionChunk>),
    /// `content.delta`: the text goes on.
    #[non_exhaustive]
    ContentDelta {
        /// The index of the choice.
        choice: i64,
        /// The text that is new.
        delta: String,
    },
    /// `refusal.delta`: the refusal goes on.
    #[non_exhaustive]
    RefusalDelta {
        /// The index of the choice.
        choice: i64,
        /// The text that is new.
        delta: String,
    },
    /// `tool_calls.function.arguments.delta`: a call of a function begins or goes on.
    #[non_exhaustive]
    ToolArgumentsDelta {
        /// The index of the choice.
        choice: i64,
        /// The index of the call within the choice.
        index: i64,
        /// The name of the function.
        name: String,
        /// The text of the arguments that is new; empty at the start of most calls.
        delta: String,
    },
    /// `tool_calls.custom.input.delta`: a call of a custom tool begins or goes on.
    #[non_exhaustive]
    ToolInputDelta {
        /// The index of the choice.
        choice: i64,
        /// The index of the call within the choice.
        index: i64,
        /// The name of the tool.
        name: String,
        /// The text of the input that is new.
        delta: String,
    },
    /// `logprobs.content.delta`: the probabilities of new tokens of the text.
    #[non_exhaustive]
    LogprobsContentDelta {
        /// The index of the choice.
        choice: i64,
        /// The tokens that are new.
        content: Vec<ChatCompletionTokenLogprob>,
    },
    /// `logprobs.refusal.delta`: the probabilities of new tokens of the refusal.
    #[non_exhaustive]
    LogprobsRefusalDelta {
        /// The index of the choice.
        choice: i64,
        /// The tokens that are new.
        refusal: Vec<ChatCompletionTokenLogprob>,
    },
    /// `content.done`: the text is complete, as the choice is finished or begins to call tools.
    #[non_exhaustive]
    ContentDone {
        /// The index of the choice.
        choice: i64,
        /// The whole text.
        content: String,
        /// The JSON of the text, if it is some.
        parsed: Option<Value>,
    },
    /// `refusal.done`: the refusal is complete.
    #[non_exhaustive]
    RefusalDone {
        /// The index of the choice.
        choice: i64,
        /// The whole refusal.
        refusal: String,
    },
    /// `logprobs.content.done`: the probabilities of all tokens of the text.
    #[non_exhaustive]
    LogprobsContentDone {
        /// The index of the choice.
        choice: i64,
        /// All tokens.
        content: Vec<ChatCompletionTokenLogprob>,
    },
    /// `logprobs.refusal.done`: the probabilities of all tokens of the refusal.
    #[non_exhaustive]
    LogprobsRefusalDone {
        /// The index of the choice.
        choice: i64,
        /// All tokens.
        refusal: Vec<ChatCompletionTokenLogprob>,
    },
    /// `tool_calls.function.arguments.done`: a call of a function is complete, as the next one begins or the choice is
    /// finished. Calls that come in turns are complete when the choice is finished.
    #[non_exhaustive]
    ToolArgumentsDone {
        /// The index of the choice.
        choice: i64,
        /// The index of the call within the choice.
        index: i64,
        /// The name of the function.
        name: String,
        /// All of the arguments.
        arguments: String,
        /// The JSON of the arguments, if they are some.
        parsed: Option<Value>,
    },
    /// `tool_calls.custom.input.done`: a call of a custom tool is complete, as the choice is finished. Nothing in a text
    /// of any form tells that it is complete before.
    #[non_exhaustive]
    ToolInputDone {
        /// The index of the choice.
        choice: i64,
        /// The index of the call within the choice.
        index: i64,
        /// The name of the tool.
        name: String,
        /// All of the input.
        input: String,
    },
}

impl ChatStreamEvent {
    /// Returns the text that this event adds to the choice with index 0; `None` if it adds none.
    #[must_use]
    #[inline]
    pub fn text_delta(&self) -> Option<&str> {
        match self {
            Self::ContentDelta { choice: 0, delta, .. } => Some(delta),
            _ => None,
        }
    }
}

impl ChatStreamEvent {
    /// The name of the event, as `content.delta`.
    #[must_use]
    #[inline]
    pub fn name(&self) -> &'static str {
        match self {
            Self::Chunk(_) => "chunk",
            Self::ContentDelta { .. } => "content.delta",
            Self::RefusalDelta { .. } => "refusal.delta",
            Self::ToolArgumentsDelta { .. } => "tool_calls.function.arguments.delta",
            Self::ToolInputDelta { .. } => "tool_calls.custom.input.delta",
            Self::LogprobsContentDelta { .. } => "logprobs.content.delta",
            Self::LogprobsRefusalDelta { .. } => "logprobs.refusal.delta",
            Self::ContentDone { .. } => "content.done",
            Self::RefusalDone { .. } => "refusal.done",
            Self::LogprobsContentDone { .. } => "logprobs.content.done",
            Self::LogprobsRefusalDone { .. } => "logprobs.refusal.done",
            Self::ToolArgumentsDone { .. } => "tool_calls.function.arguments.done",
            Self::ToolInputDone { .. } => "tool_calls.custom.input.done",
        }
    }
}

pub(super) type Emit<'a> = &'a mut dyn FnMut(ChatStreamEvent);

/// Gives the events of a delta that was laid over its choice already.
#[inline]
pub(super) fn announce(
    choice: &ChatCompletionChoice,
    state: &mut ChoiceState,
    delta: &ChatCompletionChunkChoice,
    parsing: bool,
    emit: Emit<'_>,
) {
    announce_texts(choice, delta, emit);
    let calls = delta.delta.tool_calls.as_deref().unwrap_or_default();
    let indexes = std::mem::take(&mut state.indexes);
    for (call, index) in calls.iter().zip(&indexes) {
        announce_call(choice, state, call, *index, emit);
    }
    announce_logprobs(choice, delta, emit);

    let finished = !choice.finish_reason.as_str().is_empty();
    let mut current = state.current;
    if finished || indexes.iter().any(|index| Some(*index) != current) {
        end_texts(choice, state, parsing, emit);
    }
    for index in indexes.iter().copied() {
        if let Some(before) = current.replace(index).filter(|before| *before != index) {
            end_call(choice, state, before, false, parsing, emit);
        }
    }
    state.current = current;
    state.indexes = indexes;
    // Some servers repeat the finish reason with each chunk.
    if finished && state.undone > 0 {
        for at in 0..state.tools.len() {
            if !state.tools[at].done {
                end_call(choice, state, state.tools[at].index, true, parsing, emit);
            }
        }
    }
}

#[inline]
fn announce_texts(choice: &ChatCompletionChoice, delta: &ChatCompletionChunkChoice, emit: Emit<'_>) {
    let index = choice.index;
    if let Some(text) = delta.delta.content.as_deref().filter(|text| !text.is_empty()) {
        emit(ChatStreamEvent::ContentDelta { choice: index, delta: text.to_owned() });
    }
    if let Some(text) = delta.delta.refusal.as_deref().filter(|text| !text.is_empty()) {
        emit(ChatStreamEvent::RefusalDelta { choice: index, delta: text.to_owned() });
    }
}

#[inline]
fn announce_call(
    choice: &ChatCompletionChoice,
    state: &ChoiceState,
    delta: &ChatCompletionChunkDeltaToolCall,
    index: i64,
    emit: Emit<'_>,
) {
    match find_call(choice, state, index) {
        Some(ChatCompletionMessageToolCall::Function(call)) => {
            let added = delta.function.as_ref().and_then(|function| function.arguments.as_deref());
            emit(ChatStreamEvent::ToolArgumentsDelta {
                choice: choice.index,
                index,
                name: call.function.name.clone(),
                delta: added.unwrap_or_default().to_owned(),
            });
        }
        Some(ChatCompletionMessageToolCall::Custom(call)) => {
            let added = delta.extra.get("custom").and_then(|custom| custom["input"].as_str());
            emit(ChatStreamEvent::ToolInputDelta {
                choice: choice.index,
                index,
                name: call.custom.name.clone(),
                delta: added.unwrap_or_default().to_owned(),
            });
        }
        _ => {}
    }
}

#[inline]
fn announce_logprobs(choice: &ChatCompletionChoice, delta: &ChatCompletionChunkChoice, emit: Emit<'_>) {
    let Some(logprobs) = &delta.logprobs else { return };
    let choice = choice.index;
    if let Some(content) = logprobs.content.clone().filter(|tokens| !tokens.is_empty()) {
        emit(ChatStreamEvent::LogprobsContentDelta { choice, content });
    }
    if let Some(refusal) = logprobs.refusal.clone().filter(|tokens| !tokens.is_empty()) {
        emit(ChatStreamEvent::LogprobsRefusalDelta { choice, refusal });
    }
}

/// Says of the texts that they are complete, of each once.
#[inline]
fn end_texts(choice: &ChatCompletionChoice, state: &mut ChoiceState, parsing: bool, emit: Emit<'_>) {
    let index = choice.index;
    let [content_done, refusal_done, content_logprobs_done, refusal_logprobs_done] = &mut state.done;
    let message = &choice.message;
    // Copied once: servers may repeat the finish reason with each chunk.
    if let Some(content) = message.content.as_ref().filter(|text| !text.is_empty() && !*content_done).cloned() {
        *content_done = true;
        let parsed = parsing.then(|| serde_json::from_str(&content).ok()).flatten();
        emit(ChatStreamEvent::ContentDone { choice: index, content, parsed });
    }
    if let Some(refusal) = message.refusal.as_ref().filter(|text| !text.is_empty() && !*refusal_done).cloned() {
        *refusal_done = true;
        emit(ChatStreamEvent::RefusalDone { choice: index, refusal });
    }
    let Some(logprobs) = &choice.logprobs else { return };
    let some =
        |tokens: &Option<Vec<_>>, done: &bool| tokens.as_ref().filter(|tokens| !tokens.is_empty() && !done).cloned();
    if let Some(content) = some(&logprobs.content, content_logprobs_done) {
        *content_logprobs_done = true;
        emit(ChatStreamEvent::LogprobsContentDone { choice: index, content });
    }
    if let Some(refusal) = some(&logprobs.refusal, refusal_logprobs_done) {
        *refusal_logprobs_done = true;
        emit(ChatStreamEvent::LogprobsRefusalDone { choice: index, refusal });
    }
}

/// Says of a call that it is complete, once. If the choice is not finished, a call whose arguments are no whole JSON may
/// still go on: some servers send several calls in turns.
#[inline]
fn end_call(
    choice: &ChatCompletionChoice,
    state: &mut ChoiceState,
    index: i64,
    finished: bool,
    parsing: bool,
    emit: Emit<'_>,
) {
    let Ok(at) = state.tools.binary_search_by_key(&index, |tool| tool.index) else { return };
    if state.tools[at].done {
        return;
    }
    let calls = choice.message.tool_calls.as_deref().unwrap_or_default();
    let event = match calls.get(at) {
        Some(ChatCompletionMessageToolCall::Function(call)) => {
            let arguments = &call.function.arguments;
            if !finished && !state.tools[at].end.is_whole(arguments) {
                return;
            }
            ChatStreamEvent::ToolArgumentsDone {
                choice: choice.index,
                index,
                name: call.function.name.clone(),
                arguments: arguments.clone(),
                parsed: parsing.then(|| serde_json::from_str(arguments).ok()).flatten(),
            }
        }
        Some(ChatCompletionMessageToolCall::Custom(call)) if finished => ChatStreamEvent::ToolInputDone {
            choice: choice.index,
            index,
            name: call.custom.name.clone(),
            input: call.custom.input.clone(),
        },
        _ => return,
    };
    state.tools[at].done = true;
    state.undone = state.undone.saturating_sub(1);
    emit(event);
}

#[inline]
pub(super) fn find_call<'a>(
    choice: &'a ChatCompletionChoice,
    state: &ChoiceState,
    index: i64,
) -> Option<&'a ChatCompletionMessageToolCall> {
    let at = state.tools.binary_search_by_key(&index, |tool| tool.index).ok()?;
    choice.message.tool_calls.as_ref()?.get(at)
}
