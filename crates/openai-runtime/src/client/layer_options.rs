//! The options of a builder that lay layers of tower around calls and attempts.

use http::{Request, Response};
use tower_layer::Layer;
use tower_service::Service;

use super::builder::ClientBuilder;
use crate::error::BoxError;
use crate::exchange::layers::HttpService;
use crate::io::transport::Body;

impl<C> ClientBuilder<C> {
    /// Lays a layer of tower around each call, with all its attempts: for caches, recorders, metrics and limits of calls.
    ///
    /// The layer sees a call once, before its credential is added. It may change the path, the query, the headers and the
    /// body, or answer itself. A body that is JSON gives its bytes by [`Body::as_bytes`]. The inner service gives the
    /// response of the last attempt, whose body is whole or, of a stream, comes as it is read; a call that failed is an
    /// [`Error`](crate::Error) in a box. An error of the layer itself ends the call with the kind
    /// [`Callback`](crate::ErrorKind::Callback).
    ///
    /// A layer that is added later lies around those added before, and clients made by
    /// [`with_options`](crate::Client::with_options) share the layers of this one. Handshakes of WebSockets and responses
    /// that are written to files pass [`attempt_layer`](Self::attempt_layer) only.
    ///
    /// ```
    /// # fn main() -> openai_runtime::Result<()> {
    /// use tower::limit::ConcurrencyLimitLayer;
    ///
    /// let client = openai_runtime::Client::builder().api_key("sk-…").layer(ConcurrencyLimitLayer::new(8)).build()?;
    /// # Ok(()) }
    /// ```
    #[must_use]
    pub fn layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService>,
        L::Service: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        self.settings.setup.layers.add(&layer);
        self
    }

    /// Lays a layer of tower around each attempt: for signers, metrics of single requests and limits of rate.
    ///
    /// The layer sees the request as it is sent, with its credential, for each attempt and each redirect that is followed.
    /// The inner service gives the response of any status as it comes, and its error is a
    /// [`TransportError`](crate::transport::TransportError) in a box. A layer that fails with such an error decides by it
    /// whether the call is tried again; any other error of it ends the call with the kind
    /// [`Callback`](crate::ErrorKind::Callback). Requests for tokens of a workload identity do not pass it.
    ///
    /// A layer that is added later lies around those added before.
    #[must_use]
    pub fn attempt_layer<L, B>(mut self, layer: L) -> Self
    where
        L: Layer<HttpService>,
        L::Service: Service<Request<Body>, Response = Response<B>, Error: Into<BoxError>, Future: Send>
            + Clone
            + Send
            + 'static,
        B: http_body::Body<Error: Into<BoxError>> + Send + 'static,
    {
        self.settings.setup.attempt_layers.add(&layer);
        self
    }
}
