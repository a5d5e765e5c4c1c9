//! The credentials that a call sent, and the texts without them.

use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, HeaderName, HeaderValue};

use super::spelling::{self, LEAST, Needle};

const MASK: &str = "***";

/// The credentials that a call sent, which takes them out of what is shown: a server may repeat them anywhere.
///
/// They are found as they were sent, escaped as in JSON, a URL or HTML, as base64, and where an excerpt was cut off within
/// them. A credential of fewer than 8 bytes is no secret: the keys that local servers are given, such as `none` or `test`,
/// are words that messages have for other reasons.
///
/// A layer above takes the redactor of a response ([`RawResponse::redactor`](crate::RawResponse::redactor)) or of the
/// client ([`Client::redactor`](crate::Client::redactor)) to make its own errors of what the server sent.
///
/// ```
/// use openai_runtime::{Client, Error, ErrorKind};
///
/// # fn main() -> openai_runtime::Result<()> {
/// let redactor = Client::builder().api_key("sk-proj-1234").build()?.redactor();
/// assert_eq!(redactor.text("the key sk-proj-1234 is unknown"), "the key *** is unknown");
/// let error = redactor.error(Error::new(ErrorKind::Decode, "found \"sk-proj-1234\""));
/// assert_eq!(error.to_string(), "found \"***\"");
/// # Ok(()) }
/// ```
#[derive(Clone, Default)]
pub struct Redactor(Option<Arc<Secrets>>);

struct Secrets {
    texts: Vec<String>,
    /// The length of the shortest one: a shorter text holds none of them.
    shortest: usize,
    /// Made when there is something to search, which most calls have not.
    needles: OnceLock<Vec<Needle>>,
    /// The secrets in lower case, which names of headers have; made when there is a name to search.
    lower: OnceLock<Vec<String>>,
}

impl Redactor {
    pub(crate) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        Self::of(secrets.into_iter().filter(|secret| secret.len() >= LEAST).collect())
    }

    /// Returns a redactor of texts that are long enough; apart, so that there is one copy of the sorting.
    fn of(mut texts: Vec<String>) -> Self {
        // What holds another secret is taken out before it.
        texts.sort_unstable_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        let Some(shortest) = texts.last().map(String::len) else { return Self::default() };
        Self(Some(Arc::new(Secrets { texts, shortest, needles: OnceLock::new(), lower: OnceLock::new() })))
    }

    /// The redactor of these secrets as well.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = String>) -> Self {
        let known = self.0.iter().flat_map(|secrets| secrets.texts.iter().cloned());
        let all = Self::new(known.chain(more));
        if all.count() == self.count() { self.clone() } else { all }
    }

    /// The redactor of the secrets of both.
    pub(crate) fn and(&self, other: &Self) -> Self {
        if self.is_empty() {
            return other.clone();
        }
        other.with(self.0.iter().flat_map(|secrets| secrets.texts.iter().cloned()))
    }

    /// Returns true if a text is one of the credentials, or too short for one.
    #[cfg(feature = "websocket")]
    pub(crate) fn knows(&self, text: &str) -> bool {
        text.len() < LEAST || self.0.as_ref().is_some_and(|secrets| secrets.texts.iter().any(|known| known == text))
    }

    /// Returns the credentials.
    #[cfg(feature = "websocket")]
    pub(crate) fn texts(&self) -> Vec<String> {
        self.0.as_ref().map(|secrets| secrets.texts.clone()).unwrap_or_default()
    }

    pub(super) fn is(&self, other: &Self) -> bool {
        matches!((&self.0, &other.0), (Some(one), Some(other)) if Arc::ptr_eq(one, other))
    }

    pub(super) fn is_empty(&self) -> bool {
        self.0.is_none()
    }

    fn count(&self) -> usize {
        self.0.as_ref().map_or(0, |secrets| secrets.texts.len())
    }

    /// Returns the text with `***` in place of each credential.
    #[must_use]
    pub fn text<'a>(&self, text: &'a str) -> Cow<'a, str> {
        match self.bytes(text.as_bytes()) {
            Some(masked) => Cow::Owned(String::from_utf8_lossy(&masked).into_owned()),
            None => Cow::Borrowed(text),
        }
    }

    /// As [`text`](Self::text), of a text that is no excerpt, so that one shorter than each credential needs no search.
    #[cfg(any(feature = "otel", feature = "tracing"))]
    pub(crate) fn whole<'a>(&self, text: &'a str) -> Cow<'a, str> {
        let is_long = self.0.as_ref().is_some_and(|secrets| text.len() >= secrets.shortest);
        if is_long { self.text(text) } else { Cow::Borrowed(text) }
    }

    /// Takes the credentials out of the values of headers, and the headers out that have one as their name.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        let Some(secrets) = &self.0 else { return };
        for value in headers.values_mut().filter(|value| value.len() >= secrets.shortest) {
            if let Some(masked) = self.bytes(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&masked).unwrap_or(HeaderValue::from_static(MASK));
            }
        }
        // Names are in lower case.
        let tells = |name: &&HeaderName| {
            let name = name.as_str();
            let lower = || secrets.texts.iter().map(|secret| secret.to_ascii_lowercase()).collect();
            name.len() >= secrets.shortest
                && secrets.lower.get_or_init(lower).iter().any(|secret| name.contains(secret))
        };
        let telling: Vec<HeaderName> = headers.keys().filter(tells).cloned().collect();
        for name in telling {
            headers.remove(name);
        }
    }

    /// The bytes with the credentials masked; `None` if there are none in them.
    fn bytes(&self, text: &[u8]) -> Option<Vec<u8>> {
        let secrets = self.0.as_ref().filter(|_| text.len() >= LEAST)?;
        let needles = secrets.needles.get_or_init(|| {
            let mut needles = Vec::new();
            secrets.texts.iter().for_each(|secret| spelling::add_needles(secret, &mut needles));
            needles
        });
        let mut masked: Option<Vec<u8>> = None;
        for needle in needles {
            let next = mask(masked.as_deref().unwrap_or(text), needle);
            masked = next.or(masked);
        }
        masked
    }

    pub(super) fn string(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.text(text) {
            *text = masked;
        }
    }
}

impl fmt::Debug for Redactor {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Redactor")
    }
}

/// The text with each place of a needle masked; `None` if there is none.
fn mask(text: &[u8], needle: &Needle) -> Option<Vec<u8>> {
    let mut masked = Vec::new();
    let mut done = 0;
    while let Some((start, end)) = spelling::find(text, needle, done) {
        masked.extend_from_slice(&text[done..start]);
        masked.extend_from_slice(MASK.as_bytes());
        done = end;
    }
    (done > 0).then(|| {
        masked.extend_from_slice(&text[done..]);
        masked
    })
}
