//! The traffic of the real API, through the generated types. The data is not in this repository; without it these say
//! so.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use acceptance::playback::{self, Cut};
use acceptance::replay::report::Report;
use acceptance::replay::{examples, exchanges, streams};
use acceptance::script;
use openai_raw::index::{OPERATIONS, WEBHOOKS};
use serde_json::Value;

fn shared(path: &str) -> Option<PathBuf> {
    let found = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../shared").join(path);
    if found.exists() {
        return Some(found);
    }
    println!("skipped: {} is not there", found.display());
    None
}

fn assert_whole(report: &Report) {
    assert_eq!(report.failures, Vec::<String>::new());
    assert_eq!(report.decoded, report.exchanges);
    assert_eq!(report.round_trip, report.exchanges);
    assert!(report.exchanges > 0);
}

#[test]
fn recorded_exchanges_decode_and_round_trip() -> Result<(), String> {
    let Some(folder) = shared("recorded") else { return Ok(()) };
    let report = exchanges::play(&folder)?;
    assert_whole(&report);
    // A model's name is new every month; nothing else may be unknown.
    let unknown: Vec<&String> = report.unknown_at.iter().filter(|place| !place.contains("gpt-")).collect();
    assert_eq!(unknown, Vec::<&String>::new());
    Ok(())
}

#[test]
fn recorded_stream_events_decode_and_round_trip() -> Result<(), String> {
    let Some(folder) = shared("streams") else { return Ok(()) };
    assert_whole(&streams::play(&folder)?);
    Ok(())
}

/// Streams to which the official SDK gives no object, and the kind of error that ours ends with: broken JSON, an error of
/// the server, and a last event without its blank line.
const WITHOUT_OBJECT: [(&str, &str); 7] = [
    ("assistants-spec-createrun-1", "Decode"),
    ("assistants-spec-createthreadandrun-2", "Decode"),
    ("responses-oairuby-basic-text-sse-response", "Truncated"),
    ("responses-oairuby-error-sse-response", "Stream"),
    ("responses-oairuby-function-calling-sse-response", "Truncated"),
    ("responses-oairuby-multi-part-text-sse-response", "Truncated"),
    ("responses-oairuby-structured-output-sse-response", "Truncated"),
];

/// Streams of loose servers that the official SDK does not read, and ours does: how their text starts.
const READ_BY_OURS: [(&str, &str); 2] = [
    ("chat-ddtrace-azure-chat-completion-streamed", ""),
    ("chat-vercel-should-extract-detailed-token-usage-from-stream-finish", "Hello"),
];

/// The other cuts are `.ci/run`'s.
#[tokio::test]
async fn recorded_streams_come_to_what_the_official_sdk_makes_of_them() -> Result<(), String> {
    let Some(folder) = script::recorded() else { return Ok(()) };
    let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("recorded-streams");
    let played = playback::play(&folder, Cut::Whole, Some(&out)).await?;
    println!("{}", played.to_json());
    assert_eq!(played.differ, Vec::<String>::new());
    let without: Vec<_> = played.errors.iter().map(|line| line.splitn(3, ": ").take(2).collect::<Vec<_>>()).collect();
    assert_eq!(without, WITHOUT_OBJECT.map(|(name, kind)| [name, kind]));
    assert_eq!(played.streams, script::load(&folder)?.len());
    assert!(played.ok > 100 && played.argued.len() < played.ok / 5, "{} are equal", played.ok);
    for (name, start) in READ_BY_OURS {
        let text = fs::read_to_string(out.join(format!("{name}.json"))).map_err(|error| format!("{name}: {error}"))?;
        let completion: Value = serde_json::from_str(&text).map_err(|error| format!("{name}: {error}"))?;
        let choice = &completion["choices"][0];
        let text = choice["message"]["content"].as_str().unwrap_or_default();
        assert!(!text.is_empty() && text.starts_with(start), "{name}: {completion}");
        assert_eq!(choice["finish_reason"], "stop", "{name}");
    }
    Ok(())
}

/// Our own streams have no reference, but every cut comes to the same.
#[tokio::test]
async fn our_own_streams_come_to_the_same_however_they_are_cut() -> Result<(), String> {
    let folder = script::own();
    let names: Vec<String> = script::load(&folder)?.into_iter().map(|script| script.name).collect();
    let random = (0..8).map(Cut::Random);
    let mut whole = None;
    for cut in [Cut::Whole, Cut::Event, Cut::Line, Cut::Byte, Cut::Utf8].into_iter().chain(random) {
        let out = Path::new(env!("CARGO_TARGET_TMPDIR")).join("own-streams");
        let played = playback::play(&folder, cut, Some(&out)).await?;
        let [error] = &played.errors[..] else { return Err(format!("{cut:?}: {:?}", played.errors)) };
        assert!(error.starts_with("responses-error: Stream: Oh no"), "{error}");
        assert_eq!((played.streams, played.alone, played.differ.len()), (names.len(), names.len() - 1, 0), "{cut:?}");
        let read = |name: &String| fs::read_to_string(out.join(format!("{name}.json")));
        let found = names.iter().map(read).collect::<Result<Vec<_>, _>>().map_err(|error| error.to_string())?;
        let expected = whole.get_or_insert_with(|| found.clone());
        assert_eq!(found, *expected, "{cut:?}");
    }
    assert!(whole.is_some_and(|texts| texts.iter().any(|text| text.contains("Grüße 😀"))));
    Ok(())
}

#[test]
fn all_upstream_examples_decode_and_round_trip() -> Result<(), String> {
    let Some(file) = shared("openai-openapi/openapi-2026-10-03.yaml") else { return Ok(()) };
    let report = examples::play(&file)?;
    assert_whole(&report);
    assert!(report.exchanges > 850, "{} examples", report.exchanges);
    Ok(())
}

#[test]
fn the_index_has_every_operation_and_webhook_once() {
    let ids: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
    let calls: BTreeSet<(&str, &str)> =
        OPERATIONS.iter().map(|operation| (operation.resource, operation.verb)).collect();
    assert_eq!((OPERATIONS.len(), ids.len(), calls.len()), (388, 388, 388));
    let events: BTreeSet<&str> = WEBHOOKS.iter().map(|webhook| webhook.event).collect();
    assert_eq!((WEBHOOKS.len(), events.len()), (34, 34));
}

#[test]
fn every_type_of_the_index_reads_and_writes_an_unknown_field() {
    let trips = OPERATIONS.iter().flat_map(|operation| [operation.request, operation.response, operation.event]);
    let mut played = 0;
    for trip in trips.flatten() {
        let written = trip(br#"{"a new field":[1,{"b":null}]}"#);
        // Bodies that are a list or a text are no object; all others keep what they do not know.
        if let Ok(written) = written {
            assert_eq!(written.value["a new field"], serde_json::json!([1, {"b": null}]));
            played += 1;
        }
    }
    assert!(played > 380, "{played} types were played");
}
