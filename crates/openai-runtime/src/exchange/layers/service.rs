//! The service that layers are laid around.

use std::fmt;
use std::future::poll_fn;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll};

use http::{Request, Response};

use crate::error::BoxError;
use crate::io::transport::{Body, BoxFuture};

pub(in super::super) type Answer = BoxFuture<Result<Response<Body>, BoxError>>;

/// A service that carries out a request of the client; layers of tower are laid around it.
///
/// The request's extensions say what is to be done with it, so a layer hands on the extensions of the request that it
/// got. Its body gives its bytes by [`as_bytes`](Body::as_bytes) unless it has files in it.
#[derive(Clone)]
pub struct HttpService(Option<Arc<dyn DynService>>);

impl HttpService {
    pub(super) fn over(inner: Option<Arc<dyn DynService>>) -> Self {
        Self(inner)
    }
}

impl fmt::Debug for HttpService {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("HttpService")
    }
}

impl<B> tower_service::Service<Request<B>> for HttpService
where
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    type Response = Response<Body>;
    type Error = BoxError;
    type Future = Answer;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<Result<(), BoxError>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: Request<B>) -> Answer {
        let request = request.map(Body::wrap);
        match &self.0 {
            Some(inner) => inner.call(request),
            None => Innermost::call(request),
        }
    }
}

/// The function that takes a request after all layers; an extension of the request.
#[derive(Clone)]
pub(in super::super) struct Innermost(Arc<dyn Fn(Request<Body>) -> Answer + Send + Sync>);

impl Innermost {
    pub(in super::super) fn new(carry: impl Fn(Request<Body>) -> Answer + Send + Sync + 'static) -> Self {
        Self(Arc::new(carry))
    }

    fn call(mut request: Request<Body>) -> Answer {
        match request.extensions_mut().remove::<Self>() {
            Some(innermost) => (innermost.0)(request),
            None => Box::pin(async {
                Err("a layer handed on a request without the extensions of the one that it got: keep them".into())
            }),
        }
    }
}

/// A service of any type, with its layers.
pub(super) trait DynService: Send + Sync {
    fn call(&self, request: Request<Body>) -> Answer;
}

/// A layered service. The lock lets it be cloned from any thread; a request is carried by the clone.
pub(super) struct Layered<S>(Mutex<S>);

impl<S> Layered<S> {
    pub(super) fn new(service: S) -> Self {
        Self(Mutex::new(service))
    }
}

impl<S, B> DynService for Layered<S>
where
    S: tower_service::Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
        + Clone
        + Send
        + 'static,
    B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
{
    fn call(&self, request: Request<Body>) -> Answer {
        let mut service = self.0.lock().unwrap_or_else(PoisonError::into_inner).clone();
        Box::pin(async move {
            poll_fn(|context| service.poll_ready(context)).await.map_err(Into::into)?;
            let response = service.call(request).await.map_err(Into::into)?;
            Ok(response.map(Body::wrap))
        })
    }
}
