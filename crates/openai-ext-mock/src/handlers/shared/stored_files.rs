//! Files that the server keeps: found by their id, read from a form, put into their table.

use bytes::Bytes;
use serde_json::{Value, json};

use super::fields::find;
use crate::call::{Call, Refusal, objects};
use crate::state::{ServerState, StoredFile};
use crate::wire::FormPart;

/// The content and the fields of a new file.
pub(crate) struct NewFile<'n> {
    pub(crate) id: String,
    pub(crate) filename: &'n str,
    pub(crate) purpose: &'n str,
    pub(crate) expires_at: Option<u64>,
    pub(crate) bytes: Bytes,
}

/// The file of an id that the field or parameter `name` said.
pub(crate) fn get<'s>(state: &'s ServerState, id: &str, name: &str) -> Result<&'s StoredFile, Refusal> {
    find(state.files.get(id), "file", id, name)
}

/// Puts a file into the store and gives back its object.
pub(crate) fn store(call: &Call<'_>, state: &mut ServerState, new: NewFile<'_>) -> Value {
    let fields = json!({
        "id": new.id, "object": "file", "bytes": new.bytes.len(), "created_at": call.now(), "expires_at": new.expires_at,
        "filename": new.filename, "purpose": new.purpose, "status": "processed", "status_details": null,
    });
    let object = objects::make(call, "OpenAIFile", fields);
    let weight = new.bytes.len();
    state.files.insert(new.id, StoredFile { object: object.clone(), bytes: new.bytes }, weight);
    object
}

/// When something that the request wants to expire does so. Forms say numbers as text.
pub(crate) fn expiry(call: &Call<'_>, name: &str) -> Option<u64> {
    let seconds = &call.field(name)["seconds"];
    let seconds = seconds.as_u64().or_else(|| seconds.as_str()?.parse().ok());
    // Far enough for every test, and no time overflows.
    seconds.map(|seconds| call.now() + seconds.min(u64::from(u32::MAX)))
}

/// The part of a form that holds a file, however its client has named it.
pub(crate) fn uploaded(call: &Call<'_>, name: &str) -> Result<FormPart, Refusal> {
    let parts = call.request.form().unwrap_or_default();
    let named = parts.iter().find(|part| part.name == name);
    named.or(call.files.first()).cloned().ok_or_else(|| Refusal::missing(name))
}
