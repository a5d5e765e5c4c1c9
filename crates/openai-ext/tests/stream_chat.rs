//! Streams of chat completions and completions: put together as the official SDK does, event by event, and over a
//! connection.
#![cfg(all(feature = "chat", feature = "completions"))]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use openai_ext::prelude::*;
use openai_ext::runtime::sse::Decoder;
use openai_ext::stream::chat::IncompleteChatCompletion;
use openai_ext::types::{ChatCompletionChunk, ChatCompletionMessageToolCall, ChatCompletionResponseFormat, Completion};
use openai_ext::{ChatAccumulator, CompletionAccumulator, ErrorKind, StatusCode};
use openai_mock::{Event, MockServer, Reply};
use serde_json::{Value, json};

type TestResult = Result<(), Box<dyn std::error::Error>>;

/// Streams that come to something else here than with the official Python SDK, the places where, and why ours is right.
///
/// The reasons: the official SDK
/// - `role`: appends a role that each chunk repeats, and has none if no chunk names it, though it is always the same;
/// - `first`: keeps fields beyond the document only of the first chunk with the choice, and none of later chunks, where
///   reasons, timings and the results of filters are;
/// - `azure`: passes over objects with an empty name, which have the results of Azure's filters;
/// - `null`: takes the fingerprint of each chunk, also where it is null;
/// - `broken`: stops at the second list of annotations, as these have no index.
const DIFFERENCES: &[(&str, &[&str], &str)] = &[
    ("chat-arize-test-async-chat-stream", &[ROLE, SEED, TEXT], "role, first"),
    ("chat-arize-test-chat-stream", &[ROLE, SEED, TEXT], "role, first"),
    ("chat-llama-text", &["/timings"], "first"),
    ("chat-llama-utf8-6", &["/timings"], "first"),
    ("chat-pydai-test-openrouter-advisor-tool-stream", &[ROLE, NATIVE], "role, first"),
    ("chat-pydai-test-openrouter-stream-with-native-options", &[ROLE, NATIVE], "role, first"),
    (
        "chat-pydai-test-openrouter-web-search-annotations-stream",
        &["/choices/0/finish_reason", "/choices/0/message/annotations", "/choices/0/message/content", NATIVE, "/usage"],
        "broken, first",
    ),
    ("chat-pydai-test-snowflake-model-streaming", &[ROLE], "role"),
    ("chat-simonw-test-tools-streaming-variant-a-2", &[ROLE, NATIVE, "/system_fingerprint"], "role, first, null"),
    ("chat-simonw-test-tools-streaming-variant-c", &[ROLE, NATIVE, "/system_fingerprint"], "role, first, null"),
    ("chat-traceloop-test-chat-async-streaming", &FILTERS, "first, azure"),
    ("chat-traceloop-test-chat-streaming", &FILTERS, "first, azure"),
    ("chat-traceloop-test-chat-streaming-2", &[ROLE], "role"),
    ("chat-vercel-azure-model-router-1", &FILTERS, "first, azure"),
    ("chat-vercel-should-stream-annotations-citations", &["/choices/1/message/role"], "role"),
    (
        "chat-vercel-should-stream-text-after-azure-content-filter-chunks",
        &["/choices/0/content_filter_offsets", "/choices/0/content_filter_results", "/prompt_filter_results"],
        "azure",
    ),
];

const ROLE: &str = "/choices/0/message/role";
const NATIVE: &str = "/choices/0/native_finish_reason";
const SEED: &str = "/choices/0/seed";
const TEXT: &str = "/choices/0/text";
const FILTERS: [&str; 5] = [
    "/choices/0/content_filter_results/hate",
    "/choices/0/content_filter_results/self_harm",
    "/choices/0/content_filter_results/sexual",
    "/choices/0/content_filter_results/violence",
    "/prompt_filter_results",
];

/// The recorded streams, which are not part of this repository.
fn streams() -> Option<PathBuf> {
    // From a worktree beside the project's root it is the same place.
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/streams");
    folder.is_dir().then_some(folder)
}

#[test]
fn recorded_streams_come_to_what_the_official_sdk_makes_of_them() -> TestResult {
    let Some(folder) = streams() else {
        println!("skipped: there is no ../shared/streams");
        return Ok(());
    };
    let mut names: Vec<String> = fs::read_dir(&folder)?
        .filter_map(|entry| entry.ok()?.file_name().into_string().ok()?.strip_suffix(".python.json").map(str::to_owned))
        .filter(|name| name.starts_with("chat-") || name.starts_with("completions-"))
        .collect();
    names.sort();
    let mut equal = 0;
    let mut unexplained = Vec::new();
    for name in &names {
        let expected: Value = serde_json::from_slice(&fs::read(folder.join(format!("{name}.python.json")))?)?;
        let stream = fs::read(folder.join(format!("{name}.sse")))?;
        let found = if name.starts_with("chat-") { chat(&stream)? } else { completion(&stream)? };
        let mut places = Vec::new();
        differences(&comparable(expected), &comparable(found), "", &mut places);
        let argued = DIFFERENCES.iter().find(|(known, ..)| known == name).map_or(&[][..], |(_, places, _)| places);
        equal += usize::from(places.is_empty());
        if places.iter().map(|(place, _)| place).ne(argued) {
            unexplained.push(format!("{name}: {places:#?}"));
        }
    }
    println!("{equal} of {} streams are equal, {} differ for a reason", names.len(), DIFFERENCES.len());
    assert!(unexplained.is_empty(), "{}", unexplained.join("\n"));
    Ok(())
}

