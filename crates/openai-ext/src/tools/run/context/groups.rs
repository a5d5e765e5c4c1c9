//! The turns in a conversation: what the model said in one answer, with the outputs of its calls.

use std::collections::HashSet;

use serde_json::Value;

/// The kind of an item, of chat completions and of responses alike.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum GroupKind {
    /// Of the user or the program: instructions, questions, and what a server made shorter.
    Other,
    /// Said by the model.
    Model,
    /// The output of a call.
    Output,
}

pub(super) fn kind_of(item: &Value) -> GroupKind {
    match item["role"].as_str() {
        Some("assistant") => return GroupKind::Model,
        Some("tool" | "function") => return GroupKind::Output,
        Some(_) => return GroupKind::Other,
        None => {}
    }
    match item["type"].as_str() {
        Some("mcp_approval_response") => GroupKind::Output,
        // The server's own tools have their outputs in the answer.
        Some("tool_search_output" | "program_output") => GroupKind::Model,
        Some(kind) if kind.ends_with("_output") => GroupKind::Output,
        Some("message" | "compaction" | "compaction_trigger" | "item_reference" | "additional_tools") | None => {
            GroupKind::Other
        }
        Some(_) => GroupKind::Model,
    }
}

/// Numbers the turn of each item; items of the user have none.
pub(super) fn groups_of(kinds: impl Iterator<Item = GroupKind>) -> Vec<Option<usize>> {
    let (mut groups, mut begins) = (0, true);
    let number = |kind| match kind {
        GroupKind::Other => {
            begins = true;
            None
        }
        GroupKind::Output => {
            begins = true;
            // An output without a call belongs to nothing.
            (groups > 0).then(|| groups - 1)
        }
        GroupKind::Model => {
            groups += usize::from(begins);
            begins = false;
            Some(groups - 1)
        }
    };
    kinds.map(number).collect()
}

/// The ids of the calls that an item makes.
pub(super) fn calls_of(item: &Value) -> Vec<&str> {
    let chat = item["tool_calls"].as_array().into_iter().flatten().filter_map(|call| call["id"].as_str());
    let is_call = item["type"].as_str().is_some_and(|kind| kind.ends_with("_call"));
    chat.chain(item["call_id"].as_str().filter(|_| is_call)).collect()
}

/// The id of the call that an item is the output of.
pub(super) fn answered_by(item: &Value) -> Option<&str> {
    (kind_of(item) == GroupKind::Output)
        .then(|| item["tool_call_id"].as_str().or_else(|| item["call_id"].as_str()))
        .flatten()
}

/// The first call without its output or output without its call, though both were in the conversation before.
pub(super) fn torn(before: &[Value], after: &[Value]) -> Option<String> {
    let calls = |items: &[Value]| items.iter().flat_map(calls_of).map(str::to_owned).collect::<HashSet<_>>();
    let outputs = |items: &[Value]| items.iter().filter_map(answered_by).map(str::to_owned).collect::<HashSet<_>>();
    let (called, answered) = (calls(after), outputs(after));
    let had_output = outputs(before);
    let lost = called.iter().find(|id| had_output.contains(*id) && !answered.contains(*id));
    let strange = answered.iter().find(|id| !called.contains(*id));
    match (lost, strange) {
        (Some(id), _) => Some(format!("call {id:?} has lost its output")),
        (None, Some(id)) => Some(format!("the output of call {id:?} has lost its call")),
        (None, None) => None,
    }
}
