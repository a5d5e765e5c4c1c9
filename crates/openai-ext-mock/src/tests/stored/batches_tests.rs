//! Batches: the lines of a file, answered by the same server.

use http::StatusCode;
use serde_json::{Value, json};

use super::api::{Api, id, missing};
use crate::Reply;
use crate::tests::harness::{TestResult, fast, send};

fn line(custom_id: &str, url: &str, body: &Value) -> String {
    json!({"custom_id": custom_id, "method": "POST", "url": url, "body": body}).to_string()
}

fn chat(text: &str) -> Value {
    json!({"model": "gpt-5.5", "messages": [{"role": "user", "content": text}]})
}

const CHAT: &str = "/v1/chat/completions";

async fn begun(api: &Api, lines: &[String], endpoint: &str) -> TestResult<String> {
    let file = api.upload("in.jsonl", "batch", lines.join("\n").as_bytes()).await?;
    let body = json!({"input_file_id": file, "endpoint": endpoint, "completion_window": "24h", "metadata": {"k": "v"}});
    let batch = api.post("/batches", body).await?;
    assert_eq!(
        (&batch["status"], &batch["input_file_id"], &batch["metadata"]),
        (&json!("validating"), &json!(file), &json!({"k": "v"}))
    );
    id(&batch)
}

/// The rows of a file of results.
async fn rows(api: &Api, batch: &Value, field: &str) -> TestResult<Vec<Value>> {
    let file = batch[field].as_str().ok_or_else(|| format!("no {field}: {batch}"))?;
    assert_eq!(api.get(&format!("/files/{file}")).await?["purpose"], "batch_output");
    let content = send(&api.server, "GET", &format!("/files/{file}/content"), "", "").await?.text();
    assert!(content.ends_with('\n'));
    Ok(content.lines().map(serde_json::from_str).collect::<Result<_, _>>()?)
}

#[tokio::test]
async fn a_batch_runs_its_lines_and_writes_their_answers() -> TestResult {
    let api = Api::start().await?;
    let batch =
        begun(&api, &[line("a", CHAT, &chat("Say one")), String::new(), line("b", CHAT, &chat("Say two"))], CHAT)
            .await?;
    let path = format!("/batches/{batch}");
    assert_eq!(api.looks(&path, 2).await?, ["in_progress", "finalizing"]);
    let done = api.get(&path).await?;
    assert_eq!((&done["status"], &done["model"]), (&json!("completed"), &json!("gpt-5.5")));
    assert_eq!(done["request_counts"], json!({"total": 2, "completed": 2, "failed": 0}));
    assert!(done["error_file_id"].is_null() && done["usage"]["total_tokens"].as_u64() > Some(0), "{done}");
    let rows = rows(&api, &done, "output_file_id").await?;
    let answers: Vec<(&str, &str)> = rows
        .iter()
        .filter_map(|row| {
            let content = &row["response"]["body"]["choices"][0]["message"]["content"];
            Some((row["custom_id"].as_str()?, content.as_str()?))
        })
        .collect();
    assert_eq!(answers, [("a", "One."), ("b", "Two.")]);
    assert_eq!((&rows[0]["response"]["status_code"], &rows[0]["error"]), (&json!(200), &Value::Null));
    assert!(rows[0]["response"]["body"]["id"] != rows[1]["response"]["body"]["id"] && rows[0]["id"] != rows[1]["id"]);
    assert_ne!(
        rows[0]["id"].as_str().map(|id| &id[10..]),
        rows[0]["response"]["body"]["id"].as_str().map(|id| &id[9..])
    );
    for row in &rows {
        super::api::operation("POST", "/chat/completions")?.check_response(&row["response"]["body"])?;
    }
    assert_eq!(api.page("/batches").await?.0, [batch]);
    Ok(())
}

