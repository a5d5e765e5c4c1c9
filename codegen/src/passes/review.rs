//! Decisions of rules that a maintainer has to confirm: names that say nothing, streams without an end, new areas.

use std::collections::BTreeSet;

use super::report::PassReport;
use crate::config::Names;
use crate::ir::{Api, Operation, Response, SchemaOrigin, Shape, Ty, TypeDef};

/// States of what goes on by itself.
const PENDING: &[&str] = &["in_progress", "pending", "processing", "queued", "running", "validating"];

/// Reports what names.toml should say.
pub(super) fn run(api: &Api, names: &Names, report: &mut PassReport) {
    review_types(api, names, report);
    for operation in &api.operations {
        review_streams(operation, names, report);
        if let Some(state) = pending_state(api, operation).filter(|_| operation.polling.is_none()) {
            report.to_do(format!(
                "polling: {} answers a status that may be {state}, but it has no [polling] in names.toml",
                operation.id
            ));
        }
    }
    let areas: BTreeSet<&str> = api.operations.iter().map(|operation| operation.area.as_str()).collect();
    let order = &names.areas.order;
    for area in areas.into_iter().filter(|area| !order.is_empty() && !order.iter().any(|known| known == area)) {
        report.to_do(format!("areas: {area} is not in `order` of [areas] in names.toml"));
    }
}

fn review_types(api: &Api, names: &Names, report: &mut PassReport) {
    let chosen: BTreeSet<&str> = names.types.values().chain(names.inline.values()).map(String::as_str).collect();
    for def in api.types.iter().filter(|def| !def.areas.is_empty() && !chosen.contains(def.name.as_str())) {
        if let Some(problem) = problem(def) {
            report.to_do(format!("naming: {} {problem}; name it in names.toml", def.name));
        }
    }
}

fn review_streams(operation: &Operation, names: &Names, report: &mut PassReport) {
    let has_events = operation.response_media.iter().any(|media| media == "text/event-stream");
    if has_events && operation.stream.is_none() {
        report.to_do(format!("streams: {} answers events but has no `stream` in names.toml", operation.id));
    }
    let unnamed = names.operations.get(&operation.id).is_some_and(|name| name.done.is_none());
    if operation.stream.is_some() && unnamed {
        report.to_do(format!("streams: {} has no `done` in names.toml, so `[DONE]` ends it", operation.id));
    }
}

/// A state that gives way to others by itself, of the object that an operation fetches.
fn pending_state<'a>(api: &'a Api, operation: &Operation) -> Option<&'a str> {
    let Response::Json(Ty::Named(id)) = &operation.response else { return None };
    if operation.method != "GET" || !operation.path.ends_with('}') {
        return None;
    }
    let Shape::Object(fields) = &api.get(*id).shape else { return None };
    let status = fields.iter().find(|field| field.wire == "status")?;
    let Shape::Enum(values) = &api.get(status.ty.named()?).shape else { return None };
    values.iter().map(|value| value.wire.as_str()).find(|value| PENDING.contains(value))
}

/// The defect of a name that a rule made.
fn problem(def: &TypeDef) -> Option<&'static str> {
    let name = def.name.as_str();
    let numbered = |word: &str| {
        name.match_indices(word).any(|(at, _)| name[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    if let SchemaOrigin::Component(schema) = &def.origin {
        let number = schema.rsplit_once('-').map(|(_, number)| number.parse::<u32>());
        let is_numbered = matches!(number, Some(Ok(_))) || numbered("Member");
        return (is_numbered && def.own_name.is_none()).then_some("is numbered by the document");
    }
    let is_place = name.contains("Variant") || name.contains("Union") || numbered("Member");
    is_place.then_some("is named after its place in a union")
}
