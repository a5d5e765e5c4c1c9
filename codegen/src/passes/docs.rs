//! Our own sentences find their types, fields, values, forms, operations and parameters.

use std::collections::{BTreeMap, BTreeSet};

use crate::docs::{DefaultUse, Docs, FieldSite, first_sentence};
use crate::ir::{Api, Field, Location, Operation, Prose, Response, Shape, Ty, TypeDef, list_item, singular};

/// The defects of the files of docs.
#[derive(Clone, Debug, Default)]
pub struct DocsCheck {
    /// All defects, as lines for the maintainer.
    pub faults: Vec<String>,
    /// The keys of entries that a default says word for word.
    pub repeated: Vec<String>,
}

/// Attaches the entries of docs, and defaults where there is none. Returns the faults of docs: entries that name
/// nothing, entries that a default says word for word, and defaults that nothing uses.
pub(super) fn run(api: &mut Api, docs: &Docs) -> DocsCheck {
    let names: Vec<String> = api.types.iter().map(|def| def.name.to_string()).collect();
    let mut writer =
        ProseWriter { docs, names, used: BTreeSet::new(), rules: BTreeSet::new(), check: DocsCheck::default() };
    let bodies = bodies(api);
    let (notes, unknown) = deprecations(api, docs);
    api.deprecations = notes;
    writer.check.faults.extend(unknown);
    for (index, def) in api.types.iter_mut().enumerate().filter(|(_, def)| !def.areas.is_empty()) {
        writer.of_type(def, bodies.iter().filter(|(body, _)| *body == index).map(|(_, call)| call.as_str()));
    }
    let of_types: Vec<Option<Prose>> = api.types.iter().map(|def| def.prose.clone()).collect();
    for def in api.types.iter_mut().filter(|def| !def.areas.is_empty()) {
        writer.of_forms(def, &of_types);
    }
    for operation in &mut api.operations {
        writer.of_operation(operation);
    }
    for alias in &mut api.aliases {
        alias.prose = writer.prose(alias.name.to_string(), None);
    }
    writer.faults()
}

/// The notes for deprecated items, and a fault for each that is of no deprecated item.
fn deprecations(api: &Api, docs: &Docs) -> (BTreeMap<String, String>, Vec<String>) {
    let mut deprecated = BTreeSet::new();
    for operation in &api.operations {
        let key = format!("{}.{}", operation.resource, operation.verb);
        let parameters = operation.parameters.iter().filter(|parameter| parameter.field.facts.deprecated);
        deprecated.extend(parameters.map(|parameter| format!("{key}.{}", parameter.field.wire)));
        deprecated.extend(operation.deprecated.then_some(key));
    }
    for def in api.types.iter().filter(|def| !def.areas.is_empty()) {
        deprecated.extend(def.facts.deprecated.then(|| def.name.to_string()));
        if let Shape::Object(fields) = &def.shape {
            let fields = fields.iter().filter(|field| field.facts.deprecated);
            deprecated.extend(fields.map(|field| format!("{}.{}", def.name, field.wire)));
        }
    }
    let unknown = docs.defaults.notes().into_keys().filter(|key| !deprecated.contains(*key));
    let faults =
        unknown.map(|key| format!("defaults.yaml: `deprecated.{key}` is of nothing that is deprecated; remove it"));
    let faults = faults.collect();
    let note = |key: String| {
        let note = docs.defaults.note(&key)?.to_owned();
        Some((key, note))
    };
    (deprecated.into_iter().filter_map(note).collect(), faults)
}

/// The bodies of operations: the type, and the call in which it is used.
fn bodies(api: &Api) -> Vec<(usize, String)> {
    let body = |operation: &Operation| {
        let Ty::Named(id) = operation.body.as_ref()?.ty else { return None };
        Some((id.0, format!("`{}.{}`", operation.resource, operation.verb)))
    };
    api.operations.iter().filter_map(body).collect()
}

struct ProseWriter<'a> {
    docs: &'a Docs,
    /// The names of all types, by index.
    names: Vec<String>,
    /// Keys of entries that were found.
    used: BTreeSet<String>,
    /// Rules of defaults that apply somewhere, even where an entry goes before them.
    rules: BTreeSet<String>,
    check: DocsCheck,
}

