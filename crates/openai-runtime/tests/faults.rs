//! What goes wrong on a real connection: each case tells the kind of error, the attempts, and what is kept.
#![allow(missing_docs)]

mod support;
#[path = "support/tcp.rs"]
mod tcp;

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;

use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, Done, Endpoint, Error, ErrorKind};
use support::ENDPOINT;
use tcp::Step::{Drip, Hang, Read, Reset, Send, Wait};
use tcp::{Step, TcpServer};

static POST: Endpoint = ENDPOINT;
static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, ..ENDPOINT };
static STREAM: Endpoint = Endpoint { stream: Done::Marker, ..ENDPOINT };

fn client(url: String) -> Client {
    let clock = Arc::new(support::Handle::new(&support::server([])));
    Client::builder()
        .api_key("sk-secret-key")
        .base_url(url)
        .timeout(Duration::from_millis(1000))
        .idle_timeout(Duration::from_millis(500))
        .max_retries(1)
        .clock(clock)
        .build()
        .unwrap()
}

/// A response with its length.
fn response(status: &str, headers: &str, body: &str) -> Step {
    let length = body.len();
    Send(format!("HTTP/1.1 {status}\r\nx-request-id: req_1\r\ncontent-length: {length}\r\n{headers}\r\n{body}").into())
}

/// A response without its length, to be ended by the test.
fn open(headers: &str, body: &str) -> Step {
    Send(format!("HTTP/1.1 200 OK\r\nx-request-id: req_1\r\n{headers}\r\n{body}").into())
}

