//! Layers around each attempt: they see the request that is sent, with its credential, and the response as it comes.

use std::sync::Arc;

use http::{Request, Response};

use super::service::Innermost;
use super::{Layers, find};
use crate::error::BoxError;
use crate::io::transport::{Body, BoxFuture, Queued, Reason, Transport, TransportError};

impl Layers {
    /// Sends a request by a transport, through the layers.
    pub(crate) fn send(
        &self,
        transport: &Arc<dyn Transport>,
        mut request: Request<Body>,
        queued: &Queued,
    ) -> BoxFuture<Result<Response<Body>, TransportError>> {
        let Some(layers) = &self.0 else { return transport.send_queued(request, queued) };
        let (transport, queued) = (transport.clone(), queued.clone());
        request.extensions_mut().insert(Innermost::new(move |request| {
            let sending = transport.send_queued(request, &queued);
            Box::pin(async move { sending.await.map_err(BoxError::from) })
        }));
        let sending = layers.call(request);
        Box::pin(async move { sending.await.map_err(transport_error) })
    }
}

/// Returns the error of the transport, or one that says that a layer failed.
fn transport_error(error: BoxError) -> TransportError {
    match error.downcast::<TransportError>() {
        Ok(error) => *error,
        Err(error) => {
            let reason = find::<TransportError>(&*error).map_or(Reason::Layer, |error| error.reason);
            TransportError { reason, source: error }
        }
    }
}
