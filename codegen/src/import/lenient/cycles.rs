//! Schemas that are made of themselves, or of so many others that no type can say it.

use std::collections::BTreeMap;

use serde_json::{Map, Value, json};

use super::super::pointer::escape;
use super::super::refs::target;
use super::notes::Notes;

/// A schema inherits, or is one of several forms, through at most so many others.
const MOST_PARTS: usize = 64;

/// Lists and maps are in each other at most so often before a type with a name comes.
const MOST_LISTS: usize = 16;

/// A use of another component, by the pointer from the root of the component that has it.
struct Edge {
    pointer: String,
    target: String,
    weight: usize,
}

type Graph = BTreeMap<String, Vec<Edge>>;

/// Takes out the references that lead back to their own schema with nothing of JSON between, and those that lead too far.
pub(super) fn cut(document: &mut Value, notes: &mut Notes) {
    let Some(Value::Object(schemas)) = document.pointer_mut("/components/schemas") else { return };
    let parts = schemas.iter().map(|(name, schema)| (name.clone(), edges(schema, parts_of))).collect();
    take_out(schemas, found(&parts, true, MOST_PARTS), notes);
    let lists = schemas.iter().map(|(name, schema)| (name.clone(), edges(schema, lists_of))).collect();
    take_out(schemas, found(&lists, false, MOST_LISTS), notes);
}

fn edges(schema: &Value, of: fn(&Value, &str, usize, &mut Vec<Edge>)) -> Vec<Edge> {
    let mut out = Vec::new();
    of(schema, "", 0, &mut out);
    out
}

/// The schemas that a value of this one is as a whole.
fn parts_of(schema: &Value, pointer: &str, weight: usize, out: &mut Vec<Edge>) {
    let Value::Object(map) = schema else { return };
    if let Some(target) = target(map) {
        out.push(Edge { pointer: pointer.to_owned(), target, weight });
        return;
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        let parts = map.get(key).and_then(Value::as_array).into_iter().flatten();
        // A part alone is what the schema is, as a reference would be.
        let weight = if key == "allOf" && parts.clone().count() == 1 { weight } else { 1 };
        parts.enumerate().for_each(|(index, part)| parts_of(part, &format!("{pointer}/{key}/{index}"), weight, out));
    }
}

/// The schemas that a list or map without a name of its own is a list or map of.
fn lists_of(schema: &Value, pointer: &str, weight: usize, out: &mut Vec<Edge>) {
    let Value::Object(map) = schema else { return };
    if let Some(target) = target(map) {
        out.push(Edge { pointer: pointer.to_owned(), target, weight });
        return;
    }
    if ["properties", "oneOf", "anyOf"].iter().any(|key| map.contains_key(*key)) {
        return;
    }
    for key in ["items", "additionalProperties"] {
        if let Some(inner) = map.get(key) {
            lists_of(inner, &format!("{pointer}/{key}"), weight + 1, out);
        }
    }
    if let Some([part]) = map.get("allOf").and_then(Value::as_array).map(Vec::as_slice) {
        lists_of(part, &format!("{pointer}/allOf/0"), weight, out);
    }
}

/// The edges to be cut: component, pointer and reason.
fn found(graph: &Graph, circles: bool, most: usize) -> Vec<(String, String, &'static str)> {
    let mut cuts = Vec::new();
    let mut depth: BTreeMap<&str, Option<usize>> = BTreeMap::new();
    for start in graph.keys() {
        // The way from the start, with the next edge of each component on it and the depth found so far.
        let mut way: Vec<(&str, usize, usize)> = Vec::new();
        if depth.contains_key(start.as_str()) {
            continue;
        }
        depth.insert(start, None);
        way.push((start, 0, 0));
        while let Some((name, next, deepest)) = way.last_mut() {
            let name = *name;
            let Some(edge) = graph.get(name).and_then(|edges| edges.get(*next)) else {
                let done = *deepest;
                depth.insert(name, Some(done));
                way.pop();
                continue;
            };
            match depth.get(edge.target.as_str()) {
                Some(Some(below)) if below + edge.weight > most => {
                    cuts.push((name.to_owned(), edge.pointer.clone(), "leads through too many schemas: any JSON"));
                }
                Some(Some(below)) => *deepest = (*deepest).max(below + edge.weight),
                Some(None) if circles => {
                    cuts.push((name.to_owned(), edge.pointer.clone(), "leads back to its own schema: passed over"));
                }
                Some(None) => {}
                None => {
                    let Some((target, _)) = graph.get_key_value(&edge.target) else {
                        *next += 1;
                        continue;
                    };
                    depth.insert(target, None);
                    way.push((target, 0, 0));
                    // This edge is looked at again once its target is known.
                    continue;
                }
            }
            *next += 1;
        }
    }
    cuts
}

fn take_out(schemas: &mut Map<String, Value>, cuts: Vec<(String, String, &'static str)>, notes: &mut Notes) {
    for (name, pointer, reason) in &cuts {
        notes.add_text(format!("/components/schemas/{}{pointer}", escape(name)), *reason);
        let Some(schema) = schemas.get_mut(name) else { continue };
        if let Some(place) = schema.pointer_mut(pointer) {
            *place = Value::Null;
        }
    }
    for (name, ..) in &cuts {
        if let Some(schema) = schemas.get_mut(name) {
            prune(schema);
        }
    }
}

/// Takes the emptied places out of lists; elsewhere they allow anything.
fn prune(schema: &mut Value) {
    if schema.is_null() {
        *schema = json!({});
    }
    let Value::Object(map) = schema else { return };
    for key in ["allOf", "oneOf", "anyOf"] {
        if let Some(Value::Array(parts)) = map.get_mut(key) {
            parts.retain(|part| !part.is_null());
            parts.iter_mut().for_each(prune);
            if parts.is_empty() {
                map.shift_remove(key);
            }
        }
    }
    for key in ["items", "additionalProperties"] {
        map.get_mut(key).into_iter().for_each(prune);
    }
}
