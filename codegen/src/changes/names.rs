//! The names under which the API's users know its operations and types.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::areas::{self, AreaMap};
use crate::config::Names;
use crate::ir::{pascal, singular, snake};
use crate::lower::base_name;

/// The public names of operations and types, as names.toml has them.
#[derive(Clone, Debug, Default)]
pub struct PublicNames {
    names: Names,
}

/// The name of an operation.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct OperationTitle {
    /// The resource path and verb, or the method and path of an operation that names.toml does not have.
    pub(super) text: String,
    /// The types of its inline request and response: `PetCreateParams`, `PetCreateResponse`.
    pub(super) inline: [String; 2],
}

impl PublicNames {
    /// Takes the names from names.toml.
    pub fn of(names: Names) -> Self {
        Self { names }
    }

    /// Adds the names of what only an older names.toml has: what is gone, and what is in the document under another
    /// schema name or operationId by now.
    #[must_use]
    pub fn with_older(mut self, older: Names) -> Self {
        for (id, name) in older.operations {
            self.names.operations.entry(id).or_insert(name);
        }
        for (schema, name) in older.types {
            self.names.types.entry(schema).or_insert(name);
        }
        for (place, name) in older.inline {
            self.names.inline.entry(place).or_insert(name);
        }
        self
    }

    pub(super) fn operation(&self, id: Option<&str>, route: &str) -> OperationTitle {
        match id.and_then(|id| self.names.operations.get(id)) {
            Some(name) => {
                let base = base_name(name);
                let inline = ["Params", "Response"].map(|part| {
                    let path = format!("{base}{part}");
                    self.names.inline.get(&path).cloned().unwrap_or_else(|| pascal(&path))
                });
                OperationTitle { text: format!("{}.{}", name.resource, name.verb), inline }
            }
            None => OperationTitle {
                text: route.to_owned(),
                inline: ["request", "response"].map(|part| format!("{route} {part}")),
            },
        }
    }

    /// The Rust name of a component schema.
    pub(super) fn schema(&self, schema: &str) -> String {
        self.names.types.get(schema).cloned().unwrap_or_else(|| pascal(schema))
    }

    /// The areas of operations by operationId. What is in beta belongs to what it is the beta of.
    pub(super) fn areas(&self) -> BTreeMap<String, String> {
        let area = |resource: &str| {
            let mut parts = resource.split('.');
            let first = parts.next().unwrap_or_default();
            if first == "beta" { parts.next().unwrap_or(first).to_owned() } else { first.to_owned() }
        };
        self.names.operations.iter().map(|(id, name)| (id.clone(), area(&name.resource))).collect()
    }

    /// The areas of all schemas that the public API reaches: through operations, their stream events and roots.
    pub(super) fn reached(&self, document: &Value) -> AreaMap {
        let named = self.areas();
        let mut map = AreaMap::of(document, &named);
        let streams = areas::operations(document).filter_map(|(_, path, _, operation)| {
            let name = self.names.operations.get(operation.get("operationId")?.as_str()?)?;
            Some((name.stream.clone()?, areas::of_operation(path, operation, &named)))
        });
        let areas: BTreeSet<&String> = named.values().collect();
        let roots = self.names.roots.iter().map(|root| {
            // What is in beta belongs to the area that its name has.
            let word = snake(&root.schema);
            let mut found = areas.iter().filter(|area| root.area == "beta" && word.contains(&singular(area)));
            (root.schema.clone(), found.next().map_or(&root.area, |area| *area).clone())
        });
        map.add_roots(document, streams.chain(roots));
        map
    }
}
