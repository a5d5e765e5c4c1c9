//! The call of a tool that a delta belongs to: by index and id together, since servers use both in their own ways.

use serde_json::Value;

use super::places::Candidates;
use super::state::ChoiceState;
use super::whole::JsonEnd;
use crate::types::{ChatCompletionChunkDeltaToolCall, ChatCompletionMessageToolCall};

/// Returns the index of the call that a delta belongs to, in the accumulator: that of the server unless that was taken.
///
/// Without an index, another id or a name begins a call, and what has neither belongs to the last one. With an index that
/// was there before, another id and a name after whole arguments begin a call.
#[inline]
pub(super) fn index_of(
    delta: &ChatCompletionChunkDeltaToolCall,
    calls: &[ChatCompletionMessageToolCall],
    state: &mut ChoiceState,
) -> i64 {
    let part = Part::of_delta(delta);
    let given = given_index(delta);
    let Candidates { last, same } = state.places.find(calls, &state.tools, (given, part.id));
    // Some servers take the name of the function for the id of each of its calls.
    if let Some(same) = same {
        return either(state, calls, same, |call, end| call.is_repeated_by(&part, end));
    }
    match given {
        Some(given) => match last {
            Some(last) => either(state, calls, last, |call, end| call.is_followed_by(&part, end)),
            None if position(state, given).is_some() => next(state),
            None => given,
        },
        None => {
            let newest = state.last.and_then(|last| position(state, last));
            match newest.or(last) {
                Some(at) => either(state, calls, at, |call, end| call.is_left_for(&part, end)),
                None => next(state),
            }
        }
    }
}

/// Returns the index of the call at a place, or the next one if another call `begins`.
fn either(
    state: &mut ChoiceState,
    calls: &[ChatCompletionMessageToolCall],
    at: usize,
    begins: impl FnOnce(&Part<'_>, &mut JsonEnd) -> bool,
) -> i64 {
    let after = next(state);
    let Some((call, tool)) = calls.get(at).zip(state.tools.get_mut(at)) else { return after };
    if begins(&Part::of_call(call), &mut tool.end) { after } else { tool.index }
}

/// The index that the server gave; one that is negative counts as 0.
#[inline]
pub(super) fn given_index(delta: &ChatCompletionChunkDeltaToolCall) -> Option<i64> {
    let is_given = !delta.extra.is_absent("index") && !delta.extra.is_null("index");
    is_given.then(|| delta.index.max(0))
}

#[inline]
fn position(state: &ChoiceState, index: i64) -> Option<usize> {
    state.tools.binary_search_by_key(&index, |tool| tool.index).ok()
}

#[inline]
fn next(state: &ChoiceState) -> i64 {
    state.tools.last().map_or(0, |tool| tool.index.saturating_add(1))
}

/// The parts of a call that tell it from another.
#[derive(Clone, Copy)]
struct Part<'a> {
    id: &'a str,
    name: &'a str,
    /// The arguments of a function, or the input of a custom tool.
    text: &'a str,
    is_custom: bool,
}

impl<'a> Part<'a> {
    #[inline]
    fn of_delta(delta: &'a ChatCompletionChunkDeltaToolCall) -> Self {
        let custom = delta.extra.get("custom");
        let member = |name: &str| custom.and_then(|custom| custom.get(name)).and_then(Value::as_str);
        let (name, text) = match &delta.function {
            Some(function) => (function.name.as_deref(), function.arguments.as_deref()),
            None => (member("name"), member("input")),
        };
        Self {
            id: delta.id.as_deref().unwrap_or_default(),
            name: name.unwrap_or_default(),
            text: text.unwrap_or_default(),
            is_custom: delta.function.is_none() && custom.is_some(),
        }
    }

    #[inline]
    fn of_call(call: &'a ChatCompletionMessageToolCall) -> Self {
        let (id, name, text, is_custom) = match call {
            ChatCompletionMessageToolCall::Function(call) => {
                (&*call.id, &*call.function.name, &*call.function.arguments, false)
            }
            ChatCompletionMessageToolCall::Custom(call) => (&*call.id, &*call.custom.name, &*call.custom.input, true),
            _ => ("", "", "", false),
        };
        Self { id, name, text, is_custom }
    }

    /// Tells whether a delta with the same index begins another call. Some servers give a call another id in each chunk, with its
    /// name or without.
    #[inline]
    fn is_followed_by(&self, delta: &Part<'_>, end: &mut JsonEnd) -> bool {
        if delta.name.is_empty() || self.name.is_empty() {
            return false;
        }
        let has_another_id = !delta.id.is_empty() && !self.id.is_empty();
        let has_none = delta.id.is_empty() && self.id.is_empty();
        let begins = has_another_id || (has_none && (!delta.text.is_empty() || delta.name != self.name));
        begins && (self.is_whole(end) || (self.text.is_empty() && delta.name != self.name))
    }

    /// Tells whether a delta with the same id begins another call: it has a name and an object, after an object that is whole.
    #[inline]
    fn is_repeated_by(&self, delta: &Part<'_>, end: &mut JsonEnd) -> bool {
        let is_object = |text: &str| text.trim_start().starts_with('{');
        let may_be = !delta.name.is_empty() && !delta.is_custom && is_object(delta.text) && !self.is_custom;
        // Last what takes the longer the more white space there is; text that goes on after a whole object breaks it.
        may_be && self.is_whole(end) && is_object(self.text) && delta.text.trim() != self.text.trim()
    }

    /// Tells whether a delta without an index begins another call, though its id is of none before.
    #[inline]
    fn is_left_for(&self, delta: &Part<'_>, end: &mut JsonEnd) -> bool {
        if !delta.id.is_empty() {
            // The id of a call may come after its name, or be another one in each chunk: text without a name goes on with
            // what is not whole.
            let goes_on = delta.name.is_empty()
                && !delta.text.is_empty()
                && !self.name.is_empty()
                && (self.is_custom || !self.is_whole(end));
            return !self.id.is_empty() && !goes_on;
        }
        let goes_on = self.name.is_empty() || (delta.name == self.name && !self.text.is_empty() && !self.is_whole(end));
        !delta.name.is_empty() && !goes_on
    }

    /// Tells whether nothing is missing: nothing tells this of the input of a custom tool, which may end anywhere.
    #[inline]
    fn is_whole(&self, end: &mut JsonEnd) -> bool {
        if self.is_custom { !end.is_blank(self.text) } else { end.is_whole(self.text) }
    }
}
