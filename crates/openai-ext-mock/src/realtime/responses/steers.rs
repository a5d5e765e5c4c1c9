//! Steers: input for responses that are under way.

use std::collections::HashMap;

use serde_json::{Map, Value, json};

/// A response as steers see it.
#[derive(Default)]
pub(super) struct Steered {
    /// The request, for its successor.
    pub(super) body: Map<String, Value>,
    /// The response, once it was created.
    response: Value,
    /// The items that were said to their end.
    items: Vec<Value>,
    /// The output at the end.
    output: Vec<Value>,
    ended: bool,
    /// The outputs that its successor needs.
    required: Vec<Value>,
    /// The steers that were accepted, with their input.
    steers: Vec<AcceptedSteer>,
}

/// The responses of a connection that can be steered, or could have been.
#[derive(Default)]
pub(super) struct Steers {
    responses: HashMap<String, Steered>,
    count: usize,
}

/// The id of a steer that was accepted, and its input.
type AcceptedSteer = (String, Value);

/// Steers of one response.
const MOST: usize = 8;

impl Steers {
    /// Notes a response that was asked for.
    pub(super) fn add(&mut self, id: &str, body: Map<String, Value>) {
        self.responses.insert(id.to_owned(), Steered { body, ..Steered::default() });
    }

    /// Notes an event of a response on its way out.
    pub(super) fn note(&mut self, id: &str, event: &Value) {
        let Some(known) = self.responses.get_mut(id) else { return };
        match event["type"].as_str().unwrap_or_default() {
            "response.created" => known.response = event["response"].clone(),
            "response.output_item.done" => known.items.push(event["item"].clone()),
            "response.completed" => {
                known.ended = true;
                known.output = event["response"]["output"].as_array().cloned().unwrap_or_default();
                known.required = required(&event["response"]["output"]);
            }
            "response.failed" | "response.incomplete" => known.ended = true,
            _ => {}
        }
    }

    /// The conversation up to a response that is not stored, which this connection alone knows.
    pub(super) fn context(&self, id: &str) -> Option<Vec<Value>> {
        let known = self.responses.get(id).filter(|known| known.body.get("store") == Some(&Value::Bool(false)))?;
        let mut context = items_of(known.body.get("input"));
        context.extend(known.output.iter().cloned());
        Some(context)
    }

    /// Takes a steer; the answer is an event, and says if it was accepted.
    pub(super) fn steer(&mut self, event: &Value) -> (Value, bool) {
        let parent = event["previous_response_id"].as_str().unwrap_or_default();
        let input = &event["input"];
        match self.refuse(parent, input) {
            Some((code, message)) => {
                let steer = json!({"previous_response_id": parent, "input": input});
                (failed(&steer, code, message), false)
            }
            None => {
                self.count += 1;
                let id = format!("steer_{:04}", self.count);
                let answer = json!({
                    "type": "response.steer.accepted", "sequence_number": self.count,
                    "steer": {"id": id, "previous_response_id": parent},
                });
                if let Some(known) = self.responses.get_mut(parent) {
                    known.steers.push((id, input.clone()));
                }
                (answer, true)
            }
        }
    }

    fn refuse(&self, parent: &str, input: &Value) -> Option<(&'static str, &'static str)> {
        let is_message = |item: &Value| item["role"] == "user" || item["type"] == "function_call_output";
        let is_input = match input {
            Value::String(text) => !text.is_empty(),
            Value::Array(items) => !items.is_empty() && items.iter().all(is_message),
            _ => false,
        };
        let Some(known) = self.responses.get(parent) else {
            return Some(("response_not_found", "There is no such response on this connection."));
        };
        let body = &known.body;
        if !is_input {
            Some(("invalid_input", "The input has to be a text or user messages."))
        } else if body.contains_key("conversation") || body.contains_key("context_management") {
            Some(("steering_not_supported", "A response with a conversation or compaction cannot be steered."))
        } else if known.steers.len() >= MOST {
            Some(("too_many_pending_steers", "The response has too many steers already."))
        } else if known.response.is_null() {
            Some(("response_not_active", "The response has not begun."))
        } else if known.ended && known.required.is_empty() {
            Some(("response_already_completed", "The response has ended."))
        } else {
            None
        }
    }

