//! The ways in which a proxy is asked for a connection to a server: CONNECT, and SOCKS by hyper-util.

use std::error::Error as StdError;
use std::fmt;
use std::future::{Ready, poll_fn, ready};
use std::io;
use std::task::{Context, Poll};

use http::header::{HOST, PROXY_AUTHORIZATION, USER_AGENT as USER_AGENT_NAME};
use http::uri::Scheme;
use http::{HeaderValue, Method, StatusCode, Uri};
use hyper::client::conn::http1;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::proxy::{SocksV4, SocksV5};
use tower_service::Service;

use super::proxies::{Protocol, Proxy};
use crate::io::transport::{Body, BoxError};
use crate::request::headers::USER_AGENT;

/// A connection that could not be made because of the proxy.
#[derive(Debug)]
pub(super) struct ProxyError {
    text: String,
    source: Option<BoxError>,
}

impl ProxyError {
    pub(super) fn unreachable(proxy: &Proxy, source: impl Into<BoxError>) -> Self {
        Self::new(proxy, "could not be reached", Some(source.into()))
    }

    fn new(proxy: &Proxy, what: impl fmt::Display, source: Option<BoxError>) -> Self {
        // The URI holds no login.
        let uri = proxy.uri.to_string();
        Self { text: format!("the proxy {} {what}", uri.trim_end_matches('/')), source }
    }
}

impl fmt::Display for ProxyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for ProxyError {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as _)
    }
}

/// Has a proxy make a tunnel on a connection to it. hyper-util's `Tunnel` does the same, but leaves out the status in which
/// the proxy says why it refuses.
pub(super) async fn connect<S>(stream: S, proxy: &Proxy, host: &str, port: u16) -> Result<S, BoxError>
where
    S: Read + Write + Unpin,
{
    let failed = |error: Option<hyper::Error>| {
        ProxyError::new(proxy, format!("made no tunnel to {host}:{port}"), error.map(Into::into))
    };
    let target = format!("{host}:{port}");
    let mut request = http::Request::new(Body::empty());
    *request.method_mut() = Method::CONNECT;
    *request.uri_mut() = Uri::builder().authority(target.as_str()).build()?;
    let headers = request.headers_mut();
    headers.insert(HOST, HeaderValue::try_from(&target)?);
    headers.insert(USER_AGENT_NAME, HeaderValue::from_static(USER_AGENT));
    if let Some(login) = proxy.basic_login() {
        headers.insert(PROXY_AUTHORIZATION, login.clone());
    }
    let (mut sender, mut connection) = http1::handshake(stream).await.map_err(|error| failed(Some(error)))?;
    let mut sending = Box::pin(sender.send_request(request));
    // The connection is polled here and not by a task, since it is taken back as soon as there is an answer.
    let answer = poll_fn(|context| {
        let ended = connection.poll_without_shutdown(context);
        match (sending.as_mut().poll(context), ended) {
            (Poll::Ready(answer), _) => Poll::Ready(answer.map_err(Some)),
            (Poll::Pending, Poll::Ready(ended)) => Poll::Ready(Err(ended.err())),
            (Poll::Pending, Poll::Pending) => Poll::Pending,
        }
    });
    let response = answer.await.map_err(failed)?;
    let status = response.status();
    if !status.is_success() {
        return Err(ProxyError::new(proxy, refusal(status, &target), None).into());
    }
    // A server of TLS or of WebSockets does not speak first, so nothing of it has been read.
    Ok(connection.into_parts().io)
}

/// Has a proxy of SOCKS make a connection to a server, on a connection to it.
pub(super) async fn socks<S>(stream: S, proxy: &Proxy, host: &str, port: u16) -> Result<S, BoxError>
where
    S: Read + Write + Unpin + Send + 'static,
{
    let target = match proxy.protocol {
        Protocol::Socks4 => looked_up(host, port, true).await?,
        Protocol::Socks5 => looked_up(host, port, false).await?,
        _ => target(&format!("{host}:{port}"))?,
    };
    let (uri, dialed) = (proxy.uri.clone(), Dialed(Some(stream)));
    let failed = |error: BoxError| ProxyError::new(proxy, format!("made no connection to {host}:{port}"), Some(error));
    let stream = match (proxy.protocol, proxy.login()) {
        (Protocol::Socks4 | Protocol::Socks4a, _) => SocksV4::new(uri, dialed).call(target).await.map_err(Into::into),
        (_, None) => SocksV5::new(uri, dialed).call(target).await.map_err(Into::into),
        (_, Some((user, password))) => {
            let mut socks = SocksV5::new(uri, dialed).with_auth(user.to_owned(), password.to_owned());
            socks.call(target).await.map_err(Into::into)
        }
    };
    Ok(stream.map_err(failed)?)
}

fn target(authority: &str) -> Result<Uri, BoxError> {
    Ok(Uri::builder().scheme(Scheme::HTTP).authority(authority).path_and_query("/").build()?)
}

/// Returns the target of a SOCKS proxy, by address.
async fn looked_up(host: &str, port: u16, only_v4: bool) -> Result<Uri, BoxError> {
    let name = host.trim_start_matches('[').trim_end_matches(']');
    let mut addresses = tokio::net::lookup_host((name, port)).await?;
    let address = addresses.find(|address| !only_v4 || address.is_ipv4());
    let address =
        address.ok_or_else(|| format!("{host} has no address that the proxy can reach: it takes IPv4 only"))?;
    target(&address.to_string())
}

/// A connector whose one connection is there already: the error of one that can't be made has no source in hyper-util's
/// SOCKS.
struct Dialed<S>(Option<S>);

impl<S> Service<Uri> for Dialed<S> {
    type Response = S;
    type Error = io::Error;
    type Future = Ready<io::Result<S>>;

    fn poll_ready(&mut self, _context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, _uri: Uri) -> Self::Future {
        ready(self.0.take().ok_or_else(|| io::ErrorKind::NotConnected.into()))
    }
}

fn refusal(status: StatusCode, target: &str) -> String {
    let advice = match status {
        StatusCode::PROXY_AUTHENTICATION_REQUIRED => ": it wants another user and password in its URL",
        _ => "",
    };
    format!("refused a tunnel to {target} with {status}{advice}")
}
