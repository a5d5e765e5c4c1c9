//! The contract of a transport, which carries a request to a server and its response back.

use std::any::Any;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};

use bytes::{Buf, Bytes};
use futures_core::Stream;
use http::HeaderValue;
use http_body::Frame;

/// A boxed future.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;

pub(crate) type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// Carries requests. The client's own keeps connections of hyper; tests and other HTTP stacks stand in for it by
/// [`ClientBuilder::transport`](crate::ClientBuilder::transport).
///
/// A transport sends one request once: retries, redirects, credentials, time limits and gzip are the client's.
pub trait Transport: Send + Sync + 'static {
    /// Sends a request; the future is ready once the response's headers are there. Dropping it, or the body of the
    /// response, ends the exchange.
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>>;

    /// Sends a request and tells meanwhile whether it waits for a connection; for the client's own transport.
    #[doc(hidden)]
    fn send_queued(
        &self,
        request: http::Request<Body>,
        queued: &Queued,
    ) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let _ = queued;
        self.send(request)
    }
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

/// Goes with a request, and tells that it is waiting for a connection: a limit of time that ends meanwhile has another
/// meaning than one that ends later.
#[doc(hidden)]
#[derive(Clone, Debug, Default)]
pub struct Queued(Arc<AtomicBool>);

impl Queued {
    #[cfg_attr(target_family = "wasm", allow(dead_code, reason = "a browser does not tell"))]
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
///
/// It is a stream of chunks, and a [`Body`](http_body::Body) of the crate `http-body`.
pub struct Body {
    content: BodyContent,
    /// Names the body that this one is, as long as nothing was read from it.
    origin: Option<Arc<()>>,
}

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
        Self::of(BodyContent::Bytes(Bytes::new()))
    }

    /// Makes a body of one of the crate `http-body`. Trailers are left out.
    pub fn wrap<B>(body: B) -> Self
    where
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        let mut body = Some(body);
        // One of this type stays as it is, with its bytes at hand.
        if let Some(own) = (&mut body as &mut dyn Any).downcast_mut::<Option<Self>>().and_then(Option::take) {
            return own;
        }
        let Some(body) = body else { return Self::empty() };
        let length = body.size_hint().exact();
        Self::from_stream(Wrapped(Box::pin(body)), length)
    }

    /// A body of chunks, with its length if that is known.
    pub fn from_stream(
        chunks: impl Stream<Item = Result<Bytes, BoxError>> + Send + 'static,
        length: Option<u64>,
    ) -> Self {
        Self::of(BodyContent::Stream { chunks: Box::pin(chunks), length })
    }

    /// The bytes, if the body is not a stream.
    #[must_use]
    pub fn as_bytes(&self) -> Option<&Bytes> {
        match &self.content {
            BodyContent::Bytes(bytes) => Some(bytes),
            _ => None,
        }
    }

    /// The length in bytes, if it is known.
    #[must_use]
    pub fn length(&self) -> Option<u64> {
        match &self.content {
            BodyContent::Bytes(bytes) => Some(bytes.len() as u64),
            BodyContent::Stream { length, .. } => *length,
            #[cfg(feature = "websocket")]
            BodyContent::Upgraded(_) => None,
        }
    }

    /// A body that is a connection: the answer of status 101 to a request with the header `upgrade: websocket`. What goes
    /// over it are the frames of a WebSocket. A transport without WebSockets answers such a request in another way.
    ///
    /// Requires the feature `websocket`.
    #[cfg(feature = "websocket")]
    #[must_use]
    pub fn upgraded(connection: impl tokio::io::AsyncRead + tokio::io::AsyncWrite + Send + Unpin + 'static) -> Self {
        Self::of(BodyContent::Upgraded(Box::new(connection)))
    }

    fn of(content: BodyContent) -> Self {
        Self { content, origin: None }
    }

    /// Names the body, so that it can be told later whether it is still the same.
    #[cfg(feature = "tower")]
    pub(crate) fn with_origin(mut self, origin: &Arc<()>) -> Self {
        self.origin = Some(origin.clone());
        self
    }

    /// Returns true if this is the body of this name, and nothing was read from it.
    #[cfg(feature = "tower")]
    pub(crate) fn is_of(&self, origin: &Arc<()>) -> bool {
        self.origin.as_ref().is_some_and(|own| Arc::ptr_eq(own, origin))
    }

    /// The connection that this body is, if it is one.
    #[cfg(feature = "websocket")]
    pub(crate) fn into_upgraded(self) -> Option<Box<dyn Io>> {
        match self.content {
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
        Self::of(BodyContent::Bytes(bytes.into()))
    }
}

impl Stream for Body {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.origin = None;
        match &mut self.content {
            BodyContent::Bytes(bytes) if bytes.is_empty() => Poll::Ready(None),
            BodyContent::Bytes(bytes) => Poll::Ready(Some(Ok(std::mem::take(bytes)))),
            BodyContent::Stream { chunks, .. } => chunks.as_mut().poll_next(context),
            #[cfg(feature = "websocket")]
            BodyContent::Upgraded(_) => Poll::Ready(None),
        }
    }
}

impl http_body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.poll_next(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data)))
    }

    fn is_end_stream(&self) -> bool {
        self.as_bytes().is_some_and(Bytes::is_empty)
    }

    fn size_hint(&self) -> http_body::SizeHint {
        self.length().map_or_else(http_body::SizeHint::default, http_body::SizeHint::with_exact)
    }
}

impl Default for Body {
    fn default() -> Self {
        Self::empty()
    }
}

/// The chunks of another body.
struct Wrapped<B>(Pin<Box<B>>);

impl<B: http_body::Body<Error: Into<BoxError>>> Stream for Wrapped<B> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match self.0.as_mut().poll_frame(context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => Poll::Ready(None),
                Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(error.into()))),
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(mut data) => Poll::Ready(Some(Ok(data.copy_to_bytes(data.remaining())))),
                    // Trailers say nothing that the API uses.
                    Err(_) => continue,
                },
            };
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
    /// Code of the user's between the client and the transport failed.
    #[cfg(feature = "tower")]
    Layer,
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
