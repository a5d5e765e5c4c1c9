//! The response that is being said.

use serde_json::{Value, json};

use super::speaker::Speaker;
use crate::model::with;

/// A response that is being said.
pub(super) struct ActiveResponse {
    body: Value,
    in_conversation: bool,
    /// The index of the item that is being said, and the item as it was at its start.
    open: Option<(Value, Value)>,
    /// The items that were said to their end.
    done: Vec<Value>,
}

impl ActiveResponse {
    pub(super) fn new(body: Value, in_conversation: bool) -> Self {
        Self { body, in_conversation, open: None, done: Vec::new() }
    }

    pub(super) fn id(&self) -> &str {
        self.body["id"].as_str().unwrap_or_default()
    }

    pub(super) fn note(&mut self, event: &Value) {
        match event["type"].as_str().unwrap_or_default() {
            "response.output_item.added" => self.open = Some((event["output_index"].clone(), event["item"].clone())),
            "response.output_item.done" => {
                self.open = None;
                self.done.push(event["item"].clone());
            }
            _ => {}
        }
    }

    /// The last words of a response that the client cancelled: what is open is incomplete.
    pub(super) fn cancelled(mut self, speaker: &mut Speaker) -> Vec<Value> {
        let mut events = Vec::new();
        if let Some((index, mut item)) = self.open.take() {
            item["status"] = Value::from("incomplete");
            if self.in_conversation {
                speaker.items.put(&item);
                events.push(speaker.event("conversation.item.done", json!({"item": item})));
            }
            let fields = json!({"response_id": self.id(), "output_index": index, "item": item});
            events.push(speaker.event("response.output_item.done", fields));
            self.done.push(item);
        }
        let details = json!({"type": "cancelled", "reason": "client_cancelled"});
        let end =
            json!({"status": "cancelled", "status_details": details, "output": self.done, "usage": usage(0, 0, 0)});
        let response = with(self.body, end);
        events.push(speaker.event("response.done", json!({"response": response})));
        events
    }
}

/// The usage of a response.
pub(super) fn usage(input: u64, text: u64, audio: u64) -> Value {
    json!({
        "total_tokens": input + text + audio,
        "input_tokens": input,
        "output_tokens": text + audio,
        "input_token_details": {
            "text_tokens": input, "audio_tokens": 0, "image_tokens": 0, "cached_tokens": 0,
            "cached_tokens_details": {"text_tokens": 0, "audio_tokens": 0, "image_tokens": 0},
        },
        "output_token_details": {"text_tokens": text, "audio_tokens": audio},
    })
}
