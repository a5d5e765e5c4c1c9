//! Connections that can't be made or break, and bytes that are no HTTP.

use std::time::{Duration, Instant};

use openai_runtime::ErrorKind::{Connection, Timeout, Truncated};
use openai_runtime::{Call, ErrorKind};
use tokio::net::{TcpSocket, TcpStream};

use crate::tcp::Step::{self, Drip, Hang, Read, Repeat, Reset, Send, Wait};
use crate::tcp::TcpServer;
use crate::{Case, POST, chunked, client, open};

/// Sends these bytes instead of a response, which is no connection that can be used.
fn no_http(name: &'static str, bytes: impl AsRef<[u8]>) -> [Case; 2] {
    Case::transient(name, vec![Read, Send(bytes.as_ref().to_vec())], Connection, None)
}

fn head(headers: &str) -> String {
    format!("HTTP/1.1 200 OK\r\n{headers}\r\n{{}}")
}

/// Connections that break at each point of a response.
fn cut() -> Vec<[Case; 2]> {
    let some = || open("content-length: 10\r\n", "{\"a\"");
    vec![
        Case::transient("closed at once", vec![], Connection, None),
        Case::transient("reset at once", vec![Reset], Connection, None),
        Case::transient("closed after the request", vec![Read], Connection, None),
        Case::transient("reset after the request", vec![Read, Reset], Connection, None),
        no_http("closed in the status line", "HTTP/1.1 20"),
        no_http("closed in the headers", "HTTP/1.1 200 OK\r\nx-a"),
        no_http("closed before the headers' end", "HTTP/1.1 200 OK\r\nx-a: b\r\n"),
        no_http("closed after early hints", "HTTP/1.1 103 Early Hints\r\n\r\n"),
        Case::transient(
            "reset in the headers",
            vec![Read, Send(b"HTTP/1.1 200 OK\r\nx-a".into()), Wait(50), Reset],
            Connection,
            None,
        ),
        Case::transient("closed before the body", vec![Read, open("content-length: 10\r\n", "")], Truncated, Some(b"")),
        Case::transient("closed in the body", vec![Read, some()], Truncated, Some(b"{\"a\"")),
        Case::transient("reset in the body", vec![Read, some(), Wait(50), Reset], Connection, Some(b"{\"a\"")),
        Case::transient("cut chunk", vec![Read, chunked("5\r\n{\"a\"")], Truncated, Some(b"{\"a\"")),
        Case::transient("chunks without an end", vec![Read, chunked("2\r\n{}\r\n")], Truncated, Some(b"{}")),
        Case::transient("cut in a chunk's size", vec![Read, chunked("2\r\n{}\r\n1")], Truncated, Some(b"{}")),
        Case::transient("cut in the last chunk", vec![Read, chunked("2\r\n{}\r\n0\r\n")], Truncated, Some(b"{}")),
        Case::transient("cut in the trailers", vec![Read, chunked("2\r\n{}\r\n0\r\nx: 1")], Truncated, Some(b"{}")),
        Case::transient(
            "a length that no body has",
            vec![Read, open("content-length: 18446744073709551000\r\n", "{}")],
            Truncated,
            Some(b"{}"),
        ),
        Case::transient("no chunks at all", vec![Read, chunked("")], Truncated, Some(b"")),
    ]
}

