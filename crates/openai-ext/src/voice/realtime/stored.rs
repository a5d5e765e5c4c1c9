//! Responses of a session as JSON, also half done. Sound is in base64.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use serde_json::{Value, json};

use super::reply::{RealtimeAccumulator, RealtimeReply, ReplyPart, ReplyParts};

/// By hand, so that users' programs need no derive macros of serde.
impl Serialize for ReplyPart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { item_id, content_index, text, transcript, audio } = self;
        let audio = STANDARD.encode(audio);
        json!({
            "item_id": item_id, "content_index": content_index, "text": text, "transcript": transcript, "audio": audio,
        })
        .serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ReplyPart {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let stored = Value::deserialize(deserializer)?;
        let text = |name: &str| match &stored[name] {
            Value::String(text) => Ok(text.clone()),
            _ => Err(D::Error::custom(format!("{name}: expected a string"))),
        };
        let content_index = stored["content_index"].as_i64();
        Ok(Self {
            item_id: text("item_id")?,
            content_index: content_index.ok_or_else(|| D::Error::custom("content_index: expected an integer"))?,
            text: text("text")?,
            transcript: text("transcript")?,
            audio: STANDARD.decode(text("audio")?).map_err(|error| D::Error::custom(format!("audio: {error}")))?,
        })
    }
}

impl Serialize for ReplyParts {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.parts.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for ReplyParts {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(Self::from)
    }
}

impl Serialize for RealtimeAccumulator {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.open.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RealtimeAccumulator {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Vec::deserialize(deserializer).map(|open| Self { open })
    }
}

impl Serialize for RealtimeReply {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        json!({"response": self.response, "parts": self.parts}).serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for RealtimeReply {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let mut stored = Value::deserialize(deserializer)?;
        let mut part = |name: &str| stored.get_mut(name).map(Value::take).unwrap_or_default();
        let (response, parts) = (part("response"), part("parts"));
        Ok(Self {
            response: serde_json::from_value(response)
                .map_err(|error| D::Error::custom(format!("response: {error}")))?,
            parts: serde_json::from_value(parts).map_err(|error| D::Error::custom(format!("parts: {error}")))?,
        })
    }
}
