//! What was made for the last attempt of a client and most often serves the next one: many calls of a program differ in
//! their bodies alone.

use std::collections::VecDeque;
use std::sync::{Mutex, PoisonError};

use http::header::HeaderMap;

use crate::auth::secret::Secret;
use crate::error::{Redactor, Result};

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
