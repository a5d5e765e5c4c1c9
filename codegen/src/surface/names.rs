//! The public names of an API.

use std::collections::BTreeSet;

use super::{NameEntry, NameKind, Surface};
use crate::areas;
use crate::ir::{Api, Operation, Polling, SchemaOrigin, Shape, TypeDef, TypeId};

impl Surface {
    /// Collects the public names of an API.
    pub fn of(api: &Api) -> Self {
        let mut surface = Self::default();
        for operation in &api.operations {
            surface.add_operation(operation);
        }
        for id in api.ids().filter(|id| !api.get(*id).areas.is_empty()) {
            surface.add_type(api, id);
        }
        for alias in &api.aliases {
            let target = api.get(alias.target);
            let areas = if alias.areas.is_empty() { &target.areas } else { &alias.areas };
            surface.add(alias.name.to_string(), NameKind::Alias, &area(areas), target.name.to_string());
        }
        for (event, _) in &api.webhooks {
            surface.add(format!("webhook {event}"), NameKind::Webhook, areas::WEBHOOKS, String::new());
        }
        surface
    }

    fn add(&mut self, name: String, kind: NameKind, area: &str, place: String) {
        self.names.insert(name, NameEntry { kind, area: area.to_owned(), place });
    }

    fn add_operation(&mut self, operation: &Operation) {
        let (resource, verb) = (&operation.resource, &operation.verb);
        let query: Vec<String> = operation.fixed_query.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let query = if query.is_empty() { String::new() } else { format!("?{}", query.join("&")) };
        let place = format!("{} {}{query}", operation.method, operation.path);
        let polling = operation.polling.as_ref().map(|polling| match polling {
            Polling { states: Some(_), .. } => format!("{resource}.poll"),
            _ => format!("{resource}.{verb}.send_and_poll"),
        });
        for name in polling.into_iter().chain([format!("{resource}.{verb}")]) {
            self.add(name, NameKind::Operation, &operation.area, place.clone());
        }
    }

    fn add_type(&mut self, api: &Api, id: TypeId) {
        let def = api.get(id);
        let area = area(&def.areas);
        self.add(def.name.to_string(), NameKind::Type, &area, origin(api, def));
        match &def.shape {
            Shape::Enum(values) => {
                for value in values {
                    self.add(format!("{}::{}", def.name, value.rust), NameKind::Value, &area, value.wire.clone());
                }
            }
            Shape::Union(union) => {
                for (index, variant) in union.variants.iter().enumerate() {
                    let tags = union.plan.tags.iter().filter(|(_, candidates)| candidates.contains(&index));
                    let tags: Vec<&str> = tags.map(|(tag, _)| tag.as_str()).collect();
                    self.add(format!("{}::{}", def.name, variant.rust), NameKind::Form, &area, tags.join(" "));
                }
            }
            Shape::Object(_) | Shape::Alias(_) => {}
        }
    }
}

/// The area of what these areas use. What a webhook brings is told where it belongs, not where it is delivered.
fn area(areas: &BTreeSet<String>) -> String {
    let mut own = areas.iter().filter(|area| *area != areas::WEBHOOKS);
    match (own.next(), own.next()) {
        (Some(area), None) => area.clone(),
        (None, _) => areas::WEBHOOKS.to_owned(),
        (Some(_), Some(_)) => areas::SHARED.to_owned(),
    }
}

/// The schema that a type comes from, by the document's names.
fn origin(api: &Api, def: &TypeDef) -> String {
    let (mut at, mut path) = (def, String::new());
    // A circle of owners can't be; the bound keeps a defect from being an endless loop.
    for _ in 0..64 {
        match &at.origin {
            SchemaOrigin::Component(name) | SchemaOrigin::Webhooks(name) => return format!("{name}{path}"),
            SchemaOrigin::Operation(base) => return format!("{base}{path}"),
            SchemaOrigin::Inline { owner, path: step } => {
                path = format!("{step}{path}");
                at = api.get(*owner);
            }
        }
    }
    path
}
