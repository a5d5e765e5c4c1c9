//! Whatever one place of a chat or Responses body says, the body is read and written back as it was.
#![cfg(all(feature = "chat", feature = "responses"))]

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use crate::mutation::{mutations, same};
use openai_ext::Value;
use openai_ext::runtime::json::{Json, ReadError, RoundTripped, round_trip};
use openai_ext::types;

type RoundTrip = fn(&[u8]) -> Result<RoundTripped, ReadError>;

#[test]
fn a_chat_completion() {
    check_own::<types::ChatCompletion>("chat_completion.json");
}

#[test]
fn a_chunk_of_a_chat_completion() {
    check_own::<types::ChatCompletionChunk>("chat_chunk.json");
}

#[test]
fn a_chat_request() {
    check_own::<types::ChatCompletionCreateParams>("chat_request.json");
}

#[test]
fn a_response() {
    check_own::<types::Response>("response.json");
}

#[test]
fn an_event_of_a_response() {
    check_own::<types::ResponseStreamEvent>("response_event.json");
}

#[test]
fn a_response_request() {
    check_own::<types::ResponseCreateParams>("response_request.json");
}

#[test]
fn recorded_chat_bodies() {
    check_recorded(
        "ChatTests",
        "/chat/completions",
        [round_trip::<types::ChatCompletionCreateParams>, round_trip::<types::ChatCompletion>],
    );
}

#[test]
fn recorded_responses_bodies() {
    check_recorded(
        "ResponsesTests",
        "/responses",
        [round_trip::<types::ResponseCreateParams>, round_trip::<types::Response>],
    );
}

fn check_own<T: Json + Default>(name: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/replies/bodies").join(name);
    let text = fs::read(&path).expect("the body is there");
    let body = serde_json::from_slice(&text).expect("the body is JSON");
    let mut failures = Vec::new();
    let count = check(name, &body, round_trip::<T>, &mut failures);
    finish(count, &failures);
}

/// Requests and answers of `POST path`, as recorded from the real API.
fn check_recorded(folder: &str, path: &str, [request, response]: [RoundTrip; 2]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/recorded").join(folder);
    let Ok(entries) = fs::read_dir(&folder) else {
        println!("skipped: {} is not there", folder.display());
        return;
    };
    let mut files: Vec<PathBuf> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    files.sort();
    let mut failures = Vec::new();
    let mut count = 0;
    for file in files {
        let text = fs::read(&file).expect("the file can be read");
        let exchanges: Vec<Value> = serde_json::from_slice(&text).expect("the file is a list of exchanges");
        let calls = exchanges.iter().filter(|exchange| exchange["path"] == path && exchange["method"] == "POST");
        for (index, exchange) in calls.enumerate() {
            let name = format!("{} {index}", file.file_stem().unwrap_or_default().to_string_lossy());
            if exchange["request"].is_object() {
                count += check(&format!("{name} request"), &shortened(&exchange["request"]), request, &mut failures);
            }
            if exchange["response"].is_object() && exchange["status"] == 200 {
                count += check(&format!("{name} response"), &shortened(&exchange["response"]), response, &mut failures);
            }
        }
    }
    assert!(count > 0, "no exchange in {}", folder.display());
    finish(count, &failures);
}

fn check(name: &str, body: &Value, round_trip: RoundTrip, failures: &mut Vec<String>) -> usize {
    let changed = mutations(body);
    let count = changed.len() + 1;
    for (what, body) in [("as it is".to_owned(), body.clone())].into_iter().chain(changed) {
        match round_trip(&serde_json::to_vec(&body).expect("a value can be written")) {
            Err(error) => failures.push(format!("{name}: {what}: not read: {error}")),
            Ok(written) if !same(&body, &written.value) => {
                failures.push(format!("{name}: {what}: {}", first_difference(&body, &written.value, "")));
            }
            Ok(_) => {}
        }
    }
    count
}

fn finish(count: usize, failures: &[String]) {
    println!("{count} bodies, {} not written back as they were", failures.len());
    let mut report = String::new();
    for failure in failures {
        let _ = writeln!(report, "{failure}");
    }
    assert!(failures.is_empty(), "{} of {count} bodies:\n{report}", failures.len());
}

/// The body with long texts cut: base64 that is copied thousands of times tells nothing more.
fn shortened(value: &Value) -> Value {
    match value {
        Value::String(text) if text.len() > 200 => text.chars().take(200).collect::<String>().into(),
        Value::Array(items) => items.iter().map(shortened).collect(),
        Value::Object(object) => {
            Value::Object(object.iter().map(|(name, value)| (name.clone(), shortened(value))).collect())
        }
        other => other.clone(),
    }
}

fn first_difference(read: &Value, written: &Value, path: &str) -> String {
    match (read, written) {
        (Value::Object(a), Value::Object(b)) => {
            let names = a.keys().chain(b.keys().filter(|name| !a.contains_key(*name)));
            for name in names {
                let path = format!("{path}/{name}");
                match (a.get(name), b.get(name)) {
                    (Some(a), Some(b)) if same(a, b) => {}
                    (Some(a), Some(b)) => return first_difference(a, b, &path),
                    (Some(a), None) => return format!("{path} is lost: {a}"),
                    (None, _) => return format!("{path} is made up: {:?}", b.get(name)),
                }
            }
            String::new()
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            let differ = a.iter().zip(b).enumerate().find(|(_, (a, b))| !same(a, b));
            differ.map_or_else(String::new, |(index, (a, b))| first_difference(a, b, &format!("{path}/{index}")))
        }
        _ => format!("{path}: read {read}, written {written}"),
    }
}