    /// True if a response has steers that were accepted and have no successor.
    pub(super) fn has_steers(&self, id: &str) -> bool {
        self.responses.get(id).is_some_and(|known| !known.steers.is_empty())
    }

    pub(super) fn has_ended(&self, id: &str) -> bool {
        self.responses.get(id).is_some_and(|known| known.ended)
    }

    /// Ends a response early, and gives its last event.
    pub(super) fn cut(&mut self, id: &str) -> Option<Value> {
        let known = self.responses.get_mut(id)?;
        known.ended = true;
        let mut response = known.response.clone();
        response["status"] = "incomplete".into();
        response["incomplete_details"] = json!({"reason": "steered"});
        response["output"] = known.items.clone().into();
        Some(json!({"type": "response.incomplete", "sequence_number": 0, "response": response}))
    }

    /// The events that say that a response waits for outputs before its steers take effect; none if it does not.
    pub(super) fn pending(&self, id: &str) -> Vec<Value> {
        let Some(known) = self.responses.get(id).filter(|known| !known.required.is_empty()) else { return Vec::new() };
        let event = |(steer, _): &AcceptedSteer| {
            json!({
                "type": "response.steer.pending", "sequence_number": 0, "reason": "waiting_for_required_input",
                "steer": {"id": steer, "previous_response_id": id}, "required_input": known.required,
            })
        };
        known.steers.iter().map(event).collect()
    }

    /// Takes the body of the successor's request: with the input of all steers.
    pub(super) fn successor(&mut self, id: &str) -> Option<(Map<String, Value>, Vec<AcceptedSteer>)> {
        let known = self.responses.get_mut(id)?;
        let steers = std::mem::take(&mut known.steers);
        let mut body = known.body.clone();
        body.insert("previous_response_id".to_owned(), id.into());
        body.insert("input".to_owned(), Value::Array(inputs(&steers)));
        Some((body, steers))
    }

    /// Puts the input of a response's pending steers before that of the request that continues it.
    pub(super) fn put_first(&mut self, body: &mut Map<String, Value>) {
        let parent = body.get("previous_response_id").and_then(Value::as_str).unwrap_or_default();
        let Some(known) = self.responses.get_mut(parent) else { return };
        let mut input = inputs(&std::mem::take(&mut known.steers));
        if input.is_empty() {
            return;
        }
        input.extend(items_of(body.get("input")));
        body.insert("input".to_owned(), Value::Array(input));
    }
}

/// The answer to a steer that cannot be.
pub(super) fn failed(steer: &Value, code: &str, message: &str) -> Value {
    json!({
        "type": "response.steer.failed", "sequence_number": 0, "steer": steer,
        "error": {"type": "invalid_request_error", "code": code, "message": message},
    })
}

fn inputs(steers: &[AcceptedSteer]) -> Vec<Value> {
    steers.iter().flat_map(|(_, input)| items_of(Some(input))).collect()
}

/// The items of an input.
pub(super) fn items_of(input: Option<&Value>) -> Vec<Value> {
    match input {
        Some(Value::String(text)) => vec![json!({"type": "message", "role": "user", "content": text})],
        Some(Value::Array(items)) => items.clone(),
        _ => Vec::new(),
    }
}

/// The outputs that calls of a response wait for, without their content.
fn required(output: &Value) -> Vec<Value> {
    let stub = |item: &Value| match item["type"].as_str()? {
        "function_call" => {
            Some(json!({"type": "function_call_output", "call_id": item["call_id"], "name": item["name"]}))
        }
        "mcp_approval_request" => Some(json!({"type": "mcp_approval_response", "approval_request_id": item["id"]})),
        kind @ ("custom_tool_call" | "computer_call" | "shell_call" | "apply_patch_call") => {
            Some(json!({"type": format!("{kind}_output"), "call_id": item["call_id"]}))
        }
        _ => None,
    };
    output.as_array().into_iter().flatten().filter_map(stub).collect()
}
