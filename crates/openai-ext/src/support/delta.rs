//! The rule by which a delta of any form is laid over what is there: the one of the official SDKs, but for names that servers
//! repeat with each part.

use serde_json::{Map, Value};

/// Lays the members of `delta` over those of `snapshot`.
///
/// A member that is absent or null in the snapshot is set; `index`, `type` and other names of a thing are replaced; texts are
/// joined, numbers added, objects merged; of two lists the objects are merged by their `index`, other values are appended.
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
pub(crate) fn merge_member(name: &str, known: &mut Value, delta: &Value) {
    match name {
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
pub(crate) fn merge_value(known: &mut Value, delta: &Value) {
    match (known, delta) {
        (Value::String(known), Value::String(delta)) => known.push_str(delta),
        (Value::Object(known), Value::Object(delta)) => merge(known, delta),
        (Value::Array(known), Value::Array(delta)) => delta.iter().for_each(|item| merge_item(known, item)),
        (known @ Value::Number(_), Value::Number(delta)) => add(known, delta),
        // Nothing says how two values of different kinds add up: the first one stands.
        _ => {}
    }
}

fn merge_item(known: &mut Vec<Value>, item: &Value) {
    let index = item.get("index").and_then(Value::as_u64);
    let same = index.and_then(|index| known.iter_mut().find(|known| known["index"].as_u64() == Some(index)));
    match (same, item) {
        (Some(Value::Object(known)), Value::Object(item)) => merge(known, item),
        _ => known.push(item.clone()),
    }
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
}
