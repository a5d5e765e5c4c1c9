//! The streams that ours adds up to another object than the official Python SDK, on purpose.

use serde_json::Value;

/// All differences between two values: where, and both sides.
fn differences(path: &str, expected: &Value, found: &Value, out: &mut Vec<(String, Value, Value)>) {
    match (expected, found) {
        (Value::Object(a), Value::Object(b)) => {
            for (key, value) in a {
                differences(&format!("{path}.{key}"), value, b.get(key).unwrap_or(&Value::Null), out);
            }
            for (key, value) in b.iter().filter(|(key, _)| !a.contains_key(*key)) {
                out.push((format!("{path}.{key}"), Value::Null, value.clone()));
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (index, (a, b)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{index}]"), a, b, out);
            }
        }
        (a, b) if crate::compare::difference(a, b).is_some() => out.push((path.to_owned(), a.clone(), b.clone())),
        _ => {}
    }
}

/// Members of a chat completion that the document has.
const KNOWN: &[&str] = &[
    "annotations",
    "arguments",
    "audio",
    "choices",
    "content",
    "created",
    "custom",
    "finish_reason",
    "function",
    "function_call",
    "id",
    "index",
    "input",
    "logprobs",
    "message",
    "metadata",
    "model",
    "name",
    "object",
    "refusal",
    "role",
    "service_tier",
    "system_fingerprint",
    "tool_calls",
    "type",
    "usage",
];

/// Why a stream of this kind differs, a reason for each difference; `None` if one has no reason.
pub fn reasons(kind: &str, expected: &Value, found: &Value) -> Option<Vec<&'static str>> {
    let mut all = Vec::new();
    differences("", expected, found, &mut all);
    let broken = has_two_lists_of_annotations(found);
    let mut reasons: Vec<&str> =
        all.iter().map(|(path, a, b)| reason(kind, path, a, b, broken)).collect::<Option<_>>()?;
    reasons.sort_unstable();
    reasons.dedup();
    Some(reasons)
}

fn reason(kind: &str, path: &str, expected: &Value, found: &Value, broken: bool) -> Option<&'static str> {
    if kind != "chat" {
        return None;
    }
    let name = path.rsplit('.').next().unwrap_or_default();
    let name = name.split('[').next().unwrap_or_default();
    let beyond = path.split('.').skip(1).any(|part| !KNOWN.contains(&part.split('[').next().unwrap_or_default()));
    let repeated = |text: &str| !text.is_empty() && text.replace("assistant", "").is_empty();
    match name {
        "role" if found == "assistant" && expected.as_str().is_none_or(repeated) => {
            Some("Python appends a role that each chunk repeats, and has none if no chunk names it")
        }
        "system_fingerprint" if expected.is_null() => {
            Some("Python takes the fingerprint of the last chunk, also if it is null")
        }
        _ if beyond && path.starts_with(".usage") => None,
        // What ours does not have has no reason.
        _ if found.is_null() => None,
        _ if beyond => Some("Python keeps members beyond the document of the first chunk only"),
        _ if broken && goes_on(expected, found) => {
            Some("Python stops at a second list of annotations, as these have no index")
        }
        _ => None,
    }
}

/// Returns true if a value begins as another one that was cut off.
fn goes_on(start: &Value, found: &Value) -> bool {
    match (start, found) {
        (Value::Null, _) => true,
        (Value::String(start), Value::String(found)) => found.starts_with(start.as_str()),
        (Value::Array(start), Value::Array(found)) => found.starts_with(start),
        _ => false,
    }
}

/// Annotations without an index, at which the official SDK gives up.
fn has_two_lists_of_annotations(found: &Value) -> bool {
    let choices = found["choices"].as_array().into_iter().flatten();
    choices.flat_map(|choice| choice.pointer("/message/annotations")).any(|list| {
        list.as_array().is_some_and(|list| list.len() > 1 && list.iter().all(|one| one.get("index").is_none()))
    })
}
