//! JSON as flat pairs by the bracket rules: `k[]=v` for arrays, `k[sub]=v` for objects, nothing for null.

use serde_json::Value;

/// Appends the pairs of a parameter or field.
pub(crate) fn pairs(name: &str, value: &Value, out: &mut Vec<(String, String)>) {
    field(name, value, &mut |name, value| out.push((name.to_owned(), text(value))));
}

/// Calls `each` for each scalar inside a parameter or field. Some arrays are named `k[]` in the document already.
pub(crate) fn field(name: &str, value: &Value, each: &mut dyn FnMut(&str, &Value)) {
    let name = if value.is_array() { name.strip_suffix("[]").unwrap_or(name) } else { name };
    walk(name, value, each);
}

/// As [`field`], with the name as it is.
pub(crate) fn walk(name: &str, value: &Value, each: &mut dyn FnMut(&str, &Value)) {
    match value {
        Value::Null => {}
        Value::Array(items) => {
            let name = format!("{name}[]");
            for item in items {
                walk(&name, item, each);
            }
        }
        Value::Object(members) => {
            for (key, member) in members {
                walk(&format!("{name}[{key}]"), member, each);
            }
        }
        scalar => each(name, scalar),
    }
}

/// A scalar as text.
pub(crate) fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
