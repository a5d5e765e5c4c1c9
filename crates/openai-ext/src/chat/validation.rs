//! The check of a message that comes from elsewhere.

use openai_runtime::json::{self, Value};
use openai_runtime::{Error, ErrorKind, Result};

use super::content::Message;

/// Checks that a message could be sent.
#[inline]
pub(super) fn validate(message: &Message) -> Result<()> {
    let value = json::to_value(message);
    let role = value["role"].as_str().unwrap_or_default();
    if matches!(message, Message::Unknown(_)) {
        return Err(invalid(format!(
            "no API knows the role {role:?}; known are `user`, `assistant`, `system`, `developer` and `tool`"
        )));
    }
    json::from_input::<Message>(&value).map_err(|error| invalid(error.to_string()))?;
    match missing(role, &value) {
        Some(what) => Err(invalid(format!("a message with the role {role:?} needs {what}"))),
        None => Ok(()),
    }
}

/// Names what a message lacks that its role needs.
#[inline]
fn missing(role: &str, message: &Value) -> Option<&'static str> {
    let is_empty = |name: &str| match &message[name] {
        Value::Null => true,
        Value::Array(items) => items.is_empty(),
        _ => false,
    };
    let is_blank = |name: &str| message[name].as_str().is_none_or(str::is_empty);
    match role {
        "assistant" => ["content", "refusal", "tool_calls", "function_call", "audio"]
            .into_iter()
            .all(is_empty)
            .then_some("`content`, `refusal`, `audio` or `tool_calls`"),
        "tool" if is_blank("tool_call_id") => Some("`tool_call_id`, the id of the call that it answers"),
        "function" if is_blank("name") => Some("`name`, the name of the function"),
        "function" => None,
        _ => is_empty("content").then_some("`content`"),
    }
}

#[inline]
fn invalid(message: String) -> Error {
    Error::new(ErrorKind::InvalidRequest, message)
}
