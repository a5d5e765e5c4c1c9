//! The client's own transport: reqwest, with rustls and ring unless told otherwise.

use std::pin::Pin;
use std::sync::{Arc, Mutex, OnceLock};
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;
use http_body::Frame;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::{Error, Result, chain};
use crate::io::transport::{Body, BoxError, BoxFuture, Direct, Queued, Transport, TransportError};
use crate::request::input_file::InputFile;

/// Idle connections kept per host.
const IDLE: usize = 100;

/// The largest number of headers of a response over HTTP/1, where hyper's own limit is 100.
const MOST_HEADERS: usize = 1_024;

/// The size of a response's headers over HTTP/2, 32 bytes a header included: as much as hyper's buffer holds over HTTP/1.
#[cfg(feature = "http2")]
const HEADER_BYTES: u32 = 400 * 1_024;

pub(crate) struct Reqwest {
    client: reqwest::Client,
    /// For requests that must not go through a proxy; a client of the user's has none.
    direct: Option<SpareClient>,
    /// For connections that become another protocol, where the client's own may be of HTTP/2.
    #[cfg(all(feature = "websocket", feature = "http2"))]
    http1: Option<SpareClient>,
    /// For blocking waits. Connections are driven by the runtime that made them, which may stand still while a thread waits.
    #[cfg(feature = "blocking")]
    background: Option<SpareClient>,
    /// A permit for each exchange there may be; of a client of the user's, there may be any number.
    slots: Option<Arc<Semaphore>>,
}

/// A client that is made on first use, since few programs need it.
struct SpareClient {
    connect_timeout: Duration,
    client: OnceLock<Result<reqwest::Client, String>>,
}

impl SpareClient {
    fn new(connect_timeout: Duration) -> Self {
        Self { connect_timeout, client: OnceLock::new() }
    }

    fn get(
        &self,
        make: impl FnOnce(reqwest::ClientBuilder) -> Result<reqwest::Client>,
    ) -> Result<reqwest::Client, TransportError> {
        let made = self.client.get_or_init(|| make(builder(self.connect_timeout)).map_err(|error| error.to_string()));
        made.clone().map_err(TransportError::request)
    }
}

impl Reqwest {
    /// A transport over the user's client.
    pub(crate) fn new(client: reqwest::Client) -> Self {
        Self {
            client,
            direct: None,
            #[cfg(all(feature = "websocket", feature = "http2"))]
            http1: None,
            #[cfg(feature = "blocking")]
            background: None,
            slots: None,
        }
    }

    /// The default transport.
    pub(crate) fn build(connect_timeout: Duration, max_connections: usize, https: bool) -> Result<Self> {
        let builder = builder(connect_timeout).pool_max_idle_per_host(IDLE.min(max_connections));
        let client = build(builder, https, Alpn::All)?;
        let slots = Semaphore::new(max_connections.min(Semaphore::MAX_PERMITS));
        Ok(Self {
            client,
            direct: Some(SpareClient::new(connect_timeout)),
            #[cfg(all(feature = "websocket", feature = "http2"))]
            http1: Some(SpareClient::new(connect_timeout)),
            #[cfg(feature = "blocking")]
            background: Some(SpareClient::new(connect_timeout)),
            slots: Some(Arc::new(slots)),
        })
    }

    /// The client for a request.
    fn client(&self, request: &http::Request<Body>) -> Result<reqwest::Client, TransportError> {
        if let Some(direct) = self.direct.as_ref().filter(|_| request.extensions().get::<Direct>().is_some()) {
            // Metadata services have no TLS.
            return direct.get(|builder| build(builder.no_proxy(), false, Alpn::All));
        }
        #[cfg(all(feature = "websocket", feature = "http2"))]
        if let Some(http1) =
            self.http1.as_ref().filter(|_| request.extensions().get::<crate::io::transport::Upgrade>().is_some())
        {
            let https = request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
            return http1.get(|builder| build(builder.http1_only(), https, Alpn::Http1));
        }
        #[cfg(feature = "blocking")]
        if let Some(background) = self.background.as_ref().filter(|_| crate::io::background::is_current()) {
            let https = request.uri().scheme() == Some(&http::uri::Scheme::HTTPS);
            return background.get(|builder| build(builder, https, Alpn::All));
        }
        Ok(self.client.clone())
    }
}

