//! `/vector_stores` themselves.

use serde_json::{Value, json};

use super::search;
use super::store_content::{self, named};
use crate::call::{Call, HandlerAnswer, Outcome, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut};
use crate::handlers::shared::vector_store_rows::{expire, make};
use crate::state::{self, ServerState};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
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

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = call.rng().id("vs_");
    make(call, state, &id, &call.body)?;
    shown(state, &id)
}

/// A look at the store is a look at each of its files.
fn retrieve(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = named(call, state)?;
    store_content::poll(state, |file| file.store == id);
    shown(state, &id)
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = named(call, state)?;
    let now = call.now();
    let store = find_mut(state.vector_stores.get_mut(&id), "vector store", &id, "vector_store_id")?;
    let mut wanted = call.body.clone();
    if let Value::Object(wanted) = &mut wanted {
        wanted.retain(|name, _| ["name", "expires_after", "metadata"].contains(&name.as_str()));
    }
    objects::amend("VectorStoreObject", store, &wanted);
    // Here null takes the expiry away, although the object has no null there.
    if call.body.get("expires_after").is_some_and(Value::is_null) {
        objects::set("VectorStoreObject", store, json!({"expires_after": null}));
    }
    store["last_active_at"] = Value::from(now);
    expire(store);
    shown(state, &id)
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = named(call, state)?;
    state.vector_stores.remove(&id);
    state.vector_store_files.retain(|file| file.store != id);
    state.file_batches.retain(|batch| batch.store != id);
    deleted(&id, "vector_store.deleted")
}

fn shown(state: &ServerState, id: &str) -> Outcome {
    find(state.vector_stores.get(id), "vector store", id, "vector_store_id")
        .map(|store| HandlerAnswer::from(store.clone()))
}
