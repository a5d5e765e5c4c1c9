//! Requests sent by a reqwest client of the user's, over its connections.

use std::pin::Pin;
use std::sync::Mutex;
use std::task::{Context, Poll};

use bytes::Bytes;
use http_body::Frame;

use super::{Reqwest, transport_error};
use crate::io::transport::{Body, BoxError, BoxFuture, Transport, TransportError};

impl Transport for Reqwest {
    #[inline]
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let client = self.client.clone();
        Box::pin(async move {
            let request = request.map(|body| match body.as_bytes() {
                Some(bytes) => reqwest::Body::from(bytes.clone()),
                None => reqwest::Body::wrap(OutgoingBody(Mutex::new(body))),
            });
            let request = reqwest::Request::try_from(request).map_err(TransportError::request)?;
            let response = client.execute(request).await.map_err(transport_error)?;
            #[cfg(feature = "websocket")]
            if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
                return upgraded(response).await;
            }
            let response: http::Response<reqwest::Body> = response.into();
            Ok(response.map(incoming))
        })
    }
}

/// Returns the connection that a response with status 101 leaves behind, as its body.
#[cfg(feature = "websocket")]
#[inline]
async fn upgraded(response: reqwest::Response) -> Result<http::Response<Body>, TransportError> {
    let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
    let connection = response.upgrade().await.map_err(transport_error)?;
    let mut response = http::Response::new(Body::upgraded(connection));
    (*response.status_mut(), *response.version_mut(), *response.headers_mut()) = (status, version, headers);
    Ok(response)
}

/// Returns the body of a response.
#[inline]
pub(super) fn body_of(response: reqwest::Response) -> Body {
    incoming(http::Response::from(response).into_body())
}

#[inline]
fn incoming(body: reqwest::Body) -> Body {
    Body::wrap(ReqwestBody(body))
}

/// A body as the one that reqwest sends; the lock, never contended, makes it `Sync`.
struct OutgoingBody(Mutex<Body>);

impl http_body::Body for OutgoingBody {
    type Data = Bytes;
    type Error = BoxError;

    #[inline]
    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.0.get_mut() {
            Ok(body) => Pin::new(body).poll_frame(context),
            Err(_) => Poll::Ready(None),
        }
    }

    #[inline]
    fn size_hint(&self) -> http_body::SizeHint {
        self.0.lock().map_or_else(|_| http_body::SizeHint::default(), |body| http_body::Body::size_hint(&*body))
    }
}

/// The body of reqwest's response, whose errors may name the URL.
struct ReqwestBody(reqwest::Body);

impl http_body::Body for ReqwestBody {
    type Data = Bytes;
    type Error = reqwest::Error;

    #[inline]
    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, reqwest::Error>>> {
        let frame = http_body::Body::poll_frame(Pin::new(&mut self.0), context);
        frame.map(|frame| frame.map(|frame| frame.map_err(reqwest::Error::without_url)))
    }

    #[inline]
    fn size_hint(&self) -> http_body::SizeHint {
        self.0.size_hint()
    }
}
