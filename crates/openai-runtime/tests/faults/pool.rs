//! Connections that are kept: used again, gone stale, bounded; and answers that come before the request is through.

use crate::support::bodies::FileForm;
use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Endpoint, ErrorKind, InputFile};

use crate::support::ENDPOINT;
use crate::tcp::Step::{Hang, Read, ReadHead, Reset, Send, Wait};
use crate::tcp::{TcpServer, eventually, patiently};
use crate::{POST, STREAM, client, ok, open, raw, response};

static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };

#[tokio::test]
async fn connections_are_used_again() {
    let many = (0..6).flat_map(|_| ok()).chain([Hang]).collect();
    let server = TcpServer::start(vec![many]).await;
    let first = client(server.url());
    for _ in 0..5 {
        Call::new(&first, &POST).send_unit().await.unwrap();
    }
    let shared = first.with_options(|options| options.max_retries(0)).unwrap();
    Call::new(&shared, &POST).send_unit().await.unwrap();
    assert_eq!(server.connections(), 1);
    // Also after a stream that was read to its end.
    let events = "content-type: text/event-stream\r\ntransfer-encoding: chunked\r\n";
    let stream = [
        Read,
        open(events, "18\r\ndata: {}\n\ndata: [DONE]\n\n\r\n0\r\n\r\n"),
        Read,
        response("200 OK", "", "{}"),
        Hang,
    ];
    let server = TcpServer::start(vec![stream.to_vec()]).await;
    let client = client(server.url());
    let mut events = Call::new(&client, &STREAM).stream::<Value>().await.unwrap();
    assert!(events.next().await.unwrap().is_ok());
    assert!(events.next().await.is_none());
    Call::new(&client, &POST).send_unit().await.unwrap();
    assert_eq!(server.connections(), 1);
}

#[tokio::test]
async fn connections_are_used_again_after_an_error() {
    let script = [response("404 No", "", "{}"), response("400 No", "", "x"), response("200 OK", "", "no JSON")];
    let script = script.into_iter().chain([response("200 OK", "", "{}")]).flat_map(|step| [Read, step]).chain([Hang]);
    let server = TcpServer::start(vec![script.collect()]).await;
    let client = client(server.url());
    for kind in [Some(ErrorKind::NotFound), Some(ErrorKind::BadRequest), Some(ErrorKind::Decode), None] {
        let sent = Call::new(&client, &POST).send::<Value>().await;
        assert_eq!(sent.err().map(|error| error.kind()), kind);
    }
    assert_eq!(server.connections(), 1);
}

