//! Handlers of what the server remembers, a file a resource.

pub(crate) mod assistants;
pub(crate) mod batch_lines;
pub(crate) mod batches;
pub(crate) mod completions;
pub(crate) mod containers;
pub(crate) mod conversations;
pub(crate) mod eval_items;
pub(crate) mod evals;
pub(crate) mod file_batches;
pub(crate) mod files;
pub(crate) mod fine_tuning;
pub(crate) mod items;
pub(crate) mod messages;
pub(crate) mod responses;
pub(crate) mod run_work;
pub(crate) mod runs;
pub(crate) mod search;
pub(crate) mod threads;
pub(crate) mod uploads;
pub(crate) mod vector_store_files;
pub(crate) mod vector_stores;
pub(crate) mod videos;

use serde_json::{Value, json};

use crate::call::Call;
use crate::reply::Reply;
use crate::state::{Answer, Outcome, Refusal, State};

/// Answers from the state, none if the operation has nothing to do with it.
pub(super) fn answer(call: &Call<'_>, state: &mut State) -> Option<Reply> {
    Some(match resource(call, state)? {
        Ok(Answer::Object(object)) => {
            let reply = Reply::json(call.operation.response.status, &object);
            match object.get("status") {
                // Something to poll, as its own helpers in the SDKs do.
                Some(_) => reply.header("openai-poll-after-ms", &state.settings.poll_after.as_millis().to_string()),
                None => reply,
            }
        }
        Ok(Answer::Other(reply)) => reply,
        Err(refusal) => refusal.reply(),
    })
}

fn resource(call: &Call<'_>, state: &mut State) -> Option<Outcome> {
    let mut segments = call.operation.path().split('/').skip(1);
    match (segments.next()?, segments.nth(1)) {
        ("files", _) => files::answer(call, state),
        ("uploads", _) => uploads::answer(call, state),
        ("vector_stores", Some("files")) => vector_store_files::answer(call, state),
        ("vector_stores", Some("file_batches")) => file_batches::answer(call, state),
        ("vector_stores", _) => vector_stores::answer(call, state),
        ("batches", _) => batches::answer(call, state),
        ("assistants", _) => assistants::answer(call, state),
        ("threads", Some("messages")) => messages::answer(call, state),
        ("threads", Some("runs")) => runs::answer(call, state),
        ("threads", _) => threads::answer(call, state),
        ("conversations", _) => conversations::answer(call, state),
        ("responses", _) => responses::answer(call, state),
        ("chat", _) => completions::answer(call, state),
        ("fine_tuning" | "models", _) => fine_tuning::answer(call, state),
        ("evals", _) => evals::answer(call, state),
        ("videos", _) => videos::answer(call, state),
        ("containers", _) => containers::answer(call, state),
        _ => None,
    }
}

/// A parameter of the path. The router has found all of them; the empty text is the id of nothing.
fn parameter<'c>(call: &'c Call<'_>, name: &str) -> &'c str {
    call.request.parameter(name).unwrap_or_default()
}

/// An object, or that there is none. `what` is its name in the message, `name` the parameter that holds its id.
fn find<'s, T>(found: Option<&'s T>, what: &str, id: &str, name: &str) -> Result<&'s T, Refusal> {
    found.ok_or_else(|| Refusal::not_found(what, id, name))
}

fn find_mut<'s, T>(found: Option<&'s mut T>, what: &str, id: &str, name: &str) -> Result<&'s mut T, Refusal> {
    found.ok_or_else(|| Refusal::not_found(what, id, name))
}

fn deleted(id: &str, object: &str) -> Outcome {
    Ok(json!({"id": id, "object": object, "deleted": true}).into())
}

/// The texts of a list in the body; what is no text is left out.
fn texts(list: &Value) -> Vec<String> {
    list.as_array().into_iter().flatten().filter_map(Value::as_str).map(str::to_owned).collect()
}

/// A field that is an id of the object, or null if the object says none.
fn id_of(object: &Value) -> String {
    object["id"].as_str().unwrap_or_default().to_owned()
}

/// `fields` laid over `object`.
fn merged(mut object: Value, fields: impl IntoIterator<Item = (String, Value)>) -> Value {
    if let Value::Object(map) = &mut object {
        map.extend(fields);
    }
    object
}
