//! References to parameters, request bodies, responses, headers, security schemes and path items give way to what they
//! refer to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::grammar::Kind;
use super::notes::Notes;
use super::refs::{schemas_mut, section};
use super::tree;

/// Puts copies of the targets in place of references. A schema with a form of its own that such a target has becomes a
/// component first, so that a copy is small and its type is one.
pub(super) fn run(document: &mut Value, notes: &mut Notes) {
    lift_schemas(document);
    let mut is_needed = false;
    tree::outer_first(document, &mut |kind, map, _| is_needed |= kind != Kind::Schema && has_reference(kind, map));
    if !is_needed {
        return;
    }
    let source = document.clone();
    let mut ends = BTreeMap::new();
    tree::outer_first(document, &mut |kind, map, at| {
        if kind == Kind::Schema || !has_reference(kind, map) {
            return;
        }
        let Some(Value::String(target)) = map.shift_remove("$ref") else { return };
        let end = end(&source, &target, &mut ends).and_then(|place| source.pointer(&place)?.as_object());
        let Some(found) = end else {
            notes.add(at, format!("`{target}` refers to itself or to nothing"));
            map.clear();
            return;
        };
        let mut copy = found.clone();
        // What a path item has beside its reference is of the same worth as what it refers to.
        let beside = std::mem::take(map).into_iter().filter(|_| kind == Kind::PathItem);
        copy.extend(beside);
        *map = copy;
    });
    if let Some(Value::Object(components)) = document.get_mut("components") {
        components.shift_remove("pathItems");
    }
}

fn has_reference(kind: Kind, map: &Map<String, Value>) -> bool {
    section(kind).is_some() && map.get("$ref").is_some_and(Value::is_string)
}

/// The pointer at the end of a chain of references; every link on the way learns it.
fn end(source: &Value, target: &str, ends: &mut BTreeMap<String, Option<String>>) -> Option<String> {
    let mut way = Vec::new();
    let mut on_way = BTreeSet::new();
    let mut at = target.to_owned();
    let found = loop {
        if let Some(known) = ends.get(&at) {
            break known.clone();
        }
        let place = at.strip_prefix('#').unwrap_or(&at).to_owned();
        let next = source.pointer(&place).map(|found| found.get("$ref").and_then(Value::as_str).map(str::to_owned));
        if !on_way.insert(at.clone()) {
            break None;
        }
        way.push(at);
        match next {
            None => break None,
            Some(None) => break Some(place),
            Some(Some(next)) => at = next,
        }
    };
    ends.extend(way.into_iter().map(|link| (link, found.clone())));
    found
}

/// Moves schemas with a form of their own out of reusable parameters, bodies and responses.
fn lift_schemas(document: &mut Value) {
    let mut lifted: Vec<(String, Value)> = Vec::new();
    let taken = document.pointer("/components/schemas").and_then(Value::as_object);
    let mut taken: BTreeSet<String> = taken.into_iter().flatten().map(|(name, _)| name.clone()).collect();
    let sections = [("parameters", "Parameter"), ("requestBodies", "Body"), ("responses", "Response")];
    for (section, suffix) in sections {
        let entries = document.pointer_mut(&format!("/components/{section}")).and_then(Value::as_object_mut);
        for (name, entry) in entries.into_iter().flatten() {
            for schema in schemas_of(entry).into_iter().filter(|schema| has_form(schema)) {
                let base = name.replace(['~', '/'], "_");
                let mut wanted = if taken.contains(&base) { format!("{base}{suffix}") } else { base.clone() };
                let mut number = 2;
                while !taken.insert(wanted.clone()) {
                    wanted = format!("{base}{suffix}{number}");
                    number += 1;
                }
                let use_ = reference(&wanted, schema);
                lifted.push((wanted, std::mem::replace(schema, use_)));
            }
        }
    }
    if let (false, Some(schemas)) = (lifted.is_empty(), schemas_mut(document)) {
        schemas.extend(lifted);
    }
}

/// A use of a component, with what the schema says about the place rather than about its values.
fn reference(name: &str, schema: &mut Value) -> Value {
    let reference = json!({ "$ref": format!("#/components/schemas/{name}") });
    let Value::Object(map) = schema else { return reference };
    let facts = ["default", "deprecated"].into_iter().filter_map(|key| Some((key.to_owned(), map.shift_remove(key)?)));
    let mut place: Map<String, Value> = facts.collect();
    if place.is_empty() {
        return reference;
    }
    place.insert("allOf".to_owned(), json!([reference]));
    Value::Object(place)
}

fn schemas_of(entry: &mut Value) -> Vec<&mut Value> {
    let Value::Object(entry) = entry else { return Vec::new() };
    let mut out = Vec::new();
    for (key, value) in entry.iter_mut() {
        match (key.as_str(), value) {
            ("schema", schema) => out.push(schema),
            ("content", Value::Object(media)) => {
                out.extend(media.values_mut().filter_map(|media| media.get_mut("schema")));
            }
            _ => {}
        }
    }
    out
}

/// Tells if a schema becomes a type of its own.
fn has_form(schema: &Value) -> bool {
    let keys = ["properties", "enum", "oneOf", "anyOf", "allOf"];
    let inner = |key: &str| schema.get(key).is_some_and(has_form);
    schema.get("$ref").is_none() && (keys.iter().any(|key| schema.get(key).is_some()) || inner("items"))
}
