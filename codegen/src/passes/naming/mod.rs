//! Final Rust names for all types that are needed.

pub(super) mod calls;

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Names;
use crate::ir::MOST_ARGUMENTS;
use crate::ir::{
    Alias, Api, SchemaOrigin, Shape, Ty, TypeId, TypeName, is_taken_by_sdk, is_taken_type, pascal, singular,
};
use crate::passes::report::PassReport;

/// Names all types; an entry of names.toml wins over the mechanical name.
pub(super) fn run(api: &mut Api, names: &Names, report: &mut PassReport) -> Result<(), String> {
    let mut naming =
        Naming { api, names, done: BTreeMap::new(), inline_used: BTreeSet::new(), listed: BTreeSet::new() };
    let wanted: Vec<TypeId> = naming.api.ids().filter(|id| !naming.api.get(*id).areas.is_empty()).collect();
    let found: Vec<(TypeId, String)> = wanted.iter().map(|id| (*id, naming.name(*id, 0))).collect();
    let (inline_used, listed) = (naming.inline_used, naming.listed);
    let mut taken: BTreeMap<String, TypeId> = BTreeMap::new();
    let of_sdk = !report.is_lenient();
    // Types with a letter for a name are fine where no macro meets them, as in the project's own documents.
    let is_taken = |name: &str| is_taken_type(name) && !(of_sdk && name.len() == 1);
    let is_reserved = |name: &str| is_taken(name) || of_sdk && is_taken_by_sdk(name);
    // Components first: their names are public facts, and an inline type gives way.
    let (components, inline): (Vec<_>, Vec<_>) = found
        .into_iter()
        .partition(|(id, _)| matches!(api.get(*id).origin, SchemaOrigin::Component(_) | SchemaOrigin::Webhooks(_)));
    let required: BTreeSet<String> =
        components.iter().chain(&inline).filter_map(|(id, name)| required_name(api, *id, name)).collect();
    for (id, name) in components.into_iter().chain(inline) {
        // A letter with a number is a type parameter still.
        let base = if !of_sdk && is_taken_type(&format!("{name}2")) { format!("{name}Type") } else { name.clone() };
        let mut unique = TypeName::new(&name).to_string();
        let mut number = 2;
        while taken.contains_key(&unique) || is_reserved(&unique) || required.contains(&unique) {
            unique = TypeName::new(&format!("{base}{number}")).to_string();
            number += 1;
        }
        if unique != name {
            report.to_do(format!("naming: {name} is taken, {unique} is used for {}", place(api, id)));
        }
        taken.insert(unique.clone(), id);
        if let SchemaOrigin::Component(schema) = &api.get(id).origin {
            let schema = schema.clone();
            api.component_names.insert(schema, unique.clone());
        }
        let def = api.get_mut(id);
        def.listed =
            matches!(def.origin, SchemaOrigin::Component(_) | SchemaOrigin::Webhooks(_)) || listed.contains(&id);
        def.name = TypeName::new(&unique);
    }
    name_collapsed(api, names, &taken, &is_reserved);
    for key in names.inline.keys().filter(|key| !inline_used.contains(*key)) {
        report.to_do(format!("naming: [inline] {key:?} names nothing that is emitted"));
    }
    // The union of all webhooks has a name although it is no component.
    let is_webhooks = |name: &str| {
        api.types.iter().any(|def| matches!(&def.origin, SchemaOrigin::Webhooks(schema) if schema == name))
    };
    let is_gone = |schema: &str| !api.components.contains_key(schema) && !is_webhooks(schema);
    for (schema, name) in names.types.iter().filter(|(schema, _)| is_gone(schema)) {
        report.to_do(format!("naming: [types] {name} is the name of {schema:?}, which the document has not"));
    }
    check_arguments(api, names, report);
    resolve_operations(api, names, report);
    Ok(())
}

