//! Answers of chat completions, responses, completions and embeddings that do not stream.

use serde_json::{Value, json};

use super::harness::{TestResult, fast, post, send, stateless};
use crate::MockServer;
use crate::document::operations;

/// Posts, and checks the answer against the operation's schema.
async fn checked(server: &MockServer, id: &str, body: &Value) -> TestResult<Value> {
    let operation = operations().iter().find(|operation| operation.id() == id).ok_or("no such operation")?;
    let query: String = operation.fixed_query().iter().map(|(key, value)| format!("?{key}={value}")).collect();
    let answer = post(server, &format!("{}{query}", operation.path()), body).await?.json()?;
    operation.check_response(&answer).map_err(|violation| format!("{id}: {violation}: {answer}"))?;
    Ok(answer)
}

fn weather() -> Value {
    json!({"type": "object", "required": ["city"], "properties": {"city": {"type": "string"}, "days": {"type": "integer"}}})
}

#[tokio::test]
async fn chat_answers_the_last_user_message() -> TestResult {
    let server = fast().start().await?;
    let messages =
        json!([{"role": "system", "content": "Be brief."}, {"role": "user", "content": "Say this is a test"}]);
    let body = json!({"model": "gpt-4o-mini", "messages": messages, "n": 2, "metadata": {"a": "b"}});
    let answer = checked(&server, "createChatCompletion", &body).await?;
    assert_eq!((&answer["model"], &answer["object"]), (&json!("gpt-4o-mini"), &json!("chat.completion")));
    assert_eq!(answer["choices"].as_array().map(Vec::len), Some(2));
    let choice = &answer["choices"][1];
    assert_eq!((&choice["index"], &choice["finish_reason"]), (&json!(1), &json!("stop")));
    assert_eq!(choice["message"]["content"], "This is a test.");
    let usage = &answer["usage"];
    assert_eq!(
        (&usage["prompt_tokens"], &usage["completion_tokens"], &usage["total_tokens"]),
        (&json!(7), &json!(8), &json!(15))
    );
    assert_eq!(answer["metadata"], json!({"a": "b"}));
    Ok(())
}

#[tokio::test]
async fn chat_calls_the_tool_it_must_call() -> TestResult {
    let server = fast().start().await?;
    let tools = json!([{"type": "function", "function": {"name": "weather", "parameters": weather()}}]);
    let mut body = json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "tools": tools});
    assert!(checked(&server, "createChatCompletion", &body).await?["choices"][0]["message"]["content"].is_string());
    body["tool_choice"] = json!("required");
    let answer = checked(&server, "createChatCompletion", &body).await?;
    let choice = &answer["choices"][0];
    assert_eq!(choice["finish_reason"], "tool_calls");
    let call = &choice["message"]["tool_calls"][0];
    assert_eq!((&call["type"], &call["function"]["name"]), (&json!("function"), &json!("weather")));
    let arguments: Value = serde_json::from_str(call["function"]["arguments"].as_str().unwrap_or_default())?;
    assert!(arguments["city"].is_string() && arguments["days"].is_i64(), "{arguments}");
    Ok(())
}

#[tokio::test]
async fn chat_cuts_and_structures_its_answer() -> TestResult {
    let server = fast().start().await?;
    let messages = json!([{"role": "user", "content": "Say one two three four"}]);
    let answer =
        checked(&server, "createChatCompletion", &json!({"messages": messages, "max_completion_tokens": 2})).await?;
    assert_eq!(answer["choices"][0]["message"]["content"], "One two");
    assert_eq!(answer["choices"][0]["finish_reason"], "length");
    let format = json!({"type": "json_schema", "json_schema": {"name": "w", "schema": weather()}});
    let answer =
        checked(&server, "createChatCompletion", &json!({"messages": messages, "response_format": format})).await?;
    let value: Value = serde_json::from_str(answer["choices"][0]["message"]["content"].as_str().unwrap_or_default())?;
    assert!(value["city"].is_string());
    Ok(())
}

#[tokio::test]
async fn responses_answer_and_repeat_the_request() -> TestResult {
    let server = stateless().start().await?;
    for id in ["createResponse", "beta_createResponse"] {
        let body = json!({"model": "gpt-5.4", "input": "Say this is a test", "instructions": "Be brief.", "temperature": 0.25,
            "metadata": {"k": "v"}, "conversation": "conv_1", "max_output_tokens": 50,
            "tools": [{"type": "function", "name": "weather", "parameters": weather(), "strict": true}]});
        let answer = checked(&server, id, &body).await?;
        for field in ["model", "instructions", "temperature", "metadata", "tools", "max_output_tokens"] {
            assert_eq!(answer[field], body[field], "{field}");
        }
        assert_eq!((&answer["status"], &answer["conversation"]["id"]), (&json!("completed"), &json!("conv_1")));
        assert_eq!(answer["output"][0]["content"][0]["text"], "This is a test.");
        assert_eq!(answer["usage"]["total_tokens"], 11);
    }
    Ok(())
}

