//! Models: their answer to a token is known to whoever sent it.

use std::time::Duration;

use serde_json::{Value, json};

use super::exchange::Answer;
use crate::simulation::random::Random;

/// Returns the text that is the answer to a token.
pub(crate) fn reply_text(token: &str) -> String {
    let length = hash_of(token);
    let mut text = format!("You said {token}.");
    for number in 0..length % 12 {
        text.push_str(
            [" Ein Satz für sich.", " \"Quoted\"\n", " 漢字\u{2028}", " [DONE]", " data: x\r\n"][number as usize % 5],
        );
    }
    text
}

/// Returns the number of times that the model calls tools before it answers a token.
pub(crate) fn tool_turns(token: &str) -> usize {
    hash_of(token) as usize % 3
}

fn hash_of(token: &str) -> u64 {
    token.bytes().fold(7_u64, |sum, byte| sum.wrapping_mul(31).wrapping_add(u64::from(byte))) >> 1
}

/// Returns the token that a text, also one of JSON, asks for.
pub(crate) fn token_of(text: &[u8]) -> String {
    let text = String::from_utf8_lossy(text);
    let after = text.rsplit_once("Say ").map_or("", |(_, after)| after);
    after
        .split(|character: char| !character.is_ascii_alphanumeric() && character != '-')
        .next()
        .unwrap_or_default()
        .to_owned()
}

fn wait(random: &mut Random) -> Duration {
    Duration::from_millis(random.pick([0, 0, 1, 30, 900]))
}

/// Events with what else servers say between them.
pub(super) fn stream(events: Vec<(Option<&str>, String)>, random: &mut Random) -> Answer {
    let mut out = Vec::new();
    for (name, data) in events {
        if random.chance(60) {
            out.push((
                wait(random),
                random.pick([": keep-alive\n\n", "event: ping\ndata: {}\n\n", "data:\n\n"]).to_owned(),
            ));
        }
        let name = name.map(|name| format!("event: {name}\n")).unwrap_or_default();
        out.push((wait(random), format!("{name}data: {data}\n\n")));
    }
    Answer::events(out)
}

/// Parts of a text, cut anywhere.
pub(super) fn parts<'t>(mut text: &'t str, random: &mut Random) -> Vec<&'t str> {
    let mut parts = Vec::new();
    while !text.is_empty() {
        let most = 1 + random.place(20);
        let end = text.char_indices().map(|(at, _)| at).find(|at| *at >= most).unwrap_or(text.len());
        let (part, rest) = text.split_at(end);
        parts.push(part);
        text = rest;
    }
    parts
}

/// Answers a call of chat completions: with tools, it calls them in its first answers.
pub(super) fn chat(body: &Value, random: &mut Random) -> Answer {
    let messages = body["messages"].as_array().map(Vec::as_slice).unwrap_or_default();
    let first = messages.iter().find(|message| message["role"] == "user").unwrap_or(&Value::Null);
    let token = token_of(first.to_string().as_bytes());
    let turn = messages.iter().filter(|message| message["role"] == "assistant").count();
    let is_tool_turn = body["tools"].is_array() && turn < tool_turns(&token);
    let calls = if is_tool_turn { calls_of(&token, turn) } else { Vec::new() };
    let told: Vec<&str> = messages
        .iter()
        .filter(|message| message["role"] == "tool")
        .filter_map(|message| message["content"].as_str())
        .collect();
    let text = if is_tool_turn { String::new() } else { reply_text(&token) + &told.join(",") };
    if body["stream"] == true {
        return stream(chunks(&text, &calls, random), random);
    }
    let mut message = json!({"role": "assistant", "content": text, "refusal": null});
    let mut finish = "stop";
    if is_tool_turn {
        message["tool_calls"] = calls.into();
        finish = "tool_calls";
    }
    let choice = json!({"index": 0, "message": message, "finish_reason": finish, "logprobs": null});
    let usage = json!({"prompt_tokens": 3, "completion_tokens": 4, "total_tokens": 7});
    Answer::json(
        200,
        &json!({"id": "chatcmpl-1", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice], "usage": usage}),
    )
}