/// The name of the struct of required fields that an object of a request has if these are many.
fn required_name(api: &Api, id: TypeId, name: &str) -> Option<String> {
    let def = api.get(id);
    let Shape::Object(fields) = &def.shape else { return None };
    let required = fields.iter().filter(|field| field.required && field.constant.is_none()).count();
    (def.in_request && required > MOST_ARGUMENTS).then(|| format!("{}Required", TypeName::new(name)))
}

/// An entry of `[new]`, `[answers]` or `[calls]` that names no type or no field is a mistake, or the document changed.
fn check_arguments(api: &Api, names: &Names, report: &mut PassReport) {
    let answers = names.answers.iter().map(|(name, field)| ("answers", name, std::slice::from_ref(field)));
    let calls = names.calls.iter().map(|(name, field)| ("calls", name, std::slice::from_ref(field)));
    let new = names.new.iter().map(|(name, arguments)| ("new", name, arguments.as_slice()));
    for (table, name, arguments) in new.chain(answers).chain(calls) {
        // A shared name is given later; here it stands for the type that it names.
        let name = names.shared.get(name).unwrap_or(name);
        let def = api.types.iter().find(|def| def.name.as_str() == name && !def.areas.is_empty());
        let fields = def.map(|def| match &def.shape {
            Shape::Object(fields) => fields.as_slice(),
            _ => &[],
        });
        for argument in arguments {
            // A union has the field in its forms.
            let is_union = table == "calls" && def.is_some_and(|def| matches!(def.shape, Shape::Union(_)));
            if !is_union && !fields.unwrap_or_default().iter().any(|field| field.wire == *argument) {
                report.to_do(format!("naming: [{table}] {name}.{argument} names nothing that is emitted"));
            }
        }
    }
}

/// A component that turned out to be another type keeps its name as an alias of that one.
fn name_collapsed(api: &mut Api, names: &Names, taken: &BTreeMap<String, TypeId>, is_reserved: &dyn Fn(&str) -> bool) {
    let collapsed = api.components.iter().filter_map(|(schema, id)| match &api.get(*id).shape {
        Shape::Alias(Ty::Named(target)) => Some((schema.clone(), *target)),
        _ => None,
    });
    for (schema, target) in collapsed.collect::<Vec<_>>() {
        api.components.insert(schema.clone(), target);
        let name = component_name(names, &schema);
        let areas = api.get(target).areas.clone();
        if !areas.is_empty() && !taken.contains_key(&name) && !is_reserved(&name) {
            api.aliases.push(Alias { name: TypeName::new(&name), target, areas, prose: None });
        }
    }
}

struct Naming<'a> {
    api: &'a Api,
    names: &'a Names,
    done: BTreeMap<TypeId, String>,
    inline_used: BTreeSet<String>,
    listed: BTreeSet<TypeId>,
}

