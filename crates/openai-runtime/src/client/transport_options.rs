//! The options of a builder that say how requests are carried.

use std::sync::Arc;
use std::time::Duration;

use super::builder::ClientBuilder;
use crate::exchange::connections::options::{ClientCertificate, ConnectionOptions, ProxyChoice};
#[cfg(feature = "reqwest")]
use crate::exchange::reqwest::Reqwest;
use crate::io::transport::Transport;

/// Options of the default transport. A client with a transport or a reqwest client of the user's does not read them, and in
/// a browser those of connections, proxies and TLS have no effect, because the browser has these to itself.
impl<C> ClientBuilder<C> {
    /// Limits the time until a connection can carry a request, with the look-up of the name, the proxy and TLS; 5 s by
    /// default. A connection that takes longer is an error of kind [`Timeout`](crate::ErrorKind::Timeout).
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn connect_timeout(self, limit: Duration) -> Self {
        self.connections(|options| options.connect_timeout = limit)
    }

    /// Limits the number of exchanges at once, 1000 by default: requests under way, and responses whose body is not yet
    /// read to its end or dropped. Others wait within their limit of time; the [`Timeout`](crate::ErrorKind::Timeout) of
    /// one that waited in vain says that no connection became free.
    ///
    /// A stream that is held counts too; a connection that has just become free may be open beside these for a moment.
    /// Clients made of this one by [`with_options`](crate::Client::with_options) share the connections, and one that
    /// changes their number has its own.
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn max_connections(self, count: usize) -> Self {
        self.connections(|options| options.max_connections = count)
    }

    /// Sets the time after which a connection that carries no request is closed, 90 s by default. A server or a load
    /// balancer that closes idle connections earlier is best met with a time shorter than its own.
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn pool_idle(self, limit: Duration) -> Self {
        self.connections(|options| options.pool_idle = limit)
    }

    /// Sends all requests through a proxy: a URL of `http`, `https`, `socks5` (names are looked up here), `socks5h` (names
    /// are looked up by the proxy), `socks4` or `socks4a`, which may hold a user and a password. Requests to https URLs
    /// go through a tunnel, so that the proxy does not see what is in them.
    ///
    /// By default the environment says which proxy is used: `HTTPS_PROXY`, `HTTP_PROXY` and `ALL_PROXY`, except for the
    /// hosts of `NO_PROXY`, each also in lower case. These variables are not read when this option is set.
    ///
    /// A URL that names no such proxy is an error of kind [`Config`](crate::ErrorKind::Config) when the client is built, and
    /// a proxy that cannot be reached or refuses is one of kind [`Connection`](crate::ErrorKind::Connection) of the call; its
    /// text names the proxy.
    ///
    /// ```
    /// # fn main() -> openai_runtime::Result<()> {
    /// let client = openai_runtime::Client::builder().api_key("sk-…").proxy("http://user:password@proxy.example:3128").build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn proxy(self, url: impl Into<String>) -> Self {
        let url = url.into();
        self.connections(|options| options.proxy = ProxyChoice::Url(url))
    }

    /// Sends all requests without a proxy, whatever the environment says.
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn no_proxy(self) -> Self {
        self.connections(|options| options.proxy = ProxyChoice::None)
    }

    /// Trusts the certificates of this PEM text, besides those that the platform trusts: the authority of a company's
    /// proxy or of a server of one's own. May be set several times.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = openai_runtime::Client::builder().api_key("sk-…").root_certificate(std::fs::read("company.pem")?).build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn root_certificate(self, pem: impl Into<Vec<u8>>) -> Self {
        let pem = pem.into();
        self.connections(|options| options.roots.push(pem))
    }

    /// Presents a certificate to servers that ask for one (mutual TLS): a PEM text with the certificate first and those of
    /// the authorities above it behind, and the PEM text of its private key. The key is not shown by `Debug`.
    ///
    /// What cannot be read is an error of kind [`Config`](crate::ErrorKind::Config) when the client is built. The feature
    /// `native-tls` takes a key in PKCS #8 (`-----BEGIN PRIVATE KEY-----`) only.
    ///
    /// ```no_run
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// let client = openai_runtime::Client::builder()
    ///     .api_key("sk-…")
    ///     .client_certificate(std::fs::read("chain.pem")?, std::fs::read("key.pem")?)
    ///     .build()?;
    /// # Ok(()) }
    /// ```
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn client_certificate(self, chain: impl Into<Vec<u8>>, key: impl Into<Vec<u8>>) -> Self {
        let certificate = ClientCertificate { chain: chain.into(), key: key.into() };
        self.connections(|options| options.client_certificate = Some(certificate))
    }

    /// Offers HTTP/2 to servers with TLS, or does not. With the feature `http2` it is offered by default; without the
    /// feature, `true` is an error of kind [`Config`](crate::ErrorKind::Config) when the client is built.
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn http2(self, offered: bool) -> Self {
        self.connections(|options| options.http2 = offered)
    }

    /// Sets the largest number of headers that a response over HTTP/1 may have, 512 by default. A response with more is an
    /// error of kind [`Connection`](crate::ErrorKind::Connection). Room for them is made with each response: with 100 or
    /// fewer an open stream takes about 10 KB less memory.
    ///
    /// No effect in a browser.
    #[must_use]
    pub fn max_response_headers(self, count: usize) -> Self {
        self.connections(|options| options.max_response_headers = count)
    }

    /// Sends requests with a reqwest client of one's own, whose proxies, certificates and pool are then used. It should
    /// not follow redirects itself.
    ///
    /// Requires the feature `reqwest`.
    #[cfg(feature = "reqwest")]
    #[must_use]
    #[inline]
    pub fn http_client(self, client: reqwest::Client) -> Self {
        self.transport(Arc::new(Reqwest::new(client)))
    }

    /// Sends requests with a transport of one's own, as tests and other HTTP stacks have it.
    #[must_use]
    pub fn transport(mut self, transport: Arc<dyn Transport>) -> Self {
        self.settings.setup.transport = Some(transport);
        self.settings.setup.own_transport = true;
        self
    }

    fn connections(mut self, change: impl FnOnce(&mut ConnectionOptions)) -> Self {
        let setup = &mut self.settings.setup;
        let before = setup.connections.clone();
        change(&mut setup.connections);
        if setup.connections != before && !setup.own_transport {
            // The shared connections are made with the old options.
            setup.transport = None;
        }
        self
    }
}
