//! The response of the model to a request, also in its beta form.

use serde_json::{Map, Value, json};

use crate::call::{Call, echo};
use crate::model::{ModelResponse, ResponseOutput, ToolCall, ToolInput, text, tool_call};
use crate::schema::Rng;
use crate::script::Said;

/// The fields that a response repeats of its request, as the request had them.
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

/// The response that the model gives to a call.
pub(crate) fn of(call: &Call<'_>) -> ModelResponse {
    let mut rng = call.rng();
    let id = call.request.parameter("response_id").map_or_else(|| rng.id("resp_"), str::to_owned);
    let (outputs, whole) = outputs(call, &mut rng);
    let input = format!("{}{}", text::text_of(call.field("instructions")), text::text_of(call.field("input")));
    let usage = usage(text::tokens(&input).max(1), outputs.iter().map(ResponseOutput::tokens).sum());
    ModelResponse { shared: shared(call, &id), outputs, usage, whole }
}

/// The defaults of the API, and over them what the request said.
fn shared(call: &Call<'_>, id: &str) -> Map<String, Value> {
    let mut shared = json!({
        "id": id,
        "object": "response",
        "access_programs": null,
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

/// The model's output, and true if that is all of it.
fn outputs(call: &Call<'_>, rng: &mut Rng) -> (Vec<ResponseOutput>, bool) {
    let limit = call.number("max_output_tokens");
    match call.turn() {
        Some(Said::Text(text)) => return message(text, limit, rng),
        Some(Said::Refusal(text)) => {
            return (vec![ResponseOutput::Refusal { item_id: rng.id("msg_"), text: text.clone() }], true);
        }
        Some(Said::Calls(calls)) => return (calls.iter().map(|call| tool(call.clone(), rng)).collect(), true),
        Some(Said::Reply(_)) | None => {}
    }
    match tool_call::forced_call(&call.body, rng) {
        Some(call) => (vec![tool(call, rng)], true),
        None => {
            let structured = tool_call::structured(&call.field("text")["format"], rng);
            let text = structured.unwrap_or_else(|| text::answer(&last_prompt(call.field("input")), &call.model()));
            message(&text, limit, rng)
        }
    }
}

fn message(text: &str, limit: Option<u64>, rng: &mut Rng) -> (Vec<ResponseOutput>, bool) {
    let (text, whole) = text::limited(text, limit);
    (vec![ResponseOutput::Text { item_id: rng.id("msg_"), text }], whole)
}

fn tool(call: ToolCall, rng: &mut Rng) -> ResponseOutput {
    let prefix = if matches!(call.input, ToolInput::Arguments(_)) { "fc_" } else { "ctc_" };
    ResponseOutput::Tool { item_id: rng.id(prefix), call_id: rng.id("call_"), call }
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
