//! References between schemas.

use serde_json::Value;

/// Returns the schema of `root` that a `$ref` names.
pub(crate) fn resolve<'a>(root: &'a Value, reference: &str) -> Option<&'a Value> {
    root.pointer(reference.strip_prefix('#')?)
}

/// Follows `$ref`s until a schema that is not one; none if a reference dangles or goes round in circles.
pub(crate) fn follow<'a>(root: &'a Value, mut schema: &'a Value) -> Option<&'a Value> {
    for _ in 0..32 {
        match schema.get("$ref").and_then(Value::as_str) {
            Some(reference) => schema = resolve(root, reference)?,
            None => return Some(schema),
        }
    }
    None
}
