//! Which types are needed, by which areas, and in which direction.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Names;
use crate::ir::{Api, Response, Shape, Ty, TypeId};

/// Marks every type that an operation, a webhook or a root reaches.
pub(super) fn run(api: &mut Api, names: &Names) {
    for def in &mut api.types {
        def.areas.clear();
        def.in_request = false;
        def.in_response = false;
    }
    for (area, start, request) in starts(api, names) {
        mark(api, &area, start, request);
    }
}

fn starts(api: &Api, names: &Names) -> Vec<(String, TypeId, bool)> {
    let mut starts = Vec::new();
    for operation in &api.operations {
        let area = &operation.area;
        let mut add = |ty: &Ty, request: bool| starts.extend(ty.named().map(|id| (area.clone(), id, request)));
        operation.parameters.iter().for_each(|parameter| add(&parameter.field.ty, true));
        if let Some(body) = &operation.body {
            add(&body.ty, true);
        }
        if let Response::Json(ty) = &operation.response {
            add(ty, false);
        }
        if let Some(stream) = &operation.stream {
            add(&stream.event, false);
        }
    }
    starts.extend(api.webhooks.iter().map(|(_, id)| ("webhooks".to_owned(), *id, false)));
    starts.extend(api.webhook_event.map(|id| ("webhooks".to_owned(), id, false)));
    for root in &names.roots {
        if let Some(id) = api.components.get(&root.schema) {
            // What a client sends over a socket is made by hand, as a request is.
            starts.push((root.area.clone(), *id, root.schema.contains("Client") || root.schema.contains("Param")));
        }
    }
    starts
}

fn mark(api: &mut Api, area: &str, start: TypeId, request: bool) {
    let mut open = vec![start];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if !seen.insert(id) {
            continue;
        }
        if let Shape::Alias(ty) = &api.get(id).shape {
            // It is not emitted itself.
            open.extend(ty.named());
            continue;
        }
        let def = api.get_mut(id);
        def.areas.insert(area.to_owned());
        def.in_request |= request;
        def.in_response |= !request;
        open.extend(references(&def.shape));
    }
}

/// The number of steps from each area's operations, webhooks and roots to each type that they reach.
#[must_use]
pub fn distances(api: &Api, names: &Names) -> BTreeMap<String, BTreeMap<TypeId, usize>> {
    let mut starts_of: BTreeMap<String, Vec<TypeId>> = BTreeMap::new();
    for (area, start, _) in starts(api, names) {
        starts_of.entry(area).or_default().push(start);
    }
    let nearest = |starts: Vec<TypeId>| {
        let mut known = BTreeMap::new();
        let mut next = starts;
        for distance in 0.. {
            next.retain(|id| !known.contains_key(id));
            known.extend(next.iter().map(|id| (*id, distance)));
            if next.is_empty() {
                break;
            }
            next = next.iter().flat_map(|id| references(&api.get(*id).shape)).collect();
        }
        known
    };
    starts_of.into_iter().map(|(area, starts)| (area, nearest(starts))).collect()
}

/// The types that a shape refers to; a constant's type is none, for it is not emitted.
#[must_use]
pub fn references(shape: &Shape) -> Vec<TypeId> {
    match shape {
        Shape::Object(fields) => {
            fields.iter().filter(|field| field.constant.is_none()).filter_map(|field| field.ty.named()).collect()
        }
        Shape::Union(union) => union.variants.iter().filter_map(|variant| variant.ty.named()).collect(),
        Shape::Alias(ty) => ty.named().into_iter().collect(),
        Shape::Enum(_) => Vec::new(),
    }
}
