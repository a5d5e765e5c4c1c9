//! The options of the default transport.

use std::fmt;
use std::time::Duration;

use crate::error::{Error, Result};

/// The options of the default transport.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ConnectionOptions {
    /// Of a connection until it can carry a request: name, TCP, proxy and TLS.
    pub(crate) connect_timeout: Duration,
    pub(crate) max_connections: usize,
    /// The time after which a connection without a request is closed.
    pub(crate) pool_idle: Duration,
    pub(crate) proxy: ProxyChoice,
    /// Certificates trusted besides those of the platform, in PEM.
    pub(crate) roots: Vec<Vec<u8>>,
    /// The certificate that connections present, with its key.
    pub(crate) client_certificate: Option<ClientCertificate>,
    /// Tells whether HTTP/2 is offered to servers with TLS.
    pub(crate) http2: bool,
    /// Of a response over HTTP/1.
    pub(crate) max_response_headers: usize,
}

/// A certificate with its chain, and its private key, in PEM.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct ClientCertificate {
    pub(crate) chain: Vec<u8>,
    pub(crate) key: Vec<u8>,
}

/// The source of the proxy.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum ProxyChoice {
    /// `HTTP_PROXY`, `HTTPS_PROXY`, `ALL_PROXY` and `NO_PROXY`.
    Environment,
    None,
    /// This one for all requests.
    Url(String),
}

impl Default for ConnectionOptions {
    fn default() -> Self {
        Self {
            connect_timeout: Duration::from_secs(5),
            max_connections: 1000,
            pool_idle: Duration::from_secs(90),
            proxy: ProxyChoice::Environment,
            roots: Vec::new(),
            client_certificate: None,
            http2: cfg!(feature = "http2"),
            max_response_headers: 512,
        }
    }
}

impl ConnectionOptions {
    /// Fails if no request could be sent with these options.
    pub(crate) fn check(&self) -> Result<()> {
        if self.max_connections == 0 {
            return Err(Error::config("`max_connections` is 0: no request could be sent"));
        }
        if self.max_response_headers == 0 {
            return Err(Error::config("`max_response_headers` is 0: no response could be read"));
        }
        if self.http2 && !cfg!(feature = "http2") {
            return Err(Error::config("`http2(true)` needs the feature `http2` of this crate"));
        }
        Ok(())
    }
}

impl fmt::Debug for ConnectionOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ConnectionOptions")
            .field("connect_timeout", &self.connect_timeout)
            .field("max_connections", &self.max_connections)
            .field("pool_idle", &self.pool_idle)
            .field("proxy", &self.proxy)
            .field("roots", &self.roots.len())
            .field("has_client_certificate", &self.client_certificate.is_some())
            .field("http2", &self.http2)
            .field("max_response_headers", &self.max_response_headers)
            .finish()
    }
}

impl fmt::Debug for ProxyChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Environment => f.write_str("Environment"),
            Self::None => f.write_str("None"),
            // The URL may hold a login.
            Self::Url(url) => f.debug_tuple("Url").field(&crate::request::url::printable(url)).finish(),
        }
    }
}
