//! The merge of a choice's delta with the choice so far.
// Servers still send the deprecated `function_call`.
#![allow(deprecated)]

use serde_json::{Value, json};

use super::calls::{given_index, index_of};
use super::state::ChoiceState;
use super::tool_state::ToolState;
use crate::runtime::json::{self, Json};
use crate::support::delta;
use crate::types::{
    ChatCompletionAudio, ChatCompletionChoice, ChatCompletionChoiceLogprobs, ChatCompletionChunkChoice,
    ChatCompletionChunkChoiceDeltaAudio, ChatCompletionChunkDelta, ChatCompletionChunkDeltaFunctionCall,
    ChatCompletionChunkDeltaToolCall, ChatCompletionMessage, ChatCompletionMessageCustomToolCall,
    ChatCompletionMessageFunctionToolCall, ChatCompletionMessageToolCall,
};
use crate::{Error, ErrorKind, Extra, Result};

/// No message has more calls than this: a larger index is not to be believed.
const MAX_TOOL_CALLS: i64 = 1024;

/// A choice of which nothing is known yet.
#[inline]
pub(super) fn blank_choice(index: i64) -> ChatCompletionChoice {
    let mut choice: ChatCompletionChoice =
        blank(r#"{"index": 0, "finish_reason": null, "message": {"role": "assistant", "content": null}}"#);
    choice.index = index;
    choice
}

/// A value with the fields of a text, which then says of all others that they are absent, where a value made by hand
/// would say that they are empty.
pub(super) fn blank<T: Json + Default>(text: &str) -> T {
    json::from_slice(text.as_bytes()).unwrap_or_default()
}

#[inline]
pub(super) fn lay_choice(
    choice: &mut ChatCompletionChoice,
    state: &mut ChoiceState,
    delta: &ChatCompletionChunkChoice,
) -> Result<()> {
    lay_message(&mut choice.message, &delta.delta);
    state.indexes.clear();
    let calls = delta.delta.tool_calls.as_deref().unwrap_or_default();
    for call in calls {
        let index = index_of(call, choice.message.tool_calls.as_deref().unwrap_or_default(), state);
        state.indexes.push(index);
        lay_call(&mut choice.message, state, call, index)?;
    }
    if let Some(logprobs) = &delta.logprobs {
        lay_logprobs(choice.logprobs.get_or_insert_with(|| blank(r#"{"content": null, "refusal": null}"#)), logprobs);
    }
    // Some servers send an empty reason with each chunk.
    if let Some(reason) = delta.finish_reason.as_ref().filter(|reason| !reason.as_str().is_empty()) {
        choice.finish_reason = reason.clone();
    }
    // A whole message in a chunk is not the one that the deltas come to.
    let members = delta.extra.iter().filter(|(name, _)| *name != "message");
    members.for_each(|(name, value)| refresh(&mut choice.extra, name, value));
    Ok(())
}

#[inline]
fn lay_message(message: &mut ChatCompletionMessage, delta: &ChatCompletionChunkDelta) {
    lay_content(message, delta);
    append(&mut message.refusal, delta.refusal.as_deref());
    if let Some(call) = &delta.function_call {
        lay_function_call(message, call);
    }
    if let Some(audio) = &delta.audio {
        lay_audio(message.audio.get_or_insert_with(|| blank("{}")), audio);
    }
    // A constant of the message; some servers repeat it with each chunk.
    if let Some(role) = delta.role.as_ref().map(|role| role.as_str())
        && !matches!(role, "assistant" | "")
    {
        message.extra.insert("role", role);
    }
    for (name, value) in delta.extra.iter() {
        match (name, value) {
            // Not in the document of a chunk, but in that of a message.
            ("annotations", Value::Array(items)) => {
                let items = items.iter().filter_map(|item| json::from_value(item).ok());
                message.annotations.get_or_insert_default().extend(items);
            }
            ("annotations", _) => {}
            _ => merge_member(&mut message.extra, name, value),
        }
    }
}

/// Appends the text of a delta. If a server sends its content as parts, the parts are kept beside the text, as those of a
/// whole message are: what a model thinks is among them.
#[inline]
fn lay_content(message: &mut ChatCompletionMessage, delta: &ChatCompletionChunkDelta) {
    let parts = delta.extra.kept().find_map(|(name, value)| value.as_array().filter(|_| name == "content"));
    if parts.is_some() || matches!(message.extra.get("content"), Some(Value::Array(_))) {
        lay_parts(message, parts.map(Vec::as_slice), delta.content.as_deref());
    }
    append(&mut message.content, delta.content.as_deref());
}

#[cold]
#[inline]
fn lay_parts(message: &mut ChatCompletionMessage, parts: Option<&[Value]>, text: Option<&str>) {
    let plain = |text: &str| json!({"type": "text", "text": text});
    let mut known = match message.extra.remove("content") {
        Some(Value::Array(known)) => known,
        _ => message.content.as_deref().filter(|text| !text.is_empty()).map(plain).into_iter().collect(),
    };
    let text = text.filter(|text| parts.is_none() && !text.is_empty()).map(plain);
    for part in parts.unwrap_or_default().iter().chain(&text) {
        match known.last_mut() {
            Some(last) if last.get("type") == part.get("type") && last.is_object() => delta::merge_value(last, part),
            _ => known.push(part.clone()),
        }
    }
    message.extra.insert("content", known);
}

#[inline]
fn lay_function_call(message: &mut ChatCompletionMessage, delta: &ChatCompletionChunkDeltaFunctionCall) {
    let call = message.function_call.get_or_insert_default();
    replace(&mut call.name, delta.name.as_deref());
    call.arguments.push_str(delta.arguments.as_deref().unwrap_or_default());
    delta.extra.iter().for_each(|(name, value)| merge_member(&mut call.extra, name, value));
}

#[inline]
fn lay_call(
    message: &mut ChatCompletionMessage,
    state: &mut ChoiceState,
    delta: &ChatCompletionChunkDeltaToolCall,
    index: i64,
) -> Result<()> {
    let calls = message.tool_calls.get_or_insert_default();
    let at = match state.tools.binary_search_by_key(&index, |tool| tool.index) {
        Ok(at) => at,
        Err(_) if index >= MAX_TOOL_CALLS => {
            let message =
                format!("the index {index} of a tool call is beyond the {MAX_TOOL_CALLS} that a choice may have");
            return Err(Error::new(ErrorKind::Stream, message));
        }
        Err(at) => {
            let tool = ToolState::new(index, given_index(delta), false);
            state.places.begin(&tool);
            state.tools.insert(at, tool);
            state.undone += 1;
            // Both lists are as long as each other, and the place is within them.
            calls.insert(at.min(calls.len()), ChatCompletionMessageToolCall::Function(Default::default()));
            at
        }
    };
    state.last = Some(index);
    let Some(call) = calls.get_mut(at) else { return Ok(()) };
    let kind = delta.extra.get("type").and_then(Value::as_str).unwrap_or_default();
    let custom = delta.extra.get("custom").and_then(Value::as_object);
    if kind == "custom" || (kind.is_empty() && custom.is_some()) {
        make_custom(call);
    }
    let is_custom = matches!(call, ChatCompletionMessageToolCall::Custom(_));
    let (id, extra) = match call {
        ChatCompletionMessageToolCall::Function(call) => {
            lay_function(call, delta);
            // The types of other servers' tools are kept, though they are called as functions are.
            if !matches!(kind, "function" | "custom" | "") {
                call.extra.insert("type", kind);
            }
            (&mut call.id, &mut call.extra)
        }
        ChatCompletionMessageToolCall::Custom(call) => {
            custom.into_iter().flatten().for_each(|(name, value)| lay_custom(call, name, value));
            (&mut call.id, &mut call.extra)
        }
        _ => return Ok(()),
    };
    if let Some(new) = delta.id.as_deref().filter(|new| !new.is_empty()) {
        state.places.name(index, id, new);
        replace(id, Some(new));
    }
    let members = delta.extra.iter().filter(|(name, _)| *name != "type" && (*name != "custom" || !is_custom));
    members.for_each(|(name, value)| merge_member(extra, name, value));
    Ok(())
}

/// Makes a call of a function one of a custom tool, as long as nothing but its id is known. One of another server's type
/// stays what it is: what is stored of it would else be read as something else.
#[inline]
fn make_custom(call: &mut ChatCompletionMessageToolCall) {
    if let ChatCompletionMessageToolCall::Function(known) = call
        && known.extra.get("type").is_none()
        && known.function.name.is_empty()
        && known.function.arguments.is_empty()
    {
        let mut custom = ChatCompletionMessageCustomToolCall::default();
        custom.id = std::mem::take(&mut known.id);
        custom.extra = std::mem::take(&mut known.extra);
        *call = ChatCompletionMessageToolCall::Custom(custom);
    }
}

#[inline]
fn lay_function(call: &mut ChatCompletionMessageFunctionToolCall, delta: &ChatCompletionChunkDeltaToolCall) {
    let Some(function) = &delta.function else { return };
    replace(&mut call.function.name, function.name.as_deref());
    call.function.arguments.push_str(function.arguments.as_deref().unwrap_or_default());
    function.extra.iter().for_each(|(name, value)| merge_member(&mut call.function.extra, name, value));
}

#[inline]
fn lay_custom(call: &mut ChatCompletionMessageCustomToolCall, name: &str, value: &Value) {
    match (name, value) {
        ("name", Value::String(text)) => replace(&mut call.custom.name, Some(text)),
        ("input", Value::String(text)) => call.custom.input.push_str(text),
        ("input", Value::Object(_)) => call.custom.input.push_str(&value.to_string()),
        ("name" | "input", _) => {}
        _ => merge_member(&mut call.custom.extra, name, value),
    }
}

#[inline]
fn lay_audio(audio: &mut ChatCompletionAudio, delta: &ChatCompletionChunkChoiceDeltaAudio) {
    replace(&mut audio.id, delta.id.as_deref());
    audio.data.push_str(delta.data.as_deref().unwrap_or_default());
    audio.transcript.push_str(delta.transcript.as_deref().unwrap_or_default());
    if let Some(time) = delta.expires_at {
        audio.expires_at = time;
    }
    delta.extra.iter().for_each(|(name, value)| merge_member(&mut audio.extra, name, value));
}

#[inline]
fn lay_logprobs(known: &mut ChatCompletionChoiceLogprobs, delta: &ChatCompletionChoiceLogprobs) {
    if let Some(tokens) = &delta.content {
        known.content.get_or_insert_default().extend_from_slice(tokens);
    }
    if let Some(tokens) = &delta.refusal {
        known.refusal.get_or_insert_default().extend_from_slice(tokens);
    }
    delta.extra.iter().for_each(|(name, value)| merge_member(&mut known.extra, name, value));
}

#[inline]
fn append(known: &mut Option<String>, delta: Option<&str>) {
    if let Some(text) = delta {
        known.get_or_insert_default().push_str(text);
    }
}

/// An empty text is as good as none: some servers send the whole form of a call with each of its parts.
#[inline]
fn replace(known: &mut String, new: Option<&str>) {
    if let Some(text) = new.filter(|text| !text.is_empty()) {
        text.clone_into(known);
    }
}

/// Lays a field over the one of the same name, by the rule for what has no rule of its own.
#[inline]
fn merge_member(extra: &mut Extra, name: &str, value: &Value) {
    if let Some(known) = extra.get_mut(name) {
        return delta::merge_member(name, known, value);
    }
    // What was noted of a field of the type, as that it was null, is over.
    let mut merged = extra.remove(name).unwrap_or_default();
    delta::merge_member(name, &mut merged, value);
    extra.insert(name, merged);
}

/// Sets a field of a chunk or a choice, which says what holds now: the newest value stands. Members of an object stay
/// until there is a newer one of the same name, since servers send the empty object where they have nothing to say.
#[inline]
pub(super) fn refresh(extra: &mut Extra, name: &str, value: &Value) {
    match extra.get(name) {
        Some(known) if value.is_null() || known == value => {}
        Some(Value::Object(_)) if value.is_object() => match extra.get_mut(name) {
            Some(known) => refresh_value(known, value),
            None => extra.insert(name, value.clone()),
        },
        _ => extra.insert(name, value.clone()),
    }
}

#[inline]
fn refresh_value(known: &mut Value, value: &Value) {
    match (known, value) {
        (_, Value::Null) => {}
        (Value::Object(known), Value::Object(value)) => {
            for (name, value) in value {
                refresh_value(known.entry(name).or_insert(Value::Null), value);
            }
        }
        (known, value) => known.clone_from(value),
    }
}
