//! The items of an output by their ids.

use std::collections::HashMap;

use crate::types::ResponseOutputItem;

/// The positions of items by their ids. They are kept once so many items were looked at that this is paid for.
#[derive(Clone, Debug, Default)]
pub(super) struct ItemIds {
    /// The version of the layout that this is of.
    version: u64,
    looked_at: usize,
    positions: Option<HashMap<String, Positions>>,
}

#[derive(Clone, Debug, Default)]
struct Positions {
    /// The items that have the id.
    own: Vec<usize>,
    /// The calls whose output refers to the id.
    called: Vec<usize>,
}

/// An index costs as much as so many looks at each item.
const LOOKS: usize = 16;

impl ItemIds {
    /// Finds the first item with an id that fits, or else the first call with this id. Some servers name a call in its events
    /// by the id that its output refers to.
    pub(super) fn find(
        &mut self,
        version: u64,
        output: &[ResponseOutputItem],
        id: &str,
        fits: impl Fn(&ResponseOutputItem) -> bool,
    ) -> Option<usize> {
        if self.version != version {
            *self = Self { version, ..Self::default() };
        }
        if self.positions.is_none() {
            self.looked_at += output.len();
            if output.len() < LOOKS || self.looked_at <= LOOKS * output.len() {
                let first =
                    |of: fn(&ResponseOutputItem) -> &str| output.iter().position(|item| of(item) == id && fits(item));
                return first(item_id).or_else(|| first(call_id));
            }
        }
        let positions = self.positions.get_or_insert_with(|| Positions::of(output)).get(id)?;
        let first = |positions: &[usize]| positions.iter().copied().find(|at| output.get(*at).is_some_and(&fits));
        first(&positions.own).or_else(|| first(&positions.called))
    }
}

impl Positions {
    #[inline]
    fn of(output: &[ResponseOutputItem]) -> HashMap<String, Self> {
        let mut all = HashMap::<String, Self>::with_capacity(output.len());
        for (at, item) in output.iter().enumerate() {
            let (own, called) = (item_id(item), call_id(item));
            if !own.is_empty() {
                all.entry(own.to_owned()).or_default().own.push(at);
            }
            if !called.is_empty() {
                all.entry(called.to_owned()).or_default().called.push(at);
            }
        }
        all
    }
}

/// The id that the output of a call refers to; empty if it is no call that this side answers.
#[inline]
fn call_id(item: &ResponseOutputItem) -> &str {
    match item {
        ResponseOutputItem::FunctionCall(item) => &item.call_id,
        ResponseOutputItem::CustomToolCall(item) => &item.call_id,
        _ => "",
    }
}

/// The id of an item; empty if it has none.
#[inline]
pub(super) fn item_id(item: &ResponseOutputItem) -> &str {
    use ResponseOutputItem as Item;
    match item {
        Item::Message(item) => &item.id,
        Item::FileSearchCall(item) => &item.id,
        Item::FunctionCall(item) => item.id.as_deref().unwrap_or_default(),
        Item::FunctionCallOutput(item) => &item.id,
        Item::WebSearchCall(item) => &item.id,
        Item::ComputerCall(item) => &item.id,
        Item::ComputerCallOutput(item) => &item.id,
        Item::Reasoning(item) => &item.id,
        Item::Program(item) => &item.id,
        Item::ProgramOutput(item) => &item.id,
        Item::ToolSearchCall(item) => &item.id,
        Item::ToolSearchOutput(item) => &item.id,
        Item::AdditionalTools(item) => &item.id,
        Item::Compaction(item) => &item.id,
        Item::ImageGenerationCall(item) => &item.id,
        Item::CodeInterpreterCall(item) => &item.id,
        Item::LocalShellCall(item) => &item.id,
        Item::LocalShellCallOutput(item) => &item.id,
        Item::ShellCall(item) => &item.id,
        Item::ShellCallOutput(item) => &item.id,
        Item::ApplyPatchCall(item) => &item.id,
        Item::ApplyPatchCallOutput(item) => &item.id,
        Item::McpCall(item) => &item.id,
        Item::McpListTools(item) => &item.id,
        Item::McpApprovalRequest(item) => &item.id,
        Item::McpApprovalResponse(item) => &item.id,
        Item::CustomToolCall(item) => item.id.as_deref().unwrap_or_default(),
        Item::CustomToolCallOutput(item) => &item.id,
        Item::Unknown(item) => item.get("id").and_then(|id| id.as_str()).unwrap_or_default(),
        _ => "",
    }
}
