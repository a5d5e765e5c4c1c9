//! `/files`: bytes that were uploaded, or that the mock wrote.

use http::StatusCode;

use crate::call::{Call, HandlerAnswer, Outcome, Refusal};
use crate::document;
use crate::handlers::shared::fields::{deleted, find, parameter};
use crate::handlers::shared::stored_files::{self, NewFile};
use crate::state::{self, ServerState, StoredFile};
use crate::wire::Reply;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/files") => create(call, state),
        ("GET", "/files") => list(call, state),
        ("GET", "/files/{file_id}") => named(call, state).map(|file| file.object.clone().into()),
        ("GET", "/files/{file_id}/content") => content(call, state),
        ("DELETE", "/files/{file_id}") => delete(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let part = stored_files::uploaded(call, "file")?;
    let purpose = call.required_text("purpose")?;
    let allowed =
        document::component("CreateFileRequest").and_then(|schema| schema["properties"]["purpose"]["enum"].as_array());
    if allowed.is_some_and(|allowed| !allowed.iter().any(|known| known == purpose)) {
        return Err(
            Refusal::invalid("purpose", format!("Invalid value for 'purpose': '{purpose}'.")).code("invalid_value")
        );
    }
    let object = stored_files::store(
        call,
        state,
        NewFile {
            id: call.rng().id("file-"),
            filename: part.filename.as_deref().unwrap_or("upload"),
            // The document lets a file be uploaded for evals, but has no such file.
            purpose: if purpose == "evals" { "user_data" } else { purpose },
            expires_at: stored_files::expiry(call, "expires_after"),
            bytes: part.data,
        },
    );
    Ok(object.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let purpose = call.query("purpose").filter(|purpose| !purpose.is_empty());
    let wanted = |file: &StoredFile| purpose.is_none_or(|purpose| file.object["purpose"] == purpose);
    state::page(call, &state.files, wanted, str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s StoredFile, Refusal> {
    stored_files::get(state, parameter(call, "file_id"), "file_id")
}

fn content(call: &Call<'_>, state: &ServerState) -> Outcome {
    let file = named(call, state)?;
    let name: String = file.name().chars().filter(|c| c.is_ascii_graphic() && *c != '"' && *c != '\\').collect();
    let reply = Reply::bytes(StatusCode::OK, "application/octet-stream", file.bytes.clone());
    Ok(HandlerAnswer::Other(reply.header("content-disposition", &format!("attachment; filename=\"{name}\""))))
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "file_id");
    find(state.files.remove(id).as_ref(), "file", id, "file_id")?;
    deleted(id, "file")
}
