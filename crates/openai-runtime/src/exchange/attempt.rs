//! One attempt of a call: a request, the redirects that it follows, and its response.

use ::url::Url;
use bytes::Bytes;
use http::StatusCode;
use http::header::{self, HeaderMap};

use super::prepared::PreparedCall;
use super::retries::Failed;
use crate::error::{Error, ErrorKind, Redactor, Result};
use crate::io::time::{Instant, after, timeout_at};
use crate::io::transport::{Body, Queued};
use crate::request::headers::{self, Change};
use crate::request::sensitivity::proxy_redactor;
use crate::response::failure::transport_error;
use crate::response::gzip::Encoding;
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;

const REDIRECTS: u32 = 5;

impl PreparedCall {
    /// Makes one attempt, with these headers besides. `sent` counts the attempts before it.
    pub(crate) async fn attempt(&self, sent: u32, changes: &[Change]) -> Result<Reply, Failed> {
        let deadline = after(Instant::now(), self.timeout);
        let mut head = self.head(sent, changes, deadline).await?;
        let mut stripped = self.is_foreign;
        let headers = std::mem::take(&mut head.headers);
        let url = head.url.clone();
        let error = match self.exchange(url, headers, deadline, sent + 1, &head.redactor, &mut stripped).await {
            Ok(reply) => return Ok(reply),
            Err(error) => head.redactor.error(error),
        };
        // Another origin, which did not get the credential, can't refuse it.
        let refused = !stripped && error.status() == Some(StatusCode::UNAUTHORIZED);
        if refused && self.channel.credentials.refuse(head.credential.as_ref(), head.extensions.as_ref()) {
            Err(Failed::Refused(error))
        } else {
            Err(error.into())
        }
    }

    /// Sends the request, follows redirects and reads the response as far as the mode says.
    async fn exchange(
        &self,
        mut url: Url,
        mut headers: HeaderMap,
        deadline: Instant,
        attempts: u32,
        redactor: &Redactor,
        stripped: &mut bool,
    ) -> Result<Reply> {
        let mut redirects = 0;
        // What the caller asks for himself he wants as it is.
        let accepted = headers.get(header::ACCEPT_ENCODING).filter(|_| self.sets(&header::ACCEPT_ENCODING)).cloned();
        let first = url.clone();
        let (mut head, body) = loop {
            let (mut head, body) = self.send(&url, headers.clone(), deadline, attempts).await?;
            head.redactor = head.redactor.and(redactor);
            let Some(next) = self.redirect(&first, &url, &head)? else { break (head, body) };
            redirects += 1;
            if redirects > REDIRECTS {
                return Err(head.error(ErrorKind::Redirect, "more than 5 redirects", Bytes::new()));
            }
            if next.origin() != url.origin() {
                headers::keep_common(&mut headers);
                *stripped = true;
            }
            url = next;
        };
        head.redactor.clone().headers(&mut head.headers);
        let encoding = Encoding::of(&head.headers, accepted.as_ref());
        self.receive(head, body, &encoding, deadline).await
    }

    /// Sends one request once, up to the headers of its response.
    async fn send(
        &self,
        url: &Url,
        headers: HeaderMap,
        deadline: Instant,
        attempts: u32,
    ) -> Result<(ResponseHead, Body)> {
        // A pipe that nobody writes to can't be opened.
        let body = match timeout_at(deadline, self.body.open()).await {
            Ok(body) => body.map_err(|error| error.with_attempts(attempts - 1))?,
            Err(_) => return Err(self.timed_out(attempts - 1)),
        };
        let mut request = http::Request::new(body);
        *request.method_mut() = self.method.clone();
        *request.uri_mut() = self.channel.last_urls.uri(url)?;
        *request.headers_mut() = headers;
        let queued = Queued::default();
        #[cfg(feature = "websocket")]
        if self.upgrades() {
            request.extensions_mut().insert(crate::io::transport::Upgrade);
        }
        let response = match timeout_at(deadline, self.channel.carry(request, &queued)).await {
            Ok(Ok(response)) => response,
            Ok(Err(error)) => return Err(transport_error(error, attempts)),
            Err(_) if queued.is_waiting() => {
                let message = self.limit_text("no connection became free");
                return Err(Error::new(ErrorKind::Timeout, message).with_attempts(attempts));
            }
            Err(_) => return Err(self.timed_out(attempts)),
        };
        let (parts, body) = response.into_parts();
        let secrets = self.inputs.endpoint.secrets;
        let (redactor, strict) = (proxy_redactor(&parts.extensions), self.channel.defaults.strict_decoding);
        let (status, headers, received) = (parts.status, parts.headers, Some(self.channel.clock.now()));
        Ok((ResponseHead { status, headers, received, attempts, secrets, redactor, strict }, body))
    }
}
