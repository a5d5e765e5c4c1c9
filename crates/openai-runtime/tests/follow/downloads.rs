//! Downloads to files: what is asked for again after a break, and what is left behind.

use crate::support::bodies::FileForm;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use crate::file::{Folder, GET, TAG, asked, content, part, ranges, start, tagged};
use crate::support::{ENDPOINT, Reply, client, now};
use crate::tcp::Step::{Hang, Read, Reset, Send, Until, Wait};
use crate::tcp::{TcpServer, eventually};
use openai_runtime::{BodyKind, Call, Client, Endpoint, Error, ErrorKind, InputFile};

static POST: Endpoint = ENDPOINT;
static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

/// Downloads from these replies; the file is complete and exact, or the error is given.
async fn run(
    endpoint: &'static Endpoint,
    name: &str,
    replies: Vec<Reply>,
) -> (Result<u64, Error>, Arc<crate::support::Server>) {
    let folder = Folder::new(name);
    let (client, server) = client(replies);
    let mut call = Call::new(&client, endpoint);
    call.with_max_retries(3);
    let result = call.send_to_file(folder.target()).await;
    match &result {
        Ok(bytes) => {
            assert_eq!(*bytes, 100_000, "{name}");
            assert!(std::fs::read(folder.target()).unwrap() == content(), "{name}: the bytes are exact");
            assert_eq!(folder.names(), ["out.bin"], "{name}");
        }
        Err(error) => {
            assert_eq!(error.attempts() as usize, server.requests().len(), "{name}: {error:?}");
            assert_eq!(folder.names().len(), usize::from(error.partial_file().is_some()), "{name}");
        }
    }
    (result, server)
}

async fn succeeds(endpoint: &'static Endpoint, name: &str, replies: Vec<Reply>) -> Vec<Option<(String, String)>> {
    let count = replies.len();
    let (result, server) = run(endpoint, name, replies).await;
    assert!(result.is_ok(), "{name}: {result:?}");
    assert_eq!(server.requests().len(), count, "{name}");
    ranges(&server)
}

#[tokio::test]
async fn a_broken_body_goes_on_where_it_broke() {
    for at in [1, 776, 777, 50_000, 99_999] {
        let name = format!("at-{at}");
        let asked_for = succeeds(&GET, &name, vec![tagged(at), part(at, 100_000)]).await;
        assert_eq!(asked_for, [None, asked(at, TAG)]);
    }
    // Several breaks, one after the other; also without a response in between.
    let replies = vec![tagged(10_000), part(10_000, 10_500), Reply::broken(), part(10_500, 100_000)];
    let expected = [None, asked(10_000, TAG), asked(10_500, TAG), asked(10_500, TAG)];
    assert_eq!(succeeds(&GET, "often", replies).await, expected);
    // Nothing was there yet.
    assert_eq!(succeeds(&GET, "nothing", vec![tagged(0), tagged(100_000)]).await, [None, None]);
    // All bytes were there: that the connection broke afterwards does not matter.
    assert_eq!(succeeds(&GET, "all", vec![tagged(100_000).then_broken()]).await, [None]);
    // The body just ends.
    let mut short = tagged(60_000);
    short.chunks.pop();
    assert_eq!(succeeds(&GET, "short", vec![short, part(60_000, 100_000)]).await, [None, asked(60_000, TAG)]);
    // The length was not known at first.
    let mut open = tagged(60_000);
    open.headers.retain(|(name, _)| name != "content-length");
    assert_eq!(succeeds(&GET, "open", vec![open, part(60_000, 100_000)]).await, [None, asked(60_000, TAG)]);
    // The server gives less than what was asked for.
    let body = content();
    let less = Reply::new(206, &body[500..700]).header("content-range", "Bytes 500-699/*");
    let replies = vec![tagged(500), less, part(700, 100_000)];
    assert_eq!(succeeds(&GET, "less", replies).await, [None, asked(500, TAG), asked(700, TAG)]);
}

