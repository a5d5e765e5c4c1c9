//! Messages of chat as items of responses, and the other way round.

use openai_runtime::input::Given;
#[cfg(all(feature = "chat", feature = "responses"))]
use openai_runtime::input::ToolCallId;
#[cfg(all(feature = "chat", feature = "responses"))]
use openai_runtime::json::{self, InputError};
#[cfg(all(feature = "chat", feature = "responses"))]
use serde_json::{Value, json};

use super::entry::Entry;

/// The entries as messages of chat. Calls that follow each other are those of one message, as chat has them.
#[cfg(feature = "chat")]
#[inline]
pub(super) fn messages(entries: &[Entry]) -> Given<Vec<crate::Message>> {
    let mut messages: Vec<crate::Message> = Vec::new();
    for (_index, entry) in entries.iter().enumerate() {
        match entry {
            Entry::Message(message) => messages.push((**message).clone()),
            #[cfg(feature = "responses")]
            Entry::Item(item) => {
                let message = to_message(&json::to_value(&**item)).map_err(|error| error.in_index(_index))?;
                if let Some(message) = message {
                    join(&mut messages, message);
                }
            }
        }
    }
    Ok(messages)
}

/// The entries as items of a response, without the first so many.
#[cfg(feature = "responses")]
#[inline]
pub(super) fn input(entries: &[Entry], known: usize) -> Given<Vec<crate::InputItem>> {
    let mut items = Vec::new();
    for (_index, entry) in entries.iter().enumerate().skip(known) {
        match entry {
            #[cfg(feature = "chat")]
            Entry::Message(message) => {
                items.extend(to_items(&json::to_value(&**message)).map_err(|error| error.in_index(_index))?);
            }
            Entry::Item(item) => items.push((**item).clone()),
        }
    }
    Ok(items)
}

#[cfg(all(feature = "chat", feature = "responses"))]
fn read<T: json::Json + Default>(value: &Value) -> Given<T> {
    json::from_value(value).map_err(InputError::from)
}

/// The items that a message of chat becomes: its text, and an item for each call.
#[cfg(all(feature = "chat", feature = "responses"))]
#[inline]
fn to_items(message: &Value) -> Given<Vec<crate::InputItem>> {
    let role = message["role"].as_str().unwrap_or_default();
    if matches!(role, "tool" | "function") {
        let output = crate::chat::replay::content_text(&message["content"]);
        let call_id = message["tool_call_id"].as_str().or(message["name"].as_str()).unwrap_or_default();
        return Ok(vec![crate::InputItem::function_call_output(ToolCallId::new(call_id), output)]);
    }
    let mut items = Vec::new();
    let content = match &message["content"] {
        Value::Array(_) if role == "assistant" => crate::chat::replay::content_text(&message["content"]).into(),
        Value::Array(parts) => Value::Array(parts.iter().map(to_input_part).collect::<Given<_>>()?),
        content => content.clone(),
    };
    if content.as_str().map_or(!content.is_null(), |text| !text.is_empty()) {
        items.push(read(&json!({"type": "message", "role": role, "content": content}))?);
    }
    for call in message["tool_calls"].as_array().into_iter().flatten() {
        let item = match call["type"].as_str() {
            Some("custom") => json!({
                "type": "custom_tool_call", "call_id": call["id"], "name": call["custom"]["name"],
                "input": call["custom"]["input"],
            }),
            _ => json!({
                "type": "function_call", "call_id": call["id"], "name": call["function"]["name"],
                "arguments": call["function"]["arguments"],
            }),
        };
        items.push(read(&item)?);
    }
    Ok(items)
}

#[cfg(all(feature = "chat", feature = "responses"))]
#[inline]
fn to_input_part(part: &Value) -> Given<Value> {
    Ok(match part["type"].as_str().unwrap_or_default() {
        "text" => json!({"type": "input_text", "text": part["text"]}),
        "image_url" => {
            let image = &part["image_url"];
            let detail = image.get("detail").cloned().unwrap_or_else(|| "auto".into());
            json!({"type": "input_image", "image_url": image["url"], "detail": detail})
        }
        "file" => {
            let mut file = part["file"].clone();
            if let Value::Object(members) = &mut file {
                members.insert("type".to_owned(), "input_file".into());
            }
            file
        }
        other => return Err(InputError::new(format!("a part of type `{other}` has no form in responses"))),
    })
}

/// The message of chat that an item becomes; `None` for the model's reasoning, which chat has no message for.
#[cfg(all(feature = "chat", feature = "responses"))]
#[inline]
fn to_message(item: &Value) -> Given<Option<crate::Message>> {
    let call = |kind: &str, of: Value| {
        let call = json!({"id": item["call_id"], "type": kind, kind: of});
        read(&json!({"role": "assistant", "tool_calls": [call]})).map(Some)
    };
    match item["type"].as_str().unwrap_or("message") {
        "message" => {
            let content = match &item["content"] {
                Value::Array(parts) if item["role"] != "assistant" => {
                    Value::Array(parts.iter().map(to_content_part).collect::<Given<_>>()?)
                }
                content => crate::chat::replay::content_text(content).into(),
            };
            read(&json!({"role": item["role"], "content": content})).map(Some)
        }
        "function_call" => call("function", json!({"name": item["name"], "arguments": item["arguments"]})),
        "custom_tool_call" => call("custom", json!({"name": item["name"], "input": item["input"]})),
        "function_call_output" | "custom_tool_call_output" => {
            let call_id = item["call_id"].as_str().unwrap_or_default();
            Ok(Some(crate::Message::tool(ToolCallId::new(call_id), crate::chat::replay::content_text(&item["output"]))))
        }
        "reasoning" => Ok(None),
        other => Err(InputError::new(format!("an item of type `{other}` has no form in chat"))),
    }
}

#[cfg(all(feature = "chat", feature = "responses"))]
#[inline]
fn to_content_part(part: &Value) -> Given<Value> {
    Ok(match part["type"].as_str().unwrap_or_default() {
        "input_text" | "output_text" => json!({"type": "text", "text": part["text"]}),
        "input_image" if part["image_url"].is_string() => {
            let detail = part.get("detail").cloned().unwrap_or_else(|| "auto".into());
            json!({"type": "image_url", "image_url": {"url": part["image_url"], "detail": detail}})
        }
        "input_file" if !part["file_url"].is_string() => {
            let mut file = part.clone();
            if let Value::Object(members) = &mut file {
                members.remove("type");
            }
            json!({"type": "file", "file": file})
        }
        other => return Err(InputError::new(format!("a part of type `{other}` has no form in chat"))),
    })
}

/// Adds a message. The calls of an assistant join those of its message before, since chat answers them together.
#[cfg(all(feature = "chat", feature = "responses"))]
#[inline]
fn join(messages: &mut Vec<crate::Message>, message: crate::Message) {
    if let crate::Message::Assistant(new) = &message
        && new.content.is_none()
        && let Some(crate::Message::Assistant(last)) = messages.last_mut()
        && let Some(calls) = &new.tool_calls
    {
        last.tool_calls.get_or_insert_default().extend(calls.iter().cloned());
        return;
    }
    messages.push(message);
}
