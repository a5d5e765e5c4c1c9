//! Which type goes into which file, and behind which features.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Names;
use crate::ir::{Api, Shape, TypeId};
use crate::passes::references;

/// A type that so many areas use is always compiled: a gate of that many names helps nobody.
const COMMON: usize = 4;

/// A file of types.
#[derive(Debug, Default)]
pub(super) struct Group {
    /// The module's name.
    pub module: String,
    /// The features that need it; empty if it is always there.
    pub areas: Vec<String>,
    /// Its types, in the order they are used.
    pub types: Vec<TypeId>,
    /// Its aliases, by index.
    pub aliases: Vec<usize>,
}

/// A file longer than this is no longer one that a person reads.
const MOST_LINES: usize = 1700;

/// Groups all emitted types: same features and same direction, same file.
pub(super) fn group(api: &Api, names: &Names) -> Vec<Group> {
    let mut groups: BTreeMap<String, Group> = BTreeMap::new();
    for id in in_order_of_use(api) {
        let def = api.get(id);
        let areas = ordered(&def.areas, names);
        let role = match (def.in_request, def.in_response) {
            (true, false) => "params",
            (false, _) => "results",
            (true, true) => "shared",
        };
        let entry = groups.entry(key(&areas, role));
        let group = entry.or_insert_with(|| Group { areas: gate(&areas), ..Group::default() });
        group.types.push(id);
    }
    let alias_areas = api.aliases.iter().map(|alias| ordered(&alias.areas, names));
    for (index, areas) in alias_areas.enumerate() {
        let entry = groups.entry(key(&areas, "aliases"));
        entry.or_insert_with(|| Group { areas: gate(&areas), ..Group::default() }).aliases.push(index);
    }
    groups.into_iter().flat_map(|(key, group)| split(api, key, group)).collect()
}

fn key(areas: &[String], role: &str) -> String {
    if areas.len() >= COMMON { format!("common_{role}") } else { format!("{}_{role}", areas.join("_")) }
}

fn gate(areas: &[String]) -> Vec<String> {
    if areas.len() >= COMMON { Vec::new() } else { areas.to_vec() }
}

fn ordered(areas: &BTreeSet<String>, names: &Names) -> Vec<String> {
    let position = |area: &String| names.areas.order.iter().position(|known| known == area).unwrap_or(usize::MAX);
    let mut out: Vec<String> = areas.iter().cloned().collect();
    out.sort_by_key(|area| (position(area), area.clone()));
    out
}

/// Splits a group that is too long for one file into numbered ones of about the same length.
fn split(api: &Api, key: String, group: Group) -> Vec<Group> {
    let total: usize = group.types.iter().map(|id| lines_of(api, *id)).sum();
    let parts = total.div_ceil(MOST_LINES).max(1);
    if parts == 1 {
        return vec![Group { module: key, ..group }];
    }
    let mut out: Vec<Group> = Vec::new();
    let mut before = 0;
    for id in group.types {
        let part = before * parts / total.max(1);
        if out.len() <= part {
            out.push(Group {
                module: format!("{key}_{}", out.len() + 1),
                areas: group.areas.clone(),
                ..Group::default()
            });
        }
        if let Some(last) = out.last_mut() {
            last.types.push(id);
        }
        before += lines_of(api, id);
    }
    out
}

/// About how many lines a type takes: a request's fields have a setter each.
fn lines_of(api: &Api, id: TypeId) -> usize {
    let def = api.get(id);
    match &def.shape {
        Shape::Object(fields) => 14 + fields.len() * if def.in_request { 10 } else { 3 },
        Shape::Union(union) => 14 + union.variants.len() * if def.in_request { 18 } else { 4 },
        Shape::Enum(values) => 10 + values.len() * 3,
        Shape::Alias(_) => 0,
    }
}

/// All emitted types, each before the types that it is the first to use.
fn in_order_of_use(api: &Api) -> Vec<TypeId> {
    let mut starts = Vec::new();
    for operation in &api.operations {
        starts.extend(operation.parameters.iter().filter_map(|parameter| parameter.field.ty.named()));
        starts.extend(operation.body.iter().filter_map(|body| body.ty.named()));
        if let crate::ir::Response::Json(ty) = &operation.response {
            starts.extend(ty.named());
        }
        starts.extend(operation.stream.iter().filter_map(|stream| stream.event.named()));
    }
    starts.extend(api.ids());
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for start in starts {
        visit(api, start, &mut seen, &mut out);
    }
    out
}

fn visit(api: &Api, start: TypeId, seen: &mut BTreeSet<TypeId>, out: &mut Vec<TypeId>) {
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if api.get(id).areas.is_empty() || !seen.insert(id) {
            continue;
        }
        out.push(id);
        let mut next = references(&api.get(id).shape);
        next.reverse();
        open.extend(next);
    }
}
