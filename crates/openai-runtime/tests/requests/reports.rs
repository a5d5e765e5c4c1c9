//! Successes that report errors, and bodies under labels that are not theirs.

use std::io::Write as _;

use crate::errors::error;
use crate::support::{ENDPOINT, Reply, client};
use openai_runtime::json::{Extra, Value};
use openai_runtime::{Call, Endpoint, Error, ErrorKind};

static CREATE: Endpoint = ENDPOINT;

/// Deflate with its frame and without, and an encoding that the body does not have.
#[tokio::test]
async fn deflate_and_encodings_that_are_none() {
    let body = r#"{"id":"1","choices":["a"]}"#;
    let events = "data: {\"id\":\"1\"}\n\ndata: [DONE]\n\n";
    let framed = |text: &str| {
        let mut packer = flate2::write::ZlibEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let bare = |text: &str| {
        let mut packer = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::default());
        packer.write_all(text.as_bytes()).unwrap();
        packer.finish().unwrap()
    };
    let plain = |text: &str| text.as_bytes().to_vec();
    type Pack<'a> = &'a dyn Fn(&str) -> Vec<u8>;
    let ways: [(&str, Pack<'_>); 5] =
        [("deflate", &framed), ("deflate", &bare), ("utf-8", &plain), ("none", &plain), ("br", &plain)];
    for (encoding, pack) in ways {
        for size in [1, 100_000] {
            let reply = |text: &str| Reply::new(200, pack(text)).header("content-encoding", encoding).in_chunks(size);
            let (client, _) = client([reply(body), reply(events), reply(body)]);
            assert_eq!(Call::new(&client, &CREATE).send::<Answer>().await.unwrap().id, "1", "{encoding} {size}");
            let mut stream = Call::new(&client, &CREATE).stream::<Value>().await.unwrap();
            assert_eq!(stream.next().await.unwrap().unwrap()["id"], "1", "{encoding} {size}");
            assert!(stream.next().await.is_none());
            let mut bytes = Call::new(&client, &CREATE).bytes_stream().await.unwrap();
            let mut all = Vec::new();
            while let Some(chunk) = bytes.next().await {
                all.extend_from_slice(&chunk.unwrap());
            }
            assert_eq!(all, body.as_bytes(), "{encoding} {size}");
        }
    }
}

#[tokio::test]
async fn a_success_that_reports_an_error_is_one() {
    for (body, message, code, kind) in [
        (r#"{"error":{"message":"m","code":502}}"#, "m", Some("502"), ErrorKind::InternalServer),
        (r#"{"error":{"message":"m","code":"429"},"user_id":"u"}"#, "m", Some("429"), ErrorKind::RateLimit),
        (r#"{"error":"m"}"#, "m", None, ErrorKind::Status),
        (r#"{"error":["m"]}"#, "m", None, ErrorKind::Status),
        (r#"[{"error":{"message":"m","code":400}}]"#, "m", Some("400"), ErrorKind::BadRequest),
        (
            r#"{"errors":[{"message":"m","code":10000}],"success":false,"result":null}"#,
            "m",
            Some("10000"),
            ErrorKind::Status,
        ),
        (r#"{"detail":"m"}"#, "m", None, ErrorKind::Status),
        (r#"{"detail":[{"msg":"m","loc":["body"]}]}"#, "m", None, ErrorKind::Status),
        (r#"{"object":"error","message":"m","type":"server_error","code":null}"#, "m", None, ErrorKind::InternalServer),
        (r#"{"message":"m","statusCode":401}"#, "m", None, ErrorKind::Authentication),
        (r#"{"id":null,"choices":null,"error":{"message":"m","code":"c"}}"#, "m", Some("c"), ErrorKind::Status),
        (r#"{"id":"1","choices":[],"error":{"message":"m","code":502}}"#, "m", Some("502"), ErrorKind::InternalServer),
        (
            r#"{"id":"1","created":1,"model":"m","error":{"message":"m","code":502}}"#,
            "m",
            Some("502"),
            ErrorKind::InternalServer,
        ),
        (r#"{"error":{"error":{"message":"m","code":502}}}"#, "m", Some("502"), ErrorKind::InternalServer),
        (r#"{"code":500,"msg":"m"}"#, "m", Some("500"), ErrorKind::InternalServer),
        (
            r#"{"id":"1","choices":[{"index":0,"finish_reason":"error","error":{"message":"m","code":502}}]}"#,
            "m",
            Some("502"),
            ErrorKind::InternalServer,
        ),
        (
            r#"{"id":"1","choices":[{"message":{"error":{"message":"m","code":502}}}]}"#,
            "m",
            Some("502"),
            ErrorKind::InternalServer,
        ),
    ] {
        let (client, server) = client([Reply::json(200, body), Reply::json(200, body), Reply::json(200, body)]);
        let error = Call::new(&client, &CREATE).send::<Answer>().await.unwrap_err();
        assert_eq!((error.message(), error.code(), error.kind()), (message, code, kind), "{body}");
        assert_eq!((error.status().map(|status| status.as_u16()), error.request_id()), (Some(200), Some("req_1")));
        assert_eq!(error.body().unwrap(), body);
        // The answer was there: it is for the caller to ask again.
        assert_eq!(server.requests().len(), 1);
        // Of a response that is read later, reading it fails.
        let raw = Call::new(&client, &CREATE).send_raw::<Answer>().await.unwrap();
        assert_eq!((raw.text().unwrap().as_str(), raw.parse().unwrap_err().kind()), (body, kind));
        assert!(Call::new(&client, &CREATE).send::<Value>().await.is_ok(), "any JSON is what was asked for");
    }
}

#[tokio::test]
async fn a_success_that_says_error_beside_an_answer_is_none() {
    for body in [
        r#"{"id":"1","choices":["a"],"error":null}"#,
        r#"{"id":"1","choices":["a"],"error":{"message":"m"}}"#,
        r#"{"id":"1","choices":["a"],"error":"","more":1}"#,
        r#"{"id":"1","choices":["a"],"detail":"high"}"#,
        r#"{"id":"1","detail":"high"}"#,
        r#"{"choices":["a"],"message":"m","code":1}"#,
        r#"{"more":1}"#,
        r#"{"status":"success","message":"deleted"}"#,
        r#"{"code":0,"message":"ok"}"#,
        r#"{"code":"200","msg":"ok"}"#,
        r#"{"id":"1","choices":[{"error":null}],"error":false}"#,
        "{}",
    ] {
        let (client, _) = client([Reply::json(200, body)]);
        assert!(Call::new(&client, &CREATE).send::<Answer>().await.is_ok(), "{body}");
    }
    for body in [r#"{"id":"1","status":"failed","error":{"message":"m"},"more":1}"#, r#"{"id":"1","error":"m"}"#] {
        let (client, _) = client([Reply::json(200, body)]);
        let job = Call::new(&client, &CREATE).send::<Job>().await;
        let expected = body.contains("status");
        assert_eq!(job.is_ok(), expected, "{body}");
    }
}

#[tokio::test]
async fn bytes_that_report_an_error_are_one() {
    static CONTENT: Endpoint = Endpoint { accept: "application/octet-stream", ..ENDPOINT };
    let report = r#"{"error":{"message":"m","code":"c"}}"#;
    let lines = "{\"id\":\"1\",\"error\":{\"message\":\"m\"}}\n{\"id\":\"2\",\"error\":null}\n";
    for (body, media, fails) in [
        (report, "application/json", true),
        (r#"{"error":true,"message":"m","code":"c"}"#, "application/json", true),
        (
            r#"{"error":{"message":"m","code":"c"},"id":null,"object":null,"data":null,"x":null}"#,
            "application/json",
            true,
        ),
        (report, "application/octet-stream", false),
        (lines, "application/json", false),
        (r#"{"id":"1","error":{"message":"m"}}"#, "application/json", false),
        (r#"{"error":{"rate":0.5}}"#, "application/json", false),
    ] {
        let reply = || Reply::new(200, body).header("content-type", media);
        let (client, _) = client([reply(), reply(), reply()]);
        let bytes = Call::new(&client, &CONTENT).send_bytes().await;
        assert_eq!(bytes.as_ref().map(|bytes| &bytes[..]).ok(), (!fails).then_some(body.as_bytes()), "{body}");
        let stream = Call::new(&client, &CONTENT).bytes_stream().await;
        let code = |error: &Error| error.code().map(str::to_owned);
        assert_eq!(stream.as_ref().err().and_then(code), fails.then(|| "c".to_owned()), "{body}");
        if let Ok(mut stream) = stream {
            let mut all = Vec::new();
            while let Some(chunk) = stream.next().await {
                all.extend_from_slice(&chunk.unwrap());
            }
            assert_eq!(all, body.as_bytes());
        }
        // Where nothing is promised, an error is one still.
        assert_eq!(Call::new(&client, &CREATE).send_unit().await.is_err(), fails, "{body}");
    }
}

/// A type that can be text is text under any label, and JSON that is cut off is no text.
#[tokio::test]
async fn text_under_any_label() {
    let subtitles = "1\n00:00:00,000 --> 00:00:01,000\nhello\n";
    for media in
        [Some("application/json"), Some("text/plain"), Some("text/vtt"), Some("application/octet-stream"), None]
    {
        for (body, is_text) in [
            (subtitles, true),
            ("WEBVTT\n\n", true),
            ("hello", true),
            ("42 apples", true),
            ("{\"te", false),
            ("{laughs} hello", true),
            ("[Music] hello", true),
            ("[\"te", !media.is_some_and(|media| media.contains("json"))),
            ("<html>", media.is_some_and(|media| media.starts_with("text"))),
        ] {
            let reply =
                || media.map_or(Reply::new(200, body), |media| Reply::new(200, body).header("content-type", media));
            let (client, _) = client([reply(), reply(), reply()]);
            let text = Call::new(&client, &CREATE).send::<String>().await;
            assert_eq!(text.as_deref().ok(), is_text.then_some(body), "{media:?} {body}");
            assert!(Call::new(&client, &CREATE).send::<Answer>().await.is_err(), "{media:?} {body}");
            if !media.is_some_and(|media| media.starts_with("text")) {
                assert!(
                    Call::new(&client, &CREATE).send::<Value>().await.is_err(),
                    "any JSON is no text: {media:?} {body}"
                );
            }
        }
    }
}

#[tokio::test]
async fn a_long_message_is_shown_in_part() {
    let message = "ä".repeat(100_000);
    let body = format!(r#"{{"error":{{"message":"{message}","code":"c"}}}}"#);
    let error = error(Reply::json(400, &body)).await;
    assert_eq!((error.message(), error.body().unwrap().len()), (&*message, body.len()));
    for shown in [error.to_string(), format!("{error:?}")] {
        assert!(shown.len() < 1300 && shown.contains("ä…"), "{} bytes", shown.len());
    }
    assert!(error.to_string().ends_with("… (code: c) (request id: req_1)"));
}

#[tokio::test]
async fn no_retry_brings_money_back() {
    for (code, requests) in [
        ("rate_limit_exceeded", 2),
        ("insufficient_quota", 1),
        ("credit_balance_exhausted", 1),
        ("billing_hard_limit_reached", 1),
        ("organization_spend_limit_exceeded", 1),
        ("project_spend_limit_exceeded", 1),
        ("organization_usage_limit_exceeded", 1),
    ] {
        let body = format!(r#"{{"error":{{"message":"m","code":"{code}"}}}}"#);
        let (client, server) = client([Reply::json(429, &body), Reply::json(429, &body)]);
        let mut call = Call::new(&client, &CREATE);
        call.with_max_retries(1);
        let error = call.send::<Value>().await.unwrap_err();
        assert_eq!((server.requests().len(), error.is_retryable()), (requests, requests == 2), "{code}");
    }
}

#[derive(Clone, Default)]
struct Answer {
    id: String,
    choices: Vec<String>,
    extra: Extra,
}

openai_runtime::object!(Answer, [F("id", R), F("choices", R)], [id, choices]);

#[derive(Clone, Default)]
struct Job {
    id: String,
    status: String,
    error: Option<Value>,
    extra: Extra,
}

openai_runtime::object!(Job, [F("id", R), F("status", R), F("error", R)], [id, status, error]);
