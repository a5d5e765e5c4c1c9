//! The headers of a request, and which of two wins.

use std::borrow::Cow;
use std::fmt;

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

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

/// Checks a header's name and value.
pub(crate) fn change(name: &str, value: HeaderArg<'_>) -> Result<Change, String> {
    let Ok(known) = HeaderName::from_bytes(name.as_bytes()) else {
        return Err(format!("{name:?} is no name of a header"));
    };
    let value = match value {
        HeaderArg::Remove => None,
        HeaderArg::Value(value) => Some(value),
        HeaderArg::Text(text) => match HeaderValue::from_bytes(text.as_bytes()) {
            Ok(value) => Some(value),
            // The value is not repeated: it may be a secret.
            Err(_) => return Err(format!("the header {known} has a value that no header can have")),
        },
    };
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

/// Takes out what another origin must not see.
pub(crate) fn strip_credentials(headers: &mut HeaderMap) {
    let telling = [
        "auth",
        "key",
        "token",
        "secret",
        "cookie",
        "credential",
        "password",
        "session",
        "signature",
        "openai-organization",
        "openai-project",
    ];
    let names: Vec<HeaderName> = headers
        .iter()
        .filter(|(name, value)| {
            value.is_sensitive()
                // It names the first origin.
                || **name == header::HOST
                || telling.iter().any(|part| name.as_str().contains(part))
        })
        .map(|(name, _)| name.clone())
        .collect();
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
