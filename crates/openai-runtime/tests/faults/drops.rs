//! Calls that are dropped at each point where they can wait: nothing of them is left, neither task nor connection nor
//! file.
//!
//! Server and client have a runtime each, so that the tasks of the client's alone can be counted.

use crate::support::bodies::FileForm;
use crate::support::bodies::List;
use std::future::poll_fn;
use std::path::{Path, PathBuf};
use std::pin::{Pin, pin};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::Poll;
use std::time::Duration;

use openai_runtime::json::Value;
use openai_runtime::transport::BoxFuture;
use openai_runtime::{BodyKind, Call, Client, Clock, Endpoint, Error, ErrorKind, InputFile, Paging, Security};
use tokio::runtime::{Builder, Handle, Runtime};

use crate::support::ENDPOINT;
use crate::tcp::Step::{Drip, Hang, Read, Wait};
use crate::tcp::{Step, TcpServer, eventually};
use crate::{GET, LONG, POST, STREAM, open, raw, response};

static UPLOAD: Endpoint = Endpoint { body: BodyKind::Multipart, ..ENDPOINT };
static LIST: Endpoint = Endpoint { method: "GET", body: BodyKind::None, paging: Paging::Cursor, ..ENDPOINT };
static ADMIN: Endpoint = Endpoint { security: Security::Admin, ..ENDPOINT };

/// Idle connections that the pool may hold: a connection that nobody waits for any more is still made and kept.
const IDLE: usize = 3;

type Work = Pin<Box<dyn Future<Output = Result<(), Error>>>>;

/// Waits a moment, in which a call can be dropped.
struct Moment;

impl Clock for Moment {
    fn sleep(&self, _: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(Duration::from_millis(3)))
    }
}

fn runtimes() -> (Runtime, Runtime) {
    let server = Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    (server, Builder::new_current_thread().enable_all().build().unwrap())
}

/// Polls a call at most `count` times, then drops it. Tells whether it was complete before, and how.
async fn polled(work: Work, count: usize) -> Option<Result<(), Error>> {
    let mut work = Some(work);
    let mut left = count;
    poll_fn(|context| {
        let Some(future) = &mut work else { return Poll::Ready(None) };
        if left > 0 {
            left -= 1;
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                return Poll::Ready(Some(done));
            }
        }
        if left > 0 {
            return Poll::Pending;
        }
        work = None;
        Poll::Ready(None)
    })
    .await
}

/// Whether a folder has no part of a download. The whole file may be there: a call that is dropped while its file gets its
/// name has done its work.
fn is_clean(folder: &std::path::Path) -> bool {
    std::fs::read_dir(folder).unwrap().all(|entry| {
        let path = entry.unwrap().path();
        let whole = path.file_name().is_some_and(|name| name == "file");
        whole && std::fs::metadata(&path).is_ok_and(|file| file.len() == 1000)
    })
}

/// Drops the call after each number of polls until it is complete. After each drop nothing may be left of it; with the
/// client everything is gone.
fn dropped_everywhere(script: Vec<Step>, folder: Option<PathBuf>, work: impl Fn(&Client) -> Work) {
    dropped_while_silent(&script, folder.as_deref(), &work);
    let (servers, clients) = runtimes();
    // Each connection serves as many requests as come.
    let script: Vec<Step> = script.iter().cloned().cycle().take(script.len() * 50).collect();
    let server = servers.block_on(TcpServer::start(vec![script]));
    clients.block_on(async {
        let builder = Client::builder().api_key("sk-secret-key").base_url(server.url()).clock(Arc::new(Moment));
        let client = builder.timeout(LONG).idle_timeout(LONG).max_retries(1).build().unwrap();
        let tasks = || Handle::current().metrics().num_alive_tasks();
        assert_eq!(tasks(), 0);
        let mut polls = 0;
        let dropped = loop {
            let done = polled(work(&client), polls).await;
            // Each idle connection has a task, and the pool one to close them.
            let settled = || server.busy() == 0 && server.open() <= IDLE && tasks() <= server.open() + 1;
            let settled = eventually(settled).await;
            assert!(
                settled,
                "after {polls} polls: {} connections, of which {} are busy, and {} tasks",
                server.open(),
                server.busy(),
                tasks()
            );
            if let Some(folder) = &folder {
                assert!(done.is_some() || eventually(|| is_clean(folder)).await, "after {polls} polls there is a file");
            }
            if let Some(done) = done {
                done.unwrap();
                break polls;
            }
            polls += 1;
            assert!(polls < 2000, "the call is never complete");
        };
        assert!(dropped >= 2, "the call waits nowhere");
        drop(client);
        let gone = eventually(|| server.open() == 0 && tasks() == 0).await;
        assert!(gone, "{} connections and {} tasks outlive the client", server.open(), tasks());
    });
}

