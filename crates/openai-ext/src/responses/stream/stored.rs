//! A half-done accumulator as JSON, so that it can be stored.

use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Map, Value, json};

use super::accumulator::ResponseAccumulator;
use super::layout::{Layout, Slot};
use super::strays::{List, Stray};

impl Serialize for ResponseAccumulator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let layout = &self.layout;
        let items: Vec<Value> = layout.slots.iter().map(|slot| json!([slot.index, slot.done])).collect();
        let strays = layout.strays.iter();
        let parts: Vec<Value> =
            strays.map(|stray| json!([stray.slot, name(stray.list), stray.index, stray.position])).collect();
        let snapshot = self.snapshot.as_ref().map(|snapshot| openai_runtime::json::to_value(snapshot));
        let state = json!({
            "snapshot": snapshot, "items": items, "parts": parts,
            "sequence_number": self.sequence_number, "complete": self.complete, "displaced": layout.displaced,
        });
        state.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ResponseAccumulator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut state = Map::deserialize(deserializer)?;
        let snapshot = state.remove("snapshot").filter(|snapshot| !snapshot.is_null());
        let snapshot = snapshot.map(|snapshot| openai_runtime::json::from_value(&snapshot)).transpose();
        let snapshot: Option<crate::types::Response> = snapshot.map_err(D::Error::custom)?;
        let count = snapshot.as_ref().map_or(0, |snapshot| snapshot.output.len());
        let slots: Vec<Slot> = list(&state, "items").filter_map(slot).collect();
        // Each item has one number, and the numbers go up: what was stored may have been changed by hand.
        let is_sound = slots.len() == count && slots.is_sorted_by_key(|slot| slot.index);
        let layout = if is_sound {
            let displaced = state.get("displaced").and_then(|pair| Some((pair[0].as_i64()?, pair[1].as_i64()?)));
            let strays = list(&state, "parts").filter_map(stray).collect();
            Layout { slots, strays, displaced, ..Layout::default() }
        } else {
            let mut layout = Layout::default();
            layout.restart(count, false);
            layout
        };
        Ok(Self {
            snapshot,
            layout,
            sequence_number: state.get("sequence_number").and_then(Value::as_i64),
            complete: state.get("complete").and_then(Value::as_bool).unwrap_or_default(),
            ..Self::default()
        })
    }
}

#[inline]
fn list<'a>(state: &'a Map<String, Value>, name: &str) -> impl Iterator<Item = &'a Value> {
    state.get(name).and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default().iter()
}

#[inline]
fn slot(value: &Value) -> Option<Slot> {
    Some(Slot { index: value.get(0)?.as_i64()?, done: value.get(1)?.as_bool()?, version: 0 })
}

#[inline]
fn stray(value: &Value) -> Option<Stray> {
    let list = match value.get(1)?.as_str()? {
        "content" => List::Content,
        "summary" => List::Summary,
        "commands" => List::Commands,
        _ => return None,
    };
    let position = usize::try_from(value.get(3)?.as_u64()?).ok()?;
    Some(Stray { slot: value.get(0)?.as_i64()?, list, index: value.get(2)?.as_i64()?, position })
}

#[inline]
fn name(list: List) -> &'static str {
    match list {
        List::Content => "content",
        List::Summary => "summary",
        List::Commands => "commands",
    }
}