impl Naming<'_> {
    fn name(&mut self, id: TypeId, depth: usize) -> String {
        if let Some(name) = self.done.get(&id) {
            return name.clone();
        }
        let name = match self.api.get(id).origin.clone() {
            SchemaOrigin::Component(schema) | SchemaOrigin::Webhooks(schema) => component_name(self.names, &schema),
            SchemaOrigin::Operation(base) => self.listed(id, &base).unwrap_or_else(|| pascal(&base)),
            // A circle of owners can't be; the bound keeps a defect from being a stack overflow.
            SchemaOrigin::Inline { path, .. } if depth > 64 => pascal(&path),
            SchemaOrigin::Inline { owner, path } => self.inline(id, owner, &path, depth),
        };
        self.done.insert(id, name.clone());
        name
    }

    fn inline(&mut self, id: TypeId, owner: TypeId, path: &str, depth: usize) -> String {
        let (object, full) = self.around(owner, path);
        let object_name = self.name(object, depth + 1);
        let step = self.last_step(id, path);
        // A form of a union is known by the step that the rule gives it, because the way is that of the union itself.
        let form = if path == "|" { format!("|{step}") } else { String::new() };
        if let Some(name) = self.listed(id, &format!("{object_name}{full}{form}")) {
            return name;
        }
        let owner_name = self.name(owner, depth + 1);
        format!("{owner_name}{step}")
    }

    /// The nearest type that is no inline union, and the way from there: a union is transparent in a path.
    fn around(&self, owner: TypeId, path: &str) -> (TypeId, String) {
        let mut at = owner;
        let mut full = path.replace('|', "");
        while let (SchemaOrigin::Inline { owner, path }, Shape::Union(_)) =
            (&self.api.get(at).origin, &self.api.get(at).shape)
        {
            full = format!("{}{full}", path.replace('|', ""));
            at = *owner;
        }
        (at, full)
    }

    fn last_step(&self, id: TypeId, path: &str) -> String {
        if path == "|" {
            return self.variant_step(id);
        }
        let property = path.trim_start_matches(['.', '|']);
        let name = property.trim_end_matches(['[', ']', '{', '}']);
        if name.is_empty() {
            return "Item".into();
        }
        if property == name {
            return pascal(name);
        }
        let one = singular(name);
        if one == name { format!("{}Item", pascal(name)) } else { pascal(&one) }
    }

    /// An inline variant is named by its tag, else by its title.
    fn variant_step(&self, id: TypeId) -> String {
        let def = self.api.get(id);
        if let Shape::Object(fields) = &def.shape {
            let constants = || fields.iter().filter(|field| field.constant.is_some());
            let leading = ["type", "event", "role", "object"];
            let named = leading.iter().find_map(|name| constants().find(|field| field.wire == *name));
            if let Some(value) = named.or_else(|| constants().next()).and_then(|field| field.constant.as_deref()) {
                return pascal(value);
            }
        }
        match &def.facts.title {
            Some(title) => pascal(title),
            None => "Variant".into(),
        }
    }

    fn listed(&mut self, id: TypeId, key: &str) -> Option<String> {
        let name = self.names.inline.get(key)?;
        self.listed.insert(id);
        self.inline_used.insert(key.to_owned());
        Some(name.clone())
    }
}

fn component_name(names: &Names, schema: &str) -> String {
    names.types.get(schema).cloned().unwrap_or_else(|| pascal(schema))
}

fn place(api: &Api, id: TypeId) -> String {
    match &api.get(id).origin {
        SchemaOrigin::Component(name) => format!("schema {name}"),
        SchemaOrigin::Webhooks(_) => "the union of all webhooks".to_owned(),
        SchemaOrigin::Operation(base) => format!("operation {base}"),
        SchemaOrigin::Inline { owner, path } => format!("{}{path}", api.get(*owner).name),
    }
}

/// Two operations with one resource path and verb can't both be emitted under it: the later one takes its method too.
fn resolve_operations(api: &mut Api, names: &Names, report: &mut PassReport) {
    for (id, name) in names.operations.iter().filter(|(id, _)| !api.operations.iter().any(|one| one.id == **id)) {
        let place = format!("{}.{}", name.resource, name.verb);
        report.to_do(format!("naming: [operations] {place} is the name of {id:?}, which the document has not"));
    }
    let mut taken = BTreeSet::new();
    for operation in &mut api.operations {
        if !names.operations.contains_key(&operation.id) {
            let place = format!("{}.{}", operation.resource, operation.verb);
            report.to_do(format!("naming: operation {} is not in names.toml, {place} by rule", operation.id));
        }
        let base = operation.verb.clone();
        let mut number = 2;
        while !taken.insert((operation.resource.clone(), operation.verb.clone())) {
            operation.verb = format!("{base}_{number}");
            number += 1;
        }
        if operation.verb != base {
            report.to_do(format!(
                "naming: {}.{base} is taken, {} is {}",
                operation.resource, operation.id, operation.verb
            ));
        }
    }
}
