//! The headers of a request, and which of two wins.

use http::header::{self, HeaderMap, HeaderName, HeaderValue};

use crate::call::HeaderArg;

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
