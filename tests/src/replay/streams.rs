//! Recorded event streams: every event through its type. (What the events add up to is the accumulators' matter.)

use std::fs;
use std::path::Path;

use openai_raw::index::OPERATIONS;
use serde_json::{Value, json};

use super::report::{Outcome, Report};
use super::sse;

/// Plays the streams that `index.json` of a folder lists.
///
/// # Errors
/// The folder has no readable `index.json`.
pub fn play(folder: &Path) -> Result<Report, String> {
    let path = folder.join("index.json");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let index: Value = serde_json::from_str(&text).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut report = Report::default();
    for entry in index.as_array().into_iter().flatten() {
        let text = |name: &str| entry.get(name).and_then(Value::as_str).unwrap_or_default();
        let Some(operation) = OPERATIONS.iter().find(|operation| operation.id == text("operation")) else { continue };
        let (Some(trip), name) = (operation.event, text("name")) else { continue };
        let Ok(stream) = fs::read_to_string(folder.join(format!("{name}.sse"))) else { continue };
        let mut outcome = Outcome::new();
        for (index, (event, data)) in sse::events(&stream).into_iter().enumerate() {
            let Ok(mut value) = serde_json::from_str::<Value>(&data) else { continue };
            // An error ends a stream and is no event of it.
            if value.get("error").is_some_and(|error| !error.is_null()) || value.get("type") == Some(&json!("error")) {
                continue;
            }
            if operation.enveloped {
                value = json!({ "event": event, "data": value });
            }
            report.play(&mut outcome, &format!("{name} event {index}"), trip, &value);
        }
        report.count(operation.id, &outcome);
    }
    Ok(report)
}