fn ok() -> Vec<Step> {
    vec![Read, response("200 OK", "", r#"{"ok":true}"#)]
}

struct Case {
    name: &'static str,
    scripts: Vec<Vec<Step>>,
    /// Attempts, and the error if it is none; what the error's body starts with, if there was a response.
    expected: (u32, Option<ErrorKind>, Option<&'static str>),
}

fn case(name: &'static str, scripts: Vec<Vec<Step>>, attempts: u32, kind: impl Into<Option<ErrorKind>>) -> Case {
    Case { name, scripts, expected: (attempts, kind.into(), None) }
}

fn kept(name: &'static str, scripts: Vec<Vec<Step>>, attempts: u32, kind: ErrorKind, body: &'static str) -> Case {
    Case { name, scripts, expected: (attempts, Some(kind), Some(body)) }
}

/// Each script alone fails both attempts; followed by a good one, the second attempt succeeds.
fn transient(name: &'static str, script: Vec<Step>, kind: ErrorKind, body: Option<&'static str>) -> [Case; 2] {
    [
        Case { name, scripts: vec![script.clone()], expected: (2, Some(kind), body) },
        Case { name, scripts: vec![script, ok()], expected: (2, None, None) },
    ]
}

fn broken_connections() -> Vec<Case> {
    use ErrorKind::{Connection, Timeout, Truncated};
    let chunked = |body: &str| open("transfer-encoding: chunked\r\n", body);
    [
        transient("closed at once", vec![], Connection, None),
        transient("reset at once", vec![Reset], Connection, None),
        transient("closed after the request", vec![Read], Connection, None),
        transient("reset after the request", vec![Read, Reset], Connection, None),
        transient("closed in the status line", vec![Read, Send(b"HTTP/1.1 20".into())], Connection, None),
        transient("closed in the headers", vec![Read, Send(b"HTTP/1.1 200 OK\r\nx-a".into())], Connection, None),
        transient(
            "reset in the headers",
            vec![Read, Send(b"HTTP/1.1 200 OK\r\nx-a".into()), Wait(50), Reset],
            Connection,
            None,
        ),
        transient("no HTTP", vec![Read, Send(b"SSH-2.0-OpenSSH_9\r\n".into())], Connection, None),
        transient("no number as status", vec![Read, Send(b"HTTP/1.1 abc OK\r\n\r\n".into())], Connection, None),
        transient(
            "a header without a colon",
            vec![Read, Send(b"HTTP/1.1 200 OK\r\nbad header\r\n\r\n".into())],
            Connection,
            None,
        ),
        transient("closed before the body", vec![Read, open("content-length: 10\r\n", "")], Truncated, Some("")),
        transient(
            "closed in the body",
            vec![Read, open("content-length: 10\r\n", "{\"a\"")],
            Truncated,
            Some("{\"a\""),
        ),
        transient(
            "reset in the body",
            vec![Read, open("content-length: 10\r\n", "{\"a\""), Wait(50), Reset],
            Connection,
            Some("{\"a\""),
        ),
        transient("cut chunk", vec![Read, chunked("5\r\n{\"a\"")], Truncated, Some("{\"a\"")),
        transient("chunks without an end", vec![Read, chunked("2\r\n{}\r\n")], Truncated, Some("{}")),
        transient("cut in a chunk's size", vec![Read, chunked("2\r\n{}\r\n1")], Truncated, Some("{}")),
        transient("bad chunk size", vec![Read, chunked("2\r\n{}\r\nzz\r\n")], Connection, Some("{}")),
        transient("silent from the start", vec![Hang], Timeout, None),
        transient("silent after the request", vec![Read, Hang], Timeout, None),
        transient("silent in the headers", vec![Read, Send(b"HTTP/1.1 200 OK\r\n".into()), Hang], Timeout, None),
        transient("silent before the body", vec![Read, open("content-length: 2\r\n", ""), Hang], Timeout, Some("")),
        transient(
            "silent in the body",
            vec![Read, open("content-length: 9\r\n", "{\"a\""), Hang],
            Timeout,
            Some("{\"a\""),
        ),
        transient(
            "drips too slowly",
            vec![Read, open("content-length: 99\r\n", "["), Drip(vec![b' '; 98], 20)],
            Timeout,
            Some("[ "),
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn odd_responses() -> Vec<Case> {
    use ErrorKind::{BadRequest, Decode, InternalServer, RateLimit, Redirect, Status, Truncated};
    let good = |step: Step| vec![vec![Read, step]];
    let text = |status: &'static str, body: &'static str| vec![vec![Read, response(status, "", body)]];
    let packed = "content-encoding: gzip\r\n";
    vec![
        case("a good one", vec![ok()], 1, None),
        case("without a length, ended by closing", good(open("", r#"{"ok":true}"#)), 1, None),
        case(
            "chunked",
            good(open("transfer-encoding: chunked\r\n", "1\r\n{\r\n1;x=y\r\n}\r\n0\r\nx: 1\r\n\r\n")),
            1,
            None,
        ),
        case("HTTP/1.0", good(Send(b"HTTP/1.0 200 OK\r\n\r\n{}".into())), 1, None),
        case(
            "drips fast enough",
            vec![vec![Read, Drip(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into(), 1)]],
            1,
            None,
        ),
        case(
            "early hints",
            vec![vec![Read, Send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".into()), ok()[1].clone()]],
            1,
            None,
        ),
        case(
            "continue, then the answer",
            vec![vec![Read, Send(b"HTTP/1.1 100 Continue\r\n\r\n".into()), ok()[1].clone()]],
            1,
            None,
        ),
        kept("HTML", good(response("200 OK", "content-type: text/html\r\n", "<html>")), 1, Decode, "<html>"),
        kept("empty", text("200 OK", ""), 1, Decode, ""),
        kept("no content", text("204 No Content", ""), 1, Decode, ""),
        kept("cut JSON", text("200 OK", "{\"a\":"), 1, Decode, "{\"a\":"),
        kept("gzip that is none", good(response("200 OK", packed, "plain text")), 1, Decode, "plain text"),
        kept("gzip that is cut", good(open(packed, "\u{1f}")), 2, Truncated, "\u{1f}"),
        kept("brotli", good(response("200 OK", "content-encoding: br\r\n", "\u{b}x")), 1, Decode, "\u{b}x"),
        kept("zstd, cut", good(open("content-encoding: zstd\r\ncontent-length: 9\r\n", "(")), 2, Truncated, "("),
        kept("an error in brotli", good(response("400 No", "content-encoding: br\r\n", "x")), 1, BadRequest, "x"),
        kept("an error that is no gzip", good(response("429 No", packed, "slow down")), 2, RateLimit, "slow down"),
        kept("an error in gzip that is cut", good(response("503 No", packed, "\u{1f}")), 2, InternalServer, "\u{1f}"),
        case(
            "two encodings that are none",
            good(response("200 OK", "content-encoding: identity, \r\n", "{}")),
            1,
            None,
        ),
        kept("not modified", text("304 Not Modified", ""), 1, Status, ""),
        kept("multiple choices", text("300 Multiple Choices", "x"), 1, Status, "x"),
        kept("a bad request", text("400 Bad Request", "why"), 1, BadRequest, "why"),
        kept("I am a teapot", text("418 I'm a teapot", "t"), 1, Status, "t"),
        kept("request timeout", text("408 Request Timeout", "t"), 2, Status, "t"),
        kept("text 429", text("429 Too Many Requests", "slow down"), 2, RateLimit, "slow down"),
        kept("HTML 502", text("502 Bad Gateway", "<html>bad</html>"), 2, InternalServer, "<html>"),
        kept("an unknown 599", text("599 Whatever", ""), 2, InternalServer, ""),
        kept(
            "an error cut in its body",
            good(Send(b"HTTP/1.1 400 No\r\ncontent-length: 9\r\n\r\n{\"er".into())),
            1,
            BadRequest,
            "{\"er",
        ),
        kept(
            "an error silent in its body",
            vec![vec![Read, Send(b"HTTP/1.1 400 No\r\ncontent-length: 9\r\n\r\n{\"er".into()), Hang]],
            1,
            BadRequest,
            "{\"er",
        ),
        case("503, then good", vec![vec![Read, response("503 No", "retry-after: 1\r\n", "")], ok()], 2, None),
        case(
            "retry-after beyond the limit",
            vec![vec![Read, response("503 No", "retry-after: 999\r\n", "")], ok()],
            1,
            InternalServer,
        ),
        case(
            "must not be retried",
            vec![vec![Read, response("503 No", "x-should-retry: false\r\n", "")], ok()],
            1,
            InternalServer,
        ),
        case("must be retried", vec![vec![Read, response("400 No", "x-should-retry: true\r\n", "")], ok()], 2, None),
        kept("moved", good(response("301 Moved", "location: /x\r\n", "")), 1, Redirect, ""),
        kept("found", good(response("302 Found", "location: /x\r\n", "")), 1, Redirect, ""),
        kept("see other", good(response("303 See Other", "location: /x\r\n", "")), 1, Redirect, ""),
        case(
            "temporary redirect",
            vec![vec![Read, response("307 R", "location: /x\r\nconnection: close\r\n", "")], ok()],
            1,
            None,
        ),
        case(
            "permanent redirect",
            vec![vec![Read, response("308 R", "location: x\r\nconnection: close\r\n", "")], ok()],
            1,
            None,
        ),
        kept("a redirect to nowhere", good(response("307 R", "", "")), 1, Redirect, ""),
        kept("a redirect to no URL", good(response("307 R", "location: http://[\r\n", "")), 1, Redirect, ""),
        kept("a redirect to a file", good(response("308 R", "location: file:///etc/passwd\r\n", "")), 1, Redirect, ""),
        kept(
            "a redirect in a circle",
            good(response("307 R", "location: /v1/things\r\nconnection: close\r\n", "")),
            1,
            Redirect,
            "",
        ),
    ]
}

fn check(case: &Case, result: Result<Value, Error>) {
    let (attempts, kind, body) = case.expected;
    let name = case.name;
    match result {
        Ok(_) => assert_eq!(kind, None, "{name}"),
        Err(error) => {
            assert_eq!((error.attempts(), Some(error.kind())), (attempts, kind), "{name}: {error:?}");
            if let Some(start) = body {
                let found = error.body().expect(name);
                assert!(found.starts_with(start.as_bytes()), "{name}: {found:?}");
                assert!(error.status().is_some(), "{name}");
            }
            assert!(!format!("{error} {error:?}").contains("secret"), "{name}");
        }
    }
}

#[tokio::test]
async fn faults() {
    let cases: Vec<Case> = broken_connections().into_iter().chain(odd_responses()).collect();
    assert!(cases.len() >= 80, "{} cases", cases.len());
    // One client for all: to make one takes some time with some TLS libraries.
    let client = client("http://127.0.0.1".into());
    let mut tasks = tokio::task::JoinSet::new();
    for case in cases {
        let client = client.clone();
        tasks.spawn(async move {
            let server = TcpServer::start(case.scripts.clone()).await;
            let client = client.with_options(|options| options.base_url(server.url())).unwrap();
            let mut call = Call::new(&client, &POST);
            call.body(&Value::from(vec![1]));
            let result = call.send::<Value>().await;
            check(&case, result);
            // A request that could not be sent as a whole is no request that was read.
            assert!(server.requests.lock().unwrap().iter().all(|request| request.ends_with("\r\n\r\n[1]")));
        });
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap();
    }
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    let error = Call::new(&client(format!("http://{address}")), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
    assert!(error.is_retryable() && error.status().is_none() && error.body().is_none());
    let error = Call::new(&client("http://no-such-host.invalid".into()), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 2));
}

#[tokio::test]
async fn redirects_keep_what_they_may() {
    let target = TcpServer::start(vec![ok()]).await;
    for (code, endpoint) in [("307", &POST), ("308", &POST), ("301", &GET), ("302", &GET), ("303", &GET), ("307", &GET)]
    {
        let location = format!("location: {}/elsewhere\r\n", target.url());
        let server = TcpServer::start(vec![vec![Read, response(&format!("{code} R"), &location, "")]]).await;
        let mut call = Call::new(&client(server.url()), endpoint);
        call.with_header("x-api-key", "secret");
        call.with_header("x-plain", "kept");
        call.with_query("q", "1");
        if endpoint.method == "POST" {
            call.body(&Value::from("body"));
        }
        call.send_unit().await.unwrap();
        let request = target.requests.lock().unwrap().pop().unwrap().to_lowercase();
        assert!(
            request.starts_with(&format!("{} /v1/elsewhere http/1.1", endpoint.method.to_lowercase())),
            "{request}"
        );
        assert!(!request.contains("authorization") && !request.contains("secret"), "{request}");
        assert!(request.contains("x-plain: kept"));
        assert_eq!(request.ends_with("\"body\""), endpoint.method == "POST");
        let first = server.requests.lock().unwrap().pop().unwrap();
        assert!(first.contains("authorization: Bearer sk-secret-key"));
    }
    // Within an origin the key is kept.
    let redirect = vec![Read, response("307 R", "location: /other\r\n", ""), Read, response("200 OK", "", "{}")];
    let server = TcpServer::start(vec![redirect]).await;
    Call::new(&client(server.url()), &POST).send_unit().await.unwrap();
    assert!(server.requests.lock().unwrap()[1].contains("Bearer sk-secret-key"));
}

#[tokio::test]
async fn a_stale_connection_is_no_error() {
    let once = vec![Read, response("200 OK", "", "{}")];
    let server = TcpServer::start(vec![once]).await;
    let client = client(server.url());
    for _ in 0..3 {
        Call::new(&client, &POST).send_unit().await.unwrap();
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    assert_eq!(server.requests.lock().unwrap().len(), 3);
}

#[tokio::test]
async fn connections_are_used_again() {
    let many = (0..6).flat_map(|_| ok()).chain([Hang]).collect();
    let events = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
    let stream = [Read, open(events, "e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n"), Read, response("200 OK", "", "{}"), Hang];
    let server = TcpServer::start(vec![many]).await;
    let first = client(server.url());
    for _ in 0..5 {
        Call::new(&first, &POST).send_unit().await.unwrap();
    }
    let shared = first.with_options(|options| options.max_retries(0)).unwrap();
    Call::new(&shared, &POST).send_unit().await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
    // Also after a stream that was read to its end.
    let server = TcpServer::start(vec![stream.to_vec()]).await;
    let client = client(server.url());
    let mut events = Call::new(&client, &STREAM).stream::<Value>().await.unwrap();
    assert!(events.next().await.is_none());
    Call::new(&client, &POST).send_unit().await.unwrap();
    assert_eq!(server.connections.load(Ordering::SeqCst), 1);
}

#[tokio::test]
async fn streams_that_break() {
    let head = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
    let one = "b\r\ndata: {}\n\n\r\n\r\n";
    let one = &one[..one.len() - 2];
    for (script, kind) in [
        (vec![Read, open(head, one)], ErrorKind::Truncated),
        (vec![Read, open(head, one), Send(b"0\r\n\r\n".into())], ErrorKind::Truncated),
        (vec![Read, open(head, one), Send(b"ff\r\ndata".into())], ErrorKind::Truncated),
        (vec![Read, open(head, one), Wait(50), Reset], ErrorKind::Connection),
        (vec![Read, open(head, one), Hang], ErrorKind::Timeout),
        (vec![Read, open(head, one), Send(b"zz\r\n".into())], ErrorKind::Connection),
    ] {
        let script = script.into_iter().map(|step| match step {
            Send(bytes) => {
                Send(String::from_utf8(bytes).unwrap().replace("b\r\ndata: {}\n\n\r\n", "a\r\ndata: {}\n\n\r\n").into())
            }
            other => other,
        });
        let server = TcpServer::start(vec![script.collect()]).await;
        let mut events = Call::new(&client(server.url()), &STREAM).stream::<Value>().await.unwrap();
        assert!(events.next().await.unwrap().is_ok());
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.request_id()), (kind, 1, Some("req_1")), "{error:?}");
        assert!(events.next().await.is_none());
    }
}

#[tokio::test]
async fn what_is_dropped_leaves_nothing() {
    let head = "content-type: text/event-stream\r\n";
    let scripts = vec![
        vec![Read, Hang],
        vec![Read, open("content-length: 9\r\n", "{"), Hang],
        vec![Read, open(head, "data: 1\n\n"), Hang],
        vec![Read, open(head, "data: [DONE]\n\n"), Hang],
    ];
    let server = TcpServer::start(scripts.clone()).await;
    let client = client(server.url());
    for index in 0..scripts.len() {
        let call = Call::new(&client, &STREAM);
        if index < 2 {
            let limit = Duration::from_millis(50);
            assert!(tokio::time::timeout(limit, call.send::<Value>()).await.is_err());
        } else {
            let mut stream = call.stream::<Value>().await.unwrap();
            assert_eq!(stream.next().await.is_some(), index == 2);
            // Dropped here; of the last one the end was seen already, so that it is closed before.
        }
        for _ in 0..100 {
            if server.open.load(Ordering::SeqCst) == 0 {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        assert_eq!(server.open.load(Ordering::SeqCst), 0, "after script {index}");
    }
    assert_eq!(server.connections.load(Ordering::SeqCst), scripts.len());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once() {
    let server = TcpServer::start(vec![(0..1000).flat_map(|_| ok()).collect()]).await;
    let client = client(server.url()).with_options(|options| options.timeout(Duration::from_secs(20))).unwrap();
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let call = Call::new(&client, &POST);
        tasks.spawn(call.send::<Value>());
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    // Idle connections beyond the pool's size are closed.
    for _ in 0..200 {
        if server.open.load(Ordering::SeqCst) <= 100 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    panic!("{} connections stay open", server.open.load(Ordering::SeqCst));
}
