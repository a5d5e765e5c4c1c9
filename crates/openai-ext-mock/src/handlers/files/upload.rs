//! `/uploads`: a file that comes in parts.

use bytes::{Bytes, BytesMut};
use md5::{Digest as _, Md5};
use serde_json::{Value, json};

use crate::call::{Call, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{find, find_mut, parameter, texts};
use crate::handlers::shared::stored_files::{self, NewFile};
use crate::state::{ServerState, Upload, UploadPart};

/// An upload that is not completed within the hour expires; the mock only says so.
const LIFETIME: u64 = 3_600;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/uploads") => create(call, state),
        ("POST", "/uploads/{upload_id}/parts") => add_part(call, state),
        ("POST", "/uploads/{upload_id}/complete") => complete(call, state),
        ("POST", "/uploads/{upload_id}/cancel") => cancel(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let filename = call.required_text("filename")?;
    let purpose = call.required_text("purpose")?;
    call.required_text("mime_type")?;
    let bytes = call.number("bytes").ok_or_else(|| Refusal::missing("bytes"))?;
    let id = call.rng().id("upload_");
    let fields = json!({
        "id": id, "object": "upload", "bytes": bytes, "created_at": call.now(), "filename": filename,
        "purpose": purpose, "status": "pending", "expires_at": call.now() + LIFETIME, "file": null,
    });
    let object = objects::make(call, "Upload", fields);
    let file_lifetime = call.field("expires_after")["seconds"].as_u64();
    state.uploads.insert(id, Upload { object: object.clone(), file_lifetime }, call.request.body.len());
    Ok(object.into())
}

fn add_part(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let upload = parameter(call, "upload_id");
    pending(&find(state.uploads.get(upload), "upload", upload, "upload_id")?.object)?;
    let bytes = stored_files::uploaded(call, "data")?.data;
    let id = call.rng().id("part_");
    let weight = bytes.len();
    state.parts.insert(id.clone(), UploadPart { id: id.clone(), upload: upload.to_owned(), bytes }, weight);
    let fields = json!({"id": id, "object": "upload.part", "created_at": call.now(), "upload_id": upload});
    Ok(objects::make(call, "UploadPart", fields).into())
}

fn complete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "upload_id");
    let Upload { object: upload, file_lifetime } = find(state.uploads.get(id), "upload", id, "upload_id")?;
    let (upload, lifetime) = (upload.clone(), *file_lifetime);
    pending(&upload)?;
    if !call.field("part_ids").is_array() {
        return Err(Refusal::missing("part_ids"));
    }
    let bytes = join(state, id, &texts(call.field("part_ids")))?;
    if upload["bytes"] != bytes.len() {
        let message = format!("Upload has {} bytes, but {} were announced.", bytes.len(), upload["bytes"]);
        return Err(Refusal::invalid("part_ids", message));
    }
    if let Some(md5) = call.optional_text("md5")? {
        let found = format!("{:x}", Bytes::copy_from_slice(&Md5::digest(&bytes)));
        if !found.eq_ignore_ascii_case(md5) {
            return Err(Refusal::invalid("md5", format!("The md5 of the upload is {found}, not {md5}.")));
        }
    }
    let file = NewFile {
        id: call.rng().id("file-"),
        filename: upload["filename"].as_str().unwrap_or_default(),
        purpose: upload["purpose"].as_str().unwrap_or_default(),
        expires_at: lifetime.map(|seconds| call.now() + seconds.min(u64::from(u32::MAX))),
        bytes,
    };
    let file = stored_files::store(call, state, file);
    end(call, state, json!({"status": "completed", "file": file}))
}

fn cancel(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "upload_id");
    pending(&find(state.uploads.get(id), "upload", id, "upload_id")?.object)?;
    end(call, state, json!({"status": "cancelled"}))
}

/// The parts in the order that the request gives them.
fn join(state: &ServerState, upload: &str, ids: &[String]) -> Result<Bytes, Refusal> {
    let mut bytes = BytesMut::new();
    let mut seen = std::collections::BTreeSet::new();
    for id in ids {
        let part = state.parts.get(id).filter(|part| part.upload == upload && part.id == *id);
        let part = find(part, "part", id, "part_ids")?;
        if !seen.insert(id) {
            return Err(Refusal::invalid("part_ids", format!("The part '{id}' is there twice.")));
        }
        bytes.extend_from_slice(&part.bytes);
    }
    Ok(bytes.freeze())
}

/// The last status of an upload; its parts are not needed any more.
fn end(call: &Call<'_>, state: &mut ServerState, fields: Value) -> Outcome {
    let id = parameter(call, "upload_id");
    state.parts.retain(|part| part.upload != id);
    let upload = find_mut(state.uploads.get_mut(id), "upload", id, "upload_id")?;
    objects::set("Upload", &mut upload.object, fields);
    Ok(upload.object.clone().into())
}

fn pending(upload: &Value) -> Result<(), Refusal> {
    match upload["status"].as_str() {
        Some("pending") => Ok(()),
        other => Err(Refusal::state(format!("Upload has status '{}' and takes no more.", other.unwrap_or_default()))),
    }
}