/// What a stream of chat completion chunks comes to, stored and taken up again halfway.
fn chat(stream: &[u8]) -> Result<Value, Box<dyn std::error::Error>> {
    let chunks = decode::<ChatCompletionChunk>(stream)?;
    let mut accumulator = ChatAccumulator::new();
    let mut resumed = ChatAccumulator::new();
    for (at, chunk) in chunks.iter().enumerate() {
        accumulator.push(chunk)?;
        resumed.push_with_events(chunk, &mut Vec::new())?;
        if at == chunks.len() / 2 {
            resumed = serde_json::from_str(&serde_json::to_string(&resumed)?)?;
        }
    }
    assert_eq!(accumulator.snapshot(), resumed.snapshot());
    Ok(serde_json::to_value(accumulator.finish()?)?)
}

/// The texts of a stream of completions.
fn completion(stream: &[u8]) -> Result<Value, Box<dyn std::error::Error>> {
    let mut accumulator = CompletionAccumulator::new();
    for chunk in decode::<Completion>(stream)? {
        accumulator.push(&chunk)?;
        accumulator = serde_json::from_str(&serde_json::to_string(&accumulator)?)?;
    }
    let completion = accumulator.finish()?;
    let texts = completion.choices.into_iter().map(|choice| (choice.index.to_string(), choice.text));
    Ok(json!({"text_by_index": texts.collect::<BTreeMap<_, _>>()}))
}

fn decode<T: serde::de::DeserializeOwned>(stream: &[u8]) -> Result<Vec<T>, Box<dyn std::error::Error>> {
    let mut decoder = Decoder::new();
    decoder.push(stream);
    decoder.push(b"\n\n");
    let mut chunks = Vec::new();
    while let Some(event) = decoder.next_event()? {
        if event.data.trim_ascii() == b"[DONE]" {
            break;
        }
        chunks.push(serde_json::from_slice(event.data)?);
    }
    Ok(chunks)
}

/// Without nulls and without what either side may leave out.
fn comparable(value: Value) -> Value {
    match value {
        Value::Object(members) => members
            .into_iter()
            .filter(|(name, value)| {
                !value.is_null() && !matches!(&**name, "parsed" | "parsed_arguments" | "obfuscation")
            })
            .map(|(name, mut value)| {
                if let ("tool_calls", Some(calls)) = (&*name, value.as_array_mut()) {
                    calls.iter_mut().filter_map(Value::as_object_mut).for_each(|call| drop(call.remove("index")));
                }
                (name, comparable(value))
            })
            .collect(),
        Value::Array(items) => items.into_iter().map(comparable).collect(),
        other => other,
    }
}

/// The places where two values differ, and what stands there.
fn differences(expected: &Value, found: &Value, place: &str, places: &mut Vec<(String, String)>) {
    match (expected, found) {
        (Value::Object(expected), Value::Object(found)) => {
            let names: std::collections::BTreeSet<&String> = expected.keys().chain(found.keys()).collect();
            for name in names {
                let member = |object: &serde_json::Map<String, Value>| object.get(name).cloned().unwrap_or_default();
                differences(&member(expected), &member(found), &format!("{place}/{name}"), places);
            }
        }
        (Value::Array(expected), Value::Array(found)) if expected.len() == found.len() => {
            for (at, (expected, found)) in expected.iter().zip(found).enumerate() {
                differences(expected, found, &format!("{place}/{at}"), places);
            }
        }
        // Whole numbers may be written as floats.
        (Value::Number(expected), Value::Number(found)) if expected.as_f64() == found.as_f64() => {}
        _ if expected == found => {}
        _ => places.push((place.to_owned(), format!("{expected} by Python, {found} here"))),
    }
}

/// The snapshot and the names of the events that chunks lead to, each of them given by its choices.
fn play(chunks: &[Value]) -> Result<(Value, Vec<ChatStreamEvent>), openai_ext::Error> {
    let mut accumulator = ChatAccumulator::new();
    let mut events = Vec::new();
    for chunk in chunks {
        let chunk: ChatCompletionChunk = serde_json::from_value(chunk.clone()).expect("a chunk");
        accumulator.push_with_events(&chunk, &mut events)?;
    }
    Ok((serde_json::to_value(accumulator.snapshot()).expect("JSON"), events))
}

/// A chunk with one choice of index 0.
fn delta(delta: Value) -> Value {
    json!({"choices": [{"index": 0, "delta": delta}]})
}

fn tool(index: i64, delta: Value) -> Value {
    let mut call = json!({"index": index});
    call.as_object_mut().expect("an object").extend(delta.as_object().expect("an object").clone());
    self::delta(json!({"tool_calls": [call]}))
}

fn finish(reason: &str) -> Value {
    json!({"choices": [{"index": 0, "delta": {}, "finish_reason": reason}]})
}

