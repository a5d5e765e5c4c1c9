//! `/files`: bytes that were uploaded, or that the mock wrote.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::{deleted, find, parameter};
use crate::call::Call;
use crate::document;
use crate::multipart::FormPart;
use crate::reply::Reply;
use crate::state::{self, Answer, Object, Outcome, Refusal, State};

pub(crate) struct File {
    object: Value,
    pub(crate) bytes: Bytes,
}

/// What a file is made of.
pub(super) struct NewFile<'n> {
    pub(super) id: String,
    pub(super) filename: &'n str,
    pub(super) purpose: &'n str,
    pub(super) expires_at: Option<u64>,
    pub(super) bytes: Bytes,
}

impl Object for File {
    fn object(&self) -> &Value {
        &self.object
    }
}

impl File {
    pub(super) fn name(&self) -> &str {
        self.object["filename"].as_str().unwrap_or_default()
    }
}

pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/files") => create(call, state),
        ("GET", "/files") => list(call, state),
        ("GET", "/files/{file_id}") => named(call, state).map(|file| file.object.clone().into()),
        ("GET", "/files/{file_id}/content") => content(call, state),
        ("DELETE", "/files/{file_id}") => delete(call, state),
        _ => return None,
    })
}

/// The file of an id that the field or parameter `name` said.
pub(super) fn get<'s>(state: &'s State, id: &str, name: &str) -> Result<&'s File, Refusal> {
    find(state.files.get(id), "file", id, name)
}

/// Puts a file into the store and gives back its object.
pub(super) fn store(call: &Call<'_>, state: &mut State, new: NewFile<'_>) -> Value {
    let fields = json!({
        "id": new.id, "object": "file", "bytes": new.bytes.len(), "created_at": call.now(), "expires_at": new.expires_at,
        "filename": new.filename, "purpose": new.purpose, "status": "processed", "status_details": null,
    });
    let object = state::object(call, "OpenAIFile", fields);
    let weight = new.bytes.len();
    state.files.insert(new.id, File { object: object.clone(), bytes: new.bytes }, weight);
    object
}

/// When something that the request wants to expire does so. Forms say numbers as text.
pub(super) fn expiry(call: &Call<'_>, name: &str) -> Option<u64> {
    let seconds = &call.field(name)["seconds"];
    let seconds = seconds.as_u64().or_else(|| seconds.as_str()?.parse().ok());
    // Far enough for every test, and no time overflows.
    seconds.map(|seconds| call.now() + seconds.min(u64::from(u32::MAX)))
}

/// The part of a form that holds a file, however its client has named it.
pub(super) fn uploaded(call: &Call<'_>, name: &str) -> Result<FormPart, Refusal> {
    let parts = call.request.form().unwrap_or_default();
    let named = parts.iter().find(|part| part.name == name);
    named.or(call.files.first()).cloned().ok_or_else(|| Refusal::missing(name))
}

fn create(call: &Call<'_>, state: &mut State) -> Outcome {
    let part = uploaded(call, "file")?;
    let purpose = state::required_text(call, "purpose")?;
    let allowed =
        document::component("CreateFileRequest").and_then(|schema| schema["properties"]["purpose"]["enum"].as_array());
    if allowed.is_some_and(|allowed| !allowed.iter().any(|known| known == purpose)) {
        return Err(
            Refusal::invalid("purpose", format!("Invalid value for 'purpose': '{purpose}'.")).code("invalid_value")
        );
    }
    let object = store(
        call,
        state,
        NewFile {
            id: call.rng().id("file-"),
            filename: part.filename.as_deref().unwrap_or("upload"),
            // The document lets a file be uploaded for evals, but has no such file.
            purpose: if purpose == "evals" { "user_data" } else { purpose },
            expires_at: expiry(call, "expires_after"),
            bytes: part.data,
        },
    );
    Ok(object.into())
}

fn list(call: &Call<'_>, state: &State) -> Outcome {
    let purpose = call.query("purpose").filter(|purpose| !purpose.is_empty());
    let wanted = |file: &File| purpose.is_none_or(|purpose| file.object["purpose"] == purpose);
    state::page(call, &state.files, wanted, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s State) -> Result<&'s File, Refusal> {
    get(state, parameter(call, "file_id"), "file_id")
}

fn content(call: &Call<'_>, state: &State) -> Outcome {
    let file = named(call, state)?;
    let name: String = file.name().chars().filter(|c| c.is_ascii_graphic() && *c != '"' && *c != '\\').collect();
    let reply = Reply::bytes(StatusCode::OK, "application/octet-stream", file.bytes.clone());
    Ok(Answer::Other(reply.header("content-disposition", &format!("attachment; filename=\"{name}\""))))
}

fn delete(call: &Call<'_>, state: &mut State) -> Outcome {
    let id = parameter(call, "file_id");
    find(state.files.remove(id).as_ref(), "file", id, "file_id")?;
    deleted(id, "file")
}
