//! The consent by which browsers let pages of other origins read the answers.

use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
    ACCESS_CONTROL_REQUEST_METHOD, HeaderMap, HeaderValue, VARY,
};
use http::{Method, StatusCode};

use crate::wire::{ReceivedRequest, Reply};

/// Returns the answer to a preflight, by which a browser asks before it sends a request with a key.
pub(super) fn preflight(received: &ReceivedRequest) -> Option<Reply> {
    let method = received.headers.get(ACCESS_CONTROL_REQUEST_METHOD).filter(|_| received.method == Method::OPTIONS)?;
    let mut reply = Reply::empty(StatusCode::NO_CONTENT);
    reply.headers.insert(ACCESS_CONTROL_ALLOW_METHODS, method.clone());
    // By name, since `*` does not stand for `authorization`.
    if let Some(headers) = received.headers.get(ACCESS_CONTROL_REQUEST_HEADERS) {
        reply.headers.insert(ACCESS_CONTROL_ALLOW_HEADERS, headers.clone());
    }
    reply.headers.insert(ACCESS_CONTROL_MAX_AGE, HeaderValue::from_static("600"));
    reply
        .headers
        .insert(VARY, HeaderValue::from_static("access-control-request-headers, access-control-request-method"));
    Some(reply)
}

/// Lets pages of any origin read an answer with all of its headers.
pub(super) fn allow(headers: &mut HeaderMap) {
    let any = HeaderValue::from_static("*");
    headers.insert(ACCESS_CONTROL_ALLOW_ORIGIN, any.clone());
    headers.insert(ACCESS_CONTROL_EXPOSE_HEADERS, any);
}
