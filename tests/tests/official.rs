//! Facts of the official SDK of 2026-11-19 that are tables: event types, enum values and request fields. The data is not in
//! this repository; without it these say so. `cargo xtask bodies` asks the SDK itself, and more.

use std::collections::BTreeSet;
use std::fs;

use acceptance::schemas::SCHEMAS;
use openai_raw::index::{OPERATIONS, RoundTrip, WEBHOOKS};
use openai_raw::openai_runtime::json::collect_unknown;
use serde_json::{Value, json};

/// The lines of a table of `../shared/facts/sdk-3.57`, but for its head; `None` if it is not there.
fn table(name: &str) -> Option<Vec<Vec<String>>> {
    let path = format!("{}/../../shared/facts/sdk-3.57/{name}", env!("CARGO_MANIFEST_DIR"));
    let Ok(text) = fs::read_to_string(&path) else {
        println!("skipped: {path} is not there");
        return None;
    };
    Some(text.lines().skip(1).map(|row| row.split('\t').map(str::to_owned).collect()).collect())
}

/// Says if a type knows a tag: the body of nothing but the tag holds nothing unknown.
fn knows(trip: RoundTrip, tag: &str, value: &str) -> bool {
    let body = json!({ tag: value }).to_string();
    let (written, unknown) = collect_unknown(|| trip(body.as_bytes()));
    written.is_ok() && unknown.values.is_empty() && unknown.members.is_empty()
}

/// The types that a tag chooses in, or that have one tag only: a tag that nobody has is unknown to them.
fn choosers(trips: impl Iterator<Item = RoundTrip>, tag: &'static str) -> Vec<RoundTrip> {
    trips.filter(|trip| !knows(*trip, tag, "no such tag")).collect()
}

/// Tags that no union of ours has, each with its reason.
const UNTYPED: [(&str, &str); 7] = [
    ("invalid_request_error", "a constant inside an event"),
    ("submit_tool_outputs", "a constant inside a run"),
    ("template", "a constant inside a data source"),
    ("response.audio_transcript.delta", BETA),
    ("response.audio_transcript.done", BETA),
    ("response.text.delta", BETA),
    ("response.text.done", BETA),
];

const BETA: &str = "the beta of realtime is retired, and the document has the names that its events have since";

#[test]
fn each_event_type_is_a_tag_of_a_type() {
    let Some(rows) = table("events.tsv") else { return };
    let events = OPERATIONS.iter().filter_map(|operation| operation.event);
    let trips =
        events.chain(WEBHOOKS.iter().map(|webhook| webhook.payload)).chain(SCHEMAS.iter().map(|(_, trip)| *trip));
    let trips: Vec<RoundTrip> = trips.collect();
    let (typed, named) = (choosers(trips.iter().copied(), "type"), choosers(trips.iter().copied(), "event"));
    let mut missing = Vec::new();
    for row in &rows {
        let [_, family, value, schemas, _] = &row[..] else { panic!("{row:?}") };
        let known = typed.iter().any(|trip| knows(*trip, "type", value))
            || named.iter().any(|trip| knows(*trip, "event", value));
        assert!(
            !known || !UNTYPED.iter().any(|(untyped, _)| untyped == value),
            "{value} is typed; take it out of UNTYPED"
        );
        if !known && !UNTYPED.iter().any(|(untyped, _)| untyped == value) {
            missing.push(format!("{family} {value} ({schemas})"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(rows.len(), 467);
}

#[test]
fn each_new_enum_value_is_in_the_document() {
    let Some(rows) = table("enums.tsv") else { return };
    let mut known = BTreeSet::new();
    values(&acceptance::document().unwrap(), &mut known);
    let mut compared = 0;
    let mut missing = Vec::new();
    for row in &rows {
        for value in row[1].split(',').filter(|value| !value.is_empty()) {
            compared += 1;
            if !known.contains(value) {
                missing.push(format!("{}: {value}", row[0]));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert!(compared > 400, "{compared}");
}

/// All values of all enums of a document.
fn values(document: &Value, known: &mut BTreeSet<String>) {
    match document {
        Value::Object(members) => {
            let list = members.get("enum").and_then(Value::as_array).into_iter().flatten();
            known.extend(list.filter_map(Value::as_str).map(str::to_owned));
            members.values().for_each(|member| values(member, known));
        }
        Value::Array(items) => items.iter().for_each(|item| values(item, known)),
        _ => {}
    }
}

#[test]
fn each_request_field_is_in_its_operation() {
    let Some(rows) = table("requests.tsv") else { return };
    let document = acceptance::document().unwrap();
    let mut missing = Vec::new();
    for row in &rows {
        let [operation, _, field, ..] = &row[..] else { panic!("{row:?}") };
        let (method, path) = operation.split_once(' ').unwrap();
        let bare = |path: &str| {
            path.split('/').map(|part| if part.starts_with('{') { "{}" } else { part }).collect::<Vec<_>>().join("/")
        };
        let item = document["paths"].as_object().into_iter().flatten().find(|(known, _)| bare(known) == path);
        let source = &item.map_or(&Value::Null, |(_, item)| item)[method.to_lowercase()];
        let mut names = BTreeSet::new();
        let mut seen = BTreeSet::new();
        reach(&document, &source["requestBody"], &mut names, &mut seen);
        reach(&document, &source["parameters"], &mut names, &mut seen);
        let parameters = source["parameters"].as_array().into_iter().flatten();
        names.extend(parameters.filter_map(|parameter| parameter["name"].as_str()).map(str::to_owned));
        let name = field.rsplit(['.', ':']).next().unwrap_or_default();
        let name = name.split(['[', '<', '{']).next().unwrap_or_default();
        if !names.contains(name) {
            missing.push(format!("{operation} {field}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    assert_eq!(rows.len(), 438);
}

/// The names of all properties that a schema has in any depth.
fn reach(document: &Value, schema: &Value, names: &mut BTreeSet<String>, seen: &mut BTreeSet<String>) {
    match schema {
        Value::Object(members) => {
            if let Some(target) = members.get("$ref").and_then(Value::as_str)
                && seen.insert(target.to_owned())
            {
                reach(document, document.pointer(&target[1..]).unwrap_or(&Value::Null), names, seen);
            }
            let properties = members.get("properties").and_then(Value::as_object).into_iter().flatten();
            names.extend(properties.map(|(name, _)| name.clone()));
            members.values().for_each(|member| reach(document, member, names, seen));
        }
        Value::Array(items) => items.iter().for_each(|item| reach(document, item, names, seen)),
        _ => {}
    }
}
