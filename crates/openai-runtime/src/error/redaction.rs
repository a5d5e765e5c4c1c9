//! Secrets taken out of what is shown.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::{Arc, OnceLock};

use http::{HeaderMap, HeaderValue};

use super::data::{BoxError, Error};
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
}

impl Redactor {
    pub(crate) fn new(secrets: impl IntoIterator<Item = String>) -> Self {
        let mut texts: Vec<String> = secrets.into_iter().filter(|secret| secret.len() >= LEAST).collect();
        // What holds another secret is taken out before it.
        texts.sort_by(|a, b| b.len().cmp(&a.len()).then_with(|| a.cmp(b)));
        texts.dedup();
        let Some(shortest) = texts.last().map(String::len) else { return Self::default() };
        Self(Some(Arc::new(Secrets { texts, shortest, needles: OnceLock::new() })))
    }

    /// The redactor of these secrets as well.
    pub(crate) fn with(&self, more: impl IntoIterator<Item = String>) -> Self {
        let known = self.0.iter().flat_map(|secrets| secrets.texts.iter().cloned());
        let all = Self::new(known.chain(more));
        if all.count() == self.count() { self.clone() } else { all }
    }

    fn is(&self, other: &Self) -> bool {
        matches!((&self.0, &other.0), (Some(one), Some(other)) if Arc::ptr_eq(one, other))
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

    /// Returns the error without the credentials: in its message, code, parameter and type, in its headers, and in the
    /// errors that caused it. Causes that are added later are redacted, too. The body stays as it came.
    #[must_use]
    pub fn error(&self, error: Error) -> Error {
        error.redact(self)
    }

    /// Takes the credentials out of the values of headers.
    pub(crate) fn headers(&self, headers: &mut HeaderMap) {
        let Some(secrets) = &self.0 else { return };
        // An excerpt is shorter, but no header is one.
        for value in headers.values_mut().filter(|value| value.len() >= secrets.shortest) {
            if let Some(masked) = self.bytes(value.as_bytes()) {
                *value = HeaderValue::from_bytes(&masked).unwrap_or(HeaderValue::from_static(MASK));
            }
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

    fn string(&self, text: &mut String) {
        if let Cow::Owned(masked) = self.text(text) {
            *text = masked;
        }
    }

    /// The cause of an error without the credentials. One that shows none stays what it is.
    pub(crate) fn source(&self, source: BoxError) -> BoxError {
        if self.0.is_none() {
            return source;
        }
        match source.downcast::<Error>() {
            Ok(error) => Box::new(self.error(*error)),
            Err(source) => match self.chain(&*source) {
                Some(redacted) => Box::new(redacted),
                None => source,
            },
        }
    }

    /// What an error and its causes say, if a credential is in it.
    fn chain(&self, error: &(dyn StdError + 'static)) -> Option<RedactedCause> {
        let mut shows = false;
        let mut texts = Vec::new();
        let mut cause = Some(error);
        while let Some(error) = cause {
            let (display, debug) = (error.to_string(), format!("{error:?}"));
            let text = self.text(&display);
            shows |= matches!(text, Cow::Owned(_)) || matches!(self.text(&debug), Cow::Owned(_));
            texts.push(text.into_owned());
            cause = error.source();
        }
        let link = |source: Option<RedactedCause>, text| Some(RedactedCause { text, source: source.map(Box::new) });
        texts.into_iter().rev().fold(None, link).filter(|_| shows)
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

impl Error {
    /// Takes credentials out of all that is shown of the error.
    #[cold]
    pub(crate) fn redact(mut self, redactor: &Redactor) -> Self {
        let inner = &mut *self.0;
        // What is added to an error that was redacted is redacted as it is added.
        if redactor.0.is_none() || redactor.is(&inner.redactor) {
            return self;
        }
        redactor.string(&mut inner.message);
        for text in [&mut inner.code, &mut inner.param, &mut inner.error_type].into_iter().flatten() {
            redactor.string(text);
        }
        if let Some(response) = &mut inner.response {
            redactor.headers(&mut response.headers);
        }
        if let Some(source) = &inner.source
            && let Some(redacted) = redactor.chain(&**source)
        {
            inner.source = Some(Arc::new(redacted));
        }
        inner.redactor = redactor.clone();
        self
    }
}

/// What an error said that had a credential in its text.
#[derive(Debug)]
struct RedactedCause {
    text: String,
    source: Option<Box<RedactedCause>>,
}

impl fmt::Display for RedactedCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl StdError for RedactedCause {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.source.as_deref().map(|source| source as &(dyn StdError + 'static))
    }
}
