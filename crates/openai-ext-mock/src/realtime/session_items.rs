//! The items of a conversation, in its order.

use serde_json::{Value, json};

use super::client_events::Problem;
use crate::model::text;
use crate::schema::Rng;

#[derive(Debug)]
pub(super) struct Items {
    items: Vec<Value>,
    /// The number of items that are kept; the oldest go first.
    keep: usize,
}

impl Items {
    pub(super) fn new(keep: usize) -> Self {
        Self { items: Vec::new(), keep }
    }

    pub(super) fn last_id(&self) -> Value {
        self.items.last().map_or(Value::Null, |item| item["id"].clone())
    }

    /// Puts an item where the client wants it, and tells which one is before it.
    pub(super) fn insert(&mut self, item: Value, after: Option<&str>) -> Result<Value, Problem> {
        if self.items.iter().any(|known| known["id"] == item["id"]) {
            let message = format!("There is an item with the id {} already.", item["id"]);
            return Err(Problem::new("item_already_exists", Some("item.id"), message));
        }
        let place = match after {
            None => self.items.len(),
            Some("root") => 0,
            Some(id) => self.place(id, "previous_item_id")? + 1,
        };
        let before = place.checked_sub(1).and_then(|before| self.items.get(before));
        let before = before.map_or(Value::Null, |before| before["id"].clone());
        self.items.insert(place, item);
        let surplus = self.items.len().saturating_sub(self.keep);
        self.items.drain(..surplus);
        Ok(before)
    }

    /// An item at its end, in place of what it was before, or after all others.
    pub(super) fn put(&mut self, item: &Value) {
        match self.items.iter_mut().find(|known| known["id"] == item["id"]) {
            Some(known) => *known = item.clone(),
            // It cannot be there already.
            None => drop(self.insert(item.clone(), None)),
        }
    }

    pub(super) fn get_mut(&mut self, id: &str) -> Result<&mut Value, Problem> {
        let place = self.place(id, "item_id")?;
        Ok(&mut self.items[place])
    }

    pub(super) fn remove(&mut self, id: &str) -> Result<(), Problem> {
        let place = self.place(id, "item_id")?;
        self.items.remove(place);
        Ok(())
    }

    pub(super) fn as_slice(&self) -> &[Value] {
        &self.items
    }

    fn place(&self, id: &str, param: &str) -> Result<usize, Problem> {
        let place = self.items.iter().position(|item| item["id"] == id);
        place
            .ok_or_else(|| Problem::new("item_not_found", Some(param), format!("There is no item with the id '{id}'.")))
    }
}

/// A client's item with what the server adds to it.
pub(super) fn complete(item: &Value, rng: &mut Rng) -> Value {
    let mut item = item.clone();
    if !item.is_object() {
        // Only a lenient server comes here.
        item = json!({});
    }
    if item["id"].as_str().is_none_or(str::is_empty) {
        item["id"] = Value::from(rng.id("item_"));
    }
    item["object"] = Value::from("realtime.item");
    item["status"] = Value::from("completed");
    item
}

/// The user's last words, in writing or aloud.
pub(super) fn prompt(items: &[Value]) -> String {
    let user = items.iter().rev().find(|item| item["role"] == "user");
    user.or(items.last()).map(said).unwrap_or_default()
}

/// The text of an item: what was written, or the transcript of what was said.
pub(super) fn said(item: &Value) -> String {
    let parts = item["content"].as_array().map(Vec::as_slice).unwrap_or_default();
    let of_part = |part: &Value| part["transcript"].as_str().map_or_else(|| text::text_of(part), str::to_owned);
    match parts {
        [] => text::text_of(item),
        parts => parts.iter().map(of_part).collect::<Vec<_>>().join("\n"),
    }
}