fn builder(connect_timeout: Duration) -> reqwest::ClientBuilder {
    let builder = reqwest::Client::builder()
        .connect_timeout(connect_timeout)
        .pool_max_idle_per_host(IDLE)
        .http1_max_headers(MOST_HEADERS)
        .redirect(reqwest::redirect::Policy::none())
        .retry(reqwest::retry::never());
    #[cfg(feature = "http2")]
    let builder = builder.http2_max_header_list_size(HEADER_BYTES);
    builder
}

/// The versions of HTTP that a client offers by TLS.
#[derive(Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(all(feature = "websocket", feature = "http2")), allow(dead_code))]
enum Alpn {
    All,
    Http1,
}

fn build(builder: reqwest::ClientBuilder, https: bool, alpn: Alpn) -> Result<reqwest::Client> {
    with_tls(builder, https, alpn)?
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
                    queued.set_waiting(true);
                    let slot = slots.acquire_owned().await.map_err(TransportError::connection)?;
                    queued.set_waiting(false);
                    Some(slot)
                }
                None => None,
            };
            let request = request.map(|body| match body.as_bytes() {
                Some(bytes) => reqwest::Body::from(bytes.clone()),
                None => reqwest::Body::wrap(OutgoingBody(Mutex::new(body))),
            });
            let request = reqwest::Request::try_from(request).map_err(TransportError::request)?;
            let response = client?.execute(request).await.map_err(transport_error)?;
            #[cfg(feature = "websocket")]
            if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
                return upgraded(response, slot).await;
            }
            let response: http::Response<reqwest::Body> = response.into();
            Ok(response.map(|body| incoming(body, slot)))
        })
    }
}

impl From<reqwest::Response> for InputFile {
    /// The body of a response, named by the last part of its URL.
    fn from(response: reqwest::Response) -> Self {
        let name = response.url().path_segments().and_then(|mut parts| parts.next_back()).map(str::to_owned);
        let header = response.headers().get(http::header::CONTENT_TYPE);
        let content_type = header.and_then(|value| value.to_str().ok()).map(str::to_owned);
        let response: http::Response<reqwest::Body> = response.into();
        let body = incoming(response.into_body(), None);
        let file = Self::once(name, body);
        match content_type {
            Some(content_type) => file.content_type(content_type),
            None => file,
        }
    }
}

/// The connection that a response with status 101 leaves behind, as its body.
#[cfg(feature = "websocket")]
async fn upgraded(
    response: reqwest::Response,
    slot: Option<OwnedSemaphorePermit>,
) -> Result<http::Response<Body>, TransportError> {
    let (status, version, headers) = (response.status(), response.version(), response.headers().clone());
    let connection = response.upgrade().await.map_err(transport_error)?;
    let mut response = http::Response::new(Body::upgraded(Held { connection, _slot: slot }));
    (*response.status_mut(), *response.version_mut(), *response.headers_mut()) = (status, version, headers);
    Ok(response)
}

fn incoming(body: reqwest::Body, slot: Option<OwnedSemaphorePermit>) -> Body {
    let length = http_body::Body::size_hint(&body).exact();
    Body::from_stream(IncomingBody { body, slot }, length)
}

/// Our body as the one hyper wants; the lock, never contended, makes it `Sync`.
struct OutgoingBody(Mutex<Body>);

impl http_body::Body for OutgoingBody {
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
struct IncomingBody {
    body: reqwest::Body,
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

/// A connection that counts as an exchange for as long as it is there.
#[cfg(feature = "websocket")]
struct Held {
    connection: reqwest::Upgraded,
    _slot: Option<OwnedSemaphorePermit>,
}

#[cfg(feature = "websocket")]
mod held {
    use std::io;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

    use super::Held;

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

#[cfg(feature = "native-tls")]
fn with_tls(builder: reqwest::ClientBuilder, _https: bool, _alpn: Alpn) -> Result<reqwest::ClientBuilder> {
    Ok(builder.tls_backend_native())
}

#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
fn with_tls(builder: reqwest::ClientBuilder, https: bool, alpn: Alpn) -> Result<reqwest::ClientBuilder> {
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
                let first = (alpn == Alpn::All).then(|| b"h2".to_vec());
                config.alpn_protocols = first.into_iter().chain([b"http/1.1".to_vec()]).collect();
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
fn with_tls(builder: reqwest::ClientBuilder, https: bool, _alpn: Alpn) -> Result<reqwest::ClientBuilder> {
    if https {
        return Err(Error::config("an https URL needs the feature `rustls` or `native-tls`"));
    }
    Ok(builder)
}
