//! Streams as other servers send them: noise, labels, errors in every form, and ends without a mark.

use crate::streams::{ANY, ENVELOPED, MARKER, SEVERAL, TYPES, check, collect};
use crate::support::{Reply, builder, client, server};
use openai_runtime::json::{Extra, Value};
use openai_runtime::{Call, ChoiceProgress, ErrorKind, WatchChoices};
use serde_json::json;
use std::time::Duration;

#[tokio::test]
async fn noise_is_passed_over() {
    let event = "data: {\"id\":1}\n\n";
    for noise in [
        ": comment\n\n",
        "data\n\n",
        "data:\n\n",
        "data:  \n\n",
        "data: : keepalive\n\n",
        "data: :\n\n",
        "data: null\n\n",
        "data: ping\n\n",
        "data: \"keepalive\"\n\n",
        "event: ping\ndata: 1760000000\n\n",
        "event: ping\ndata: {\"time\":1}\n\n",
        "event: keepalive\n\n",
        "event: keep-alive\ndata: still here\n\n",
        "data: {\"type\":\"ping\"}\n\n",
        "data: {\"type\": \"heartbeat\"}\n\n",
        "data: { \"type\": \"ping\" }\n\n",
        "data: {\"id\":1,\"type\":\"ping\"}\n\n",
        "data: {\"object\":\"ping\"}\n\n",
        "data: {\"time\":1,\"event\":\"keepalive\"}\n\n",
        "id: 7\n\n",
    ] {
        let text = format!("{noise}{event}{noise}data: [DONE]\n\n");
        check(&MARKER, &text, &[json!({"id": 1})], None).await;
    }
    // Where events have a type, one of a type that says nothing is an event.
    let ping = "event: ping\ndata: {\"type\":\"ping\"}\n\n";
    let done = "data: {\"type\":\"done\"}\n\n";
    check(&TYPES, &format!("{ping}{done}"), &[json!({"type": "ping"}), json!({"type": "done"})], None).await;
    check(&TYPES, &format!("data: : keepalive\n\n{done}"), &[json!({"type": "done"})], None).await;
}

