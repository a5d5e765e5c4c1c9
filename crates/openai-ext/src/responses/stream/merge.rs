//! A response or item that comes as a whole, over what deltas came to: what it leaves out stays.
// Servers still send the deprecated fields.
#![allow(deprecated)]

use std::collections::HashMap;
use std::mem::{discriminant, take};

use super::ids::item_id;
use super::layout::Layout;
use crate::types::{
    Response, ResponseOutputItem, ResponseOutputMessage, ResponseOutputMessageContent, ResponseReasoningItem,
};

/// Keeps of `old` what `new` does not say. A null says that there is nothing; an empty output only that the server
/// does not repeat it.
#[inline]
pub(super) fn keep_response(new: &mut Response, mut old: Response, layout: &mut Layout, last: bool) {
    if new.output.is_empty() {
        new.output = take(&mut old.output);
    } else {
        let places = places(&new.output, &old.output);
        for (item, at) in new.output.iter_mut().zip(places) {
            let known = old.output.get_mut(at).filter(|known| discriminant(&**known) == discriminant(item));
            if let Some(known) = known {
                keep_item(item, known);
            }
        }
        layout.restart(new.output.len(), last);
    }
    macro_rules! keep {
        ($(absent: $($required:ident)*; none: $($optional:ident)*;)*) => {$(
            $(if new.extra.is_absent(stringify!($required)) {
                new.$required = old.$required;
            })*
            $(if new.$optional.is_none() && !new.extra.is_null(stringify!($optional)) {
                new.$optional = old.$optional;
            })*
        )*};
    }
    keep! {
        absent: id model created_at tools tool_choice parallel_tool_calls;
        none: metadata top_logprobs temperature top_p user safety_identifier prompt_cache_key prompt_cache_retention
            previous_response_id background max_tool_calls text prompt service_tier truncation error
            incomplete_details reasoning instructions output_text usage prompt_cache_options moderation conversation
            max_output_tokens;
    }
}

/// The places of the known items of the same ids, else of those in the same places; each is looked for by a map, since
/// there may be thousands of both.
#[inline]
fn places(new: &[ResponseOutputItem], known: &[ResponseOutputItem]) -> Vec<usize> {
    let ids = known.iter().enumerate().rev().map(|(at, item)| (item_id(item), at)).filter(|(id, _)| !id.is_empty());
    let ids: HashMap<&str, usize> = ids.collect();
    let place = |(at, item): (usize, &ResponseOutputItem)| {
        let id = item_id(item);
        let in_place = !id.is_empty() && known.get(at).is_some_and(|known| item_id(known) == id);
        if in_place { at } else { ids.get(id).copied().unwrap_or(at) }
    };
    new.iter().enumerate().map(place).collect()
}

/// Keeps of an item's deltas what the item itself lacks.
#[inline]
pub(super) fn keep_item(new: &mut ResponseOutputItem, old: &mut ResponseOutputItem) {
    use ResponseOutputItem as Item;
    match (new, old) {
        (Item::Message(new), Item::Message(old)) => keep_message(new, old),
        (Item::Reasoning(new), Item::Reasoning(old)) => keep_reasoning(new, old),
        (Item::FunctionCall(new), Item::FunctionCall(old)) => {
            keep_text(&mut new.arguments, &mut old.arguments);
            keep_text(&mut new.name, &mut old.name);
            keep_text(&mut new.call_id, &mut old.call_id);
        }
        (Item::CustomToolCall(new), Item::CustomToolCall(old)) => {
            keep_text(&mut new.input, &mut old.input);
            keep_text(&mut new.name, &mut old.name);
            keep_text(&mut new.call_id, &mut old.call_id);
        }
        (Item::McpListTools(new), Item::McpListTools(old)) => keep_list(&mut new.tools, &mut old.tools),
        (Item::McpCall(new), Item::McpCall(old)) => keep_text(&mut new.arguments, &mut old.arguments),
        (Item::CodeInterpreterCall(new), Item::CodeInterpreterCall(old)) => {
            if let Some(old) = old.code.as_mut().filter(|old| !old.is_empty()) {
                keep_text(new.code.get_or_insert_default(), old);
            }
        }
        (Item::ShellCall(new), Item::ShellCall(old)) => keep_list(&mut new.action.commands, &mut old.action.commands),
        (Item::ShellCallOutput(new), Item::ShellCallOutput(old)) => keep_list(&mut new.output, &mut old.output),
        _ => {}
    }
}

#[inline]
fn keep_message(new: &mut ResponseOutputMessage, old: &mut ResponseOutputMessage) {
    if new.content.is_empty() {
        return new.content = take(&mut old.content);
    }
    new.content.iter_mut().zip(&mut old.content).for_each(|(new, old)| keep_part(new, old));
}

#[inline]
pub(super) fn keep_part(new: &mut ResponseOutputMessageContent, old: &mut ResponseOutputMessageContent) {
    use ResponseOutputMessageContent as Part;
    match (new, old) {
        (Part::OutputText(new), Part::OutputText(old)) => {
            keep_text(&mut new.text, &mut old.text);
            keep_list(&mut new.annotations, &mut old.annotations);
            keep_list(&mut new.logprobs, &mut old.logprobs);
        }
        (Part::Refusal(new), Part::Refusal(old)) => keep_text(&mut new.refusal, &mut old.refusal),
        _ => {}
    }
}

#[inline]
fn keep_reasoning(new: &mut ResponseReasoningItem, old: &mut ResponseReasoningItem) {
    keep_list(&mut new.summary, &mut old.summary);
    if new.content.as_ref().is_none_or(Vec::is_empty) && old.content.as_ref().is_some_and(|old| !old.is_empty()) {
        new.content = take(&mut old.content);
    }
}

#[inline]
pub(super) fn keep_text(new: &mut String, old: &mut String) {
    if new.is_empty() {
        *new = take(old);
    }
}

fn keep_list<T>(new: &mut Vec<T>, old: &mut Vec<T>) {
    if new.is_empty() {
        *new = take(old);
    }
}
