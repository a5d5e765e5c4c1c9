//! The comparison of two JSON values by their meaning.

use serde_json::Value;

/// The first difference, with its path. The order of keys and the form of a number (`1`, `1.0`) do not count; null,
/// absent and empty are three things.
#[must_use]
pub fn difference(expected: &Value, found: &Value) -> Option<String> {
    at("", expected, found)
}

fn at(path: &str, expected: &Value, found: &Value) -> Option<String> {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                let path = format!("{path}.{key}");
                match b.get(key) {
                    None => return Some(format!("{path} is missing, was {}", short(value))),
                    Some(other) => {
                        if let Some(found) = at(&path, value, other) {
                            return Some(found);
                        }
                    }
                }
            }
            let added = b.iter().find(|(key, _)| !a.contains_key(*key));
            added.map(|(key, value)| format!("{path}.{key} was not there, is {}", short(value)))
        }
        (Value::Array(a), Value::Array(b)) => {
            if a.len() != b.len() {
                return Some(format!("{path} had {} items, has {}", a.len(), b.len()));
            }
            a.iter().zip(b).enumerate().find_map(|(index, (a, b))| at(&format!("{path}[{index}]"), a, b))
        }
        (Value::Number(a), Value::Number(b)) => {
            let same = a == b || a.as_f64() == b.as_f64();
            (!same).then(|| format!("{path} was {a}, is {b}"))
        }
        (a, b) => (a != b).then(|| format!("{path} was {}, is {}", short(a), short(b))),
    }
}

fn short(value: &Value) -> String {
    let text = value.to_string();
    if text.chars().count() > 80 { text.chars().take(80).collect::<String>() + "…" } else { text }
}
