//! Secrets taken out of what an error shows.

use http::{HeaderMap, HeaderValue};

use super::data::Error;

impl Error {
    /// Takes a secret out of the texts: a server may repeat the key that it was sent.
    pub(crate) fn redact(mut self, secret: &str) -> Self {
        if secret.len() >= 8 {
            let inner = &mut *self.0;
            redact(&mut inner.message, secret);
            for text in [&mut inner.code, &mut inner.param, &mut inner.error_type].into_iter().flatten() {
                redact(text, secret);
            }
            if let Some(response) = &mut inner.response {
                redact_request_id(&mut response.headers, secret);
            }
        }
        self
    }
}

fn redact(text: &mut String, secret: &str) {
    if text.contains(secret) {
        *text = text.replace(secret, "***");
    }
    // An excerpt may end within the secret.
    let Some(start) = text.strip_suffix('…') else { return };
    let part = (8..secret.len()).rev().find_map(|end| start.strip_suffix(secret.get(..end)?));
    if let Some(rest) = part {
        *text = format!("{rest}***…");
    }
}

/// The request id is shown like the message is. One with a secret in it is no id.
pub(crate) fn redact_request_id(headers: &mut HeaderMap, secret: &str) {
    if let Some(id) = headers.get_mut("x-request-id")
        && secret.len() >= 8
        && memchr::memmem::find(id.as_bytes(), secret.as_bytes()).is_some()
    {
        *id = HeaderValue::from_static("***");
    }
}
