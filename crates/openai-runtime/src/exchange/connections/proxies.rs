//! The proxies that requests go through.

use ::url::Url;
use std::sync::Arc;

use http::uri::Scheme;
use http::{HeaderValue, Uri};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};

use crate::error::{Error, Result};
use crate::exchange::connections::options::ProxyChoice;
use crate::request::url::printable;

/// The port of a SOCKS proxy whose URL names none.
const SOCKS_PORT: u16 = 1080;

/// The rules that say which proxy a request goes through. Without any, each request goes to its server.
#[derive(Clone, Default)]
pub(super) struct Proxies {
    rules: Option<Arc<Matcher>>,
    /// Requests without TLS go through a tunnel too.
    tunnels_all: bool,
}

/// The proxy of one request.
pub(super) struct Proxy {
    pub(super) uri: Uri,
    pub(super) protocol: Protocol,
    intercept: Intercept,
}

/// The protocol that is spoken with a proxy.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Protocol {
    /// Requests without TLS are sent to the proxy; for the others it makes a tunnel.
    Http,
    /// The names of servers are looked up here.
    Socks4,
    /// The names of servers are looked up by the proxy.
    Socks4a,
    Socks5,
    Socks5h,
}

impl Proxies {
    pub(super) fn new(choice: &ProxyChoice) -> Result<Self> {
        let rules = match choice {
            ProxyChoice::None => None,
            ProxyChoice::Environment => Some(Matcher::from_env()),
            ProxyChoice::Url(text) => Some(all_through(text)?),
        };
        Ok(Self { rules: rules.map(Arc::new), tunnels_all: false })
    }

    /// Returns the same rules for requests that no proxy may take itself.
    #[cfg(feature = "websocket")]
    pub(super) fn tunneling(&self) -> Self {
        Self { tunnels_all: true, ..self.clone() }
    }

    /// Returns true if a request goes through a tunnel, if it goes through a proxy of HTTP.
    pub(super) fn tunnels(&self, uri: &Uri) -> bool {
        self.tunnels_all || uri.scheme() == Some(&Scheme::HTTPS)
    }

    /// Returns the proxy for a request.
    pub(super) fn of(&self, uri: &Uri) -> Option<Proxy> {
        let intercept = self.rules.as_ref()?.intercept(uri)?;
        let protocol = match intercept.uri().scheme_str() {
            Some("socks4") => Protocol::Socks4,
            Some("socks4a") => Protocol::Socks4a,
            Some("socks5") => Protocol::Socks5,
            Some("socks5h") => Protocol::Socks5h,
            _ => Protocol::Http,
        };
        let default = (protocol != Protocol::Http).then_some(SOCKS_PORT);
        let uri = with_port(intercept.uri(), default.or(intercept.uri().port_u16()));
        Some(Proxy { uri, protocol, intercept })
    }

    /// Returns the login for a proxy that gets the request itself, which is one without TLS.
    pub(super) fn forward_login(&self, uri: &Uri) -> Option<HeaderValue> {
        if self.rules.is_none() || self.tunnels(uri) {
            return None;
        }
        let proxy = self.of(uri).filter(|proxy| proxy.protocol == Protocol::Http)?;
        proxy.basic_login().cloned()
    }
}

impl Proxy {
    pub(super) fn basic_login(&self) -> Option<&HeaderValue> {
        self.intercept.basic_auth()
    }

    pub(super) fn login(&self) -> Option<(&str, &str)> {
        self.intercept.raw_auth()
    }
}

/// Returns the URI with a port, if it names none and there is one to give.
fn with_port(uri: &Uri, port: Option<u16>) -> Uri {
    let (Some(port), None, Some(host)) = (port, uri.port_u16(), uri.host()) else { return uri.clone() };
    let mut parts = uri.clone().into_parts();
    parts.authority = format!("{host}:{port}").parse().ok();
    Uri::from_parts(parts).unwrap_or_else(|_| uri.clone())
}

/// Returns the rule that sends all requests through a proxy; a URL without a scheme is one of HTTP.
fn all_through(text: &str) -> Result<Matcher> {
    let text = text.trim();
    let wrong = |why: &str| Error::config(format!("the proxy {:?} {why}", printable(text)));
    let full = if text.contains("://") { text.to_owned() } else { format!("http://{text}") };
    let url = Url::parse(&full).map_err(|error| wrong(&format!("is no URL: {error}")))?;
    if !matches!(url.scheme(), "http" | "https" | "socks4" | "socks4a" | "socks5" | "socks5h") {
        return Err(wrong("must start with http://, https://, socks4://, socks4a://, socks5:// or socks5h://"));
    }
    if url.host_str().is_none_or(str::is_empty) {
        return Err(wrong("must have a host"));
    }
    let has_login = !url.username().is_empty() || url.password().is_some();
    if has_login && matches!(url.scheme(), "socks4" | "socks4a") {
        return Err(wrong(
            "must not have a user or a password, which SOCKS 4 does not carry: use socks5:// or socks5h://",
        ));
    }
    // As the URL was understood, not as it was written: the rules read it in a way of their own, and pass over what they
    // don't know.
    let rules = Matcher::builder().all(url.as_str()).build();
    match rules.intercept(&Uri::from_static("https://openai.com")) {
        Some(_) => Ok(rules),
        None => Err(wrong("has characters that must be percent-encoded")),
    }
}
