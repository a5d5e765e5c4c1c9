//! Scripted answers, faults, and conversations.

use std::time::{Duration, Instant};

use http::StatusCode;
use serde_json::{Value, json};

use super::harness::{TestResult, eventually, post, send, strict};
use crate::document::operations;
use crate::{Event, Fault, MockServer, Reply, Turn};

fn chat(stream: bool) -> Value {
    json!({"model": "gpt-5.5", "messages": [{"role": "user", "content": "x"}], "stream": stream})
}

#[tokio::test]
async fn an_operation_is_named_by_id_or_by_method_and_path() -> TestResult {
    let server = strict().start().await?;
    server.on("GET /models/{model}").reply_json(&json!({"from": "path"}))?;
    server.on("listModels").reply_json(&json!({"from": "id"}))?;
    assert_eq!(send(&server, "GET", "/models/x", "", "").await?.json()?["from"], "path");
    assert_eq!(send(&server, "GET", "/models", "", "").await?.json()?["from"], "id");
    let error = server.on("chatCompletion").reply(Reply::empty(StatusCode::OK)).map_err(|error| error.to_string());
    assert!(error.is_err_and(|error| error.contains("createChatCompletion")));
    assert!(server.on("GET /nothing").fault(Fault::Silence).is_err());
    Ok(())
}

#[tokio::test]
async fn a_script_that_is_used_up_gives_way() -> TestResult {
    let server = strict().start().await?;
    let status = async || -> TestResult<u16> { Ok(send(&server, "GET", "/models", "", "").await?.status.as_u16()) };
    let empty = |status| Reply::empty(StatusCode::from_u16(status).unwrap_or_default());
    server.on("listModels").sequence([empty(500), empty(503)])?;
    server.on("listModels").times(1).rate_limited(Duration::from_millis(20))?;
    server.on("listModels").when(|request| request.header("x-none").is_some()).reply(empty(418))?;
    assert_eq!([status().await?, status().await?, status().await?, status().await?], [429, 500, 503, 200]);
    server.on("listModels").latency(Duration::from_millis(30)).reply_with(move |_| empty(204))?;
    let start = Instant::now();
    assert_eq!(status().await?, 204);
    assert!(start.elapsed() >= Duration::from_millis(30));
    Ok(())
}

#[tokio::test]
async fn connections_break_as_they_are_told() -> TestResult {
    let server = strict().start().await?;
    server.on("listModels").times(1).fault(Fault::Disconnect)?;
    assert!(send(&server, "GET", "/models", "", "").await.is_err());
    let cut = Reply::json(StatusCode::OK, &json!({"object": "list", "data": []})).fault(Fault::CutBody(5));
    server.on("listModels").times(1).reply(cut)?;
    assert!(send(&server, "GET", "/models", "", "").await.is_err(), "the body is shorter than it said");
    let events = || Reply::events([json!({"a": 1}), json!({"a": 2})].iter().map(Event::data));
    server.on("createChatCompletion").times(1).reply(events().fault(Fault::CutEvents(1)))?;
    assert!(post(&server, "/chat/completions", &chat(true)).await.is_err(), "the stream has no end");
    server.on("createChatCompletion").times(1).reply(events().fault(Fault::EndEvents(1)))?;
    let ended = post(&server, "/chat/completions", &chat(true)).await?;
    assert_eq!(ended.events(), [(String::new(), "{\"a\":1}".to_owned())]);
    for fault in [Fault::Silence, Fault::StallEvents(1)] {
        server.on("createChatCompletion").times(1).reply(events().fault(fault))?;
        let body = chat(true);
        let before = server.requests().len();
        tokio::select! {
            answer = post(&server, "/chat/completions", &body) => panic!("{fault:?}: {}", answer?.text()),
            came = eventually(|| server.requests().len() > before) => assert!(came),
        }
    }
    assert_eq!(post(&server, "/chat/completions", &chat(false)).await?.status, StatusCode::OK);
    Ok(())
}

