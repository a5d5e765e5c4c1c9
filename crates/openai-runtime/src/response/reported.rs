//! Errors in the body of a response whose status is a success.

use bytes::Bytes;
use memchr::memmem::find;
use serde_json::Value;

use super::head::ResponseHead;
use crate::error::{Error, ErrorKind, Report, excerpt, failed_choice, first_error, first_of, is_something, report_in};
use crate::json::{self, Fit};

/// A body larger than this is no report of an error where none is expected to be JSON.
pub(crate) const LARGEST_REPORT: usize = 64 * 1024;

impl ResponseHead {
    /// The error that a body reports, if it lacks what its type requires; `fit` tells how it was read, if it was.
    #[cold]
    pub(crate) fn reported(&self, body: &Bytes, fit: Option<&Fit>) -> Option<Error> {
        let value = may_report(body)?;
        if let Some(choice) = failed_choice(&value).filter(|_| fit.is_some()) {
            return Some(self.report(choice, body));
        }
        let report = report_in(&value)?;
        let is_lacking = match (report, fit) {
            (Report::Member(name), Some(fit)) => {
                fit.is_lacking(Some(name)) || (!fit.has_field(name) && is_empty_answer(&value, name))
            }
            (Report::Whole, Some(fit)) => fit.is_lacking(None),
            // An answer that can't be read is an answer still.
            (_, None) => ["id", "choices", "output"]
                .into_iter()
                .all(|name| first_of(&value).get(name).is_none_or(Value::is_null)),
        };
        is_lacking.then(|| self.report(&value, body))
    }

    /// The error that a body reports where no JSON is expected, as in a download: it is this and nothing else.
    pub(crate) fn reported_alone(&self, body: &Bytes) -> Option<Error> {
        if body.len() > LARGEST_REPORT || !self.header("content-type").is_some_and(|media| media.contains("json")) {
            return None;
        }
        let value = may_report(body)?;
        let members = first_of(&value).as_object()?;
        let says = |name: &str| members.get(name).is_some_and(|value| !value.is_null());
        let is_alone = match report_in(&value)? {
            Report::Member(name) => {
                let count = members.values().filter(|value| !value.is_null()).count();
                count <= 4 && !["id", "object", "data"].into_iter().any(says) && {
                    let error = members.get(name).map(first_error);
                    error.is_some_and(|error| error.is_string() || error.get("message").is_some_and(is_something))
                        || members.get("message").is_some_and(Value::is_string)
                }
            }
            Report::Whole => members.len() <= 6 && !["id", "data"].into_iter().any(says),
        };
        is_alone.then(|| self.report(&value, body))
    }

    /// The error of a body that should be a stream of events and is an object, a list or a page.
    #[cold]
    pub(crate) fn not_events(&self, body: &Bytes) -> Error {
        if let Some(value) = may_report(body)
            && report_in(&value).is_some()
        {
            return self.error_with(Error::from_event(&value), body);
        }
        let media = self.header("content-type").unwrap_or("no content type");
        let message = format!("expected an event stream, found {media}; it starts: {}", excerpt(body));
        self.error(ErrorKind::Decode, message, body.clone())
    }

    fn report(&self, value: &Value, body: &Bytes) -> Error {
        self.error_with(Error::of_value(ErrorKind::of_report(value), value), body)
    }

    fn error_with(&self, error: Error, body: &Bytes) -> Error {
        self.complete(error, body.clone())
    }
}

/// Tells whether an answer says nothing beside its error but what each answer has.
fn is_empty_answer(value: &Value, error: &str) -> bool {
    const COMMON: [&str; 7] = ["id", "object", "created", "created_at", "model", "provider", "usage"];
    let is_empty = |value: &Value| value.is_null() || value.as_array().is_some_and(Vec::is_empty);
    let mut members = first_of(value).as_object().into_iter().flatten();
    members.all(|(name, value)| name == error || COMMON.contains(&&**name) || is_empty(value))
}

/// The body as a value, if it may be the report of an error: most have no such word in them.
fn may_report(body: &[u8]) -> Option<Value> {
    let body = json::without_mark(body);
    let is_json = matches!(body.trim_ascii_start().first(), Some(b'{' | b'['));
    let words: [&[u8]; 5] = [b"\"error\"", b"\"errors\"", b"\"detail\"", b"\"message\"", b"\"msg\""];
    if !is_json || !words.into_iter().any(|word| find(body, word).is_some()) {
        return None;
    }
    serde_json::from_slice(body).ok()
}
