//! What goes wrong with the exchange of tokens, and that no error tells a secret.

use std::time::Duration;

use crate::stub::{Answer, SUBJECT, call, client, granted, identity, plain, stub, subject};
use openai_runtime::{Error, ErrorKind, TokenFn, WorkloadIdentity};

/// The error of a call whose exchange is always answered so, the number of exchanges and the waits between.
async fn failing(answer: Answer) -> (Error, usize, Vec<u128>) {
    let stub = stub(move |_, _| answer.clone());
    let error = call(&client(&stub)).await.unwrap_err();
    assert!(stub.calls().is_empty());
    assert_eq!(error.attempts(), 0);
    assert!(!format!("{error} {error:?}").contains(SUBJECT));
    (error, stub.exchanges(), stub.waits())
}

#[tokio::test]
async fn a_refusal_is_told_in_the_words_of_the_server() {
    for (status, body, code, message) in [
        (
            400,
            r#"{"error":"invalid_grant","error_description":"unknown subject"}"#,
            Some("invalid_grant"),
            "unknown subject",
        ),
        (
            401,
            r#"{"error":{"message":"no such account","code":"invalid_account","type":"t"}}"#,
            Some("invalid_account"),
            "no such account",
        ),
        (403, r#"{"error":"access_denied"}"#, None, "access_denied"),
        (404, "", None, "Not Found"),
        (422, "<html>no</html>", None, "<html>no</html>"),
    ] {
        let (error, exchanges, waits) = failing(Answer::new(status, body).header("x-request-id", "req_9")).await;
        assert_eq!(error.kind(), ErrorKind::Authentication);
        assert_eq!((error.status().unwrap().as_u16(), error.code(), error.request_id()), (status, code, Some("req_9")));
        assert_eq!(error.message(), format!("the token exchange failed: {message}"));
        assert_eq!(error.body().unwrap(), body);
        assert_eq!((exchanges, waits.len(), error.is_retryable()), (1, 0, false));
    }
}

#[tokio::test]
async fn what_may_pass_is_tried_again_but_not_by_the_call_as_well() {
    for (answer, kind) in [
        (Answer::new(500, "{}"), ErrorKind::InternalServer),
        (Answer::new(503, "<html>busy</html>"), ErrorKind::InternalServer),
        (Answer::new(429, "{}"), ErrorKind::RateLimit),
        (Answer::new(408, "{}"), ErrorKind::Status),
        (Answer::Broken, ErrorKind::Connection),
    ] {
        let (error, exchanges, waits) = failing(answer).await;
        assert_eq!((error.kind(), exchanges, waits), (kind, 3, vec![500, 1000]));
        assert!(error.message().starts_with("the token exchange failed: "), "{error}");
    }
    let (_, exchanges, waits) = failing(Answer::new(429, "{}").header("retry-after", "7")).await;
    assert_eq!((exchanges, waits), (3, vec![7000, 7000]));
    let (_, exchanges, _) = failing(Answer::new(429, "{}").header("retry-after", "121")).await;
    assert_eq!(exchanges, 1);
    let (_, exchanges, _) = failing(Answer::new(500, "{}").header("x-should-retry", "false")).await;
    assert_eq!(exchanges, 1);

    let stub = stub(|request, count| match (request.url.contains("/oauth/"), count) {
        (true, 0) => Answer::new(502, ""),
        (true, 1) => Answer::Broken,
        (true, _) => granted("access-token", 3600),
        _ => Answer::new(200, "{}"),
    });
    call(&client(&stub)).await.unwrap();
    assert_eq!((stub.exchanges(), stub.calls().len()), (3, 1));
}

#[tokio::test]
async fn an_answer_that_is_no_token() {
    for (body, text) in [
        ("", "is not JSON"),
        ("<html>Sign in</html>", "is not JSON (its content type is text/html)"),
        (r#"{"access_token":"cut-off-acc"#, "is not JSON"),
        ("[]", "access_token"),
        ("null", "access_token"),
        ("{}", "access_token"),
        (r#"{"access_token":null}"#, "access_token"),
        (r#"{"access_token":7}"#, "access_token"),
        (r#"{"access_token":" "}"#, "access_token"),
        (r#"{"access_token":"cut-off-acc\nx"}"#, "access_token"),
        (r#"{"access_token":"tokén"}"#, "access_token"),
    ] {
        let (error, exchanges, _) = failing(Answer::new(200, body).header("content-type", "text/html")).await;
        assert_eq!((error.kind(), exchanges), (ErrorKind::Decode, 1), "{body}");
        assert!(error.message().contains(text), "{error}");
        // It may hold a token all the same.
        assert!(!format!("{error} {error:?} {:?}", error.body()).contains("cut-off-acc"));
    }
    let (error, ..) = failing(Answer::new(200, vec![b' '; 2 << 20])).await;
    assert_eq!(error.kind(), ErrorKind::Decode);
}

#[tokio::test]
async fn a_redirect_is_not_followed() {
    for status in [301, 302, 303, 307, 308] {
        let answer = Answer::new(status, "").header("location", "https://other.example/oauth/token");
        let stub = stub(move |_, _| answer.clone());
        let error = call(&client(&stub)).await.unwrap_err();
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Redirect, status));
        assert_eq!((stub.exchanges(), stub.to("other.example").len()), (1, 0));
    }
}

#[tokio::test(start_paused = true)]
async fn an_exchange_has_ten_seconds() {
    let start = tokio::time::Instant::now();
    let (error, exchanges, _) = failing(Answer::Silent).await;
    assert_eq!((error.kind(), exchanges, start.elapsed().as_secs()), (ErrorKind::Timeout, 3, 30));
    assert!(error.message().contains("10s"), "{error}");
}

#[tokio::test(start_paused = true)]
async fn all_that_wait_for_an_exchange_share_its_failure() {
    let stub = stub(|_, _| Answer::new(400, r#"{"error":"invalid_grant"}"#).late(100));
    let client = client(&stub);
    let tasks: Vec<_> = (0..100)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move { call(&client).await })
        })
        .collect();
    for task in tasks {
        let error = task.await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (ErrorKind::Authentication, 400));
    }
    assert_eq!(stub.exchanges(), 1);
    // A failure is not kept.
    call(&client).await.unwrap_err();
    assert_eq!(stub.exchanges(), 2);
}

#[tokio::test]
async fn secrets_are_never_told() {
    const ACCESS: &str = "access.token.of-the-server";
    let shows = |text: String| {
        for secret in [SUBJECT, ACCESS, &SUBJECT[..12], &ACCESS[..12]] {
            assert!(!text.contains(secret), "{text}");
        }
    };
    // A server that repeats what it was sent, also where an excerpt of it is cut off.
    for (prefix, json) in [(0, true), (0, false), (270, false), (280, false), (290, false)] {
        let echo = move |secret: &str| {
            let text = format!("{}{secret} is wrong {}", "x".repeat(prefix), "y".repeat(300));
            let body = serde_json::json!({"error": {"message": text, "code": secret, "param": secret, "type": secret}});
            let answer = Answer::new(400, if json { body.to_string() } else { text });
            answer.header("x-request-id", secret).header("x-echo", secret.replace('.', "%2E"))
        };
        let stub = stub(move |_, _| echo(SUBJECT));
        let error = call(&client(&stub)).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Authentication);
        let source = std::error::Error::source(&error);
        shows(format!("{error} {error:?} {:?} {:?} {source:?}", error.body(), error.headers()));

        let stub = self::stub(move |request, _| {
            if request.url.contains("/oauth/") {
                return granted(ACCESS, 3600);
            }
            echo(ACCESS)
        });
        let one = client(&stub);
        let error = call(&one).await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::BadRequest);
        shows(format!("{error} {error:?} {:?}", error.headers()));
        shows(format!("{one:?} {:?} {:?} {:?}", identity(), subject(), plain(&stub).workload_identity(identity())));
    }
    let named = format!("{:?}", identity().token_url("https://h/x?key=private"));
    assert!(named.contains("idp_1") && named.contains("https://h/x") && !named.contains("private"));
}

#[tokio::test(start_paused = true)]
async fn the_limit_of_the_call_holds_for_the_exchange_too() {
    let stub = stub(|_, _| Answer::Silent);
    let provider = TokenFn::jwt(|| async { Ok::<_, std::io::Error>(SUBJECT) });
    let client = plain(&stub)
        .workload_identity(WorkloadIdentity::new("i", "s", provider))
        .timeout(Duration::from_secs(2))
        .max_retries(0)
        .build()
        .unwrap();
    let start = tokio::time::Instant::now();
    let error = call(&client).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), start.elapsed().as_secs()), (ErrorKind::Timeout, 0, 2));
}
