//! A server of HTTP/1.1, with or without TLS, that answers JSON, events and WebSockets.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// A connection, with or without TLS.
pub trait Wire: AsyncRead + AsyncWrite + Send + Unpin {}

impl<T: AsyncRead + AsyncWrite + Send + Unpin> Wire for T {}

pub struct Origin {
    pub address: SocketAddr,
    scheme: &'static str,
    heads: Arc<Mutex<Vec<String>>>,
    connections: Arc<AtomicUsize>,
    open: Arc<AtomicUsize>,
}

impl Origin {
    pub async fn plain() -> Self {
        Self::start("127.0.0.1:0", None, usize::MAX).await
    }

    pub async fn tls(acceptor: TlsAcceptor) -> Self {
        Self::start("127.0.0.1:0", Some(acceptor), usize::MAX).await
    }

    /// Each connection is closed, without a word, after as many answers.
    pub async fn start(address: &str, acceptor: Option<TlsAcceptor>, answers: usize) -> Self {
        let listener = TcpListener::bind(address).await.unwrap();
        let origin = Self {
            address: listener.local_addr().unwrap(),
            scheme: if acceptor.is_some() { "https" } else { "http" },
            heads: Arc::default(),
            connections: Arc::default(),
            open: Arc::default(),
        };
        let (heads, connections, open) = (origin.heads.clone(), origin.connections.clone(), origin.open.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                open.fetch_add(1, Ordering::SeqCst);
                let (heads, open, acceptor) = (heads.clone(), open.clone(), acceptor.clone());
                tokio::spawn(async move {
                    if let Some(mut wire) = accepted(stream, acceptor).await {
                        serve(&mut wire, &heads, answers).await;
                    }
                    open.fetch_sub(1, Ordering::SeqCst);
                });
            }
        });
        origin
    }

    /// The base URL of this server by one of its names.
    pub fn url(&self, host: &str) -> String {
        format!("{}://{host}:{}/v1", self.scheme, self.address.port())
    }

    /// The heads of all requests.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    pub fn open(&self) -> usize {
        self.open.load(Ordering::SeqCst)
    }
}

pub async fn accepted(stream: TcpStream, acceptor: Option<TlsAcceptor>) -> Option<Box<dyn Wire>> {
    match acceptor {
        None => Some(Box::new(stream)),
        Some(acceptor) => Some(Box::new(acceptor.accept(stream).await.ok()?)),
    }
}

async fn serve(wire: &mut Box<dyn Wire>, heads: &Mutex<Vec<String>>, answers: usize) {
    for _ in 0..answers {
        let Some(head) = read_head(wire).await else { return };
        let lower = head.to_ascii_lowercase();
        heads.lock().unwrap().push(head);
        #[cfg(feature = "websocket")]
        if lower.contains("upgrade: websocket") {
            return super::websockets::echo(wire, &lower, heads).await;
        }
        let answer = if lower.contains("accept: text/event-stream") { events() } else { json() };
        if wire.write_all(answer.as_bytes()).await.is_err() {
            return;
        }
    }
    let _ = wire.shutdown().await;
}

fn json() -> String {
    "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 11\r\n\r\n{\"ok\":true}".to_owned()
}

/// Three events, in chunks.
fn events() -> String {
    let mut text =
        "HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n".to_owned();
    for data in ["1", "2", "3", "[DONE]"] {
        let event = format!("data: {data}\n\n");
        text.push_str(&format!("{:x}\r\n{event}\r\n", event.len()));
    }
    text + "0\r\n\r\n"
}

/// A head, and nothing after it.
pub async fn read_head(wire: &mut Box<dyn Wire>) -> Option<String> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(wire.read_u8().await.ok()?);
    }
    String::from_utf8(head).ok()
}
