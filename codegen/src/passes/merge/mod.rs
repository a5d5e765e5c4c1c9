//! Types that are the same to the last field become one type with several names.
//!
//! The document repeats itself: the beta twin of nearly every item, and the same enum at every use. One definition
//! costs a user's compiler once, and a value of one can be used as the other. The name of that definition is what
//! compile errors and `Debug` show at each of these uses, so a class of equal types has one that is true at all of them
//! (`class_names`), or is split.

mod class_names;
mod partition;

use std::collections::{BTreeMap, BTreeSet};

use self::class_names::{ClassNames, Group};
use super::aliases;
use super::report::PassReport;
use crate::config::Names;
use crate::ir::{Alias, Api, Shape, Ty, TypeId, TypeName};

/// Keeps one of each group of equal types.
pub(super) fn run(api: &mut Api, names: &Names, report: &mut PassReport) {
    let groups = groups(api, names, report);
    let mut target: Vec<TypeId> = api.ids().collect();
    let mut second_names = Vec::new();
    for group in &groups {
        for id in &group.members {
            target[id.0] = group.keep;
            let def = api.get(*id);
            // A name that nobody chose is kept only where a field shows it.
            let areas = if def.listed { def.areas.clone() } else { BTreeSet::new() };
            if def.name != group.name {
                second_names.push(Alias { name: def.name.clone(), target: group.keep, areas, prose: None });
            }
        }
    }
    let merged = target.iter().enumerate().filter(|(index, id)| id.0 != *index).count();
    report.add(format!("merge: {merged} types are the same as another one"));
    let before: Vec<TypeName> = api.types.iter().map(|def| def.name.clone()).collect();
    for group in groups {
        let def = api.get_mut(group.keep);
        if def.name != group.name {
            def.own_name = Some(std::mem::replace(&mut def.name, group.name));
        }
    }
    label(api, &target, &before);
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
    api.aliases.extend(second_names);
}

/// The groups of equal types with a name that is true for all of their members.
///
/// A class that has to be split makes the types different that refer to its parts, so the partition is found again.
fn groups(api: &Api, names: &Names, report: &mut PassReport) -> Vec<Group> {
    let used: Vec<TypeId> = api.ids().filter(|id| !api.get(*id).areas.is_empty()).collect();
    let mut part = vec![0; api.types.len()];
    let mut parts = 0;
    let mut split = Vec::new();
    loop {
        let classes = partition::run(api, &used, &part);
        let mut members: BTreeMap<usize, Vec<TypeId>> = BTreeMap::new();
        for id in &used {
            members.entry(classes[id.0]).or_default().push(*id);
        }
        let mut class_names = ClassNames::new(api, names);
        let mut groups = Vec::new();
        let mut is_split = false;
        for class in members.into_values().filter(|class| class.len() > 1) {
            let found = class_names.groups(&class);
            is_split |= found.len() > 1;
            groups.extend(found);
        }
        split.append(&mut class_names.split);
        if !is_split {
            class_names.report(report);
            split
                .into_iter()
                .for_each(|names| report.to_do(format!("merge: the same, but no name of [shared] fits all: {names}")));
            return groups.into_iter().filter(|group| group.members.len() > 1).collect();
        }
        for group in &groups {
            parts += 1;
            group.members.iter().for_each(|id| part[id.0] = parts);
        }
    }
}

/// Notes at each field the name that its type had: `SortOrder` says more there than the first enum with these values.
fn label(api: &mut Api, target: &[TypeId], before: &[TypeName]) {
    let names: Vec<TypeName> = api.types.iter().map(|def| def.name.clone()).collect();
    let label = |ty: &Ty| {
        let id = ty.named()?;
        let own = &before[id.0];
        (*own != names[target[id.0].0]).then(|| own.clone())
    };
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Object(fields) => fields.iter_mut().for_each(|field| field.label = label(&field.ty)),
            Shape::Union(union) => union.variants.iter_mut().for_each(|variant| variant.label = label(&variant.ty)),
            _ => {}
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
        let labels: Vec<&TypeName> = match &def.shape {
            Shape::Object(fields) => fields
                .iter()
                .filter(|field| field.constant.is_none())
                .filter_map(|field| field.label.as_ref())
                .collect(),
            Shape::Union(union) => union.variants.iter().filter_map(|variant| variant.label.as_ref()).collect(),
            _ => Vec::new(),
        };
        for label in labels {
            needed.entry(label.clone()).or_default().extend(def.areas.iter().cloned());
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