/// Drops the call after each step of the server, which then says nothing more and keeps its side open: what is left of
/// the call would wait for ever.
fn dropped_while_silent(script: &[Step], folder: Option<&Path>, work: impl Fn(&Client) -> Work) {
    let (servers, clients) = runtimes();
    let mut dropped = 0;
    for length in (0..script.len()).filter(|length| !matches!(script[length.saturating_sub(1)], Wait(_))) {
        let script: Vec<Step> = script[..length].iter().cloned().chain([Hang]).collect();
        let server = servers.block_on(TcpServer::start(vec![script]));
        clients.block_on(async {
            let builder = Client::builder().api_key("sk-secret-key").base_url(server.url()).clock(Arc::new(Moment));
            let client = builder.timeout(LONG).idle_timeout(LONG).max_retries(1).build().unwrap();
            if tokio::time::timeout(Duration::from_millis(60), work(&client)).await.is_ok() {
                // All was said that is needed; a file is complete then.
                folder.iter().for_each(|folder| std::fs::remove_file(folder.join("file")).unwrap());
                return;
            }
            dropped += 1;
            // What is idle goes with the client, but a call that goes on would hold the client too.
            drop(client);
            let tasks = || Handle::current().metrics().num_alive_tasks();
            let gone = eventually(|| server.open() == 0 && tasks() == 0).await;
            assert!(gone, "after {length} steps: {} connections and {} tasks", server.open(), tasks());
            if let Some(folder) = folder {
                assert!(eventually(|| is_clean(folder)).await, "after {length} steps there is a file");
            }
        });
    }
    assert!(dropped >= 3, "the call was dropped only {dropped} times");
}

/// A response in pieces, so that there is more than one point to wait at.
fn in_pieces(status: &str, headers: &str, body: &str) -> Vec<Step> {
    let whole = match response(status, headers, body) {
        Step::Send(bytes) => bytes,
        other => panic!("{other:?}"),
    };
    let body_at = whole.len() - body.len();
    let (head, body) = whole.split_at(body_at);
    let (start, rest) = head.split_at(20);
    let pieces = [start, rest].into_iter().chain(body.chunks(body.len().div_ceil(4).max(1)));
    [Read].into_iter().chain(pieces.flat_map(|piece| [Step::Send(piece.to_vec()), Wait(3)])).collect()
}

#[test]
fn a_buffered_call() {
    dropped_everywhere(in_pieces("200 OK", "", r#"{"ok":[1,2,3]}"#), None, |client| {
        let call = Call::new(client, &POST);
        Box::pin(async move { call.send::<Value>().await.map(drop) })
    });
}

#[test]
fn a_call_that_waits_for_its_retry() {
    let script = [in_pieces("503 Busy", "", "busy"), in_pieces("200 OK", "", "{}")].concat();
    dropped_everywhere(script, None, |client| {
        let mut call = Call::new(client, &POST);
        // Where a connection was dropped the server starts anew, so that it may be busy more than once.
        call.with_max_retries(5);
        Box::pin(async move { call.send::<Value>().await.map(drop) })
    });
}

