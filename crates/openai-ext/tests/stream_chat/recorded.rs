//! Recorded streams, compared with what the official Python SDK makes of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::runtime::sse::Decoder;
use openai_ext::types::{ChatCompletionChunk, Completion};
use openai_ext::{ChatAccumulator, CompletionAccumulator};
use serde_json::{Map, Value, json};

use super::TestResult;

/// Streams that come to something else here than with the official Python SDK, the places where, and why ours is right.
///
/// The reasons: the official SDK
/// - `role`: appends a role that each chunk repeats, and has none if no chunk names it, though it is always the same;
/// - `first`: keeps fields beyond the document only of the first chunk with the choice, and none of later chunks, where
///   reasons, timings and the results of filters are;
/// - `azure`: passes over objects with an empty name, which have the results of Azure's filters;
/// - `null`: takes the fingerprint of each chunk, also where it is null;
/// - `broken`: stops at the second list of annotations, as these have no index.
const DIFFERENCES: &[(&str, &[&str], &str)] = &[
    ("chat-arize-test-async-chat-stream", &[ROLE, SEED, TEXT], "role, first"),
    ("chat-arize-test-chat-stream", &[ROLE, SEED, TEXT], "role, first"),
    ("chat-llama-text", &["/timings"], "first"),
    ("chat-llama-utf8-6", &["/timings"], "first"),
    ("chat-pydai-test-openrouter-advisor-tool-stream", &[ROLE, NATIVE], "role, first"),
    ("chat-pydai-test-openrouter-stream-with-native-options", &[ROLE, NATIVE], "role, first"),
    (
        "chat-pydai-test-openrouter-web-search-annotations-stream",
        &["/choices/0/finish_reason", "/choices/0/message/annotations", "/choices/0/message/content", NATIVE, "/usage"],
        "broken, first",
    ),
    ("chat-pydai-test-snowflake-model-streaming", &[ROLE], "role"),
    ("chat-simonw-test-tools-streaming-variant-a-2", &[ROLE, NATIVE, "/system_fingerprint"], "role, first, null"),
    ("chat-simonw-test-tools-streaming-variant-c", &[ROLE, NATIVE, "/system_fingerprint"], "role, first, null"),
    ("chat-traceloop-test-chat-async-streaming", &FILTERS, "first, azure"),
    ("chat-traceloop-test-chat-streaming", &FILTERS, "first, azure"),
    ("chat-traceloop-test-chat-streaming-2", &[ROLE], "role"),
    ("chat-vercel-azure-model-router-1", &FILTERS, "first, azure"),
    ("chat-vercel-should-stream-annotations-citations", &["/choices/1/message/role"], "role"),
    (
        "chat-vercel-should-stream-text-after-azure-content-filter-chunks",
        &["/choices/0/content_filter_offsets", "/choices/0/content_filter_results", "/prompt_filter_results"],
        "azure",
    ),
];

const ROLE: &str = "/choices/0/message/role";
const NATIVE: &str = "/choices/0/native_finish_reason";
const SEED: &str = "/choices/0/seed";
const TEXT: &str = "/choices/0/text";
const FILTERS: [&str; 5] = [
    "/choices/0/content_filter_results/hate",
    "/choices/0/content_filter_results/self_harm",
    "/choices/0/content_filter_results/sexual",
    "/choices/0/content_filter_results/violence",
    "/prompt_filter_results",
];

/// The recorded streams, which are not part of this repository.
fn streams() -> Option<PathBuf> {
    // From a worktree beside the project's root it is the same place.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    folder.is_dir().then_some(folder)
}

#[test]
fn recorded_streams_come_to_what_the_official_sdk_makes_of_them() -> TestResult {
    let Some(folder) = streams() else {
        println!("skipped: there is no ../shared/streams");
        return Ok(());
    };
    let mut names: Vec<String> = fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".python.json").map(str::to_owned))
        .filter(|name| name.starts_with("chat-") || name.starts_with("completions-"))
        .collect();
    names.sort();
    let mut equal = 0;
    let mut unexplained = Vec::new();
    for name in &names {
        let expected: Value = serde_json::from_slice(&fs::read(folder.join(format!("{name}.python.json")))?)?;
        let stream = fs::read(folder.join(format!("{name}.sse")))?;
        let found = if name.starts_with("chat-") { chat(&stream)? } else { completion(&stream)? };
        let mut places = Vec::new();
        differences(&comparable(expected), &comparable(found), "", &mut places);
        let argued = DIFFERENCES.iter().find(|(known, ..)| known == name).map_or(&[][..], |(_, places, _)| places);
        equal += usize::from(places.is_empty());
        if places.iter().map(|(place, _)| place).ne(argued) {
            unexplained.push(format!("{name}: {places:#?}"));
        }
    }
    println!("{equal} of {} streams are equal, {} differ for a reason", names.len(), DIFFERENCES.len());
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    Ok(())
}

