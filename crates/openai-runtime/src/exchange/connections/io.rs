//! Bodies and connections, as hyper has them and as this crate has them.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use hyper::body::Incoming;
use tokio::sync::OwnedSemaphorePermit;

use crate::io::transport::{Body, BoxError};

/// Returns the body of a response.
pub(super) fn incoming(body: Incoming, slot: OwnedSemaphorePermit) -> Body {
    let length = http_body::Body::size_hint(&body).exact();
    Body::from_stream(IncomingBody { body, slot: Some(slot) }, length)
}

struct IncomingBody {
    body: Incoming,
    /// Given back at the end or when the body is dropped.
    slot: Option<OwnedSemaphorePermit>,
}

impl Stream for IncomingBody {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            return match http_body::Body::poll_frame(Pin::new(&mut self.body), context) {
                Poll::Pending => Poll::Pending,
                Poll::Ready(None) => {
                    self.slot = None;
                    Poll::Ready(None)
                }
                Poll::Ready(Some(Err(error))) => {
                    self.slot = None;
                    Poll::Ready(Some(Err(error.into())))
                }
                Poll::Ready(Some(Ok(frame))) => match frame.into_data() {
                    Ok(data) => Poll::Ready(Some(Ok(data))),
                    // Trailers say nothing that the API uses.
                    Err(_) => continue,
                },
            };
        }
    }
}

#[cfg(feature = "websocket")]
pub(super) use self::upgrade::upgraded;

/// Connections that have become another protocol.
#[cfg(feature = "websocket")]
mod upgrade {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use hyper::body::Incoming;
    use hyper::upgrade::Upgraded;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
    use tokio::sync::OwnedSemaphorePermit;

    use crate::io::transport::{Body, TransportError};

    /// Returns the connection that a response with status 101 leaves behind, as its body.
    pub(in super::super) async fn upgraded(
        mut response: http::Response<Incoming>,
        slot: OwnedSemaphorePermit,
    ) -> Result<http::Response<Body>, TransportError> {
        let connection = hyper::upgrade::on(&mut response).await.map_err(TransportError::connection)?;
        Ok(response.map(|_| Body::upgraded(Held { connection: TokioIo::new(connection), _slot: slot })))
    }

    /// A connection that counts as an exchange for as long as it is there.
    struct Held {
        connection: TokioIo<Upgraded>,
        _slot: OwnedSemaphorePermit,
    }

    impl AsyncRead for Held {
        fn poll_read(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
            buffer: &mut ReadBuf<'_>,
        ) -> Poll<io::Result<()>> {
            Pin::new(&mut self.connection).poll_read(context, buffer)
        }
    }

    impl AsyncWrite for Held {
        fn poll_write(mut self: Pin<&mut Self>, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
            Pin::new(&mut self.connection).poll_write(context, bytes)
        }

        fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.connection).poll_flush(context)
        }

        fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
            Pin::new(&mut self.connection).poll_shutdown(context)
        }
    }
}
