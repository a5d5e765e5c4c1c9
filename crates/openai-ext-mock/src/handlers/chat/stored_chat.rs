//! `/chat/completions`: those that are stored.

use serde_json::{Value, json};

use super::chat_answer::ChatAnswer;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::document;
use crate::handlers::shared::fields::{deleted, find, find_mut, merged, metadata_filter, parameter};
use crate::schema::validate;
use crate::state::{self, ServerState, StoredCompletion};

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    Some(match call.operation.key() {
        ("POST", "/chat/completions") => create(call, state),
        ("GET", "/chat/completions") => list(call, state),
        ("GET", "/chat/completions/{completion_id}") => get(call, state).map(|stored| stored.object.clone().into()),
        ("POST", "/chat/completions/{completion_id}") => modify(call, state),
        ("DELETE", "/chat/completions/{completion_id}") => delete(call, state),
        ("GET", "/chat/completions/{completion_id}/messages") => messages(call, state),
        _ => return None,
    })
}

/// Here nothing is stored unless the request says so.
fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let completion = ChatAnswer::of(call);
    if call.flag("store") {
        let object = completion.whole(call);
        let id = object["id"].as_str().unwrap_or_default().to_owned();
        let sent = call.field("messages").as_array().map(Vec::as_slice).unwrap_or_default();
        let messages = sent.iter().enumerate().map(|(index, sent)| message(call, &id, index, sent)).collect();
        state.completions.insert(id, StoredCompletion { object, messages }, call.request.body.len());
    }
    Ok(HandlerAnswer::Other(completion.reply(call)))
}

/// A message of the request as the list shows it: its text, or its parts beside it.
fn message(call: &Call<'_>, completion: &str, index: usize, sent: &Value) -> Value {
    let content = &sent["content"];
    let parts = content.as_array().map(|parts| {
        let shown = parts.iter().filter(|part| part["type"] == "text" || part["type"] == "image_url");
        shown.cloned().collect::<Value>()
    });
    let mut fields = json!({
        "id": format!("{completion}-{index}"), "role": "assistant", "content": content.as_str(),
        "refusal": sent["refusal"].as_str(), "content_parts": parts, "tool_calls": null, "function_call": null,
        "audio": null, "annotations": null,
    });
    let given = ["tool_calls", "function_call", "role", "name", "tool_call_id"];
    // The document's own schema may know fewer roles than there are; an answer is what it allows.
    let allowed = objects::known("ChatCompletionResponseMessage", sent);
    let known = |name: &str| allowed.contains_key(name) || ["name", "tool_call_id"].contains(&name);
    let given =
        given.iter().filter(|name| known(name)).filter_map(|name| Some(((*name).to_owned(), sent.get(*name)?.clone())));
    fields = merged(fields, given);
    objects::make(call, "ChatCompletionResponseMessage", fields)
}

/// The filters of the query: the model, and pairs of the metadata.
fn list(call: &Call<'_>, state: &ServerState) -> Outcome {
    let model = call.query("model").filter(|model| !model.is_empty());
    let pairs = metadata_filter(call);
    let wanted = |stored: &StoredCompletion| {
        model.is_none_or(|model| stored.object["model"] == model)
            && pairs.iter().all(|(name, value)| stored.object["metadata"][*name] == *value)
    };
    state::page(call, &state.completions, wanted, str::to_owned)
}

fn get<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s StoredCompletion, Refusal> {
    let id = parameter(call, "completion_id");
    find(state.completions.get(id), "chat completion", id, "completion_id")
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "completion_id");
    let stored = find_mut(state.completions.get_mut(id), "chat completion", id, "completion_id")?;
    let metadata = call.body.get("metadata").ok_or_else(|| Refusal::missing("metadata"))?;
    let schema = document::component("Metadata");
    if schema.is_some_and(|schema| validate::check(document::root(), schema, metadata).is_err()) && !metadata.is_null()
    {
        return Err(
            Refusal::invalid("metadata", "Invalid 'metadata': expected an object of texts.").code("invalid_type")
        );
    }
    stored.object["metadata"] = metadata.clone();
    Ok(stored.object.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "completion_id");
    find(state.completions.remove(id).as_ref(), "chat completion", id, "completion_id")?;
    deleted(id, "chat.completion.deleted")
}

fn messages(call: &Call<'_>, state: &ServerState) -> Outcome {
    state::page_of(call, &get(call, state)?.messages)
}
