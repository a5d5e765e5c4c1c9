//! The client's own transport: connections of hyper, with rustls and ring unless told otherwise.
//!
//! It shares no setting with the HTTP clients of the program that it runs in: its TLS configuration is its own, so that
//! neither features of reqwest nor a TLS provider of the process change it.

use std::sync::{Arc, Mutex, OnceLock};
use std::time::Duration;

use http::HeaderValue;
use http::header::{HOST, PROXY_AUTHORIZATION};
use http::uri::{Authority, Scheme};
use hyper_util::client::legacy::Client;
use hyper_util::rt::{TokioExecutor, TokioTimer};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::connector::Connector;
use super::options::ConnectionOptions;
use super::proxies::Proxies;
use super::tls::{Alpn, Tls};
use super::{errors, io};
use crate::error::Result;
use crate::io::transport::{Body, BoxFuture, Direct, ProxyLogin, Queued, Transport, TransportError};

/// Idle connections kept per host.
const IDLE: usize = 100;

/// The time from which on idle connections are kept for as long as their server keeps them: ten years.
const LONGEST_IDLE: Duration = Duration::from_secs(10 * 365 * 24 * 60 * 60);

/// The size of a response's headers over HTTP/2, 32 bytes a header included: as much as hyper's buffer holds over HTTP/1.
#[cfg(feature = "http2")]
const HEADER_BYTES: u32 = 400 * 1_024;

type Pool = Client<Connector, Body>;

/// The default transport.
struct Connections {
    options: ConnectionOptions,
    tls: Tls,
    proxies: Arc<Proxies>,
    pools: Pools,
    /// For blocking waits. Connections are driven by the runtime that made them, which may stand still while a thread waits.
    #[cfg(feature = "blocking")]
    background: Pools,
    /// A permit for each exchange there may be.
    slots: Arc<Semaphore>,
    hosts: HostHeader,
}

/// The pools of connections, each made when it is first used, since few programs need more than one.
#[derive(Default)]
struct Pools {
    shared: OnceLock<Pool>,
    /// For requests that must not go through a proxy.
    direct: OnceLock<Pool>,
    /// For connections that become another protocol: those of HTTP/2 do not, and a proxy has to tunnel them.
    #[cfg(feature = "websocket")]
    upgrades: OnceLock<Pool>,
}

/// Returns the transport of clients without one of the user's. `https` says that TLS is needed for certain, so that its
/// absence is an error at once.
pub(crate) fn default_transport(options: ConnectionOptions, https: bool) -> Result<Arc<dyn Transport>> {
    Ok(Arc::new(Connections::new(options, https)?))
}

impl Connections {
    fn new(options: ConnectionOptions, https: bool) -> Result<Self> {
        let tls = Tls::new(&options, https)?;
        let proxies = Arc::new(Proxies::new(&options.proxy)?);
        let slots = Arc::new(Semaphore::new(options.max_connections.min(Semaphore::MAX_PERMITS)));
        let hosts = HostHeader::default();
        Ok(Self {
            options,
            tls,
            proxies,
            pools: Pools::default(),
            #[cfg(feature = "blocking")]
            background: Pools::default(),
            slots,
            hosts,
        })
    }

    /// Returns the pool for a request.
    fn pool(&self, request: &http::Request<Body>) -> &Pool {
        let pools = self.pools();
        if request.extensions().get::<Direct>().is_some() {
            return pools.direct.get_or_init(|| self.make(Arc::default(), Alpn::Http1));
        }
        #[cfg(feature = "websocket")]
        if is_upgrade(request) {
            return pools.upgrades.get_or_init(|| self.make(Arc::new(self.proxies.tunneling()), Alpn::Http1));
        }
        pools.shared.get_or_init(|| self.make(self.proxies.clone(), self.alpn()))
    }

    /// Returns the pools of the runtime that this is called in.
    fn pools(&self) -> &Pools {
        #[cfg(feature = "blocking")]
        if crate::io::background::is_current() {
            return &self.background;
        }
        &self.pools
    }

