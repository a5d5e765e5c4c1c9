//! The headers of a request, and which of two wins.

use std::borrow::Cow;
use std::fmt;

use http::header::{HeaderMap, HeaderName, HeaderValue};

use super::sensitivity::may_be_credential;

/// The `user-agent` of every request.
pub(crate) const USER_AGENT: &str = concat!("openai-ext/", env!("CARGO_PKG_VERSION"), " (Rust)");

/// The value of a header: text, or `None` to take out a header that would be sent otherwise.
#[derive(Clone)]
#[non_exhaustive]
pub enum HeaderArg<'a> {
    /// The header is not sent.
    Remove,
    /// The header is sent with this text.
    Text(Cow<'a, str>),
    /// The header is sent with this value.
    Value(HeaderValue),
}

/// A header to set, or to take out.
pub(crate) type Change = (HeaderName, Option<HeaderValue>);

/// Checks a header's name and value. A value that may be a credential is marked as sensitive, so that it is not shown.
pub(crate) fn change(name: &str, value: HeaderArg<'_>) -> Result<Change, String> {
    let Ok(known) = HeaderName::from_bytes(name.as_bytes()) else {
        // The name is not repeated: who gives a whole line as the name gives the secret with it.
        return Err("the name of a header has a character that no such name can have, or is empty".to_owned());
    };
    let mut value = match value {
        HeaderArg::Remove => None,
        HeaderArg::Value(value) => Some(value),
        HeaderArg::Text(text) => match HeaderValue::from_bytes(text.as_bytes()) {
            Ok(value) => Some(value),
            // The value is not repeated: it may be a secret.
            Err(_) => return Err(format!("the header {known} has a value that no header can have")),
        },
    };
    if let Some(value) = value.as_mut().filter(|_| may_be_credential(known.as_str())) {
        value.set_sensitive(true);
    }
    Ok((known, value))
}

/// Applies one level of headers: each wins over what is there.
pub(crate) fn apply(headers: &mut HeaderMap, changes: &[Change]) {
    for (name, value) in changes {
        match value {
            Some(value) => headers.insert(name.clone(), value.clone()),
            None => headers.remove(name),
        };
    }
}

/// The headers that another origin gets after a redirect: what a request means, and nothing that says whose it is.
const COMMON: [&str; 24] = [
    "accept",
    "accept-charset",
    "accept-encoding",
    "accept-language",
    "cache-control",
    "connection",
    "content-encoding",
    "content-language",
    "content-type",
    "if-match",
    "if-modified-since",
    "if-none-match",
    "if-range",
    "if-unmodified-since",
    "pragma",
    "range",
    "sec-websocket-extensions",
    "sec-websocket-key",
    "sec-websocket-version",
    "te",
    "upgrade",
    "user-agent",
    "x-stainless-poll-helper",
    "x-stainless-retry-count",
];

/// Takes out what another origin must not see: all headers but the common ones. Names can't tell which header holds a
/// credential.
pub(crate) fn keep_common(headers: &mut HeaderMap) {
    let is_dropped =
        |name: &HeaderName, value: &HeaderValue| value.is_sensitive() || COMMON.binary_search(&name.as_str()).is_err();
    let names: Vec<HeaderName> =
        headers.iter().filter(|(name, value)| is_dropped(name, value)).map(|(name, _)| name.clone()).collect();
    for name in names {
        headers.remove(name);
    }
}

impl<'a> From<&'a str> for HeaderArg<'a> {
    fn from(text: &'a str) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<String> for HeaderArg<'_> {
    fn from(text: String) -> Self {
        Self::Text(Cow::Owned(text))
    }
}

impl<'a> From<&'a String> for HeaderArg<'a> {
    fn from(text: &'a String) -> Self {
        Self::Text(Cow::Borrowed(text))
    }
}

impl From<HeaderValue> for HeaderArg<'_> {
    fn from(value: HeaderValue) -> Self {
        Self::Value(value)
    }
}

impl<'a> From<Option<&'a str>> for HeaderArg<'a> {
    fn from(text: Option<&'a str>) -> Self {
        text.map_or(Self::Remove, Self::from)
    }
}

impl fmt::Debug for HeaderArg<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if matches!(self, Self::Remove) { "Remove" } else { "***" })
    }
}
