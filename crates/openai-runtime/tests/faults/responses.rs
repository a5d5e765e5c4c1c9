//! Responses that are complete HTTP, and not what was asked for.

use openai_runtime::ErrorKind::{
    BadRequest, Conflict, Decode, InternalServer, NotFound, RateLimit, Redirect, Status, Truncated,
};
use openai_runtime::json::{Extra, Value};
use openai_runtime::{Call, ErrorKind, object};

use crate::tcp::Step::{Drip, Hang, Read, Send};
use crate::tcp::{Step, TcpServer};
use crate::{Case, POST, chunked, client, ok, open, raw, response};

const PACKED: &str = "content-encoding: gzip\r\n";

fn good(name: &'static str, step: Step) -> Case {
    Case::good(name, vec![vec![Read, step]], 1)
}

/// A 200 that is kept with its body, of which no attempt can make more.
fn unreadable(name: &'static str, body: &'static [u8]) -> Case {
    Case::kept(name, response("200 OK", "", body), 1, Decode, 200, body)
}

pub(crate) fn odd() -> Vec<Case> {
    [well_formed(), bodies(), statuses(), retry_headers()].into_iter().flatten().collect()
}

/// Unusual, but as HTTP allows it.
fn well_formed() -> Vec<Case> {
    let head = |headers: &str| format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}");
    vec![
        Case::good("a good one", vec![ok()], 1),
        good("without a length, ended by closing", open("", r#"{"ok":true}"#)),
        good("chunked", chunked("1\r\n{\r\n1;x=y\r\n}\r\n0\r\nx: 1\r\n\r\n")),
        good("chunks of one byte", chunked("1\r\n{\r\n1\r\n}\r\n".to_owned() + "0\r\n\r\n")),
        good("zeros before a chunk's size", chunked("0000000000000002\r\n{}\r\n0\r\n\r\n")),
        good("capitals in a chunk's size", chunked(format!("A\r\n{{        }}\r\n{}\r\n\r\n", "0".repeat(8)))),
        good("remarks of chunks", chunked("2;a=b;c=\"d\"\r\n{}\r\n0;last\r\n\r\n")),
        good("trailers", chunked("2\r\n{}\r\n0\r\nx-request-id: other\r\ncontent-length: 99\r\n\r\n")),
        good("HTTP/1.0", Send(b"HTTP/1.0 200 OK\r\n\r\n{}".into())),
        good("no reason", Send(b"HTTP/1.1 200\r\ncontent-length: 2\r\n\r\n{}".into())),
        good("line feeds alone", Send(b"HTTP/1.1 200 OK\ncontent-length: 2\n\n{}".into())),
        good("the same length twice", Send(head("content-length: 2\r\ncontent-length: 2\r\n").into())),
        good("a length with zeros before it", Send(head("content-length: 0002\r\n").into())),
        // Chunks win over a length, as RFC 9112 says.
        good(
            "a length and chunks",
            open("content-length: 99\r\ntransfer-encoding: chunked\r\n", "2\r\n{}\r\n0\r\n\r\n"),
        ),
        good("more than its length", Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}{\"more\":1}".into())),
        good("another response after it", Send(head("content-length: 2\r\n").repeat(2).into())),
        good("99 headers", Send(head(&(0..98).map(|n| format!("x{n}: 1\r\n")).collect::<String>()).into())),
        good("headers of 100 KiB", Send(head(&format!("x: {}\r\n", "a".repeat(100 * 1024))).into())),
        good("drips fast enough", Drip(head("content-length: 2\r\n").into(), 1)),
        good("early hints", Send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}".into())),
        good("continue", Send(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}".into())),
        good("processing", Send(b"HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 200 OK\r\n\r\n{}".into())),
        good(
            "bytes in headers that are no text",
            response("200 OK", "x: \u{e9}\u{7}\t\r\n".replace('\u{7}', "").as_str(), "{}"),
        ),
    ]
}

fn bodies() -> Vec<Case> {
    let html = "content-type: text/html\r\n";
    let unnamed = |step: Step| match step {
        Send(bytes) => Send(replace(&bytes, b"req_1", b"r\xff\x80")),
        other => other,
    };
    let mut cases = vec![
        Case::kept("HTML", response("200 OK", html, "<html>"), 1, Decode, 200, b"<html>"),
        unreadable("HTML that says nothing of itself", b"<!doctype html><html></html>"),
        unreadable("empty", b""),
        unreadable("white space", b" \r\n\t"),
        Case::kept("empty chunks", chunked("0\r\n\r\n"), 1, Decode, 200, b""),
        unreadable("cut JSON", b"{\"a\":"),
        unreadable("JSON, then garbage", b"{\"ok\":true}x"),
        unreadable("two documents", b"{\"ok\":true}{\"ok\":true}"),
        unreadable("two documents in two lines", b"{\"ok\":true}\n{\"ok\":true}\n"),
        unreadable("an event stream", b"data: {\"ok\":true}\n\n"),
        unreadable("a word", b"OK"),
        unreadable("a word that begins as NaN", b"{\"a\":Nano}"),
        unreadable("single quotes", b"{'a':1}"),
        unreadable("a comma too many", b"{\"a\":1,}"),
        unreadable("a key twice removed", b"{\"a\"}"),
        unreadable("invalid UTF-8 in a text", b"{\"a\":\"\xff\"}"),
        unreadable("invalid UTF-8 in a key", b"{\"\xc3\":1}"),
        unreadable("invalid UTF-8 outside", b"\xff\xfe{\0}\0"),
        unreadable("half a surrogate in UTF-8", b"{\"a\":\"\xed\xa0\x80\"}"),
        unreadable("NUL bytes", b"\0\0\0\0"),
        unreadable("a NUL after the JSON", b"{}\0"),
        unreadable("too deep", DEEP),
        good("a NUL in a text, which the reader lets pass", response("200 OK", "", "{\"a\":\"\0\"}")),
        good("white space around", response("200 OK", "", "\r\n {} \n")),
        good("a byte order mark", response("200 OK", "", b"\xEF\xBB\xBF{}")),
        good("JSON that says it is HTML", response("200 OK", html, "{}")),
        good("null", response("200 OK", "", "null")),
        good("NaN, which Python writes", response("200 OK", "", "{\"a\":NaN}")),
        Case::kept("gzip that is none", response("200 OK", PACKED, "plain text"), 1, Decode, 200, b"plain text"),
        Case::kept("gzip that is cut", open(PACKED, [0x1f]), 2, Truncated, 200, b"\x1f"),
        Case::kept("brotli", response("200 OK", "content-encoding: br\r\n", "\u{b}x"), 1, Decode, 200, b"\x0bx"),
        Case::kept("zstd, cut", open("content-encoding: zstd\r\ncontent-length: 9\r\n", "("), 2, Truncated, 200, b"("),
        good("two encodings that are none", response("200 OK", "content-encoding: identity, \r\n", "{}")),
    ];
    let mut nameless = vec![
        Case::kept("a request id that is no text", unnamed(response("200 OK", "", "x")), 1, Decode, 200, b"x"),
        Case::kept("the same of an error", unnamed(response("404 No", "", "\u{1}x")), 1, NotFound, 404, b"\x01x"),
        Case::kept(
            "no request id",
            Send(b"HTTP/1.1 409 C\r\ncontent-length: 1\r\n\r\nx".into()),
            2,
            Conflict,
            409,
            b"x",
        ),
    ];
    for case in &mut nameless {
        case.request_id = None;
    }
    cases.extend(nameless);
    cases
}

fn replace(bytes: &[u8], from: &[u8], to: &[u8]) -> Vec<u8> {
    match bytes.windows(from.len()).position(|window| window == from) {
        Some(at) => [&bytes[..at], to, &bytes[at + from.len()..]].concat(),
        None => bytes.to_vec(),
    }
}

const DEEP: &[u8] = &[b'['; 100_000];

fn statuses() -> Vec<Case> {
    let status = |name, line, body: &'static str, attempts, kind, code| {
        Case::kept(name, response(line, "", body), attempts, kind, code, body.as_bytes())
    };
    vec![
        status("no content", "204 No Content", "", 1, Decode, 204),
        status("reset content", "205 Reset Content", "", 1, Decode, 205),
        status("partial content that is cut", "206 Partial Content", "{\"a\"", 1, Decode, 206),
        status("accepted, and nothing", "202 Accepted", "", 1, Decode, 202),
        good("created", response("201 Created", "", "{}")),
        good("partial content", response("206 Partial Content", "", "{}")),
        good("an unknown success", response("299 Fine", "", "{}")),
        status("switching protocols", "101 Switching Protocols", "", 1, Status, 101),
        status("multiple choices", "300 Multiple Choices", "x", 1, Status, 300),
        status("not modified", "304 Not Modified", "", 1, Status, 304),
        status("use proxy", "305 Use Proxy", "", 1, Status, 305),
        status("a bad request", "400 Bad Request", "why", 1, BadRequest, 400),
        status("I am a teapot", "418 I'm a teapot", "t", 1, Status, 418),
        status("an upgrade is required", "426 Upgrade Required", "t", 1, Status, 426),
        status("headers too large", "431 Too Large", "", 1, Status, 431),
        status("not for legal reasons", "451 No", "", 1, Status, 451),
        status("closed by a proxy", "499 Client Closed", "", 1, Status, 499),
        status("request timeout", "408 Request Timeout", "t", 2, Status, 408),
        status("text 429", "429 Too Many Requests", "slow down", 2, RateLimit, 429),
        status("no quota", "429 No", r#"{"error":{"code":"insufficient_quota"}}"#, 1, RateLimit, 429),
        status("HTML 502", "502 Bad Gateway", "<html>bad</html>", 2, InternalServer, 502),
        status("Cloudflare's 520", "520 Unknown", "error code: 520", 2, InternalServer, 520),
        status("an unknown 599", "599 Whatever", "", 2, InternalServer, 599),
        status("beyond 599", "600 Whatever", "", 2, InternalServer, 600),
        status("the last status", "999 Denied", "", 2, InternalServer, 999),
        Case::kept("invalid UTF-8 in an error", response("400 B", "", b"\xff\xfe"), 1, BadRequest, 400, b"\xff\xfe"),
        Case::kept("NUL bytes in an error", response("500 B", "", [0; 9]), 2, InternalServer, 500, b"\0\0"),
        Case::kept("a cut error", raw("400 B", "content-length: 9\r\n", "{\"er"), 1, BadRequest, 400, b"{\"er"),
        Case::kept(
            "an error with a bad chunk",
            raw("503 B", "transfer-encoding: chunked\r\n", "1\r\n{\r\nzz\r\n"),
            2,
            InternalServer,
            503,
            b"{",
        ),
        Case::kept("an error with gzip that is none", response("404 B", PACKED, "x"), 1, NotFound, 404, b"x"),
        Case::kept("an error in brotli", response("400 No", "content-encoding: br\r\n", "x"), 1, BadRequest, 400, b"x"),
        Case::kept("a 429 that is no gzip", response("429 No", PACKED, "slow down"), 2, RateLimit, 429, b"slow down"),
        Case::kept("a 503 in gzip that is cut", response("503 No", PACKED, [0x1f]), 2, InternalServer, 503, b"\x1f"),
        Case::kept("an error of 8 MiB", response("404 B", "", vec![b'x'; 8 << 20]), 1, NotFound, 404, b"xxxx"),
        Case {
            limit: crate::SHORT,
            ..Case::kept("a silent error", raw("400 B", "content-length: 9\r\n", "{\"er"), 1, BadRequest, 400, b"{\"er")
                .then(Hang)
        },
    ]
}

impl Case {
    /// The last script goes on with this.
    fn then(mut self, step: Step) -> Self {
        self.scripts.iter_mut().for_each(|script| script.push(step.clone()));
        self
    }
}

/// A 503 with these headers, then a good response: whether there is a second attempt.
fn retry_headers() -> Vec<Case> {
    let then_good = |step: Step| vec![vec![Read, step], ok()];
    let mut cases = Vec::new();
    for (name, headers) in [
        ("503, then good", ""),
        ("retry-after", "retry-after: 1\r\n"),
        ("retry-after in parts", "retry-after: 0.5\r\n"),
        ("retry-after zero", "retry-after: 0\r\n"),
        ("retry-after 120", "Retry-After: 120\r\n"),
        ("retry-after a date past", "retry-after: Thu, 01 Jan 1970 00:00:00 GMT\r\n"),
        ("retry-after a date ahead", "retry-after: Thursday, 01-Jan-26 00:00:20 GMT\r\n"),
        ("retry-after garbage", "retry-after: \u{e9} soon\r\n"),
        ("retry-after-ms", "retry-after-ms: 1500\r\n"),
        ("retry-after-ms wins", "retry-after: 999\r\nretry-after-ms: 10\r\n"),
        ("retry-after twice", "retry-after: 1\r\nretry-after: 999\r\n"),
        ("should retry", "x-should-retry: true\r\n"),
        ("should perhaps retry", "x-should-retry: perhaps\r\n"),
    ] {
        cases.push(Case::good(name, then_good(response("503 No", headers, "x")), 2));
    }
    for (name, headers) in [
        ("retry-after beyond the limit", "retry-after: 120.5\r\n"),
        ("retry-after in a year", "retry-after: Fri, 01 Jan 2027 00:00:00 GMT\r\n"),
        ("retry-after-ms beyond the limit", "retry-after-ms: 120001\r\n"),
        ("retry-after infinite", "retry-after: inf\r\n"),
        ("should not retry", "x-should-retry: false\r\n"),
    ] {
        let case = Case::kept(name, response("503 No", headers, "x"), 1, InternalServer, 503, b"x");
        cases.push(Case { scripts: then_good(response("503 No", headers, "x")), ..case });
    }
    cases.push(Case::good("a 400 to retry", then_good(response("400 No", "x-should-retry: true\r\n", "")), 2));
    cases
}

#[derive(Clone, Default)]
struct Thing {
    name: String,
    extra: Extra,
}
object!(Thing, [F("name", R)], [name]);

#[tokio::test]
async fn json_of_another_kind_where_an_object_is_due() {
    for body in ["[]", "null", "1", "-1.5e3", "true", "\"text\"", "[{\"name\":\"x\"}]"] {
        let server = TcpServer::start(vec![vec![Read, response("200 OK", "", body)]]).await;
        let error = Call::new(&client(server.url()), &POST).send::<Thing>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (Decode, 1), "{body}: {error:?}");
        assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (200, Some("req_1")));
        assert_eq!(error.body().unwrap(), body);
        assert!(error.message().contains(body), "{error}");
    }
    // Reading is lenient: a member that is null or of another kind counts as absent, and what is absent is empty.
    for body in ["{}", "{\"name\":null}", "{\"name\":[]}", "{\"name\":{}}"] {
        let server = TcpServer::start(vec![vec![Read, response("200 OK", "", body)]]).await;
        let thing = Call::new(&client(server.url()), &POST).send::<Thing>().await.unwrap();
        assert!(thing.name.is_empty(), "{body}");
    }
}