#[tokio::test]
async fn what_is_no_continuation_starts_over() {
    let again = [None, asked(400, TAG)];
    assert_eq!(succeeds(&GET, "other-version", vec![tagged(400), tagged(100_000)]).await, again);
    let ranged = |range: &str| Reply::new(206, "junk").header("content-range", range);
    let without = [None, asked(400, TAG), None];
    for (name, reply) in [
        ("wrong-start", ranged("bytes 399-99999/100000")),
        ("wrong-total", ranged("bytes 400-99999/100001")),
        ("past-its-end", ranged("bytes 400-100000/100000")),
        ("backwards", ranged("bytes 400-399/100000")),
        ("no-numbers", ranged("bytes x-y/z")),
        ("other-unit", ranged("lines 400-99999/100000")),
        ("no-range", Reply::new(206, "junk")),
        ("other-etag", part(400, 100_000)),
        ("packed", part(400, 100_000).header("content-encoding", "gzip")),
        ("416", Reply::json(416, "{}").header("content-range", "bytes */300")),
    ] {
        let mut reply = reply;
        if name == "other-etag" {
            reply.headers.retain(|(name, _)| name != "etag");
            reply = reply.header("etag", "\"v2\"");
        }
        let (result, server) = run(&GET, name, vec![tagged(400), reply, tagged(100_000)]).await;
        assert!(result.is_ok(), "{name}: {result:?}");
        assert_eq!(ranges(&server), without, "{name}");
        assert_eq!(server.waits().len(), 1, "{name}: only the break is a failure to wait after");
    }
    // Once only.
    let refused = || Reply::json(416, "{}");
    let (result, server) = run(&GET, "416-twice", vec![tagged(400), refused(), tagged(400), refused()]).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.status().unwrap().as_u16(), error.attempts()), (ErrorKind::Status, 416, 4));
    assert_eq!(ranges(&server), [None, asked(400, TAG), None, asked(400, TAG)]);
    assert!(error.partial_file().is_none());
    // A part that was not asked for, and one that is the whole.
    let (result, _) = run(&GET, "unasked", vec![part(400, 100_000)]).await;
    assert_eq!(result.unwrap_err().kind(), ErrorKind::Decode);
    assert_eq!(succeeds(&GET, "whole", vec![part(0, 100_000)]).await, [None]);
    // More than there should be.
    let long = Reply::new(200, vec![0; 100_001]).header("content-length", "100000").header("etag", TAG);
    let error = run(&GET, "long", vec![long]).await.0.unwrap_err();
    assert_eq!((error.kind(), error.partial_file().is_none()), (ErrorKind::Decode, true));
}

#[tokio::test]
async fn versions() {
    let date = |seconds: u64| httpdate::fmt_http_date(now() - Duration::from_secs(seconds));
    let modified = date(100);
    let none: [Option<(String, String)>; 2] = [None, None];
    for (name, headers, validator) in [
        ("strong", vec![("etag", TAG), ("last-modified", &modified)], Some(TAG)),
        ("weak", vec![("etag", "W/\"v1\"")], None),
        ("no-etag", vec![("etag", "v1")], None),
        ("weak-dated", vec![("etag", "W/\"v1\""), ("last-modified", &modified)], Some(&*modified)),
        ("dated", vec![("last-modified", &modified)], Some(&modified)),
        ("just-now", vec![("last-modified", &modified), ("date", &modified)], None),
        ("no-date", vec![("last-modified", "yesterday")], None),
        ("nothing", vec![], None),
        ("no-ranges", vec![("etag", TAG), ("accept-ranges", "none")], None),
        ("ranges", vec![("etag", TAG), ("accept-ranges", "bytes")], Some(TAG)),
    ] {
        let with = |reply: Reply| headers.iter().fold(reply, |reply, (name, value)| reply.header(name, value));
        let asked_for = succeeds(&GET, name, vec![with(start(700)), with(start(100_000))]).await;
        assert_eq!(asked_for, validator.map_or(none.clone(), |validator| [None, asked(700, validator)]), "{name}");
    }
    let dated = |reply: Reply| reply.header("last-modified", &modified);
    let mut other = part(700, 100_000).header("last-modified", &date(50));
    other.headers.retain(|(name, _)| name != "etag");
    let replies = vec![dated(start(700)), other, dated(start(100_000))];
    assert_eq!(succeeds(&GET, "other-date", replies).await, [None, asked(700, &modified), None]);
}