#[test]
fn fields_of_the_message_add_up() -> TestResult {
    let function = |arguments: &str| json!({"function": {"arguments": arguments}});
    for (deltas, expected) in [
        (vec![json!({"content": ""}), json!({})], json!({"content": ""})),
        (
            vec![json!({"content": "a", "role": "assistant"}), json!({"content": "b", "role": "assistant"})],
            json!({"content": "ab"}),
        ),
        (vec![json!({"refusal": "I"}), json!({"refusal": " can't"})], json!({"refusal": "I can't"})),
        (vec![json!({"role": "tool"})], json!({"role": "tool"})),
        (
            vec![
                json!({"function_call": {"name": "f", "arguments": "{"}}),
                json!({"function_call": {"arguments": "}"}}),
            ],
            json!({"function_call": {"name": "f", "arguments": "{}"}}),
        ),
        (
            vec![
                json!({"audio": {"id": "a", "transcript": "He"}}),
                json!({"audio": {"id": "b", "data": "AA", "transcript": "y"}}),
                json!({"audio": {"data": "BB", "expires_at": 5.0, "more": "x"}}),
            ],
            json!({"audio": {"id": "b", "data": "AABB", "transcript": "Hey", "expires_at": 5, "more": "x"}}),
        ),
        (
            vec![
                json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "a"}}]}),
                json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "b"}}]}),
            ],
            json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "a"}},
                {"type": "url_citation", "url_citation": {"url": "b"}}]}),
        ),
        (
            vec![
                json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "a"}}]}),
                json!({"annotations": [{"type": "url_citation", "url_citation": 5}]}),
                json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "b"}}]}),
            ],
            json!({"annotations": [{"type": "url_citation", "url_citation": {"url": "a"}},
                {"type": "url_citation", "url_citation": 5},
                {"type": "url_citation", "url_citation": {"url": "b"}}]}),
        ),
        // What has no rule of its own.
        (
            vec![
                json!({"reasoning_content": null, "n": 1}),
                json!({"reasoning_content": "Let", "n": 2}),
                json!({"reasoning_content": " me", "reasoning_details": [{"index": 0, "type": "t", "text": "a"}]}),
                json!({"reasoning_content": null, "reasoning_details": [{"index": 0, "type": "t", "text": "b"}]}),
            ],
            json!({"reasoning_content": "Let me", "n": 3, "reasoning_details": [{"index": 0, "type": "t", "text": "ab"}]}),
        ),
        // Tool calls.
        (
            vec![
                json!({"tool_calls": [{"index": 0, "id": "c", "type": "function", "function": {"name": "f", "arguments": ""}}]}),
                json!({"tool_calls": [{"index": 0, "id": "", "function": {"name": "", "arguments": "{\"a\""}}]}),
                json!({"tool_calls": [{"index": 0, "id": null, "type": null, "function": {"name": "g", "arguments": ":1}"}}]}),
            ],
            json!({"tool_calls": [{"id": "c", "type": "function", "function": {"name": "g", "arguments": "{\"a\":1}"}}]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"function": {"name": "f", "arguments": "1"}}]}),
                json!({"tool_calls": [{"index": -1, "function": {"arguments": "2"}}]}),
            ],
            json!({"tool_calls": [{"id": "", "type": "function", "function": {"name": "f", "arguments": "12"}}]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"index": 7, "id": "b", "function": {"arguments": "1"}}]}),
                json!({"tool_calls": [{"index": 3, "id": "a", "function": {"arguments": "2"}}]}),
                json!({"tool_calls": [{"index": 7, "function": {"arguments": "3"}}]}),
            ],
            json!({"tool_calls": [
                {"id": "a", "type": "function", "function": {"name": "", "arguments": "2"}},
                {"id": "b", "type": "function", "function": {"name": "", "arguments": "13"}},
            ]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"index": 0, "id": "c", "type": "custom", "custom": {"name": "sql", "input": ""}}]}),
                json!({"tool_calls": [{"index": 0, "custom": {"input": "SELECT", "name": null}}]}),
                json!({"tool_calls": [{"index": 0, "custom": {"input": " 1"}, "x": "y"}]}),
            ],
            json!({"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": "SELECT 1"}, "x": "y"}]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"index": 0, "id": "c"}]}),
                json!({"tool_calls": [{"index": 0, "type": "custom", "custom": {"name": "sql"}}]}),
            ],
            json!({"tool_calls": [{"id": "c", "type": "custom", "custom": {"name": "sql", "input": ""}}]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"index": 0, "id": "c", "type": "builtin", "function": {"name": "f", "arguments": "{}", "strict": true}}]}),
                json!({"tool_calls": [{"index": 0, "extra_content": {"signature": "a"}}]}),
                json!({"tool_calls": [{"index": 0, "extra_content": {"signature": "b"}}]}),
            ],
            json!({"tool_calls": [{"id": "c", "type": "builtin", "function": {"name": "f", "arguments": "{}", "strict": true}, "extra_content": {"signature": "ab"}}]}),
        ),
        (vec![json!({"tool_calls": []})], json!({})),
        (
            vec![json!({"tool_calls": [{"index": 1023, "function": {}}]})],
            json!({"tool_calls": [{"id": "", "type": "function", "function": {"name": "", "arguments": ""}}]}),
        ),
        (
            vec![
                json!({"tool_calls": [{"index": 0, "id": "a", "function": function("x")["function"]}]}),
                json!({"content": "late"}),
            ],
            json!({"content": "late", "tool_calls": [{"id": "a", "type": "function", "function": {"name": "", "arguments": "x"}}]}),
        ),
    ] {
        let chunks: Vec<Value> = deltas.into_iter().map(delta).collect();
        let (snapshot, _) = play(&chunks)?;
        let mut message = json!({"role": "assistant", "content": null, "refusal": null});
        message.as_object_mut().expect("an object").extend(expected.as_object().expect("an object").clone());
        assert_eq!(snapshot["choices"][0]["message"], message, "{chunks:?}");
    }
    Ok(())
}

