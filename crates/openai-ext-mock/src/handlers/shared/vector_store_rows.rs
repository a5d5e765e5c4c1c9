//! Vector stores and their files, put into their tables and kept up to date.

use serde_json::{Value, json};

use super::fields::{merged, texts};
use super::stored_files;
use crate::call::{Call, Refusal, objects};
use crate::state::{Polls, ServerState, StoreFile};

/// A file to add: its id, the `attributes` and `chunking_strategy` that the request gives it, and the batch it is of.
pub(crate) struct NewStoreFile<'n> {
    pub(crate) file: &'n str,
    pub(crate) settings: &'n Value,
    pub(crate) batch: Option<&'n str>,
}

/// Makes the vector stores that a thread's or an assistant's `tool_resources` describe instead of naming one.
pub(crate) fn inline(call: &Call<'_>, state: &mut ServerState, resources: &mut Value) -> Result<(), Refusal> {
    let Some(search) = resources.get_mut("file_search").and_then(Value::as_object_mut) else {
        return Ok(());
    };
    let Some(wanted) = search.remove("vector_stores") else {
        return Ok(());
    };
    let mut rng = call.rng().child(4);
    let mut ids = texts(search.get("vector_store_ids").unwrap_or(&Value::Null));
    for body in wanted.as_array().into_iter().flatten() {
        let id = rng.id("vs_");
        make(call, state, &id, body)?;
        ids.push(id);
    }
    search.insert("vector_store_ids".to_owned(), Value::from(ids));
    Ok(())
}

/// Makes a store as `body` describes it.
pub(crate) fn make(call: &Call<'_>, state: &mut ServerState, id: &str, body: &Value) -> Result<(), Refusal> {
    let files = texts(&body["file_ids"]);
    for file in &files {
        stored_files::get(state, file, "file_ids")?;
    }
    let defaults = json!({
        "id": id, "object": "vector_store", "created_at": call.now(), "last_active_at": call.now(), "name": "",
        "usage_bytes": 0, "status": "completed", "expires_after": null, "expires_at": null, "metadata": {},
        "file_counts": {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0},
    });
    let mut echoed = objects::known("VectorStoreObject", body);
    echoed.retain(|name, value| {
        ["name", "description", "expires_after", "metadata"].contains(&name.as_str()) && !value.is_null()
    });
    let mut object = objects::make(call, "VectorStoreObject", merged(defaults, echoed));
    expire(&mut object);
    state.vector_stores.insert(id, object, call.request.body.len());
    for file in files {
        let new = NewStoreFile { file: &file, settings: body, batch: None };
        add_file(call, state, id, new)?;
    }
    refresh(state, id);
    Ok(())
}

/// Adds a file to a store, where it is in progress at first.
pub(crate) fn add_file(
    call: &Call<'_>,
    state: &mut ServerState,
    store: &str,
    new: NewStoreFile<'_>,
) -> Result<Value, Refusal> {
    stored_files::get(state, new.file, "file_id")?;
    let strategy = &new.settings["chunking_strategy"];
    let strategy = if strategy["type"] == "static" {
        strategy.clone()
    } else {
        json!({"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}})
    };
    let given = objects::known(
        "VectorStoreFileObject",
        &json!({"attributes": new.settings["attributes"], "chunking_strategy": strategy}),
    );
    let attribute =
        given.get("attributes").filter(|attributes| attributes.is_object()).cloned().unwrap_or_else(|| json!({}));
    let fields = json!({
        "id": new.file, "object": "vector_store.file", "created_at": call.now(), "vector_store_id": store,
        "status": "in_progress", "usage_bytes": 0, "last_error": null, "attributes": attribute,
        "chunking_strategy": given.get("chunking_strategy"),
    });
    let object = objects::make(call, "VectorStoreFileObject", fields);
    let batch = new.batch.map(str::to_owned);
    let file = StoreFile { object: object.clone(), store: store.to_owned(), batch, polls: Polls::default() };
    state.vector_store_files.insert(file_key(store, new.file), file, 0);
    Ok(object)
}

/// Brings what a store says of its files up to date.
pub(crate) fn refresh(state: &mut ServerState, id: &str) {
    let files = || state.vector_store_files.iter().filter(|file| file.store == id);
    let counts = counts(files());
    let bytes: u64 = files().filter_map(|file| file.object["usage_bytes"].as_u64()).sum();
    let status = if counts["in_progress"] == 0 { "completed" } else { "in_progress" };
    if let Some(store) = state.vector_stores.get_mut(id) {
        let fields = json!({"file_counts": counts, "usage_bytes": bytes, "status": status});
        objects::set("VectorStoreObject", store, fields);
    }
}

/// The number of files in each status.
pub(crate) fn counts<'f>(files: impl Iterator<Item = &'f StoreFile>) -> Value {
    let statuses: Vec<&str> = files.filter_map(|file| file.object["status"].as_str()).collect();
    let count = |wanted: &str| statuses.iter().filter(|status| **status == wanted).count();
    json!({
        "in_progress": count("in_progress"), "completed": count("completed"), "failed": count("failed"),
        "cancelled": count("cancelled"), "total": statuses.len(),
    })
}

/// The time at which the store expires, by its days after it was last active.
pub(crate) fn expire(store: &mut Value) {
    let days = store["expires_after"]["days"].as_u64().map(|days| days.min(36_500));
    let at = days.zip(store["last_active_at"].as_u64()).map(|(days, active)| active + days * 86_400);
    objects::set("VectorStoreObject", store, json!({"expires_at": at}));
}

/// The same file may be in several stores.
pub(crate) fn file_key(store: &str, file: &str) -> String {
    format!("{store}/{file}")
}
