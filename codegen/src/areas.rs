//! The part of the API that a place of the document belongs to, for reports that group by it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

/// The area of what several areas use.
pub const SHARED: &str = "shared";
/// The area of what no operation reaches: events of sockets, mostly.
pub const UNREACHED: &str = "events and other types";
/// The area of webhooks.
pub const WEBHOOKS: &str = "webhooks";

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];
const COMPONENTS: &str = "#/components/";

/// Areas by component, as `SECTION/NAME`.
#[derive(Clone, Debug, Default)]
pub struct AreaMap {
    components: BTreeMap<String, BTreeSet<String>>,
}

impl AreaMap {
    /// Finds the areas of all components of a document.
    ///
    /// `named` gives an operation's area by its operationId; where it does not know it, the path's first segment is the
    /// area.
    pub fn of(document: &Value, named: &BTreeMap<String, String>) -> Self {
        let uses = uses(document);
        let mut areas = Self::default();
        for (_, path, _, operation) in operations(document) {
            areas.spread(&of_operation(path, operation, named), operation, &uses);
        }
        for (_, webhook) in members(document, "/x-webhooks") {
            areas.spread(WEBHOOKS, webhook, &uses);
        }
        areas
    }

    /// Adds schemas that belong to an area although no operation refers to them, with all that they refer to.
    pub fn add_roots(&mut self, document: &Value, roots: impl Iterator<Item = (String, String)>) {
        let uses = uses(document);
        for (schema, area) in roots {
            self.spread(&area, &serde_json::json!({ "$ref": format!("{COMPONENTS}schemas/{schema}") }), &uses);
        }
    }

    /// The area of a component schema.
    pub fn of_schema(&self, name: &str) -> &str {
        let areas = self.components.get(&format!("schemas/{name}"));
        // What a webhook brings is told where it belongs, not where it is delivered.
        let mut own = areas.into_iter().flatten().filter(|area| *area != WEBHOOKS);
        match (own.next(), own.next()) {
            (Some(area), None) => area,
            (Some(_), Some(_)) => SHARED,
            (None, _) if areas.is_some() => WEBHOOKS,
            (None, _) => UNREACHED,
        }
    }

    fn spread(&mut self, area: &str, root: &Value, uses: &BTreeMap<String, BTreeSet<String>>) {
        let mut open: Vec<String> = references(root).into_iter().collect();
        while let Some(name) = open.pop() {
            if self.components.entry(name.clone()).or_default().insert(area.to_owned()) {
                open.extend(uses.get(&name).into_iter().flatten().cloned());
            }
        }
    }
}

/// Every operation: its path item's key, the path that is called, the method and the operation.
pub fn operations(document: &Value) -> impl Iterator<Item = (&str, &str, &'static str, &Value)> {
    members(document, "/paths").flat_map(|(key, item)| {
        let path = item.get("x-path").and_then(Value::as_str).unwrap_or(key);
        METHODS.into_iter().filter_map(move |method| Some((key.as_str(), path, method, item.get(method)?)))
    })
}

/// An operation's area: what `named` says, or its path's first segment.
pub fn of_operation(path: &str, operation: &Value, named: &BTreeMap<String, String>) -> String {
    let id = operation.get("operationId").and_then(Value::as_str).unwrap_or_default();
    named.get(id).cloned().unwrap_or_else(|| of_path(path).to_owned())
}

/// A path's first segment.
pub fn of_path(path: &str) -> &str {
    path.trim_start_matches('/').split(['/', '?']).next().unwrap_or_default()
}

/// The members of the object at a pointer; none where there is no object.
pub fn members<'a>(document: &'a Value, pointer: &str) -> impl Iterator<Item = (&'a String, &'a Value)> {
    document.pointer(pointer).and_then(Value::as_object).into_iter().flat_map(Map::iter)
}

/// By component, the components that it refers to.
fn uses(document: &Value) -> BTreeMap<String, BTreeSet<String>> {
    let sections = members(document, "/components");
    let components = sections.flat_map(|(section, entries)| {
        let entries = entries.as_object().into_iter().flat_map(Map::iter);
        entries.map(move |(name, component)| (format!("{section}/{name}"), references(component)))
    });
    components.collect()
}

fn references(value: &Value) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    collect(value, &mut found);
    found
}

fn collect(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            let target = members.get("$ref").and_then(Value::as_str);
            found.extend(target.and_then(|target| target.strip_prefix(COMPONENTS)).map(str::to_owned));
            members.values().for_each(|member| collect(member, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, found)),
        _ => {}
    }
}