impl ProseWriter<'_> {
    /// The sentence of an entry, else the default.
    fn prose(&mut self, key: String, default: Option<DefaultUse>) -> Option<Prose> {
        if let Some(rule) = default.as_ref().map(|default| &default.rule) {
            self.rules.insert(rule.clone());
        }
        let Some(entry) = self.docs.entries.get(&key) else {
            if let Some(sentence) = self.of_like(&key) {
                return Some(Prose { text: sentence.to_owned(), is_default: true });
            }
            return default.map(|default| Prose { text: default.text, is_default: true });
        };
        let of_like = self.of_like(&key).map(|text| DefaultUse { text: text.to_owned(), rule: "like".to_owned() });
        if let Some(default) = of_like.or(default).filter(|default| default.text == entry.sentence) {
            let (file, rule) = (&entry.file, &default.rule);
            self.check.repeated.push(key.clone());
            self.check
                .faults
                .push(format!("{file}: {key:?}: the default `{rule}` says the same word for word; remove the entry"));
        }
        self.used.insert(key);
        Some(Prose { text: entry.sentence.clone(), is_default: false })
    }

    /// The sentence of the same member of a type that `like` names.
    fn of_like(&self, key: &str) -> Option<&str> {
        let end = key.find(['.', ':']).unwrap_or(key.len());
        let (owner, member) = key.split_at(end);
        if !is_type(owner) {
            return None;
        }
        let like = self.docs.defaults.like(owner);
        like.iter().find_map(|other| Some(self.docs.entries.get(&format!("{other}{member}"))?.sentence.as_str()))
    }

    fn of_type<'c>(&mut self, def: &mut TypeDef, mut calls: impl Iterator<Item = &'c str>) {
        let name = def.name.to_string();
        let by_rule = |text: String, rule: &str| DefaultUse { text, rule: rule.to_owned() };
        let default = if let Some(item) = list_item(def) {
            let item = item.named().and_then(|id| self.names.get(id.0)).map(|name| self.docs.defaults.words(name));
            item.map(|item| by_rule(format!("A page of a list; each item is one {item}."), "rule.list"))
        } else if let Some(call) = calls.next() {
            let rest: String = calls.map(|call| format!(" and {call}")).collect();
            Some(by_rule(format!("The request body of {call}{rest}."), "rule.body"))
        } else {
            self.docs.defaults.type_(&name, &[shape_kind(&def.shape)])
        };
        def.prose = self.prose(name.clone(), default);
        if list_item(def).is_some() {
            return;
        }
        let direction = match (def.in_request, def.in_response) {
            (true, false) => Some("request"),
            (false, true) => Some("response"),
            _ => None,
        };
        match &mut def.shape {
            Shape::Object(fields) => {
                for field in fields.iter_mut().filter(|field| field.constant.is_none()) {
                    let key = format!("{name}.{}", field.wire);
                    let default = self.default_of(&name, field, direction);
                    field.prose = self.prose(key, default);
                }
            }
            Shape::Enum(values) => {
                for value in values {
                    let default = self.docs.defaults.value(&name, &value.wire);
                    value.prose = self.prose(format!("{name}::{}", value.wire), default);
                }
            }
            Shape::Union(_) | Shape::Alias(_) => {}
        }
    }

    /// A form has an entry of its own, the first sentence of its type, or a default.
    fn of_forms(&mut self, def: &mut TypeDef, of_types: &[Option<Prose>]) {
        let name = def.name.to_string();
        let Shape::Union(union) = &mut def.shape else { return };
        for variant in &mut union.variants {
            let kinds = kinds(&variant.ty, &self.names);
            let kinds: Vec<&str> = kinds.iter().map(String::as_str).collect();
            let form = variant.rust.to_string();
            let default = self.docs.defaults.variant(&name, &form, &kinds);
            let own = self.prose(format!("{name}::{form}"), default);
            let of_type = match &variant.ty {
                Ty::Boxed(inner) => plain_named(inner),
                ty => plain_named(ty),
            };
            let of_type = of_type.and_then(|index| of_types.get(index)?.as_ref());
            let of_type = of_type.map(|prose| Prose { text: first_sentence(&prose.text).to_owned(), ..prose.clone() });
            variant.prose = match own {
                Some(own) if !own.is_default => Some(own),
                own => of_type.or(own),
            };
        }
    }

    fn of_operation(&mut self, operation: &mut Operation) {
        let key = format!("{}.{}", operation.resource, operation.verb);
        operation.prose = self.prose(key.clone(), None);
        let owner = self.item_of(operation);
        for parameter in &mut operation.parameters {
            let place = match parameter.location {
                Location::Path => "path",
                Location::Query => "query",
                Location::Header => "header",
                Location::Cookie => "cookie",
            };
            let default = self.default_with(&owner, &parameter.field, &[place, "parameter"]);
            parameter.field.prose = self.prose(format!("{key}.{}", parameter.field.wire), default);
        }
    }

    /// The type that an operation's defaults name: the items of its pages, else the resource's name in the singular.
    fn item_of(&self, operation: &Operation) -> String {
        let item = operation.paging.as_ref().and_then(|paging| paging.item.named());
        if let (Some(item), Response::Json(_)) = (item, &operation.response) {
            return self.names.get(item.0).cloned().unwrap_or_default();
        }
        singular(operation.resource.rsplit('.').next().unwrap_or_default())
    }

    fn default_of(&self, owner: &str, field: &Field, direction: Option<&str>) -> Option<DefaultUse> {
        let directions: Vec<&str> = direction.into_iter().collect();
        self.default_with(owner, field, &directions)
    }

    fn default_with(&self, owner: &str, field: &Field, more: &[&str]) -> Option<DefaultUse> {
        let of_ty = kinds(&field.ty, &self.names);
        let kinds: Vec<&str> = more.iter().copied().chain(of_ty.iter().map(String::as_str)).collect();
        let label = field.label.as_ref().map(ToString::to_string);
        let ty = label.as_deref().or_else(|| of_ty.iter().map(String::as_str).find(|kind| is_type(kind)));
        self.docs.defaults.field(FieldSite { owner, name: &field.wire, kinds: &kinds, ty })
    }

    fn faults(mut self) -> DocsCheck {
        for (key, entry) in self.docs.entries.iter().filter(|(key, _)| !self.used.contains(*key)) {
            self.check.faults.push(format!("{}: {key:?} names nothing; rename or remove the entry", entry.file));
        }
        for rule in self.docs.defaults.unused(&self.rules) {
            self.check.faults.push(format!("defaults.yaml: `{rule}` applies to nothing; remove it"));
        }
        self.check
    }
}

