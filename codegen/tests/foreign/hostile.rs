//! Mutations of small documents: whatever stands where, nothing panics, and no text becomes code.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use crate::escapes::TEXTS;
use crate::sound::problem;
use crate::support::made;

/// The documents that are mutated.
fn seeds() -> Vec<Value> {
    let objects = json!({
        "openapi": "3.1.0", "info": {"title": "T", "version": "1"}, "servers": [{"url": "https://example.com"}],
        "security": [{"key": []}],
        "paths": {"/a/{id}": {
            "parameters": [{"name": "id", "in": "path", "required": true, "schema": {"type": "string"}}],
            "get": {"operationId": "getA", "tags": ["t"],
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer", "minimum": 1, "default": 5}}],
                "responses": {"200": {"description": "", "content": {"application/json": {"schema": {"$ref": "#/components/schemas/A"}}}}}},
            "post": {"requestBody": {"required": true, "content": {"application/json": {"schema": {"$ref": "#/components/schemas/B"}}}},
                "responses": {"default": {"description": ""}}}
        }},
        "components": {
            "securitySchemes": {"key": {"type": "apiKey", "in": "header", "name": "X-Key"}},
            "schemas": {
                "A": {"type": "object", "required": ["id"], "properties": {
                    "id": {"type": "string", "maxLength": 5, "pattern": "^a"}, "kind": {"type": ["string", "null"], "enum": ["x", "y", null]},
                    "list": {"type": "array", "items": {"$ref": "#/components/schemas/B"}}, "map": {"type": "object", "additionalProperties": {"type": "number"}}}},
                "B": {"allOf": [{"$ref": "#/components/schemas/A"}, {"type": "object", "properties": {"more": {"type": "boolean"}}}]}
            }
        }
    });
    let unions = json!({
        "openapi": "3.0.3", "info": {"title": "T", "version": "1"},
        "paths": {"/u": {"post": {"operationId": "u",
            "requestBody": {"content": {"multipart/form-data": {"schema": {"type": "object", "properties": {"file": {"type": "string", "format": "binary"}}}}}},
            "responses": {"200": {"description": "", "content": {"application/json": {"schema": {
                "oneOf": [{"$ref": "#/components/schemas/Cat"}, {"$ref": "#/components/schemas/Dog"}, {"type": "string"}],
                "discriminator": {"propertyName": "type", "mapping": {"cat": "#/components/schemas/Cat"}}}}}}}}}},
        "components": {
            "parameters": {"P": {"name": "p", "in": "query", "schema": {"type": "string"}}},
            "schemas": {
                "Cat": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["cat"]}, "next": {"$ref": "#/components/schemas/Cat"}}},
                "Dog": {"type": "object", "required": ["type"], "properties": {"type": {"type": "string", "enum": ["dog"]}, "any": {}, "not": {"not": {"type": "string"}}}}
            }
        }
    });
    vec![objects, unions]
}

/// All places of a value, by pointer.
fn places(value: &Value, at: &str, out: &mut Vec<String>) {
    out.push(at.to_owned());
    match value {
        Value::Object(map) => map.iter().for_each(|(key, inner)| {
            places(inner, &format!("{at}/{}", key.replace('~', "~0").replace('/', "~1")), out);
        }),
        Value::Array(items) => {
            items.iter().enumerate().for_each(|(index, inner)| places(inner, &format!("{at}/{index}"), out))
        }
        _ => {}
    }
}

/// The values that are put in a place.
fn values(document: &Value, place: &str, number: usize) -> Vec<Value> {
    let parent = place.rsplit_once('/').map_or("", |(parent, _)| parent);
    let text = TEXTS[number % TEXTS.len()];
    vec![
        Value::Null,
        json!(true),
        json!(-1),
        json!(1e300),
        json!(""),
        json!([]),
        json!({}),
        json!(text),
        json!({text: {text: text}}),
        json!([text, 1, null, {}]),
        json!({ "$ref": format!("#{parent}") }),
        json!({ "$ref": format!("#{place}") }),
        json!({ "allOf": [document.pointer(place).cloned(), {"type": "string"}] }),
    ]
}

/// The document with another key for a place, and the place twice.
fn renamed(document: &Value, place: &str, text: &str) -> Option<Value> {
    let mut document = document.clone();
    let (parent, key) = place.rsplit_once('/')?;
    let key = key.replace("~1", "/").replace("~0", "~");
    let Some(Value::Object(map)) = document.pointer_mut(parent) else { return None };
    let entries = std::mem::take(map);
    let found = entries.get(&key)?.clone();
    let all = entries.into_iter().flat_map(|(name, value)| {
        let own = if name == key { text.to_owned() } else { name };
        [(own, value)]
    });
    *map = all.collect::<Map<String, Value>>();
    map.insert(format!("{key}-{key}"), found);
    Some(document)
}

fn cases() -> Vec<(String, Value)> {
    let mut out = Vec::new();
    for (seed, document) in seeds().into_iter().enumerate() {
        let mut all = Vec::new();
        places(&document, "", &mut all);
        for (number, place) in all.iter().enumerate() {
            for (kind, value) in values(&document, place, number).into_iter().enumerate() {
                let mut mutated = document.clone();
                if let Some(found) = mutated.pointer_mut(place) {
                    *found = value;
                }
                out.push((format!("{seed} {place} value {kind}"), mutated));
            }
            let text = TEXTS[(number + 7) % TEXTS.len()];
            out.extend(renamed(&document, place, text).map(|mutated| (format!("{seed} {place} key"), mutated)));
            let mut without = document.clone();
            if let Some((parent, key)) = place.rsplit_once('/')
                && let Some(Value::Object(map)) = without.pointer_mut(parent)
            {
                map.shift_remove(&key.replace("~1", "/"));
                out.push((format!("{seed} {place} gone"), without));
            }
        }
    }
    out
}

#[test]
fn mutated_documents() {
    let all = cases();
    // All of them take minutes without optimisation; every third still has each place and each mutation.
    let chosen: Vec<&(String, Value)> = all.iter().step_by(if cfg!(debug_assertions) { 3 } else { 1 }).collect();
    assert!(chosen.len() >= 400, "{} cases", chosen.len());
    let mut made_code = 0;
    for (name, document) in chosen {
        let start = Instant::now();
        let text = document.to_string();
        let result = catch_unwind(AssertUnwindSafe(|| made(&text)));
        let result = result.unwrap_or_else(|_| panic!("{name} panics: {text}"));
        assert!(start.elapsed() < Duration::from_secs(20), "{name} takes {:?}: {text}", start.elapsed());
        match result {
            Ok((_, output)) => {
                made_code += 1;
                assert_eq!(problem(&output), None, "{name}: {text}");
            }
            Err(error) => assert!(error.len() > 20, "{name}: {error:?} tells nobody anything"),
        }
    }
    assert!(made_code > 300, "{made_code} documents made code");
}
