//! Settings of a request in the form in which the API shows them again.

use serde_json::{Map, Value, json};

use super::objects::{Shape, is_nullable, tags_agree};
use crate::document;
use crate::schema::{self, validate};

/// Members that an update cannot change.
const FIXED: [&str; 5] = ["id", "object", "created_at", "updated_at", "status"];

/// Returns a component made of `value`, as [`present`] does; an object without members if the value does not fit.
pub(crate) fn component(name: &str, value: &Value) -> Value {
    let made = document::component(name).and_then(|schema| present(schema, value));
    made.unwrap_or_else(|| Value::Object(Map::new()))
}

/// Takes over the members of an update that the component shows. A null stands for the default.
pub(crate) fn update(name: &str, object: &mut Value, body: &Value) {
    let (Value::Object(object), Value::Object(body)) = (object, body) else {
        return;
    };
    let shape = document::component(name).map(Shape::of).unwrap_or_default();
    for (name, value) in body.iter().filter(|(name, _)| !FIXED.contains(&name.as_str())) {
        let Some(schema) = shape.properties.get(name.as_str()) else { continue };
        let shown = if value.is_null() { plain(schema) } else { present(schema, value) };
        object.extend(shown.map(|shown| (name.clone(), shown)));
    }
}

/// Returns the value in the form of the schema. Members that the schema does not have are left out, secrets among them;
/// required members that the value lacks have their plainest value. None if the two have nothing in common.
pub(crate) fn present(schema: &'static Value, value: &Value) -> Option<Value> {
    if value.is_null() {
        return is_nullable(schema).then_some(Value::Null);
    }
    let schema = schema::follow(document::root(), schema)?;
    if let Some(variants) = variants(schema) {
        let fitting = variants.iter().filter(|variant| tags_agree(variant, value));
        return fitting.into_iter().find_map(|variant| present(variant, value));
    }
    if let Some(part) = only_part(schema) {
        return present(part, value);
    }
    let shown = match (value, schema.get("items")) {
        (Value::Object(map), _) => present_object(schema, map)?,
        (Value::Array(items), Some(schema)) => items.iter().filter_map(|item| present(schema, item)).collect(),
        _ => value.clone(),
    };
    validate::check(document::root(), schema, &shown).is_ok().then_some(shown)
}

/// An object without properties in the schema is a map, and shown as it is.
fn present_object(schema: &'static Value, map: &Map<String, Value>) -> Option<Value> {
    let shape = Shape::of(schema);
    if shape.properties.is_empty() {
        return Some(Value::Object(map.clone()));
    }
    let mut shown = Map::new();
    for (name, schema) in &shape.properties {
        let given = map.get(*name).and_then(|value| present(schema, value));
        let value = match given {
            None if shape.required.contains(name) => Some(plain(schema)?),
            given => given,
        };
        shown.extend(value.map(|value| ((*name).to_owned(), value)));
    }
    Some(Value::Object(shown))
}

/// Returns the least that the schema takes: null, its default, its first value, an empty list.
fn plain(schema: &'static Value) -> Option<Value> {
    if is_nullable(schema) {
        return Some(Value::Null);
    }
    let schema = schema::follow(document::root(), schema)?;
    if let Some(value) = schema.get("default").or_else(|| schema["enum"].get(0)) {
        return Some(value.clone());
    }
    if let Some(part) = only_part(schema).or_else(|| variants(schema)?.first()) {
        return plain(part);
    }
    match schema["type"].as_str() {
        Some("array") => Some(json!([])),
        Some("boolean") => Some(json!(false)),
        Some("string") => Some(json!("")),
        Some("integer" | "number") => Some(schema.get("minimum").cloned().unwrap_or_else(|| json!(0))),
        _ => present(schema, &json!({})),
    }
}

fn variants(schema: &'static Value) -> Option<&'static Vec<Value>> {
    schema["oneOf"].as_array().or(schema["anyOf"].as_array())
}

/// The document writes a nullable reference as a list of one part.
fn only_part(schema: &'static Value) -> Option<&'static Value> {
    match schema["allOf"].as_array().map(Vec::as_slice) {
        Some([part]) if schema.get("properties").is_none() => Some(part),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn secrets_are_left_out_and_required_members_are_made() {
        let auth = json!({"type": "static_bearer", "mcp_server_url": "https://x", "token": "t"});
        let credential = component("VaultCredentialResource", &json!({"id": "c", "name": "n", "auth": auth}));
        assert_eq!(credential["auth"], json!({"type": "static_bearer", "mcp_server_url": "https://x"}));
        assert_eq!((&credential["object"], &credential["metadata"]), (&json!("vault.credential"), &json!({})));
        let agent = component("AgentResource", &json!({"model": "m", "reasoning": {"effort": "low"}}));
        assert_eq!(agent["reasoning"], json!({"effort": "low", "summary": null}));
        assert_eq!(agent["text"], json!({"format": {"type": "text"}, "verbosity": "low"}));
        assert_eq!((&agent["tools"], &agent["name"]), (&json!([]), &Value::Null));
    }

    #[test]
    fn an_update_changes_what_it_names() {
        let mut agent = component("AgentResource", &json!({"id": "a", "model": "m", "name": "n"}));
        let tools = json!([{"type": "function", "name": "f", "description": "", "parameters": {}}, {"type": "no"}]);
        update("AgentResource", &mut agent, &json!({"id": "b", "name": null, "tools": tools, "other": 1}));
        assert_eq!((&agent["id"], &agent["model"], &agent["name"]), (&json!("a"), &json!("m"), &Value::Null));
        assert_eq!((&agent["tools"][0]["defer_loading"], &agent["tools"][1]), (&json!(false), &Value::Null));
        assert_eq!(agent.get("other"), None);
    }
}
