//! Which type goes into which file, and behind which features.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Names;
use crate::ir::{Api, TypeId};
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

/// About as many types make a file of 2,000 lines.
const FULL: usize = 60;

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
    groups.into_iter().flat_map(|(key, group)| split(key, group)).collect()
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

/// Splits a group that is too long for one file into numbered ones.
fn split(key: String, group: Group) -> Vec<Group> {
    let parts = group.types.len().div_ceil(FULL).max(1);
    let size = group.types.len().div_ceil(parts).max(1);
    let mut out = Vec::new();
    for part in 0..parts {
        let module = if parts == 1 { key.clone() } else { format!("{key}_{}", part + 1) };
        let types: Vec<TypeId> = group.types.iter().copied().skip(part * size).take(size).collect();
        let aliases = if part == 0 { group.aliases.clone() } else { Vec::new() };
        out.push(Group { module, areas: group.areas.clone(), types, aliases });
    }
    out
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