#[test]
fn fields_of_chunks_and_choices_stand_as_the_newest_says() -> TestResult {
    let (snapshot, _) = play(&[
        // Azure's first object, and one that is no chunk at all.
        json!({"id": "", "object": "", "created": 0, "model": "", "choices": [], "prompt_filter_results": [1]}),
        json!({"id": "other", "object": "thread.run", "choices": [{"index": 0, "delta": {"content": "never"}}]}),
        json!({"id": "a", "object": "chat.completion.chunk", "created": 5, "model": "m", "service_tier": "default",
            "system_fingerprint": "fp_1", "provider": "p", "obfuscation": "x", "x_groq": {"id": "r"},
            "choices": [{"index": 0, "delta": {"content": "A"}, "finish_reason": null, "content_filter_results": {}}]}),
        json!({"id": "b", "object": "chat.completion.chunk", "created": 6, "model": "n", "service_tier": "flex", "provider": "p",
            "choices": [{"index": 0, "delta": {"content": "B"}, "finish_reason": "stop",
                "content_filter_results": {"hate": {"severity": "safe"}, "violence": {"severity": "safe"}}}]}),
        json!({"object": "chat.completion.chunk", "system_fingerprint": null, "service_tier": null, "provider": null,
            "x_groq": {"usage": 1}, "usage": {"total_tokens": 1},
            "choices": [{"index": 0, "delta": {}, "finish_reason": "", "content_filter_results": {"hate": {"severity": "high"}}}]}),
        json!({"choices": [], "usage": {"total_tokens": 3}}),
        json!({"choices": [], "usage": null}),
    ])?;
    let expected = json!({
        "id": "a", "object": "chat.completion", "created": 5, "model": "m", "service_tier": "flex", "system_fingerprint": "fp_1",
        "prompt_filter_results": [1], "provider": "p", "x_groq": {"id": "r", "usage": 1}, "usage": {"total_tokens": 3},
        "choices": [{
            "index": 0, "finish_reason": "stop", "logprobs": null,
            "content_filter_results": {"hate": {"severity": "high"}, "violence": {"severity": "safe"}},
            "message": {"role": "assistant", "content": "AB", "refusal": null},
        }],
    });
    assert_eq!(snapshot, expected);
    Ok(())
}

#[test]
fn choices_come_in_any_order() -> TestResult {
    let chunk = |index: i64, text: &str| json!({"choices": [{"index": index, "delta": {"content": text}}]});
    let (snapshot, events) = play(&[
        chunk(2, "c"),
        chunk(0, "a"),
        json!({"choices": [
            {"index": 1, "delta": {"content": "b"}},
            {"index": 2, "delta": {"content": "C"}, "finish_reason": "stop"},
        ]}),
        chunk(-5, "A"),
        json!({"choices": [{"delta": {"content": "!"}, "finish_reason": "length"}]}),
    ])?;
    let choices = snapshot["choices"].as_array().expect("a list");
    let texts: Vec<_> = choices.iter().map(|choice| (&choice["index"], &choice["message"]["content"])).collect();
    assert_eq!(json!(texts), json!([[0, "aA!"], [1, "b"], [2, "cC"]]));
    let reasons: Vec<_> = choices.iter().map(|choice| &choice["finish_reason"]).collect();
    assert_eq!(json!(reasons), json!(["length", null, "stop"]));
    let told: Vec<String> = events.iter().map(tell).collect();
    let expected = ["2+c", "0+a", "1+b", "2+C", "2=cC", "0+A", "0+!", "0=aA!"];
    assert_eq!(told, expected);
    Ok(())
}

#[test]
fn logprobs_are_appended() -> TestResult {
    let token = |text: &str| json!({"token": text, "logprob": -0.5, "bytes": null, "top_logprobs": []});
    let chunk = |logprobs: Value| json!({"choices": [{"index": 0, "delta": {"content": "x"}, "logprobs": logprobs}]});
    let (snapshot, events) = play(&[
        chunk(json!(null)),
        chunk(json!({"content": [token("a")], "refusal": null})),
        chunk(json!({"content": [token("b"), token("c")], "refusal": []})),
        chunk(json!({"content": null, "refusal": [token("d")], "more": "x"})),
        finish("stop"),
    ])?;
    let expected = json!({"content": [token("a"), token("b"), token("c")], "refusal": [token("d")], "more": "x"});
    assert_eq!(snapshot["choices"][0]["logprobs"], expected);
    let names: Vec<_> = events.iter().map(ChatStreamEvent::name).collect();
    let expected = [
        "content.delta",
        "content.delta",
        "logprobs.content.delta",
        "content.delta",
        "logprobs.content.delta",
        "content.delta",
        "logprobs.refusal.delta",
        "content.done",
        "logprobs.content.done",
        "logprobs.refusal.done",
    ];
    assert_eq!(names, expected);
    Ok(())
}

