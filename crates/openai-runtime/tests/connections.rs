//! How many connections there may be at once.
#![allow(missing_docs)]

mod support;
#[path = "support/tcp.rs"]
mod tcp;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use openai_runtime::json::Value;
use openai_runtime::{BodyKind, Call, Client, Done, Endpoint, ErrorKind};
use support::ENDPOINT;
use tcp::Step::{Hang, Read, Send, Until, Wait};
use tcp::{Step, TcpServer, eventually};

static GET: Endpoint = Endpoint { method: "GET", body: BodyKind::None, stream: Done::Marker, ..ENDPOINT };

fn client(server: &TcpServer, count: usize) -> Client {
    let builder = Client::builder().api_key("k").base_url(server.url()).max_retries(0);
    let builder = builder.connect_timeout(Duration::from_secs(60)).timeout(Duration::from_secs(60));
    builder.max_connections(count).build().unwrap()
}

fn call(client: &Client) -> Call {
    Call::new(client, &GET)
}

fn patience(client: &Client, milliseconds: u64) -> Client {
    client.with_options(|options| options.timeout(Duration::from_millis(milliseconds))).unwrap()
}

fn answer() -> Step {
    Send(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}".into())
}

fn slow_answers(count: usize) -> Vec<Step> {
    (0..count).flat_map(|_| [Read, Wait(5), answer()]).collect()
}

/// An event stream that does not end, on each connection.
fn endless() -> Vec<Step> {
    let head = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: 1\n\n";
    vec![Read, Send(head.into()), Hang]
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_more_than_allowed() {
    // No answer before there are as many requests as there may be.
    let full = Arc::new(AtomicBool::new(false));
    let answers = (0..50).flat_map(|_| [Read, Until(full.clone()), Wait(5), answer()]).collect();
    let server = TcpServer::start(vec![answers]).await;
    let client = client(&server, 3);
    let mut tasks = tokio::task::JoinSet::new();
    for _ in 0..50 {
        tasks.spawn(call(&client).send::<Value>());
    }
    assert!(eventually(|| server.most_busy.load(Ordering::SeqCst) >= 3).await);
    full.store(true, Ordering::SeqCst);
    while let Some(done) = tasks.join_next().await {
        done.unwrap().unwrap();
    }
    assert_eq!(server.requests.lock().unwrap().len(), 50);
    assert_eq!(server.most_busy.load(Ordering::SeqCst), 3);
    // One that has just become free may not be known to be so yet, and so not be used again; as a rule there are three.
    let most = server.most.load(Ordering::SeqCst);
    println!("{} connections, {most} at once", server.connections.load(Ordering::SeqCst));
    assert!((3..=6).contains(&most), "{most}");
}

#[tokio::test]
async fn who_waits_in_vain_is_told() {
    let server = TcpServer::start(vec![endless(), slow_answers(9)]).await;
    let client = client(&server, 1);
    let mut stream = call(&client).stream::<Value>().await.unwrap();
    assert_eq!(stream.next().await.unwrap().unwrap(), 1);
    let hasty = patience(&client, 100);
    let error = call(&hasty).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "no connection became free within 100ms"));
    assert!(error.is_retryable() && error.status().is_none());
    // Once the stream is gone, there is room.
    drop(stream);
    call(&client).send::<Value>().await.unwrap();
    // A server that is slow is another matter.
    let slow = TcpServer::start(vec![vec![Read, Hang]]).await;
    let error = call(&patience(&self::client(&slow, 1), 100)).send::<Value>().await.unwrap_err();
    assert_eq!((error.kind(), error.message()), (ErrorKind::Timeout, "there was no response within 100ms"));
}

#[tokio::test]
async fn what_ends_gives_its_place_back() {
    let done = "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\n\r\ndata: {}\n\ndata: [DONE]\n\n";
    let part = "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\n{";
    let redirect = "HTTP/1.1 307 R\r\nlocation: /other\r\ncontent-length: 2\r\nconnection: close\r\n\r\n{}";
    let scripts = vec![
        endless(),
        vec![Read, Hang],
        vec![Read, Send(part.into()), Hang],
        vec![Read, Send(part.into())],
        vec![],
        vec![Read, Send(b"HTTP/1.1 404 No\r\ncontent-length: 9\r\n\r\n{".into()), Hang],
        vec![Read, Send(done.into()), Hang],
        vec![Read, Send(redirect.into())],
        slow_answers(9),
    ];
    let server = TcpServer::start(scripts).await;
    let client = client(&server, 1);
    drop(call(&client).stream::<Value>().await.unwrap());
    // Dropped while it waits for the response, and while it reads it.
    for requests in [2, 3] {
        tokio::select! {
            _ = call(&client).send::<Value>() => panic!("the server says nothing, or half of it"),
            came = async {
                assert!(eventually(|| server.requests().len() == requests).await);
                // As a rule it reads by then.
                tokio::time::sleep(Duration::from_millis(50)).await;
            } => came,
        }
    }
    for (client, kind) in [
        (&client, ErrorKind::Truncated),
        (&client, ErrorKind::Connection),
        // The rest of the error is not waited for longer than that.
        (&patience(&client, 3000), ErrorKind::NotFound),
    ] {
        assert_eq!(call(client).send::<Value>().await.unwrap_err().kind(), kind);
    }
    // Read to its end, but still there.
    let mut ended = call(&client).stream::<Value>().await.unwrap();
    assert!(ended.next().await.unwrap().is_ok());
    assert!(ended.next().await.is_none());
    // The first response is let go before the second request.
    call(&client).send::<Value>().await.unwrap();
    // Also one that was dropped while it waited for its turn.
    for _ in 0..3 {
        let held = call(&client).bytes_stream().await.unwrap();
        let limit = Duration::from_millis(20);
        assert!(tokio::time::timeout(limit, call(&client).send::<Value>()).await.is_err());
        drop(held);
    }
    call(&client).send::<Value>().await.unwrap();
}

#[tokio::test]
async fn who_shares_connections_shares_the_limit() {
    let server = TcpServer::start(vec![endless(), endless(), slow_answers(9)]).await;
    let client = client(&server, 1);
    let held = call(&client).stream::<Value>().await.unwrap();
    let shared = patience(&client.with_options(|options| options.max_connections(1)).unwrap(), 50);
    let error = call(&shared).send::<Value>().await.unwrap_err();
    assert!(error.message().contains("no connection became free"), "{error}");
    let wider = client.with_options(|options| options.max_connections(2)).unwrap();
    let other = call(&wider).stream::<Value>().await.unwrap();
    call(&wider).send::<Value>().await.unwrap();
    drop((held, other));
}

#[tokio::test]
async fn numbers() {
    let builder = || Client::builder().api_key("k");
    let error = builder().max_connections(0).build().unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Config);
    assert!(error.message().contains("max_connections"));
    let client = builder().max_connections(usize::MAX).build().unwrap();
    assert!(client.with_options(|options| options.max_connections(0)).is_err());
    assert!(format!("{:?}", builder()).contains("max_connections: 1000"));
    // A transport of the user's is kept, and not limited.
    let (client, server) = support::client([support::Reply::json(200, "{}"), support::Reply::json(200, "{}")]);
    let client = client.with_options(|options| options.max_connections(1)).unwrap();
    let held = call(&client).bytes_stream().await.unwrap();
    call(&client).send::<Value>().await.unwrap();
    assert_eq!(server.requests().len(), 2);
    drop(held);
}
