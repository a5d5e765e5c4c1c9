//! The JSON of texts and arguments that are not complete yet.

use std::collections::HashMap;

use serde_json::Value;

use super::accumulator::ResponseAccumulator;
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

impl ResponseAccumulator {
    /// Returns the JSON of the first text that is no commentary as far as it is there: open strings, lists and objects are
    /// closed, and what is cut off is left out. `None` before there is any, and of a text that is not JSON.
    ///
    /// Each part of the text is read once, when the JSON is asked for: to ask after each event takes time that is linear in
    /// the text.
    #[must_use]
    pub fn partial_text(&mut self) -> Option<&Value> {
        let output = &self.snapshot.as_ref()?.output;
        let known = self.partials.get_or_insert_default();
        let is_current = |known: &PartialText| known.layout == self.layout.version;
        if !known.text.as_ref().is_some_and(is_current) {
            let (item, part, _) = output_texts(output).next()?;
            let key = self.layout.slots.get(item).map(|slot| (slot.index, slot.version))?;
            let is_same = |known: &PartialText| known.item == key && known.place.1 == part;
            let json = known.text.take().filter(is_same).map(|known| known.json).unwrap_or_default();
            known.text = Some(PartialText { layout: self.layout.version, place: (item, part), item: key, json });
        }
        let PartialText { place: (item, part), json, .. } = known.text.as_mut()?;
        let (_, _, text) = output_texts(output.get(*item..=*item)?).find(|(_, at, _)| at == part)?;
        json.value(text)
    }

    /// Returns the JSON of the arguments of a function or MCP call, by its position in the snapshot's `output`, as far as it
    /// is there, as [`partial_text`](Self::partial_text) does for texts.
    ///
    /// ```
    /// use openai_ext::responses::ResponseAccumulator;
    ///
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let mut accumulator = ResponseAccumulator::default();
    /// for (delta, expected) in [("{\"city\": \"Pa", "Pa"), ("ris", "Paris")] {
    ///     let event = serde_json::json!({
    ///         "type": "response.function_call_arguments.delta", "item_id": "fc_1", "output_index": 0, "delta": delta,
    ///     });
    ///     accumulator.push(&serde_json::from_value(event)?)?;
    ///     assert_eq!(accumulator.partial_arguments(0).map(|json| &json["city"]), Some(&expected.into()));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn partial_arguments(&mut self, output_index: usize) -> Option<&Value> {
        let text = match self.snapshot.as_ref()?.output.get(output_index)? {
            ResponseOutputItem::FunctionCall(call) => &call.arguments,
            ResponseOutputItem::McpCall(call) => &call.arguments,
            _ => return None,
        };
        let slot = self.layout.slots.get(output_index)?;
        let (version, json) = self.partials.get_or_insert_default().arguments.entry(slot.index).or_default();
        if *version != slot.version {
            (*version, *json) = (slot.version, Growing::default());
        }
        json.value(text)
    }

    /// Notes that a text of the item that the event changed is another one now, not the one before with more behind it.
    pub(super) fn rewritten(&mut self) {
        if let Some(changed) = self.changed {
            self.layout.rewritten(changed.output_index);
        }
    }
}

impl Layout {
    /// Notes that what is where has changed.
    pub(super) fn moved(&mut self) -> u64 {
        self.version += 1;
        self.version
    }

    pub(super) fn rewritten(&mut self, at: usize) {
        let version = self.moved();
        if let Some(slot) = self.slots.get_mut(at) {
            slot.version = version;
        }
    }

    /// Begins anew with an output that came as a whole.
    pub(super) fn restart(&mut self, count: usize, done: bool) {
        let version = self.moved();
        let slots = (0..count as i64).map(|index| Slot { index, done, version }).collect();
        *self = Self { slots, version, ..Self::default() };
    }
}

/// Tells whether an item leaves out the texts that deltas had, so that those stay.
pub(super) fn leaves_texts_out(item: &ResponseOutputItem) -> bool {
    match item {
        ResponseOutputItem::Message(item) => item.content.is_empty(),
        ResponseOutputItem::FunctionCall(item) => item.arguments.is_empty(),
        ResponseOutputItem::McpCall(item) => item.arguments.is_empty(),
        _ => true,
    }
}
