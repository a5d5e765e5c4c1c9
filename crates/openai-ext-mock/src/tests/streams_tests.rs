//! The byte forms of the streams, and their events against the document.

use std::time::Duration;

use serde_json::{Value, json};

use super::harness::{Received, TestResult, fast, post, send, stateless};
use crate::MockServer;
use crate::document::{Operation, operations};

fn operation(id: &str) -> TestResult<&'static Operation> {
    operations().iter().find(|operation| operation.id() == id).ok_or_else(|| format!("no operation {id}").into())
}

/// Checks all events but `[DONE]` and gives back their data.
fn checked(operation: &Operation, answer: &Received) -> TestResult<Vec<Value>> {
    assert_eq!(answer.header("content-type"), "text/event-stream; charset=utf-8");
    let mut all = Vec::new();
    for (name, data) in answer.events() {
        if data == "[DONE]" {
            continue;
        }
        let data: Value = serde_json::from_str(&data)?;
        let envelope = json!({"event": name, "data": data});
        let event = if operation.path().starts_with("/threads") { &envelope } else { &data };
        operation.check_event(event).map_err(|violation| format!("{} {violation}: {event}", operation.id()))?;
        all.push(data);
    }
    Ok(all)
}

#[tokio::test]
async fn chat_streams_chunks_in_the_form_of_the_api() -> TestResult {
    let server = fast().start().await?;
    let body = json!({"model": "m", "stream": true, "stream_options": {"include_usage": true},
        "messages": [{"role": "user", "content": "Say this is a test"}]});
    let answer = post(&server, "/chat/completions", &body).await?;
    let text = answer.text();
    assert!(text.starts_with("data: {\"id\":\"chatcmpl-") && text.ends_with("\n\ndata: [DONE]\n\n"), "{text}");
    assert!(!text.contains("event:"));
    let chunks = checked(operation("createChatCompletion")?, &answer)?;
    let deltas: Vec<&Value> =
        chunks.iter().filter_map(|chunk| chunk["choices"].get(0)).map(|choice| &choice["delta"]).collect();
    assert_eq!(*deltas[0], json!({"role": "assistant", "content": "", "refusal": null}));
    let words: Vec<_> = deltas.iter().filter_map(|delta| delta["content"].as_str()).collect();
    assert_eq!(words, ["", "This", " is", " a", " test."]);
    assert_eq!(*deltas[5], json!({}));
    assert_eq!(chunks[5]["choices"][0]["finish_reason"], "stop");
    assert!(chunks[..6].iter().all(|chunk| chunk["usage"].is_null() && chunk["id"] == chunks[0]["id"]));
    assert_eq!((&chunks[6]["choices"], &chunks[6]["usage"]["completion_tokens"]), (&json!([]), &json!(4)));
    Ok(())
}

#[tokio::test]
async fn chat_streams_a_tool_call_in_pieces() -> TestResult {
    let server = fast().start().await?;
    let parameters = json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}}});
    for tool in [
        json!({"type": "function", "function": {"name": "w", "parameters": parameters}}),
        json!({"type": "custom", "custom": {"name": "w"}}),
    ] {
        let body = json!({"stream": true, "tools": [tool], "tool_choice": "required", "n": 2, "messages": []});
        let chunks = post(&server, "/chat/completions", &body).await?.events();
        let chunks: Vec<Value> = chunks.iter().filter_map(|(_, data)| serde_json::from_str(data).ok()).collect();
        let mut of_first = chunks.iter().map(|chunk| &chunk["choices"][0]).filter(|choice| choice["index"] == 0);
        let calls: Vec<&Value> = of_first.clone().map(|choice| &choice["delta"]["tool_calls"][0]).collect();
        let kind = tool["type"].as_str().unwrap_or_default();
        assert_eq!((&calls[0]["type"], &calls[0][kind]["name"]), (&tool["type"], &json!("w")));
        let field = if kind == "function" { "arguments" } else { "input" };
        let input: String = calls.iter().filter_map(|call| call[kind][field].as_str()).collect();
        assert!(kind == "custom" || serde_json::from_str::<Value>(&input)?["city"].is_string(), "{input}");
        assert_eq!(of_first.next_back().map(|choice| &choice["finish_reason"]), Some(&json!("tool_calls")));
        assert!(chunks.iter().all(|chunk| chunk.get("usage").is_none()));
    }
    Ok(())
}

