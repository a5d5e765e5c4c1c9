//! How a value finds its variant, and what the variants are called.

use std::collections::{BTreeMap, BTreeSet};

use super::report::PassReport;
use crate::ir::{Api, RustIdent, Shape, Ty, TypeName, Union, UnionPlan};

/// Fields that usually tell objects apart, the likeliest first.
const USUAL_TAGS: &[&str] = &["type", "role", "event", "object", "kind"];

/// Plans every union.
pub(super) fn run(api: &mut Api, report: &mut PassReport) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for id in api.ids() {
        let def = api.get(id);
        let Shape::Union(union) = &def.shape else { continue };
        if def.areas.is_empty() {
            continue;
        }
        let plan = plan(api, union);
        let kind = match &plan {
            plan if plan.tags.values().any(|candidates| candidates.len() > 1) => "tag, then best fit",
            plan if plan.tag.is_some() => "tag",
            plan if plan.untagged.len() > 1 || plan.array.len() > 1 => "best fit",
            _ => "JSON kind",
        };
        *counts.entry(kind).or_default() += 1;
        if kind.contains("best fit") {
            report.to_do(format!("plans: {} is told apart by {kind}", def.name));
        }
        let owner = def.own_name.as_ref().unwrap_or(&def.name);
        let names = variant_names(api, owner.as_str(), union, &plan);
        if let Shape::Union(union) = &mut api.get_mut(id).shape {
            for (variant, name) in union.variants.iter_mut().zip(names) {
                variant.rust = name;
            }
            *union.plan = plan;
        }
    }
    let counts: Vec<String> = counts.iter().map(|(kind, count)| format!("{count} by {kind}")).collect();
    report.add(format!("plans: unions are told apart {}", counts.join(", ")));
}

/// The values a variant's tag may have.
#[derive(Debug, PartialEq)]
enum Tag {
    /// These, and whether the tag may be left out.
    Values(Vec<String>, bool),
    /// Any text.
    Free,
    /// The object has no such field, or none that is a text.
    Missing,
}

fn plan(api: &Api, union: &Union) -> UnionPlan {
    let mut plan = UnionPlan { tag: choose_tag(api, union), ..UnionPlan::default() };
    let mut objects = Vec::new();
    for (index, variant) in union.variants.iter().enumerate() {
        match kind_of(api, &variant.ty) {
            JsonKind::String => plan.string.push(index),
            JsonKind::Number => plan.number.push(index),
            JsonKind::Boolean => plan.boolean.push(index),
            JsonKind::Array => plan.array.push(index),
            JsonKind::Object => objects.push(index),
        }
    }
    let Some(tag) = plan.tag.clone() else {
        plan.untagged = objects;
        return plan;
    };
    for &index in &objects {
        match tag_of(api, &union.variants[index].ty, &tag) {
            Tag::Values(values, optional) => {
                for value in values {
                    plan.tags.entry(value).or_default().push(index);
                }
                if optional || objects.len() == 1 {
                    plan.untagged.push(index);
                }
            }
            Tag::Free => {
                plan.untagged.push(index);
                plan.other.push(index);
            }
            Tag::Missing => plan.untagged.push(index),
        }
    }
    plan
}

/// The field that names the most variants by a known value.
fn choose_tag(api: &Api, union: &Union) -> Option<String> {
    let mut candidates: Vec<String> = union.discriminator.iter().cloned().collect();
    candidates.extend(USUAL_TAGS.iter().map(|tag| (*tag).to_owned()));
    for variant in &union.variants {
        if let Some(fields) = fields_of(api, &variant.ty) {
            candidates.extend(fields.iter().filter(|field| field.constant.is_some()).map(|field| field.wire.clone()));
        }
    }
    let mut best: Option<(usize, String)> = None;
    for tag in candidates {
        let known = union.variants.iter().filter(|v| matches!(tag_of(api, &v.ty, &tag), Tag::Values(..))).count();
        if known > best.as_ref().map_or(0, |(count, _)| *count) {
            best = Some((known, tag));
        }
    }
    best.map(|(_, tag)| tag)
}

