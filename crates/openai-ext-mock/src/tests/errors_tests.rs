//! Refusals of the server, and requests that may stand in its way.

use std::time::Duration;

use bytes::Bytes;
use http::StatusCode;
use serde_json::{Value, json};

use super::harness::{TestResult, fast, post, send, send_to, stateless};
use crate::{MockServer, Reply};

fn code(body: &Value) -> (&str, Option<&str>) {
    (body["error"]["type"].as_str().unwrap_or_default(), body["error"]["code"].as_str())
}

#[tokio::test]
async fn an_unknown_path_is_404_and_a_wrong_method_405() -> TestResult {
    let server = fast().start().await?;
    let answer = send(&server, "GET", "/nothing", "", "").await?;
    assert_eq!(answer.status, StatusCode::NOT_FOUND);
    assert_eq!(
        answer.text(),
        r#"{"error":{"message":"Invalid URL (GET /v1/nothing)","type":"invalid_request_error","param":null,"code":"unknown_url"}}"#
    );
    assert_eq!(answer.header("content-type"), "application/json");
    let outside = send_to(&server.base_url().replace("/v1", "/v2/models"), "GET", &[], Bytes::new()).await?;
    assert_eq!(outside.status, StatusCode::NOT_FOUND);
    let answer = send(&server, "DELETE", "/chat/completions", "", "").await?;
    assert_eq!((answer.status, answer.header("allow")), (StatusCode::METHOD_NOT_ALLOWED, "GET, POST"));
    assert_eq!(code(&answer.json()?), ("invalid_request_error", Some("method_not_supported")));
    Ok(())
}

#[tokio::test]
async fn every_answer_carries_the_headers_of_the_api() -> TestResult {
    let server = fast().start().await?;
    for path in ["/models", "/nothing"] {
        let answer = send(&server, "GET", path, "", "").await?;
        let id = answer.header("x-request-id");
        let hex = id.strip_prefix("req_").ok_or("no req_")?;
        assert!(hex.len() == 32 && hex.bytes().all(|byte| byte.is_ascii_hexdigit()), "{id}");
        assert!(answer.header("openai-processing-ms").parse::<u32>().is_ok());
        assert_eq!(answer.header("openai-version"), "2020-10-01");
    }
    Ok(())
}

#[tokio::test]
async fn a_body_that_cannot_be_read_is_400() -> TestResult {
    let server = fast().start().await?;
    let deep = "[".repeat(100_000);
    for (path, content_type, body) in [
        ("/chat/completions", "application/json", "{\"model\":"),
        ("/chat/completions", "text/plain", "hello"),
        ("/responses", "application/json; charset=utf-8", deep.as_str()),
        ("/responses", "application/json", "\u{0}"),
        ("/files", "multipart/form-data", "--X--"),
        ("/files", "multipart/form-data; boundary=X", "no boundary"),
    ] {
        let answer = send(&server, "POST", path, content_type, body.to_owned()).await?;
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{path} {content_type}");
        assert_eq!(code(&answer.json()?), ("invalid_request_error", None));
    }
    Ok(())
}

#[tokio::test]
async fn no_json_body_of_any_shape_brings_the_server_down() -> TestResult {
    let (server, stateful) = (stateless().start().await?, fast().start().await?);
    let odd = [
        json!(null),
        json!([]),
        json!("x"),
        json!(-1),
        json!({"stream": "yes", "n": -1, "tools": {}, "input": 5}),
        json!({"messages": {}, "prompt": {"a": 1}, "input": {"b": [[]]}, "tools": [null, 1], "tool_choice": "required", "n": 1e300}),
        json!({"n": u64::MAX, "dimensions": u64::MAX, "max_tokens": 0, "max_output_tokens": 0, "stream": true, "partial_images": u64::MAX}),
        json!({"stream": true, "text": "x", "response_format": [], "stream_options": 3, "conversation": [], "thread": 1}),
    ];
    for path in [
        "/chat/completions",
        "/responses",
        "/responses?beta=true",
        "/completions",
        "/embeddings",
        "/images/generations",
        "/threads/runs",
        "/audio/speech",
        "/moderations",
        "/vector_stores",
    ] {
        for body in &odd {
            let answer = post(&server, path, body).await?;
            assert!(answer.status.is_success(), "{path} {body}: {}", answer.text());
            let answer = post(&stateful, path, body).await?;
            assert!(!answer.status.is_server_error(), "{path} {body}: {}", answer.text());
        }
    }
    Ok(())
}

#[tokio::test]
async fn a_body_over_the_limit_is_413() -> TestResult {
    let server = fast().body_limit(1_000).start().await?;
    let answer = send(&server, "POST", "/files", "application/octet-stream", vec![0_u8; 1_001]).await?;
    assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(code(&answer.json()?), ("invalid_request_error", Some("request_too_large")));
    Ok(())
}