/// Streams of loose servers, of which the official SDK makes nothing.
#[test]
fn streams_that_the_official_sdk_does_not_read_are_read() -> TestResult {
    let Some(folder) = streams() else {
        println!("skipped: there is no ../shared/streams");
        return Ok(());
    };
    for (name, start) in [
        ("chat-ddtrace-azure-chat-completion-streamed", ""),
        ("chat-vercel-should-extract-detailed-token-usage-from-stream-finish", "Hello"),
    ] {
        let completion = chat(&fs::read(folder.join(format!("{name}.sse")))?)?;
        let choice = &completion["choices"][0];
        let text = choice["message"]["content"].as_str().unwrap_or_default();
        assert!(!text.is_empty() && text.starts_with(start), "{name}: {completion}");
        assert_eq!(choice["finish_reason"], "stop", "{name}");
    }
    Ok(())
}

/// What a stream of chat completion chunks comes to, stored and taken up again halfway.
fn chat(stream: &[u8]) -> Result<Value, Box<dyn std::error::Error>> {
    let chunks = decode::<ChatCompletionChunk>(stream)?;
    let mut accumulator = ChatAccumulator::new();
    let mut resumed = ChatAccumulator::new();
    for (at, chunk) in chunks.iter().enumerate() {
        accumulator.push(chunk)?;
        resumed.push_with_events(chunk, &mut Vec::new())?;
        if at == chunks.len() / 2 {
            resumed = serde_json::from_str(&serde_json::to_string(&resumed)?)?;
        }
    }
    assert_eq!(accumulator.snapshot(), resumed.snapshot());
    Ok(serde_json::to_value(accumulator.finish()?)?)
}

/// The texts of a stream of completions.
fn completion(stream: &[u8]) -> Result<Value, Box<dyn std::error::Error>> {
    let mut accumulator = CompletionAccumulator::new();
    for chunk in decode::<Completion>(stream)? {
        accumulator.push(&chunk)?;
        accumulator = serde_json::from_str(&serde_json::to_string(&accumulator)?)?;
    }
    let completion = accumulator.finish()?;
    let texts = completion.choices.into_iter().map(|choice| (choice.index.to_string(), choice.text));
    Ok(json!({"text_by_index": texts.collect::<BTreeMap<_, _>>()}))
}

fn decode<T: serde::de::DeserializeOwned>(stream: &[u8]) -> Result<Vec<T>, Box<dyn std::error::Error>> {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    decoder.push(b"\n\n");
    let mut chunks = Vec::new();
    while let Some(event) = decoder.next_event()? {
        if event.data.trim_ascii() == b"[DONE]" {
            break;
        }
        chunks.push(serde_json::from_slice(event.data)?);
    }
    Ok(chunks)
}

/// Without nulls and without what either side may leave out.
fn comparable(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, value)| {
                !value.is_null() && !matches!(&**name, "parsed" | "parsed_arguments" | "obfuscation")
            })
            .map(|(name, mut value)| {
                if let ("tool_calls", Some(calls)) = (&*name, value.as_array_mut()) {
                    calls.iter_mut().filter_map(Value::as_object_mut).for_each(|call| drop(call.remove("index")));
                }
                (name, comparable(value))
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(comparable).collect(),
        other => other,
    }
}

/// The places where two values differ, and what stands there.
fn differences(expected: &Value, found: &Value, place: &str, places: &mut Vec<(String, String)>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let names: BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
            for name in names {
                let member = |object: &Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differences(&member(expected), &member(found), &format!("{place}/{name}"), places);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(expected, found, &format!("{place}/{at}"), places);
            }
        }
        // Whole numbers may be written as floats.
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {}
        _ if expected == found => {}
        _ => places.push((place.to_owned(), format!("{expected} by Python, {found} here"))),
    }
}
