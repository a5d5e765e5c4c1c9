//! The headers of a webhook, wherever they are kept.

use std::collections::{BTreeMap, HashMap};
use std::hash::BuildHasher;

use http::HeaderMap;

use super::WebhookError;

pub(super) const ID: &str = "webhook-id";
pub(super) const TIMESTAMP: &str = "webhook-timestamp";
pub(super) const SIGNATURE: &str = "webhook-signature";

/// Headers of a request: [`http::HeaderMap`], maps and lists of pairs, or a function from a name to a value.
///
/// ```
/// use openai_ext::webhooks::{self, WebhookError};
///
/// # fn handle(body: &str, secret: &str) -> Result<(), WebhookError> {
/// let lookup = |name: &str| std::env::var(name.replace('-', "_").to_uppercase()).ok();
/// webhooks::verify(body, &lookup, [secret])?;
/// # Ok(())
/// # }
/// ```
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no headers of a webhook",
    label = "expected a reference to a `HeaderMap`, a map of strings, or a list of pairs of strings",
    note = "whatever else keeps the headers is given as a function: `&|name: &str| headers.get(name).map(…)`"
)]
pub trait WebhookHeaders {
    /// The value of a header, whose name is in small letters here and may be written in any way there. Several values are
    /// joined by a space.
    fn header(&self, name: &str) -> Option<String>;
}

impl WebhookHeaders for HeaderMap {
    #[inline]
    fn header(&self, name: &str) -> Option<String> {
        // What is no text has no right signature either.
        join(self.get_all(name).iter().map(|value| String::from_utf8_lossy(value.as_bytes())))
    }
}

impl<F, V> WebhookHeaders for F
where
    F: Fn(&str) -> Option<V>,
    V: AsRef<str>,
{
    fn header(&self, name: &str) -> Option<String> {
        self(name).map(|value| value.as_ref().to_owned())
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for [(K, V)] {
    fn header(&self, name: &str) -> Option<String> {
        named(self.iter().map(|(key, value)| (key, value)), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, const N: usize> WebhookHeaders for [(K, V); N] {
    fn header(&self, name: &str) -> Option<String> {
        self.as_slice().header(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for Vec<(K, V)> {
    fn header(&self, name: &str) -> Option<String> {
        self.as_slice().header(name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>, S: BuildHasher> WebhookHeaders for HashMap<K, V, S> {
    fn header(&self, name: &str) -> Option<String> {
        named(self.iter(), name)
    }
}

impl<K: AsRef<str>, V: AsRef<str>> WebhookHeaders for BTreeMap<K, V> {
    fn header(&self, name: &str) -> Option<String> {
        named(self.iter(), name)
    }
}

fn named<'a, K: AsRef<str> + 'a, V: AsRef<str> + 'a>(
    pairs: impl Iterator<Item = (&'a K, &'a V)>,
    name: &str,
) -> Option<String> {
    join(pairs.filter(|(key, _)| key.as_ref().eq_ignore_ascii_case(name)).map(|(_, value)| value))
}

fn join(values: impl Iterator<Item = impl AsRef<str>>) -> Option<String> {
    values.fold(None, |joined: Option<String>, value| match joined {
        Some(joined) => Some(format!("{joined} {}", value.as_ref())),
        None => Some(value.as_ref().to_owned()),
    })
}

/// The content of the headers.
pub(super) struct Signed {
    pub(super) id: String,
    pub(super) timestamp: String,
    pub(super) signatures: String,
}

impl Signed {
    pub(super) fn read(headers: &(impl WebhookHeaders + ?Sized)) -> Result<Self, WebhookError> {
        let get = |name: &'static str| {
            let value = headers.header(name).filter(|value| !value.trim().is_empty());
            value.ok_or(WebhookError::MissingHeader(name))
        };
        Ok(Self { id: get(ID)?, timestamp: get(TIMESTAMP)?, signatures: get(SIGNATURE)? })
    }

    #[inline]
    pub(super) fn seconds(&self) -> Result<i64, WebhookError> {
        self.timestamp.trim().parse().map_err(|_| WebhookError::BadTimestamp)
    }
}
