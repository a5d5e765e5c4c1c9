//! `/conversations` and their items.

use serde_json::{Value, json};

use super::conversation_items::{append, key};
use super::input_items;
use crate::call::{Call, HandlerAnswer, Outcome, Refusal, objects};
use crate::handlers::shared::fields::{deleted, find, find_mut, id_of, merged, parameter};
use crate::state::{self, ServerState};

/// As the document says, of one request.
const MOST_ITEMS: usize = 20;

pub(crate) fn answer(call: &Call<'_>, state: &mut ServerState) -> Option<Outcome> {
    const ITEM: &str = "/conversations/{conversation_id}/items/{item_id}";
    Some(match call.operation.key() {
        ("POST", "/conversations") => create(call, state),
        ("GET", "/conversations/{conversation_id}") => {
            get(state, parameter(call, "conversation_id")).map(|conversation| conversation.clone().into())
        }
        ("POST", "/conversations/{conversation_id}") => modify(call, state),
        ("DELETE", "/conversations/{conversation_id}") => delete(call, state),
        ("POST", "/conversations/{conversation_id}/items") => create_items(call, state),
        ("GET", "/conversations/{conversation_id}/items") => list_items(call, state),
        ("GET", ITEM) => item(call, state).map(|item| item.clone().into()),
        ("DELETE", ITEM) => delete_item(call, state),
        _ => return None,
    })
}

pub(crate) fn get<'s>(state: &'s ServerState, id: &str) -> Result<&'s Value, Refusal> {
    find(state.conversations.get(id), "conversation", id, "conversation_id")
}

fn create(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = call.rng().id("conv_");
    let items = wanted_items(call, state, &id)?;
    let fields = json!({"id": id, "object": "conversation", "created_at": call.now(), "metadata": {}});
    let metadata = call.body.get("metadata").filter(|metadata| metadata.is_object()).cloned();
    let fields = merged(fields, metadata.map(|metadata| ("metadata".to_owned(), metadata)));
    let object = objects::make(call, "ConversationResource", fields);
    state.conversations.insert(id.clone(), object.clone(), call.request.body.len());
    append(state, &id, items);
    Ok(object.into())
}

fn modify(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "conversation_id");
    let conversation = find_mut(state.conversations.get_mut(id), "conversation", id, "conversation_id")?;
    let metadata = call.body.get("metadata").ok_or_else(|| Refusal::missing("metadata"))?;
    conversation["metadata"] = if metadata.is_null() { json!({}) } else { metadata.clone() };
    Ok(conversation.clone().into())
}

fn delete(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "conversation_id");
    find(state.conversations.remove(id).as_ref(), "conversation", id, "conversation_id")?;
    state.conversation_items.retain(|item| item.conversation != id);
    deleted(id, "conversation.deleted")
}

/// The items of the body in the form that a conversation gives them back in.
fn wanted_items(call: &Call<'_>, state: &ServerState, conversation: &str) -> Result<Vec<Value>, Refusal> {
    let wanted = call.field("items").as_array().map(Vec::as_slice).unwrap_or_default();
    if wanted.len() > MOST_ITEMS {
        let message =
            format!("Invalid 'items': at most {MOST_ITEMS} may be added at once, but there are {}.", wanted.len());
        return Err(Refusal::invalid("items", message).code("array_above_max_length"));
    }
    let made = input_items::read(call, state, "ConversationItem", call.field("items"), "items");
    let made: Vec<Value> = made.into_iter().collect::<Result<_, _>>()?;
    match made.iter().find(|item| state.conversation_items.get(&key(conversation, &id_of(item))).is_some()) {
        Some(item) => {
            Err(Refusal::invalid("items", format!("The conversation has an item '{}' already.", id_of(item))))
        }
        None => Ok(made),
    }
}

fn create_items(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    let id = parameter(call, "conversation_id");
    get(state, id)?;
    if !call.field("items").is_array() {
        return Err(Refusal::missing("items"));
    }
    let made = wanted_items(call, state, id)?;
    append(state, id, made.clone());
    let fields = json!({
        "object": "list", "data": made, "has_more": false, "first_id": made.first().map(id_of).unwrap_or_default(),
        "last_id": made.last().map(id_of).unwrap_or_default(),
    });
    Ok(HandlerAnswer::Object(objects::make(call, "ConversationItemList", fields)))
}

fn list_items(call: &Call<'_>, state: &ServerState) -> Outcome {
    let id = parameter(call, "conversation_id");
    get(state, id)?;
    state::page(call, &state.conversation_items, |item| item.conversation == id, |item| key(id, item))
}

fn item<'s>(call: &Call<'_>, state: &'s ServerState) -> Result<&'s Value, Refusal> {
    let (conversation, id) = (parameter(call, "conversation_id"), parameter(call, "item_id"));
    get(state, conversation)?;
    find(state.conversation_items.get(&key(conversation, id)), "item", id, "item_id").map(|item| &item.object)
}

/// Answers with the conversation that the item was in.
fn delete_item(call: &Call<'_>, state: &mut ServerState) -> Outcome {
    item(call, state)?;
    let (conversation, id) = (parameter(call, "conversation_id"), parameter(call, "item_id"));
    state.conversation_items.remove(&key(conversation, id));
    get(state, conversation).map(|conversation| conversation.clone().into())
}
