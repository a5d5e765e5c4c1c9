//! `POST /responses` and its siblings, also in their beta form.

use serde_json::{Map, Value, json};

use super::response_events;
use super::tools::{self, ToolCall, ToolInput};
use crate::call::{Call, echo};
use crate::reply::Reply;
use crate::rng::Rng;
use crate::text;
use crate::turn::Said;

/// A response before it is written whole or as events.
pub(crate) struct Answer {
    /// Everything but the output, the status and the usage.
    pub(super) shared: Map<String, Value>,
    pub(super) outputs: Vec<Output>,
    pub(super) usage: Value,
    /// False if the text was cut at `max_output_tokens`.
    pub(super) whole: bool,
}

pub(crate) enum Output {
    Text { item_id: String, text: String },
    Refusal { item_id: String, text: String },
    Tool { item_id: String, call_id: String, call: ToolCall },
}

/// What a response repeats of its request, as the request had it.
const ECHOED: [&str; 21] = [
    "background",
    "instructions",
    "max_output_tokens",
    "max_tool_calls",
    "metadata",
    "model",
    "parallel_tool_calls",
    "previous_response_id",
    "prompt",
    "prompt_cache_key",
    "reasoning",
    "safety_identifier",
    "store",
    "temperature",
    "text",
    "tool_choice",
    "tools",
    "top_logprobs",
    "top_p",
    "truncation",
    "user",
];

pub(super) fn create(call: &Call<'_>) -> Reply {
    let answer = Answer::of(call);
    if call.wants_stream() { Reply::events(response_events::events(&answer)) } else { finished(call, &answer) }
}

/// Without state there is a response of any id.
pub(super) fn retrieve(call: &Call<'_>) -> Reply {
    let answer = Answer::of(call);
    if !call.wants_stream() {
        return finished(call, &answer);
    }
    let seen = call.query("starting_after").and_then(|number| number.parse::<usize>().ok());
    Reply::events(response_events::events(&answer).into_iter().skip(seen.map_or(0, |number| number.saturating_add(1))))
}

pub(super) fn cancel(call: &Call<'_>) -> Reply {
    let mut body = Answer::of(call).body("cancelled", true);
    body["background"] = Value::Bool(true);
    Reply::json(call.operation.response.status, &body)
}

fn finished(call: &Call<'_>, answer: &Answer) -> Reply {
    Reply::json(call.operation.response.status, &answer.body(answer.last_status(), true))
}

impl Answer {
    pub(super) fn of(call: &Call<'_>) -> Self {
        let mut rng = call.rng();
        let id = call.request.parameter("response_id").map_or_else(|| rng.id("resp_"), str::to_owned);
        let (outputs, whole) = outputs(call, &mut rng);
        let input = format!("{}{}", text::text_of(call.field("instructions")), text::text_of(call.field("input")));
        let usage = usage(text::tokens(&input).max(1), outputs.iter().map(Output::tokens).sum());
        Self { shared: shared(call, &id), outputs, usage, whole }
    }

    /// The output items, complete.
    pub(super) fn items(&self) -> Value {
        self.outputs.iter().map(|output| output.item(self.last_status())).collect()
    }

    pub(super) fn last_status(&self) -> &'static str {
        if self.whole { "completed" } else { "incomplete" }
    }

    /// The response object in one of its states; before the end it has neither output nor usage.
    pub(super) fn body(&self, status: &str, ended: bool) -> Value {
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

impl Output {
    /// The output item, complete.
    pub(super) fn item(&self, status: &str) -> Value {
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

    fn tokens(&self) -> u64 {
        match self {
            Self::Text { text, .. } | Self::Refusal { text, .. } => text::tokens(text),
            Self::Tool { call, .. } => call.tokens(),
        }
    }
}

pub(super) fn text_part(text: &str) -> Value {
    json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []})
}

/// The defaults of the API, and over them what the request said.
fn shared(call: &Call<'_>, id: &str) -> Map<String, Value> {
    let mut shared = json!({
        "id": id,
        "object": "response",
        "created_at": call.generator().now(),
        "completed_at": null,
        "background": false,
        "error": null,
        "incomplete_details": null,
        "instructions": null,
        "max_output_tokens": null,
        "max_tool_calls": null,
        "model": call.model(),
        "output": [],
        "parallel_tool_calls": true,
        "previous_response_id": null,
        "prompt_cache_key": null,
        "reasoning": {"effort": null, "summary": null},
        "safety_identifier": null,
        "service_tier": "default",
        "store": true,
        "temperature": 1.0,
        "text": {"format": {"type": "text"}, "verbosity": "medium"},
        "tool_choice": "auto",
        "tools": [],
        "top_logprobs": 0,
        "top_p": 1.0,
        "truncation": "disabled",
        "metadata": {},
    });
    let Value::Object(map) = &mut shared else {
        return Map::new();
    };
    map.extend(echo(&call.body, &ECHOED));
    if let Some(conversation) = call.body.get("conversation").filter(|conversation| !conversation.is_null()) {
        // The request may name it by its id alone, the response has an object.
        let id = conversation.as_str().map(|id| json!({"id": id}));
        map.insert("conversation".to_owned(), id.unwrap_or_else(|| conversation.clone()));
    }
    std::mem::take(map)
}

/// What the model says, and whether that is all of it.
fn outputs(call: &Call<'_>, rng: &mut Rng) -> (Vec<Output>, bool) {
    let limit = call.number("max_output_tokens");
    match call.turn() {
        Some(Said::Text(text)) => return message(text, limit, rng),
        Some(Said::Refusal(text)) => {
            return (vec![Output::Refusal { item_id: rng.id("msg_"), text: text.clone() }], true);
        }
        Some(Said::Calls(calls)) => return (calls.iter().map(|call| tool(call.clone(), rng)).collect(), true),
        Some(Said::Reply(_)) | None => {}
    }
    match tools::forced_call(&call.body, rng) {
        Some(call) => (vec![tool(call, rng)], true),
        None => {
            let structured = tools::structured(&call.field("text")["format"], rng);
            let text = structured.unwrap_or_else(|| text::answer(&last_prompt(call.field("input")), &call.model()));
            message(&text, limit, rng)
        }
    }
}

fn message(text: &str, limit: Option<u64>, rng: &mut Rng) -> (Vec<Output>, bool) {
    let (text, whole) = text::limited(text, limit);
    (vec![Output::Text { item_id: rng.id("msg_"), text }], whole)
}

fn tool(call: ToolCall, rng: &mut Rng) -> Output {
    let prefix = if matches!(call.input, ToolInput::Arguments(_)) { "fc_" } else { "ctc_" };
    Output::Tool { item_id: rng.id(prefix), call_id: rng.id("call_"), call }
}

fn usage(input: u64, output: u64) -> Value {
    json!({
        "input_tokens": input,
        "input_tokens_details": {"cached_tokens": 0, "cache_write_tokens": 0},
        "output_tokens": output,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": input + output,
    })
}

/// The text of the last message that is the user's.
fn last_prompt(input: &Value) -> String {
    let items = input.as_array().map(Vec::as_slice).unwrap_or_default();
    let user = items.iter().rev().find(|item| item["role"] == "user");
    text::text_of(user.or(items.last()).unwrap_or(input))
}
