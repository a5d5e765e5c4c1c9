//! Secrets taken out of errors.

use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use super::data::{BoxError, Error};
use super::redactor::Redactor;

impl Redactor {
    /// Returns the error without the credentials: in its message, code, parameter and type, in its headers, and in the
    /// errors that caused it. Causes that are added later are redacted, too. The body stays as it came.
    #[must_use]
    pub fn error(&self, error: Error) -> Error {
        error.redact(self)
    }

    /// The cause of an error without the credentials. One that shows none stays what it is.
    pub(crate) fn source(&self, source: BoxError) -> BoxError {
        if self.is_empty() {
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

    /// The texts of an error and its causes, if a credential is in them.
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

impl Error {
    /// Takes credentials out of all that is shown of the error.
    #[cold]
    pub(crate) fn redact(mut self, redactor: &Redactor) -> Self {
        let inner = &mut *self.0;
        // What is added to an error that was redacted is redacted as it is added.
        if redactor.is_empty() || redactor.is(&inner.redactor) {
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

/// The text of an error that had a credential in it.
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
