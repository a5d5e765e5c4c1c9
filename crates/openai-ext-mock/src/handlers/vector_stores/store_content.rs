//! The content of a vector store: its files and their texts.

use serde_json::json;

use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{find, parameter};
use crate::handlers::shared::vector_store_rows::{file_key, refresh};
use crate::state::{self, ServerState, StoreFile};

/// Characters of a chunk: the API's 800 tokens.
const CHUNK: usize = 3_200;

/// The id of the path's vector store, if there is one.
pub(crate) fn named(call: &Call<'_>, state: &ServerState) -> Result<String, Refusal> {
    let id = parameter(call, "vector_store_id");
    find(state.vector_stores.get(id), "vector store", id, "vector_store_id").map(|_| id.to_owned())
}

/// Counts a look at the files that are meant; those that have been looked at often enough are done.
pub(crate) fn poll(state: &mut ServerState, wanted: impl Fn(&StoreFile) -> bool) {
    let per_step = state.settings.polls_per_step;
    let ServerState { vector_store_files, files, .. } = state;
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
        objects::set("VectorStoreFileObject", &mut file.object, end);
    }
    touched.iter().for_each(|store| refresh(state, store));
}

/// The files of a store, or of one batch of it, with the filter by status that the query may have.
pub(crate) fn list(call: &Call<'_>, state: &ServerState, batch: Option<&str>) -> Outcome {
    let store = named(call, state)?;
    let status = call.query("filter").filter(|status| !status.is_empty());
    let wanted = |file: &StoreFile| {
        file.store == store
            && batch.is_none_or(|batch| file.batch.as_deref() == Some(batch))
            && status.is_none_or(|status| file.object["status"] == status)
    };
    state::page(call, &state.vector_store_files, wanted, |id| file_key(&store, id))
}

/// The texts that a file is searched by.
pub(crate) fn chunks(bytes: &[u8]) -> Vec<String> {
    let text: Vec<char> = String::from_utf8_lossy(bytes).chars().collect();
    text.chunks(CHUNK).map(|chunk| chunk.iter().collect()).collect()
}
