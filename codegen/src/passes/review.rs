//! What a rule decided and a maintainer has to confirm: names that say nothing, streams without an end, new areas.

use std::collections::BTreeSet;

use super::report::PassReport;
use crate::config::Names;
use crate::ir::{Api, SchemaOrigin, TypeDef};

/// Reports what names.toml should say.
pub(super) fn run(api: &Api, names: &Names, report: &mut PassReport) {
    let chosen: BTreeSet<&str> = names.types.values().chain(names.inline.values()).map(String::as_str).collect();
    for def in api.types.iter().filter(|def| !def.areas.is_empty() && !chosen.contains(def.name.as_str())) {
        if let Some(problem) = problem(def) {
            report.to_do(format!("naming: {} {problem}; name it in names.toml", def.name));
        }
    }
    for operation in &api.operations {
        let has_events = operation.response_media.iter().any(|media| media == "text/event-stream");
        if has_events && operation.stream.is_none() {
            report.to_do(format!("streams: {} answers events but has no `stream` in names.toml", operation.id));
        }
        let unnamed = names.operations.get(&operation.id).is_some_and(|name| name.done.is_none());
        if operation.stream.is_some() && unnamed {
            report.to_do(format!("streams: {} has no `done` in names.toml, so `[DONE]` ends it", operation.id));
        }
    }
    let areas: BTreeSet<&str> = api.operations.iter().map(|operation| operation.area.as_str()).collect();
    for area in areas
        .into_iter()
        .filter(|area| !names.areas.order.is_empty() && !names.areas.order.iter().any(|known| known == area))
    {
        report.to_do(format!("areas: {area} is not in `order` of [areas] in names.toml"));
    }
}

/// What is wrong with a name that a rule made.
fn problem(def: &TypeDef) -> Option<&'static str> {
    let name = def.name.as_str();
    let numbered = |word: &str| {
        name.match_indices(word).any(|(at, _)| name[at + word.len()..].starts_with(|c: char| c.is_ascii_digit()))
    };
    if let SchemaOrigin::Component(schema) = &def.origin {
        let number = schema.rsplit_once('-').map(|(_, number)| number.parse::<u32>());
        return (matches!(number, Some(Ok(_))) || numbered("Member")).then_some("is numbered by the document");
    }
    let is_place = name.contains("Variant") || name.contains("Union") || numbered("Member");
    is_place.then_some("is named after its place in a union")
}
