//! Redirects: which are followed, and where to.

use ::url::Url;
use bytes::Bytes;
use http::{Method, header};

use super::prepared::PreparedCall;
use crate::error::{ErrorKind, Result};
use crate::response::head::ResponseHead;

impl PreparedCall {
    /// Returns the URL that a response redirects to, if it does. `first` is the URL that the call is for.
    pub(super) fn redirect(&self, first: &Url, from: &Url, head: &ResponseHead) -> Result<Option<Url>> {
        let keeps = match head.status.as_u16() {
            301..=303 => matches!(self.method, Method::GET | Method::HEAD) && self.body.is_replayable(),
            307 | 308 => self.body.is_replayable(),
            _ => return Ok(None),
        };
        let wrong = |message: String| head.error(ErrorKind::Redirect, message, Bytes::new());
        let status = head.status;
        if !self.channel.credentials.follow_redirects() {
            return Err(wrong(format!(
                "the server answered {status}, which is not followed: the credential is for this URL alone"
            )));
        }
        if !keeps {
            return Err(wrong(format!("the server answered {status}: following it would drop the request's body")));
        }
        // Some servers send a location in UTF-8 as it is, not encoded.
        let location = head.headers.get(header::LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(location) = location else {
            return Err(wrong(format!("the server answered {status} without a location")));
        };
        let next = from.join(location).map_err(|_| wrong(format!("the server answered {status} to no URL")))?;
        let downgrades = from.scheme() == "https" && next.scheme() == "http";
        let names_user = !next.username().is_empty() || next.password().is_some();
        if !matches!(next.scheme(), "http" | "https") || downgrades || names_user {
            return Err(wrong(format!("the server answered {status} to a URL that is not safe to follow")));
        }
        if !self.body.is_empty() && !is_within(first, &next) {
            return Err(wrong(format!(
                "the server answered {status} to another site, which does not get the request's body: set the base URL to it \
                 if that is where requests should go"
            )));
        }
        Ok(Some(next))
    }
}

/// Returns true if a URL is of the site that a call is for: of its origin, of its host by HTTPS instead of HTTP, or of a
/// subdomain of its host, which nobody else can have.
fn is_within(first: &Url, next: &Url) -> bool {
    let secured =
        first.scheme() == "http" && next.scheme() == "https" && first.port().is_none() && next.port().is_none();
    let same_service =
        secured || (first.scheme() == next.scheme() && first.port_or_known_default() == next.port_or_known_default());
    let (Some(host), Some(next_host)) = (first.host_str(), next.host_str()) else { return false };
    let is_domain = first.domain().is_some_and(|domain| domain.contains('.'));
    let below = next_host.strip_suffix(host).is_some_and(|start| start.ends_with('.'));
    same_service && (host == next_host || (is_domain && below))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sites() {
        for (first, next, expected) in [
            ("https://api.example.com/v1", "https://api.example.com/v2", true),
            ("https://api.example.com/v1", "https://API.example.com:443/v2", true),
            ("https://api.example.com/v1", "https://eu.api.example.com/v1", true),
            ("http://api.example.com/v1", "https://api.example.com/v1", true),
            ("https://api.example.com/v1", "https://example.com/v1", false),
            ("https://api.example.com/v1", "https://other.example.com/v1", false),
            ("https://api.example.com/v1", "https://evilapi.example.com/v1", false),
            ("https://api.example.com/v1", "https://api.example.com.evil.com/v1", false),
            ("https://api.example.com/v1", "https://api.example.com:8443/v1", false),
            ("https://api.example.com/v1", "http://api.example.com/v1", false),
            ("http://h:8080/v1", "https://h/v1", false),
            ("http://127.0.0.1:1/v1", "http://127.0.0.1:2/v1", false),
            ("http://127.0.0.1:1/v1", "http://localhost:1/v1", false),
            ("http://localhost/v1", "http://evil.localhost/v1", false),
            ("http://0.1/v1", "http://127.0.0.1/v1", false),
        ] {
            let [from, to] = [first, next].map(|text| Url::parse(text).unwrap());
            assert_eq!(is_within(&from, &to), expected, "{first} to {next}");
        }
    }
}