/// All that a model can say, valid by the document, whole and as a stream.
#[tokio::test]
async fn a_conversation_goes_as_it_was_written() -> TestResult {
    let turns = || {
        [
            Turn::calls([("a", "{\"x\":1}"), ("b", "no JSON")]),
            Turn::custom_call("sql", "SELECT 1"),
            Turn::refusal("No."),
            Turn::text("It rains."),
        ]
    };
    for stream in [false, true] {
        let server = strict().start().await?;
        server.converse(turns());
        for turn in 0..4 {
            check_chat(&server, turn, stream).await?;
        }
        server.converse(turns());
        for turn in 0..4 {
            check_response(&server, turn, stream).await?;
        }
        server.converse([Turn::reply(Reply::rate_limited(Duration::from_secs(1)))]);
        assert_eq!(post(&server, "/chat/completions", &chat(stream)).await?.status, StatusCode::TOO_MANY_REQUESTS);
        assert_eq!(server.turns_left(), 0);
        assert_eq!(post(&server, "/chat/completions", &chat(stream)).await?.status, StatusCode::OK);
    }
    Ok(())
}

async fn check_chat(server: &MockServer, turn: usize, stream: bool) -> TestResult {
    let operation = operations().iter().find(|known| known.id() == "createChatCompletion").ok_or("no operation")?;
    let answer = post(server, "/chat/completions", &chat(stream)).await?;
    if stream {
        let mut pieces = String::new();
        for (_, data) in answer.events().iter().filter(|(_, data)| data != "[DONE]") {
            let chunk: Value = serde_json::from_str(data)?;
            // The document has no custom tools in chunks; the API sends them.
            if turn != 1 {
                operation.check_event(&chunk)?;
            }
            let delta = &chunk["choices"][0]["delta"];
            for text in [&delta["content"], &delta["refusal"]] {
                pieces.push_str(text.as_str().unwrap_or_default());
            }
            for call in delta["tool_calls"].as_array().into_iter().flatten() {
                pieces.push_str(&format!("{}{}", call["function"]["name"], call["custom"]["name"]).replace("null", ""));
                for text in [&call["function"]["arguments"], &call["custom"]["input"]] {
                    pieces.push_str(text.as_str().unwrap_or_default());
                }
            }
        }
        let expected = ["\"a\"{\"x\":1}\"b\"no JSON", "\"sql\"SELECT 1", "No.", "It rains."];
        assert_eq!(pieces, expected[turn]);
        return Ok(());
    }
    let body = answer.json()?;
    operation.check_response(&body)?;
    let message = &body["choices"][0]["message"];
    let said = match turn {
        0 => json!([message["tool_calls"][0]["function"], message["tool_calls"][1]["function"]]),
        1 => message["tool_calls"][0]["custom"].clone(),
        2 => message["refusal"].clone(),
        _ => message["content"].clone(),
    };
    let expected = [
        json!([{"name": "a", "arguments": "{\"x\":1}"}, {"name": "b", "arguments": "no JSON"}]),
        json!({"name": "sql", "input": "SELECT 1"}),
        json!("No."),
        json!("It rains."),
    ];
    assert_eq!(said, expected[turn]);
    Ok(())
}

async fn check_response(server: &MockServer, turn: usize, stream: bool) -> TestResult {
    let operation = operations().iter().find(|known| known.id() == "createResponse").ok_or("no operation")?;
    let answer = post(server, "/responses", &json!({"model": "gpt-5.5", "input": "x", "stream": stream})).await?;
    let mut body = Value::Null;
    if stream {
        for (_, data) in answer.events() {
            let event: Value = serde_json::from_str(&data)?;
            operation.check_event(&event)?;
            body = event["response"].clone();
        }
    } else {
        body = answer.json()?;
    }
    operation.check_response(&body)?;
    let output = &body["output"];
    let said = match turn {
        0 => json!([output[0]["name"], output[0]["arguments"], output[1]["name"], output[1]["arguments"]]),
        1 => json!([output[0]["name"], output[0]["input"]]),
        2 => output[0]["content"][0]["refusal"].clone(),
        _ => output[0]["content"][0]["text"].clone(),
    };
    let expected =
        [json!(["a", "{\"x\":1}", "b", "no JSON"]), json!(["sql", "SELECT 1"]), json!("No."), json!("It rains.")];
    assert_eq!(said, expected[turn]);
    Ok(())
}