fn is_type(kind: &str) -> bool {
    kind.starts_with(char::is_uppercase)
}

/// The kinds of a type, the most special first: a name, `Vec<Name>`, `string`, `list`, ….
fn kinds(ty: &Ty, names: &[String]) -> Vec<String> {
    let one = |kind: &str| vec![kind.to_owned()];
    match ty {
        Ty::String => one("string"),
        Ty::Integer => vec!["integer".into(), "number".into()],
        Ty::Number => one("number"),
        Ty::Boolean => one("boolean"),
        Ty::Any => one("json"),
        Ty::FreeObject => vec!["json_object".into(), "json".into()],
        Ty::File => one("file"),
        Ty::Floats => vec!["floats".into(), "list".into()],
        Ty::Map(_) => one("map"),
        Ty::Nullable(inner) | Ty::Boxed(inner) => kinds(inner, names),
        Ty::List(inner) => {
            let mut of: Vec<String> = kinds(inner, names).into_iter().map(|kind| format!("Vec<{kind}>")).collect();
            of.push("list".into());
            of
        }
        Ty::Named(id) => names.get(id.0).cloned().into_iter().chain(["object".to_owned()]).collect(),
    }
}

fn plain_named(ty: &Ty) -> Option<usize> {
    match ty {
        Ty::Named(id) => Some(id.0),
        _ => None,
    }
}

fn shape_kind(shape: &Shape) -> &'static str {
    match shape {
        Shape::Object(_) => "object",
        Shape::Enum(_) => "enum",
        Shape::Union(_) => "union",
        Shape::Alias(_) => "alias",
    }
}