/// Calls one after the other, each of which must succeed although the connection of the one before is of no use.
async fn calls_on_connections_that(scripts: Vec<Vec<crate::Step>>) {
    let server = TcpServer::start(scripts).await;
    let client = client(server.url());
    for _ in 0..3 {
        let mut call = Call::new(&client, &POST);
        call.body(&Value::from("a POST"));
        call.send::<Value>().await.unwrap();
        // The server's part of the connection is over before the next call, and what it sent is there: whenever the
        // runtime wakes from this, it has also seen what is to be read.
        assert!(server.wait_open(0).await);
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    assert_eq!((server.requests().len(), server.connections()), (3, 3), "each call was sent once");
}

#[tokio::test]
async fn a_stale_connection_is_no_error() {
    calls_on_connections_that(vec![ok()]).await;
    calls_on_connections_that(vec![ok().into_iter().chain([Wait(10), Reset]).collect()]).await;
}

#[tokio::test]
async fn what_comes_after_a_response_belongs_to_no_other() {
    let timeout = Send(b"HTTP/1.1 408 Request Timeout\r\ncontent-length: 4\r\nconnection: close\r\n\r\nidle".to_vec());
    for (pause, more) in [
        (0, timeout.clone()),
        (10, timeout),
        (0, response("200 OK", "", "{\"stolen\":true}")),
        (10, response("200 OK", "", "{\"stolen\":true}")),
        (0, Send(b"garbage".to_vec())),
    ] {
        calls_on_connections_that(vec![ok().into_iter().chain([Wait(pause), more]).collect()]).await;
    }
}

#[tokio::test]
async fn a_connection_that_fails_once_the_request_is_sent_counts_as_an_attempt() {
    // The first call leaves a connection that dies with the second request in it.
    let dies = ok().into_iter().chain([Read, Reset]).collect();
    let server = TcpServer::start(vec![dies, ok()]).await;
    let client = client(server.url());
    Call::new(&client, &POST).send_unit().await.unwrap();
    let reply = Call::new(&client, &POST).send_raw::<Value>().await.unwrap();
    assert_eq!((reply.attempts(), server.requests().len()), (2, 3));
    let mut call = Call::new(&client, &POST);
    call.with_max_retries(0);
    let server = TcpServer::start(vec![vec![Read]]).await;
    let client = client.with_options(|options| options.base_url(server.url()).max_retries(0)).unwrap();
    let error = Call::new(&client, &POST).send_unit().await.unwrap_err();
    assert_eq!((error.kind(), error.attempts(), server.requests().len()), (ErrorKind::Connection, 1, 1));
}

#[tokio::test]
async fn an_answer_before_the_upload_is_through() {
    patiently(refused_early).await;
}

async fn refused_early(factor: u64) {
    const SIZE: usize = 16 * 1024 * 1024;
    let answer = || response("413 Too Large", "connection: close\r\n", "too large");
    let path = std::env::temp_dir().join(format!("openai-runtime-413-{}.bin", std::process::id()));
    std::fs::write(&path, vec![b'x'; SIZE]).unwrap();
    let files: [fn(&std::path::Path) -> InputFile; 3] = [
        |_| InputFile::from_bytes(vec![b'x'; SIZE]),
        |path| InputFile::from_path(path),
        |path| std::fs::File::open(path).unwrap().into(),
    ];
    for file in files {
        // The server reads nothing more, and keeps the connection for a while, or closes it at once, which is a reset
        // as there is more to read.
        for end in [vec![Wait(300 * factor)], vec![Hang], vec![]] {
            let gone = end.is_empty();
            let script = [ReadHead, answer()].into_iter().chain(end).collect();
            let server = TcpServer::start(vec![script]).await;
            let mut call = Call::new(&client(server.url()), &UPLOAD);
            call.body(&FileForm(file(&path)));
            let error = call.send_unit().await.unwrap_err();
            // A reset may overtake the answer; if it did not, the answer is what counts.
            if gone && error.kind() == ErrorKind::Connection {
                continue;
            }
            assert_eq!((error.kind(), error.attempts()), (ErrorKind::Status, 1), "{error:?}");
            assert_eq!((error.status().unwrap().as_u16(), error.request_id()), (413, Some("req_1")));
            assert_eq!(error.body().unwrap(), "too large");
            assert!(server.wait_open(0).await, "the rest of the upload is given up");
        }
    }
    std::fs::remove_file(&path).unwrap();
}

#[tokio::test]
async fn a_success_before_the_upload_is_through() {
    patiently(taken_early).await;
}

async fn taken_early(factor: u64) {
    let script = vec![ReadHead, raw("200 OK", "content-length: 2\r\n", "{}"), Wait(100 * factor)];
    let server = TcpServer::start(vec![script]).await;
    let mut call = Call::new(&client(server.url()), &UPLOAD);
    call.body(&FileForm(InputFile::from_bytes(vec![b'x'; 16 * 1024 * 1024])));
    call.send::<Value>().await.unwrap();
    assert!(server.wait_open(0).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_calls_at_once() {
    let server = TcpServer::start(vec![(0..1000).flat_map(|_| ok()).collect()]).await;
    let client = client(server.url());
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..1000 {
        let call = Call::new(&client, &POST);
        tasks.spawn(call.send::<Value>());
    }
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    // Idle connections beyond the pool's size are closed.
    assert!(eventually(|| server.open() <= 100).await, "{} connections stay open", server.open());
    drop(client);
    assert!(server.wait_open(0).await, "{} connections outlive their client", server.open());
}