/// An event in few signs: `+` goes on, `=` is done.
fn tell(event: &ChatStreamEvent) -> String {
    use ChatStreamEvent as E;
    match event {
        E::Chunk(_) => "chunk".to_owned(),
        E::ContentDelta { choice, delta, .. } => format!("{choice}+{delta}"),
        E::ContentDone { choice, content, .. } => format!("{choice}={content}"),
        E::RefusalDelta { choice, delta, .. } => format!("{choice}-{delta}"),
        E::RefusalDone { choice, refusal, .. } => format!("{choice}-={refusal}"),
        E::ToolArgumentsDelta { choice, index, name, delta, .. } => format!("{choice}.{index} {name}+{delta}"),
        E::ToolArgumentsDone { choice, index, name, arguments, .. } => format!("{choice}.{index} {name}={arguments}"),
        E::ToolInputDelta { choice, index, name, delta, .. } => format!("{choice}.{index} custom {name}+{delta}"),
        E::ToolInputDone { choice, index, name, input, .. } => format!("{choice}.{index} custom {name}={input}"),
        other => other.name().to_owned(),
    }
}

#[test]
fn events_come_in_their_order() -> TestResult {
    let function =
        |name: &str, arguments: &str| json!({"type": "function", "function": {"name": name, "arguments": arguments}});
    let goes_on = |arguments: &str| json!({"function": {"arguments": arguments}});
    for (chunks, expected) in [
        (vec![], vec![]),
        (vec![json!({"choices": [], "usage": {"total_tokens": 1}})], vec![]),
        (vec![delta(json!({"role": "assistant", "content": ""})), finish("stop")], vec![]),
        // Done once, whatever comes after.
        (vec![delta(json!({"content": "a"})), finish("stop"), finish("stop")], vec!["0+a", "0=a"]),
        (vec![delta(json!({"content": "a"}))], vec!["0+a"]),
        // All in one chunk, in the order of the kinds.
        (
            vec![json!({"choices": [{"index": 0, "finish_reason": "stop", "delta": {
                "content": "a", "refusal": "r", "tool_calls": [{"index": 0, "function": {"name": "f", "arguments": "{}"}}]}}]})],
            vec!["0+a", "0-r", "0.0 f+{}", "0=a", "0-=r", "0.0 f={}"],
        ),
        // The text is done when the first call begins, a call when the next one does.
        (
            vec![
                delta(json!({"content": "a"})),
                tool(0, function("f", "")),
                tool(0, goes_on("{}")),
                tool(1, function("g", "")),
                tool(1, goes_on("{\"x\":")),
                tool(1, goes_on("1}")),
                finish("tool_calls"),
            ],
            vec![
                "0+a",
                "0.0 f+",
                "0=a",
                "0.0 f+{}",
                "0.1 g+",
                "0.0 f={}",
                "0.1 g+{\"x\":",
                "0.1 g+1}",
                "0.1 g={\"x\":1}",
            ],
        ),
        // Calls that come in turns are done when they are complete.
        (
            vec![
                tool(0, function("f", "{\"a\":")),
                tool(1, function("g", "{\"b\":")),
                tool(0, goes_on("1}")),
                tool(1, goes_on("2}")),
                finish("tool_calls"),
            ],
            vec!["0.0 f+{\"a\":", "0.1 g+{\"b\":", "0.0 f+1}", "0.1 g+2}", "0.0 f={\"a\":1}", "0.1 g={\"b\":2}"],
        ),
        // Several calls in one chunk.
        (
            vec![
                delta(json!({"tool_calls": [
                {"index": 0, "function": {"name": "f", "arguments": "{}"}}, {"index": 1, "function": {"name": "g", "arguments": "{}"}}]})),
                finish("tool_calls"),
            ],
            vec!["0.0 f+{}", "0.1 g+{}", "0.0 f={}", "0.1 g={}"],
        ),
        (
            vec![
                tool(0, json!({"type": "custom", "custom": {"name": "sql", "input": ""}})),
                tool(0, json!({"custom": {"input": "SELECT"}})),
                tool(1, json!({"type": "custom", "custom": {"name": "py", "input": "x"}})),
                finish("tool_calls"),
            ],
            vec![
                "0.0 custom sql+",
                "0.0 custom sql+SELECT",
                "0.1 custom py+x",
                "0.0 custom sql=SELECT",
                "0.1 custom py=x",
            ],
        ),
        (
            vec![delta(json!({"refusal": "I"})), delta(json!({"refusal": " can't"})), finish("stop")],
            vec!["0-I", "0- can't", "0-=I can't"],
        ),
    ] {
        let (_, events) = play(&chunks)?;
        let told: Vec<String> = events.iter().map(tell).collect();
        assert_eq!(told, expected, "{chunks:?}");
    }
    Ok(())
}

