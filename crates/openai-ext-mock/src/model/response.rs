//! A response of the model, before it is written whole or as events.

use serde_json::{Map, Value, json};

use super::text;
use super::tool_call::{ToolCall, ToolInput};

/// A response before it is written whole or as events.
pub(crate) struct ModelResponse {
    /// Everything but the output, the status and the usage.
    pub(crate) shared: Map<String, Value>,
    pub(crate) outputs: Vec<ResponseOutput>,
    pub(crate) usage: Value,
    /// False if the text was cut at `max_output_tokens`.
    pub(crate) whole: bool,
}

pub(crate) enum ResponseOutput {
    Text { item_id: String, text: String },
    Refusal { item_id: String, text: String },
    Tool { item_id: String, call_id: String, call: ToolCall },
}

impl ModelResponse {
    /// The output items, complete.
    pub(crate) fn items(&self) -> Value {
        self.outputs.iter().map(|output| output.item(self.last_status())).collect()
    }

    pub(crate) fn last_status(&self) -> &'static str {
        if self.whole { "completed" } else { "incomplete" }
    }

    /// The response object in one of its states; before the end it has neither output nor usage.
    pub(crate) fn body(&self, status: &str, ended: bool) -> Value {
        let mut body = self.shared.clone();
        body.insert("status".to_owned(), Value::from(status));
        if ended {
            body.insert("output".to_owned(), self.items());
            body.insert("usage".to_owned(), self.usage.clone());
        }
        if ended && !self.whole {
            body.insert("incomplete_details".to_owned(), json!({"reason": "max_output_tokens"}));
        }
        if status == "completed" {
            body.insert("completed_at".to_owned(), body["created_at"].clone());
        }
        Value::Object(body)
    }
}

impl ResponseOutput {
    /// The output item, complete.
    pub(crate) fn item(&self, status: &str) -> Value {
        match self {
            Self::Text { item_id, text } => json!({
                "type": "message", "id": item_id, "status": status, "role": "assistant", "content": [text_part(text)],
            }),
            Self::Refusal { item_id, text } => json!({
                "type": "message", "id": item_id, "status": status, "role": "assistant",
                "content": [{"type": "refusal", "refusal": text}],
            }),
            Self::Tool { item_id, call_id, call } => match &call.input {
                ToolInput::Arguments(arguments) => json!({
                    "type": "function_call", "id": item_id, "status": status, "call_id": call_id, "name": call.name,
                    "arguments": arguments,
                }),
                ToolInput::Custom(input) => json!({
                    "type": "custom_tool_call", "id": item_id, "status": status, "call_id": call_id, "name": call.name,
                    "input": input,
                }),
            },
        }
    }

    pub(crate) fn tokens(&self) -> u64 {
        match self {
            Self::Text { text, .. } | Self::Refusal { text, .. } => text::tokens(text),
            Self::Tool { call, .. } => call.tokens(),
        }
    }
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}
