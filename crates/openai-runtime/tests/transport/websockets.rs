//! WebSockets: over TLS, and through proxies, which have to make a tunnel for them.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Mutex;

use futures_core::Stream;
use futures_sink::Sink;
use openai_runtime::{Client, WebSocketMessage, WebSocketOptions};
use tokio::io::AsyncWriteExt;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::Role;

use super::certificates::{Authority, BOTH, NAMES};
use super::origin::{Origin, Wire};
use super::proxy_server::{ProxyServer, Rules};
use super::socks_server::{self, SocksServer};
use super::{builder, call, send};

const LOGIN: &str = "Basic dXNlcjpwYXNzQHdvcmQ=";

/// The server's end: a message is sent back as it came.
pub async fn echo(wire: &mut Box<dyn Wire>, _head: &str, heads: &Mutex<Vec<String>>) {
    let head = heads.lock().unwrap().last().cloned().unwrap();
    let names = head.lines().filter_map(|line| line.split_once(": "));
    let key = names.filter(|(name, _)| name.eq_ignore_ascii_case("sec-websocket-key")).map(|(_, value)| value).next();
    let accept = derive_accept_key(key.unwrap().as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching Protocols\r\nupgrade: websocket\r\nconnection: upgrade\r\nsec-websocket-accept: {accept}\r\n\r\n"
    );
    wire.write_all(answer.as_bytes()).await.unwrap();
    let mut socket = WebSocketStream::from_raw_socket(wire, Role::Server, None).await;
    while let Some(Ok(message)) = next(&mut socket).await {
        if message.is_close() || reply(&mut socket, message).await.is_err() {
            return;
        }
    }
}

type Message = tokio_tungstenite::tungstenite::Message;
type Failure = tokio_tungstenite::tungstenite::Error;
type Socket<'a> = WebSocketStream<&'a mut Box<dyn Wire>>;

async fn next(socket: &mut Socket<'_>) -> Option<Result<Message, Failure>> {
    poll_fn(|context| Pin::new(&mut *socket).poll_next(context)).await
}

async fn reply(socket: &mut Socket<'_>, message: Message) -> Result<(), Failure> {
    poll_fn(|context| Pin::new(&mut *socket).poll_ready(context)).await?;
    Pin::new(&mut *socket).start_send(message)?;
    poll_fn(|context| Pin::new(&mut *socket).poll_flush(context)).await
}

async fn talk(client: &Client) {
    let mut socket = call(client).open_websocket(WebSocketOptions::default()).await.unwrap();
    for text in ["hello", "again"] {
        poll_fn(|context| socket.poll_ready(context)).await.unwrap();
        socket.start_send(WebSocketMessage::Text(text.into())).unwrap();
        poll_fn(|context| socket.poll_flush(context)).await.unwrap();
        let message = poll_fn(|context| socket.poll_message(context)).await.unwrap();
        assert_eq!(message, WebSocketMessage::Text(text.into()));
    }
}

#[tokio::test]
async fn over_tls_and_without() {
    let authority = Authority::new("ours");
    // A server that has HTTP/2 too.
    let acceptor = authority.serving(&NAMES, BOTH, &["http/1.1"], false);
    for origin in [Origin::plain().await, Origin::tls(acceptor).await] {
        let builder = builder(&origin.url("localhost")).no_proxy().root_certificate(authority.pem());
        let client = builder.build().unwrap();
        talk(&client).await;
        send(&client).await.unwrap();
    }
}

#[tokio::test]
async fn through_proxies() {
    let authority = Authority::new("ours");
    for acceptor in [None, Some(authority.acceptor())] {
        let origin = Origin::start("127.0.0.1:0", acceptor, usize::MAX).await;
        let port = origin.address.port();
        let client = |proxy: String| {
            let builder = builder(&origin.url("server.test")).root_certificate(authority.pem());
            builder.proxy(proxy).build().unwrap()
        };
        for (scheme, login, tls) in
            [("http://", None, false), ("http://user:pass%40word@", Some(LOGIN), false), ("https://", None, true)]
        {
            let rules = Rules { login, acceptor: tls.then(|| authority.acceptor()), ..Rules::default() };
            let proxy = ProxyServer::start(origin.address, rules).await;
            let client = client(proxy.url(scheme));
            talk(&client).await;
            assert_eq!(proxy.lines(), [format!("CONNECT server.test:{port} HTTP/1.1")]);
            // A plain call goes the way of plain calls.
            send(&client).await.unwrap();
        }
        for scheme in ["socks5h://", "socks4a://"] {
            let proxy = SocksServer::start(origin.address, socks_server::Rules::default()).await;
            talk(&client(proxy.url(scheme))).await;
            assert_eq!(proxy.asked().len(), 1);
        }
        assert!(origin.heads().iter().all(|head| !head.contains("roxy-auth") || head.starts_with("GET http://")));
    }
}

#[cfg(feature = "blocking")]
#[test]
fn blocking() {
    let servers = tokio::runtime::Builder::new_multi_thread().worker_threads(1).enable_all().build().unwrap();
    let authority = Authority::new("ours");
    let origin = servers.block_on(Origin::tls(authority.acceptor()));
    let builder = builder(&origin.url("localhost")).no_proxy().root_certificate(authority.pem());
    let client = builder.build().unwrap();
    let socket = call(&client).open_websocket(WebSocketOptions::default()).wait().unwrap();
    assert!(socket.headers().contains_key("sec-websocket-accept"));
}
