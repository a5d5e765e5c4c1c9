//! Event streams and downloads that go wrong on their way.

use std::time::Duration;

use openai_runtime::ErrorKind::{self, Connection, Decode, InternalServer, NotFound, Stream, Timeout, Truncated};
use openai_runtime::json::Value;
use openai_runtime::{Call, Client};

use crate::tcp::Step::{self, Drip, Hang, Read, Repeat, Reset, Send, Wait};
use crate::tcp::{TcpServer, patiently};
use crate::{STREAM, client, open, response};

const HEAD: &str = "content-type: text/event-stream\r\n";
const CHUNKED: &str = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
const ONE: &str = "a\r\ndata: {}\n\n\r\n";

/// A client whose streams may be silent for a moment only.
fn hasty(url: String, factor: u64) -> Client {
    client(url).with_options(|options| options.idle_timeout(Duration::from_millis(500 * factor))).unwrap()
}

#[tokio::test]
async fn streams_that_break() {
    patiently(broken_streams).await;
}

async fn broken_streams(factor: u64) {
    let first = || open(CHUNKED, ONE);
    let hex = |text: &str| Send(format!("{:x}\r\n{text}\r\n", text.len()).into());
    for (name, script, kind) in [
        ("closed", vec![Read, first()], Truncated),
        ("ended", vec![Read, first(), Send(b"0\r\n\r\n".into())], Truncated),
        ("closed in a chunk", vec![Read, first(), Send(b"ff\r\ndata".into())], Truncated),
        ("ended in an event", vec![Read, first(), hex("data: {}"), Send(b"0\r\n\r\n".into())], Truncated),
        ("ended before a blank line", vec![Read, first(), hex("data: {}\n"), Send(b"0\r\n\r\n".into())], Truncated),
        ("reset", vec![Read, first(), Wait(50 * factor), Reset], Connection),
        ("silent", vec![Read, first(), Hang], Timeout),
        ("silent in a chunk", vec![Read, first(), Send(b"ff\r\ndata".into()), Hang], Timeout),
        ("bad chunk", vec![Read, first(), Send(b"zz\r\n".into())], Connection),
        ("no JSON", vec![Read, first(), hex("data: {\n\n"), Hang], Decode),
        ("invalid UTF-8", vec![Read, first(), Send(b"b\r\ndata: \"\xff\"\n\n\r\n".into()), Hang], Decode),
        ("a NUL", vec![Read, first(), hex("data: \0\n\n"), Hang], Decode),
        ("HTML in the middle", vec![Read, first(), hex("data: <html>\n\n"), Hang], Decode),
        ("an error", vec![Read, first(), hex("event: error\ndata: {\"error\":{\"message\":\"m\"}}\n\n"), Hang], Stream),
        ("a length not reached", vec![Read, open(&format!("content-length: 99\r\n{HEAD}"), "data: {}\n\n")], Truncated),
        ("closed without a length", vec![Read, open(HEAD, "data: {}\n\n")], Truncated),
    ] {
        let server = TcpServer::start(vec![script]).await;
        let client = if kind == Timeout { hasty(server.url(), factor) } else { client(server.url()) };
        let mut events = Call::new(&client, &STREAM).stream::<Value>().await.unwrap();
        assert!(events.next().await.unwrap().is_ok(), "{name}");
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.request_id()), (kind, 1, Some("req_1")), "{name}: {error:?}");
        assert_eq!(error.status().unwrap().as_u16(), 200);
        assert!(events.next().await.is_none(), "{name}");
        drop(events);
        assert!(server.wait_open(0).await, "{name}: the connection is closed");
        assert_eq!(server.requests().len(), 1, "{name}: a stream is not started again");
    }
}

#[tokio::test]
async fn streams_that_are_slow_but_go_on() {
    patiently(slow_streams).await;
}

async fn slow_streams(factor: u64) {
    let events = "data: 1\n\n: keepalive\n\ndata: [DONE]\n\n";
    let server = TcpServer::start(vec![vec![Read, open(HEAD, ""), Drip(events.into(), 20 * factor)]]).await;
    // All of it takes longer than a silence may.
    let mut events = Call::new(&hasty(server.url(), factor), &STREAM).stream::<Value>().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap(), 1);
    assert!(events.next().await.is_none());
}

