//! `/batches`: requests in a file, answered by this very server.

use bytes::Bytes;
use serde_json::{Value, json};

use super::batch_lines::{self, LineHandler};
use crate::call::{Call, Outcome, Refusal, objects};
use crate::document;
use crate::handlers::shared::fields::{find, find_mut, id_of, merged, parameter};
use crate::handlers::shared::stored_files::{self, NewFile};
use crate::state::{self, Batch, Polls, ServerState};

const DAY: u64 = 86_400;

/// `handle` answers the lines of a batch.
pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState, handle: LineHandler) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/batches") => create(call, state),
        ("GET", "/batches") => state::page(call, &state.batches, |_| true, str::to_owned),
        ("GET", "/batches/{batch_id}") => retrieve(call, state, handle),
        ("POST", "/batches/{batch_id}/cancel") => cancel(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let input = call.required_text("input_file_id")?;
    let endpoint = call.required_text("endpoint")?;
    let window = call.required_text("completion_window")?;
    stored_files::get(state, input, "input_file_id")?;
    let known = document::component("CreateBatchRequest")
        .and_then(|schema| schema["properties"]["endpoint"]["enum"].as_array());
    if known.is_some_and(|known| !known.iter().any(|known| known == endpoint)) {
        return Err(Refusal::invalid("endpoint", format!("Invalid value: '{endpoint}' is no endpoint of batches."))
            .code("invalid_value"));
    }
    let id = call.rng().id("batch_");
    let fields = json!({
        "id": id, "object": "batch", "endpoint": endpoint, "input_file_id": input, "completion_window": window,
        "status": "validating", "created_at": call.now(), "expires_at": call.now() + DAY, "model": null, "errors": null,
        "output_file_id": null, "error_file_id": null, "in_progress_at": null, "finalizing_at": null, "usage": null,
        "completed_at": null, "failed_at": null, "expired_at": null, "cancelling_at": null, "cancelled_at": null,
        "request_counts": counts(0, 0, 0), "metadata": null,
    });
    let mut echoed = objects::known("Batch", &call.body);
    echoed.retain(|name, _| name == "metadata");
    let object = objects::make(call, "Batch", merged(fields, echoed));
    let output_lifetime = call.field("output_expires_after")["seconds"].as_u64();
    let batch =
        Batch { object: object.clone(), polls: Polls::default(), output_lifetime, lines: Vec::new(), results: None };
    state.batches.insert(id, batch, call.request.body.len());
    Ok(object.into())
}

fn retrieve(call: &Call<'_>, state: &mut ServerState, handle: LineHandler) -> Outcome {
    let id = parameter(call, "batch_id");
    let per_step = state.settings.polls_per_step;
    let steps = find_mut(state.batches.get_mut(id), "batch", id, "batch_id")?.polls.count(per_step);
    for _ in 0..steps {
        step(call, state, id, handle);
    }
    shown(state, id)
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "batch_id");
    let batch = find_mut(state.batches.get_mut(id), "batch", id, "batch_id")?;
    match batch.object["status"].as_str().unwrap_or_default() {
        "validating" | "in_progress" | "finalizing" => {
            batch.polls = Polls::default();
            objects::set("Batch", &mut batch.object, json!({"status": "cancelling", "cancelling_at": call.now()}));
        }
        "cancelling" => {}
        status => return Err(Refusal::state(format!("Cannot cancel a batch with status '{status}'."))),
    }
    shown(state, id)
}

fn shown(state: &ServerState, id: &str) -> Outcome {
    find(state.batches.get(id), "batch", id, "batch_id").map(|batch| batch.object.clone().into())
}

/// One status further.
fn step(call: &Call<'_>, state: &mut ServerState, id: &str, handle: LineHandler) {
    let Some(batch) = state.batches.get_mut(id) else { return };
    let fields = match batch.object["status"].as_str() {
        Some("validating") => validate(call, state, id),
        Some("in_progress") => run(call, state, id, handle),
        Some("finalizing") => write(call, state, id),
        Some("cancelling") => {
            batch.lines.clear();
            batch.results = None;
            json!({"status": "cancelled", "cancelled_at": call.now()})
        }
        _ => return,
    };
    if let Some(batch) = state.batches.get_mut(id) {
        objects::set("Batch", &mut batch.object, fields);
    }
}

fn validate(call: &Call<'_>, state: &mut ServerState, id: &str) -> Value {
    let ServerState { batches, files, .. } = state;
    let Some(batch) = batches.get_mut(id) else { return Value::Null };
    let endpoint = batch.object["endpoint"].as_str().unwrap_or_default();
    let input = batch.object["input_file_id"].as_str().and_then(|id| files.get(id));
    match batch_lines::read(input.map(|file| &file.bytes), endpoint) {
        Ok(lines) => {
            let counts = counts(lines.len(), 0, 0);
            let model = batch_lines::common_model(&lines);
            batch.lines = lines;
            json!({"status": "in_progress", "in_progress_at": call.now(), "request_counts": counts, "model": model})
        }
        Err(errors) => json!({
            "status": "failed", "failed_at": call.now(), "errors": {"object": "list", "data": errors},
        }),
    }
}

fn run(call: &Call<'_>, state: &mut ServerState, id: &str, handle: LineHandler) -> Value {
    let lines = state.batches.get_mut(id).map(|batch| std::mem::take(&mut batch.lines)).unwrap_or_default();
    let results = batch_lines::run(call, state, &lines, handle);
    let counts = counts(lines.len(), results.completed, results.failed);
    let usage = batch_lines::usage(&results);
    if let Some(batch) = state.batches.get_mut(id) {
        batch.results = Some(results);
    }
    json!({"status": "finalizing", "finalizing_at": call.now(), "request_counts": counts, "usage": usage})
}

/// Answers and errors go into files of their own; the one that would be empty is not there.
fn write(call: &Call<'_>, state: &mut ServerState, id: &str) -> Value {
    let Some(batch) = state.batches.get_mut(id) else { return Value::Null };
    let (results, lifetime) = (batch.results.take().unwrap_or_default(), batch.output_lifetime);
    let mut rng = call.rng();
    let mut fields = json!({"status": "completed", "completed_at": call.now()});
    for (field, kind, text) in
        [("output_file_id", "output", results.output), ("error_file_id", "error", results.errors)]
    {
        let file_id = rng.id("file-");
        if text.is_empty() {
            continue;
        }
        let file = NewFile {
            id: file_id,
            filename: &format!("{id}_{kind}.jsonl"),
            purpose: "batch_output",
            expires_at: lifetime.map(|seconds| call.now() + seconds.min(u64::from(u32::MAX))),
            bytes: Bytes::from(text),
        };
        fields[field] = Value::from(id_of(&stored_files::store(call, state, file)));
    }
    fields
}

fn counts(total: usize, completed: usize, failed: usize) -> Value {
    json!({"total": total, "completed": completed, "failed": failed})
}
