//! A response read as far as the call wants it read.

use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::{Bytes, BytesMut};
use futures_core::Stream;

use super::prepared::{Mode, PreparedCall};
use crate::error::{BoxError, Error, ErrorKind, Result, excerpt};
use crate::io::time::{Instant, timeout_at};
use crate::io::transport::{Body, next_chunk};
use crate::json;
use crate::request::endpoint::{Endpoint, Paging};
use crate::response::collection::{Collected, Failure, collect};
use crate::response::gzip::{self, Encoding};
use crate::response::head::ResponseHead;
use crate::response::reply::{Reply, starts_document};
use crate::response::reported::LARGEST_REPORT;
use crate::trace::StreamSpan;

/// More of an error's body than this is not kept.
const ERROR_BODY: usize = 4 * 1024 * 1024;
/// This much of a body that is larger than allowed is in the error.
const START: usize = 4096;
/// A body that begins with more white space than this is not looked at further.
const BLANKS: usize = 64 * 1024;

impl PreparedCall {
    /// Reads a response as far as the mode says.
    pub(super) async fn receive(
        &self,
        mut head: ResponseHead,
        body: Body,
        encoding: &Encoding,
        deadline: Instant,
    ) -> Result<Reply> {
        let packing = encoding.packing();
        let packed = packing.is_some();
        let readable = !matches!(encoding, Encoding::Unknown(_));
        #[cfg(feature = "websocket")]
        if self.upgrades() && head.status == http::StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.reply(head, Bytes::new(), Some(body), false));
        }
        let success = head.status.is_success();
        let mut body = body;
        if success && self.mode != Mode::Buffered && !self.upgrades() {
            let mut is_text = true;
            if !readable {
                // Some servers name an encoding that the body does not have.
                (is_text, body) = starts_as_text(body, deadline).await;
            }
            if is_text {
                if packed {
                    gzip::strip(&mut head.headers);
                }
                let body = match packing {
                    Some(packing) => gzip::unpack(body, packing),
                    None => body,
                };
                return self.receive_stream(head, body, packed, deadline).await;
            }
        }
        let limit = if success && readable { self.max_response_size } else { ERROR_BODY };
        // A length that is told is not believed: the body may be shorter, and then it is one that broke off.
        let read = collect(body, packing, deadline, limit).await;
        if success && readable && read.is_cut {
            return Err(head.too_large(limit, Bytes::copy_from_slice(&read.bytes[..read.bytes.len().min(START)])));
        }
        if packed && !read.raw {
            gzip::strip(&mut head.headers);
        }
        self.whole(head, read, encoding)
    }

    /// Reads a response that has passed the layers around the call, as far as the mode says. `is_whole` says that its body
    /// was read before they got it.
    #[cfg(feature = "tower")]
    pub(super) async fn receive_again(
        &self,
        head: ResponseHead,
        body: Body,
        packed: bool,
        is_whole: bool,
        deadline: Instant,
    ) -> Result<Reply> {
        let is_success = head.status.is_success() || head.status == http::StatusCode::SWITCHING_PROTOCOLS;
        if is_success
            && is_whole
            && let Some(bytes) = body.as_bytes()
        {
            let bytes = bytes.clone();
            return Ok(self.reply(head, bytes, None, packed));
        }
        if is_success && self.mode != Mode::Buffered {
            return Ok(self.reply(head, Bytes::new(), Some(body), packed));
        }
        let limit = if is_success { self.max_response_size } else { ERROR_BODY };
        let read = collect(body, None, deadline, limit).await;
        if is_success && read.is_cut {
            return Err(head.too_large(limit, Bytes::copy_from_slice(&read.bytes[..read.bytes.len().min(START)])));
        }
        self.whole(head, read, &Encoding::Plain)
    }

    /// Returns the reply with a body that was read, or the error that it is.
    fn whole(&self, head: ResponseHead, read: Collected, encoding: &Encoding) -> Result<Reply> {
        let (attempts, bytes) = (head.attempts, read.bytes);
        if !head.status.is_success() {
            let readable = !matches!(encoding, Encoding::Unknown(_));
            let unread = (read.raw || !readable) && !bytes.is_empty();
            let redactor = head.redactor_of(&bytes);
            let error = Error::from_response(head.status, head.headers, bytes, unread).received(head.received);
            return Err(error.with_attempts(attempts).redact(&redactor));
        }
        match (read.failed, encoding) {
            (Some(Failure::Broken(error)), _) => Err(head.body_error(error, bytes)),
            (Some(Failure::Late), _) => {
                Err(head.error(ErrorKind::Timeout, self.limit_text("the response was not complete"), bytes))
            }
            (None, Encoding::Unknown(name)) if !bytes.is_empty() && std::str::from_utf8(&bytes).is_err() => {
                let message = format!("the response is encoded as {name}, which was not asked for");
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) if self.upgrades() => {
                let media = head.header("content-type").unwrap_or_default();
                let message = format!("expected a WebSocket, found {media}; it starts: {}", excerpt(&bytes));
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) => Ok(self.reply(head, bytes, None, encoding.packing().is_some())),
        }
    }

    fn reply(&self, head: ResponseHead, bytes: Bytes, body: Option<Body>, packed: bool) -> Reply {
        let defaults = &self.channel.defaults;
        Reply {
            head,
            bytes,
            body,
            packed,
            expects_json: self.expects_json(),
            is_text: self.inputs.endpoint.is_text,
            is_list: self.inputs.endpoint.paging != Paging::None,
            idle_timeout: defaults.idle_timeout,
            event_idle_timeout: defaults.event_idle_timeout,
            done: self.inputs.endpoint.stream,
            max_event_size: defaults.max_event_size,
            max_size: self.inputs.max_response_size,
            max_whole_size: self.max_response_size,
            min_rate: defaults.min_rate,
            span: StreamSpan::default(),
        }
    }

    /// Hands a body on as it comes. A label that promises something else may be wrong, so that the first bytes tell: what
    /// is not handed on is read as a whole.
    async fn receive_stream(
        &self,
        mut head: ResponseHead,
        mut body: Body,
        packed: bool,
        deadline: Instant,
    ) -> Result<Reply> {
        head.detach_headers();
        let media = head.header("content-type").unwrap_or_default();
        let is_suspect = match self.mode {
            Mode::Events => ["json", "text/html", "text/xml"].into_iter().any(|other| media.contains(other)),
            _ => media.contains("json") && !self.expects_json(),
        };
        if !is_suspect {
            return Ok(self.reply(head, Bytes::new(), Some(body), packed));
        }
        let mut first = BytesMut::new();
        let mut begun = false;
        while !begun && first.len() < BLANKS {
            match timeout_at(deadline, next_chunk(&mut body)).await {
                Ok(Some(Ok(chunk))) => {
                    begun = starts(&chunk);
                    first.extend_from_slice(&chunk);
                }
                Ok(None) => return Ok(self.reply(head, first.freeze(), None, packed)),
                Ok(Some(Err(error))) => return Err(head.body_error(error, first.freeze())),
                Err(_) => {
                    return Err(head.error(ErrorKind::Timeout, self.limit_text("nothing came"), first.freeze()));
                }
            }
        }
        let mut first = first.freeze();
        if self.mode != Mode::Events {
            (first, body) = read_report(first, body, deadline).await;
        }
        let body = Body::from_stream(Resumed { first: Some(Ok(first.clone())), body }, None);
        let is_whole = match self.mode {
            Mode::Events => starts_document(&first),
            _ => first.len() <= LARGEST_REPORT && head.reported_alone(&first).is_some(),
        };
        if !is_whole {
            return Ok(self.reply(head, Bytes::new(), Some(body), packed));
        }
        let read = collect(body, None, deadline, ERROR_BODY).await;
        Ok(self.reply(head, read.bytes, None, packed))
    }

    fn expects_json(&self) -> bool {
        self.inputs.endpoint.accept == Endpoint::DEFAULT.accept
    }
}