#[tokio::test]
async fn what_can_only_start_over() {
    let none = [None, None];
    assert_eq!(succeeds(&POST, "post", vec![tagged(400), tagged(100_000)]).await, none);
    // The bytes in the file are unpacked ones.
    let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    std::io::Write::write_all(&mut packer, &content()).unwrap();
    let packed = packer.finish().unwrap();
    let length = packed.len().to_string();
    let reply = |end: usize| {
        let reply = Reply::new(200, &packed[..end]).header("content-encoding", "gzip").header("etag", TAG);
        reply.header("content-length", &length)
    };
    assert_eq!(succeeds(&GET, "gzip", vec![reply(5000).then_broken(), reply(packed.len())]).await, none);
    let (result, _) = run(&POST, "post-fails", (0..4).map(|_| tagged(400)).collect()).await;
    let error = result.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 4));
    assert!(error.partial_file().is_none());
    // A range of the caller's own is the file he wants.
    let folder = Folder::new("own-range");
    let body = content();
    let (client, server) = client([Reply::new(206, &body[10..20]).header("content-range", "bytes 10-19/100000")]);
    let mut call = Call::new(&client, &GET);
    call.with_header("range", "bytes=10-19");
    assert_eq!(call.send_to_file(folder.target()).await.unwrap(), 10);
    assert_eq!(std::fs::read(folder.target()).unwrap(), body[10..20]);
    assert_eq!(server.requests()[0].header("range"), Some("bytes=10-19"));
}

#[tokio::test]
async fn an_error_in_pieces_is_no_file() {
    static BINARY: Endpoint = Endpoint { accept: "application/octet-stream", ..GET };
    let report = r#"{"error": {"message": "It does not work.", "code": "broken"}}"#;
    for size in [1, 7, 40, 1000] {
        let folder = Folder::new(&format!("report-{size}"));
        let reply = Reply::json(200, report).in_chunks(size);
        let (client, _) = client([reply]);
        let error = Call::new(&client, &BINARY).send_to_file(folder.target()).await.unwrap_err();
        assert_eq!((error.message(), error.code()), ("It does not work.", Some("broken")), "{size}");
        assert!(folder.names().is_empty(), "{size}");
    }
    // Rows, and JSON that reports nothing, are files.
    for text in
        ["{\"error\": null, \"id\": 1}\n{\"id\": 2}\n", "{\"error\": {\"message\": \"x\"}}\n{}\n", "[1, 2]", "{\"a\": "]
    {
        let folder = Folder::new("rows");
        let (client, _) = client([Reply::json(200, text).in_chunks(5)]);
        Call::new(&client, &BINARY).send_to_file(folder.target()).await.unwrap();
        assert_eq!(std::fs::read_to_string(folder.target()).unwrap(), text);
    }
}

#[tokio::test]
async fn a_body_that_can_be_sent_once_is_sent_once() {
    let folder = Folder::new("once");
    let (client, server) = client([tagged(400)]);
    let mut call = Call::new(&client, &UPLOAD);
    call.body(&FileForm(InputFile::from_reader(&b"x"[..])));
    let error = call.send_to_file(folder.target()).await.unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Connection, 1));
    assert_eq!(server.requests().len(), 1);
    assert!(folder.names().is_empty());
}

#[tokio::test]
async fn a_dropped_download_leaves_no_file() {
    let folder = Folder::new("dropped");
    // None: until there is a file, however late a busy machine makes it.
    for polls in [Some(0), Some(1), Some(2), Some(3), Some(5), Some(8), None] {
        let mut reply = tagged(90_000);
        reply.chunks.pop();
        let (client, _) = client([reply.then_silent()]);
        let mut call = Call::new(&client, &GET).send_to_file(folder.target());
        for poll in 0.. {
            if polls.map_or_else(|| !folder.names().is_empty(), |polls| poll == polls) {
                break;
            }
            std::future::poll_fn(|context| {
                assert!(std::pin::Pin::new(&mut call).poll(context).is_pending());
                std::task::Poll::Ready(())
            })
            .await;
            if poll < 8 {
                tokio::task::yield_now().await;
            } else {
                assert!(poll < 20_000, "no file was begun");
                tokio::time::sleep(Duration::from_millis(1)).await;
            }
        }
        drop(call);
        folder.becomes_empty().await;
    }
}