#[tokio::test]
async fn lines_that_fail_are_in_a_file_of_their_own() -> TestResult {
    let api = Api::start().await?;
    api.server.on_request(|request| {
        let asked = request.operation()?.id() == "createEmbedding" && request.json()?["input"] == "slow";
        asked
            .then(|| Reply::error(StatusCode::TOO_MANY_REQUESTS, "requests", Some("rate_limit_exceeded"), "Slow down."))
    });
    let url = "/v1/embeddings";
    let lines = ["fast", "slow"].map(|text| line(text, url, &json!({"model": "m", "input": text, "dimensions": 2})));
    let path = format!("/batches/{}", begun(&api, &lines, url).await?);
    api.looks(&path, 2).await?;
    let done = api.get(&path).await?;
    assert_eq!(done["request_counts"], json!({"total": 2, "completed": 1, "failed": 1}));
    assert_eq!(rows(&api, &done, "output_file_id").await?.len(), 1);
    let errors = rows(&api, &done, "error_file_id").await?;
    let response = &errors[0]["response"];
    assert_eq!((&errors[0]["custom_id"], &response["status_code"]), (&json!("slow"), &json!(429)));
    assert_eq!(response["body"]["error"]["code"], "rate_limit_exceeded");
    // They came over no network.
    assert!(api.server.requests().iter().all(|request| request.path() != url));
    Ok(())
}

#[tokio::test]
async fn a_file_that_is_no_batch_fails_with_its_lines() -> TestResult {
    let api = Api::start().await?;
    let lines = [
        line("a", CHAT, &chat("x")),
        "{".to_owned(),
        line("a", CHAT, &chat("x")),
        line("b", "/v1/embeddings", &chat("x")),
        json!({"custom_id": "c", "method": "GET", "url": CHAT, "body": {}}).to_string(),
        json!({"method": "POST", "url": CHAT, "body": {}}).to_string(),
        json!({"custom_id": "d", "method": "POST", "url": CHAT}).to_string(),
    ];
    let path = format!("/batches/{}", begun(&api, &lines, CHAT).await?);
    let failed = api.get(&path).await?;
    assert_eq!(failed["status"], "failed");
    let errors: Vec<(&str, u64)> = failed["errors"]["data"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|error| Some((error["code"].as_str()?, error["line"].as_u64()?)))
        .collect();
    let expected = [
        "invalid_json_line",
        "duplicate_custom_id",
        "invalid_url",
        "invalid_method",
        "missing_required_parameter",
        "missing_required_parameter",
    ];
    assert_eq!(errors, expected.into_iter().zip(2..).collect::<Vec<_>>());
    assert_eq!(api.looks(&path, 2).await?, ["failed", "failed"]);
    let empty = format!("/batches/{}", begun(&api, &[], CHAT).await?);
    assert_eq!(api.get(&empty).await?["errors"]["data"][0]["code"], "empty_file");
    Ok(())
}

#[tokio::test]
async fn a_batch_can_be_cancelled_until_it_has_ended() -> TestResult {
    let api = Api::start().await?;
    let lines = [line("a", CHAT, &chat("x"))];
    let path = format!("/batches/{}", begun(&api, &lines, CHAT).await?);
    api.get(&path).await?;
    let cancel = format!("{path}/cancel");
    assert_eq!(api.checked("POST", &cancel, "", Default::default()).await?["status"], "cancelling");
    let cancelled = api.get(&path).await?;
    assert!(
        cancelled["status"] == "cancelled"
            && cancelled["cancelled_at"].is_u64()
            && cancelled["output_file_id"].is_null()
    );
    assert_eq!(api.refused("POST", &cancel, Value::Null).await?.0, 400);
    Ok(())
}

#[tokio::test]
async fn what_is_no_batch_is_refused() -> TestResult {
    let api = Api::of(fast().polls_per_step(0)).await?;
    let file = api
        .upload("in.jsonl", "batch", line("s", "/v1/responses", &json!({"input": "x", "stream": true})).as_bytes())
        .await?;
    let body =
        |file: &str, endpoint: &str| json!({"input_file_id": file, "endpoint": endpoint, "completion_window": "24h"});
    assert_eq!(api.refused("POST", "/batches", body("file-0", CHAT)).await?, missing("input_file_id"));
    assert_eq!(api.refused("POST", "/batches", body(&file, "/v1/batches")).await?.1, "endpoint");
    assert_eq!(api.refused("POST", "/batches", json!({"endpoint": CHAT})).await?.1, "input_file_id");
    assert_eq!(api.refused("GET", "/batches/batch_1", Value::Null).await?, missing("batch_id"));
    // A line that wants a stream fails; with no polls to wait for, the first look finds the end.
    let batch = id(&api.post("/batches", body(&file, "/v1/responses")).await?)?;
    let done = api.get(&format!("/batches/{batch}")).await?;
    assert_eq!((&done["status"], &done["request_counts"]["failed"]), (&json!("completed"), &json!(1)));
    Ok(())
}
