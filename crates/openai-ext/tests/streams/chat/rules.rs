//! How deltas add up, a table for each kind of field.

use openai_ext::prelude::*;
use openai_ext::{CompletionAccumulator, ErrorKind};
use serde_json::{Value, json};

use super::{TestResult, delta, finish, play, tell};

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
                {"type": "url_citation", "url_citation": 5}, {"type": "url_citation", "url_citation": {"url": "b"}}]}),
        ),
        (vec![json!({"annotations": 5})], json!({})),
        // Content in parts, as Mistral's models that think send it.
        (
            vec![
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "h"}]}]}),
                json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "m"}]}]}),
                json!({"content": [{"type": "text", "text": "o"}]}),
                json!({"content": "k"}),
            ],
            json!({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "h"}, {"type": "text", "text": "m"}]},
                {"type": "text", "text": "ok"}]}),
        ),
        (
            vec![json!({"content": "o"}), json!({"content": [{"type": "text", "text": "k"}]})],
            json!({"content": [{"type": "text", "text": "ok"}]}),
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
        let mut message = json!({"role": "assistant", "content": null});
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
            "metadata": {"k": "v"},
            "choices": [{"index": 0, "delta": {"content": "A"}, "message": {"content": "?"}, "finish_reason": null, "content_filter_results": {}}]}),
        json!({"id": "b", "object": "chat.completion.chunk", "created": 6, "model": "n", "service_tier": "flex", "provider": "p",
            "choices": [{"index": 0, "delta": {"content": "B"}, "finish_reason": "stop",
                "content_filter_results": {"hate": {"severity": "safe"}, "violence": {"severity": "safe"}}}]}),
        json!({"object": "chat.completion.chunk", "system_fingerprint": null, "service_tier": null, "provider": null,
            "x_groq": {"usage": 1}, "usage": {"total_tokens": 1},
            "choices": [{"index": 0, "delta": {}, "finish_reason": "", "content_filter_results": {"hate": {"severity": "high"}}}]}),
        json!({"choices": [], "usage": {"total_tokens": 3}}),
        json!({"choices": [], "usage": null, "metadata": 5}),
    ])?;
    let expected = json!({
        "id": "a", "object": "chat.completion", "created": 5, "model": "m", "service_tier": "flex", "system_fingerprint": "fp_1",
        "metadata": {"k": "v"}, "prompt_filter_results": [1], "provider": "p", "x_groq": {"id": "r", "usage": 1}, "usage": {"total_tokens": 3},
        "choices": [{
            "index": 0, "finish_reason": "stop",
            "content_filter_results": {"hate": {"severity": "high"}, "violence": {"severity": "safe"}},
            "message": {"role": "assistant", "content": "AB"},
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