#[tokio::test]
async fn responses_stream_their_events_in_order() -> TestResult {
    let server = fast().start().await?;
    for id in ["createResponse", "beta_createResponse"] {
        let operation = operation(id)?;
        let path = if operation.fixed_query().is_empty() { "/responses" } else { "/responses?beta=true" };
        let answer = post(&server, path, &json!({"model": "m", "input": "Say hello there", "stream": true})).await?;
        assert!(answer.text().starts_with("event: response.created\ndata: {\"type\":\"response.created\","));
        let names: Vec<String> = answer.events().into_iter().map(|(name, _)| name).collect();
        assert_eq!(
            names,
            [
                "response.created",
                "response.in_progress",
                "response.output_item.added",
                "response.content_part.added",
                "response.output_text.delta",
                "response.output_text.delta",
                "response.output_text.done",
                "response.content_part.done",
                "response.output_item.done",
                "response.completed",
            ]
        );
        let events = checked(operation, &answer)?;
        for (number, event) in events.iter().enumerate() {
            assert_eq!((&event["sequence_number"], &event["type"]), (&json!(number), &json!(names[number])));
        }
        let completed = &events[9]["response"];
        assert_eq!(completed["output"][0], events[8]["item"]);
        assert_eq!(
            (&completed["id"], &completed["output"][0]["content"][0]["text"]),
            (&events[0]["response"]["id"], &json!("Hello there."))
        );
    }
    Ok(())
}

#[tokio::test]
async fn responses_stream_calls_and_resume() -> TestResult {
    let server = stateless().start().await?;
    let tools = json!([{"type": "function", "name": "w", "parameters": {}}, {"type": "custom", "name": "c"}]);
    for choice in [json!({"type": "function", "name": "w"}), json!({"type": "custom", "name": "c"})] {
        let body = json!({"input": "x", "stream": true, "tools": tools, "tool_choice": choice});
        let answer = post(&server, "/responses", &body).await?;
        let events = answer.events();
        assert_eq!(events.last().map(|(name, _)| name.as_str()), Some("response.completed"));
        let delta = if choice["type"] == "function" {
            "response.function_call_arguments.delta"
        } else {
            "response.custom_tool_call_input.delta"
        };
        assert!(events.iter().any(|(name, _)| name == delta), "{events:?}");
    }
    let strict = json!([{"type": "function", "name": "w", "parameters": {}, "strict": true}]);
    let body = json!({"input": "x", "model": "m", "stream": true, "tools": strict, "tool_choice": "required"});
    checked(operation("createResponse")?, &post(&server, "/responses", &body).await?)?;
    let cut = json!({"input": "Say a b c", "stream": true, "max_output_tokens": 1});
    let events = post(&server, "/responses", &cut).await?.events();
    assert_eq!(events.last().map(|(name, _)| name.as_str()), Some("response.incomplete"));
    let resumed = send(&server, "GET", "/responses/resp_1?stream=true&starting_after=3", "", "").await?;
    let events = checked(operation("getResponse")?, &resumed)?;
    assert_eq!(events[0]["sequence_number"], 4);
    Ok(())
}

#[tokio::test]
async fn completions_stream_texts() -> TestResult {
    let server = fast().start().await?;
    let answer = post(&server, "/completions", &json!({"model": "m", "prompt": "Say a b", "stream": true})).await?;
    assert!(answer.text().ends_with("data: [DONE]\n\n"));
    let events = answer.events();
    let chunks: Vec<Value> = events.iter().filter_map(|(_, data)| serde_json::from_str(data).ok()).collect();
    let text: String = chunks.iter().filter_map(|chunk| chunk["choices"][0]["text"].as_str()).collect();
    assert_eq!(text, "A b.");
    assert_eq!(chunks.last().map(|chunk| &chunk["choices"][0]["finish_reason"]), Some(&json!("stop")));
    Ok(())
}

