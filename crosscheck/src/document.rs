//! The document that both sides read, and the small ones that progenitor gets: one operation or one schema each, so that
//! what it cannot do in one place hides nothing elsewhere.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::{Map, Value, json};

/// openapi.yaml with the corrections of fixups.yaml and the additions of the other overlays, which are decisions and no
/// reading.
///
/// # Errors
/// A file can't be read, or is none.
pub fn load(root: &Path) -> Result<Value, String> {
    let read = |path: &str| {
        let text = fs::read_to_string(root.join(path)).map_err(|error| format!("{path}: {error}"))?;
        openai_codegen::yaml::parse(&text).map_err(|error| format!("{path}: {error}"))
    };
    let mut document = read("openapi.yaml")?;
    for overlay in ["fixups", "supplement", "official"].map(|name| format!("codegen/overlays/{name}.yaml")) {
        openai_codegen::overlay::apply(&mut document, &read(&overlay)?, &overlay)?;
    }
    without_defaults(&mut document);
    Ok(document)
}

/// Both sides take defaults for documentation, but typify stops at those that break their own schema.
fn without_defaults(value: &mut Value) {
    match value {
        Value::Object(object) => {
            // A field may be called `default`; its schema is an object, which no default is.
            object.retain(|key, value| key != "default" || is_schema(value));
            object.values_mut().for_each(without_defaults);
        }
        Value::Array(list) => list.iter_mut().for_each(without_defaults),
        _ => {}
    }
}

fn is_schema(value: &Value) -> bool {
    ["type", "$ref", "oneOf", "anyOf", "allOf", "description"].iter().any(|key| value.get(key).is_some())
}

/// An operation where it stands in the document.
pub struct Operation<'a> {
    /// Its operationId.
    pub id: &'a str,
    path: &'a str,
    method: &'a str,
    item: &'a Value,
}

/// All operations, in the document's order.
pub fn operations(document: &Value) -> Vec<Operation<'_>> {
    let mut out = Vec::new();
    for (path, item) in document["paths"].as_object().into_iter().flatten() {
        for method in ["get", "put", "post", "delete", "patch"] {
            if let Some(id) = item[method]["operationId"].as_str() {
                out.push(Operation { id, path, method, item });
            }
        }
    }
    out
}

/// A document of one operation and what it needs; `cut` changes the operation before.
pub fn of_operation(document: &Value, operation: &Operation<'_>, cut: impl FnOnce(&mut Value)) -> Value {
    let mut source = operation.item[operation.method].clone();
    cut(&mut source);
    without_errors(&mut source);
    let mut item = Map::new();
    item.insert(operation.method.into(), source);
    if let Some(parameters) = operation.item.get("parameters") {
        item.insert("parameters".into(), parameters.clone());
    }
    with_components(document, json!({ operation.path: item }), Vec::new())
}

/// A document of one component schema and what it needs.
pub fn of_schema(document: &Value, name: &str) -> Value {
    with_components(document, json!({}), vec![format!("#/components/schemas/{name}")])
}

/// Only what an operation answers when it is well is compared, and of that no events, which are schemas; progenitor takes
/// one type for all errors, and text for a stream.
pub fn without_errors(operation: &mut Value) {
    if let Some(Value::Object(answers)) = operation.get_mut("responses") {
        answers.retain(|status, _| status.starts_with('2'));
        for content in answers.values_mut().filter_map(|answer| answer.get_mut("content")?.as_object_mut()) {
            content.shift_remove("text/event-stream");
        }
    }
}

fn with_components(document: &Value, paths: Value, mut open: Vec<String>) -> Value {
    references(&paths, &mut open);
    let mut seen = BTreeSet::new();
    let mut components = Map::new();
    while let Some(reference) = open.pop() {
        let pointer = reference.trim_start_matches('#');
        let Some(value) = document.pointer(pointer) else { continue };
        if !seen.insert(reference.clone()) {
            continue;
        }
        references(value, &mut open);
        let mut names = pointer.split('/').skip(2);
        let (Some(kind), Some(name)) = (names.next(), names.next()) else { continue };
        components.entry(kind).or_insert_with(|| json!({}))[name] = value.clone();
    }
    let info = json!({"title": "crosscheck", "version": "1"});
    json!({"openapi": "3.0.3", "info": info, "paths": paths, "components": components})
}

fn references(value: &Value, out: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            if let Some(Value::String(reference)) = object.get("$ref") {
                out.push(reference.clone());
            }
            object.values().for_each(|value| references(value, out));
        }
        Value::Array(list) => list.iter().for_each(|value| references(value, out)),
        _ => {}
    }
}