#[tokio::test]
async fn responses_call_tools_and_end_incomplete() -> TestResult {
    let server = fast().start().await?;
    let tools = json!([{"type": "function", "name": "weather", "parameters": weather(), "strict": null}, {"type": "custom", "name": "note"}]);
    let input = json!([{"role": "user", "content": [{"type": "input_text", "text": "Say one two three four"}]}]);
    let call =
        json!({"model": "m", "input": input, "tools": tools, "tool_choice": {"type": "function", "name": "weather"}});
    let answer = checked(&server, "createResponse", &call).await?;
    assert_eq!(
        (&answer["output"][0]["type"], &answer["output"][0]["name"]),
        (&json!("function_call"), &json!("weather"))
    );
    let custom =
        json!({"model": "m", "input": input, "tools": tools, "tool_choice": {"type": "custom", "name": "note"}});
    assert_eq!(checked(&server, "createResponse", &custom).await?["output"][0]["type"], "custom_tool_call");
    let short =
        checked(&server, "createResponse", &json!({"model": "m", "input": input, "max_output_tokens": 1})).await?;
    assert_eq!(
        (&short["status"], &short["incomplete_details"]["reason"]),
        (&json!("incomplete"), &json!("max_output_tokens"))
    );
    let format = json!({"format": {"type": "json_schema", "name": "w", "schema": weather()}});
    let structured = checked(&server, "createResponse", &json!({"model": "m", "input": input, "text": format})).await?;
    let text = structured["output"][0]["content"][0]["text"].as_str().unwrap_or_default();
    assert!(serde_json::from_str::<Value>(text)?["city"].is_string());
    Ok(())
}

#[tokio::test]
async fn without_state_a_response_has_the_id_that_was_asked_for() -> TestResult {
    let server = stateless().start().await?;
    let answer = send(&server, "GET", "/responses/resp_1", "", "").await?.json()?;
    assert_eq!((&answer["id"], &answer["status"]), (&json!("resp_1"), &json!("completed")));
    let answer = send(&server, "POST", "/responses/resp_1/cancel", "", "").await?.json()?;
    assert_eq!((&answer["id"], &answer["status"]), (&json!("resp_1"), &json!("cancelled")));
    Ok(())
}

#[tokio::test]
async fn completions_answer_each_prompt() -> TestResult {
    let server = fast().start().await?;
    let answer =
        checked(&server, "createCompletion", &json!({"model": "m", "prompt": ["Say a", "Say b"], "n": 2})).await?;
    let texts: Vec<_> =
        answer["choices"].as_array().into_iter().flatten().map(|choice| choice["text"].as_str()).collect();
    assert_eq!(texts, [Some("A."), Some("A."), Some("B."), Some("B.")]);
    Ok(())
}

#[tokio::test]
async fn embeddings_are_numbers_or_base64() -> TestResult {
    let server = fast().start().await?;
    let answer =
        checked(&server, "createEmbedding", &json!({"model": "m", "input": ["a", "b"], "dimensions": 8})).await?;
    assert_eq!(answer["data"].as_array().map(Vec::len), Some(2));
    assert_eq!(answer["data"][1]["embedding"].as_array().map(Vec::len), Some(8));
    let body = json!({"model": "m", "input": "a", "encoding_format": "base64"});
    let answer = post(&server, "/embeddings", &body).await?.json()?;
    assert_eq!(answer["data"][0]["embedding"].as_str().map(str::len), Some(1_536 * 4 * 4 / 3));
    let many = post(&server, "/embeddings", &json!({"input": vec![""; 2_049]})).await?;
    assert_eq!(many.status, http::StatusCode::BAD_REQUEST);
    let inputs = json!({"input": vec!["a"; 300]});
    assert_eq!(checked(&server, "createModeration", &inputs).await?["results"].as_array().map(Vec::len), Some(300));
    Ok(())
}

