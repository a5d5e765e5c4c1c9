//! Input items of requests in the form in which the API gives them back: each with an id and a status.

use serde_json::{Value, json};

use super::conversation_items;
use crate::call::{Call, Refusal, objects};
use crate::document;
use crate::schema::{Rng, generate};
use crate::state::ServerState;

/// The items of an input, or what is wrong with each. `component` is the schema of an item in the answer, `field` is where
/// the input is in the request.
pub(crate) fn read(
    call: &Call<'_>,
    state: &ServerState,
    component: &str,
    input: &Value,
    field: &str,
) -> Vec<Result<Value, Refusal>> {
    let mut rng = call.rng().child(2);
    let wrong = |place: String| Refusal::invalid(&place, format!("Invalid item at '{place}'.")).code("invalid_value");
    let Some(schema) = document::component(component) else {
        return Vec::new();
    };
    let read_one = |item: &Value, place: String, rng: &mut Rng| {
        if item["type"] == "item_reference" {
            let id = item["id"].as_str().unwrap_or_default();
            let known = find(state, id).ok_or_else(|| Refusal::not_found("item", id, &place))?;
            return objects::fit(call, schema, &known).ok_or_else(|| wrong(place));
        }
        objects::fit(call, schema, &complete(item, rng)).ok_or_else(|| wrong(place))
    };
    match input {
        Value::Null => Vec::new(),
        Value::String(_) => {
            let message = json!({"role": "user", "content": input});
            vec![read_one(&message, field.to_owned(), &mut rng)]
        }
        Value::Array(items) => items
            .iter()
            .enumerate()
            .map(|(index, item)| read_one(item, format!("{field}[{index}]"), &mut rng))
            .collect(),
        _ => vec![Err(wrong(field.to_owned()))],
    }
}

/// An item with what requests may leave out: its type, its id, its status, and a message's content as a list.
fn complete(item: &Value, rng: &mut Rng) -> Value {
    let mut item = item.clone();
    let Value::Object(map) = &mut item else {
        return item;
    };
    map.retain(|_, value| !value.is_null());
    if map.contains_key("role") {
        map.entry("type").or_insert_with(|| json!("message"));
    }
    let kind = map.get("type").and_then(Value::as_str).unwrap_or_default().to_owned();
    map.entry("id").or_insert_with(|| json!(rng.id(&generate::prefix(&kind))));
    map.entry("status").or_insert_with(|| json!("completed"));
    if kind == "message" {
        let own = map.get("role").is_some_and(|role| role == "assistant");
        let content = map.get("content").map_or_else(|| json!([]), |content| parts(content, own));
        map.insert("content".to_owned(), content);
    }
    item
}

/// The parts of a message's content; what the assistant said is output.
fn parts(content: &Value, own: bool) -> Value {
    let text = |text: &Value| match own {
        true => json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []}),
        false => json!({"type": "input_text", "text": text}),
    };
    match content {
        Value::Array(parts) => parts
            .iter()
            .map(|part| match part["type"].as_str() {
                Some("text" | "input_text" | "output_text") if part["annotations"].is_null() => text(&part["text"]),
                _ => part.clone(),
            })
            .collect(),
        whole => json!([text(whole)]),
    }
}

/// An item that some conversation or response has.
fn find(state: &ServerState, id: &str) -> Option<Value> {
    let responses = state.responses.iter().flat_map(|response| response.items());
    let mut known = conversation_items::all_items(state).chain(responses);
    known.find(|item| item["id"] == id).cloned()
}
