//! Pages of other origins, as browsers treat them.

use bytes::Bytes;
use http::StatusCode;
use serde_json::json;

use super::harness::{Received, TestResult, fast, send_to};
use crate::Reply;
use crate::server::MockServer;

const ASKED: &[(&str, &str)] = &[
    ("origin", "http://page.example"),
    ("access-control-request-method", "POST"),
    ("access-control-request-headers", "authorization,content-type,x-stainless-retry-count"),
];

async fn preflight(server: &MockServer, path: &str) -> TestResult<Received> {
    send_to(&format!("{}{path}", server.base_url()), "OPTIONS", ASKED, Bytes::new()).await
}

#[tokio::test]
async fn a_preflight_is_allowed_what_it_asks_for_and_is_no_request() -> TestResult {
    let server = fast().cors().require_key("k").rate_limit(1, std::time::Duration::from_secs(60)).start().await?;
    server.on_request(|_| Some(Reply::error(StatusCode::IM_A_TEAPOT, "x", None, "scripted")));
    for path in ["/chat/completions", "/no/such/path"] {
        let answer = preflight(&server, path).await?;
        assert_eq!(answer.status, StatusCode::NO_CONTENT, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*");
        assert_eq!(answer.header("access-control-allow-methods"), "POST");
        assert_eq!(answer.header("access-control-allow-headers"), ASKED[2].1);
    }
    assert!(server.requests().is_empty(), "{:?}", server.requests());
    Ok(())
}

#[tokio::test]
async fn every_answer_can_be_read_also_an_error_and_a_stream() -> TestResult {
    let server = fast().cors().require_key("k").body_limit(200).start().await?;
    let url = |path: &str| format!("{}{path}", server.base_url());
    let key = ("authorization", "Bearer k");
    let json = ("content-type", "application/json");
    let body =
        |stream| json!({"model": "m", "messages": [{"role": "user", "content": "hi"}], "stream": stream}).to_string();
    for (path, method, headers, body, status) in [
        ("/models", "GET", vec![key], String::new(), StatusCode::OK),
        ("/models", "GET", vec![], String::new(), StatusCode::UNAUTHORIZED),
        ("/nothing", "GET", vec![key], String::new(), StatusCode::NOT_FOUND),
        ("/chat/completions", "POST", vec![key, json], body(false), StatusCode::OK),
        ("/chat/completions", "POST", vec![key, json], body(true), StatusCode::OK),
        ("/chat/completions", "POST", vec![key, json], "x".repeat(300), StatusCode::PAYLOAD_TOO_LARGE),
    ] {
        let answer = send_to(&url(path), method, &headers, body.into()).await?;
        assert_eq!(answer.status, status, "{path}");
        assert_eq!(answer.header("access-control-allow-origin"), "*", "{path}");
        assert_eq!(answer.header("access-control-expose-headers"), "*", "{path}");
    }
    Ok(())
}

#[tokio::test]
async fn a_script_decides_on_a_header_of_its_own() -> TestResult {
    let server = fast().cors().start().await?;
    server.on_request(|_| {
        Some(Reply::empty(StatusCode::OK).header("access-control-allow-origin", "http://other.example"))
    });
    let answer = send_to(&format!("{}/models", server.base_url()), "GET", &[], Bytes::new()).await?;
    assert_eq!(answer.headers.get_all("access-control-allow-origin").iter().count(), 1);
    assert_eq!(answer.header("access-control-allow-origin"), "http://other.example");
    Ok(())
}

#[tokio::test]
async fn without_the_option_nothing_is_allowed() -> TestResult {
    let server = fast().start().await?;
    let answer = preflight(&server, "/models").await?;
    assert!(!answer.status.is_success(), "{}", answer.status);
    assert_eq!(answer.header("access-control-allow-origin"), "");
    assert_eq!(server.requests().len(), 1);
    Ok(())
}