#[tokio::test]
async fn the_first_bytes_tell_what_a_body_is() {
    let events = "\n data: ignored\ndata: {\"id\":1}\n\ndata: [DONE]\n\n";
    for media in [Some("application/json"), Some("text/plain"), Some("text/html"), Some("text/event-stream"), None] {
        for size in [1, 7, 100_000] {
            let labelled = |body: &str| {
                let reply = Reply::new(200, body).header("x-request-id", "req_1").in_chunks(size);
                media.map_or(reply.clone(), |media| reply.header("content-type", media))
            };
            let (found, error) = collect(&MARKER, labelled(events)).await;
            assert_eq!((found, error.map(|error| error.kind())), (vec![json!({"id": 1})], None), "{media:?} {size}");
            for (body, kind, message) in [
                (r#"{"error":{"message":"m","code":"c"}}"#, ErrorKind::Stream, "m"),
                (r#" [{"error":{"message":"m","code":"c"}}]"#, ErrorKind::Stream, "m"),
                (r#"{"message":"m","code":"c"}"#, ErrorKind::Stream, "m"),
                (r#"{"id":"1","choices":[]}"#, ErrorKind::Decode, "expected an event stream"),
                ("<html>busy</html>", ErrorKind::Decode, "<html>busy"),
            ] {
                let (found, error) = collect(&MARKER, labelled(body)).await;
                let error = error.unwrap();
                assert_eq!(
                    (found.len(), error.kind(), error.request_id()),
                    (0, kind, Some("req_1")),
                    "{media:?} {body}"
                );
                assert!(error.message().contains(message), "{media:?} {body}: {error}");
                assert_eq!(
                    (error.body().unwrap().trim_ascii_start(), error.status().unwrap().as_u16()),
                    (body.trim().as_bytes(), 200)
                );
            }
        }
    }
}

#[tokio::test]
async fn an_error_is_an_error_wherever_it_stands() {
    for (data, code) in [
        (r#"{"error":{"message":"m","code":500}}"#, Some("500")),
        (r#"{"error":"m"}"#, None),
        (r#"{"error":["m"]}"#, None),
        (r#"{"error":[{"message":"m","code":"c"}]}"#, Some("c")),
        (r#"[{"error":{"message":"m","code":"c"}}]"#, Some("c")),
        (r#"{"object":"error","message":"m","type":"t","param":null,"code":500}"#, Some("500")),
        (r#"{"type":"error","message":"m","code":"c"}"#, Some("c")),
        (
            r#"{"choices":[{"index":0,"delta":{},"finish_reason":"error","error":{"code":502,"message":"m"}}]}"#,
            Some("502"),
        ),
        (r#"{"choices":[{"index":0,"finish_reason":"error"}],"error":{"code":502,"message":"m"}}"#, Some("502")),
        (r#"{"code":"c","message":"m"}"#, Some("c")),
        (r#"{"message":"m","type":"invalid_request_error","param":null,"code":"c"}"#, Some("c")),
        (r#"{"code":"c","msg":"m"}"#, Some("c")),
        (r#"{"error":{"error":{"message":"m","code":"c"}}}"#, Some("c")),
        (r#"{"detail":"m"}"#, None),
        (r#"{"detail":[{"msg":"m","loc":["body"],"type":"t"}]}"#, None),
        (r#"{"detail":{"error":{"message":"m","code":"c"}}}"#, Some("c")),
        (r#"{"success":false,"errors":[{"message":"m","code":7003}]}"#, Some("7003")),
        (
            r#"{"choices":[{"index":0,"delta":{"error":{"message":"m","code":"c"}},"finish_reason":"error"}]}"#,
            Some("c"),
        ),
    ] {
        let (client, _) = client([Reply::events(format!("data: {data}\n\ndata: [DONE]\n\n"))]);
        let mut stream = Call::new(&client, &MARKER).stream::<Chunk>().await.unwrap();
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.message(), error.code()), (ErrorKind::Stream, "m", code), "{data}");
        assert_eq!((&error.body().unwrap()[..], error.request_id()), (data.as_bytes(), Some("req_1")));
        assert!(stream.next().await.is_none());
    }
    for data in [
        r#"{"choices":[],"message":"m","code":"c"}"#,
        r#"{"choices":[],"detail":"m"}"#,
        r#"{"id":"error","choices":[{"error":null}]}"#,
        r#"{"code":0,"message":"success"}"#,
        "{}",
    ] {
        let (client, _) = client([Reply::events(format!("data: {data}\n\ndata: [DONE]\n\n"))]);
        let mut stream = Call::new(&client, &MARKER).stream::<Chunk>().await.unwrap();
        assert!(stream.next().await.unwrap().is_ok(), "{data}");
        let (client, _) = self::client([Reply::events(format!("data: {data}\n\ndata: [DONE]\n\n"))]);
        let mut raw = Call::new(&client, &MARKER).stream::<Chunk>().await.unwrap().raw_events();
        assert!(raw.next().await.unwrap().is_ok(), "{data}");
    }
    for name in ["error", "Error", "ERROR"] {
        check(&MARKER, &format!("event: {name}\ndata: m\n\n"), &[], Some(ErrorKind::Stream)).await;
    }
    // An event that is told by its type may have any member.
    let event = json!({"type": "new", "detail": "high", "errors": [1]});
    check(
        &TYPES,
        &format!("data: {event}\n\ndata: {{\"type\":\"done\"}}\n\n"),
        &[event, json!({"type": "done"})],
        None,
    )
    .await;
    // What has nothing that an event needs is no reason to take `[DONE]` for the end of an answer.
    let (client, _) = client([Reply::events("data: {}\n\ndata: {\"time\":1}\n\ndata: [DONE]\n\n")]);
    let mut stream = Call::new(&client, &MARKER).stream::<Chunk>().await.unwrap();
    assert!(stream.next().await.unwrap().is_ok() && stream.next().await.unwrap().is_ok());
    assert_eq!(stream.next().await.unwrap().unwrap_err().kind(), ErrorKind::Truncated);
    check(&ENVELOPED, "data: {\"error\":{\"message\":\"m\"}}\n\n", &[], Some(ErrorKind::Stream)).await;
}

#[tokio::test]
async fn the_code_of_an_error_tells_whether_to_try_again() {
    for (error, expected) in [
        (r#"{"code":429,"type":"rate_limit_error"}"#, true),
        (r#"{"code":"408"}"#, true),
        (r#"{"code":409}"#, true),
        (r#"{"code":503}"#, true),
        (r#"{"code":"server_error"}"#, true),
        (r#"{"type":"server_error","code":null}"#, true),
        (r#"{"code":"rate_limit_exceeded"}"#, true),
        (r#"{"code":"overloaded"}"#, true),
        (r#"{"code":400}"#, false),
        (r#"{"code":"invalid_prompt","type":"server_error"}"#, false),
        (r#"{"code":429,"type":"insufficient_quota"}"#, false),
        (r#"{"message":"m"}"#, false),
    ] {
        let (_, found) = collect(&MARKER, Reply::events(format!("data: {{\"error\":{error}}}\n\n"))).await;
        assert_eq!(found.unwrap().is_retryable(), expected, "{error}");
    }
}

#[tokio::test]
async fn a_stream_of_choices_is_whole_once_each_is_finished() {
    let chunk =
        |index: i64, reason: &str| format!("data: {{\"choices\":[{{\"index\":{index},\"reason\":{reason}}}]}}\n\n");
    let (open, stop) = (chunk(0, "null"), chunk(0, "\"stop\""));
    let usage = "data: {\"choices\":[],\"usage\":{}}\n\n";
    for (text, kind) in [
        (format!("{open}{stop}"), None),
        (format!("{open}{stop}{usage}"), None),
        (format!("{open}{}{stop}{}", chunk(1, "null"), chunk(1, "\"stop\"")), None),
        (format!("{open}{}{stop}", chunk(1, "null")), Some(ErrorKind::Truncated)),
        (open.clone(), Some(ErrorKind::Truncated)),
        (usage.to_owned(), Some(ErrorKind::Truncated)),
        (format!("{stop}data: {{\"choi"), Some(ErrorKind::Truncated)),
        (format!("{open}data: [DONE]\n\n"), None),
        ("data: [DONE]\n\n".to_owned(), Some(ErrorKind::Truncated)),
    ] {
        let (client, _) = client([Reply::events(&text)]);
        let mut stream = Call::new(&client, &MARKER).stream_of_choices::<Chunk, Reasons>().await.unwrap();
        let mut error = None;
        while let Some(event) = stream.next().await {
            error = event.err();
        }
        assert_eq!(error.as_ref().map(|error| error.kind()), kind, "{text}");
        if let Some(error) = error {
            assert!(text.ends_with(std::str::from_utf8(error.body().unwrap()).unwrap()), "the last bytes");
            assert_eq!(error.request_id(), Some("req_1"));
        }
    }
    // A connection that breaks is no clean end.
    let (client, _) = client([Reply::events(format!("{open}{stop}")).then_broken()]);
    let mut stream = Call::new(&client, &MARKER).stream_of_choices::<Chunk, Reasons>().await.unwrap();
    let mut last = None;
    while let Some(event) = stream.next().await {
        last = event.err();
    }
    assert_eq!(last.unwrap().kind(), ErrorKind::Connection);
}

#[tokio::test]
async fn a_mark_before_the_terminal_event_is_too_early() {
    for endpoint in [&TYPES, &SEVERAL] {
        let text = "data: {\"type\":\"delta\"}\n\ndata: [DONE]\n\n";
        let error = check(endpoint, text, &[json!({"type": "delta"})], Some(ErrorKind::Truncated)).await.unwrap();
        assert!(
            error.message().contains("[DONE]") && text.ends_with(std::str::from_utf8(error.body().unwrap()).unwrap())
        );
        check(endpoint, "data: [DONE]\n\n", &[], Some(ErrorKind::Truncated)).await;
    }
    check(&ANY, "data: [DONE]\n\n", &[], None).await;
}

struct Reasons;

impl WatchChoices<Chunk> for Reasons {
    fn note(event: &Chunk, progress: &mut ChoiceProgress) {
        for choice in &event.choices {
            progress.note(choice["index"].as_i64().unwrap_or_default(), choice["reason"].is_string());
        }
    }
}

#[derive(Clone, Default)]
struct Chunk {
    choices: Vec<Value>,
    extra: Extra,
}

openai_runtime::object!(Chunk, [F("choices", R)], [choices]);

/// Comments keep a connection alive, but a second limit counts events.
#[tokio::test(start_paused = true)]
async fn comments_are_no_events() {
    let comments = ": alive\n\n".repeat(100);
    for (limit, kind) in [(Some(Duration::from_secs(5)), ErrorKind::Timeout), (None, ErrorKind::Timeout)] {
        let server = server([Reply::events(format!("data: {{\"id\":1}}\n\n{comments}")).in_chunks(9).then_silent()]);
        let mut builder = builder(&server).idle_timeout(Duration::from_secs(60));
        if let Some(limit) = limit {
            builder = builder.event_idle_timeout(limit);
        }
        let mut stream = Call::new(&builder.build().unwrap(), &MARKER).stream::<Value>().await.unwrap();
        assert!(stream.next().await.unwrap().is_ok());
        let start = tokio::time::Instant::now();
        let error = stream.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), start.elapsed().as_secs()), (kind, limit.map_or(60, |limit| limit.as_secs())));
        assert_eq!((error.request_id(), error.message().contains("no event")), (Some("req_1"), limit.is_some()));
    }
}
