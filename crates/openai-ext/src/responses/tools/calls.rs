//! Calls and approvals in the output of a response.

use serde_json::{Value, json};

use crate::responses::input::InputItem;
use crate::responses::stream::{ResponseEvent, ResponseUpdate};
use crate::tools::ToolCall;
use crate::types::{ResponseMcpApprovalRequest, ResponseOutputItem, Tool};

#[inline]
pub(super) fn approvals(output: &[ResponseOutputItem]) -> impl Iterator<Item = &ResponseMcpApprovalRequest> {
    output.iter().filter_map(|item| match item {
        ResponseOutputItem::McpApprovalRequest(request) => Some(request),
        _ => None,
    })
}

/// Tells whether an approval was given or refused.
#[inline]
pub(super) fn is_decided(items: &[InputItem], id: &str) -> bool {
    items.iter().any(|item| matches!(item, InputItem::McpApprovalResponse(answer) if answer.approval_request_id == id))
}

/// Tells whether there is a call whose output has to come from this side, and not from a tool of the toolbox. `later` are items
/// that the program appended.
#[inline]
pub(super) fn waits_for_client(output: &[ResponseOutputItem], later: &[InputItem]) -> bool {
    use ResponseOutputItem as Item;
    let calls = output.iter().filter_map(|item| match item {
        Item::ComputerCall(call) => Some(&call.call_id),
        Item::LocalShellCall(call) => Some(&call.call_id),
        Item::ShellCall(call) => Some(&call.call_id),
        Item::ApplyPatchCall(call) => Some(&call.call_id),
        _ => None,
    });
    let calls: Vec<_> = calls.collect();
    if calls.is_empty() {
        return false;
    }
    let items = output.iter().map(|item| json!(item)).chain(later.iter().map(|item| json!(item)));
    let is_output = |item: &Value| item["type"].as_str().is_some_and(|kind| kind.ends_with("_output"));
    // The output of a local shell's call has the id of the call as its own.
    let given: Vec<_> =
        items.filter(is_output).flat_map(|item| [item["call_id"].clone(), item["id"].clone()]).collect();
    calls.iter().any(|id| given.iter().all(|given| given != id.as_str()))
}

/// Reasoning that is only a name: of a response that was not stored, nobody knows it.
#[inline]
pub(super) fn is_unknown_reasoning(item: &InputItem) -> bool {
    let InputItem::Reasoning(reasoning) = item else { return false };
    reasoning.encrypted_content.is_none() && reasoning.content.as_ref().is_none_or(Vec::is_empty)
}

/// Names of tools that the model may call; a namespace has several.
#[inline]
pub(super) fn names_of(tool: &Tool) -> Vec<String> {
    match tool {
        Tool::Function(tool) => vec![tool.name.clone()],
        Tool::Custom(tool) => vec![tool.name.clone()],
        Tool::Namespace(tool) => {
            let tool = json!(tool);
            let tools = tool["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
            tools.iter().filter_map(|tool| tool["name"].as_str().map(str::to_owned)).collect()
        }
        _ => Vec::new(),
    }
}

/// Gives the calls that have no `call_id` one that the outputs can refer to: their own id, else one that `turn` tells from
/// those of other responses.
#[inline]
pub(super) fn name_calls(output: &mut [ResponseOutputItem], turn: u32) {
    for (at, item) in output.iter_mut().enumerate() {
        let (call_id, id) = match item {
            ResponseOutputItem::FunctionCall(call) => (&mut call.call_id, &call.id),
            ResponseOutputItem::CustomToolCall(call) => (&mut call.call_id, &call.id),
            _ => continue,
        };
        if call_id.is_empty() {
            *call_id = id.clone().filter(|id| !id.is_empty()).unwrap_or_else(|| format!("call_{turn}_{at}"));
        }
    }
}

#[inline]
pub(super) fn call_of(item: &ResponseOutputItem) -> Option<ToolCall> {
    let (id, name, arguments, is_custom) = match item {
        ResponseOutputItem::FunctionCall(call) => (&call.call_id, &call.name, &call.arguments, false),
        ResponseOutputItem::CustomToolCall(call) => (&call.call_id, &call.name, &call.input, true),
        _ => return None,
    };
    Some(ToolCall { id: id.clone(), name: name.clone(), arguments: arguments.clone(), is_custom })
}

/// The call that is whole by an event.
#[inline]
pub(in crate::responses) fn whole_call(event: &ResponseEvent) -> Option<ToolCall> {
    match event.update() {
        ResponseUpdate::ItemDone(_, item) => call_of(item),
        _ => None,
    }
}
