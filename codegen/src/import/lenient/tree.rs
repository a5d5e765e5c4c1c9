//! The objects of a document and their kinds, keywords that only other dialects have included.

use serde_json::{Map, Value};

use super::super::grammar::{self, Kind, ValueShape};
use super::super::pointer::{Pointer, unescape};

/// The objects that a keyword holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Child {
    One(Kind),
    List(Kind),
    Map(Kind),
}

/// The objects below a keyword; none if it holds none that a rule reads.
pub(super) fn child(kind: Kind, key: &str, value: &Value) -> Option<Child> {
    if kind == Kind::Schema {
        match key {
            "items" if value.is_array() => return Some(Child::List(Kind::Schema)),
            "$defs" | "definitions" | "dependentSchemas" | "dependencies" | "patternProperties" => {
                return Some(Child::Map(Kind::Schema));
            }
            "prefixItems" => return Some(Child::List(Kind::Schema)),
            "additionalItems" | "unevaluatedItems" | "unevaluatedProperties" | "contains" => {
                return Some(Child::One(Kind::Schema));
            }
            _ => {}
        }
    }
    if matches!((kind, key), (Kind::Components, "pathItems")) {
        return Some(Child::Map(Kind::PathItem));
    }
    match grammar::find(kind, key)?.0.shape {
        ValueShape::One(kind) | ValueShape::OneOrFlag(kind) => Some(Child::One(kind)),
        ValueShape::List(kind) => Some(Child::List(kind)),
        ValueShape::Map(kind, _) => Some(Child::Map(kind)),
        _ => None,
    }
}

/// The function that a walk calls with each object.
pub(super) type TreeVisit<'f> = dyn FnMut(Kind, &mut Map<String, Value>, &Pointer<'_>) + 'f;

/// Visits every object, the inner ones first.
pub(super) fn inner_first(document: &mut Value, visit: &mut TreeVisit<'_>) {
    below(Kind::Document, document, &Pointer::ROOT, &mut |_, _, _| {}, visit);
}

/// Visits every object, the outer ones first: what a visit puts in is visited in turn.
pub(super) fn outer_first(document: &mut Value, visit: &mut TreeVisit<'_>) {
    below(Kind::Document, document, &Pointer::ROOT, visit, &mut |_, _, _| {});
}

fn below(kind: Kind, value: &mut Value, at: &Pointer<'_>, before: &mut TreeVisit<'_>, after: &mut TreeVisit<'_>) {
    let Value::Object(map) = value else { return };
    before(kind, map, at);
    for (key, inner) in map.iter_mut() {
        let Some(child) = child(kind, key, inner) else { continue };
        let here = at.key(key);
        match (child, inner) {
            (Child::One(kind), inner) => below(kind, inner, &here, before, after),
            (Child::List(kind), Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    below(kind, item, &here.index(index), before, after);
                }
            }
            (Child::Map(kind), Value::Object(entries)) => {
                for (name, entry) in entries.iter_mut() {
                    below(kind, entry, &here.key(name), before, after);
                }
            }
            _ => {}
        }
    }
    after(kind, map, at);
}

/// The kind of the object that a JSON pointer leads to, if there is one.
pub(super) fn kind_at(document: &Value, tokens: &[String]) -> Option<Kind> {
    let (mut kind, mut value) = (Kind::Document, document);
    let mut rest = tokens.iter();
    while let Some(key) = rest.next() {
        let inner = value.get(key)?;
        (kind, value) = match child(kind, key, inner)? {
            Child::One(kind) => (kind, inner),
            Child::List(kind) => (kind, inner.get(rest.next()?.parse::<usize>().ok()?)?),
            Child::Map(kind) => (kind, inner.get(rest.next()?)?),
        };
    }
    Some(kind)
}

/// The tokens of a JSON pointer, its escapes undone.
pub(super) fn tokens(pointer: &str) -> Vec<String> {
    pointer.split('/').skip(1).map(unescape).collect()
}
