//! The `x-oaiMeta` examples of an upstream document.

use std::fs;
use std::path::Path;

use openai_raw::index::{OPERATIONS, OperationEntry};
use serde_json::{Value, json};

use super::report::{Outcome, Report};
use super::{curl, repair, sse};
use crate::generated::schemas::SCHEMAS;

/// Plays all examples of a document: responses, stream events and curl requests of operations, values of schemas.
///
/// # Errors
/// The file can't be read, or is no YAML.
pub fn play(file: &Path) -> Result<Report, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let document = openai_codegen::yaml::parse(&text).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut report = Report::default();
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for (_, source) in item.as_object().into_iter().flatten() {
            let id = source.get("operationId").and_then(Value::as_str).unwrap_or_default();
            let operation = OPERATIONS.iter().find(|operation| operation.id == id);
            if let (Some(operation), Some(examples)) = (operation, source.pointer("/x-oaiMeta/examples")) {
                let single = [examples.clone()];
                let examples = examples.as_array().map_or(&single[..], Vec::as_slice);
                for (index, example) in examples.iter().enumerate() {
                    operation_example(&mut report, &format!("{path} {id}#{index}"), operation, example);
                }
            }
        }
    }
    for (name, schema) in document.pointer("/components/schemas").and_then(Value::as_object).into_iter().flatten() {
        let example = schema.pointer("/x-oaiMeta/example");
        let trip = SCHEMAS.iter().find(|(known, _)| known == name).map(|(_, trip)| *trip);
        if let (Some(example), Some(trip)) = (example, trip) {
            let Some(value) = json_of(example) else { continue };
            let mut outcome = Outcome::new();
            report.play(&mut outcome, &format!("schema {name}"), trip, &value);
            report.count(name, &outcome);
        }
    }
    Ok(report)
}

fn operation_example(report: &mut Report, place: &str, operation: &OperationEntry, example: &Value) {
    for request in curl::bodies(example.pointer("/request/curl").and_then(Value::as_str).unwrap_or_default()) {
        if let Some(trip) = operation.request {
            let mut outcome = Outcome::new();
            report.play(&mut outcome, &format!("{place} request"), trip, &request);
            report.count(operation.id, &outcome);
        }
    }
    let Some(response) = example.get("response").or(Some(example)).filter(|value| value.is_string()) else { return };
    let text = response.as_str().unwrap_or_default();
    let mut outcome = Outcome::new();
    if let Some(events) = stream_of(operation, text) {
        for (index, event) in events.iter().enumerate() {
            if let Some(trip) = operation.event {
                report.play(&mut outcome, &format!("{place} event {index}"), trip, event);
            }
        }
        report.count(operation.id, &outcome);
    } else if let (Some(value), Some(trip)) = (json_of(response), operation.response) {
        report.play(&mut outcome, &format!("{place} response"), trip, &value);
        report.count(operation.id, &outcome);
    }
}

/// The events of an example that shows a stream: as it is on the wire, or one JSON text a line.
fn stream_of(operation: &OperationEntry, text: &str) -> Option<Vec<Value>> {
    operation.event?;
    let events = sse::events(text);
    if !events.is_empty() {
        return Some(
            events
                .into_iter()
                .filter_map(|(name, data)| {
                    // Some data of the document's own examples is no JSON; that says nothing about the types.
                    let marker = (data == "[DONE]").then(|| Value::String(data.clone()));
                    let value = json_of(&Value::String(data)).or(marker)?;
                    match operation.enveloped {
                        true => Some(json!({ "event": name, "data": value })),
                        false => Some(value).filter(Value::is_object),
                    }
                })
                .collect(),
        );
    }
    let lines: Vec<Value> = text.lines().filter_map(|line| serde_json::from_str(line.trim()).ok()).collect();
    let is_event = |value: &Value| {
        value.pointer("/object").is_some_and(|object| object.as_str().is_some_and(|object| object.ends_with(".chunk")))
    };
    (lines.len() > 1 && lines.iter().all(is_event)).then_some(lines)
}

/// The JSON of an example; a few are written by hand with comments or stray commas, and some are no JSON at all.
fn json_of(example: &Value) -> Option<Value> {
    match example {
        Value::String(text) => serde_json::from_str(text).ok().or_else(|| repair::parse(text)),
        Value::Null => None,
        other => Some(other.clone()),
    }
}
