//! The lines of a batch: read and checked, then run one by one through the server's own handlers.

use std::collections::BTreeSet;

use bytes::Bytes;
use http::header::CONTENT_TYPE;
use http::{HeaderMap, HeaderValue, Method, StatusCode};
use serde_json::{Value, json};

use crate::call::{Call, request_check};
use crate::document::{Operation, Route, route};
use crate::state::{BatchLine, BatchResults, ServerState};
use crate::wire::{self, ReceivedRequest, Reply, ReplyBody};

/// Answers a line as if it had come over the network.
pub(crate) type LineHandler = fn(&Call<'_>, &mut ServerState) -> Reply;

/// The API's limit.
const MOST_LINES: usize = 50_000;
/// More errors are not listed: they would say the same.
const MOST_ERRORS: usize = 100;
/// When this much has been answered, the rest of the lines fail.
const MOST_OUTPUT: usize = 256 * 1024 * 1024;

/// The usage of all lines.
pub(crate) fn usage(results: &BatchResults) -> Value {
    json!({
        "input_tokens": results.input_tokens, "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": results.output_tokens, "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": results.input_tokens.saturating_add(results.output_tokens),
    })
}

/// The requests of an input file, or what is wrong with it, a list of errors as a batch has it.
pub(crate) fn read(input: Option<&Bytes>, endpoint: &str) -> Result<Vec<BatchLine>, Vec<Value>> {
    let whole =
        |code: &str, message: &str| vec![json!({"code": code, "message": message, "param": null, "line": null})];
    let Some(input) = input else {
        return Err(whole("invalid_file", "The input file is gone."));
    };
    let text = String::from_utf8_lossy(input);
    let numbered = text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty());
    let (mut lines, mut errors, mut seen) = (Vec::new(), Vec::new(), BTreeSet::new());
    for (index, line) in numbered.take(MOST_LINES + 1) {
        match read_line(line, endpoint, &mut seen) {
            Ok(line) => lines.push(line),
            Err((code, param, message)) if errors.len() < MOST_ERRORS => {
                errors.push(json!({"code": code, "message": message, "param": param, "line": index + 1}));
            }
            Err(_) => {}
        }
    }
    match (lines.len(), errors.is_empty()) {
        (_, false) => Err(errors),
        (0, true) => {
            Err(whole("empty_file", "The input file is empty. Please ensure that it has at least one request."))
        }
        (count, true) if count > MOST_LINES => Err(whole("too_many_requests", "A batch has at most 50,000 requests.")),
        _ => Ok(lines),
    }
}

type LineError = (&'static str, Option<&'static str>, String);

fn read_line(text: &str, endpoint: &str, seen: &mut BTreeSet<String>) -> Result<BatchLine, LineError> {
    let wrong = |code, param, message: &str| Err((code, param, message.to_owned()));
    let line: Value = match serde_json::from_str(text) {
        Ok(line @ Value::Object(_)) => line,
        _ => return wrong("invalid_json_line", None, "This line is not parseable as valid JSON."),
    };
    let Some(custom_id) = line["custom_id"].as_str().filter(|id| !id.is_empty()) else {
        return wrong("missing_required_parameter", Some("custom_id"), "Missing required parameter: 'custom_id'.");
    };
    if !seen.insert(custom_id.to_owned()) {
        return wrong(
            "duplicate_custom_id",
            Some("custom_id"),
            "Another request of this batch has the same custom_id.",
        );
    }
    if line["method"] != "POST" {
        return wrong("invalid_method", Some("method"), "Invalid value for 'method': only 'POST' is supported.");
    }
    let Some(url) = line["url"].as_str().filter(|url| *url == endpoint) else {
        return wrong(
            "invalid_url",
            Some("url"),
            "The URL provided for this request does not match the batch endpoint.",
        );
    };
    if !line["body"].is_object() {
        return wrong("missing_required_parameter", Some("body"), "Missing required parameter: 'body'.");
    }
    Ok(BatchLine { custom_id: custom_id.to_owned(), url: url.to_owned(), body: line["body"].clone() })
}