fn tag_of(api: &Api, ty: &Ty, tag: &str) -> Tag {
    let Some(fields) = fields_of(api, ty) else {
        // A map or free object may hold anything under that name.
        return if kind_of(api, ty) == JsonKind::Object { Tag::Free } else { Tag::Missing };
    };
    let Some(field) = fields.iter().find(|field| field.wire == tag) else { return Tag::Missing };
    if let Some(value) = &field.constant {
        return Tag::Values(vec![value.clone()], !field.required);
    }
    match &field.ty {
        Ty::String => Tag::Free,
        Ty::Named(id) => match &api.get(*id).shape {
            Shape::Enum(values) => {
                Tag::Values(values.iter().map(|value| value.wire.clone()).collect(), !field.required)
            }
            _ => Tag::Missing,
        },
        _ => Tag::Missing,
    }
}

fn fields_of<'a>(api: &'a Api, ty: &Ty) -> Option<&'a Vec<crate::ir::Field>> {
    match ty {
        Ty::Boxed(inner) | Ty::Nullable(inner) => fields_of(api, inner),
        Ty::Named(id) => match &api.get(*id).shape {
            Shape::Object(fields) => Some(fields),
            _ => None,
        },
        _ => None,
    }
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum JsonKind {
    String,
    Number,
    Boolean,
    Array,
    Object,
}

fn kind_of(api: &Api, ty: &Ty) -> JsonKind {
    match ty {
        Ty::String | Ty::File => JsonKind::String,
        Ty::Integer | Ty::Number => JsonKind::Number,
        Ty::Boolean => JsonKind::Boolean,
        // In a union of more forms the text is another variant's.
        Ty::List(_) | Ty::Floats => JsonKind::Array,
        Ty::Map(_) | Ty::FreeObject | Ty::Any => JsonKind::Object,
        Ty::Boxed(inner) | Ty::Nullable(inner) => kind_of(api, inner),
        Ty::Named(id) => match &api.get(*id).shape {
            Shape::Enum(_) => JsonKind::String,
            Shape::Alias(ty) => kind_of(api, ty),
            Shape::Object(_) | Shape::Union(_) => JsonKind::Object,
        },
    }
}

/// A variant is named by its tag where that is its own, else by its type.
fn variant_names(api: &Api, owner: &str, union: &Union, plan: &UnionPlan) -> Vec<RustIdent> {
    let lists = plan.array.len();
    let mut taken = BTreeSet::new();
    let mut names = Vec::new();
    for (index, variant) in union.variants.iter().enumerate() {
        let mut tags = plan.tags.iter().filter(|(_, candidates)| candidates.contains(&index));
        let name = match (tags.next(), tags.next()) {
            (Some((tag, candidates)), None) if candidates.len() == 1 => RustIdent::variant(tag),
            _ => RustIdent::variant(&type_step(api, owner, variant.label.as_ref(), &variant.ty, lists > 1)),
        };
        let mut unique = name.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = RustIdent::variant(&format!("{name}{number}"));
            number += 1;
        }
        names.push(unique);
    }
    names
}

fn type_step(api: &Api, owner: &str, label: Option<&TypeName>, ty: &Ty, several_lists: bool) -> String {
    match ty {
        Ty::String => "Text".into(),
        Ty::Integer => "Integer".into(),
        Ty::Number => "Number".into(),
        Ty::Boolean => "Boolean".into(),
        Ty::File => "File".into(),
        Ty::Floats => "Floats".into(),
        Ty::Any | Ty::FreeObject => "Object".into(),
        Ty::Map(_) => "Map".into(),
        Ty::List(inner) if several_lists => format!("{}List", type_step(api, owner, label, inner, true)),
        Ty::List(_) => "List".into(),
        Ty::Boxed(inner) | Ty::Nullable(inner) => type_step(api, owner, label, inner, several_lists),
        Ty::Named(id) => {
            // A name after the place in the union says nothing beside the union's.
            let label = label.filter(|label| !label.as_str().ends_with("Variant"));
            let name = label.unwrap_or(&api.get(*id).name).as_str();
            let rest = name.strip_prefix(owner).filter(|rest| rest.starts_with(|c: char| c.is_ascii_uppercase()));
            rest.unwrap_or(name).to_owned()
        }
    }
}
