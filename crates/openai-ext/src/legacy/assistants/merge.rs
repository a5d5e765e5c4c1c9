//! The merge of messages' and steps' deltas with the state so far.
//!
//! Texts grow in place. What has no place of its own in the types goes by the general rule, on the JSON of the one item.

use openai_runtime::json::{self, Extra, Json, Value};
use serde_json::Map;

use super::placements::{Placements, Spot};
use crate::support::delta;
use crate::types::{
    RunStep, RunStepCodeInterpreter, RunStepCodeInterpreterDelta, RunStepCodeInterpreterDeltaOutput,
    RunStepCodeInterpreterOutput, RunStepDeltaDetails, RunStepDetails, RunStepFileSearchToolCall, RunStepFunction,
    RunStepFunctionDelta, RunStepToolCall, RunStepToolCallDelta, RunStepToolCallDeltaObject, TextContentBlockText,
    TextDelta, ThreadMessage, ThreadMessageAnnotation, ThreadMessageContentItem, ThreadMessageDelta,
    ThreadMessageDeltaAnnotation, ThreadMessageDeltaContentItem,
};

/// An object of which nothing but the id is known.
pub(super) fn begun<T: Json + Default>(id: &str) -> T {
    let id = Map::from_iter([("id".to_owned(), Value::from(id))]);
    json::from_value(&Value::Object(id)).unwrap_or_default()
}

/// Lays the members of a delta over an object: fields of the object, as its status, are replaced, and the rest is unknown.
///
/// The fields are read by themselves, since the object may have become large and each delta may have a status.
macro_rules! fields {
    ($object:ident, $delta:expr, $type:ty, [$($field:ident),* $(,)?]) => {
        let delta: &Extra = $delta;
        const NAMES: &[&str] = &[$(stringify!($field)),*];
        let is_field = |name: &str| NAMES.contains(&name);
        let members = delta.iter().filter(|(name, _)| is_field(name));
        let members: Map<String, Value> = members.map(|(name, value)| (name.to_owned(), value.clone())).collect();
        if !members.is_empty() {
            let mut read: $type = json::from_value(&Value::Object(members.clone())).unwrap_or_default();
            for name in members.keys().map(String::as_str) {
                $object.extra.remove(name);
                match name {
                    $(stringify!($field) => $object.$field = std::mem::take(&mut read.$field),)*
                    _ => {}
                }
                // What the field can't say of the value.
                if let Some(value) = read.extra.get(name).cloned() {
                    $object.extra.insert(name, value);
                } else if read.extra.is_null(name) {
                    $object.extra.set_null(name);
                }
            }
        }
        lay_members(&mut $object.extra, delta.iter().filter(|(name, _)| !is_field(name)));
    };
}
/// Lays what a delta has besides content over a message.
#[inline]
pub(super) fn message(message: &mut ThreadMessage, delta: &ThreadMessageDelta) {
    if let Some(role) = &delta.role {
        message.role = role.clone();
    }
    fields!(
        message,
        &delta.extra,
        ThreadMessage,
        [
            id,
            created_at,
            thread_id,
            status,
            incomplete_details,
            completed_at,
            incomplete_at,
            assistant_id,
            run_id,
            attachments,
            metadata,
        ]
    );
}

/// Lays what a delta has besides details over a step.
#[inline]
pub(super) fn step(step: &mut RunStep, delta: &Extra) {
    fields!(
        step,
        delta,
        RunStep,
        [
            id,
            created_at,
            assistant_id,
            thread_id,
            run_id,
            status,
            last_error,
            expired_at,
            cancelled_at,
            failed_at,
            completed_at,
            metadata,
            usage,
        ]
    );
}