    fn alpn(&self) -> Alpn {
        if self.options.http2 { Alpn::All } else { Alpn::Http1 }
    }

    fn make(&self, proxies: Arc<Proxies>, alpn: Alpn) -> Pool {
        let connector = Connector::new(&self.tls, alpn, proxies, self.options.connect_timeout);
        let mut builder = Client::builder(TokioExecutor::new());
        builder
            .pool_timer(TokioTimer::new())
            .timer(TokioTimer::new())
            // A time that no clock can tell is as good as none.
            .pool_idle_timeout(Some(self.options.pool_idle).filter(|limit| *limit < LONGEST_IDLE))
            .pool_max_idle_per_host(if self.options.pool_idle.is_zero() {
                0
            } else {
                IDLE.min(self.options.max_connections)
            })
            // Above 100, hyper makes room for as many with each response, 80 bytes a header.
            .http1_max_headers(self.options.max_response_headers);
        #[cfg(feature = "http2")]
        builder.http2_max_header_list_size(HEADER_BYTES);
        builder.build(connector)
    }
}

impl Transport for Connections {
    fn send(&self, request: http::Request<Body>) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        self.send_queued(request, &Queued::default())
    }

    fn send_queued(
        &self,
        mut request: http::Request<Body>,
        queued: &Queued,
    ) -> BoxFuture<Result<http::Response<Body>, TransportError>> {
        let forwarded = request.extensions().get::<Direct>().is_none() && !is_upgrade(&request);
        let login = self.proxies.forward_login(request.uri()).filter(|_| forwarded);
        if let Some(login) = &login {
            request.headers_mut().entry(PROXY_AUTHORIZATION).or_insert_with(|| login.clone());
        }
        // A connection of HTTP/2 has the host elsewhere.
        if !self.options.http2 || request.uri().scheme() == Some(&Scheme::HTTP) {
            self.hosts.set(&mut request);
        }
        let (pool, slots, queued) = (self.pool(&request).clone(), self.slots.clone(), queued.clone());
        Box::pin(async move {
            let slot = match slots.clone().try_acquire_owned() {
                Ok(slot) => slot,
                Err(_) => {
                    queued.set_waiting(true);
                    let slot = slots.acquire_owned().await.map_err(TransportError::connection)?;
                    queued.set_waiting(false);
                    slot
                }
            };
            let mut response = pool.request(request).await.map_err(errors::transport_error)?;
            if let Some(login) = login {
                response.extensions_mut().insert(ProxyLogin(login));
            }
            received(response, slot).await
        })
    }
}

/// The header `host` of the last server, which most often is the next one's too.
#[derive(Default)]
struct HostHeader(Mutex<Option<(Authority, HeaderValue)>>);

impl HostHeader {
    fn set(&self, request: &mut http::Request<Body>) {
        let Some(authority) = request.uri().authority() else { return };
        // A port that goes without saying is not in it; URLs of this crate never name one.
        let Ok(mut last) = self.0.lock() else { return };
        let value = match &*last {
            Some((known, value)) if known == authority => value.clone(),
            _ => {
                let Ok(value) = HeaderValue::try_from(authority.as_str()) else { return };
                *last = Some((authority.clone(), value.clone()));
                value
            }
        };
        drop(last);
        request.headers_mut().entry(HOST).or_insert(value);
    }
}

/// Returns true if the connection of a request becomes one of another protocol.
fn is_upgrade(request: &http::Request<Body>) -> bool {
    #[cfg(feature = "websocket")]
    return request.extensions().get::<crate::io::transport::Upgrade>().is_some();
    #[cfg(not(feature = "websocket"))]
    {
        let _ = request;
        false
    }
}

/// Returns a response whose body holds its permit until it has ended or is dropped.
async fn received(
    response: http::Response<hyper::body::Incoming>,
    slot: OwnedSemaphorePermit,
) -> Result<http::Response<Body>, TransportError> {
    #[cfg(feature = "websocket")]
    if response.status() == http::StatusCode::SWITCHING_PROTOCOLS {
        return io::upgraded(response, slot).await;
    }
    Ok(response.map(|body| io::incoming(body, slot)))
}
