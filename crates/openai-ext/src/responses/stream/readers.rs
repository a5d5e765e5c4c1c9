//! The readers of JSON that is not complete yet.

use std::collections::HashMap;

use serde_json::Value;

use super::layout::{Layout, Slot};
use crate::responses::output::output_texts;
use crate::structured::partial_json::Growing;
use crate::types::ResponseOutputItem;

/// The readers of what was asked for.
#[derive(Clone, Debug, Default)]
pub(super) struct Partials {
    text: Option<PartialText>,
    /// By the number of the item.
    arguments: HashMap<i64, (u64, Growing)>,
}

#[derive(Clone, Debug)]
struct PartialText {
    /// The version of the layout in which the text is at this place: the item, and the part of it.
    layout: u64,
    place: (usize, usize),
    /// The number of the item and the version of its texts, which were read.
    item: (i64, u64),
    json: Growing,
}

impl Partials {
    #[inline]
    pub(super) fn text(&mut self, output: &[ResponseOutputItem], layout: &Layout) -> Option<&Value> {
        if self.text.as_ref().is_none_or(|known| known.layout != layout.version) {
            let (item, part, _) = output_texts(output).next()?;
            let key = layout.slots.get(item).map(|slot| (slot.index, slot.version))?;
            let is_same = |known: &PartialText| known.item == key && known.place.1 == part;
            let json = self.text.take().filter(is_same).map(|known| known.json).unwrap_or_default();
            self.text = Some(PartialText { layout: layout.version, place: (item, part), item: key, json });
        }
        let PartialText { place: (item, part), json, .. } = self.text.as_mut()?;
        let (_, _, text) = output_texts(output.get(*item..=*item)?).find(|(_, at, _)| at == part)?;
        json.value(text)
    }

    #[inline]
    pub(super) fn arguments(&mut self, item: &ResponseOutputItem, slot: Slot) -> Option<&Value> {
        let text = match item {
            ResponseOutputItem::FunctionCall(call) => &call.arguments,
            ResponseOutputItem::McpCall(call) => &call.arguments,
            _ => return None,
        };
        let (version, json) = self.arguments.entry(slot.index).or_default();
        if *version != slot.version {
            (*version, *json) = (slot.version, Growing::default());
        }
        json.value(text)
    }
}

/// Tells whether an item leaves out the texts that deltas had, so that those stay.
#[inline]
pub(super) fn leaves_texts_out(item: &ResponseOutputItem) -> bool {
    match item {
        ResponseOutputItem::Message(item) => item.content.is_empty(),
        ResponseOutputItem::FunctionCall(item) => item.arguments.is_empty(),
        ResponseOutputItem::McpCall(item) => item.arguments.is_empty(),
        _ => true,
    }
}
