//! Bodies that `tests/bodies/make.py` makes from the types of the official client.

use std::fs;
use std::path::Path;

use openai_raw::index::{OPERATIONS, OperationEntry, WEBHOOKS};
use openai_raw::openai_runtime::Paging;
use serde_json::Value;

use super::report::{Outcome, Report, RoundTrip, matches};
use crate::generated::schemas::SCHEMAS;

/// Members and values of the official types that ours lack, each with the reason: `Type.member`, or `place: value`, with
/// `*` for any text.
/// The members are in `extra`, and the values in `Unknown`, so that nothing is lost.
pub const KNOWN: &[(&str, &str)] = &[
    ("*Response*Event.stream_id", "the events of sockets have the types of the events of streams, which have no lanes"),
    ("*Response*ToolCallOutput.created_by", "items of a compacted response are those of an input in the document"),
    ("*ResponseCustomToolCallOutput.status", "items of a compacted response are those of an input in the document"),
    (
        "ChatCompletionStoreMessageContentPart.prompt_cache_breakpoint",
        "it is of requests, and this is a stored message",
    ),
    ("RealtimeBeta*SessionCreate*", "the beta of realtime is retired; the document has the forms of its end"),
    ("RealtimeSessionTurnDetection.*", "the beta of realtime is retired"),
    ("RealtimeBetaClientSecret.*", "the beta of realtime is retired"),
    ("request beta.realtime.transcription_sessions.create: *", "any string to the official client, an enum to us"),
    ("VectorStoreFileBatch.object", "the server says `vector_store.file_batch` as well as the document's constant"),
    (
        "*fine_tuning.*: *",
        "the server has a map of graders in a multi grader, as the document; the official types have one",
    ),
    (
        "request beta.assistants.create: *",
        "the document has the models of assistants, the official types those of chat",
    ),
    (
        "request beta.threads.create_and_run: *",
        "the document has the models of assistants, the official types those of chat",
    ),
    (
        "request beta.threads.runs.create: *",
        "the document has the models of assistants, the official types those of chat",
    ),
    (
        "request images.create_variation: *",
        "the document has the one model of variations, the official types all of images",
    ),
    ("request images.edit: dall-e-3", "the document has the models of edits, the official types all of images"),
    ("*: {\"any\":[1]}", "any object is a nested filter to the official types"),
];

/// Plays a file of bodies, one JSON object a line: `type`, `to` (its places) and `body`.
///
/// A member that our types do not know and [`KNOWN`] does not name is a failure, as is an entry of it that nothing needs.
///
/// # Errors
/// The file can't be read, or a line is no such object.
pub fn play(file: &Path) -> Result<Report, String> {
    let text = fs::read_to_string(file).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut report = Report { argued: KNOWN, ..Report::default() };
    for (index, line) in text.lines().enumerate() {
        let entry: Value = serde_json::from_str(line).map_err(|error| format!("line {}: {error}", index + 1))?;
        let body = &entry["body"];
        for place in entry["to"].as_array().into_iter().flatten().filter_map(Value::as_str) {
            let mut outcome = Outcome::new();
            match trip_of(place, body) {
                Some(trip) => report.play(&mut outcome, place, trip, body),
                None => report.fail(&mut outcome, place, "no such place in the index"),
            }
            if let Some(problem) = entry["page"].as_str().and_then(|page| mispaged(place, page)) {
                report.fail(&mut outcome, place, &problem);
            }
            report.count(place, &outcome);
        }
    }
    judge(&mut report);
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
    let operation = operation(name)?;
    match kind {
        "request" => operation.request,
        "event" => operation.event,
        _ => operation.response,
    }
}

/// Says if a list pages otherwise than in the official client.
fn mispaged(place: &str, page: &str) -> Option<String> {
    let found = match operation(place.strip_prefix("response ")?)?.paging {
        Paging::Page => "SyncPage",
        Paging::Cursor => "SyncCursorPage",
        Paging::ConversationCursor => "SyncConversationCursorPage",
        Paging::NextCursor | Paging::NextPage => "SyncNextCursorPage",
        Paging::Token => "SyncTokenPage",
        _ => "none",
    };
    (found != page).then(|| format!("the official client pages by {page}, ours by {found}"))
}

fn operation(name: &str) -> Option<&'static OperationEntry> {
    let (resource, verb) = name.rsplit_once('.')?;
    OPERATIONS.iter().find(|operation| operation.resource == resource && operation.verb == verb)
}

fn judge(report: &mut Report) {
    let members = report.unknown_members.iter().map(|(member, place)| (member.clone(), format!("{member} at {place}")));
    let values = report.unknown_at.iter().map(|value| (value.clone(), value.clone()));
    let mut needed = std::mem::take(&mut report.needed);
    let mut failures = Vec::new();
    for (found, line) in members.chain(values) {
        let reasons: Vec<&str> = KNOWN.iter().map(|(known, _)| *known).filter(|known| matches(known, &found)).collect();
        if reasons.is_empty() {
            failures.push(format!("our types do not know {line}"));
        }
        needed.extend(reasons);
    }
    let idle = KNOWN.iter().filter(|(known, _)| !needed.contains(known));
    failures.extend(idle.map(|(known, _)| format!("nothing needs {known} in KNOWN any more; take it out")));
    report.failures.extend(failures);
}

#[cfg(test)]
mod tests {
    use super::super::report::matches;

    #[test]
    fn a_star_is_any_text() {
        assert!(matches("a.b", "a.b") && !matches("a.b", "a.bc"));
        assert!(matches("*Event.id", "ChatEvent.id") && matches("a*c", "ac") && matches("a*c*", "abcd"));
        assert!(!matches("a*c", "ab") && !matches("*Event.id", "Event.ids"));
    }
}
