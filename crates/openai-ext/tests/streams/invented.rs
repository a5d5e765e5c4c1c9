//! Accumulated objects have no member that nothing of the stream had: over recorded streams, and the forms of other
//! servers.
#![cfg(all(feature = "chat", feature = "completions", feature = "responses", feature = "beta"))]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::assistants::AssistantAccumulator;
use openai_ext::prelude::*;
use openai_ext::responses::ResponseAccumulator;
use openai_ext::runtime::json::{self, Json};
use openai_ext::runtime::sse::Decoder;
use openai_ext::types::{ChatCompletionChunk, Completion};
use openai_ext::{ChatAccumulator, CompletionAccumulator};
use serde_json::{Value, json};

/// The paths of all members, without the places in lists: `tool_calls.function.name`.
fn paths(value: &Value, prefix: &str, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                let path = if prefix.is_empty() { name.clone() } else { format!("{prefix}.{name}") };
                paths(value, &path, found);
                found.insert(path);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| paths(item, prefix, found)),
        _ => {}
    }
}

/// The names of all members, wherever they stand.
fn names(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::Object(members) => {
            for (name, value) in members {
                found.insert(name.clone());
                names(value, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| names(item, found)),
        _ => {}
    }
}

/// Members of a message that each one has, and those that each tool call has: none could be read or sent without them.
const MESSAGE: [&str; 2] = ["role", "content"];
const CALL: [&str; 8] = [
    "tool_calls.id",
    "tool_calls.type",
    "tool_calls.function",
    "tool_calls.function.name",
    "tool_calls.function.arguments",
    "tool_calls.custom",
    "tool_calls.custom.name",
    "tool_calls.custom.input",
];

/// Checks what comes of chunks, and what goes back of it.
fn check_chat(title: &str, chunks: &[Value]) {
    let mut accumulator = ChatAccumulator::new();
    for chunk in chunks {
        let Ok(chunk) = json::from_slice::<ChatCompletionChunk>(chunk.to_string().as_bytes()) else { return };
        if accumulator.push(&chunk).is_err() {
            break;
        }
    }
    let (mut heads, mut choices) = (BTreeSet::new(), BTreeSet::new());
    for chunk in chunks.iter().filter_map(Value::as_object) {
        heads.extend(chunk.keys().cloned());
        let all = chunk.get("choices").and_then(Value::as_array);
        choices
            .extend(all.into_iter().flatten().filter_map(Value::as_object).flat_map(|choice| choice.keys().cloned()));
    }
    let completion = accumulator.snapshot();
    for (name, value) in json!(completion).as_object().expect("an object") {
        let is_known = heads.contains(name) || matches!(name.as_str(), "choices" | "object");
        assert!(is_known, "{title}: {name}: {value}");
    }
    for choice in &completion.choices {
        for (name, value) in json!(choice).as_object().expect("an object") {
            let is_known = choices.contains(name) || matches!(name.as_str(), "index" | "message" | "finish_reason");
            assert!(is_known, "{title}: choices.{name}: {value}");
        }
        let mut sent = BTreeSet::new();
        let deltas = chunks.iter().flat_map(|chunk| chunk["choices"].as_array().into_iter().flatten());
        for delta in deltas.filter(|delta| delta["index"].as_i64().unwrap_or_default() == choice.index) {
            paths(&delta["delta"], "", &mut sent);
        }
        let has_calls = sent.contains("tool_calls");
        let message = json!(choice.message);
        let back = json!(Message::from(choice.message.clone()));
        assert_eq!(back, message, "{title}: it goes back as it is");
        let mut found = BTreeSet::new();
        paths(&back, "", &mut found);
        let invented = found.iter().find(|path| {
            let path = path.as_str();
            !(sent.contains(path) || MESSAGE.contains(&path) || (has_calls && CALL.contains(&path)))
        });
        assert_eq!(invented, None, "{title}: {back}");
    }
}

/// Checks by the names of members: what is made of events has other places than they have.
fn check_names(title: &str, made: &Value, events: &[Value], structure: &[&str]) {
    let (mut sent, mut found) = (BTreeSet::new(), BTreeSet::new());
    events.iter().for_each(|event| names(event, &mut sent));
    names(made, &mut found);
    let invented = found.iter().find(|name| !sent.contains(*name) && !structure.contains(&name.as_str()));
    assert_eq!(invented, None, "{title}: {made}");
}

fn read<T: Json + Default>(events: &[Value]) -> Vec<T> {
    events.iter().map_while(|event| json::from_slice(event.to_string().as_bytes()).ok()).collect()
}

fn check_completions(title: &str, events: &[Value]) {
    let mut accumulator = CompletionAccumulator::new();
    let pushed = read::<Completion>(events).iter().try_for_each(|chunk| accumulator.push(chunk));
    let structure = ["choices", "object", "index", "text", "finish_reason", "logprobs"];
    if pushed.is_ok() {
        check_names(title, &json!(accumulator.snapshot()), events, &structure);
    }
}

fn check_responses(title: &str, events: &[Value]) {
    let mut accumulator = ResponseAccumulator::default();
    let pushed = read(events).iter().try_for_each(|event| accumulator.push(event).map(drop));
    let (Ok(()), Some(response)) = (pushed, accumulator.snapshot()) else { return };
    check_names(title, &json!(response), events, &["object", "output", "status"]);
    // In a run of tools the output is the input of the next request.
    check_names(title, &json!(response.output_as_input()), events, &[]);
}

fn check_assistants(title: &str, events: &[Value]) {
    let mut accumulator = AssistantAccumulator::default();
    let pushed = read(events).iter().try_for_each(|event| accumulator.push(event).map(drop));
    if pushed.is_ok() {
        check_names(title, &json!(accumulator.run()), events, &[]);
        check_names(title, &json!(accumulator.messages()), events, &[]);
    }
}

/// The events of a stream; those of assistants in envelopes, as the connection makes them.
fn events_of(path: &Path, enveloped: bool) -> Vec<Value> {
    let mut decoder = Decoder::new();
    decoder.push(&fs::read(path).expect("the stream can be read"));
    let mut events = Vec::new();
    while let Ok(Some(event)) = decoder.next_event() {
        let Ok(data) = serde_json::from_slice::<Value>(event.data) else { continue };
        let name = String::from_utf8_lossy(event.name).into_owned();
        events.push(if enveloped { json!({"event": name, "data": data}) } else { data });
    }
    events
}

/// The streams of `../shared`, which is beside the project and its worktrees.
fn shared() -> Option<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    if !folder.is_dir() {
        eprintln!("skipped: there is no {}", folder.display());
    }
    folder.is_dir().then_some(folder)
}

