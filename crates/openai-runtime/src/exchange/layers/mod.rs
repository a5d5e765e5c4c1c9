//! Layers of tower around a call, or around each attempt of one.
//!
//! A layer is applied once, when it is given to the builder, to an [`HttpService`] that knows no client: the request
//! itself carries, as an extension, what is to be done with it once it has passed the layers.

mod around_attempt;
mod service;

use std::fmt;
use std::sync::Arc;

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

pub use self::service::HttpService;
pub(super) use self::service::Innermost;
use self::service::{Answer, DynService, Layered};
use crate::error::{BoxError, Error, ErrorKind, chain};
use crate::io::transport::Body;

/// The layers of a client at one place; none by default.
#[derive(Clone, Default)]
pub(crate) struct Layers(Option<Arc<dyn DynService>>);

impl Layers {
    /// Lays one more layer around those that are there.
    pub(crate) fn add<L, B>(&mut self, layer: &L)
    where
        L: Layer<HttpService>,
        L::Service: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        let service = layer.layer(HttpService::over(self.0.take()));
        self.0 = Some(Arc::new(Layered::new(service)));
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    /// Sends a request through the layers; it has the work within as its extension.
    pub(super) fn call(&self, request: Request<Body>) -> Answer {
        HttpService::over(self.0.clone()).call(request)
    }
}

impl fmt::Debug for Layers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.0.is_some() { "some" } else { "none" })
    }
}

/// Returns the first error of a chain that is of this type.
fn find<'a, T: std::error::Error + 'static>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref() {
            return Some(found);
        }
        // An error that an `io::Error` was made of is not among its sources.
        let held = error.downcast_ref::<std::io::Error>().and_then(std::io::Error::get_ref);
        cause = held.map(|error| error as &(dyn std::error::Error + 'static)).or_else(|| error.source());
    }
    None
}

/// Returns the error of a call whose layers failed. One that came from within passes the layers as it is.
pub(super) fn call_error(error: BoxError) -> Error {
    match error.downcast::<Error>() {
        Ok(error) => *error,
        Err(error) => {
            // A layer may have put an error of the call into one of its own.
            let kind = find::<Error>(&*error).map_or(ErrorKind::Callback, Error::kind);
            Error::new(kind, format!("a layer of the client failed: {}", chain(&*error))).with_source(error)
        }
    }
}