/// Lays a content part's delta over the part, or adds the part.
#[inline]
pub(super) fn part(
    parts: &mut Vec<ThreadMessageContentItem>,
    places: &mut Placements,
    delta: &ThreadMessageDeltaContentItem,
) -> Option<Spot> {
    use ThreadMessageContentItem as Part;
    use ThreadMessageDeltaContentItem as Delta;

    let (index, empty) = match delta {
        Delta::Text(delta) => (delta.index, r#"{"type":"text","text":{}}"#),
        Delta::ImageFile(delta) => (delta.index, r#"{"type":"image_file","image_file":{}}"#),
        Delta::ImageUrl(delta) => (delta.index, r#"{"type":"image_url","image_url":{}}"#),
        Delta::Refusal(delta) => (delta.index, r#"{"type":"refusal"}"#),
        delta => (index_of(delta), "{}"),
    };
    let spot = places.find(index, parts.len())?;
    match (slot(parts, spot, empty)?, delta) {
        (Part::Text(part), Delta::Text(delta)) => {
            if let Some(delta) = &delta.text {
                text(&mut part.text, delta, places.inner(spot)?);
            }
            extra(&mut part.extra, &delta.extra);
        }
        (Part::Refusal(part), Delta::Refusal(delta)) => {
            append(&mut part.refusal, delta.refusal.as_deref());
            extra(&mut part.extra, &delta.extra);
        }
        (Part::ImageFile(part), Delta::ImageFile(delta)) => {
            if let Some(delta) = &delta.image_file {
                replace(&mut part.image_file.file_id, delta.file_id.as_deref());
                part.image_file.detail = delta.detail.clone().or(part.image_file.detail.take());
                extra(&mut part.image_file.extra, &delta.extra);
            }
            extra(&mut part.extra, &delta.extra);
        }
        (Part::ImageUrl(part), Delta::ImageUrl(delta)) => {
            if let Some(delta) = &delta.image_url {
                replace(&mut part.image_url.url, delta.url.as_deref());
                part.image_url.detail = delta.detail.clone().or(part.image_url.detail.take());
                extra(&mut part.image_url.extra, &delta.extra);
            }
            extra(&mut part.extra, &delta.extra);
        }
        (part, delta) => generally(part, delta),
    }
    Some(spot)
}

#[inline]
fn text(text: &mut TextContentBlockText, delta: &TextDelta, places: &mut Placements) {
    append(&mut text.value, delta.value.as_deref());
    extra(&mut text.extra, &delta.extra);
    for delta in delta.annotations.iter().flatten() {
        let index = match delta {
            ThreadMessageDeltaAnnotation::FileCitation(delta) => with_index(delta.index, &delta.extra),
            ThreadMessageDeltaAnnotation::FilePath(delta) => with_index(delta.index, &delta.extra),
            delta => index_in(&json::to_value(delta)),
        };
        // One without an index is one more.
        let position = match index {
            Some(index) => places.find(index, text.annotations.len()).map(|spot| spot.position),
            None => Some(text.annotations.len()),
        };
        let Some(position) = position else { continue };
        if position == text.annotations.len() {
            text.annotations.push(Default::default());
        }
        if let Some(annotation) = text.annotations.get_mut(position) {
            generally(annotation, delta);
        }
    }
}

/// About the bytes of a part that deltas grow.
#[inline]
pub(super) fn part_size(part: &ThreadMessageContentItem) -> usize {
    match part {
        ThreadMessageContentItem::Text(part) => part.text.value.len() + part.text.annotations.len(),
        ThreadMessageContentItem::Refusal(part) => part.refusal.len(),
        _ => 1,
    }
}

/// The same of a call.
#[inline]
pub(super) fn call_size(call: &RunStepToolCall) -> usize {
    match call {
        RunStepToolCall::Function(call) => {
            call.function.arguments.len() + call.function.output.as_ref().map_or(0, String::len)
        }
        RunStepToolCall::CodeInterpreter(call) => {
            let logs = call.code_interpreter.outputs.iter().map(|output| match output {
                RunStepCodeInterpreterOutput::Logs(output) => output.logs.len() + 1,
                _ => 1,
            });
            call.code_interpreter.input.len() + logs.sum::<usize>()
        }
        _ => 1,
    }
}

/// Makes the details of a step ready for a delta of tool calls, and gives the calls' deltas. There are none if the step
/// was of another kind, and then the delta is laid over it as it is.
#[inline]
pub(super) fn tool_calls<'a>(
    details: &mut RunStepDetails,
    delta: &'a RunStepToolCallDeltaObject,
) -> &'a [RunStepToolCallDelta] {
    if matches!(details, RunStepDetails::Unknown(Value::Null)) {
        *details = json::from_slice(br#"{"type":"tool_calls"}"#).unwrap_or_default();
    }
    match details {
        RunStepDetails::ToolCalls(details) => {
            extra(&mut details.extra, &delta.extra);
            delta.tool_calls.as_deref().unwrap_or_default()
        }
        details => {
            generally(details, delta);
            &[]
        }
    }
}

/// Lays the details of a step that are no tool calls over those that there are.
#[inline]
pub(super) fn step_details(details: &mut RunStepDetails, delta: &RunStepDeltaDetails) {
    match (details, delta) {
        (RunStepDetails::MessageCreation(details), RunStepDeltaDetails::MessageCreation(delta)) => {
            if let Some(delta) = &delta.message_creation {
                replace(&mut details.message_creation.message_id, delta.message_id.as_deref());
                extra(&mut details.message_creation.extra, &delta.extra);
            }
            extra(&mut details.extra, &delta.extra);
        }
        (details, delta) => generally(details, delta),
    }
}

/// Lays a call's delta over the call, or adds the call.
#[inline]
pub(super) fn tool_call(
    calls: &mut Vec<RunStepToolCall>,
    places: &mut Placements,
    delta: &RunStepToolCallDelta,
) -> Option<Spot> {
    use RunStepToolCall as Call;
    use RunStepToolCallDelta as Delta;

    let (index, empty) = match delta {
        Delta::Function(delta) => (delta.index, r#"{"type":"function","function":{}}"#),
        Delta::CodeInterpreter(delta) => (delta.index, r#"{"type":"code_interpreter","code_interpreter":{}}"#),
        Delta::FileSearch(delta) => (delta.index, r#"{"type":"file_search","file_search":{}}"#),
        delta => (index_of(delta), "{}"),
    };
    let spot = places.find(index, calls.len())?;
    match (slot(calls, spot, empty)?, delta) {
        (Call::Function(call), Delta::Function(delta)) => {
            replace(&mut call.id, delta.id.as_deref());
            if let Some(delta) = &delta.function {
                function(&mut call.function, delta);
            }
            extra(&mut call.extra, &delta.extra);
        }
        (Call::CodeInterpreter(call), Delta::CodeInterpreter(delta)) => {
            replace(&mut call.id, delta.id.as_deref());
            if let Some(delta) = &delta.code_interpreter {
                code_interpreter(&mut call.code_interpreter, delta, places.inner(spot)?);
            }
            extra(&mut call.extra, &delta.extra);
        }
        (Call::FileSearch(call), Delta::FileSearch(delta)) => {
            replace(&mut call.id, delta.id.as_deref());
            file_search(call, &delta.file_search);
            extra(&mut call.extra, &delta.extra);
        }
        (call, delta) => generally(call, delta),
    }
    Some(spot)
}

#[inline]
fn function(function: &mut RunStepFunction, delta: &RunStepFunctionDelta) {
    replace(&mut function.name, delta.name.as_deref());
    append(&mut function.arguments, delta.arguments.as_deref());
    if let Some(output) = &delta.output {
        function.output.get_or_insert_default().push_str(output);
    }
    extra(&mut function.extra, &delta.extra);
}

#[inline]
fn code_interpreter(code: &mut RunStepCodeInterpreter, delta: &RunStepCodeInterpreterDelta, places: &mut Placements) {
    use RunStepCodeInterpreterDeltaOutput as Delta;
    use RunStepCodeInterpreterOutput as Output;

    append(&mut code.input, delta.input.as_deref());
    extra(&mut code.extra, &delta.extra);
    for delta in delta.outputs.iter().flatten() {
        let (index, empty) = match delta {
            Delta::Logs(delta) => (delta.index, r#"{"type":"logs"}"#),
            Delta::Image(delta) => (delta.index, r#"{"type":"image","image":{}}"#),
            delta => (index_of(delta), "{}"),
        };
        let Some(spot) = places.find(index, code.outputs.len()) else { continue };
        match (slot(&mut code.outputs, spot, empty), delta) {
            (Some(Output::Logs(output)), Delta::Logs(delta)) => {
                append(&mut output.logs, delta.logs.as_deref());
                extra(&mut output.extra, &delta.extra);
            }
            (Some(Output::Image(output)), Delta::Image(delta)) => {
                if let Some(delta) = &delta.image {
                    replace(&mut output.image.file_id, delta.file_id.as_deref());
                    extra(&mut output.image.extra, &delta.extra);
                }
                extra(&mut output.extra, &delta.extra);
            }
            (Some(output), delta) => generally(output, delta),
            (None, _) => {}
        }
    }
}

#[inline]
fn file_search(call: &mut RunStepFileSearchToolCall, delta: &Value) {
    if delta.as_object().is_none_or(Map::is_empty) {
        return;
    }
    let mut merged = json::to_value(&call.file_search);
    lay(&mut merged, delta);
    match json::from_value(&merged) {
        Ok(read) => call.file_search = read,
        // Nothing is lost: what the type can't hold is there by its name.
        Err(_) => call.extra.insert("file_search", merged),
    }
}

/// Lays unknown fields over those known.
#[inline]
pub(super) fn extra(known: &mut Extra, delta: &Extra) {
    lay_members(known, delta.iter());
}

fn lay_members<'a>(known: &mut Extra, delta: impl Iterator<Item = (&'a str, &'a Value)>) {
    for (name, value) in delta {
        match known.get_mut(name) {
            Some(old) => delta::merge_member(name, old, value),
            None => {
                let mut merged = known.remove(name).unwrap_or_default();
                delta::merge_member(name, &mut merged, value);
                known.insert(name, merged);
            }
        }
    }
}

/// The item at a spot, which is `empty` if it is new.
fn slot<'a, T: Json + Default>(items: &'a mut Vec<T>, spot: Spot, empty: &str) -> Option<&'a mut T> {
    if spot.position == items.len() {
        items.push(json::from_slice(empty.as_bytes()).unwrap_or_default());
    }
    items.get_mut(spot.position)
}

/// A union whose items may have a form that the document does not have.
trait OpenUnion: Json + Default {
    fn unknown(value: Value) -> Self;
    fn as_unknown(&mut self) -> Option<&mut Value>;
}

macro_rules! open_unions {
    ($($name:ident)*) => {$(
        impl OpenUnion for $name {
            #[inline]
            fn unknown(value: Value) -> Self {
                Self::Unknown(value)
            }

            #[inline]
            fn as_unknown(&mut self) -> Option<&mut Value> {
                if let Self::Unknown(value) = self { Some(value) } else { None }
            }
        }
    )*};
}

open_unions!(
    ThreadMessageContentItem ThreadMessageAnnotation RunStepDetails RunStepToolCall RunStepCodeInterpreterOutput
);

/// Lays any delta over any item by the general rule. An item that then fits no form of its type is kept as it is.
fn generally<T: OpenUnion>(item: &mut T, delta: &dyn Json) {
    let mut delta = json::to_value(delta);
    if let Some(members) = delta.as_object_mut() {
        // It says where the item is, and is no part of it.
        members.remove("index");
    }
    // Only its type tells a form: as long as that stays, an item of a form that is not known grows in its place.
    let is_told = |known: &Value| known.get("type").is_some_and(|kind| delta.get("type").is_none_or(|new| new == kind));
    if let Some(known) = item.as_unknown().filter(|known| is_told(known)) {
        return lay(known, &delta);
    }
    let mut known = json::to_value(item);
    lay(&mut known, &delta);
    *item = json::from_value(&known).unwrap_or_else(|_| T::unknown(known));
}

#[inline]
fn lay(known: &mut Value, delta: &Value) {
    match (known, delta) {
        (Value::Object(known), Value::Object(delta)) => delta::merge(known, delta),
        (known @ Value::Null, delta) => known.clone_from(delta),
        _ => {}
    }
}

#[inline]
fn append(text: &mut String, delta: Option<&str>) {
    text.push_str(delta.unwrap_or_default());
}

/// Identifiers and names come as a whole, and by some servers with each delta.
#[inline]
fn replace(text: &mut String, delta: Option<&str>) {
    if let Some(delta) = delta.filter(|delta| !delta.is_empty()) {
        delta.clone_into(text);
    }
}

/// The index of a delta of a form that is not known; the first if it has none.
#[inline]
fn index_of(delta: &dyn Json) -> i64 {
    index_in(&json::to_value(delta)).unwrap_or_default()
}

#[inline]
fn index_in(delta: &Value) -> Option<i64> {
    delta.get("index").and_then(Value::as_i64)
}

#[inline]
fn with_index(index: i64, extra: &Extra) -> Option<i64> {
    (!extra.is_absent("index") && !extra.is_null("index")).then_some(index)
}
