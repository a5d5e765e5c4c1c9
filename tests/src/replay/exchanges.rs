//! Recorded exchanges with the real API.

use std::fs;
use std::path::{Path, PathBuf};

use openai_raw::index::OperationEntry;
use serde_json::{Value, json};

use super::report::{Outcome, Report};
use super::{multipart, route, sse};

/// Plays every `.json` file below a folder.
///
/// # Errors
/// The folder or a file can't be read, or a file is no list of exchanges.
pub fn play(folder: &Path) -> Result<Report, String> {
    let mut files = Vec::new();
    collect(folder, &mut files)?;
    files.sort();
    let mut report = Report::default();
    for file in files {
        let text = fs::read_to_string(&file).map_err(|error| format!("{}: {error}", file.display()))?;
        let exchanges: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", file.display()))?;
        let exchanges = exchanges.as_array().ok_or_else(|| format!("{}: expected a list", file.display()))?;
        let name = file.strip_prefix(folder).unwrap_or(&file).display().to_string();
        for (index, exchange) in exchanges.iter().enumerate() {
            one(&mut report, &format!("{name}#{index}"), exchange);
        }
    }
    Ok(report)
}

fn collect(folder: &Path, out: &mut Vec<PathBuf>) -> Result<(), String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}", folder.display()))?;
    for entry in entries {
        let path = entry.map_err(|error| format!("{}: {error}", folder.display()))?.path();
        if path.is_dir() {
            collect(&path, out)?;
        } else if path.extension().is_some_and(|extension| extension == "json") {
            out.push(path);
        }
    }
    Ok(())
}

fn one(report: &mut Report, place: &str, exchange: &Value) {
    let text = |name: &str| exchange.get(name).and_then(Value::as_str).unwrap_or_default();
    let (method, path) = (text("method"), text("path"));
    let place = format!("{place} {method} {path}");
    let mut outcome = Outcome::new();
    let Some(operation) = route::find(method, path, text("query")) else {
        report.fail(&mut outcome, &place, "no operation has this method and path");
        report.count(&format!("{method} {path}"), &outcome);
        return;
    };
    let request = exchange.get("request").unwrap_or(&Value::Null);
    let multipart = match request {
        Value::Array(pieces) => multipart::to_json(text("content_type"), pieces),
        _ => None,
    };
    let request = multipart.as_ref().unwrap_or(request);
    if !request.is_null() {
        match operation.request {
            Some(trip) => report.play(&mut outcome, &format!("{place} request"), trip, request),
            None => report.fail(&mut outcome, &place, "the operation has no request body"),
        }
    }
    response(report, &mut outcome, &place, operation, exchange);
    report.count(operation.id, &outcome);
}

fn response(report: &mut Report, outcome: &mut Outcome, place: &str, operation: &OperationEntry, exchange: &Value) {
    let status = exchange.get("status").and_then(Value::as_u64).unwrap_or(200);
    let media = exchange.pointer("/response_headers/content-type").and_then(Value::as_str).unwrap_or_default();
    let body = exchange.get("response").unwrap_or(&Value::Null);
    let place = format!("{place} response {status}");
    if status >= 400 {
        error_body(report, outcome, &place, body);
    } else if media.starts_with("text/event-stream") {
        stream(report, outcome, &place, operation, body);
    } else if body.is_null() {
        // Nothing came, or the recording left it out.
    } else if media.starts_with("application/json") {
        match operation.response {
            Some(trip) => report.play(outcome, &place, trip, body),
            // A body where the document promises none is no loss: it stays reachable as bytes.
            None if operation.response_media.is_empty() || body.is_string() => {}
            None => report.fail(outcome, &place, "the operation has no JSON response"),
        }
    } else if let (true, Some(trip)) = (media.starts_with("text/"), operation.response) {
        // The client hands text to a type as a JSON string.
        report.play(outcome, &place, trip, &Value::String(joined(body)));
    }
}

/// Errors have one form for all operations; the runtime reads it.
fn error_body(report: &mut Report, outcome: &mut Outcome, place: &str, body: &Value) {
    match body.pointer("/error/message") {
        Some(Value::String(_)) => {}
        _ => report.fail(outcome, place, "no error message in the body"),
    }
}

fn stream(report: &mut Report, outcome: &mut Outcome, place: &str, operation: &OperationEntry, body: &Value) {
    let Some(trip) = operation.event else {
        return report.fail(outcome, place, "the operation does not stream");
    };
    for (index, (name, data)) in sse::events(&joined(body)).into_iter().enumerate() {
        let place = format!("{place} event {index}");
        if operation.enveloped {
            let data = serde_json::from_str(&data).unwrap_or(Value::String(data));
            report.play(outcome, &place, trip, &json!({ "event": name, "data": data }));
        } else if data != "[DONE]" {
            match serde_json::from_str::<Value>(&data) {
                Ok(event) => report.play(outcome, &place, trip, &event),
                Err(error) => report.fail(outcome, &place, &format!("the recorded data is no JSON: {error}")),
            }
        }
    }
}

/// A recorded text is a list of pieces, or one text.
fn joined(body: &Value) -> String {
    match body {
        Value::Array(pieces) => pieces.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.clone(),
        other => other.to_string(),
    }
}