#[test]
fn an_event_stream() {
    let events = "data: {\"id\":1}\n\ndata: {\"id\":2}\n\n: comment\n\ndata: [DONE]\n\n";
    let script = in_pieces("200 OK", "content-type: text/event-stream\r\n", events);
    dropped_everywhere(script, None, |client| {
        let call = Call::new(client, &STREAM);
        Box::pin(async move {
            let mut stream = call.stream::<Value>().await?;
            while let Some(event) = stream.next().await {
                event?;
            }
            Ok(())
        })
    });
}

#[test]
fn an_event_stream_that_goes_on_after_its_last_event() {
    let head = "content-type: text/event-stream\r\n";
    let script = vec![Read, Wait(3), open(head, "data: 1\n\nda"), Wait(3), Step::Send(b"ta: [DONE]\n\n".into()), Hang];
    dropped_everywhere(script, None, |client| {
        let call = Call::new(client, &STREAM);
        Box::pin(async move {
            let mut stream = call.stream::<Value>().await?;
            while let Some(event) = stream.next().await {
                event?;
            }
            // It is closed although the server does not end it, also while the stream is still there.
            Ok(())
        })
    });
}

#[test]
fn a_stream_of_bytes() {
    dropped_everywhere(in_pieces("200 OK", "", &"x".repeat(1000)), None, |client| {
        let call = Call::new(client, &POST);
        Box::pin(async move {
            let mut stream = call.bytes_stream().await?;
            while let Some(chunk) = stream.next().await {
                chunk?;
            }
            Ok(())
        })
    });
}

#[test]
fn a_download_to_a_file() {
    let folder = std::env::temp_dir().join(format!("openai-runtime-drops-{}", std::process::id()));
    std::fs::create_dir_all(&folder).unwrap();
    let file = folder.join("file");
    dropped_everywhere(in_pieces("200 OK", "", &"x".repeat(1000)), Some(folder.clone()), move |client| {
        let call = Call::new(client, &POST).send_to_file(file.clone());
        Box::pin(async move {
            assert_eq!(call.await?, 1000);
            Ok(())
        })
    });
    assert_eq!(std::fs::read(folder.join("file")).unwrap().len(), 1000);
    assert_eq!(std::fs::read_dir(&folder).unwrap().count(), 1);
    std::fs::remove_dir_all(&folder).unwrap();
}

