//! The document around its paths and schemas: version, merge keys of YAML, vendor keys that the import itself writes,
//! security schemes.

use serde_json::{Map, Value, json};

use super::super::pointer::Pointer;
use super::notes::Notes;

/// Gives the version three numbers: `3.1` occurs, as a number too.
pub(super) fn version(document: &mut Value) {
    let found = match document.get("openapi") {
        Some(Value::String(text)) => text.trim().to_owned(),
        Some(Value::Number(number)) => number.to_string(),
        _ => return,
    };
    for (family, whole) in [("3.0", "3.0.3"), ("3.1", "3.1.0")] {
        if found == family {
            document["openapi"] = whole.into();
        } else if found.starts_with(&format!("{family}.")) {
            document["openapi"] = found.as_str().into();
        }
    }
}

/// Puts what `<<` merges in its place; keys that the mapping has itself win.
pub(super) fn merge_keys(value: &mut Value) {
    match value {
        Value::Array(items) => items.iter_mut().for_each(merge_keys),
        Value::Object(map) => {
            if map.get("<<").is_some_and(|merged| merged.is_object() || merged.is_array())
                && let Some(merged) = map.shift_remove("<<")
            {
                let sources = match merged {
                    Value::Array(sources) => sources,
                    one => vec![one],
                };
                for mut source in sources {
                    merge_keys(&mut source);
                    let Value::Object(source) = source else { continue };
                    for (key, value) in source {
                        map.entry(key).or_insert(value);
                    }
                }
            }
            map.values_mut().for_each(merge_keys);
        }
        _ => {}
    }
}

/// Drops the keys by which an import says what OpenAPI 3.0 cannot, where they are a vendor's own.
pub(super) fn vendor_keys(document: &mut Value) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    for (path, item) in paths {
        let Value::Object(item) = item else { continue };
        let is_own = path.split_once('?').is_some_and(|(path, _)| item.get("x-path").is_some_and(|own| own == path));
        if !is_own {
            item.shift_remove("x-path");
            item.shift_remove("x-fixed-query");
        }
    }
}

/// Gives security schemes the forms `http` and `apiKey`.
pub(super) fn security(document: &mut Value, notes: &mut Notes) {
    let root = Pointer::ROOT.key("components");
    let section = root.key("securitySchemes");
    let Some(Value::Object(schemes)) = document.pointer_mut("/components/securitySchemes") else { return };
    let mut dropped = Vec::new();
    for (name, scheme) in schemes.iter_mut() {
        let Value::Object(map) = scheme else { continue };
        let at = section.key(name);
        let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_ascii_lowercase();
        match kind.as_str() {
            "oauth2" | "openidconnect" => {
                notes.add(
                    &at,
                    format!("{kind}: a token is sent as `Authorization: Bearer`; fetching one is the caller's"),
                );
                *map = bearer();
            }
            "mutualtls" => {
                notes.add(&at, "mutualTLS: the certificate is the HTTP client's, set there; no header is sent");
                dropped.push(name.clone());
            }
            // Swagger 2 had it as a type.
            "basic" => *map = Map::from_iter([("type".into(), "http".into()), ("scheme".into(), "basic".into())]),
            "http" if !map.get("scheme").is_some_and(Value::is_string) => {
                notes.add(&at, "an http scheme without `scheme`: passed over");
                dropped.push(name.clone());
            }
            "apikey" if !["in", "name"].iter().all(|key| map.get(*key).is_some_and(Value::is_string)) => {
                notes.add(&at, "an API key without `in` and `name`: passed over");
                dropped.push(name.clone());
            }
            "http" => {
                map.shift_remove("in");
                map.shift_remove("name");
            }
            "apikey" => {
                map.shift_remove("scheme");
            }
            _ => {}
        }
    }
    schemes.retain(|name, _| !dropped.contains(name));
    if !dropped.is_empty() {
        without(document, &dropped);
    }
}

fn bearer() -> Map<String, Value> {
    Map::from_iter([("type".to_owned(), "http".into()), ("scheme".to_owned(), "bearer".into())])
}

/// Takes schemes out of all requirements.
fn without(document: &mut Value, dropped: &[String]) {
    let strip = |requirements: &mut Value| {
        for requirement in requirements.as_array_mut().into_iter().flatten() {
            if let Value::Object(schemes) = requirement {
                schemes.retain(|name, _| !dropped.contains(name));
            }
        }
    };
    document.get_mut("security").into_iter().for_each(strip);
    let items = document.get_mut("paths").and_then(Value::as_object_mut).into_iter().flatten();
    for operation in items.filter_map(|(_, item)| item.as_object_mut()).flat_map(|item| item.values_mut()) {
        operation.get_mut("security").into_iter().for_each(strip);
    }
}

/// Gives each payload of a webhook a component of its own, as the generator reads them.
pub(super) fn webhooks(document: &mut Value, notes: &mut Notes) {
    for key in ["webhooks", "x-webhooks"] {
        let Some(Value::Object(events)) = document.get_mut(key) else { continue };
        let events = std::mem::take(events);
        let section = Pointer::ROOT.key(key);
        let mut kept = Map::new();
        for (event, item) in events {
            let content = item.pointer("/post/requestBody/content").and_then(Value::as_object);
            let schema = content.into_iter().flatten().find_map(|(media, content)| {
                let media = media.split(';').next().unwrap_or(media).trim();
                (media == "application/json" || media.ends_with("+json")).then(|| content.get("schema").cloned())?
            });
            let Some(schema) = schema else {
                notes.add(&section.key(&event), "a webhook that posts no JSON: passed over");
                continue;
            };
            let schema = component(document, &event, schema);
            let content = json!({ "application/json": { "schema": schema } });
            let post = json!({ "requestBody": { "content": content }, "responses": {} });
            kept.insert(event, json!({ "post": post }));
        }
        document[key] = Value::Object(kept);
    }
}

/// Leaves the reference alone of a payload that may be null: a webhook that posts null says nothing.
pub(super) fn payloads(document: &mut Value) {
    for key in ["webhooks", "x-webhooks"] {
        let items = document.get_mut(key).and_then(Value::as_object_mut).into_iter().flatten();
        for (_, item) in items {
            let schema = item.pointer_mut("/post/requestBody/content/application~1json/schema");
            let Some(Value::Object(schema)) = schema else { continue };
            if let Some([reference]) = schema.get("allOf").and_then(Value::as_array).map(Vec::as_slice)
                && let Value::Object(reference) = reference.clone()
            {
                *schema = reference;
            }
        }
    }
}

/// A reference to a schema, which becomes a component for that.
fn component(document: &mut Value, event: &str, schema: Value) -> Value {
    if schema.as_object().is_some_and(|map| map.len() == 1 && map.contains_key("$ref")) {
        return schema;
    }
    let Some(schemas) = super::refs::schemas_mut(document) else { return schema };
    let base = format!("{}Payload", crate::ir::pascal(event));
    let mut name = base.clone();
    let mut number = 2;
    while schemas.contains_key(&name) {
        name = format!("{base}{number}");
        number += 1;
    }
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    schemas.insert(name, schema);
    reference
}
