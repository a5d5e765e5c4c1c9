//! Conversations as JSON.

use openai_runtime::json::{self, Json};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::entry::Entry;
use super::history::Conversation;

impl Serialize for Conversation {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let entries: Vec<Value> = self
            .entries
            .iter()
            .map(|entry| match entry {
                #[cfg(feature = "chat")]
                Entry::Message(message) => json!({"message": json::to_value(&**message)}),
                #[cfg(feature = "responses")]
                Entry::Item(item) => json!({"item": json::to_value(&**item)}),
            })
            .collect();
        let mut stored = json!({"entries": entries});
        if let Some((id, known)) = &self.response {
            stored["response"] = json!({"id": id, "entries": known});
        }
        stored.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Conversation {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Value::deserialize(deserializer)?;
        let Some(entries) = stored.get("entries").and_then(Value::as_array) else {
            return Err(D::Error::custom("a stored conversation is an object with a list `entries`"));
        };
        let entry = |(index, value): (usize, &Value)| {
            entry(value).map_err(|reason| D::Error::custom(format!("entries[{index}]: {reason}")))
        };
        let entries = entries.iter().enumerate().map(entry).collect::<Result<Vec<Entry>, _>>()?;
        let response = stored.get("response").and_then(|response| {
            let known = usize::try_from(response.get("entries")?.as_u64()?).ok()?;
            Some((response.get("id")?.as_str()?.to_owned(), known.min(entries.len())))
        });
        Ok(Self { entries, response })
    }
}

#[inline]
fn entry(value: &Value) -> Result<Entry, String> {
    #[cfg(feature = "chat")]
    if let Some(message) = value.get("message") {
        let message: crate::Message = read(message)?;
        return match &message {
            crate::Message::Unknown(value) => Err(unknown_role(value)),
            _ => Ok(Entry::Message(Box::new(message))),
        };
    }
    #[cfg(feature = "responses")]
    if let Some(item) = value.get("item") {
        let item: crate::InputItem = read(item)?;
        if value["item"].get("role").is_some_and(|role| !ROLES.iter().any(|known| role == known)) {
            return Err(unknown_role(&value["item"]));
        }
        return Ok(Entry::Item(Box::new(item)));
    }
    Err("an entry has a `message` or an `item`; the feature `chat` or `responses` has to be on for it".to_owned())
}

/// The roles of items in responses.
#[cfg(feature = "responses")]
const ROLES: [&str; 8] = ["user", "assistant", "system", "developer", "tool", "critic", "discriminator", "unknown"];

fn read<T: Json + Default>(value: &Value) -> Result<T, String> {
    json::from_value(value).map_err(|error| error.to_string())
}

#[inline]
fn unknown_role(value: &Value) -> String {
    let role = value.get("role").cloned().unwrap_or_default();
    format!("no API knows the role {role}; known are `user`, `assistant`, `system`, `developer` and `tool`")
}
