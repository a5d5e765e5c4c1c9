//! What the real API sent, through the generated types. The data is not in this repository; without it these say so.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

use acceptance::report::Report;
use acceptance::{examples, exchanges, streams};
use openai_raw::index::{OPERATIONS, WEBHOOKS};

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

#[test]
fn nearly_all_upstream_examples_decode() -> Result<(), String> {
    let Some(file) = shared("openai-openapi/openapi-2026-08-21.yaml") else { return Ok(()) };
    let report = examples::play(&file)?;
    assert!(report.decoded * 1000 >= report.exchanges * 995, "{:#?}", report.failures);
    assert_eq!(report.decoded, report.round_trip);
    Ok(())
}

#[test]
fn the_index_has_every_operation_and_webhook_once() {
    let ids: BTreeSet<&str> = OPERATIONS.iter().map(|operation| operation.id).collect();
    let calls: BTreeSet<(&str, &str)> =
        OPERATIONS.iter().map(|operation| (operation.resource, operation.verb)).collect();
    assert_eq!((OPERATIONS.len(), ids.len(), calls.len()), (288, 288, 288));
    let events: BTreeSet<&str> = WEBHOOKS.iter().map(|webhook| webhook.event).collect();
    assert_eq!((WEBHOOKS.len(), events.len()), (16, 16));
}

#[test]
fn every_type_of_the_index_reads_and_writes_an_unknown_field() {
    let trips = OPERATIONS.iter().flat_map(|operation| [operation.request, operation.response, operation.event]);
    let mut played = 0;
    for trip in trips.flatten() {
        let written = trip(br#"{"a new field":[1,{"b":null}]}"#);
        // Bodies that are a list or a text are no object; all others keep what they do not know.
        if let Ok(written) = written {
            assert_eq!(written["a new field"], serde_json::json!([1, {"b": null}]));
            played += 1;
        }
    }
    assert!(played > 380, "{played} types were played");
}