/// Tells whether the first chunk of a body is text, and the body. A character may be cut off at its end.
async fn starts_as_text(mut body: Body, deadline: Instant) -> (bool, Body) {
    let Ok(Some(first)) = timeout_at(deadline, next_chunk(&mut body)).await else { return (true, Body::empty()) };
    let is_text = first.as_ref().is_ok_and(|first| match std::str::from_utf8(first) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    });
    let first = Some(first).filter(|first| !first.as_ref().is_ok_and(Bytes::is_empty));
    (is_text, Body::from_stream(Resumed { first, body }, None))
}

/// Reads on while a body may be the report of an error, which may come in several pieces; gives what was read, and the rest.
async fn read_report(first: Bytes, mut body: Body, deadline: Instant) -> (Bytes, Body) {
    let mut read = Vec::from(first);
    while read.len() <= LARGEST_REPORT && may_be_report(&read) {
        match timeout_at(deadline, next_chunk(&mut body)).await {
            Ok(Some(Ok(chunk))) => read.extend_from_slice(&chunk),
            Ok(Some(Err(error))) => {
                body = Body::from_stream(Resumed { first: Some(Err(error)), body: Body::empty() }, None);
                break;
            }
            Ok(None) => {
                body = Body::empty();
                break;
            }
            // The limit is one of the first bytes.
            Err(_) => break,
        }
    }
    (read.into(), body)
}

/// Returns whether the start of a body can be that of one JSON object or list. Rows of JSON are not.
fn may_be_report(start: &[u8]) -> bool {
    let start = json::without_mark(start).trim_ascii_start();
    let rows = memchr::memchr(b'\n', start).map(|end| start.split_at(end));
    let is_rows = rows.is_some_and(|(row, rest)| {
        !rest.trim_ascii().is_empty() && serde_json::from_slice::<serde::de::IgnoredAny>(row).is_ok()
    });
    matches!(start.first(), Some(b'{' | b'[')) && !is_rows
}

/// Tells whether there is more than white space.
fn starts(bytes: &[u8]) -> bool {
    !json::without_mark(bytes).trim_ascii_start().is_empty()
}

/// A body of which the first chunk was read before.
struct Resumed {
    first: Option<Result<Bytes, BoxError>>,
    body: Body,
}

impl Stream for Resumed {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.first.take() {
            Some(first) => Poll::Ready(Some(first)),
            None => Pin::new(&mut self.body).poll_next(context),
        }
    }
}
