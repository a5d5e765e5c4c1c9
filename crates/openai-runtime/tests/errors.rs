//! What an error keeps of whatever a server sends.
#![allow(missing_docs)]

mod support;

use std::error::Error as _;

use openai_runtime::json::Value;
use openai_runtime::{Call, Client, Endpoint, Error, ErrorKind};
use support::{ENDPOINT, Reply, builder, client, server};

static CREATE: Endpoint = ENDPOINT;

async fn error(reply: Reply) -> Error {
    let (client, _) = client([reply]);
    let mut call = Call::new(&client, &CREATE);
    call.with_max_retries(0);
    call.send::<Value>().await.unwrap_err()
}

#[tokio::test]
async fn kinds_by_status() {
    for status in 400..600_u16 {
        let kind = match status {
            400 => ErrorKind::BadRequest,
            401 => ErrorKind::Authentication,
            403 => ErrorKind::PermissionDenied,
            404 => ErrorKind::NotFound,
            409 => ErrorKind::Conflict,
            422 => ErrorKind::UnprocessableEntity,
            429 => ErrorKind::RateLimit,
            500.. => ErrorKind::InternalServer,
            _ => ErrorKind::Status,
        };
        let body = format!(r#"{{"error":{{"message":"no {status}","code":"c","param":"p","type":"t"}}}}"#);
        let error = error(Reply::json(status, &body)).await;
        assert_eq!((error.kind(), error.status().unwrap().as_u16()), (kind, status));
        assert_eq!(error.message(), format!("no {status}"));
        assert_eq!((error.code(), error.param(), error.error_type()), (Some("c"), Some("p"), Some("t")));
        assert_eq!((error.request_id(), error.attempts()), (Some("req_1"), 1));
        assert_eq!(error.body().unwrap(), body.as_bytes());
        assert_eq!(error.headers().unwrap()["content-type"], "application/json");
        // The same status each time: whether it is tried again is what `is_retryable` says.
        let again = matches!(status, 408 | 409 | 429 | 500..);
        assert_eq!(error.is_retryable(), again, "{status}");
        let (client, server) = client((0..3).map(|_| Reply::json(status, &body)));
        let error = Call::new(&client, &CREATE).send::<Value>().await.unwrap_err();
        let attempts = if again { 3 } else { 1 };
        assert_eq!((error.kind(), error.attempts(), server.requests().len()), (kind, attempts, attempts as usize));
    }
}

#[tokio::test]
async fn a_body_that_is_almost_json_keeps_its_code() {
    for body in [
        &b"\xEF\xBB\xBF{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}"[..],
        b"{\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\",\"param\":\"\xff\"}}",
        b"\r\n {\"error\":{\"message\":\"m\",\"code\":\"insufficient_quota\"}}\n\n",
    ] {
        let error = error(Reply::new(429, body)).await;
        assert_eq!((error.message(), error.code()), ("m", Some("insufficient_quota")));
        assert!(!error.is_retryable());
        assert_eq!(error.body().unwrap(), body);
    }
}

#[tokio::test]
async fn bodies_of_any_kind() {
    for (body, message, code) in [
        (r#"{"error":{"message":"m","code":42}}"#, "m", Some("42")),
        (r#"{"error":{"message":"m","code":null}}"#, "m", None),
        (r#"{"message":"m","code":"c"}"#, "m", Some("c")),
        (r#"{"detail":"m"}"#, "m", None),
        (r#"{"detail":[{"loc":["body"]}]}"#, r#"[{"loc":["body"]}]"#, None),
        (r#"{"error":"m"}"#, "m", None),
        (r#"{"error":"m","code":"c"}"#, "m", Some("c")),
        (r#"{"error":null}"#, r#"{"error":null}"#, None),
        (r#"{"error":{}}"#, r#"{"error":{}}"#, None),
        (r#""m""#, "m", None),
        ("[1]", "[1]", None),
        ("null", "Bad Request", None),
        ("true", "true", None),
        ("{}", "{}", None),
        (r#"{"error":{"message":"m","code":1.5}}"#, "m", Some("1.5")),
        (r#"{"error":{"message":"m","code":""}}"#, "m", Some("")),
        (r#"{"error":{"message":["a",1]}}"#, r#"["a",1]"#, None),
        (r#"{"error":{"message":"","code":"c"}}"#, r#"Bad Request"#, Some("c")),
        (r#"{"error":["a"]}"#, r#"{"error":["a"]}"#, None),
        (r#"{"error":{"message":"m"},"code":"outer"}"#, "m", None),
        ("{\"error\":{\"message\":\"a\\u0000b\"}}", "a\0b", None),
        (r#"{"error":{"message":"m"}} trailing"#, r#"{"error":{"message":"m"}} trailing"#, None),
        ("plain text", "plain text", None),
        ("<html><body>502</body></html>", "<html><body>502</body></html>", None),
        ("", "Bad Request", None),
        ("  \n", "Bad Request", None),
        (r#"{"error":{"message":"cut"#, r#"{"error":{"message":"cut"#, None),
    ] {
        let error = error(Reply::json(400, body)).await;
        assert_eq!((error.message(), error.code()), (message, code), "{body}");
        assert_eq!((error.kind(), error.request_id()), (ErrorKind::BadRequest, Some("req_1")));
        assert_eq!(error.body().unwrap(), body);
    }
    let error = error(Reply::new(500, b"\xff\xfe bad").header("x-request-id", "r")).await;
    assert_eq!((error.message(), error.request_id()), ("\u{fffd}\u{fffd} bad", Some("r")));
    assert_eq!(error.body().unwrap(), &b"\xff\xfe bad"[..]);
}

#[tokio::test]
async fn a_broken_error_body_is_still_that_error() {
    let error = error(Reply::json(400, r#"{"error":{"mess"#).then_broken()).await;
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::BadRequest, 1));
    assert_eq!(error.body().unwrap(), r#"{"error":{"mess"#);
}

#[tokio::test]
async fn success_that_is_none() {
    for (reply, part) in [
        (Reply::new(200, "<html>hi</html>").header("content-type", "text/html"), "content type is text/html"),
        (Reply::json(200, ""), "no body"),
        (Reply::json(204, ""), "no body"),
        (Reply::json(200, "{"), "it starts: {"),
        (Reply::json(200, "{} x"), "{} x"),
        (Reply::new(200, b"\"\xff\""), "UTF-8"),
        (Reply::new(200, b"\x1f\x8b\x08\0junk").header("content-encoding", "gzip"), ""),
    ] {
        let reply = reply.header("x-request-id", "req_1");
        let error = error(reply.clone()).await;
        assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Truncated), "{error:?}");
        assert!(error.message().contains(part), "{error}");
        assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (reply.status, Some("req_1")));
        assert!(error.body().is_some());
    }
}

#[tokio::test]
async fn gzip() {
    use std::io::Write;
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(format!("{{\"a\":\"{}\"}}", "b".repeat(100_000)).as_bytes()).unwrap();
    let mut packed = packed.finish().unwrap();
    for size in [1, 10, 1000] {
        let reply = Reply::new(200, &packed).header("content-encoding", "gzip").in_chunks(size);
        let (client, server) = client([reply]);
        let value = Call::new(&client, &CREATE).send::<Value>().await.unwrap();
        assert_eq!(value["a"].as_str().unwrap().len(), 100_000);
        assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
    }
    packed[20] ^= 1;
    let broken = error(Reply::new(200, &packed).header("content-encoding", "gzip")).await;
    packed[20] ^= 1;
    assert!(matches!(broken.kind(), ErrorKind::Truncated | ErrorKind::Decode), "{broken:?}");
    for cut in 1..packed.len() {
        let error = error(Reply::new(200, &packed[..cut]).header("content-encoding", "gzip")).await;
        assert_eq!(error.kind(), ErrorKind::Truncated, "{cut}: {error:?}");
        assert_eq!(error.status().unwrap(), 200);
    }
}

#[tokio::test]
async fn no_secret_is_printed() {
    const KEY: &str = "sk-secret-0123456789";
    let body = format!(r#"{{"error":{{"message":"Incorrect API key provided: {KEY}."}}}}"#);
    let server = server([Reply::json(401, &body)]);
    let client = builder(&server)
        .api_key(KEY)
        .admin_api_key(KEY)
        .webhook_secret(KEY)
        .default_header("x-key", KEY)
        .default_query("key", KEY)
        .build()
        .unwrap();
    let builder = Client::builder().api_key(KEY).base_url(format!("https://u:{KEY}@host/v1?key={KEY}"));
    let mut call = Call::new(&client, &CREATE);
    call.with_header("authorization-2", KEY);
    call.with_query("token", KEY);
    call.with_body_field("password", KEY);
    let printed = format!("{client:?} {builder:?} {:?} {call:?} {:#?}", builder.clone().build(), client.clone());
    assert!(!printed.contains(KEY), "{printed}");
    let error = call.send::<Value>().await.unwrap_err();
    let printed = format!("{error} {error:?} {:?}", error.source().map(ToString::to_string));
    assert!(!printed.contains(KEY), "{printed}");
    assert_eq!(error.message(), "Incorrect API key provided: ***.");
}

#[tokio::test]
async fn display_says_what_is_known() {
    let error = error(Reply::json(404, r#"{"error":{"message":"no model","code":"model_not_found"}}"#)).await;
    assert_eq!(error.to_string(), "404 Not Found: no model (code: model_not_found) (request id: req_1)");
}