/// Bytes that no HTTP/1.1 server sends.
fn garbage() -> Vec<[Case; 2]> {
    let many = |count: usize| (0..count).map(|index| format!("x-{index}: 1\r\n")).collect::<String>();
    vec![
        no_http("no HTTP", "SSH-2.0-OpenSSH_9\r\n"),
        no_http("bytes of TLS", b"\x15\x03\x03\x00\x02\x02\x46"),
        no_http("a hello of TLS", [&b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03"[..], &[7; 500]].concat()),
        no_http("the preface of HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
        no_http("settings of HTTP/2", b"\0\0\x06\x04\0\0\0\0\0\0\x03\0\0\0\x64"),
        no_http("a request", "GET / HTTP/1.1\r\nhost: h\r\n\r\n"),
        no_http("NUL bytes", [0; 64]),
        no_http("only line ends", "\r\n\r\n\r\n\r\n"),
        no_http("no number as status", "HTTP/1.1 abc OK\r\n\r\n"),
        no_http("a status of four digits", "HTTP/1.1 2000 OK\r\n\r\n"),
        no_http("a status below 100", "HTTP/1.1 099 OK\r\n\r\n"),
        no_http("another version", "HTTP/4.2 200 OK\r\n\r\n"),
        no_http("a header without a colon", "HTTP/1.1 200 OK\r\nbad header\r\n\r\n"),
        no_http("a header without a name", "HTTP/1.1 200 OK\r\n: x\r\n\r\n"),
        no_http("a NUL in a header", "HTTP/1.1 200 OK\r\nx: a\0b\r\n\r\n"),
        no_http("two lengths", head("content-length: 2\r\ncontent-length: 3\r\n")),
        no_http("a negative length", head("content-length: -2\r\n")),
        no_http("a length beyond numbers", head("content-length: 99999999999999999999999999\r\n")),
        no_http("a length that is no number", head("content-length: two\r\n")),
        no_http("a length in hexadecimal", head("content-length: 0x2\r\n")),
        no_http("10,000 headers", head(&many(10_000))),
        no_http("1,025 headers", head(&many(1_025))),
        no_http("a header of 1 MiB", head(&format!("x: {}\r\n", "a".repeat(1024 * 1024)))),
        no_http("a header's name of 1 MiB", head(&format!("{}: x\r\n", "a".repeat(1024 * 1024)))),
        no_http("a reason of 1 MiB", format!("HTTP/1.1 200 {}\r\n\r\n", "a".repeat(1024 * 1024))),
        Case::transient("bad chunk size", vec![Read, chunked("2\r\n{}\r\nzz\r\n")], Connection, Some(b"{}")),
        Case::transient("a negative chunk", vec![Read, chunked("-2\r\n{}\r\n")], Connection, Some(b"")),
        Case::transient(
            "an empty chunk size",
            vec![Read, chunked("2\r\n{}\r\n\r\n0\r\n\r\n")],
            Connection,
            Some(b"{}"),
        ),
        Case::transient(
            "a chunk beyond numbers",
            vec![Read, chunked("fffffffffffffffff\r\n{}")],
            Connection,
            Some(b""),
        ),
        Case::transient(
            "a chunk longer than its size",
            vec![Read, chunked("1\r\n{}\r\n0\r\n\r\n")],
            Connection,
            Some(b"{"),
        ),
        Case::transient(
            "a chunk's remark of 1 MiB",
            vec![Read, chunked(format!("2;{}\r\n{{}}\r\n0\r\n\r\n", "a".repeat(1024 * 1024)))],
            Connection,
            Some(b""),
        ),
        Case::transient(
            "trailers of 1 MiB",
            vec![Read, chunked(format!("2\r\n{{}}\r\n0\r\nx: {}\r\n\r\n", "a".repeat(1024 * 1024)))],
            Connection,
            Some(b"{}"),
        ),
    ]
}

pub(crate) fn broken() -> Vec<Case> {
    cut().into_iter().chain(garbage()).flatten().collect()
}

/// Servers that are too slow for the limit of time.
pub(crate) fn slow() -> Vec<Case> {
    let hints = || Send(b"HTTP/1.1 103 Early Hints\r\nlink: </x>\r\n\r\n".to_vec());
    let late = |script: Vec<Step>, name, kept| Case::transient(name, script, Timeout, kept);
    [
        late(vec![Hang], "silent from the start", None),
        late(vec![Read, Hang], "silent after the request", None),
        late(vec![Read, Send(b"HTTP/1.1".into()), Hang], "silent in the status line", None),
        late(vec![Read, Send(b"HTTP/1.1 200 OK\r\n".into()), Hang], "silent in the headers", None),
        late(vec![Read, hints(), hints(), Hang], "silent after early hints", None),
        late(vec![Read, Drip(b"HTTP/1.1 200 OK\r\n".repeat(200), 20)], "drips headers too slowly", None),
        late(
            vec![Read, Send(b"HTTP/1.1 200 OK\r\n".into()), Drip(b"x: 1\r\n".repeat(500), 20)],
            "drips headers without an end",
            None,
        ),
        late(vec![Read, open("content-length: 2\r\n", ""), Hang], "silent before the body", Some(b"")),
        late(vec![Read, open("content-length: 9\r\n", "{\"a\""), Hang], "silent in the body", Some(b"{\"a\"")),
        late(vec![Read, chunked("2\r\n{}\r\n"), Hang], "silent between chunks", Some(b"{}")),
        late(vec![Read, chunked("2\r\n{}\r\n0\r\n"), Hang], "silent in the last chunk", Some(b"{}")),
        late(vec![Read, open("", "{}"), Hang], "silent without a length", Some(b"{}")),
        late(
            vec![Read, open("content-length: 9999\r\n", "["), Drip(vec![b' '; 9998], 20)],
            "drips too slowly",
            Some(b"[ "),
        ),
        late(vec![Read, chunked(""), Drip(b"1\r\n \r\n".repeat(2000), 10)], "drips chunks too slowly", Some(b" ")),
    ]
    .into_iter()
    .flatten()
    .collect()
}

#[tokio::test]
async fn nobody_listens() {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    drop(listener);
    for url in [format!("http://{address}"), "http://no-such-host.invalid".to_owned()] {
        let error = Call::new(&client(url), &POST).send_unit().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (Connection, 2));
        assert!(error.is_retryable() && error.status().is_none() && error.body().is_none());
        assert!(error.headers().is_none() && error.request_id().is_none());
    }
}

#[tokio::test]
async fn a_host_that_does_not_answer_has_a_limit_of_time() {
    // A full queue of connections leaves new ones without an answer, as a host behind a firewall does.
    let socket = TcpSocket::new_v4().unwrap();
    socket.bind("127.0.0.1:0".parse().unwrap()).unwrap();
    let address = socket.local_addr().unwrap();
    let _listener = socket.listen(1).unwrap();
    let mut queue = Vec::new();
    loop {
        match tokio::time::timeout(Duration::from_millis(300), TcpStream::connect(address)).await {
            Ok(stream) => queue.push(stream.unwrap()),
            Err(_) => break,
        }
        assert!(queue.len() < 1000, "the queue is never full");
    }
    let start = Instant::now();
    let limit = |options: openai_runtime::ClientBuilder| options.connect_timeout(Duration::from_millis(300));
    let client = client(format!("http://{address}")).with_options(limit).unwrap();
    let error = Call::new(&client, &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (ErrorKind::Timeout, 2, None));
    assert!(error.is_retryable());
    let took = start.elapsed();
    assert!(took >= Duration::from_millis(600) && took < Duration::from_secs(30), "{took:?}");
}

/// How much of a response without an end is read, and what becomes of the call.
async fn flood(script: Vec<Step>) -> (usize, openai_runtime::Error) {
    let server = TcpServer::start(vec![script]).await;
    let once = client(server.url()).with_options(|options| options.max_retries(0)).unwrap();
    let error = Call::new(&once, &POST).send_unit().await.unwrap_err();
    drop(once);
    assert!(server.wait_open(0).await, "the connection is closed");
    (server.sent.load(std::sync::atomic::Ordering::SeqCst), error)
}

#[tokio::test]
async fn headers_without_an_end_are_not_read_for_ever() {
    const ALL: usize = 64 * 1024;
    let line = format!("x-a: {}\r\n", "a".repeat(1016)).into_bytes();
    assert_eq!(line.len(), 1023);
    let start = || Send(b"HTTP/1.1 200 OK\r\n".to_vec());
    for script in [
        vec![Read, start(), Repeat(line, ALL)],
        vec![Read, start(), Send(b"x: ".to_vec()), Repeat(vec![b'a'; 1024], ALL)],
        vec![Read, Repeat(vec![b'H'; 1024], ALL)],
    ] {
        let (sent, error) = flood(script).await;
        assert_eq!((error.kind(), error.attempts(), error.status()), (Connection, 1, None));
        // What the kernel holds for both sides comes on top of what was read.
        assert!(sent < 16 * 1024 * 1024, "{sent} bytes");
    }
}

#[tokio::test]
async fn responses_before_the_response() {
    let hint = || b"HTTP/1.1 100 Continue\r\n\r\n".to_vec();
    let scripts = vec![vec![Read, Repeat(hint(), 5000), crate::ok()[1].clone()]];
    let server = TcpServer::start(scripts).await;
    let reply = Call::new(&client(server.url()), &POST).send_raw::<openai_runtime::json::Value>().await.unwrap();
    assert_eq!((reply.attempts(), reply.status().as_u16()), (1, 200));
    // Without an end they are a server that does not answer.
    let server = TcpServer::start(vec![vec![Read, Repeat(hint().repeat(100), usize::MAX)]]).await;
    let mut call = Call::new(&client(server.url()), &POST);
    call.with_timeout(Duration::from_millis(500));
    let error = call.send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), error.status()), (Timeout, 2, None));
    assert!(server.wait_open(0).await);
}

#[tokio::test]
async fn a_response_before_the_request() {
    // Whether the request was on its way by then is chance: it is answered, or the connection is of no use.
    let answer = crate::ok()[1].clone();
    let server = TcpServer::start(vec![vec![answer.clone(), Hang], vec![Read, answer]]).await;
    let reply = Call::new(&client(server.url()), &POST).send_raw::<openai_runtime::json::Value>().await.unwrap();
    assert!(reply.attempts() as usize <= server.connections() && reply.attempts() <= 2);
}