#[test]
fn a_list() {
    let page = |id: u32| in_pieces("200 OK", "", &format!(r#"{{"data":[{{"id":"{id}"}},{{"id":"{id}b"}}]}}"#));
    let script = [page(1), page(2), in_pieces("200 OK", "", r#"{"data":[]}"#)].concat();
    dropped_everywhere(script.clone(), None, |client| {
        let mut items = Call::new(client, &LIST).items::<List>();
        Box::pin(async move {
            while let Some(item) = items.next().await {
                item?;
            }
            Ok(())
        })
    });
    dropped_everywhere(script, None, |client| {
        let mut pages = Call::new(client, &LIST).pages::<List>();
        Box::pin(async move {
            while let Some(page) = pages.next().await {
                page?;
            }
            Ok(())
        })
    });
}

#[test]
fn an_upload_from_a_file() {
    let path = std::env::temp_dir().join(format!("openai-runtime-drops-{}.bin", std::process::id()));
    std::fs::write(&path, vec![b'x'; 6 * 1024 * 1024]).unwrap();
    let upload = |client: &Client| -> Work {
        let mut call = Call::new(client, &UPLOAD);
        call.body(&FileForm(InputFile::from_path(&path)));
        Box::pin(async move { call.send::<Value>().await.map(drop) })
    };
    dropped_everywhere(in_pieces("200 OK", "", "{}"), None, upload);
    // In the middle of the body: the server reads no more, until it is sure that it will not get the rest.
    let (servers, clients) = runtimes();
    let server = servers.block_on(TcpServer::start(vec![vec![Step::ReadHead, Hang]]));
    clients.block_on(async {
        for wait in [0, 1, 5, 20, 50] {
            let client = Client::builder().api_key("k").base_url(server.url()).build().unwrap();
            assert!(tokio::time::timeout(Duration::from_millis(wait), upload(&client)).await.is_err());
            drop(client);
            let gone = || server.open() == 0 && Handle::current().metrics().num_alive_tasks() == 0;
            assert!(eventually(gone).await, "{} connections after {wait} ms", server.open());
        }
    });
    std::fs::remove_file(&path).unwrap();
}

#[test]
fn a_redirect() {
    let away = in_pieces("307 R", "location: /there\r\n", "a body that nobody reads");
    let script = [away, in_pieces("200 OK", "", "{}")].concat();
    dropped_everywhere(script, None, |client| {
        let call = Call::new(client, &POST);
        Box::pin(async move {
            match call.send::<Value>().await {
                // Where connections were dropped the server may redirect more often than a client follows.
                Err(error) if error.kind() == ErrorKind::Redirect => Ok(()),
                other => other.map(drop),
            }
        })
    });
}

#[test]
fn a_provider_of_keys() {
    let (servers, clients) = runtimes();
    let server = servers.block_on(TcpServer::start(vec![vec![Read, response("200 OK", "", "{}")]]));
    clients.block_on(async {
        // Each call of the provider holds a guard for as long as it runs.
        struct Guard(Arc<AtomicUsize>);
        impl Drop for Guard {
            fn drop(&mut self) {
                self.0.fetch_sub(1, Ordering::SeqCst);
            }
        }
        let running = Arc::new(AtomicUsize::new(0));
        let count = running.clone();
        let provider = move || {
            count.fetch_add(1, Ordering::SeqCst);
            let guard = Guard(count.clone());
            async move {
                let _guard = guard;
                std::future::pending::<Result<String, Error>>().await
            }
        };
        let builder = Client::builder().api_key_provider(provider).admin_api_key("admin").base_url(server.url());
        let client = builder.max_retries(1).clock(Arc::new(Moment)).build().unwrap();
        for polls in [0, 1] {
            let call = Call::new(&client, &POST);
            assert!(polled(Box::pin(async move { call.send_unit().await }), polls).await.is_none());
            assert_eq!(running.load(Ordering::SeqCst), 0, "after {polls} polls");
        }
        // The limit of an attempt holds for it too, and its time is up twice.
        let mut call = Call::new(&client, &POST);
        call.with_timeout(Duration::from_millis(20));
        let error = call.send_unit().await.unwrap_err();
        assert_eq!((error.kind(), error.attempts()), (ErrorKind::Timeout, 1));
        assert_eq!((running.load(Ordering::SeqCst), server.connections()), (0, 0));
        assert_eq!(Handle::current().metrics().num_alive_tasks(), 0);
        // It is not asked for what needs another key.
        Call::new(&client, &ADMIN).send_unit().await.unwrap();
    });
}

#[test]
fn many_at_once() {
    let (servers, clients) = runtimes();
    let slow = vec![Read, raw("200 OK", "content-length: 1000\r\n", ""), Drip(vec![b' '; 1000], 1), Hang];
    let server = servers.block_on(TcpServer::start(vec![slow]));
    clients.block_on(async {
        let client = Client::builder().api_key("k").base_url(server.url()).max_retries(0).build().unwrap();
        let mut tasks = tokio::task::JoinSet::new();
        for index in 0..200 {
            let call = Call::new(&client, &GET);
            let mut work = Box::pin(async move { call.send::<Value>().await.map(drop) });
            tasks.spawn(async move {
                let limit = tokio::time::sleep(Duration::from_millis(index % 50));
                let mut limit = pin!(limit);
                poll_fn(|context| {
                    if limit.as_mut().poll(context).is_ready() {
                        return Poll::Ready(());
                    }
                    assert!(work.as_mut().poll(context).is_pending());
                    Poll::Pending
                })
                .await;
            });
        }
        while let Some(done) = tasks.join_next().await {
            done.unwrap();
        }
        let idle = || Handle::current().metrics().num_alive_tasks() <= server.open() + 1 && server.busy() == 0;
        assert!(eventually(idle).await, "{} connections are busy", server.busy());
        drop(client);
        let gone = || server.open() == 0 && Handle::current().metrics().num_alive_tasks() == 0;
        assert!(eventually(gone).await, "{} connections are left", server.open());
    });
}
