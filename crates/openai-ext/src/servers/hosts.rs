//! The hosts that a credential of another cloud may be sent to.

use std::net::IpAddr;

use http::Uri;
use openai_runtime::{Error, ErrorKind, Result};

/// A base URL that was given by hand.
#[cfg_attr(not(feature = "bedrock"), expect(dead_code, reason = "Vertex only wants it checked"))]
pub(super) struct BaseUrl {
    /// In lower case, without a dot at its end.
    pub(super) host: String,
    /// It is of this machine.
    pub(super) is_local: bool,
    /// It has a path.
    pub(super) has_path: bool,
}

impl BaseUrl {
    /// Reads a URL. One without https is refused unless it is of this machine, because a credential is sent there.
    pub(super) fn parse(cloud: &str, url: &str) -> Result<Self> {
        // None of it is repeated: a key may stand in its place.
        let wrong = |what: &str| Error::new(ErrorKind::Config, format!("{cloud}: the base URL {what}"));
        let text = url.trim().split('#').next().unwrap_or_default();
        let uri = Uri::try_from(text).map_err(|_| wrong("is no URL with https:// and a host"))?;
        let authority = uri.authority().ok_or_else(|| wrong("is no URL with https:// and a host"))?;
        if authority.as_str().contains('@') {
            return Err(wrong("must not hold a user or password"));
        }
        let host = authority.host().trim_end_matches('.').to_ascii_lowercase();
        let is_local = is_loopback(&host);
        match uri.scheme_str() {
            Some("https") => {}
            Some("http") if is_local => {}
            _ => return Err(wrong("must begin with https://, because a credential is sent there")),
        }
        Ok(Self { host, is_local, has_path: !uri.path().trim_matches('/').is_empty() })
    }
}

/// A URL without the slash and the path of an operation at the end of its path; the query stays. `added` is put behind the
/// path.
pub(super) fn trimmed(url: &str, operation: &str, added: &str) -> String {
    let url = url.trim().split('#').next().unwrap_or_default();
    let (path, query) = url.split_once('?').unwrap_or((url, ""));
    let path = path.trim_end_matches('/');
    let path = path.strip_suffix(operation).unwrap_or(path).trim_end_matches('/');
    if query.is_empty() { format!("{path}{added}") } else { format!("{path}{added}?{query}") }
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    host == "localhost" || address.parse::<IpAddr>().is_ok_and(|address| address.is_loopback())
}
