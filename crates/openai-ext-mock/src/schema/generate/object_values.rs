//! Objects and lists.

use serde_json::{Map, Value};

use super::generator::{Generator, Spot};
use super::hints;
use super::merge::Merged;
use super::unfit::{Made, Unfit};

/// Optional fields are made down to this depth; below it a value is as small as it may be.
const OPTIONAL_DEPTH: usize = 4;
/// Of the optional fields of the API's own schemas, this many per cent are made.
const OPTIONAL_CHANCE: u64 = 60;
/// A list that must be longer than this is not made.
const MOST_ITEMS: u64 = 1_000;

impl<'a> Generator<'a> {
    pub(super) fn object(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        let kind = kind_of(merged);
        let mut map = Map::new();
        for (name, schemas) in &merged.properties {
            let inside = Spot { name, kind, depth: spot.depth + 1 };
            if merged.required.contains(name) {
                map.insert((*name).to_owned(), self.value(schemas, inside)?);
            } else if self.wants(merged, name, schemas, inside.depth) {
                // An optional field that cannot be made is one to leave out.
                let made = self.optional(schemas, inside);
                map.extend(made.map(|value| ((*name).to_owned(), value)));
            }
        }
        for name in &merged.required {
            if !merged.properties.contains_key(name) {
                let value = self.value(&merged.additional, Spot { name, kind, depth: spot.depth + 1 })?;
                map.insert((*name).to_owned(), value);
            }
        }
        if map.is_empty() && merged.properties.is_empty() && !merged.additional.is_empty() && spot.name != "metadata" {
            let inside = Spot { name: "key", kind, depth: spot.depth + 1 };
            map.extend(self.value(&merged.additional, inside).ok().map(|value| ("key".to_owned(), value)));
        }
        if !self.hints.foreign {
            close_list(&mut map);
            add_up(&mut map);
        }
        Ok(Value::Object(map))
    }

    /// The rule for optional fields.
    fn wants(&mut self, merged: &Merged<'a>, name: &str, schemas: &[&'a Value], depth: usize) -> bool {
        if self.hints.foreign {
            return depth <= OPTIONAL_DEPTH && self.has_spare();
        }
        // The number is drawn in any case, so that one field's rule does not change its neighbours' values.
        let chance = self.rng.percent(OPTIONAL_CHANCE);
        let known = self.hints.find(name, depth, self.root, schemas).is_some();
        if merged.exclusive.contains(name) || hints::is_quiet(name) && !known {
            return false;
        }
        let deprecated = schemas.iter().any(|schema| schema["deprecated"] == true);
        known || hints::is_telling(name) || chance && !deprecated && depth <= OPTIONAL_DEPTH
    }

    pub(super) fn array(&mut self, merged: &Merged<'a>, spot: Spot<'_>) -> Made<Value> {
        let least = merged.at_least("minItems");
        if least > MOST_ITEMS {
            return Err(Unfit);
        }
        let wanted = self.hints.length(spot.name, spot.depth).max(least);
        let count = wanted.min(merged.at_most("maxItems").unwrap_or(MOST_ITEMS)).min(MOST_ITEMS);
        // Items are called after their list: the items of `file_ids` are made like a `file_id`.
        let singular = spot.name.strip_suffix('s').unwrap_or(spot.name);
        let mut items = Vec::new();
        for _ in 0..count {
            match self.value(&merged.items, Spot { name: singular, kind: spot.kind, depth: spot.depth + 1 }) {
                Ok(item) => items.push(item),
                Err(_) if least == 0 => break,
                Err(unfit) => return Err(unfit),
            }
        }
        Ok(Value::Array(items))
    }
}

/// The kind of the object: the value of its tag if there can be only one, else the name of its schema.
fn kind_of<'a>(merged: &Merged<'a>) -> &'a str {
    let tag = |name: &str| match merged.properties.get(name)?.first()?.get("enum")?.as_array()?.as_slice() {
        [only] => only.as_str(),
        _ => None,
    };
    let named = tag("object").filter(|object| *object != "list").or_else(|| tag("type"));
    let list = merged.properties.contains_key("data").then_some("list");
    named.or(list).or(merged.name).unwrap_or("")
}

/// Totals are the sums of their parts.
fn add_up(map: &mut Map<String, Value>) {
    let sum = |parts: &[&str]| parts.iter().filter_map(|part| map.get(*part)?.as_u64()).sum::<u64>();
    let counts = sum(&["completed", "failed", "cancelled", "in_progress", "passed", "errored"]);
    let tokens = sum(&["input_tokens", "output_tokens", "prompt_tokens", "completion_tokens"]);
    for (name, total) in [("total", counts), ("total_tokens", tokens)] {
        if let Some(slot) = map.get_mut(name).filter(|slot| slot.is_u64() && total > 0) {
            *slot = Value::from(total);
        }
    }
}

/// A page's `first_id` and `last_id` are those of its items; there is no next page.
fn close_list(map: &mut Map<String, Value>) {
    let id = |item: Option<&Value>| item.and_then(|item| item.get("id")).filter(|id| id.is_string()).cloned();
    let Some(Value::Array(items)) = map.get("data") else {
        return;
    };
    for (name, id) in [("first_id", id(items.first())), ("last_id", id(items.last()))] {
        if let (Some(slot), Some(id)) = (map.get_mut(name), id) {
            *slot = id;
        }
    }
}