fn calls_of(token: &str, turn: usize) -> Vec<Value> {
    let call = |place: usize| {
        let arguments = json!({"a": place, "b": turn}).to_string();
        let id = format!("call_{token}_{turn}_{place}");
        json!({"id": id, "type": "function", "function": {"name": "add", "arguments": arguments}})
    };
    (0..=turn).map(call).collect()
}

fn chunks(text: &str, calls: &[Value], random: &mut Random) -> Vec<(Option<&'static str>, String)> {
    let chunk = |delta: Value, finish: Option<&str>| {
        let choice = json!({"index": 0, "delta": delta, "finish_reason": finish});
        let chunk =
            json!({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": [choice]});
        (None, chunk.to_string())
    };
    let mut chunks = vec![chunk(json!({"role": "assistant", "content": ""}), None)];
    for part in parts(text, random) {
        chunks.push(chunk(json!({"content": part}), None));
    }
    for (index, call) in calls.iter().enumerate() {
        let mut start = call.clone();
        let arguments = std::mem::take(&mut start["function"]["arguments"]);
        (start["index"], start["function"]["arguments"]) = (index.into(), "".into());
        chunks.push(chunk(json!({"tool_calls": [start]}), None));
        for part in parts(arguments.as_str().unwrap_or_default(), random) {
            chunks.push(chunk(json!({"tool_calls": [{"index": index, "function": {"arguments": part}}]}), None));
        }
    }
    chunks.push(chunk(json!({}), Some(if calls.is_empty() { "stop" } else { "tool_calls" })));
    chunks.push((None, "[DONE]".to_owned()));
    chunks
}

/// Answers a call of responses.
pub(super) fn response(body: &Value, random: &mut Random) -> Answer {
    let token = token_of(body["input"].to_string().as_bytes());
    if body["stream"] == true {
        return answer_events(&events_of_response(&token, random), random);
    }
    Answer::json(200, &response_of(&token, "completed", &[item_of(&token, &reply_text(&token))]))
}

/// Streams events of a response.
pub(super) fn answer_events(events: &[Value], random: &mut Random) -> Answer {
    let mut named: Vec<(Option<&str>, String)> = Vec::new();
    for event in events {
        named.push((event["type"].as_str(), event.to_string()));
    }
    stream(named, random)
}

fn item_of(token: &str, text: &str) -> Value {
    let part = json!({"type": "output_text", "text": text, "annotations": [], "logprobs": []});
    json!({"id": format!("msg_{token}"), "type": "message", "role": "assistant", "status": "completed", "content": [part]})
}

fn response_of(token: &str, status: &str, output: &[Value]) -> Value {
    json!({
        "id": format!("resp_{token}"), "object": "response", "created_at": 1, "status": status, "model": "m", "output": output,
        "error": null, "incomplete_details": null, "instructions": null, "metadata": {}, "parallel_tool_calls": true,
        "temperature": 1.0, "tool_choice": "auto", "tools": [], "top_p": 1.0,
    })
}

/// Returns the events of the response to a token.
pub(crate) fn events_of_response(token: &str, random: &mut Random) -> Vec<Value> {
    let (text, id) = (reply_text(token), format!("msg_{token}"));
    let item = json!({"id": id, "type": "message", "role": "assistant", "status": "in_progress", "content": []});
    let part = json!({"type": "output_text", "text": "", "annotations": []});
    let at = |mut event: Value| {
        (event["item_id"], event["output_index"], event["content_index"]) = (id.clone().into(), 0.into(), 0.into());
        event
    };
    let mut events = vec![
        json!({"type": "response.created", "response": response_of(token, "in_progress", &[])}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": item}),
        at(json!({"type": "response.content_part.added", "part": part})),
    ];
    for part in parts(&text, random) {
        events.push(at(json!({"type": "response.output_text.delta", "delta": part})));
    }
    let item = item_of(token, &text);
    events.push(at(json!({"type": "response.output_text.done", "text": text})));
    events.push(json!({"type": "response.output_item.done", "output_index": 0, "item": item}));
    events.push(json!({"type": "response.completed", "response": response_of(token, "completed", &[item])}));
    for (number, event) in events.iter_mut().enumerate() {
        event["sequence_number"] = number.into();
    }
    events
}
