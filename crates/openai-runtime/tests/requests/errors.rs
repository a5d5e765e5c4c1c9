//! What an error keeps of whatever a server sends.

use std::error::Error as _;

use crate::support::{ENDPOINT, Reply, builder, client, now, server};
use openai_runtime::json::Value;
use openai_runtime::{Call, Client, Endpoint, Error, ErrorKind};

static CREATE: Endpoint = ENDPOINT;

pub(crate) async fn error(reply: Reply) -> Error {
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
        (r#"{"error":["a"]}"#, "a", None),
        (r#"[{"error":{"code":400,"message":"m","status":"INVALID_ARGUMENT"}}]"#, "m", Some("400")),
        (r#"{"success":false,"error":[{"code":7003,"message":"m"}],"result":{}}"#, "m", Some("7003")),
        (r#"{"success":false,"errors":[{"code":7003,"message":"m"}],"result":null}"#, "m", Some("7003")),
        (r#"{"detail":[{"loc":["body"],"msg":"a","type":"missing"},{"msg":"b"}]}"#, "a; b", None),
        (r#"{"detail":{"error":{"message":"m","code":"c"}}}"#, "m", Some("c")),
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

fn pack(bytes: &[u8]) -> Vec<u8> {
    use std::io::Write;
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packer.write_all(bytes).unwrap();
    packer.finish().unwrap()
}

fn gzipped(status: u16, body: &[u8]) -> Reply {
    let length = body.len().to_string();
    Reply::new(status, body).header("content-encoding", "gzip").header("content-length", &length)
}

#[tokio::test]
async fn gzip() {
    let mut packed = pack(format!("{{\"a\":\"{}\"}}", "b".repeat(100_000)).as_bytes());
    for size in [1, 10, 1000] {
        let (client, server) = client([gzipped(200, &packed).in_chunks(size)]);
        let raw = Call::new(&client, &CREATE).send_raw::<Value>().await.unwrap();
        assert_eq!(raw.json().unwrap()["a"].as_str().unwrap().len(), 100_000);
        assert!(!raw.headers().contains_key("content-encoding") && !raw.headers().contains_key("content-length"));
        assert_eq!(server.requests()[0].header("accept-encoding"), Some("gzip"));
    }
    packed[20] ^= 1;
    let broken = error(gzipped(200, &packed)).await;
    packed[20] ^= 1;
    assert!(matches!(broken.kind(), ErrorKind::Truncated | ErrorKind::Decode), "{broken:?}");
    for cut in 1..packed.len() {
        let error = error(gzipped(200, &packed[..cut])).await;
        assert_eq!(error.kind(), ErrorKind::Truncated, "{cut}: {error:?}");
        assert_eq!(error.status().unwrap(), 200);
    }
    // More than one member, and nothing at all.
    let (client, _) = client([gzipped(200, &[pack(b"[1,"), pack(b"2]")].concat()), gzipped(200, &pack(b""))]);
    let call = || Call::new(&client, &CREATE);
    assert_eq!(call().send::<Value>().await.unwrap(), serde_json::json!([1, 2]));
    assert_eq!(call().send_bytes().await.unwrap(), "");
}

/// A small body that is cut anywhere, in chunks of any size, by its end or by a broken connection.
#[tokio::test]
async fn gzip_that_is_cut() {
    let text: &[u8] = br#"{"error":{"message":"no such model","code":"model_not_found"}}"#;
    let packed = pack(text);
    let kind_of = |status: u16| if status == 200 { ErrorKind::Truncated } else { ErrorKind::NotFound };
    let (mut unpacked, mut first) = (0, usize::MAX);
    for (status, size) in [(200, 1), (200, 7), (200, 1000), (404, 1), (404, 1000)] {
        for cut in 1..=packed.len() {
            for breaks in [false, true] {
                let mut reply = gzipped(status, &packed[..cut]).in_chunks(size);
                if breaks {
                    reply = reply.then_broken();
                }
                let (client, _) = client([reply]);
                let mut call = Call::new(&client, &CREATE);
                call.with_max_retries(0);
                let result = call.send_bytes().await;
                if cut == packed.len() && status == 200 && !breaks {
                    assert_eq!(result.unwrap(), text);
                    continue;
                }
                let error = result.unwrap_err();
                let kind = if breaks && status == 200 { ErrorKind::Connection } else { kind_of(status) };
                assert_eq!((error.kind(), error.status().unwrap().as_u16()), (kind, status), "{cut}: {error:?}");
                let body = error.body().unwrap();
                let raw = error.headers().unwrap().contains_key("content-encoding");
                if raw {
                    assert_eq!(body, &packed[..cut], "as it came");
                } else {
                    assert!(!body.is_empty() && text.starts_with(body), "{cut}: {body:?}");
                    unpacked += 1;
                }
                first = first.min(if raw { usize::MAX } else { cut });
                assert_eq!(raw, cut < first, "{cut}: whatever can be unpacked is");
                if cut == packed.len() && status == 404 {
                    assert_eq!(error.code(), Some("model_not_found"));
                }
            }
        }
    }
    assert!(unpacked > 100 && first < 30, "{unpacked} from byte {first}");
    // Any one byte that is another.
    for at in 0..packed.len() {
        for flip in [0x01, 0x80, 0xFF] {
            let mut packed = packed.clone();
            packed[at] ^= flip;
            let (client, _) = client([gzipped(200, &packed)]);
            let mut call = Call::new(&client, &CREATE);
            call.with_max_retries(0);
            match call.send_bytes().await {
                // Some bits of the head say nothing of the content.
                Ok(bytes) => assert!(at <= 10 && bytes == text, "byte {at}: {bytes:?}"),
                Err(error) => {
                    assert!(matches!(error.kind(), ErrorKind::Decode | ErrorKind::Truncated), "{error:?}");
                    assert!(!error.body().unwrap().is_empty(), "byte {at}");
                }
            }
        }
    }
}

#[tokio::test]
async fn nothing_is_lost_of_what_is_no_gzip() {
    for (status, kind) in [(200, ErrorKind::Decode), (500, ErrorKind::InternalServer)] {
        for body in [&b"plain text"[..], b"{\"error\":", b"\x1f\x8b\xff\xff", &[0xFF; 1000]] {
            for size in [1, 3, 2000] {
                let error = error(gzipped(status, body).in_chunks(size)).await;
                assert_eq!((error.kind(), error.status().unwrap().as_u16()), (kind, status), "{error:?}");
                // Reading ends at the first byte that can't be.
                let kept = error.body().unwrap();
                assert!(!kept.is_empty() && body.starts_with(kept), "{kept:?}");
                assert!(size < 2000 || kept == body);
            }
        }
    }
    assert_eq!(error(gzipped(429, b"slow down")).await.message(), "slow down");
    assert_eq!(error(gzipped(502, b"\xff\xff")).await.message(), "Bad Gateway (the body's encoding can't be read)");
    let nested = error(gzipped(400, br#"{"error":{"message":"m"}}"#)).await;
    assert_eq!(nested.message(), "m", "a proxy unpacked it and left the header");
}

#[tokio::test]
async fn an_error_body_has_a_limit() {
    const LIMIT: usize = 4 * 1024 * 1024;
    let bomb = pack(&vec![b'x'; 64 * 1024 * 1024]);
    assert!(bomb.len() < 1024 * 1024);
    for size in [1000, usize::MAX] {
        let error = error(gzipped(400, &bomb).in_chunks(size.min(bomb.len()))).await;
        assert_eq!((error.kind(), error.body().unwrap().len()), (ErrorKind::BadRequest, LIMIT));
    }
    let large = error(Reply::new(400, vec![b'x'; LIMIT + 5]).in_chunks(1 << 20)).await;
    assert_eq!(large.body().unwrap().len(), LIMIT);
    let (client, _) = client([gzipped(200, &bomb)]);
    assert_eq!(Call::new(&client, &CREATE).send_bytes().await.unwrap().len(), 64 * 1024 * 1024);
}

#[tokio::test]
async fn encodings_that_were_not_asked_for() {
    let reply =
        |status: u16, encoding: &str| Reply::new(status, b"\x0b\xffpacked").header("content-encoding", encoding);
    for encoding in ["br", "zstd", "compress", "gzip, br", "gzip, gzip"] {
        let other = error(reply(200, encoding)).await;
        assert_eq!((other.kind(), other.body().unwrap().as_ref()), (ErrorKind::Decode, &b"\x0b\xffpacked"[..]));
        assert!(other.message().contains(encoding) && !other.is_retryable(), "{other}");
        let status = error(reply(503, encoding)).await;
        assert_eq!(
            (status.kind(), status.body().unwrap().as_ref()),
            (ErrorKind::InternalServer, &b"\x0b\xffpacked"[..])
        );
        assert!(status.message().contains("encoding"), "{status}");
    }
    let empty = || Reply::new(200, "").header("content-encoding", "br");
    let replies = [reply(200, "br"), reply(200, "br"), reply(200, "BR"), reply(200, "identity"), empty(), empty()];
    let (client, _) = client(replies);
    let call = || Call::new(&client, &CREATE);
    let streamed = call().bytes_stream().await.unwrap_err();
    assert_eq!((streamed.kind(), streamed.body().unwrap().len()), (ErrorKind::Decode, 8));
    assert_eq!(call().stream::<Value>().await.unwrap_err().kind(), ErrorKind::Decode);
    // Who asks for one gets it.
    let mut wanted = call();
    wanted.with_header("accept-encoding", "gzip;q=0.5, br;q=1");
    assert_eq!(wanted.send_bytes().await.unwrap().len(), 8);
    assert_eq!(call().send_bytes().await.unwrap().len(), 8);
    // Nothing at all is not encoded in any way.
    call().send_unit().await.unwrap();
    assert!(call().bytes_stream().await.unwrap().next().await.is_none());
}

#[tokio::test]
async fn limits_of_rate() {
    use openai_runtime::{RateLimit, json::Value};
    use std::time::Duration;
    let limited = |reply: Reply| {
        let reply = reply.header("x-ratelimit-limit-requests", "60").header("x-ratelimit-remaining-tokens", " 149984 ");
        let reply = reply.header("x-ratelimit-reset-requests", "1s").header("x-ratelimit-reset-tokens", "6m0s");
        reply.header("x-ratelimit-limit-tokens", "many").header("openai-processing-ms", "1234")
    };
    let check = |limit: RateLimit| {
        assert_eq!((limit.limit_requests, limit.remaining_tokens, limit.limit_tokens), (Some(60), Some(149_984), None));
        assert_eq!(limit.reset_requests, Some(Duration::from_secs(1)));
        assert_eq!(limit.reset_tokens, Some(Duration::from_secs(360)));
    };
    let took = Some(Duration::from_millis(1234));
    let (client, _) =
        client([Reply::json(200, "{}"), Reply::new(200, "x"), Reply::events("data: [DONE]\n\n")].map(limited));
    let call = || Call::new(&client, &CREATE);
    let raw = call().send_raw::<Value>().await.unwrap();
    check(raw.rate_limit());
    check(RateLimit::from_headers(raw.headers()));
    assert_eq!(raw.processing_time(), took);
    let bytes = call().bytes_stream().await.unwrap();
    check(bytes.rate_limit());
    assert_eq!((bytes.processing_time(), bytes.attempts()), (took, 1));
    let events = call().stream::<Value>().await.unwrap();
    check(events.rate_limit());
    assert_eq!(events.processing_time(), took);
    check(error(limited(Reply::json(429, "{}"))).await.rate_limit());
    for none in [error(Reply::broken()).await, error(Reply::json(429, "{}")).await] {
        assert_eq!(none.rate_limit(), RateLimit::default());
        assert_eq!(none.retry_after(), None);
    }
}

#[tokio::test]
async fn what_the_server_asks_to_wait() {
    use std::time::{Duration, SystemTime};
    let after = async |name: &str, text: &str| error(Reply::json(429, "{}").header(name, text)).await.retry_after();
    for (name, text, seconds) in [
        ("retry-after", "3", Some(3.0)),
        ("retry-after", "0.25", Some(0.25)),
        ("retry-after", "86400", Some(86_400.0)),
        ("retry-after-ms", "1500", Some(1.5)),
        ("retry-after", "0", None),
        ("retry-after", "-1", None),
        ("retry-after", "NaN", None),
        ("retry-after", "soon", None),
        ("retry-after", "Thu, 01 Jan 2026 00:00:00 GMT", None),
    ] {
        assert_eq!(after(name, text).await, seconds.map(Duration::from_secs_f64), "{name}: {text}");
    }
    assert_eq!(after("retry-after", "inf").await, Some(Duration::MAX));
    // By the client's clock, not the machine's, and the same whenever it is asked for.
    let date = httpdate::fmt_http_date(now() + Duration::from_secs(1000));
    assert_eq!(after("retry-after", &date).await, Some(Duration::from_secs(1000)));
    let reply = Reply::json(429, "{}").header("retry-after", "Thu, 01 Jan 2026 00:00:20 GMT");
    let dated = error(reply.header("date", "Thu, 01 Jan 2026 00:00:05 GMT")).await;
    assert_eq!(dated.retry_after(), Some(Duration::from_secs(15)));
    // An error that no client made knows the dates of its headers alone.
    let headers = |names: &[&'static str]| {
        let date = |seconds| httpdate::fmt_http_date(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds));
        let value = |name: &str| date(if name == "date" { 100 } else { 130 }).parse().unwrap();
        names.iter().map(|name| (name.parse().unwrap(), value(name))).collect::<openai_runtime::http::HeaderMap>()
    };
    let made = |names: &[&'static str]| {
        let status = openai_runtime::http::StatusCode::TOO_MANY_REQUESTS;
        Error::of_response(status, headers(names), Default::default()).retry_after()
    };
    assert_eq!(made(&["retry-after", "date"]), Some(Duration::from_secs(30)));
    assert_eq!(made(&["retry-after"]), None);
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

/// Found by the fuzzer: what is shown of a response besides its texts.
#[tokio::test]
async fn a_request_id_that_repeats_the_key_is_not_shown() {
    const KEY: &str = "sk-proj-secret-1234";
    for status in [200, 429] {
        let mut reply = Reply::json(status, "{}");
        reply.headers = vec![("x-request-id".to_owned(), format!("req_{KEY}_1"))];
        let client = builder(&server([reply])).api_key(KEY).max_retries(0).build().unwrap();
        let result = Call::new(&client, &CREATE).send_raw::<Value>().await;
        let printed = match &result {
            Ok(response) => format!("{response:?}"),
            Err(error) => format!("{error} {error:?}"),
        };
        assert!(!printed.contains(KEY) && printed.contains("***"), "{printed}");
    }
}

#[tokio::test]
async fn display_says_what_is_known() {
    let error = error(Reply::json(404, r#"{"error":{"message":"no model","code":"model_not_found"}}"#)).await;
    assert_eq!(error.to_string(), "404 Not Found: no model (code: model_not_found) (request id: req_1)");
}

#[tokio::test]
async fn a_wait_of_nothing_is_not_asked_for() {
    let told =
        [("0", None), ("-5", None), ("soon", None), ("1500", Some(1500)), (" 2.5 ", Some(50)), ("72.5", Some(72))];
    for (text, milliseconds) in told {
        let mut reply = Reply::json(200, "{}");
        reply.headers = vec![("openai-poll-after-ms".to_owned(), text.to_owned())];
        let client = builder(&server([reply])).build().unwrap();
        let response = Call::new(&client, &CREATE).send_raw::<Value>().await.unwrap();
        assert_eq!(response.poll_after().map(|wait| wait.as_millis()), milliseconds, "{text:?}");
    }
}
