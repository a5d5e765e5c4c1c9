//! The way to a server: TCP, through a proxy if there is one, and TLS on top.

// Without TLS, a connection to a proxy is one of TCP already.
#![cfg_attr(not(any(feature = "native-tls", feature = "rustls")), allow(clippy::useless_conversion))]

use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::Uri;
use http::uri::Scheme;
use hyper::rt::{Read, ReadBufCursor, Write};
use hyper_util::client::legacy::connect::{Connected, Connection, HttpConnector};
use tokio::time::Instant;
use tower_service::Service;

use super::errors::ConnectTimeout;
use super::proxies::{Protocol, Proxies, Proxy};
use super::tls::{Alpn, Tls, TlsConnector};
use super::tunnel::{self, ProxyError};
use crate::io::time::timeout;
use crate::io::transport::{BoxError, BoxFuture};

/// The time without a byte after which the system asks whether the other side is still there.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// The time after which a connection counts as broken on which what was sent is not received; elsewhere the system decides.
#[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
const UNANSWERED: Duration = Duration::from_secs(30);

/// Makes connections within a limit of time.
#[derive(Clone)]
pub(super) struct Connector {
    connector: TlsConnector<Route>,
    limit: Duration,
}

impl Connector {
    pub(super) fn new(tls: &Tls, alpn: Alpn, proxies: Arc<Proxies>, limit: Duration) -> Self {
        let mut tcp = HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_keepalive(Some(KEEP_ALIVE));
        tcp.set_keepalive_interval(Some(KEEP_ALIVE));
        tcp.set_keepalive_retries(Some(3));
        #[cfg(any(target_os = "android", target_os = "fuchsia", target_os = "linux"))]
        tcp.set_tcp_user_timeout(Some(UNANSWERED));
        // Shared by the addresses of a name, so that one that does not answer leaves time for the next. A little more than
        // the limit, whose error is the one to read.
        tcp.set_connect_timeout(Some(limit.saturating_add(Duration::from_millis(2))));
        // HTTP/2 is for servers; a proxy makes a tunnel by HTTP/1.
        let route = Route { to_proxy: tls.connector(tcp.clone(), Alpn::Http1), tcp, proxies };
        Self { connector: tls.connector(route, alpn), limit }
    }
}

impl Service<Uri> for Connector {
    type Response = <TlsConnector<Route> as Service<Uri>>::Response;
    type Error = BoxError;
    type Future = BoxFuture<Result<Self::Response, BoxError>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Service::<Uri>::poll_ready(&mut self.connector, context)
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        let (connecting, limit) = (self.connector.call(uri), self.limit);
        Box::pin(async move {
            let started = Instant::now();
            match timeout(limit, connecting).await {
                // The connector's own limit may have passed in the same moment.
                Ok(Err(_)) | Err(_) if started.elapsed() >= limit => Err(ConnectTimeout(limit).into()),
                Ok(connection) => connection,
                Err(_) => Err(ConnectTimeout(limit).into()),
            }
        })
    }
}

/// Makes the part of a connection that is below a server's TLS: to the server itself, or through a proxy.
#[derive(Clone)]
pub(super) struct Route {
    tcp: HttpConnector,
    /// With TLS if the proxy's URL says https.
    to_proxy: TlsConnector<HttpConnector>,
    proxies: Arc<Proxies>,
}

type HopStream = <TlsConnector<HttpConnector> as Service<Uri>>::Response;

/// A connection to a server or to a proxy.
pub(super) enum Hop {
    Direct(<HttpConnector as Service<Uri>>::Response),
    Proxied(Box<ProxiedStream>),
}

/// A connection to a proxy, apart from the direct one: the state of its TLS would be room that each connection takes.
pub(super) struct ProxiedStream {
    stream: HopStream,
    /// The other side is a proxy that takes requests for any server.
    forwards: bool,
}

/// The bytes of a connection, whatever it is.
trait Stream: Read + Write + Unpin {}

impl<T: Read + Write + Unpin> Stream for T {}

impl Hop {
    fn stream(&self) -> &dyn Stream {
        match self {
            Self::Direct(stream) => stream,
            Self::Proxied(proxied) => &proxied.stream,
        }
    }

    fn stream_mut(&mut self) -> Pin<&mut dyn Stream> {
        match self {
            Self::Direct(stream) => Pin::new(stream),
            Self::Proxied(proxied) => Pin::new(&mut proxied.stream),
        }
    }
}

impl Service<Uri> for Route {
    type Response = Hop;
    type Error = BoxError;
    type Future = BoxFuture<Result<Hop, BoxError>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, uri: Uri) -> Self::Future {
        match self.proxies.of(&uri) {
            None => {
                let connecting = self.tcp.call(uri);
                Box::pin(async move { Ok(Hop::Direct(connecting.await?)) })
            }
            Some(proxy) => {
                let mut route = self.clone();
                Box::pin(async move { route.through(proxy, uri).await })
            }
        }
    }
}

impl Route {
    async fn through(&mut self, proxy: Proxy, uri: Uri) -> Result<Hop, BoxError> {
        let host = uri.host().ok_or("the URL has no host")?;
        let default = if uri.scheme() == Some(&Scheme::HTTPS) { 443 } else { 80 };
        let port = uri.port_u16().unwrap_or(default);
        let is_http = proxy.protocol == Protocol::Http;
        let dialed: Result<HopStream, BoxError> = if is_http {
            self.to_proxy.call(proxy.uri.clone()).await
        } else {
            self.tcp.call(proxy.uri.clone()).await.map(Into::into).map_err(Into::into)
        };
        let stream = dialed.map_err(|error| ProxyError::unreachable(&proxy, error))?;
        if is_http && !self.proxies.tunnels(&uri) {
            return Ok(Hop::Proxied(Box::new(ProxiedStream { stream, forwards: true })));
        }
        let stream = if is_http {
            tunnel::connect(stream, &proxy, host, port).await?
        } else {
            tunnel::socks(stream, &proxy, host, port).await?
        };
        Ok(Hop::Proxied(Box::new(ProxiedStream { stream, forwards: false })))
    }
}

impl Connection for Hop {
    fn connected(&self) -> Connected {
        match self {
            Self::Direct(stream) => stream.connected(),
            Self::Proxied(proxied) => proxied.stream.connected().proxy(proxied.forwards),
        }
    }
}

impl Read for Hop {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: ReadBufCursor<'_>,
    ) -> Poll<io::Result<()>> {
        self.stream_mut().poll_read(context, buffer)
    }
}

impl Write for Hop {
    fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.stream_mut().poll_write(context, bytes)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream_mut().poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.stream_mut().poll_shutdown(context)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream().is_write_vectored()
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.stream_mut().poll_write_vectored(context, parts)
    }
}
