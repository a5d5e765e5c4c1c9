//! `allOf` of what is no object: the generator reads its parts as fields, so strings, numbers and lists are put together
//! here.

use serde_json::{Map, Value, json};

use super::super::error::ImportError;
use super::super::pointer::Pointer;
use super::super::refs::{ImpliedTypes, target};
use super::super::types::Schema;
use super::super::walk;
use super::notes::Notes;

/// Keywords that give a schema a form.
const FORM: [&str; 11] = [
    "$ref",
    "type",
    "properties",
    "items",
    "enum",
    "allOf",
    "oneOf",
    "anyOf",
    "additionalProperties",
    "required",
    "discriminator",
];

/// Puts together the parts of every `allOf` that is no object.
pub(super) fn run(document: &mut Value, notes: &mut Notes) -> Result<(), ImportError> {
    let implied = ImpliedTypes::new(document);
    walk::schemas(document, |schema, at| {
        one(schema, &implied, at, notes);
        Ok(())
    })
}

fn one(schema: &mut Schema, implied: &ImpliedTypes, at: &Pointer<'_>, notes: &mut Notes) {
    let Some(Value::Array(parts)) = schema.shift_remove("allOf") else { return };
    let (formed, facts): (Vec<Value>, Vec<Value>) = parts.into_iter().partition(has_form);
    for part in facts.iter().filter_map(Value::as_object) {
        fill(schema, part);
    }
    if formed.is_empty() {
        return;
    }
    let own = schema.get("type").and_then(Value::as_str).map(str::to_owned);
    let mut kinds: Vec<String> = formed.iter().filter_map(|part| implied.of_schema(part)).map(str::to_owned).collect();
    kinds.extend(own);
    kinds.sort();
    kinds.dedup();
    // Every integer is a number.
    if kinds.iter().any(|kind| kind == "integer") {
        kinds.retain(|kind| kind != "number");
    }
    match kinds.as_slice() {
        [] if formed.len() > 1 && formed.iter().all(is_open) => {
            schema.insert("allOf".to_owned(), Value::Array(formed.into_iter().take(1).collect()));
        }
        [] => {
            schema.insert("allOf".to_owned(), Value::Array(formed));
        }
        [kind] if kind == "object" => {
            schema.insert("allOf".to_owned(), Value::Array(formed));
        }
        [kind] => {
            scalar(schema, formed);
            if schema.contains_key("type") {
                schema.insert("type".to_owned(), kind.as_str().into());
            }
        }
        several => {
            notes.add(&at.key("allOf"), format!("parts of different types, {}: any JSON", several.join(" and ")));
            schema.retain(|key, _| {
                ["title", "default", "deprecated", "nullable", "readOnly", "writeOnly"].contains(&key.as_str())
            });
        }
    }
}

/// Tells if nothing is known of what a part refers to.
fn is_open(part: &Value) -> bool {
    part.as_object().is_some_and(|part| part.contains_key("$ref") && part.len() == 1)
}

fn has_form(part: &Value) -> bool {
    part.as_object().is_some_and(|part| FORM.iter().any(|key| part.contains_key(*key)))
}

/// A part with values of its own stands for those that only say more about them; else the first reference does.
fn scalar(schema: &mut Schema, parts: Vec<Value>) {
    let (references, inline): (Vec<Value>, Vec<Value>) =
        parts.into_iter().partition(|part| part.as_object().is_some_and(|part| target(part).is_some() || is_use(part)));
    let narrows = |part: &Value| ["enum", "oneOf", "anyOf", "items"].iter().any(|key| part.get(key).is_some());
    let own = narrows(&Value::Object(schema.clone())) || inline.iter().any(narrows);
    match references.into_iter().next() {
        Some(reference) if !own => {
            let place = ["title", "default", "deprecated", "nullable", "readOnly", "writeOnly"];
            schema.retain(|key, _| place.contains(&key.as_str()));
            match reference.as_object().and_then(target) {
                Some(_) if schema.is_empty() => {
                    if let Value::Object(reference) = reference {
                        *schema = reference;
                    }
                }
                Some(_) => {
                    schema.insert("allOf".to_owned(), json!([reference]));
                }
                None => fill(schema, reference.as_object().unwrap_or(&Map::new())),
            }
        }
        _ => inline.iter().filter_map(Value::as_object).for_each(|part| fill(schema, part)),
    }
}

/// Tells if a part is the use of a component with facts about the place.
fn is_use(part: &Map<String, Value>) -> bool {
    part.get("allOf").and_then(Value::as_array).is_some_and(|parts| parts.len() == 1)
}

/// Adds what a schema does not say itself; of two lists of values those in both stay.
fn fill(schema: &mut Schema, part: &Map<String, Value>) {
    for (key, value) in part {
        match (key.as_str(), schema.get_mut(key), value) {
            ("nullable", ..) => {}
            ("enum", Some(Value::Array(own)), Value::Array(other)) => {
                let both: Vec<Value> = own.iter().filter(|value| other.contains(value)).cloned().collect();
                if !both.is_empty() {
                    *own = both;
                }
            }
            (_, Some(_), _) => {}
            (_, None, value) => {
                schema.insert(key.clone(), value.clone());
            }
        }
    }
}