#[tokio::test]
async fn a_key_is_checked_only_when_one_is_required() -> TestResult {
    let server = fast().require_key("sk-test").start().await?;
    let url = format!("{}/models", server.base_url());
    for headers in [&[][..], &[("authorization", "Bearer sk-other")], &[("authorization", "sk-test")]] {
        let answer = send_to(&url, "GET", headers, Bytes::new()).await?;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert_eq!(code(&answer.json()?), ("invalid_request_error", Some("invalid_api_key")));
    }
    let answer = send_to(&url, "GET", &[("authorization", "Bearer sk-test")], Bytes::new()).await?;
    assert_eq!(answer.status, StatusCode::OK);
    assert!(!format!("{server:?}").contains("sk-test"));
    assert_eq!(send(&fast().start().await?, "GET", "/models", "", "").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn requests_are_kept_up_to_the_limit() -> TestResult {
    let server = fast().keep_requests(2).start().await?;
    for path in ["/models", "/files/a%2Fb?x=1&x=2", "/nothing"] {
        send(&server, "GET", path, "", "").await?;
    }
    let requests = server.requests();
    assert_eq!(requests.iter().map(|request| request.path()).collect::<Vec<_>>(), ["/v1/files/a%2Fb", "/v1/nothing"]);
    assert_eq!(requests[0].query(), [("x".to_owned(), "1".to_owned()), ("x".to_owned(), "2".to_owned())]);
    assert_eq!(requests[0].operation().map(|operation| operation.id()), Some("retrieveFile"));
    assert_eq!(requests[0].parameter("file_id"), Some("a/b"));
    assert!(requests[1].operation().is_none());
    Ok(())
}

#[tokio::test]
async fn forms_and_json_can_be_looked_at() -> TestResult {
    let server = fast().start().await?;
    let form = "--X\r\nContent-Disposition: form-data; name=\"purpose\"\r\n\r\nbatch\r\n--X\r\n\
                Content-Disposition: form-data; name=\"file\"; filename=\"a.jsonl\"\r\n\r\n12345\r\n--X--\r\n";
    let file = send(&server, "POST", "/files", "multipart/form-data; boundary=X", form).await?.json()?;
    assert_eq!((&file["purpose"], &file["filename"], &file["bytes"]), (&json!("batch"), &json!("a.jsonl"), &json!(5)));
    post(&server, "/embeddings", &json!({"input": "x"})).await?;
    let requests = server.requests();
    let parts = requests[0].form().ok_or("no form")?;
    assert_eq!((parts[1].name.as_str(), &parts[1].data[..]), ("file", &b"12345"[..]));
    assert_eq!(requests[1].json(), Some(json!({"input": "x"})));
    assert_eq!(requests[1].header("Content-Type"), Some("application/json"));
    Ok(())
}

#[tokio::test]
async fn scripts_answer_first_and_the_latest_wins() -> TestResult {
    let server = fast().start().await?;
    server.on_request(|_| Some(Reply::json(StatusCode::OK, &json!({"from": "first"}))));
    server.on_request(|request| {
        let chat = request.operation()?.id() == "createChatCompletion";
        chat.then(|| Reply::empty(StatusCode::IM_A_TEAPOT).header("retry-after", "1").delay(Duration::from_millis(20)))
    });
    let answer = post(&server, "/chat/completions", &json!({})).await?;
    assert_eq!((answer.status, answer.header("retry-after")), (StatusCode::IM_A_TEAPOT, "1"));
    assert_eq!(post(&server, "/embeddings", &json!({})).await?.json()?, json!({"from": "first"}));
    Ok(())
}

#[tokio::test]
async fn a_script_that_panics_costs_its_connection_only() -> TestResult {
    let server = fast().start().await?;
    server.on_request(|request| request.path().ends_with("/files").then(|| panic!("as the test wants it")));
    assert!(send(&server, "GET", "/files", "", "").await.is_err());
    assert_eq!(send(&server, "GET", "/models", "", "").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_dropped_server_is_gone_and_a_port_can_be_chosen() -> TestResult {
    let server = MockServer::start().await?;
    let url = server.base_url().to_owned();
    drop(server);
    assert!(send_to(&format!("{url}/models"), "GET", &[], Bytes::new()).await.is_err());
    let port = url.trim_end_matches("/v1").rsplit(':').next().ok_or("no port")?.parse()?;
    let again = MockServer::builder().port(port).start().await?;
    assert_eq!(again.base_url(), url);
    let taken = MockServer::builder().port(port).start().wait().map(|_| ()).map_err(|error| error.to_string());
    assert!(taken.is_err_and(|error| error.starts_with("mock server: listening on 127.0.0.1:")));
    Ok(())
}
