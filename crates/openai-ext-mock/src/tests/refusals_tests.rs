//! Requests that the document does not allow, and limits of rate.

use std::time::Duration;

use http::StatusCode;
use serde_json::{Value, json};

use super::harness::{TestResult, post, send, strict};

#[tokio::test]
async fn a_body_that_does_not_fit_is_refused_by_the_name_of_its_field() -> TestResult {
    let server = strict().start().await?;
    let user = json!([{"role": "user", "content": "x"}]);
    let cases: [(Value, &str, &str); 7] = [
        (json!({}), "model", "missing_required_parameter"),
        (json!({"model": "gpt-5.5"}), "messages", "missing_required_parameter"),
        (json!({"model": "gpt-5.5", "messages": user, "temperature": "hot"}), "temperature", "invalid_type"),
        (json!({"model": "gpt-5.5", "messages": user, "temperature": 3}), "temperature", "invalid_value"),
        (json!({"model": "gpt-5.5", "messages": user, "verbosity": "loud"}), "verbosity", "invalid_value"),
        (
            json!({"model": "gpt-5.5", "messages": [{"role": "user"}]}),
            "messages[0].content",
            "missing_required_parameter",
        ),
        (json!({"model": "gpt-5.5", "messages": []}), "messages", "invalid_value"),
    ];
    for (body, param, code) in cases {
        let answer = post(&server, "/chat/completions", &body).await?;
        let error = &answer.json()?["error"];
        assert_eq!(answer.status, StatusCode::BAD_REQUEST, "{body}");
        assert_eq!((error["param"].as_str(), error["code"].as_str()), (Some(param), Some(code)), "{body}: {error}");
        assert_eq!(error["type"], "invalid_request_error");
        assert!(error["message"].as_str().is_some_and(|message| message.contains(param)), "{error}");
    }
    let fine = post(&server, "/chat/completions", &json!({"model": "gpt-5.5", "messages": user})).await?;
    assert_eq!(fine.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn a_body_that_is_missing_is_refused_if_it_is_needed() -> TestResult {
    let server = strict().start().await?;
    assert_eq!(send(&server, "POST", "/embeddings", "", "").await?.status, StatusCode::BAD_REQUEST);
    assert_eq!(send(&server, "POST", "/conversations", "", "").await?.status, StatusCode::OK);
    assert_eq!(send(&server, "GET", "/models", "", "").await?.status, StatusCode::OK);
    Ok(())
}

#[tokio::test]
async fn so_many_requests_a_window_and_the_headers_that_tell() -> TestResult {
    let server = strict().rate_limit(2, Duration::from_secs(3600)).start().await?;
    let mut remaining = Vec::new();
    for _ in 0..2 {
        let answer = send(&server, "GET", "/models", "", "").await?;
        assert_eq!((answer.status, answer.header("x-ratelimit-limit-requests")), (StatusCode::OK, "2"));
        remaining.push(answer.header("x-ratelimit-remaining-requests").to_owned());
    }
    assert_eq!(remaining, ["1", "0"]);
    let refused = send(&server, "GET", "/models", "", "").await?;
    assert_eq!(refused.status, StatusCode::TOO_MANY_REQUESTS);
    assert_eq!(refused.json()?["error"]["code"], "rate_limit_exceeded");
    let (seconds, wait): (u64, u64) =
        (refused.header("retry-after").parse()?, refused.header("retry-after-ms").parse()?);
    assert!((1_000..=3_600_000).contains(&wait) && seconds == wait.div_ceil(1000), "{wait} ms, {seconds} s");
    // Another window, another request: however slow this machine is, one of them is not the first of its window.
    let server = strict().rate_limit(1, Duration::from_millis(300)).start().await?;
    let mut seen = Vec::new();
    while seen.len() < 1000 && (seen.last() != Some(&StatusCode::OK) || !seen.contains(&StatusCode::TOO_MANY_REQUESTS))
    {
        seen.push(send(&server, "GET", "/models", "", "").await?.status);
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert!(seen.contains(&StatusCode::TOO_MANY_REQUESTS), "{seen:?}");
    assert_eq!(seen.last(), Some(&StatusCode::OK));
    Ok(())
}
