//! The schemas of MCP tools as the API takes them.

use serde_json::{Map, Value, json};

use crate::structured::schema::make_strict;
use crate::tools::interface::ToolInput;

/// Returns what a tool takes: strict if the schema can be followed as it is.
///
/// A schema with optional properties stays as it is, because strict mode would have the model write all of them, and a
/// server may refuse `null`.
#[inline]
pub(super) fn input_of(schema: &Map<String, Value>) -> ToolInput {
    let mut schema = schema.clone();
    schema.retain(|name, _| name != "$schema");
    // The API refuses an object without properties, which servers send for tools without arguments.
    schema.entry("type").or_insert_with(|| json!("object"));
    schema.entry("properties").or_insert_with(|| json!({}));
    let schema = Value::Object(schema);
    if requires_all(&schema)
        && let Ok(strict) = make_strict(schema.clone())
    {
        return ToolInput::function(strict, true);
    }
    ToolInput::function(schema, false)
}

/// Tells whether no object in the schema has an optional property.
#[inline]
fn requires_all(schema: &Value) -> bool {
    match schema {
        Value::Object(members) => {
            let properties = members.get("properties").and_then(Value::as_object);
            let required = members.get("required").and_then(Value::as_array);
            let is_required = |name: &String| required.is_some_and(|names| names.iter().any(|known| known == name));
            properties.is_none_or(|properties| properties.keys().all(is_required)) && members.values().all(requires_all)
        }
        Value::Array(items) => items.iter().all(requires_all),
        _ => true,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn input(schema: Value) -> ToolInput {
        input_of(schema.as_object().unwrap())
    }

    #[test]
    fn only_what_strict_mode_can_follow_as_it_is_is_strict() {
        let path = json!({"path": {"type": "string"}});
        let strict = json!({"type": "object", "properties": path, "required": ["path"], "additionalProperties": false});
        let open = json!({"$schema": "https://json-schema.org/draft/2020-12/schema", "type": "object",
            "properties": path, "required": ["path"]});
        assert_eq!(input(open), ToolInput::function(strict.clone(), true));
        assert_eq!(input(strict.clone()), ToolInput::function(strict, true));
        let empty = json!({"type": "object", "properties": {}, "additionalProperties": false, "required": []});
        assert_eq!(input(json!({"type": "object"})), ToolInput::function(empty, true));
    }

    #[test]
    fn anything_else_stays_as_it_is() {
        let object = |properties: Value, required: Value| json!({"type": "object", "properties": properties, "required": required});
        let map = json!({"type": "object", "additionalProperties": {"type": "string"}});
        let schemas = [
            object(json!({"path": {"type": "string"}}), json!([])),
            object(json!({"map": map}), json!(["map"])),
            object(json!({"inner": object(json!({"a": {"type": "null"}}), json!([]))}), json!(["inner"])),
            object(
                json!({"list": {"type": "array", "items": {"type": "object", "properties": {"a": {}}}}}),
                json!(["list"]),
            ),
            object(json!({"any": {}}), json!(["any"])),
            json!({"type": "object", "properties": {}, "additionalProperties": true}),
            json!({"type": "object", "properties": {}, "oneOf": [{"required": ["a"]}]}),
        ];
        for schema in schemas {
            assert_eq!(input(schema.clone()), ToolInput::function(schema, false));
        }
    }
}
