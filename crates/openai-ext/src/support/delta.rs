//! The rule by which a delta of any form is laid over what is there: the one of the official SDKs, but for names that servers
//! repeat with each part.

use std::collections::HashMap;

use serde_json::{Map, Value};

/// Lays the members of `delta` over those of `snapshot`.
///
/// A member that is absent or null in the snapshot is set; `index`, `type` and other names of a thing are replaced; texts are
/// joined, numbers added, objects merged; of two lists the objects are merged by their `index`, other values are appended.
#[inline]
pub(crate) fn merge(snapshot: &mut Map<String, Value>, delta: &Map<String, Value>) {
    for (name, value) in delta {
        match snapshot.get_mut(name) {
            None | Some(Value::Null) => drop(snapshot.insert(name.clone(), value.clone())),
            Some(known) => merge_member(name, known, value),
        }
    }
}

/// Lays one value over another of this name.
///
/// Names of a thing are not joined: OpenRouter repeats `id` and `format` with each part of `reasoning_details`, and a
/// signature that is repeated would not be valid when it goes back.
#[inline]
pub(crate) fn merge_member(name: &str, known: &mut Value, delta: &Value) {
    match name {
        _ if known.is_null() => known.clone_from(delta),
        "index" | "type" | "id" | "format" | "role" | "object" | "status" => {
            if !delta.is_null() && delta != "" {
                known.clone_from(delta);
            }
        }
        name if name.ends_with("signature") && known == delta => {}
        _ => merge_value(known, delta),
    }
}

/// Lays one value over another of the same name.
#[inline]
pub(crate) fn merge_value(known: &mut Value, delta: &Value) {
    match (known, delta) {
        (Value::String(known), Value::String(delta)) => known.push_str(delta),
        (Value::Object(known), Value::Object(delta)) => merge(known, delta),
        (Value::Array(known), Value::Array(delta)) => merge_items(known, delta),
        (known @ Value::Number(_), Value::Number(delta)) => add(known, delta),
        // Nothing says how two values of different kinds add up: the first one stands.
        _ => {}
    }
}

/// A list that is longer is not looked through for each item: the server may send any number of both.
const NEAR: usize = 1024;

/// Lays the items of a list over those that are there: objects by their `index`, others behind.
///
/// The work is linear in the delta, however long the list is. An item is found in the place that its index says in a list
/// that is in order, or among the last 1,024, or by a map if the delta is long enough to pay for one.
#[inline]
fn merge_items(known: &mut Vec<Value>, delta: &[Value]) {
    let mut places = None;
    if known.len().max(delta.len()) > NEAR && delta.len() >= known.len() / 64 {
        count(known.len());
        let indexed = known.iter().enumerate().rev().filter_map(|(at, item)| Some((index_of(item)?, at)));
        places = Some(indexed.collect::<HashMap<u64, usize>>());
    }
    for item in delta {
        let index = index_of(item);
        let at = index.and_then(|index| match &places {
            Some(places) => places.get(&index).copied(),
            None => place(known, index),
        });
        count(1);
        match (at.and_then(|at| known.get_mut(at)), item) {
            (Some(Value::Object(known)), Value::Object(item)) => merge(known, item),
            _ => {
                if let (Some(places), Some(index)) = (&mut places, index) {
                    places.entry(index).or_insert(known.len());
                }
                known.push(item.clone());
            }
        }
    }
}

#[inline]
fn index_of(item: &Value) -> Option<u64> {
    item.get("index").and_then(Value::as_u64)
}

/// Finds the place of the item with this index, if it is near.
#[inline]
fn place(known: &[Value], index: u64) -> Option<usize> {
    let is_it = |item: &Value| {
        count(1);
        index_of(item) == Some(index)
    };
    // Where a list in order has it, from the first index up or down.
    let first = known.first().and_then(index_of).unwrap_or_default();
    let guesses = [Some(index), index.checked_sub(first), first.checked_sub(index)];
    let guesses = guesses.into_iter().flatten().filter_map(|guess| usize::try_from(guess).ok());
    let guessed = guesses.into_iter().find(|at| known.get(*at).is_some_and(is_it));
    guessed.or_else(|| {
        if known.len() <= NEAR {
            return known.iter().position(is_it);
        }
        let from = known.len() - NEAR;
        known[from..].iter().rposition(is_it).map(|at| from + at)
    })
}

