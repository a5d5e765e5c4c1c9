//! `/vector_stores` themselves.

use serde_json::{Value, json};

use super::vector_store_files::{self, NewFile, counts};
use super::{deleted, find, find_mut, merged, parameter, search, texts};
use crate::call::Call;
use crate::state::{self, Answer, Outcome, Refusal, State};

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/vector_stores") => create(call, state),
        ("GET", "/vector_stores") => state::page(call, &state.vector_stores, |_| true, str::to_owned),
        ("GET", "/vector_stores/{vector_store_id}") => retrieve(call, state),
        ("POST", "/vector_stores/{vector_store_id}") => modify(call, state),
        ("DELETE", "/vector_stores/{vector_store_id}") => delete(call, state),
        ("POST", "/vector_stores/{vector_store_id}/search") => search::search(call, state),
        _ => return None,
    })
}

/// The id of the path's vector store, if there is one.
pub(super) fn named(call: &Call<'_>, state: &State) -> Result<String, Refusal> {
    let id = parameter(call, "vector_store_id");
    find(state.vector_stores.get(id), "vector store", id, "vector_store_id").map(|_| id.to_owned())
}

/// Brings what a store says of its files up to date.
pub(super) fn refresh(state: &mut State, id: &str) {
    let files = || state.vector_store_files.iter().filter(|file| file.store == id);
    let counts = counts(files());
    let bytes: u64 = files().filter_map(|file| file.object["usage_bytes"].as_u64()).sum();
    let status = if counts["in_progress"] == 0 { "completed" } else { "in_progress" };
    if let Some(store) = state.vector_stores.get_mut(id) {
        let fields = json!({"file_counts": counts, "usage_bytes": bytes, "status": status});
        state::set("VectorStoreObject", store, fields);
    }
}

/// Makes the vector stores that a thread's or an assistant's `tool_resources` describe instead of naming one.
pub(super) fn inline(call: &Call<'_>, state: &mut State, resources: &mut Value) -> Result<(), Refusal> {
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

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = call.rng().id("vs_");
    make(call, state, &id, &call.body)?;
    shown(state, &id)
}

/// Makes a store as `body` describes it.
fn make(call: &Call<'_>, state: &mut State, id: &str, body: &Value) -> Result<(), Refusal> {
    let files = texts(&body["file_ids"]);
    for file in &files {
        super::files::get(state, file, "file_ids")?;
    }
    let defaults = json!({
        "id": id, "object": "vector_store", "created_at": call.now(), "last_active_at": call.now(), "name": "",
        "usage_bytes": 0, "status": "completed", "expires_after": null, "expires_at": null, "metadata": {},
        "file_counts": {"in_progress": 0, "completed": 0, "failed": 0, "cancelled": 0, "total": 0},
    });
    let mut echoed = state::known("VectorStoreObject", body);
    echoed.retain(|name, value| {
        ["name", "description", "expires_after", "metadata"].contains(&name.as_str()) && !value.is_null()
    });
    let mut object = state::object(call, "VectorStoreObject", merged(defaults, echoed));
    expire(&mut object);
    state.vector_stores.insert(id, object, call.request.body.len());
    for file in files {
        let new = NewFile { file: &file, settings: body, batch: None };
        vector_store_files::store(call, state, id, new)?;
    }
    refresh(state, id);
    Ok(())
}

/// A look at the store is a look at each of its files.
fn retrieve(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = named(call, state)?;
    vector_store_files::poll(state, |file| file.store == id);
    shown(state, &id)
}

fn modify(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = named(call, state)?;
    let now = call.now();
    let store = find_mut(state.vector_stores.get_mut(&id), "vector store", &id, "vector_store_id")?;
    let mut wanted = call.body.clone();
    if let Value::Object(wanted) = &mut wanted {
        wanted.retain(|name, _| ["name", "expires_after", "metadata"].contains(&name.as_str()));
    }
    state::amend("VectorStoreObject", store, &wanted);
    // Here null takes the expiry away, although the object has no null there.
    if call.body.get("expires_after").is_some_and(Value::is_null) {
        state::set("VectorStoreObject", store, json!({"expires_after": null}));
    }
    store["last_active_at"] = Value::from(now);
    expire(store);
    shown(state, &id)
}

fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = named(call, state)?;
    state.vector_stores.remove(&id);
    state.vector_store_files.retain(|file| file.store != id);
    state.file_batches.retain(|batch| batch.store != id);
    deleted(&id, "vector_store.deleted")
}

fn shown(state: &State, id: &str) -> Outcome {
    find(state.vector_stores.get(id), "vector store", id, "vector_store_id").map(|store| Answer::from(store.clone()))
}

/// The time at which the store expires, by its days after it was last active.
fn expire(store: &mut Value) {
    let days = store["expires_after"]["days"].as_u64().map(|days| days.min(36_500));
    let at = days.zip(store["last_active_at"].as_u64()).map(|(days, active)| active + days * 86_400);
    state::set("VectorStoreObject", store, json!({"expires_at": at}));
}
