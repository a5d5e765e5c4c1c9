//! `/vector_stores/{vector_store_id}/file_batches`: files that were added to a store together.

use serde_json::{Value, json};

use super::store_content::{self, named};
use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{find, merged, parameter};
use crate::handlers::shared::stored_files;
use crate::handlers::shared::vector_store_rows::{self, NewStoreFile, counts, refresh};
use crate::state::{FileBatch, ServerState, StoreFile};

/// More files are refused, as the document says.
const MOST_FILES: usize = 2_000;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    const BATCH: &str = "/vector_stores/{vector_store_id}/file_batches/{batch_id}";
    Some(match call.operation.key() {
        ("POST", "/vector_stores/{vector_store_id}/file_batches") => create(call, state),
        ("GET", BATCH) => retrieve(call, state),
        ("POST", "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel") => cancel(call, state),
        ("GET", "/vector_stores/{vector_store_id}/file_batches/{batch_id}/files") => list(call, state),
        _ => return None,
    })
}

/// The files come by their ids alone, with settings for all, or each with its own.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let store = named(call, state)?;
    let wanted: Vec<(String, Value)> = match (call.field("files"), call.field("file_ids")) {
        (Value::Array(each), _) => {
            each.iter().map(|file| (file["file_id"].as_str().unwrap_or_default().to_owned(), file.clone())).collect()
        }
        (_, Value::Array(ids)) => {
            ids.iter().map(|id| (id.as_str().unwrap_or_default().to_owned(), call.body.clone())).collect()
        }
        _ => return Err(Refusal::missing("file_ids")),
    };
    if wanted.is_empty() || wanted.len() > MOST_FILES {
        let message = format!("A batch has 1 to {MOST_FILES} files, not {}.", wanted.len());
        return Err(Refusal::invalid("file_ids", message));
    }
    for (file, _) in &wanted {
        stored_files::get(state, file, "file_ids")?;
    }
    let id = call.rng().id("vsfb_");
    for (file, settings) in &wanted {
        vector_store_rows::add_file(call, state, &store, NewStoreFile { file, settings, batch: Some(&id) })?;
    }
    let fields = json!({
        "id": id, "object": "vector_store.file_batch", "created_at": call.now(), "vector_store_id": store,
        "status": "in_progress", "file_counts": counts(of_batch(state, &id)),
    });
    let object = objects::make(call, "VectorStoreFileBatchObject", fields);
    state.file_batches.insert(id.clone(), FileBatch { object, store: store.clone() }, 0);
    refresh(state, &store);
    shown(state, &id)
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = named_batch(call, state)?;
    store_content::poll(state, |file| file.batch.as_deref() == Some(&id));
    shown(state, &id)
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = named_batch(call, state)?;
    let mut any = false;
    for file in state.vector_store_files.iter_mut().filter(|file| file.batch.as_deref() == Some(&id)) {
        if file.object["status"] == "in_progress" {
            file.object["status"] = Value::from("cancelled");
            any = true;
        }
    }
    refresh(state, parameter(call, "vector_store_id"));
    if let Some(batch) = state.file_batches.get_mut(&id).filter(|_| any) {
        batch.object["status"] = Value::from("cancelled");
    }
    shown(state, &id)
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = named_batch(call, state)?;
    store_content::list(call, state, Some(&id))
}

fn named_batch(call: &Call<'_>, state: &ServerState) -> Result<String, Refusal> {
    let store = named(call, state)?;
    let id = parameter(call, "batch_id");
    let batch = state.file_batches.get(id).filter(|batch| batch.store == store);
    find(batch, "file batch", id, "batch_id").map(|_| id.to_owned())
}

/// The batch as its files are now.
fn shown(state: &ServerState, id: &str) -> Outcome {
    let batch = find(state.file_batches.get(id), "file batch", id, "batch_id")?;
    let counts = counts(of_batch(state, id));
    let status = match batch.object["status"].as_str() {
        Some("cancelled") => "cancelled",
        _ if counts["in_progress"] != 0 => "in_progress",
        _ if counts["failed"] == counts["total"] => "failed",
        _ => "completed",
    };
    let fields = [("file_counts".to_owned(), counts), ("status".to_owned(), Value::from(status))];
    Ok(merged(batch.object.clone(), fields).into())
}

fn of_batch<'s>(state: &'s ServerState, id: &str) -> impl Iterator<Item = &'s StoreFile> {
    state.vector_store_files.iter().filter(move |file| file.batch.as_deref() == Some(id))
}
