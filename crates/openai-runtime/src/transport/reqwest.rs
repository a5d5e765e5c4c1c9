//! The client's own transport: reqwest, with rustls and ring unless told otherwise.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Body, BoxError, BoxFuture, Direct, Transport, TransportError};
use crate::error::{Error, Result};

/// Idle connections kept per host.
const IDLE: usize = 100;

pub(crate) struct Reqwest {
    client: reqwest::Client,
    /// For requests that must not go through a proxy; a client of the user's has none.
    direct: Option<DirectClient>,
    /// A permit for each exchange there may be; of a client of the user's, there may be any number.
    slots: Option<Arc<Semaphore>>,
}

struct DirectClient {
    connect_timeout: Duration,
    client: OnceLock<Result<reqwest::Client, String>>,
}

/// Goes with a request, and tells that it is waiting for a connection: a limit of time that ends meanwhile has another
/// meaning than one that ends later.
#[derive(Clone, Debug, Default)]
pub(crate) struct Queued(Arc<AtomicBool>);

impl Queued {
    pub(crate) fn is_waiting(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

impl Reqwest {
    /// A transport over the user's client.
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self { client, direct: None, slots: None }
    }

    /// The default transport.
    pub(crate) fn build(connect_timeout: Duration, max_connections: usize, https: bool) -> Result<Self> {
        let builder = builder(connect_timeout).pool_max_idle_per_host(IDLE.min(max_connections));
        let client = build(builder, https)?;
        let slots = Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS));
        let direct = DirectClient { connect_timeout, client: OnceLock::new() };
        Ok(Self { client, direct: Some(direct), slots: Some(Arc::new(slots)) })
    }

    /// The client for a request.
    fn client(&self, request: &http::Request<Body>) -> Result<reqwest::Client, TransportError> {
        let Some(direct) = self.direct.as_ref().filter(|_| request.extensions().get::<Direct>().is_some()) else {
            return Ok(self.client.clone());
        };
        // It is made on first use, since few clients ask a metadata service; these have no TLS.
        let make = || build(builder(direct.connect_timeout).no_proxy(), false).map_err(|error| error.to_string());
        direct.client.get_or_init(make).clone().map_err(TransportError::request)
    }
}

fn builder(connect_timeout: Duration) -> reqwest::ClientBuilder {
    reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .pool_max_idle_per_host(IDLE)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never())
}

fn build(builder: reqwest::ClientBuilder, https: bool) -> Result<reqwest::Client> {
    with_tls(builder, https)?
        .build()
        .map_err(|error| Error::config(format!("the HTTP client could not be made: {}", chain(&error))))
}

impl Transport for Reqwest {
    fn send(&self, mut request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let (client, slots) = (self.client(&request), self.slots.clone());
        let queued = request.extensions_mut().remove::<Queued>().unwrap_or_default();
        Box::pin(async move {
            let slot = match slots {
                Some(slots) => {
                    queued.0.store(true, Ordering::Relaxed);
                    let slot = slots.acquire_owned().await.map_err(TransportError::connection)?;
                    queued.0.store(false, Ordering::Relaxed);
                    Some(slot)
                }
                None => None,
            };
            let request = request.map(|body| match body.as_bytes() {
                Some(bytes) => reqwest::Body::from(bytes.clone()),
                None => reqwest::Body::wrap(RequestBody(Mutex::new(body))),
            });
            let request = reqwest::Request::try_from(request).map_err(TransportError::request)?;
            let response = client?.execute(request).await.map_err(transport_error)?;
            let response: http::Response<reqwest::Body> = response.into();
            Ok(response.map(|body| incoming(body, slot)))
        })
    }
}

/// The body of a response that the user got by himself.
pub(crate) fn response_body(response: reqwest::Response) -> Body {
    let response: http::Response<reqwest::Body> = response.into();
    incoming(response.into_body(), None)
}

fn incoming(body: reqwest::Body, slot: Option<OwnedSemaphorePermit>) -> Body {
    let length = http_body::Body::size_hint(&body).exact();
    Body::from_stream(ResponseBody { body, slot }, length)
}

/// Our body as the one hyper wants; the lock, never contended, makes it `Sync`.
struct RequestBody(Mutex<Body>);

impl http_body::Body for RequestBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        match self.0.get_mut() {
            Ok(body) => Pin::new(body).poll_next(context).map(|chunk| chunk.map(|chunk| chunk.map(Frame::data))),
            Err(_) => Poll::Ready(None),
        }
    }

    fn size_hint(&self) -> http_body::SizeHint {
        let length = self.0.lock().ok().and_then(|body| body.length());
        length.map_or_else(http_body::SizeHint::default, http_body::SizeHint::with_exact)
    }
}

/// hyper's body as ours.
struct ResponseBody {
    body: reqwest::Body,
    /// Given back at the end or when the body is dropped.
    slot: Option<OwnedSemaphorePermit>,
}

impl Stream for ResponseBody {
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
                    Poll::Ready(Some(Err(error.without_url().into())))
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

/// The URL is taken out: a query may hold a key.
fn transport_error(error: reqwest::Error) -> TransportError {
    let error = error.without_url();
    if error.is_timeout() {
        TransportError::timeout(error)
    } else if error.is_builder() {
        TransportError::request(error)
    } else {
        TransportError::connection(error)
    }
}

/// An error and what caused it, in one line: reqwest's own text leaves out the causes.
pub(crate) fn chain(error: &(dyn std::error::Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let next = error.to_string();
        if !text.ends_with(&next) {
            text.push_str(": ");
            text.push_str(&next);
        }
        cause = error.source();
    }
    text
}

#[cfg(feature = "native-tls")]
fn with_tls(builder: reqwest::ClientBuilder, _https: bool) -> Result<reqwest::ClientBuilder> {
    Ok(builder.tls_backend_native())
}

#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
fn with_tls(builder: reqwest::ClientBuilder, https: bool) -> Result<reqwest::ClientBuilder> {
    use rustls::{ClientConfig, RootCertStore};
    use rustls_platform_verifier::BuilderVerifierExt;

    // Reading the platform's roots takes milliseconds, so it is done once.
    static CONFIG: OnceLock<Result<ClientConfig, String>> = OnceLock::new();
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let start = |provider| ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions();
    let config = CONFIG.get_or_init(|| {
        let verified = start(provider.clone()).and_then(|builder| builder.with_platform_verifier());
        verified.map(|builder| builder.with_no_client_auth()).map_err(|error| error.to_string())
    });
    match config {
        Ok(config) => {
            let mut config = config.clone();
            if cfg!(feature = "http2") {
                config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
            }
            Ok(builder.tls_backend_preconfigured(config))
        }
        Err(error) if https => Err(Error::config(format!("TLS can't be set up: {error}"))),
        // A machine without root certificates can still talk to a server without TLS, as a mock is.
        Err(_) => start(provider)
            .map(|config| config.with_root_certificates(RootCertStore::empty()).with_no_client_auth())
            .map(|config| builder.tls_backend_preconfigured(config))
            .map_err(|error| Error::config(error.to_string())),
    }
}

#[cfg(not(any(feature = "rustls", feature = "native-tls")))]
fn with_tls(builder: reqwest::ClientBuilder, https: bool) -> Result<reqwest::ClientBuilder> {
    if https {
        return Err(Error::config("an https URL needs the feature `rustls` or `native-tls`"));
    }
    Ok(builder)
}