#[tokio::test]
async fn where_no_file_can_be() {
    let folder = Folder::new("nowhere");
    let missing = folder.0.join("no/such/folder/x");
    let (client, server) = client([]);
    for path in [missing.as_path(), &folder.0, Path::new("/"), Path::new("")] {
        let error = Call::new(&client, &GET).send_to_file(path).await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Io, 0), "{error:?}");
        assert!(error.message().contains(&path.display().to_string()), "{error}");
        assert!(std::error::Error::source(&error).is_some());
    }
    assert!(server.requests().is_empty());
    assert!(folder.names().is_empty());
    let long = folder.0.join("x".repeat(250));
    let (client, _) = crate::support::client([tagged(100_000)]);
    assert_eq!(Call::new(&client, &GET).send_to_file(&long).await.unwrap(), 100_000);
    assert!(std::fs::read(long).unwrap() == content());
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn a_disk_that_fails_is_not_tried_again() {
    // The file is taken away and the folder with it: the last step, to give it its name, fails.
    let folder = Folder::new("disk");
    let inner = folder.0.join("inner");
    std::fs::create_dir(&inner).unwrap();
    let mut reply = tagged(100_000);
    let tail = reply.chunks.split_off(100);
    let tcp = tail.into_iter().flat_map(Result::unwrap).collect::<Vec<u8>>();
    let head: Vec<u8> = reply.chunks.into_iter().flat_map(Result::unwrap).collect();
    let start = [b"HTTP/1.1 200 OK\r\ncontent-length: 100000\r\n\r\n", &*head].concat();
    let gone = Arc::new(AtomicBool::new(false));
    let server = TcpServer::start(vec![vec![Read, Send(start), Until(gone.clone()), Send(tcp)]]).await;
    let client = Client::builder().api_key("k").base_url(server.url()).build().unwrap();
    let call = tokio::spawn(Call::new(&client, &GET).send_to_file(inner.join("out")));
    assert!(eventually(|| std::fs::read_dir(&inner).unwrap().next().is_some()).await);
    std::fs::remove_dir_all(&inner).unwrap();
    gone.store(true, Ordering::SeqCst);
    let error = call.await.unwrap().unwrap_err();
    assert_eq!((error.kind(), error.attempts()), (ErrorKind::Io, 1));
    assert_eq!(error.status().unwrap(), 200);
    assert!(error.message().contains("inner/out"), "{error}");
    assert_eq!(server.requests.lock().unwrap().len(), 1);
}

#[tokio::test]
async fn over_a_real_connection() {
    crate::tcp::patiently(broken_over_a_real_connection).await;
}

async fn broken_over_a_real_connection(factor: u64) {
    let body = content();
    let head = |status: &str, more: &str, length: usize| {
        format!("HTTP/1.1 {status}\r\ncontent-length: {length}\r\netag: {TAG}\r\n{more}\r\n").into_bytes()
    };
    let first = |end: usize| Send([head("200 OK", "", body.len()), body[..end].to_vec()].concat());
    let rest = |from: usize, end: usize| {
        let range = format!("content-range: bytes {from}-{}/{}\r\n", body.len() - 1, body.len());
        Send([head("206 Partial Content", &range, body.len() - from), body[from..end].to_vec()].concat())
    };
    for (name, broken) in [("closed", vec![]), ("reset", vec![Wait(100 * factor), Reset]), ("silent", vec![Hang])] {
        let folder = Folder::new(&format!("tcp-{name}-{factor}"));
        let script = |step: &crate::tcp::Step| [vec![Read, step.clone()], broken.clone()].concat();
        let scripts =
            vec![script(&first(30_000)), script(&rest(30_000, 60_000)), vec![Read, rest(60_000, 100_000), Hang]];
        let server = TcpServer::start(scripts).await;
        let clock = Arc::new(crate::support::Handle::new(&crate::support::server([])));
        let builder = Client::builder().api_key("k").base_url(server.url()).clock(clock);
        let client = builder.idle_timeout(Duration::from_millis(300 * factor)).build().unwrap();
        let request = client.request(http::Method::GET, "files/1/content");
        assert_eq!(request.send_to_file(folder.target()).await.unwrap(), 100_000, "{name}");
        assert!(std::fs::read(folder.target()).unwrap() == body, "{name}");
        let requests = server.requests.lock().unwrap().clone();
        assert_eq!(requests.len(), 3, "{name}");
        assert!(requests[2].contains("range: bytes=60000-\r\n") && requests[2].contains("if-range: \"v1\"\r\n"));
        assert!(requests[2].contains("x-stainless-retry-count: 2\r\n"), "{}", requests[2]);
    }
}

#[tokio::test]
async fn a_raw_call_has_the_same_words() {
    let folder = Folder::new("raw");
    let (client, _) = client([tagged(500), part(500, 100_000), Reply::new(200, "abc")]);
    let request = || client.request(http::Method::GET, "x").with_max_retries(0);
    let error = request().send_to_file(folder.target()).await.unwrap_err();
    let partial = error.partial_file().unwrap().clone();
    assert_eq!(request().resume_to_file(partial).await.unwrap(), 100_000);
    assert_eq!(request().send_bytes().await.unwrap(), "abc");
}
