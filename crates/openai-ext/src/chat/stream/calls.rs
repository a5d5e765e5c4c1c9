//! The call of a tool that a delta belongs to: by index and id together, since servers use both in their own ways.

use serde::de::IgnoredAny;
use serde_json::Value;

use super::state::ChoiceState;
use crate::types::{ChatCompletionChunkDeltaToolCall, ChatCompletionMessageToolCall};

/// Returns the index of the call that a delta belongs to, in the accumulator: that of the server unless that was taken.
///
/// Without an index, another id or a name begins a call, and what has neither belongs to the last one. With an index that
/// was there before, another id and a name after whole arguments begin a call.
pub(super) fn index_of(
    delta: &ChatCompletionChunkDeltaToolCall,
    calls: &[ChatCompletionMessageToolCall],
    state: &ChoiceState,
) -> i64 {
    let part = Part::of_delta(delta);
    let known = || calls.iter().map(Part::of_call).zip(&state.tools);
    let has_same_id = |call: &Part<'_>| !part.id.is_empty() && call.id == part.id;
    // Some servers take the name of the function for the id of each of its calls.
    let of_same_id = |(call, index): (Part<'_>, i64)| if call.is_repeated_by(&part) { next(state) } else { index };
    match given_index(delta) {
        Some(given) => {
            let (mut last, mut same) = (None, None);
            for (call, tool) in known().filter(|(_, tool)| tool.given.unwrap_or(tool.index) == given) {
                last = Some((call, tool.index));
                if has_same_id(&call) {
                    same = last;
                }
            }
            if let Some(same) = same {
                return of_same_id(same);
            }
            match last {
                Some((call, index)) if !call.is_followed_by(&part) => index,
                Some(_) => next(state),
                None if state.tools.iter().any(|tool| tool.index == given) => next(state),
                None => given,
            }
        }
        None => {
            if let Some((call, tool)) = known().rfind(|(call, _)| has_same_id(call)) {
                return of_same_id((call, tool.index));
            }
            let last = state.last.or(state.tools.last().map(|tool| tool.index));
            let last = last.and_then(|last| known().find(|(_, tool)| tool.index == last));
            match last {
                Some((call, tool)) if !call.is_left_for(&part) => tool.index,
                _ => next(state),
            }
        }
    }
}

/// The index that the server gave; one that is negative counts as 0.
pub(super) fn given_index(delta: &ChatCompletionChunkDeltaToolCall) -> Option<i64> {
    let is_given = !delta.extra.is_absent("index") && !delta.extra.is_null("index");
    is_given.then(|| delta.index.max(0))
}

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

    /// Whether a delta with the same index begins another call. Some servers give a call another id in each chunk, with its
    /// name or without.
    fn is_followed_by(&self, delta: &Part<'_>) -> bool {
        if delta.name.is_empty() || self.name.is_empty() {
            return false;
        }
        let has_another_id = !delta.id.is_empty() && !self.id.is_empty();
        let has_none = delta.id.is_empty() && self.id.is_empty();
        let begins = has_another_id || (has_none && (!delta.text.is_empty() || delta.name != self.name));
        begins && (self.is_whole() || (self.text.is_empty() && delta.name != self.name))
    }

    /// Whether a delta with the same id begins another call: it has a name and an object, after an object that is whole.
    fn is_repeated_by(&self, delta: &Part<'_>) -> bool {
        let is_object = |text: &str| text.trim_start().starts_with('{');
        let may_be = !delta.name.is_empty() && !delta.is_custom && is_object(delta.text) && is_object(self.text);
        may_be && !self.is_custom && delta.text.trim() != self.text.trim() && self.is_whole()
    }

    /// Tells whether a delta without an index begins another call, though its id is of none before.
    fn is_left_for(&self, delta: &Part<'_>) -> bool {
        if !delta.id.is_empty() {
            // The id of a call may come after its name, or be another one in each chunk: text without a name goes on with
            // what is not whole.
            let goes_on = delta.name.is_empty()
                && !delta.text.is_empty()
                && !self.name.is_empty()
                && (self.is_custom || !self.is_whole());
            return !self.id.is_empty() && !goes_on;
        }
        let goes_on = self.name.is_empty() || (delta.name == self.name && !self.text.is_empty() && !self.is_whole());
        !delta.name.is_empty() && !goes_on
    }

    /// Tells whether nothing is missing: nothing tells this of the input of a custom tool, which may end anywhere.
    fn is_whole(&self) -> bool {
        let text = self.text.trim_end();
        // Most texts that are cut tell so by their end, without a reading of it all.
        let may_be_whole =
            text.ends_with(['}', ']', '"', 'e', 'l']) || text.ends_with(|end: char| end.is_ascii_digit());
        if self.is_custom { !text.is_empty() } else { may_be_whole && serde_json::from_str::<IgnoredAny>(text).is_ok() }
    }
}