/// The model, if all requests name the same one.
pub(crate) fn common_model(lines: &[BatchLine]) -> Value {
    let first = lines.first().map_or(&Value::Null, |line| &line.body["model"]);
    let all = first.is_string() && lines.iter().all(|line| line.body["model"] == *first);
    if all { first.clone() } else { Value::Null }
}

/// Runs all lines, in their order.
pub(crate) fn run(call: &Call<'_>, state: &mut ServerState, lines: &[BatchLine], handle: LineHandler) -> BatchResults {
    let mut results = BatchResults::default();
    for (index, line) in (0..).zip(lines) {
        let full = results.output.len() + results.errors.len() > MOST_OUTPUT;
        let reply = if full {
            refused("The output of the batch is too large.")
        } else {
            run_line(call, state, line, (index, handle))
        };
        let mut rng = call.rng().child(index).child(1);
        let (body, status) = read_reply(reply);
        let row = json!({
            "id": rng.id("batch_req_"), "custom_id": line.custom_id, "error": null,
            "response": {"status_code": status.as_u16(), "request_id": format!("req_{}", rng.hex(32)), "body": body},
        });
        let tokens = |names: [&str; 2]| names.iter().find_map(|name| body["usage"][*name].as_u64()).unwrap_or(0);
        // A script may say any number.
        results.input_tokens = results.input_tokens.saturating_add(tokens(["input_tokens", "prompt_tokens"]));
        results.output_tokens = results.output_tokens.saturating_add(tokens(["output_tokens", "completion_tokens"]));
        let (file, count) = match status.is_success() {
            true => (&mut results.output, &mut results.completed),
            false => (&mut results.errors, &mut results.failed),
        };
        file.push_str(&wire::to_text(&row));
        file.push('\n');
        *count += 1;
    }
    results
}

/// Answered as if it had come over the network: by a script, or by the operation's handler.
fn run_line(call: &Call<'_>, state: &mut ServerState, line: &BatchLine, (index, handle): (u64, LineHandler)) -> Reply {
    if line.body["stream"] == true {
        return refused("Streaming is not supported in batches.");
    }
    let below = line.url.strip_prefix("/v1").unwrap_or(&line.url);
    let Route::Found(operation, parameters) = route(&Method::POST, below, &[]) else {
        return refused("There is nothing at this URL.");
    };
    let mut headers = HeaderMap::new();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    let received = ReceivedRequest {
        method: Method::POST,
        path: line.url.clone(),
        query: Vec::new(),
        headers,
        body: Bytes::from(line.body.to_string()),
        operation: Some(operation),
        parameters,
    };
    let scripted = call.scripts().find(&received);
    let reply =
        call.scripts().play(scripted, &received, || run_handler(call, state, &received, operation, (index, handle)));
    match reply.faults.fault() {
        Some(fault) => {
            let reason = format!(
                "the fault {fault:?} cannot apply to a line of a batch, which has no connection; use `Reply::error`"
            );
            call.scripts().refuse_fault(&received, &reason)
        }
        None => reply,
    }
}

fn run_handler(
    call: &Call<'_>,
    state: &mut ServerState,
    received: &ReceivedRequest,
    operation: &'static Operation,
    (index, handle): (u64, LineHandler),
) -> Reply {
    match Call::read(received, operation, call.rng().child(index), call.scripts()) {
        Ok(inner) => match request_check::of_request(&inner).filter(|_| !state.settings.lenient) {
            Some(refusal) => refusal,
            None => handle(&inner.at(call.now()), state),
        },
        Err(message) => refused(&message),
    }
}

fn refused(message: &str) -> Reply {
    Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, message)
}

/// A reply's body as JSON; what is no JSON is told as text.
fn read_reply(reply: Reply) -> (Value, StatusCode) {
    match reply.body {
        ReplyBody::Whole(bytes) => {
            let text = || Value::from(String::from_utf8_lossy(&bytes));
            (serde_json::from_slice(&bytes).unwrap_or_else(|_| text()), reply.status)
        }
        ReplyBody::Events(_) | ReplyBody::Open(..) => read_reply(refused("Streaming is not supported in batches.")),
    }
}
