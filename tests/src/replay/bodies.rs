//! Bodies that `tests/bodies/make.py` makes from the types of the official client.

use std::fs;
use std::path::Path;

use openai_raw::index::{OPERATIONS, WEBHOOKS};
use serde_json::Value;

use super::report::{Outcome, Report, RoundTrip};
use crate::generated::schemas::SCHEMAS;

/// Plays a file of bodies, one JSON object a line: `type`, `to` (its places) and `body`.
///
/// # Errors
/// The file can't be read, or a line is no such object.
pub fn play(file: &Path) -> Result<Report, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut report = Report::default();
    for (index, line) in text.lines().enumerate() {
        let entry: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
        let body = &entry["body"];
        for place in entry["to"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut outcome = Outcome::new();
            let line = format!("{place} (line {})", index + 1);
            match trip_of(place, body) {
                Some(trip) => report.play(&mut outcome, &line, trip, body),
                None => report.fail(&mut outcome, &line, "no such place in the index"),
            }
            report.count(place, &outcome);
        }
    }
    Ok(report)
}

/// The type of a place: `request chat.completions.create`, `schema RealtimeServerEvent`, `webhook`.
fn trip_of(place: &str, body: &Value) -> Option<RoundTrip> {
    let (kind, name) = place.split_once(' ').unwrap_or((place, ""));
    if kind == "webhook" {
        let event = body["type"].as_str()?.replace('.', "_");
        return WEBHOOKS.iter().find(|webhook| webhook.event == event).map(|webhook| webhook.payload);
    }
    if kind == "schema" {
        return SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, trip)| *trip);
    }
    let (resource, verb) = name.rsplit_once('.')?;
    let operation = OPERATIONS.iter().find(|operation| operation.resource == resource && operation.verb == verb)?;
    match kind {
        "request" => operation.request,
        "event" => operation.event,
        _ => operation.response,
    }
}
