//! What carries a request to a server and its response back.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use http::header::PROXY_AUTHORIZATION;
use http::{Extensions, HeaderValue};

use crate::error::Redactor;
use crate::request::sensitivity::add_credentials;

/// A boxed future.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Carries requests. The client's own is hyper's; tests and other HTTP stacks stand in for it by
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// A transport sends one request once: retries, redirects, credentials, time limits and gzip are the client's.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request; the future is ready once the response's headers are there. Dropping it, or the body of the
    /// response, ends the exchange.
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>>;
}

/// Marks, as an extension, a request that must not go through a proxy: one to a metadata service of the machine, whose
/// answer is a credential.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct Direct;

/// Marks, as an extension, a request that asks for another protocol on its connection, which therefore must not be one
/// of HTTP/2. A status 101 is answered with a body that is the connection.
#[cfg(feature = "websocket")]
#[derive(Clone, Copy, Debug)]
pub(crate) struct Upgrade;

/// Goes with a response, as an extension: the login for a proxy that its request was sent with, which the proxy may repeat.
#[derive(Clone)]
pub(crate) struct ProxyLogin(pub(crate) HeaderValue);

impl ProxyLogin {
    /// Returns the redactor of the login that a response has among its extensions, if there is one.
    pub(crate) fn redactor(extensions: &Extensions) -> Redactor {
        let mut found = Vec::new();
        if let Some(Self(login)) = extensions.get() {
            add_credentials(&PROXY_AUTHORIZATION, login, &mut found);
        }
        Redactor::new(found)
    }
}

/// Goes with a request, and tells that it is waiting for a connection: a limit of time that ends meanwhile has another
/// meaning than one that ends later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queued(Arc<AtomicBool>);

impl Queued {
    pub(crate) fn set_waiting(&self, waiting: bool) {
        self.0.store(waiting, Ordering::Relaxed);
    }

    pub(crate) fn is_waiting(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// A connection that was HTTP and is something else now.
#[cfg(feature = "websocket")]
pub(crate) trait Io: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin {}

#[cfg(feature = "websocket")]
impl<T: tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin> Io for T {}

/// The body of a request or a response: bytes, as they come.
pub struct Body(BodyContent);

enum BodyContent {
    Bytes(Bytes),
    Stream {
        chunks: Chunks,
        length: Option<u64>,
    },
    #[cfg(feature = "websocket")]
    Upgraded(Box<dyn Io>),
}

/// Chunks of a body.
pub(crate) type Chunks = Pin<Box<dyn Stream<Item = Result<Bytes, BoxError>> + Send>>;

impl Body {
    /// A body without bytes.
    #[must_use]
    pub fn empty() -> Self {
        Self(BodyContent::Bytes(Bytes::new()))
    }

    /// A body of chunks, with its length if that is known.
    pub fn from_stream(
        chunks: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self(BodyContent::Stream { chunks: Box::pin(chunks), length })
    }

    /// The bytes, if the body is not a stream.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.0 {
            BodyContent::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The length in bytes, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.0 {
            BodyContent::Bytes(bytes) => Some(bytes.len() as u64),
            BodyContent::Stream { length, .. } => *length,
            #[cfg(feature = "websocket")]
            BodyContent::Upgraded(_) => None,
        }
    }

    /// A body that is a connection: the answer of status 101 to a request with the header `upgrade: websocket`. What goes
    /// over it are the frames of a WebSocket. A transport without WebSockets answers such a request in another way.
    #[cfg(feature = "websocket")]
    #[must_use]
    pub fn upgraded(connection: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static) -> Self {
        Self(BodyContent::Upgraded(Box::new(connection)))
    }

    /// The connection that this body is, if it is one.
    #[cfg(feature = "websocket")]
    pub(crate) fn into_upgraded(self) -> Option<Box<dyn Io>> {
        match self.0 {
            BodyContent::Upgraded(connection) => Some(connection),
            _ => None,
        }
    }
}

/// The next chunk of a body.
pub(crate) async fn next_chunk(body: &mut Body) -> Option<Result<Bytes, BoxError>> {
    poll_fn(|context| Pin::new(&mut *body).poll_next(context)).await
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(bytes: T) -> Self {
        Self(BodyContent::Bytes(bytes.into()))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match &mut self.0 {
            BodyContent::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            BodyContent::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            BodyContent::Stream { chunks, .. } => chunks.as_mut().poll_next(context),
            #[cfg(feature = "websocket")]
            BodyContent::Upgraded(_) => Poll::Ready(None),
        }
    }
}

impl fmt::Debug for Body {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Body").field("length", &self.length()).finish_non_exhaustive()
    }
}

/// Why a request could not be carried.
#[derive(Debug)]
pub struct TransportError {
    pub(crate) reason: Reason,
    pub(crate) source: BoxError,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    Connection,
    Timeout,
    Request,
}

impl TransportError {
    /// The connection could not be made, or broke.
    pub fn connection(source: impl Into<BoxError>) -> Self {
        Self { reason: Reason::Connection, source: source.into() }
    }

    /// A limit of time passed.
    pub fn timeout(source: impl Into<BoxError>) -> Self {
        Self { reason: Reason::Timeout, source: source.into() }
    }

    /// The request is at fault; it is not sent again.
    pub fn request(source: impl Into<BoxError>) -> Self {
        Self { reason: Reason::Request, source: source.into() }
    }
}

impl fmt::Display for TransportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.source.fmt(f)
    }
}

impl std::error::Error for TransportError {
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&*self.source)
    }
}
