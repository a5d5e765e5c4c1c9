//! One request that carries or gets a token: without retries, redirects and the client's own headers.

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use http::header::{self, HeaderValue};

use crate::auth::secret::Secret;
use crate::error::{Error, ErrorKind, Redactor, Result};
use crate::io::time::timeout;
use crate::io::transport::{Body, Transport, next_chunk};
use crate::request::headers::USER_AGENT;
use crate::request::sensitivity::proxy_redactor;
use crate::response::failure::transport_error;
use crate::response::gzip::{self, Encoding};
use crate::response::head::ResponseHead;

/// The time limit of an exchange or of a request to a metadata service.
const LIMIT: Duration = Duration::from_secs(10);
/// Members of answers that hold tokens, whatever the status.
const TOKENS: &[&str] = &["access_token", "id_token", "refresh_token", "subject_token", "client_assertion"];
/// No token is longer than this.
const LONGEST: usize = 1024 * 1024;

/// A request to a URL that was given as an option, named `what` in errors.
pub(super) fn request(what: &str, url: &str, body: impl Into<Body>) -> Result<http::Request<Body>> {
    let mut request = http::Request::new(body.into());
    *request.uri_mut() = http::Uri::try_from(url)
        .map_err(|error| Error::config(format!("{what}: its URL can't be sent to")).with_source(error))?;
    request.headers_mut().insert(header::USER_AGENT, HeaderValue::from_static(USER_AGENT));
    Ok(request)
}

/// Sends a request and reads the whole answer. The redactor knows what the request carries.
///
/// Redirects are not followed: what carries a token goes nowhere but where it was meant to go.
#[inline]
pub(super) async fn fetch(
    transport: &dyn Transport,
    request: http::Request<Body>,
    what: &str,
    redactor: &Redactor,
) -> Result<(ResponseHead, Bytes)> {
    let answer = timeout(LIMIT, async {
        let response = transport.send(request).await.map_err(|error| transport_error(error, 0))?;
        let (parts, body) = response.into_parts();
        let redactor = proxy_redactor(&parts.extensions).and(redactor);
        let (status, headers) = (parts.status, parts.headers);
        let (received, secrets) = (None, TOKENS);
        let mut head = ResponseHead { status, headers, received, attempts: 0, secrets, redactor, strict: false };
        let packing = Encoding::of(&head.headers, None).packing();
        if packing.is_some() {
            gzip::strip(&mut head.headers);
        }
        let body = match packing {
            Some(packing) => gzip::unpack(body, packing),
            None => body,
        };
        let bytes = read(&head, body).await?;
        Ok((head, bytes))
    });
    match answer.await {
        Ok(answer) => answer.map_err(|error: Error| redactor.error(error.prefixed(&format!("{what} failed")))),
        Err(_) => Err(Error::new(ErrorKind::Timeout, format!("{what} failed: no answer within {LIMIT:?}"))),
    }
}

/// Part of an answer is never kept in an error: it may hold a token.
#[inline]
async fn read(head: &ResponseHead, mut body: Body) -> Result<Bytes> {
    let mut all = BytesMut::new();
    while let Some(chunk) = next_chunk(&mut body).await {
        match chunk {
            Ok(chunk) => all.extend_from_slice(&chunk),
            // Of an answer that is an error anyway, what was read is enough.
            Err(_) if !head.status.is_success() => break,
            Err(error) => return Err(head.body_error(error, Bytes::new())),
        }
        if all.len() > LONGEST {
            return Err(head.error(ErrorKind::Decode, "the answer is longer than any token", Bytes::new()));
        }
    }
    Ok(all.freeze())
}

/// The error of an answer whose status is no success. A secret that was sent is taken out of all that is kept.
#[cold]
#[inline]
pub(super) fn refused(what: &str, head: ResponseHead, body: Bytes, sent: Option<&Secret>) -> Error {
    let body = match sent {
        Some(secret) => without(body, secret),
        None => body,
    };
    let status = head.status;
    if status.is_redirection() {
        let message = format!("{what} failed: the server answered {status}, and a token is sent nowhere else");
        return head.error(ErrorKind::Redirect, message, body);
    }
    let redactor = head.redactor_of(&body);
    let error = Error::from_response(status, head.headers, body, false).prefixed(&format!("{what} failed"));
    let error = redactor.error(error);
    match status.as_u16() {
        // These may pass, and say nothing of the credential.
        408 | 409 | 429 => error,
        400..=499 => error.with_kind(ErrorKind::Authentication),
        _ => error,
    }
}

/// The body, with a secret taken out before any part of it is cut out for a message.
#[inline]
fn without(body: Bytes, secret: &Secret) -> Bytes {
    let text = String::from_utf8_lossy(&body);
    if text.contains(secret.expose()) { text.replace(secret.expose(), "***").into() } else { body.clone() }
}

/// The error of an answer that is a success and yet no token. What it says is not repeated: it may be a token all the
/// same.
#[cold]
#[inline]
pub(super) fn unusable(what: &str, head: &ResponseHead, why: &str) -> Error {
    let media = match head.header("content-type") {
        Some(media) => format!(" (its content type is {media})"),
        None => String::new(),
    };
    head.error(ErrorKind::Decode, format!("{what} failed: the answer {why}{media}"), Bytes::new())
}