#[test]
fn json_is_parsed_when_asked() -> TestResult {
    let chunks = [
        delta(json!({"content": "{\"a\": [1, "})),
        delta(json!({"content": "2]}"})),
        tool(0, json!({"function": {"name": "f", "arguments": "{\"b\": \"x"}})),
        tool(0, json!({"function": {"arguments": "y\"}"}})),
        finish("tool_calls"),
    ];
    for parsing in [false, true] {
        let mut accumulator = ChatAccumulator::new().with_parsing(parsing);
        let mut events = Vec::new();
        for chunk in &chunks {
            accumulator.push_with_events(&serde_json::from_value(chunk.clone())?, &mut events)?;
        }
        let parsed = events.iter().map(|event| match event {
            ChatStreamEvent::ContentDelta { parsed, .. }
            | ChatStreamEvent::ContentDone { parsed, .. }
            | ChatStreamEvent::ToolArgumentsDelta { parsed, .. }
            | ChatStreamEvent::ToolArgumentsDone { parsed, .. } => parsed.clone(),
            other => panic!("{other:?}"),
        });
        let parsed: Vec<Option<Value>> = parsed.collect();
        let whole = json!({"a": [1, 2]});
        let expected = json!([{"a": [1]}, whole, {"b": "x"}, whole, {"b": "xy"}, {"b": "xy"}]);
        assert_eq!(json!(parsed), if parsing { expected } else { json!([null, null, null, null, null, null]) });
    }
    Ok(())
}

#[test]
fn a_completion_that_was_cut_off_is_an_error_if_it_was_to_be_parsed() -> TestResult {
    for (reason, parsing, kind) in [
        ("stop", true, None),
        ("tool_calls", true, None),
        ("length", false, None),
        ("content_filter", false, None),
        ("length", true, Some(ErrorKind::Decode)),
        ("content_filter", true, Some(ErrorKind::Decode)),
    ] {
        let mut accumulator = ChatAccumulator::new().with_parsing(parsing);
        accumulator.push(&serde_json::from_value(delta(json!({"content": "{\"a"})))?)?;
        accumulator.push(&serde_json::from_value(finish(reason))?)?;
        let finished = accumulator.finish();
        assert_eq!(finished.as_ref().err().map(openai_ext::Error::kind), kind, "{reason} {parsing}");
        if let Err(error) = finished {
            let source =
                std::error::Error::source(&error).and_then(|source| source.downcast_ref::<IncompleteChatCompletion>());
            assert_eq!(source.map(|source| source.completion.text()), Some("{\"a"));
        }
    }
    Ok(())
}

#[test]
fn indexes_have_limits() {
    for (chunk, ok) in [
        (json!({"choices": [{"index": 127, "delta": {}}]}), true),
        (json!({"choices": [{"index": 128, "delta": {}}]}), false),
        (json!({"choices": [{"index": i64::MAX, "delta": {}}]}), false),
        (json!({"choices": [{"index": i64::MIN, "delta": {}}]}), true),
        (tool(1023, json!({})), true),
        (tool(1024, json!({})), false),
        (tool(i64::MIN, json!({})), true),
    ] {
        let played = play(&[delta(json!({"content": "a"})), chunk.clone()]);
        assert_eq!(
            played.map(drop).map_err(|error| error.kind()),
            if ok { Ok(()) } else { Err(ErrorKind::Stream) },
            "{chunk}"
        );
    }
}

#[test]
fn a_stream_without_chunks_is_no_completion() -> TestResult {
    assert_eq!(ChatAccumulator::new().finish().map_err(|error| error.kind()), Err(ErrorKind::Stream));
    let mut accumulator = ChatAccumulator::new();
    accumulator.push(&serde_json::from_value(json!({"choices": [], "usage": {"total_tokens": 1}}))?)?;
    let completion = accumulator.finish()?;
    assert_eq!(
        serde_json::to_value(completion)?,
        json!({"object": "chat.completion", "choices": [], "usage": {"total_tokens": 1}})
    );
    Ok(())
}