#[cfg(test)]
thread_local! {
    /// The items that were looked at.
    static STEPS: std::cell::Cell<usize> = const { std::cell::Cell::new(0) };
}

fn count(_steps: usize) {
    #[cfg(test)]
    STEPS.with(|steps| steps.set(steps.get() + _steps));
}

fn add(known: &mut Value, delta: &serde_json::Number) {
    let whole = known.as_i64().zip(delta.as_i64()).and_then(|(a, b)| a.checked_add(b)).map(Value::from);
    let sum = known.as_f64().zip(delta.as_f64()).map(|(a, b)| Value::from(a + b));
    if let Some(sum) = whole.or(sum) {
        *known = sum;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn each_kind_has_its_rule() {
        for (snapshot, delta, expected) in [
            (json!({}), json!({"a": "x"}), json!({"a": "x"})),
            (json!({"a": null}), json!({"a": 1}), json!({"a": 1})),
            (json!({"a": "x"}), json!({"a": "y"}), json!({"a": "xy"})),
            (json!({"a": 1, "b": 0.5}), json!({"a": 2, "b": 0.25}), json!({"a": 3, "b": 0.75})),
            (json!({"index": 1, "type": "a"}), json!({"index": 2, "type": "b"}), json!({"index": 2, "type": "b"})),
            (json!({"a": {"b": "x"}}), json!({"a": {"b": "y", "c": 1}}), json!({"a": {"b": "xy", "c": 1}})),
            (json!({"a": [1]}), json!({"a": [2]}), json!({"a": [1, 2]})),
            (
                json!({"a": [{"index": 1, "t": "x"}]}),
                json!({"a": [{"index": 0, "t": "z"}, {"index": 1, "t": "y"}]}),
                json!({"a": [{"index": 1, "t": "xy"}, {"index": 0, "t": "z"}]}),
            ),
            (json!({"a": "x"}), json!({"a": null}), json!({"a": "x"})),
            (
                json!({"a": [{"index": 0, "id": "i", "format": "f", "text": "x", "signature": "s"}]}),
                json!({"a": [{"index": 0, "id": "i", "format": "f", "text": "x", "signature": "s"}]}),
                json!({"a": [{"index": 0, "id": "i", "format": "f", "text": "xx", "signature": "s"}]}),
            ),
            (
                json!({"id": "i", "signature": "s"}),
                json!({"id": "", "signature": "t"}),
                json!({"id": "i", "signature": "st"}),
            ),
            (json!({"a": "x"}), json!({"a": 1}), json!({"a": "x"})),
        ] {
            let mut found = snapshot.as_object().cloned().unwrap_or_default();
            merge(&mut found, delta.as_object().unwrap_or(&Map::new()));
            assert_eq!(Value::Object(found), expected, "{snapshot} + {delta}");
        }
    }
    #[test]
    fn the_steps_are_linear_in_the_items() {
        let items = |from: usize, to: usize, turned: bool| -> Value {
            let item = |index: usize| json!({"index": index, "t": "x"});
            if turned { (from..to).rev().map(item).collect() } else { (from..to).map(item).collect() }
        };
        // The whole list twice; then item by item, from the front, from behind, and with indexes that are not there.
        let whole = |count: usize, turned: bool| {
            let mut known = json!([]);
            (0..3).for_each(|_| merge_value(&mut known, &items(0, count, turned)));
            assert_eq!((known.as_array().map(Vec::len), known[count / 2]["t"].as_str()), (Some(count), Some("xxx")));
        };
        let single = |count: usize, turned: bool| {
            let mut known = items(0, count, turned);
            (0..count).for_each(|at| merge_value(&mut known, &items(at, at + 1, false)));
        };
        let new = |count: usize, _: bool| {
            let mut known = items(count, 2 * count, false);
            (0..count).for_each(|at| merge_value(&mut known, &items(5 * count - at, 5 * count - at + 1, false)));
        };
        type Run<'a> = &'a dyn Fn(usize, bool);
        let cases: [(&str, Run<'_>, usize); 3] = [("whole", &whole, 8), ("single", &single, 1100), ("new", &new, 1100)];
        for (name, run, each) in cases {
            for turned in [false, true] {
                let steps = |count: usize| {
                    STEPS.set(0);
                    run(count, turned);
                    STEPS.get()
                };
                let (few, many) = (steps(4000), steps(8000));
                assert!(many <= 8000 * each && many <= 2 * few + 4000 * NEAR / 2, "{name} {turned}: {few}, {many}");
            }
        }
    }
}
