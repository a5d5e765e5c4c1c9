//! Requests sent by the `fetch` of a browser, which has the connections, TLS, redirects and the unpacking to itself.
//!
//! What JavaScript made must stay on its thread. Futures and bodies are sent between threads all the same, as everywhere
//! in this crate: they stand in a `SendWrapper`, which panics on another thread than the one that made it.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;
use http::header::{ACCEPT_ENCODING, CONTENT_ENCODING, CONTENT_LENGTH, USER_AGENT};
use send_wrapper::SendWrapper;

use super::{Reqwest, transport_error};
use crate::exchange::connections::options::ConnectionOptions;
use crate::io::transport::{Body, BoxError, BoxFuture, Transport, TransportError, next_chunk};

/// Returns the transport of clients without one of the user's. The browser has options of its own for connections.
#[inline]
pub(crate) fn default_transport(_: ConnectionOptions, _https: bool) -> crate::error::Result<Arc<dyn Transport>> {
    Ok(Arc::new(Reqwest::new(reqwest::Client::new())))
}

impl Transport for Reqwest {
    #[inline]
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let client = self.client.clone();
        Box::pin(SendWrapper::new(async move {
            let (mut parts, body) = request.into_parts();
            // The browser sets these itself, and each header besides the common ones needs the consent of the server.
            parts.headers.remove(ACCEPT_ENCODING);
            parts.headers.remove(USER_AGENT);
            let body = collected(body).await.map_err(TransportError::connection)?;
            let request = http::Request::from_parts(parts, body);
            let request = reqwest::Request::try_from(request).map_err(TransportError::request)?;
            // An object of the API may change at any time.
            let request = reqwest::RequestBuilder::from_parts(client.clone(), request).fetch_cache_no_store();
            let request = request.build().map_err(transport_error)?;
            let received = client.execute(request).await;
            let received =
                received.map_err(|error| if error.is_request() { unsent(error) } else { transport_error(error) })?;
            let mut response = http::Response::new(Body::empty());
            *response.status_mut() = received.status();
            *response.headers_mut() = received.headers().clone();
            // These tell of the bytes on the wire, and the body comes unpacked.
            response.headers_mut().remove(CONTENT_ENCODING);
            response.headers_mut().remove(CONTENT_LENGTH);
            *response.body_mut() = body_of(received);
            Ok(response)
        }))
    }
}

/// Returns the body of a response. Dropping it aborts the exchange.
#[inline]
pub(super) fn body_of(response: reqwest::Response) -> Body {
    Body::from_stream(FetchChunks(SendWrapper::new(Box::pin(response.bytes_stream()))), None)
}

/// The chunks of a response; the URL is taken out of their errors.
struct FetchChunks<S>(SendWrapper<Pin<Box<S>>>);

impl<S: Stream<Item = Result<Bytes, reqwest::Error>>> Stream for FetchChunks<S> {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = self.0.as_mut().poll_next(context);
        chunk.map(|chunk| chunk.map(|chunk| chunk.map_err(|error| error.without_url().into())))
    }
}

/// Reads a body as a whole, because browsers send no streams over HTTP/1.
#[inline]
async fn collected(mut body: Body) -> Result<Bytes, BoxError> {
    if let Some(bytes) = body.as_bytes() {
        return Ok(bytes.clone());
    }
    let mut all = BytesMut::new();
    while let Some(chunk) = next_chunk(&mut body).await {
        all.extend_from_slice(&chunk?);
    }
    Ok(all.freeze())
}

/// A request to which there is no response.
#[derive(Debug)]
struct FetchError(reqwest::Error);

#[inline]
fn unsent(error: reqwest::Error) -> TransportError {
    TransportError::connection(FetchError(error.without_url()))
}

impl fmt::Display for FetchError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(
            "the browser has no response: the server can't be reached, or it does not allow the origin of this page by \
             CORS; the console of the browser has the reason",
        )
    }
}

impl std::error::Error for FetchError {
    #[inline]
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        Some(&self.0)
    }
}
