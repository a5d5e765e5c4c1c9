//! `/containers` and the files in them.

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, merged, parameter, texts};
use crate::handlers::shared::stored_files;
use crate::state::{self, ContainerFile, ServerState};
use crate::wire::Reply;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/containers") => create(call, state),
        ("GET", "/containers") => list(call, state),
        ("GET", "/containers/{container_id}") => named(call, state).map(|container| container.clone().into()),
        ("DELETE", "/containers/{container_id}") => delete(call, state),
        ("POST", "/containers/{container_id}/files") => create_file(call, state),
        ("GET", "/containers/{container_id}/files") => list_files(call, state),
        ("GET", "/containers/{container_id}/files/{file_id}") => {
            file(call, state).map(|file| file.object.clone().into())
        }
        ("GET", "/containers/{container_id}/files/{file_id}/content") => file(call, state).map(|file| {
            HandlerAnswer::Other(Reply::bytes(StatusCode::OK, "application/octet-stream", file.bytes.clone()))
        }),
        ("DELETE", "/containers/{container_id}/files/{file_id}") => delete_file(call, state),
        _ => return None,
    })
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let name = call.required_text("name")?;
    let sources = texts(call.field("file_ids"));
    let copies = sources
        .iter()
        .map(|id| stored_files::get(state, id, "file_ids").map(|file| (file.name().to_owned(), file.bytes.clone())));
    let copies: Vec<(String, Bytes)> = copies.collect::<Result<_, _>>()?;
    let mut rng = call.rng();
    let id = rng.id("cntr_");
    let defaults = json!({
        "id": id, "object": "container", "name": name, "created_at": call.now(), "last_active_at": call.now(),
        "status": "running", "memory_limit": "1g", "expires_after": {"anchor": "last_active_at", "minutes": 20},
        "network_policy": {"type": "disabled"},
    });
    let mut echoed = objects::known("ContainerResource", &call.body);
    echoed.retain(|name, _| ["expires_after", "memory_limit", "network_policy"].contains(&name.as_str()));
    let object = objects::make(call, "ContainerResource", merged(defaults, echoed));
    state.containers.insert(id.clone(), object.clone(), call.request.body.len());
    for (name, bytes) in copies {
        store(call, state, (&id, rng.id("cfile_")), &name, bytes);
    }
    Ok(object.into())
}

fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let name = call.query("name").filter(|name| !name.is_empty());
    state::page(call, &state.containers, |container| name.is_none_or(|name| container["name"] == name), str::to_owned)
}

fn named<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Value, Refusal> {
    let id = parameter(call, "container_id");
    find(state.containers.get(id), "container", id, "container_id")
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    named(call, state)?;
    let id = parameter(call, "container_id");
    state.containers.remove(id);
    state.container_files.retain(|file| file.object["container_id"] != id);
    deleted(id, "container.deleted")
}

/// A file of the form, or a copy of one that was uploaded before.
fn create_file(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let container = named(call, state)?["id"].as_str().unwrap_or_default().to_owned();
    let (name, bytes) = match call.optional_text("file_id")? {
        Some(id) => stored_files::get(state, id, "file_id").map(|file| (file.name().to_owned(), file.bytes.clone()))?,
        None => {
            let part = stored_files::uploaded(call, "file")?;
            (part.filename.unwrap_or_else(|| "upload".to_owned()), part.data)
        }
    };
    Ok(store(call, state, (&container, call.rng().id("cfile_")), &name, bytes).into())
}

fn store(call: &Call<'_>, state: &mut ServerState, (container, id): (&str, String), name: &str, bytes: Bytes) -> Value {
    let fields = json!({
        "id": id, "object": "container.file", "container_id": container, "created_at": call.now(), "bytes": bytes.len(),
        "path": format!("/mnt/data/{name}"), "source": "user",
    });
    let object = objects::make(call, "ContainerFileResource", fields);
    let weight = bytes.len();
    state.container_files.insert(id, ContainerFile { object: object.clone(), bytes }, weight);
    object
}

fn list_files(call: &Call<'_>, state: &ServerState) -> Outcome {
    let container = &named(call, state)?["id"];
    state::page(call, &state.container_files, |file| file.object["container_id"] == *container, str::to_owned)
}

fn file<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s ContainerFile, Refusal> {
    let container = &named(call, state)?["id"];
    let id = parameter(call, "file_id");
    let file = state.container_files.get(id).filter(|file| file.object["container_id"] == *container);
    find(file, "container file", id, "file_id")
}

fn delete_file(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    file(call, state)?;
    let id = parameter(call, "file_id");
    state.container_files.remove(id);
    deleted(id, "container.file.deleted")
}