#[tokio::test]
async fn answers_from_a_schema_repeat_the_request() -> TestResult {
    let server = stateless().start().await?;
    let body = json!({"name": "my store", "metadata": {"k": "v"}, "file_ids": ["file-1"]});
    let store = checked(&server, "createVectorStore", &body).await?;
    assert_eq!((&store["name"], &store["metadata"]), (&body["name"], &body["metadata"]));
    let file = send(&server, "GET", "/files/file-7", "", "").await?.json()?;
    assert_eq!(file["id"], "file-7");
    let deleted = send(&server, "DELETE", "/files/file-7", "", "").await?.json()?;
    assert_eq!(deleted, json!({"id": "file-7", "object": "file", "deleted": true}));
    let images = checked(&server, "createImage", &json!({"prompt": "a cat", "n": 3})).await?;
    assert_eq!(images["data"].as_array().map(Vec::len), Some(3));
    Ok(())
}

#[tokio::test]
async fn files_come_with_their_content_type() -> TestResult {
    let server = stateless().start().await?;
    for (path, content_type) in [
        ("/files/file-1/content", "application/octet-stream"),
        ("/containers/cntr_1/files/cfile_1/content", "application/octet-stream"),
        ("/skills/skill_1/content", "application/zip"),
        ("/videos/video_1/content", "video/mp4"),
        ("/videos/video_1/content?variant=thumbnail", "image/webp"),
    ] {
        let answer = send(&server, "GET", path, "", "").await?;
        assert_eq!(answer.header("content-type"), content_type, "{path}");
        assert!(!answer.parts.is_empty());
    }
    // The content of a file in a vector store is a page of its chunks.
    let page = send(&server, "GET", "/vector_stores/vs_1/files/file-1/content", "", "").await?.json()?;
    assert!(page["data"].is_array(), "{page}");
    for (format, content_type) in
        [("mp3", "audio/mpeg"), ("wav", "audio/wav"), ("pcm", "audio/pcm"), ("opus", "audio/opus")]
    {
        let answer = post(&server, "/audio/speech", &json!({"input": "x", "response_format": format})).await?;
        assert_eq!(answer.header("content-type"), content_type);
    }
    let call = send(&server, "POST", "/realtime/calls", "application/sdp", "v=0").await?;
    assert!(
        call.header("location").starts_with("/v1/realtime/calls/rtc_")
            && call.header("content-type") == "application/sdp"
    );
    let form = "--X\r\nContent-Disposition: form-data; name=\"response_format\"\r\n\r\nsrt\r\n--X--\r\n";
    let srt = send(&server, "POST", "/audio/transcriptions", "multipart/form-data; boundary=X", form).await?;
    assert!(srt.text().starts_with("1\n00:00:00,000 --> "), "{}", srt.text());
    Ok(())
}

#[tokio::test]
async fn decisions_answer_each_question() -> TestResult {
    let server = fast().start().await?;
    let questions = json!([
        {"type": "score", "name": "size", "instructions": "How large?", "levels": [{"label": "low"}, {"label": "high"}]},
        {"type": "predicate", "instructions": "Is it red?"},
        {"type": "choice", "instructions": "Which?", "choices": [{"value": "a"}, {"value": true}, {"value": "c"}]},
    ]);
    let body = json!({"model": "gpt-6-luna", "input": "The apple is red.", "questions": questions});
    let id = operations().iter().find(|operation| operation.path() == "/decisions").ok_or("no decisions")?.id();
    let answer = checked(&server, id, &body).await?;
    assert_eq!(checked(&server, id, &body).await?, answer);
    let answers = answer["answers"].as_array().ok_or("no answers")?;
    let kinds: Vec<&Value> = answers.iter().map(|answer| &answer["type"]).collect();
    assert_eq!(kinds, ["score", "predicate", "choice"]);
    assert_eq!((&answers[0]["name"], &answers[1]["name"]), (&json!("size"), &Value::Null));
    assert!((0.0..=1.0).contains(&answers[0]["score"].as_f64().ok_or("no score")?));
    assert!((0.0..=1.0).contains(&answers[1]["probability"].as_f64().ok_or("no probability")?));
    for (answer, count) in [(&answers[0], 2), (&answers[2], 3)] {
        let probabilities = answer["probabilities"].as_array().ok_or("no probabilities")?;
        let each = || probabilities.iter().filter_map(|one| one["probability"].as_f64());
        assert_eq!((probabilities.len(), (each().sum::<f64>() * 100.0).round()), (count, 100.0));
        assert_eq!(answer["confidence"].as_f64(), each().reduce(f64::max));
    }
    let chosen = answers[2]["probabilities"].as_array().into_iter().flatten();
    let chosen = chosen.filter(|one| one["value"] == answers[2]["choice"]).map(|one| &one["probability"]);
    assert_eq!(chosen.collect::<Vec<_>>(), [&answers[2]["confidence"]]);
    Ok(())
}
