//! `/vector_stores/{vector_store_id}/files`: a file in a store, with its status there.

use serde_json::{Map, Value, json};

use super::vector_stores::{named, refresh};
use super::{deleted, files, find, find_mut, parameter};
use crate::call::Call;
use crate::state::{self, Answer, Object, Outcome, Polls, Refusal, State};

pub(crate) struct StoreFile {
    pub(super) object: Value,
    pub(super) store: String,
    pub(super) batch: Option<String>,
    polls: Polls,
}

/// A file to add: its id, the `attributes` and `chunking_strategy` that the request gives it, and the batch it is of.
pub(super) struct NewFile<'n> {
    pub(super) file: &'n str,
    pub(super) settings: &'n Value,
    pub(super) batch: Option<&'n str>,
}

impl Object for StoreFile {
    fn object(&self) -> &Value {
        &self.object
    }
}

/// Characters of a chunk: the API's 800 tokens.
const CHUNK: usize = 3_200;

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    const FILE: &str = "/vector_stores/{vector_store_id}/files/{file_id}";
    Some(match call.operation.key() {
        ("POST", "/vector_stores/{vector_store_id}/files") => create(call, state),
        ("GET", "/vector_stores/{vector_store_id}/files") => list(call, state, None),
        ("GET", FILE) => retrieve(call, state),
        ("POST", FILE) => modify(call, state),
        ("DELETE", FILE) => delete(call, state),
        ("GET", "/vector_stores/{vector_store_id}/files/{file_id}/content") => content(call, state),
        _ => return None,
    })
}

/// Adds a file to a store, where it is in progress at first.
pub(super) fn store(call: &Call<'_>, state: &mut State, store: &str, new: NewFile<'_>) -> Result<Value, Refusal> {
    files::get(state, new.file, "file_id")?;
    let strategy = &new.settings["chunking_strategy"];
    let strategy = if strategy["type"] == "static" {
        strategy.clone()
    } else {
        json!({"type": "static", "static": {"max_chunk_size_tokens": 800, "chunk_overlap_tokens": 400}})
    };
    let given = state::known(
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
    let object = state::object(call, "VectorStoreFileObject", fields);
    let batch = new.batch.map(str::to_owned);
    let file = StoreFile { object: object.clone(), store: store.to_owned(), batch, polls: Polls::default() };
    state.vector_store_files.insert(key(store, new.file), file, 0);
    Ok(object)
}

/// Counts a look at the files that are meant; those that have been looked at often enough are done.
pub(super) fn poll(state: &mut State, wanted: impl Fn(&StoreFile) -> bool) {
    let per_step = state.settings.polls_per_step;
    let State { vector_store_files, files, .. } = state;
    let mut touched = std::collections::BTreeSet::new();
    for file in vector_store_files.iter_mut().filter(|file| wanted(file) && file.object["status"] == "in_progress") {
        touched.insert(file.store.clone());
        if file.polls.count(per_step) == 0 {
            continue;
        }
        let length = file.object["id"].as_str().and_then(|id| files.get(id)).map_or(0, |file| file.bytes.len());
        let end = match length {
            0 => {
                json!({"status": "failed", "last_error": {"code": "invalid_file", "message": "The file is empty or gone."}})
            }
            length => json!({"status": "completed", "usage_bytes": length}),
        };
        state::set("VectorStoreFileObject", &mut file.object, end);
    }
    touched.iter().for_each(|store| refresh(state, store));
}

/// How many of the files are in which status.
pub(super) fn counts<'f>(files: impl Iterator<Item = &'f StoreFile>) -> Value {
    let statuses: Vec<&str> = files.filter_map(|file| file.object["status"].as_str()).collect();
    let count = |wanted: &str| statuses.iter().filter(|status| **status == wanted).count();
    json!({
        "in_progress": count("in_progress"), "completed": count("completed"), "failed": count("failed"),
        "cancelled": count("cancelled"), "total": statuses.len(),
    })
}

/// The files of a store, or of one batch of it, with the filter by status that the query may have.
pub(super) fn list(call: &Call<'_>, state: &State, batch: Option<&str>) -> Outcome {
    let store = named(call, state)?;
    let status = call.query("filter").filter(|status| !status.is_empty());
    let wanted = |file: &StoreFile| {
        file.store == store
            && batch.is_none_or(|batch| file.batch.as_deref() == Some(batch))
            && status.is_none_or(|status| file.object["status"] == status)
    };
    state::page(call, &state.vector_store_files, wanted, |id| key(&store, id))
}

/// The texts that a file is searched by.
pub(super) fn chunks(bytes: &[u8]) -> Vec<String> {
    let text: Vec<char> = String::from_utf8_lossy(bytes).chars().collect();
    text.chunks(CHUNK).map(|chunk| chunk.iter().collect()).collect()
}

/// The same file may be in several stores.
fn key(store: &str, file: &str) -> String {
    format!("{store}/{file}")
}

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let store_id = named(call, state)?;
    let file = state::required_text(call, "file_id")?;
    let object = store(call, state, &store_id, NewFile { file, settings: &call.body, batch: None })?;
    refresh(state, &store_id);
    Ok(object.into())
}

fn find_file<'s>(call: &Call<'_>, state: &'s mut State) -> Result<&'s mut StoreFile, Refusal> {
    let store = named(call, state)?;
    let id = parameter(call, "file_id");
    find_mut(state.vector_store_files.get_mut(&key(&store, id)), "file in this vector store", id, "file_id")
}

fn retrieve(call: &Call<'_>, state: &mut State) -> Outcome {
    let file = find_file(call, state)?;
    let (store, id) = (file.store.clone(), file.object["id"].clone());
    poll(state, |file| file.store == store && file.object["id"] == id);
    Ok(find_file(call, state)?.object.clone().into())
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let file = find_file(call, state)?;
    let mut known = state::known("VectorStoreFileObject", &call.body);
    let attributes = known.remove("attributes").ok_or_else(|| Refusal::missing("attributes"))?;
    let attributes = if attributes.is_null() { Value::Object(Map::new()) } else { attributes };
    file.object["attributes"] = attributes;
    Ok(file.object.clone().into())
}

/// The file leaves the store; it stays among the files.
fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    find_file(call, state)?;
    let (store, id) = (parameter(call, "vector_store_id"), parameter(call, "file_id"));
    state.vector_store_files.remove(&key(store, id));
    refresh(state, store);
    deleted(id, "vector_store.file.deleted")
}

fn content(call: &Call<'_>, state: &mut State) -> Outcome {
    find_file(call, state)?;
    let id = parameter(call, "file_id");
    let file = find(state.files.get(id), "file", id, "file_id")?;
    let data: Vec<Value> = chunks(&file.bytes).into_iter().map(|text| json!({"type": "text", "text": text})).collect();
    let fields =
        json!({"object": "vector_store.file_content.page", "data": data, "has_more": false, "next_page": null});
    Ok(Answer::Object(state::object(call, "VectorStoreFileContentResponse", fields)))
}
