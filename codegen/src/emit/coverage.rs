//! The documented items, and where the sentence of each is from: what `cargo xtask docs-coverage` counts and lists.

use std::fmt;

use super::docs;
use super::resources::builder::Builder;
use super::tokens::Scope;
use super::types;
use crate::config::Names;
use crate::ir::{Api, Field, Operation, Prose, Shape, TypeDef, list_item, snake};

/// The kind of a documented item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocKind {
    /// An operation.
    Operation,
    /// A parameter of a path, query or header.
    Parameter,
    /// A type.
    Type,
    /// The type of an event.
    Event,
    /// A field of a type.
    Field,
    /// The setter of a field.
    Setter,
    /// A form of a union.
    Form,
    /// A value of an enum.
    Value,
}

impl DocKind {
    /// All kinds, in the order of reports.
    pub const ALL: [Self; 8] =
        [Self::Operation, Self::Parameter, Self::Type, Self::Event, Self::Field, Self::Setter, Self::Form, Self::Value];
}

impl fmt::Display for DocKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Operation => "operation",
            Self::Parameter => "parameter",
            Self::Type => "type",
            Self::Event => "event",
            Self::Field => "field",
            Self::Setter => "setter",
            Self::Form => "form",
            Self::Value => "value",
        })
    }
}

/// The source of an item's sentence.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum DocSource {
    /// An entry of ours.
    Own,
    /// A default.
    Default,
    /// None: the docs have facts only.
    Facts,
}

/// A documented item.
#[derive(Clone, Debug)]
pub struct DocItem {
    /// The area whose file has its entry.
    pub area: String,
    /// Its key in that file.
    pub key: String,
    /// Its kind.
    pub kind: DocKind,
    /// The source of its sentence.
    pub source: DocSource,
    /// Set for what a request is made of: operations, parameters, fields and setters of request types.
    pub is_request: bool,
    /// The facts about it.
    pub facts: String,
    /// Its docs as an editor shows them.
    pub hover: String,
}

/// Lists all documented items.
pub(super) fn items(api: &Api, names: &Names) -> Vec<DocItem> {
    let areas = types::areas(api, names);
    let mut list = ItemList { api, items: Vec::new() };
    for operation in &api.operations {
        list.operation(Builder::new(Scope { api, qualified: true, label: None }, names, operation), operation);
    }
    for (id, area) in &areas {
        list.type_(area, api.get(*id));
    }
    list.items
}

struct ItemList<'a> {
    api: &'a Api,
    items: Vec<DocItem>,
}

impl ItemList<'_> {
    fn operation(&mut self, builder: Builder<'_>, operation: &Operation) {
        let area = snake(&operation.area);
        let key = format!("{}.{}", operation.resource, operation.verb);
        let facts = docs::operation_facts(self.api, operation);
        let hover = builder.docs().join("\n");
        self.add(&area, key.clone(), DocKind::Operation, (operation.prose.as_ref(), true), (facts, hover));
        for parameter in &operation.parameters {
            self.field(&area, format!("{key}.{}", parameter.field.wire), DocKind::Parameter, true, &parameter.field);
        }
    }

    fn type_(&mut self, area: &str, def: &TypeDef) {
        let name = def.name.as_str();
        let kind = if name.ends_with("Event") { DocKind::Event } else { DocKind::Type };
        let hover = docs::type_(self.api, def).join("\n");
        self.add(area, name.to_owned(), kind, (def.prose.as_ref(), false), (docs::headline(self.api, def), hover));
        if list_item(def).is_some() {
            return;
        }
        match &def.shape {
            Shape::Object(fields) => {
                for field in fields.iter().filter(|field| field.constant.is_none()) {
                    let key = format!("{name}.{}", field.wire);
                    self.field(area, key.clone(), DocKind::Field, def.in_request, field);
                    if def.in_request {
                        self.field(area, key, DocKind::Setter, true, field);
                    }
                }
            }
            Shape::Enum(values) => {
                for value in values {
                    let facts = format!("a value of `{name}`: {}", docs::headline(self.api, def));
                    let shown = (facts, docs::value(value));
                    let key = format!("{name}::{}", value.wire);
                    self.add(area, key, DocKind::Value, (value.prose.as_ref(), false), shown);
                }
            }
            Shape::Union(union) => {
                for variant in &union.variants {
                    let shown = (docs::form_facts(self.api, union, variant), docs::form(self.api, union, variant));
                    let key = format!("{name}::{}", variant.rust);
                    self.add(area, key, DocKind::Form, (variant.prose.as_ref(), false), shown);
                }
            }
            Shape::Alias(_) => {}
        }
    }

    fn field(&mut self, area: &str, key: String, kind: DocKind, is_request: bool, field: &Field) {
        let shown = (docs::field_facts(self.api, field), docs::field(self.api, field).join("\n"));
        self.add(area, key, kind, (field.prose.as_ref(), is_request), shown);
    }

    fn add(
        &mut self,
        area: &str,
        key: String,
        kind: DocKind,
        (prose, is_request): (Option<&Prose>, bool),
        (facts, hover): (String, String),
    ) {
        let source = match prose {
            Some(prose) if prose.is_default => DocSource::Default,
            Some(_) => DocSource::Own,
            None => DocSource::Facts,
        };
        self.items.push(DocItem { area: area.to_owned(), key, kind, source, is_request, facts, hover });
    }
}
