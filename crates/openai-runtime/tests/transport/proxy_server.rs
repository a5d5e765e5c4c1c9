//! A proxy of HTTP.

use std::net::SocketAddr;
use std::sync::{Arc, Mutex};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use super::origin::{Wire, accepted, read_head};

/// The proxy's behaviour.
#[derive(Clone, Default)]
pub struct Rules {
    /// The login that is asked for, as it goes into the header.
    pub login: Option<&'static str>,
    /// The answer to each request, instead of carrying it.
    pub answer: Option<String>,
    /// The proxy closes each connection when the request has come.
    pub closes: bool,
    /// The proxy takes requests and says nothing.
    pub hangs: bool,
    /// The proxy itself speaks TLS.
    pub acceptor: Option<TlsAcceptor>,
}

pub struct ProxyServer {
    pub address: SocketAddr,
    heads: Arc<Mutex<Vec<String>>>,
}

impl ProxyServer {
    /// A proxy that has one server behind it, by whatever name that is asked for.
    pub async fn start(server: SocketAddr, rules: Rules) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (address, heads) = (listener.local_addr().unwrap(), Arc::<Mutex<Vec<String>>>::default());
        let seen = heads.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (rules, seen) = (rules.clone(), seen.clone());
                tokio::spawn(async move {
                    if let Some(wire) = accepted(stream, rules.acceptor.clone()).await {
                        serve(wire, server, &rules, &seen).await;
                    }
                });
            }
        });
        Self { address, heads }
    }

    /// The URL of the proxy, with a login or another scheme.
    pub fn url(&self, before: &str) -> String {
        format!("{before}127.0.0.1:{}", self.address.port())
    }

    /// The heads of all requests to the proxy itself.
    pub fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }

    /// The first lines of all requests to the proxy itself.
    pub fn lines(&self) -> Vec<String> {
        self.heads().iter().map(|head| head.lines().next().unwrap_or_default().to_owned()).collect()
    }
}

async fn serve(mut wire: Box<dyn Wire>, server: SocketAddr, rules: &Rules, seen: &Mutex<Vec<String>>) {
    while let Some(head) = read_head(&mut wire).await {
        seen.lock().unwrap().push(head.clone());
        if rules.closes {
            return;
        }
        if rules.hangs {
            let _ = wire.read_u8().await;
            return;
        }
        let wanted = rules.login.map(|login| format!("proxy-authorization: {login}\r\n").to_ascii_lowercase());
        if wanted.is_some_and(|wanted| !head.to_ascii_lowercase().contains(&wanted)) {
            // As some proxies do, with what they got.
            let body = format!("who are you?\r\n{head}");
            let refusal = format!(
                "HTTP/1.1 407 Who?\r\nproxy-authenticate: Basic realm=\"p\"\r\ncontent-length: {}\r\n\r\n{body}",
                body.len()
            );
            let _ = wire.write_all(refusal.as_bytes()).await;
            continue;
        }
        if let Some(answer) = &rules.answer {
            let _ = wire.write_all(answer.as_bytes()).await;
            continue;
        }
        let Ok(mut upstream) = TcpStream::connect(server).await else { return };
        if head.starts_with("CONNECT ") {
            let _ = wire.write_all(b"HTTP/1.1 200 Connection established\r\nx-proxy: 1\r\n\r\n").await;
            let _ = tokio::io::copy_bidirectional(&mut wire, &mut upstream).await;
            return;
        }
        // One request a connection to the server; the proxy's own connection stays.
        let sent = head.replace("\r\n\r\n", "\r\nconnection: close\r\n\r\n");
        if upstream.write_all(sent.as_bytes()).await.is_err() || !forward_answer(&mut upstream, &mut wire).await {
            return;
        }
    }
}

/// Carries one answer back, up to its end.
async fn forward_answer(upstream: &mut TcpStream, wire: &mut Box<dyn Wire>) -> bool {
    let mut answer = Vec::new();
    while !(answer.ends_with(b"0\r\n\r\n") || answer.ends_with(b"}")) {
        match upstream.read_u8().await {
            Ok(byte) => answer.push(byte),
            Err(_) => return false,
        }
    }
    wire.write_all(&answer).await.is_ok()
}