#[tokio::test]
async fn streams_that_do_not_start() {
    let never = |step: Step| vec![vec![Read, step, Hang]];
    let head =
        |status: &str| format!("HTTP/1.1 {status}\r\nx-request-id: req_1\r\ncontent-type: text/event-stream\r\n");
    for (name, scripts, attempts, kind, body) in [
        ("an error in JSON", never(response("404 No", HEAD, "{\"error\":{}}")), 1, NotFound, Some("{\"error\":{}}")),
        ("an error in events", never(response("404 No", HEAD, "data: {}\n\n")), 1, NotFound, Some("data: {}\n\n")),
        ("busy", vec![vec![Read, response("503 No", "", "busy")]], 2, InternalServer, Some("busy")),
        ("HTML", never(response("200 OK", "content-type: text/html\r\n", "<html>")), 1, Decode, Some("<html>")),
        ("JSON", never(response("200 OK", "content-type: application/json\r\n", "{}")), 1, Decode, Some("{}")),
        ("closed in the headers", vec![vec![Read, Send(head("200 OK").into())]], 2, Connection, None),
        ("silent in the headers", never(Send(head("200 OK").into())), 2, Timeout, None),
    ] {
        let server = TcpServer::start(scripts).await;
        let mut call = Call::new(&client(server.url()), &STREAM);
        if kind == Timeout {
            call.with_timeout(Duration::from_millis(300));
        }
        let error = call.stream::<Value>().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (kind, attempts), "{name}: {error:?}");
        assert_eq!(error.body().map(|body| &body[..]), body.map(str::as_bytes), "{name}");
        assert_eq!(error.request_id(), body.map(|_| "req_1"), "{name}");
    }
    // An empty stream starts, and ends before its end.
    let server = TcpServer::start(vec![vec![Read, response("200 OK", HEAD, "")]]).await;
    let mut events = Call::new(&client(server.url()), &STREAM).stream::<Value>().await.unwrap();
    assert_eq!(events.next().await.unwrap().unwrap_err().kind(), Truncated);
}

#[tokio::test]
async fn events_without_an_end_are_not_kept_in_memory() {
    const MIB: usize = 1024 * 1024;
    let line = vec![b'a'; MIB];
    let lines = [&b"data: "[..], &vec![b'a'; MIB - 7], b"\n"].concat();
    for (name, script) in [
        ("a line", vec![Read, open(HEAD, "data: "), Repeat(line.clone(), 1024)]),
        ("a name", vec![Read, open(HEAD, ""), Repeat(line, 1024)]),
        ("many lines", vec![Read, open(HEAD, ""), Repeat(lines, 1024)]),
    ] {
        let server = TcpServer::start(vec![script]).await;
        let mut events = Call::new(&client(server.url()), &STREAM).stream::<Value>().await.unwrap();
        let error = events.next().await.unwrap().unwrap_err();
        assert_eq!((error.kind(), error.attempts(), error.request_id()), (Stream, 1, Some("req_1")), "{name}");
        assert!(error.message().contains("67108864"), "{error}");
        assert!(events.next().await.is_none());
        assert!(server.wait_open(0).await, "{name}: the connection is closed");
        // The limit of 64 MiB, and what the kernel holds for both sides.
        let sent = server.sent.load(std::sync::atomic::Ordering::SeqCst);
        assert!((60 * MIB..96 * MIB).contains(&sent), "{name}: {sent} bytes were sent");
    }
}

#[tokio::test]
async fn downloads_that_break() {
    patiently(broken_downloads).await;
}

async fn broken_downloads(factor: u64) {
    let folder = std::env::temp_dir().join(format!("openai-runtime-broken-{}-{factor}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    for (script, kind) in [
        (vec![Read, open("content-length: 10\r\n", "12345")], Truncated),
        (vec![Read, open("content-length: 10\r\n", "12345"), Wait(50 * factor), Reset], Connection),
        (vec![Read, open("content-length: 10\r\n", "12345"), Hang], Timeout),
        (vec![Read, open("transfer-encoding: chunked\r\n", "5\r\n12345\r\n")], Truncated),
        (vec![Read, open("transfer-encoding: chunked\r\n", "5\r\n12345\r\nzz\r\n")], Connection),
        (vec![Read, response("404 No", "", "12345")], ErrorKind::NotFound),
    ] {
        let server = TcpServer::start(vec![script]).await;
        let call = Call::new(&hasty(server.url(), factor), &STREAM);
        let error = call.send_to_file(folder.join("file")).await.unwrap_err();
        // What a POST makes may cost money, but so does half of it: it is tried again like any other call.
        let attempts = if kind == ErrorKind::NotFound { 1 } else { 2 };
        assert_eq!((error.kind(), error.attempts(), error.request_id()), (kind, attempts, Some("req_1")), "{error:?}");
        assert!(error.partial_file().is_none(), "a POST makes something else each time");
        assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 0, "{kind:?}: no file is left");
        assert!(server.wait_open(0).await);
    }
    std::fs::remove_dir_all(&folder).unwrap();
}