#[test]
fn a_stored_state_must_fit_its_snapshot() -> TestResult {
    let mut accumulator = ChatAccumulator::new();
    accumulator.push(&serde_json::from_value(tool(2, json!({"function": {"arguments": "{"}})))?)?;
    let stored = serde_json::to_value(&accumulator)?;
    let mut read: ChatAccumulator = serde_json::from_value(stored.clone())?;
    read.push(&serde_json::from_value(tool(2, json!({"function": {"arguments": "}"}})))?)?;
    assert!(
        matches!(read.tool_call(0, 2), Some(ChatCompletionMessageToolCall::Function(call)) if call.function.arguments == "{}")
    );
    for (place, value) in [
        ("/choices", json!([])),
        ("/choices/0/tools", json!([])),
        ("/choices/0/tools/0/0", json!("x")),
        ("/snapshot/choices/0/message/tool_calls", json!(null)),
        ("/started", json!(null)),
    ] {
        let mut broken = stored.clone();
        *broken.pointer_mut(place).expect(place) = value;
        assert!(serde_json::from_value::<ChatAccumulator>(broken).is_err(), "{place}");
    }
    assert!(serde_json::from_str::<CompletionAccumulator>(r#"{"choices": [{"index": 1}, {"index": 0}]}"#).is_err());
    Ok(())
}

#[test]
fn events_are_small() {
    assert!(size_of::<ChatStreamEvent>() <= 128, "{}", size_of::<ChatStreamEvent>());
}

/// The time of a chunk must not grow with what is there: twice the chunks, about twice the time.
#[test]
fn many_deltas_take_linear_time() -> TestResult {
    let chunk: ChatCompletionChunk = serde_json::from_value(delta(json!({"content": "word ", "reasoning": "hm "})))?;
    let time = |count: usize| -> Result<std::time::Duration, openai_ext::Error> {
        let start = std::time::Instant::now();
        let mut accumulator = ChatAccumulator::new();
        let mut events = Vec::new();
        for _ in 0..count {
            events.clear();
            accumulator.push_with_events(&chunk, &mut events)?;
        }
        assert_eq!(accumulator.snapshot().text().len(), 5 * count);
        Ok(start.elapsed())
    };
    time(1000)?;
    let (few, many) = (time(5_000)?, time(80_000)?);
    // Sixteen times the chunks; quadratic would be 256 times.
    assert!(many < few * 100, "{few:?} and {many:?}");
    Ok(())
}

#[test]
fn completions_add_up() -> TestResult {
    let logprobs = |tokens: [&str; 1], probability: Value| json!({"tokens": tokens, "token_logprobs": [probability], "text_offset": [1], "top_logprobs": [null]});
    let mut accumulator = CompletionAccumulator::new();
    let mut events = Vec::new();
    for chunk in [
        json!({"id": "c", "object": "text_completion", "created": 1, "model": "m", "choices": [
            {"index": 1, "text": "b", "logprobs": null, "finish_reason": null}]}),
        json!({"id": "c", "choices": [{"index": 0, "text": "a", "logprobs": logprobs(["a"], json!(null)), "finish_reason": null}]}),
        json!({"id": "c", "choices": [{"index": 0, "text": "A", "logprobs": logprobs(["A"], json!(-0.5)), "finish_reason": "stop", "x": 1}]}),
        json!({"id": "c", "choices": [{"index": 1, "text": "", "finish_reason": "length"}], "provider": "p"}),
        json!({"id": "c", "choices": [], "usage": {"total_tokens": 4}, "system_fingerprint": "fp"}),
    ] {
        accumulator.push_with_events(&serde_json::from_value(chunk)?, &mut events)?;
    }
    let told: Vec<String> = events
        .iter()
        .map(|event| match event {
            CompletionStreamEvent::TextDelta { choice, delta, .. } => format!("{choice}+{delta}"),
            CompletionStreamEvent::TextDone { choice, text, .. } => format!("{choice}={text}"),
            other => format!("{other:?}"),
        })
        .collect();
    assert_eq!(told, ["1+b", "0+a", "0+A", "0=aA", "1=b"]);
    let expected = json!({
        "id": "c", "object": "text_completion", "created": 1, "model": "m", "provider": "p", "system_fingerprint": "fp",
        "usage": {"total_tokens": 4},
        "choices": [
            {"index": 0, "text": "aA", "finish_reason": "stop", "x": 1, "logprobs": {
                "tokens": ["a", "A"], "token_logprobs": [null, -0.5], "text_offset": [1, 1], "top_logprobs": [null, null]}},
            {"index": 1, "text": "b", "finish_reason": "length", "logprobs": null},
        ],
    });
    assert_eq!(serde_json::to_value(accumulator.snapshot())?, expected);
    let beyond = serde_json::from_value(json!({"choices": [{"index": 128, "text": "x"}]}))?;
    assert_eq!(accumulator.push(&beyond).map_err(|error| error.kind()), Err(ErrorKind::Stream));
    assert_eq!(serde_json::to_value(accumulator.finish()?)?, expected);
    assert!(CompletionAccumulator::new().finish().is_err());
    Ok(())
}

/// A mock, and a client of it that tries once.
async fn mocked() -> Result<(Client, MockServer), Box<dyn std::error::Error>> {
    let mock = MockServer::start().await?;
    let client = Client::builder().base_url(mock.base_url()).api_key("no-key").max_retries(0).build()?;
    Ok((client, mock))
}

/// Has the mock answer every request with these chunks, and `[DONE]` if they are all.
fn answer(mock: &MockServer, chunks: &[Value], done: bool) {
    let events = chunks.iter().map(Event::data).chain(done.then(Event::done));
    let reply = Reply::events(events.collect::<Vec<_>>()).header("x-request-id", "req_1");
    mock.on_request(move |_| Some(reply.clone()));
}

#[tokio::test]
async fn events_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let chunks = [
        json!({"object": "thread.run", "choices": []}),
        delta(json!({"content": "Hel"})),
        delta(json!({"content": "lo"})),
        finish("stop"),
    ];
    answer(&mock, &chunks, true);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let mut stream = call.stream_events().await?;
    assert_eq!(stream.request_id(), Some("req_1"));
    assert!(stream.headers().contains_key("content-type"));
    let mut told = Vec::new();
    while let Some(event) = stream.next().await {
        told.push(tell(&event?));
    }
    assert_eq!(told, ["chunk", "0+Hel", "chunk", "0+lo", "chunk", "0=Hello"]);
    assert_eq!(stream.snapshot().text(), "Hello");
    assert_eq!(stream.choice(0).map(|choice| choice.finish_reason.as_str()), Some("stop"));
    assert!(stream.next().await.is_none());
    assert_eq!(stream.final_completion().await?.text(), "Hello");
    assert_eq!(mock.requests()[0].json().map(|body| body["stream"].clone()), Some(json!(true)));
    Ok(())
}

#[tokio::test]
async fn last_words_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let other = json!({"choices": [{"index": 1, "delta": {"content": "other"}}]});
    let chunks = [
        delta(json!({"role": "assistant"})),
        delta(json!({"content": "Hel"})),
        other,
        delta(json!({"content": "lo"})),
        finish("length"),
    ];
    answer(&mock, &chunks, true);
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let open = || call.clone().stream_events();

    assert_eq!(open().await?.final_content().await?, "Hello");
    assert_eq!(open().await?.final_completion().await?.choices.len(), 2);
    let mut text = open().await?.text_stream();
    let mut deltas = Vec::new();
    while let Some(delta) = text.next().await {
        deltas.push(delta?);
    }
    assert_eq!(deltas, ["Hel", "lo"]);
    assert_eq!(text.into_inner().snapshot().choices.len(), 2);

    // Text that was among the events of a chunk is not lost.
    let mut events = open().await?;
    while events.snapshot().text().is_empty() {
        events.next().await.transpose()?;
    }
    assert_eq!(events.text_stream().next().await.transpose()?.as_deref(), Some("Hel"));

    let mut closed = open().await?;
    closed.next().await.transpose()?;
    closed.close();
    assert!(closed.next().await.is_none());
    assert_eq!(closed.into_accumulator().snapshot().text(), "");

    // An answer in JSON is to be parsed, and then half of one is an error.
    for (format, kind) in [("text", None), ("json_object", Some(ErrorKind::Decode))] {
        let format: ChatCompletionResponseFormat = serde_json::from_value(json!({"type": format}))?;
        let stream = call.clone().response_format(format).stream_events().await?;
        assert_eq!(stream.final_completion().await.err().map(|error| error.kind()), kind);
    }
    Ok(())
}