#[tokio::test]
async fn what_needs_no_body_takes_any() {
    for step in [response("204 No Content", "", ""), response("205 R", "", ""), response("200 OK", "", "<html>")] {
        let server = TcpServer::start(vec![vec![Read, step]]).await;
        Call::new(&client(server.url()), &POST).send_unit().await.unwrap();
    }
    let server = TcpServer::start(vec![vec![Read, response("500 No", "", "")]]).await;
    let error = Call::new(&client(server.url()), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (InternalServer, 2));
}

#[tokio::test]
async fn a_server_that_is_always_busy_is_left_alone_in_the_end() {
    let server = TcpServer::start(vec![vec![Read, response("429 Busy", "retry-after: 1\r\n", "busy")]]).await;
    for retries in [0, 1, 7] {
        let before = server.connections();
        let mut call = Call::new(&client(server.url()), &POST);
        call.with_max_retries(retries);
        let error = call.send::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (RateLimit, retries + 1));
        assert_eq!((error.message(), error.request_id()), ("busy", Some("req_1")));
        assert_eq!(server.connections() - before, retries as usize + 1);
    }
}

#[tokio::test]
async fn a_header_that_is_no_text_is_kept_as_it_is() {
    let step = Send(b"HTTP/1.1 404 No\r\nx-request-id: r\xff\r\nx-odd: \xe9\r\ncontent-length: 1\r\n\r\nx".to_vec());
    let server = TcpServer::start(vec![vec![Read, step]]).await;
    let error = Call::new(&client(server.url()), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.request_id()), (ErrorKind::NotFound, None));
    let headers = error.headers().unwrap();
    assert_eq!((headers["x-request-id"].as_bytes(), headers["x-odd"].as_bytes()), (&b"r\xff"[..], &b"\xe9"[..]));
}

#[tokio::test]
async fn a_request_to_redirect_is_not_retried() {
    let server = TcpServer::start(vec![vec![Read, response("303 See Other", "location: /x\r\n", "")]]).await;
    let error = Call::new(&client(server.url()), &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.is_retryable()), (Redirect, 1, false));
}
