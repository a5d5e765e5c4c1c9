//! Handshakes: refused, tried again, with other credentials.

use openai_ext::{ErrorKind, StatusCode};
use openai_ext_mock::Reply;

use super::*;

#[tokio::test]
async fn a_refusal_is_an_error_as_of_any_call() -> TestResult {
    let cases = [
        (StatusCode::UNAUTHORIZED, ErrorKind::Authentication),
        (StatusCode::FORBIDDEN, ErrorKind::PermissionDenied),
        (StatusCode::NOT_FOUND, ErrorKind::NotFound),
        (StatusCode::TOO_MANY_REQUESTS, ErrorKind::RateLimit),
        (StatusCode::SERVICE_UNAVAILABLE, ErrorKind::InternalServer),
    ];
    for (status, kind) in cases {
        let (client, server) = mock().await?;
        server.on_request(move |_| {
            let reply = Reply::error(status, "some_error", None, "Not you, sk-test-key-123.");
            Some(reply.header("retry-after", "7").header("x-request-id", "req_7"))
        });
        let error = client.realtime().connect("gpt-realtime").await.expect_err("refused");
        assert_eq!((error.kind(), error.status(), error.request_id()), (kind, Some(status), Some("req_7")));
        assert_eq!((error.message(), error.attempts()), ("Not you, ***.", 1));
        assert_eq!(error.retry_after(), Some(Duration::from_secs(7)));
        assert!(error.body().is_some_and(|body| body.starts_with(b"{")));
        assert!(!format!("{error:?} {error}").contains("sk-test"));
    }
    Ok(())
}

#[tokio::test]
async fn one_that_may_pass_is_tried_again() -> TestResult {
    let (_, server) = mock().await?;
    let (client, waits) = patient(&server)?;
    let refused = std::sync::atomic::AtomicUsize::new(0);
    server.on_request(move |_| {
        let count = refused.fetch_add(1, std::sync::atomic::Ordering::Relaxed);
        let reply = Reply::error(StatusCode::TOO_MANY_REQUESTS, "rate_limit_exceeded", None, "Slow down.");
        (count < 2).then(|| if count == 0 { reply.header("retry-after", "3") } else { reply })
    });
    let mut connection = connect(&client).await?;
    assert_eq!(event(&mut connection).await?["type"], "session.created");
    assert_eq!(waits.taken(), [3.0, 1.0]);
    let sent: Vec<_> =
        server.requests().iter().map(|request| request.header("sec-websocket-key").map(str::to_owned)).collect();
    assert!(sent.len() == 3 && sent[0] != sent[1] && sent[1] != sent[2], "each attempt has a key of its own");
    Ok(())
}

#[tokio::test]
async fn options_of_the_handshake() -> TestResult {
    let server = MockServer::builder().event_interval(Duration::ZERO).require_key("ek_short-lived").start().await?;
    let client = Client::builder()
        .base_url(server.base_url())
        .api_key("sk-long-lived")
        .organization("org-1")
        .project("proj-1")
        .default_query("api-version", "7")
        .default_header("x-mine", "client")
        .max_retries(0)
        .build()?;
    let error = client.realtime().connect("m").await.expect_err("the wrong key");
    assert_eq!(error.kind(), ErrorKind::Authentication);
    let connection = client
        .realtime()
        .connect("m")
        .with_client_secret("ek_short-lived")
        .with_header("x-mine", "call")
        .with_header("openai-beta", "realtime=v1")
        .with_query("safety", "on")
        .with_timeout(PATIENCE)
        .await?;
    let request = server.realtime_connections()[0].request().clone();
    for (name, value) in [
        ("authorization", "Bearer ek_short-lived"),
        ("openai-organization", "org-1"),
        ("openai-project", "proj-1"),
        ("x-mine", "call"),
        ("openai-beta", "realtime=v1"),
    ] {
        assert_eq!(request.header(name), Some(value), "{name}");
    }
    let query: Vec<_> = request.query().iter().map(|(name, value)| format!("{name}={value}")).collect();
    assert_eq!(query, ["api-version=7", "model=m", "safety=on"]);
    drop(connection);
    let bad = client.realtime().connect("m").with_client_secret("ek_\n").await.expect_err("no header has that");
    assert_eq!(bad.kind(), ErrorKind::InvalidRequest);
    assert!(!bad.message().contains("ek_"), "{bad}");
    Ok(())
}

#[tokio::test]
async fn a_secret_is_made_and_used() -> TestResult {
    let (client, server) = mock().await?;
    let secret = client.realtime().client_secrets().create().send().await?;
    let mut connection = client.realtime().connect("gpt-realtime").with_client_secret(secret.value.as_str()).await?;
    event(&mut connection).await?;
    let authorization = format!("Bearer {}", secret.value);
    assert_eq!(server.realtime_connections()[0].request().header("authorization"), Some(authorization.as_str()));
    Ok(())
}

#[tokio::test]
async fn what_is_no_websocket_is_told() -> TestResult {
    let (client, server) = mock().await?;
    server.on_request(|_| Some(Reply::json(StatusCode::OK, &json!({"hello": "world"}))));
    let error = client.realtime().connect("gpt-realtime").await.expect_err("a plain answer");
    assert_eq!((error.kind(), error.status()), (ErrorKind::Decode, Some(StatusCode::OK)));
    assert!(error.message().contains("expected a WebSocket") && error.message().contains("hello"), "{error}");
    Ok(())
}

#[tokio::test]
async fn a_handshake_has_a_limit_of_time() -> TestResult {
    let (client, server) = mock().await?;
    server.on_request(|_| Some(Reply::empty(StatusCode::OK).delay(Duration::MAX)));
    let connecting = client.realtime().connect("gpt-realtime").with_timeout(Duration::from_millis(50));
    let error = soon(connecting.into_future()).await?.expect_err("too late");
    assert_eq!(error.kind(), ErrorKind::Timeout);
    Ok(())
}