#[tokio::test]
async fn runs_stream_enveloped_events() -> TestResult {
    let server = stateless().start().await?;
    let thread = json!({"messages": [{"role": "user", "content": "Say hello there"}]});
    let body = json!({"assistant_id": "asst_1", "stream": true, "thread": thread});
    let answer = post(&server, "/threads/runs", &body).await?;
    let names: Vec<String> = answer.events().into_iter().map(|(name, _)| name).collect();
    assert_eq!(
        names,
        [
            "thread.created",
            "thread.run.created",
            "thread.run.queued",
            "thread.run.in_progress",
            "thread.run.step.created",
            "thread.run.step.in_progress",
            "thread.message.created",
            "thread.message.in_progress",
            "thread.message.delta",
            "thread.message.delta",
            "thread.message.completed",
            "thread.run.step.completed",
            "thread.run.completed",
            "done",
        ]
    );
    assert!(answer.text().ends_with("event: done\ndata: [DONE]\n\n"));
    let events = checked(operation("createThreadAndRun")?, &answer)?;
    assert_eq!(events[10]["content"][0]["text"]["value"], "Hello there.");
    assert_eq!((&events[1]["assistant_id"], &events[1]["thread_id"]), (&json!("asst_1"), &events[0]["id"]));
    assert_eq!(events[4]["run_id"], events[1]["id"]);
    let answer =
        post(&server, "/threads/thread_1/runs/run_1/submit_tool_outputs", &json!({"stream": true, "tool_outputs": []}))
            .await?;
    let events = checked(operation("submitToolOuputsToRun")?, &answer)?;
    assert_eq!((&events[0]["id"], &events[0]["thread_id"]), (&json!("run_1"), &json!("thread_1")));
    Ok(())
}

#[tokio::test]
async fn media_stream_to_their_terminal_event() -> TestResult {
    let server = fast().start().await?;
    let last = |answer: &Received| answer.events().last().cloned().unwrap_or_default();
    let answer =
        post(&server, "/images/generations", &json!({"prompt": "x", "stream": true, "partial_images": 3})).await?;
    assert_eq!(checked(operation("createImage")?, &answer)?.len(), 4);
    assert_eq!(last(&answer).0, "image_generation.completed");
    let answer = post(&server, "/images/edits", &json!({"prompt": "x", "stream": true})).await?;
    checked(operation("createImageEdit")?, &answer)?;
    assert_eq!(last(&answer).0, "image_edit.completed");
    let answer = post(&server, "/audio/speech", &json!({"input": "x", "stream_format": "sse"})).await?;
    checked(operation("createSpeech")?, &answer)?;
    assert_eq!(last(&answer).0, "speech.audio.done");
    let form = "--X\r\nContent-Disposition: form-data; name=\"stream\"\r\n\r\ntrue\r\n--X--\r\n";
    let answer = send(&server, "POST", "/audio/transcriptions", "multipart/form-data; boundary=X", form).await?;
    let events = checked(operation("createTranscription")?, &answer)?;
    assert_eq!(events.last().map(|event| &event["type"]), Some(&json!("transcript.text.done")));
    assert_eq!(last(&answer).1, "[DONE]");
    Ok(())
}

#[tokio::test]
async fn events_arrive_one_by_one() -> TestResult {
    let interval = Duration::from_millis(20);
    let server = MockServer::builder().event_interval(interval).start().await?;
    let answer = post(&server, "/responses", &json!({"input": "Say a b", "stream": true})).await?;
    assert_eq!(answer.header("transfer-encoding"), "chunked");
    // A client that comes late may find many, and one of them cut by its buffer's end.
    let (count, (_, last)) = (answer.events().len(), answer.parts.last().ok_or("empty")?);
    assert!(answer.parts.len() >= count && count > 5, "{} parts of {count} events", answer.parts.len());
    assert!(*last >= interval * (count as u32 - 1), "the last of {count} after {last:?}");
    Ok(())
}