#[test]
fn recorded_streams() {
    let Some(folder) = shared() else { return };
    let mut count = 0;
    for entry in fs::read_dir(folder).expect("a folder").flatten() {
        let path = entry.path();
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        if !name.ends_with(".sse") {
            continue;
        }
        let check = match name.split('-').next() {
            Some("chat") => check_chat,
            Some("completions") => check_completions,
            Some("responses") => check_responses,
            Some("assistants") => check_assistants,
            _ => continue,
        };
        check(&name, &events_of(&path, name.starts_with("assistants")));
        count += 1;
    }
    assert!(count >= 90, "only {count} streams");
}

#[test]
fn chunks_of_other_servers() {
    let call = json!({"id": "c", "type": "function", "function": {"name": "f", "arguments": "{}"}});
    let with = |more: Value| {
        let mut call = call.clone();
        call.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        call
    };
    let signature = json!({"google": {"thought_signature": "c2ln"}});
    let details = json!([{"type": "reasoning.encrypted", "data": "x", "id": "r", "format": "f", "index": 0}]);
    let servers: [(&str, Vec<Value>); 8] = [
        (
            "Gemini",
            vec![json!({"role": "assistant", "tool_calls": [with(json!({"index": 0, "extra_content": signature}))]})],
        ),
        ("Gemini without index", vec![json!({"tool_calls": [with(json!({"extra_content": signature}))]}), json!({})]),
        (
            "Mistral",
            vec![
                json!({"role": "assistant", "content": ""}),
                json!({"tool_calls": [{"id": "c", "index": 0,
            "function": {"name": "f", "arguments": "{}"}}]}),
            ],
        ),
        (
            "vLLM",
            vec![
                json!({"role": "assistant", "content": "", "reasoning_content": null}),
                json!({"reasoning_content": "a", "reasoning": "a"}),
                json!({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f"}}]}),
                json!({"tool_calls": [{"index": 0, "function": {"arguments": "{}"}}]}),
            ],
        ),
        (
            "Ollama",
            vec![
                json!({"role": "assistant", "content": "", "thinking": "a"}),
                json!({"role": "assistant", "content": "", "tool_calls": [with(json!({"index": 0}))]}),
            ],
        ),
        (
            "OpenRouter",
            vec![
                json!({"role": "assistant", "content": "", "reasoning": "a", "reasoning_details": details}),
                json!({"role": "assistant", "content": "", "reasoning": null, "reasoning_details": details}),
                json!({"role": "assistant", "content": null, "tool_calls": [with(json!({"index": 0}))]}),
            ],
        ),
        ("nothing but a call", vec![json!({"tool_calls": [{"function": {"name": "f"}}]})]),
        ("nothing", vec![json!({})]),
    ];
    for (server, deltas) in servers {
        for head in [
            json!({}),
            json!({"id": "x", "object": "chat.completion.chunk", "created": 1, "model": "m", "provider": "p"}),
        ] {
            for more in [
                json!({}),
                json!({"logprobs": null, "native_finish_reason": null, "stop_reason": null, "token_ids": null}),
            ] {
                let chunk = |choice: Value| {
                    let (mut chunk, mut choice) = (head.clone(), choice);
                    choice.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
                    chunk["choices"] = json!([choice]);
                    chunk
                };
                let mut chunks: Vec<Value> =
                    deltas.iter().map(|delta| chunk(json!({"index": 0, "delta": delta}))).collect();
                chunks.push(chunk(json!({"index": 0, "delta": {}, "finish_reason": "tool_calls"})));
                check_chat(server, &chunks);
            }
        }
    }
}

#[test]
fn responses_of_other_servers() {
    let item = json!({"type": "function_call", "name": "f", "arguments": "{}", "call_id": "c"});
    let reasoning = json!({"type": "reasoning", "content": [{"type": "reasoning_text", "text": "a"}]});
    let message = json!({"type": "message", "role": "assistant", "content": []});
    let part = json!({"type": "output_text", "text": ""});
    let loose = [
        json!({"type": "response.created", "response": {"status": "in_progress"}}),
        json!({"type": "response.output_item.added", "output_index": 0, "item": reasoning}),
        json!({"type": "response.output_item.added", "output_index": 1, "item": message}),
        json!({"type": "response.content_part.added", "output_index": 1, "content_index": 0, "part": part}),
        json!({"type": "response.output_text.delta", "output_index": 1, "content_index": 0, "delta": "a"}),
        json!({"type": "response.output_item.added", "output_index": 2, "item": item}),
        json!({"type": "response.output_item.done", "output_index": 2, "item": item}),
    ];
    check_responses("with a start", &loose);
    check_responses("without a start", &loose[1..]);
    check_responses(
        "without output indexes",
        &loose.each_ref().map(|event| {
            let mut event = event.clone();
            event.as_object_mut().expect("an object").retain(|name, _| !name.ends_with("_index"));
            event
        }),
    );
    // Items that nothing begins.
    let place = |kind: &str, more: Value| {
        let mut event = json!({"type": kind, "output_index": 0, "item_id": "i"});
        event.as_object_mut().expect("an object").extend(more.as_object().expect("an object").clone());
        event
    };
    for (kind, more) in [
        ("response.output_text.delta", json!({"content_index": 0, "delta": "a"})),
        ("response.refusal.delta", json!({"content_index": 0, "delta": "a"})),
        ("response.reasoning_text.delta", json!({"content_index": 0, "delta": "a"})),
        ("response.reasoning_summary_text.delta", json!({"summary_index": 0, "delta": "a"})),
        ("response.function_call_arguments.delta", json!({"delta": "{}"})),
        ("response.custom_tool_call_input.delta", json!({"delta": "a"})),
        ("response.mcp_call_arguments.delta", json!({"delta": "{}"})),
        ("response.code_interpreter_call_code.delta", json!({"delta": "a"})),
    ] {
        let structure = [
            "id",
            "role",
            "object",
            "output",
            "status",
            "content",
            "summary",
            "text",
            "refusal",
            "arguments",
            "input",
            "code",
        ];
        let events = [place(kind, more)];
        let mut accumulator = ResponseAccumulator::default();
        read(&events).iter().try_for_each(|event| accumulator.push(event)).expect("an event that fits");
        let output = &accumulator.snapshot().expect("a response").output;
        assert_eq!(output.len(), 1, "{kind}");
        check_names(kind, &json!(output), &events, &structure);
        assert!(json!(output)[0].get("status").is_none(), "{kind}");
    }
}
