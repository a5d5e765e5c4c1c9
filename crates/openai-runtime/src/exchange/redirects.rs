//! Redirects: which are followed, and where to.

use bytes::Bytes;
use http::{Method, header};
use reqwest::Url;

use super::prepared::PreparedCall;
use crate::error::{ErrorKind, Result};
use crate::response::head::ResponseHead;

impl PreparedCall {
    /// Where a response redirects to, if it does.
    pub(super) fn redirect(&self, from: &Url, head: &ResponseHead) -> Result<Option<Url>> {
        let keeps = match head.status.as_u16() {
            301..=303 => matches!(self.method, Method::GET | Method::HEAD) && self.body.is_replayable(),
            307 | 308 => self.body.is_replayable(),
            _ => return Ok(None),
        };
        let wrong = |message: String| head.error(ErrorKind::Redirect, message, Bytes::new());
        let status = head.status;
        if !keeps {
            return Err(wrong(format!("the server answered {status}: following it would drop the request's body")));
        }
        // Some servers send a location in UTF-8 as it is, not encoded.
        let location = head.headers.get(header::LOCATION).and_then(|value| std::str::from_utf8(value.as_bytes()).ok());
        let Some(location) = location else {
            return Err(wrong(format!("the server answered {status} without a location")));
        };
        let next = from.join(location).map_err(|_| wrong(format!("the server answered {status} to no URL")))?;
        let downgrades = from.scheme() == "https" && next.scheme() == "http";
        let names_user = !next.username().is_empty() || next.password().is_some();
        if !matches!(next.scheme(), "http" | "https") || downgrades || names_user {
            return Err(wrong(format!("the server answered {status} to a URL that is not safe to follow")));
        }
        Ok(Some(next))
    }
}
