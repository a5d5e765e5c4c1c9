//! `/vector_stores/{vector_store_id}/files`: a file in a store, with its status there.

use serde_json::{Map, Value, json};

use super::store_content::{self, chunks, named, poll};
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, parameter};
use crate::handlers::shared::vector_store_rows::{self, NewStoreFile, file_key, refresh};
use crate::state::{ServerState, StoreFile};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    const FILE: &str = "/vector_stores/{vector_store_id}/files/{file_id}";
    Some(match call.operation.key() {
        ("POST", "/vector_stores/{vector_store_id}/files") => create(call, state),
        ("GET", "/vector_stores/{vector_store_id}/files") => store_content::list(call, state, None),
        ("GET", FILE) => retrieve(call, state),
        ("POST", FILE) => modify(call, state),
        ("DELETE", FILE) => delete(call, state),
        ("GET", "/vector_stores/{vector_store_id}/files/{file_id}/content") => content(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let store_id = named(call, state)?;
    let file = call.required_text("file_id")?;
    let object =
        vector_store_rows::add_file(call, state, &store_id, NewStoreFile { file, settings: &call.body, batch: None })?;
    refresh(state, &store_id);
    Ok(object.into())
}

fn find_file<'s>(call: &Call<'_>, state: &'s mut ServerState) -> Result<&'s mut StoreFile, Refusal> {
    let store = named(call, state)?;
    let id = parameter(call, "file_id");
    find_mut(state.vector_store_files.get_mut(&file_key(&store, id)), "file in this vector store", id, "file_id")
}

fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let file = find_file(call, state)?;
    let (store, id) = (file.store.clone(), file.object["id"].clone());
    poll(state, |file| file.store == store && file.object["id"] == id);
    Ok(find_file(call, state)?.object.clone().into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let file = find_file(call, state)?;
    let mut known = objects::known("VectorStoreFileObject", &call.body);
    let attributes = known.remove("attributes").ok_or_else(|| Refusal::missing("attributes"))?;
    let attributes = if attributes.is_null() { Value::Object(Map::new()) } else { attributes };
    file.object["attributes"] = attributes;
    Ok(file.object.clone().into())
}

/// The file leaves the store; it stays among the files.
fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    find_file(call, state)?;
    let (store, id) = (parameter(call, "vector_store_id"), parameter(call, "file_id"));
    state.vector_store_files.remove(&file_key(store, id));
    refresh(state, store);
    deleted(id, "vector_store.file.deleted")
}

fn content(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    find_file(call, state)?;
    let id = parameter(call, "file_id");
    let file = find(state.files.get(id), "file", id, "file_id")?;
    let data: Vec<Value> = chunks(&file.bytes).into_iter().map(|text| json!({"type": "text", "text": text})).collect();
    let fields =
        json!({"object": "vector_store.file_content.page", "data": data, "has_more": false, "next_page": null});
    Ok(HandlerAnswer::Object(objects::make(call, "VectorStoreFileContentResponse", fields)))
}
