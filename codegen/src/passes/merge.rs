//! Types that are the same to the last field become one type with several names.
//!
//! The document repeats itself: the beta twin of nearly every item, and the same enum at every use. One definition
//! costs a user's compiler once, and a value of one can be used as the other.

use std::collections::{BTreeMap, BTreeSet};

use super::aliases;
use super::report::PassReport;
use crate::ir::{Alias, Api, SchemaOrigin, Shape, Ty, TypeId, TypeName};

/// Finds the coarsest partition into equal types and keeps one of each class.
pub(super) fn run(api: &mut Api, report: &mut PassReport) {
    let used: Vec<TypeId> = api.ids().filter(|id| !api.get(*id).areas.is_empty()).collect();
    let classes = partition(api, &used);
    let mut members: BTreeMap<usize, Vec<TypeId>> = BTreeMap::new();
    for id in &used {
        members.entry(classes[id.0]).or_default().push(*id);
    }
    let mut target: Vec<TypeId> = api.ids().collect();
    let mut names = Vec::new();
    for class in members.values().filter(|class| class.len() > 1) {
        let Some(keep) = class.iter().copied().min_by_key(|id| rank(api, *id)) else { continue };
        for id in class.iter().copied().filter(|id| *id != keep) {
            target[id.0] = keep;
            let def = api.get(id);
            // A name that nobody chose is kept only where a field shows it.
            let areas = if def.listed { def.areas.clone() } else { BTreeSet::new() };
            names.push(Alias { name: def.name.clone(), target: keep, areas });
        }
    }
    let merged = target.iter().enumerate().filter(|(index, id)| id.0 != *index).count();
    report.add(format!("merge: {merged} types are the same as another one"));
    label(api, &target);
    aliases::for_each_ty(api, &mut |ty| {
        if let Ty::Named(id) = ty.innermost_mut() {
            *id = target[id.0];
        }
    });
    for def in &mut api.types {
        if let Shape::Union(union) = &mut def.shape {
            // Two variants that are now of one type are one variant.
            let mut seen: Vec<Ty> = Vec::new();
            union.variants.retain(|variant| {
                let first = !seen.contains(&variant.ty);
                seen.push(variant.ty.clone());
                first
            });
        }
    }
    api.webhooks.iter_mut().for_each(|(_, id)| *id = target[id.0]);
    api.webhook_event = api.webhook_event.map(|id| target[id.0]);
    api.components.values_mut().for_each(|id| *id = target[id.0]);
    api.aliases.iter_mut().for_each(|alias| alias.target = target[alias.target.0]);
    api.aliases.extend(names);
}

/// Notes at each field the name that its type had: `SortOrder` says more there than the first enum with these values.
fn label(api: &mut Api, target: &[TypeId]) {
    let names: Vec<TypeName> = api.types.iter().map(|def| def.name.clone()).collect();
    let label = |ty: &Ty| ty.named().filter(|id| target[id.0] != *id).map(|id| names[id.0].clone());
    for def in &mut api.types {
        if let Shape::Object(fields) = &mut def.shape {
            fields.iter_mut().for_each(|field| field.label = label(&field.ty));
        }
    }
    for operation in &mut api.operations {
        operation.parameters.iter_mut().for_each(|parameter| parameter.field.label = label(&parameter.field.ty));
        if let Some(body) = &mut operation.body {
            body.label = label(&body.ty);
        }
    }
}

/// Gives every alias the areas of the fields that show it, and takes out those that nothing needs.
pub(super) fn settle(api: &mut Api) {
    let mut needed: BTreeMap<TypeName, BTreeSet<String>> = BTreeMap::new();
    for def in api.types.iter().filter(|def| !def.areas.is_empty()) {
        if let Shape::Object(fields) = &def.shape {
            for label in fields.iter().filter(|field| field.constant.is_none()).filter_map(|field| field.label.clone())
            {
                needed.entry(label).or_default().extend(def.areas.iter().cloned());
            }
        }
    }
    for operation in &api.operations {
        let labels = operation.parameters.iter().filter_map(|parameter| parameter.field.label.clone());
        for label in labels.chain(operation.body.iter().filter_map(|body| body.label.clone())) {
            needed.entry(label).or_default().insert(operation.area.clone());
        }
    }
    for alias in &mut api.aliases {
        alias.areas.extend(needed.remove(&alias.name).into_iter().flatten());
    }
    api.aliases.retain(|alias| !alias.areas.is_empty());
}

/// A component's name is public, so it is kept before an inline schema's; a plain one before any of a beta twin.
fn rank(api: &Api, id: TypeId) -> (bool, u8, TypeId) {
    let def = api.get(id);
    let beta = ["Beta", "RealtimeBeta"].iter().any(|prefix| def.name.as_str().starts_with(prefix));
    let rank = match &def.origin {
        SchemaOrigin::Component(_) | SchemaOrigin::Webhooks(_) => 0,
        SchemaOrigin::Inline { .. } | SchemaOrigin::Operation(_) if def.listed => 1,
        SchemaOrigin::Inline { .. } | SchemaOrigin::Operation(_) => 2,
    };
    (beta, rank, id)
}

/// The class of each type. All types with the same outline start in one class; a class splits while its members refer
/// to different classes.
fn partition(api: &Api, used: &[TypeId]) -> Vec<usize> {
    let mut class = vec![0; api.types.len()];
    loop {
        let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
        let mut next = class.clone();
        for id in used {
            let signature = (class[id.0], signature(api, *id, &class));
            let fresh = known.len() + 1;
            next[id.0] = *known.entry(signature).or_insert(fresh);
        }
        let count = |classes: &[usize]| used.iter().map(|id| classes[id.0]).collect::<BTreeSet<_>>().len();
        if count(&next) == count(&class) {
            return class;
        }
        class = next;
    }
}

fn signature(api: &Api, id: TypeId, class: &[usize]) -> String {
    match &api.get(id).shape {
        Shape::Object(fields) => {
            let field = |field: &crate::ir::Field| match &field.constant {
                Some(value) => format!("{}={value}", field.wire),
                None => format!("{}:{}:{}:{}", field.wire, field.required, field.nullable, ty(&field.ty, class)),
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        Shape::Enum(values) => values.iter().map(|value| format!("{:?}", value.wire)).collect::<Vec<_>>().join("|"),
        Shape::Union(union) => {
            let variants = union.variants.iter().map(|variant| ty(&variant.ty, class));
            format!("<{}>", variants.collect::<Vec<_>>().join("|"))
        }
        Shape::Alias(target) => ty(target, class),
    }
}

fn ty(ty_: &Ty, class: &[usize]) -> String {
    match ty_ {
        Ty::Named(id) => format!("#{}", class[id.0]),
        Ty::List(inner) => format!("[{}]", ty(inner, class)),
        Ty::Map(inner) => format!("map {}", ty(inner, class)),
        Ty::Nullable(inner) => format!("{}?", ty(inner, class)),
        Ty::Boxed(inner) => ty(inner, class),
        other => format!("{other:?}"),
    }
}
