//! The parts of the last attempt of a client that most often serve the next one: many calls of a program differ in
//! their bodies alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use ::url::Url;
use http::Uri;
use http::header::HeaderMap;

use crate::auth::secret::Secret;
use crate::error::{Redactor, Result};
use crate::request::url::uri;

/// The headers of a buffered call with a body of JSON, with the last key, which most often is the next one's too.
#[derive(Default)]
pub(crate) struct LastHeaders(Mutex<Option<(Option<Secret>, HeaderMap)>>);

impl LastHeaders {
    /// Returns a copy of the headers with this key, which are made if it is another one than before.
    pub(super) fn of(&self, key: Option<&Secret>, make: impl FnOnce() -> Result<HeaderMap>) -> Result<HeaderMap> {
        let Ok(mut last) = self.0.lock() else { return make() };
        match &*last {
            Some((known, headers)) if known.as_ref() == key => Ok(headers.clone()),
            _ => {
                let headers = make()?;
                *last = Some((key.cloned(), headers.clone()));
                Ok(headers)
            }
        }
    }
}

/// The secrets of the last attempt, which most often are the next one's too, and their redactor: what it searches for is
/// made once.
#[derive(Default)]
pub(crate) struct LastRedactor(Mutex<(Vec<String>, Redactor)>);

impl LastRedactor {
    /// Returns the redactor of these secrets.
    pub(super) fn of(&self, secrets: Vec<String>) -> Redactor {
        let Ok(mut last) = self.0.lock() else { return Redactor::new(secrets) };
        if last.0 != secrets {
            *last = (secrets.clone(), Redactor::new(secrets));
        }
        last.1.clone()
    }
}

/// The URLs of the last calls whose path has no parameters and which have no query, each as both libraries have it.
#[derive(Default)]
pub(crate) struct LastUrls(Mutex<VecDeque<(String, Url, Uri)>>);

impl LastUrls {
    /// The number of paths that are known at once; the oldest is forgotten for the next.
    const MOST: usize = 8;

    /// Returns the URL of a path, which is made if it is not known.
    pub(super) fn of(&self, path: &str, make: impl FnOnce() -> Result<Url>) -> Result<Url> {
        let Ok(mut known) = self.0.lock() else { return make() };
        if let Some((_, url, _)) = known.iter().find(|(other, ..)| other == path) {
            return Ok(url.clone());
        }
        let url = make()?;
        // One that cannot be sent is told of when it is to be sent.
        if let Ok(uri) = uri(&url) {
            known.truncate(Self::MOST - 1);
            known.push_front((path.to_owned(), url.clone(), uri));
        }
        Ok(url)
    }

    /// Returns a URL as it is sent.
    pub(super) fn uri(&self, url: &Url) -> Result<Uri> {
        let known = self.0.lock().ok();
        let known = known.as_ref().and_then(|known| known.iter().find(|(_, other, _)| other == url));
        known.map_or_else(|| uri(url), |(.., uri)| Ok(uri.clone()))
    }
}

/// The credentials that were got for the last attempts: keys and tokens of providers, and the headers that they set.
#[derive(Default)]
pub(crate) struct FetchedSecrets(Mutex<VecDeque<String>>);

impl FetchedSecrets {
    /// So many are known at once; the one that was used least recently is forgotten for the next.
    const MOST: usize = 32;

    pub(super) fn add(&self, found: Vec<String>) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for text in found {
            known.retain(|other| *other != text);
            known.push_back(text);
        }
        let excess = known.len().saturating_sub(Self::MOST);
        known.drain(..excess);
    }

    pub(super) fn all(&self) -> Vec<String> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).iter().cloned().collect()
    }
}