#[tokio::test]
async fn what_came_before_an_error_stays() -> TestResult {
    let (client, mock) = mocked().await?;
    let call = client.chat().completions().create("gpt-5.5", [Message::user("Hi")]);
    let error = json!({"error": {"message": "overloaded", "code": "server_error"}});
    for (last, kind) in [
        (None, ErrorKind::Truncated),
        (Some(error), ErrorKind::Stream),
        (Some(json!({"choices": [{"index": 500, "delta": {}}]})), ErrorKind::Stream),
        (Some(json!({"choices": "none"})), ErrorKind::Decode),
    ] {
        let chunks: Vec<Value> = [delta(json!({"content": "Hello"}))].into_iter().chain(last).collect();
        answer(&mock, &chunks, false);
        let mut stream = call.clone().stream_events().await?;
        let mut failure = None;
        while let Some(event) = stream.next().await {
            failure = event.err();
        }
        assert_eq!(failure.map(|error| error.kind()), Some(kind));
        assert_eq!(stream.snapshot().text(), "Hello");

        let mut stream = call.clone().stream_events().await?;
        assert_eq!(stream.read_to_end().await.map_err(|error| error.kind()), Err(kind));
        assert_eq!(stream.snapshot().text(), "Hello");
        assert_eq!(call.clone().stream_events().await?.final_content().await.map_err(|error| error.kind()), Err(kind));
        let mut text = call.clone().stream_events().await?.text_stream();
        assert_eq!(text.next().await.transpose()?.as_deref(), Some("Hello"));
        assert_eq!(text.next().await.map(|text| text.map_err(|error| error.kind())), Some(Err(kind)));
        assert!(text.next().await.is_none());
    }
    mock.on_request(|_| Some(Reply::error(StatusCode::BAD_REQUEST, "invalid_request_error", None, "no")));
    assert_eq!(call.stream_events().await.map_err(|error| error.kind()).err(), Some(ErrorKind::BadRequest));
    Ok(())
}

#[tokio::test]
async fn completions_of_a_connection() -> TestResult {
    let (client, mock) = mocked().await?;
    let chunk = |text: &str, reason: Value| json!({"choices": [{"index": 0, "text": text, "finish_reason": reason}]});
    answer(&mock, &[chunk("Once", json!(null)), chunk(" upon", json!("stop"))], true);
    let call = client.completions().create("gpt-3.5-turbo-instruct", "Tell me a story");
    let mut stream = call.clone().stream_events().await?;
    assert_eq!(stream.request_id(), Some("req_1"));
    let mut names = Vec::new();
    while let Some(event) = stream.next().await {
        names.push(match event? {
            CompletionStreamEvent::Chunk(_) => "chunk",
            CompletionStreamEvent::TextDelta { .. } => "delta",
            CompletionStreamEvent::TextDone { .. } => "done",
            _ => "other",
        });
    }
    assert_eq!(names, ["chunk", "delta", "chunk", "delta", "done"]);
    assert_eq!(stream.final_completion().await?.choices[0].text, "Once upon");
    assert_eq!(call.clone().stream_events().await?.final_text().await?, "Once upon");
    let mut text = call.stream_events().await?.text_stream();
    assert_eq!(text.next().await.transpose()?.as_deref(), Some("Once"));
    assert_eq!(text.next().await.transpose()?.as_deref(), Some(" upon"));
    assert!(text.next().await.is_none());
    Ok(())
}

/// A stream can be held by a task of another thread.
#[test]
fn streams_can_be_sent() {
    fn check<T: Send + Unpin>() {}
    check::<openai_ext::ChatCompletionStream>();
    check::<openai_ext::CompletionStream>();
    fn check_future(_: impl Send) {}
    let _ = |call: openai_ext::resources::chat::completions::Create| check_future(call.stream_events());
}
