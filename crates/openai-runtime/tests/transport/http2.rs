//! HTTP/2, which servers with TLS choose by ALPN.

use std::convert::Infallible;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll};
use std::time::Duration;

use http_body::Frame;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo};
use openai_runtime::bytes::Bytes;
use openai_runtime::http::{self, Request, Response, Version};
use openai_runtime::json::Value;
use openai_runtime::{Client, ErrorKind};
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

use super::certificates::{Authority, BOTH, NAMES};
use super::origin::Origin;
use super::{builder, call, eventually, send, stream};

/// A body of these chunks.
struct Chunks(Vec<&'static str>);

impl http_body::Body for Chunks {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        Poll::Ready((!self.0.is_empty()).then(|| Ok(Frame::data(Bytes::from(self.0.remove(0))))))
    }
}

/// A server of HTTP/2 alone.
#[derive(Clone, Default)]
struct Server {
    connections: Arc<AtomicUsize>,
    requests: Arc<Mutex<Vec<(Version, String)>>>,
    /// Each connection is told to go away after its first answer.
    goes_away: Arc<AtomicBool>,
    /// Headers that each answer has.
    headers: Arc<AtomicUsize>,
}

impl Server {
    async fn start(&self, acceptor: TlsAcceptor) -> SocketAddr {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let server = self.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (server, acceptor) = (server.clone(), acceptor.clone());
                server.connections.fetch_add(1, Ordering::SeqCst);
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        server.serve(stream).await;
                    }
                });
            }
        });
        address
    }

    async fn serve(&self, stream: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static) {
        let answered = Arc::new(tokio::sync::Notify::new());
        let (server, notify) = (self.clone(), answered.clone());
        let service = service_fn(move |request: Request<Incoming>| {
            let (server, notify) = (server.clone(), notify.clone());
            async move {
                let answer = server.answer(&request);
                notify.notify_one();
                Ok::<_, Infallible>(answer)
            }
        });
        let mut builder = hyper::server::conn::http2::Builder::new(TokioExecutor::new());
        builder.max_header_list_size(1024 * 1024);
        let mut connection = Box::pin(builder.serve_connection(TokioIo::new(stream), service));
        if self.goes_away.load(Ordering::SeqCst) {
            tokio::select! {
                _ = &mut connection => return,
                () = answered.notified() => connection.as_mut().graceful_shutdown(),
            }
        }
        let _ = connection.await;
    }

    fn answer(&self, request: &Request<Incoming>) -> Response<Chunks> {
        self.requests.lock().unwrap().push((request.version(), request.uri().to_string()));
        let mut response = Response::builder();
        for index in 0..self.headers.load(Ordering::SeqCst) {
            response = response.header(format!("x-header-{index}"), "a value of some length, as they have it");
        }
        let accept = request.headers().get(http::header::ACCEPT).map(|value| value.to_str().unwrap());
        if accept == Some("text/event-stream") {
            let events = vec!["data: 1\n\n", "data: 2\n\nda", "ta: 3\n\n", "data: [DONE]\n\n"];
            return response.header("content-type", "text/event-stream").body(Chunks(events)).unwrap();
        }
        response.header("content-type", "application/json").body(Chunks(vec!["{\"ok\":", "true}"])).unwrap()
    }
}

async fn started(alpn: &[&str]) -> (Server, Client) {
    let (server, authority) = (Server::default(), Authority::new("ours"));
    let address = server.start(authority.serving(&NAMES, BOTH, alpn, false)).await;
    let builder = builder(&format!("https://localhost:{}/v1", address.port())).no_proxy();
    (server, builder.root_certificate(authority.pem()).build().unwrap())
}

#[tokio::test]
async fn calls_share_a_connection() {
    let (server, client) = started(&["h2", "http/1.1"]).await;
    send(&client).await.unwrap();
    let mut calls = JoinSet::new();
    for index in 0..40 {
        let client = client.clone();
        calls.spawn(async move {
            if index % 2 == 0 { drop(send(&client).await.unwrap()) } else { drop(stream(&client).await.unwrap()) }
        });
    }
    while let Some(done) = calls.join_next().await {
        done.unwrap();
    }
    assert_eq!(stream(&client).await.unwrap(), [1, 2, 3]);
    let requests = server.requests.lock().unwrap().clone();
    assert_eq!((server.connections.load(Ordering::SeqCst), requests.len()), (1, 42));
    assert!(requests.iter().all(|(version, uri)| *version == Version::HTTP_2 && uri.starts_with("https://localhost")));
}

#[tokio::test]
async fn a_connection_that_goes_away_does_not_cost_the_call() {
    let (server, client) = started(&["h2"]).await;
    server.goes_away.store(true, Ordering::SeqCst);
    for count in 1..=5 {
        assert_eq!(send(&client).await.unwrap()["ok"], true, "{count}");
    }
    // At once as well, where the retries of the client are for what is hit.
    let client = client.with_options(|options| options.max_retries(5)).unwrap();
    let mut calls = JoinSet::new();
    for _ in 0..20 {
        let client = client.clone();
        calls.spawn(async move { stream(&client).await.map(|events| events.len()) });
    }
    while let Some(done) = calls.join_next().await {
        assert_eq!(done.unwrap().unwrap(), 3);
    }
    assert!(server.connections.load(Ordering::SeqCst) >= 5);
}

#[tokio::test]
async fn hundreds_of_headers() {
    let (server, client) = started(&["h2"]).await;
    for count in [100, 320, 1000] {
        server.headers.store(count, Ordering::SeqCst);
        let raw = call(&client).send_raw::<Value>().await.unwrap();
        assert!(raw.headers().len() >= count, "{count}");
    }
}

#[tokio::test]
async fn http1_where_it_is_not_offered_or_not_chosen() {
    // The server has HTTP/1.1 alone.
    let authority = Authority::new("ours");
    let origin = Origin::tls(authority.serving(&NAMES, BOTH, &["http/1.1"], false)).await;
    let builder = || builder(&origin.url("localhost")).no_proxy().root_certificate(authority.pem());
    send(&builder().build().unwrap()).await.unwrap();
    send(&builder().http2(true).build().unwrap()).await.unwrap();
    // It says nothing about versions.
    let silent = Origin::tls(authority.acceptor()).await;
    let client = super::builder(&silent.url("localhost")).no_proxy().root_certificate(authority.pem());
    send(&client.build().unwrap()).await.unwrap();
    // It prefers HTTP/2, which is not offered.
    let prefers = Origin::tls(authority.serving(&NAMES, BOTH, &["h2", "http/1.1"], false)).await;
    let client = super::builder(&prefers.url("localhost")).no_proxy().root_certificate(authority.pem());
    let client = client.http2(false).build().unwrap();
    send(&client).await.unwrap();
    assert!(prefers.heads()[0].starts_with("GET /v1/things HTTP/1.1\r\n"));
    // It has HTTP/2 alone, which is not offered: there is no protocol that both have.
    let (server, client) = started(&["h2"]).await;
    let client = client.with_options(|options| options.http2(false)).unwrap();
    let error = send(&client).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Connection);
    assert!(error.message().contains("could not connect to the server"), "{error}");
    assert!(eventually(|| server.connections.load(Ordering::SeqCst) == 1).await);
    tokio::time::sleep(Duration::from_millis(10)).await;
    assert_eq!(server.requests.lock().unwrap().len(), 0);
}
