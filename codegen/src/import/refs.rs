//! Everything about `$ref`: where it points, what stands beside it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use serde_json::{Map, Value};

use super::error::{ImportError, Problem};
use super::grammar::{Kind, TYPES};
use super::pointer::{Pointer, escape, unescape};
use super::report::{Report, Rule};
use super::walk;

const SCHEMAS: &str = "#/components/schemas/";

/// Requires that every `$ref` names a component of the right kind.
pub(super) fn resolve_all(document: &mut Value) -> Result<(), ImportError> {
    let known = components(document);
    let has = |section: &str, name: &str| known.contains(&(section.to_owned(), unescape(name)));
    walk::objects(document, &mut |kind, map, at| {
        if let (Some(section), Some(Value::String(target))) = (kind.section(), map.get("$ref")) {
            let name =
                target.strip_prefix("#/components/").and_then(|rest| rest.strip_prefix(section)?.strip_prefix('/'));
            if !name.is_some_and(|name| has(section, name)) {
                return Err(at.key("$ref").error(Problem::DanglingRef { target: target.clone(), object: kind.name() }));
            }
        }
        if let (Kind::Discriminator, Some(Value::Object(mapping))) = (kind, map.get("mapping")) {
            for (value, target) in mapping.iter().filter_map(|(value, target)| Some((value, target.as_str()?))) {
                let name = target.strip_prefix(SCHEMAS).unwrap_or(target);
                if !has("schemas", name) {
                    let problem = Problem::DanglingRef { target: target.to_owned(), object: Kind::Schema.name() };
                    return Err(at.key("mapping").key(value).error(problem));
                }
            }
        }
        Ok(())
    })
}

fn components(document: &Value) -> BTreeSet<(String, String)> {
    let sections = document.get("components").and_then(Value::as_object).into_iter().flatten();
    let names = sections.filter_map(|(section, entries)| Some((section, entries.as_object()?)));
    names.flat_map(|(section, entries)| entries.keys().map(|name| (section.clone(), name.clone()))).collect()
}

/// The component schema that a `$ref` names.
pub(super) fn target(schema: &Map<String, Value>) -> Option<String> {
    schema.get("$ref")?.as_str()?.strip_prefix(SCHEMAS).map(unescape)
}

/// Turns a schema that is a `$ref` with facts beside it into an `allOf` of one with these facts; a `$ref` alone stays.
///
/// A title beside a `$ref` names nothing, since the component has a name, so it is dropped.
pub(super) fn wrap(schema: &mut Map<String, Value>, report: &mut Report) {
    if schema.contains_key("$ref") && schema.remove("title").is_some() {
        report.add(Rule::RefTitle);
    }
    if schema.len() < 2 {
        return;
    }
    let Some(reference) = schema.remove("$ref") else {
        return;
    };
    let part = Value::Object(Map::from_iter([("$ref".to_owned(), reference)]));
    match schema.get_mut("allOf") {
        Some(Value::Array(parts)) => parts.insert(0, part),
        _ => {
            schema.insert("allOf".to_owned(), Value::Array(vec![part]));
        }
    }
}

/// Gives the facts beside a `$ref` their OpenAPI 3.0 form.
pub(super) fn siblings(schema: &mut Map<String, Value>, implied: &ImpliedTypes, report: &mut Report) {
    let Some(name) = target(schema) else { return };
    if schema.get("type").is_some_and(|kind| kind.as_str() == implied.of(&name)) {
        schema.remove("type");
        report.add(Rule::RefType);
    }
    wrap(schema, report);
    if !schema.contains_key("$ref") {
        report.add(Rule::RefAllOf);
    }
}

/// The one JSON type that all values of a component have, where the document says so.
pub(super) struct ImpliedTypes(BTreeMap<String, &'static str>);

impl ImpliedTypes {
    pub(super) fn new(document: &Value) -> Self {
        let empty = Map::new();
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object).unwrap_or(&empty);
        let mut users: BTreeMap<String, Vec<&str>> = BTreeMap::new();
        for (name, schema) in schemas {
            made_of(schema, &mut |used| users.entry(used).or_default().push(name));
        }
        let mut known = BTreeMap::new();
        // A type that becomes known tells those of the schemas that are made of its own.
        let mut open: VecDeque<&str> = schemas.keys().map(String::as_str).collect();
        while let Some(name) = open.pop_front() {
            let Some(kind) = schemas.get(name).and_then(|schema| implied_type(schema, &known)) else { continue };
            if known.insert(name.to_owned(), kind).is_none() {
                open.extend(users.get(name).into_iter().flatten());
            }
        }
        Self(known)
    }

    fn of(&self, name: &str) -> Option<&'static str> {
        self.0.get(name).copied()
    }

    /// The one JSON type that all values of a schema have.
    pub(super) fn of_schema(&self, schema: &Value) -> Option<&'static str> {
        implied_type(schema, &self.0)
    }
}

/// Tells the components that a schema is made of.
fn made_of(schema: &Value, tell: &mut dyn FnMut(String)) {
    let Some(map) = schema.as_object() else { return };
    if let Some(name) = target(map) {
        tell(name);
    }
    for key in ["allOf", "oneOf", "anyOf"] {
        map.get(key).and_then(Value::as_array).into_iter().flatten().for_each(|part| made_of(part, tell));
    }
}

fn implied_type(schema: &Value, known: &BTreeMap<String, &'static str>) -> Option<&'static str> {
    let map = schema.as_object()?;
    if let Some(name) = target(map) {
        return known.get(&name).copied();
    }
    if let Some(kind) = map.get("type") {
        return TYPES.iter().find(|name| Some(**name) == kind.as_str()).copied();
    }
    let parts = |key: &str| map.get(key).and_then(Value::as_array).into_iter().flatten();
    if let Some(kind) = parts("allOf").find_map(|part| implied_type(part, known)) {
        return Some(kind);
    }
    let mut variants = parts("oneOf").chain(parts("anyOf")).map(|variant| implied_type(variant, known));
    let first = variants.next()??;
    variants.all(|kind| kind == Some(first)).then_some(first)
}

/// The component schemas that call themselves the anchor of a `$recursiveRef`.
pub(super) fn anchors(document: &Value) -> BTreeSet<String> {
    let schemas = document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten();
    let anchored = schemas.filter(|(_, schema)| schema.get("$recursiveAnchor") == Some(&Value::Bool(true)));
    anchored.map(|(name, _)| name.clone()).collect()
}

/// Turns `$recursiveRef: "#"` into a `$ref` to the component it is in, provided that this is an anchor.
pub(super) fn recursive(
    schema: &mut Map<String, Value>,
    anchors: &BTreeSet<String>,
    at: &Pointer<'_>,
    report: &mut Report,
) -> Result<(), ImportError> {
    schema.remove("$recursiveAnchor");
    let Some(reference) = schema.remove("$recursiveRef") else {
        return Ok(());
    };
    match at.schema_component().filter(|name| anchors.contains(*name)) {
        Some(name) if reference == "#" => {
            schema.insert("$ref".to_owned(), format!("{SCHEMAS}{}", escape(name)).into());
            report.add(Rule::RecursiveRef);
            Ok(())
        }
        _ => {
            let what = format!("`$recursiveRef: {reference}` outside a component with `$recursiveAnchor: true`");
            Err(at.key("$recursiveRef").error(Problem::Unsupported(what)))
        }
    }
}
