//! A response read as far as the call wants it read.

use bytes::Bytes;
use tokio::time::Instant;

use super::prepared::{Mode, PreparedCall};
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::io::transport::Body;
use crate::response::collection::{Failure, collect};
use crate::response::gzip::{self, Encoding};
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;
use crate::trace::StreamSpan;

/// More of an error's body than this is not kept.
const ERROR_BODY: usize = 4 * 1024 * 1024;

impl PreparedCall {
    /// Reads a response as far as the mode says.
    pub(super) async fn receive(
        &self,
        mut head: ResponseHead,
        body: Body,
        encoding: &Encoding,
        deadline: Instant,
    ) -> Result<Reply> {
        let packed = *encoding == Encoding::Gzip;
        let readable = !matches!(encoding, Encoding::Unknown(_));
        #[cfg(feature = "websocket")]
        if self.upgrades() && head.status == http::StatusCode::SWITCHING_PROTOCOLS {
            return Ok(self.reply(head, Bytes::new(), Some(body), false));
        }
        let success = head.status.is_success();
        let streams = self.mode != Mode::Buffered && !self.upgrades() && !self.is_not_events(&head);
        if success && readable && streams {
            if packed {
                gzip::strip(&mut head.headers);
            }
            let body = if packed { gzip::unpack(body) } else { body };
            return Ok(self.reply(head, Bytes::new(), Some(body), packed));
        }
        let limit = if success && readable { usize::MAX } else { ERROR_BODY };
        let read = collect(body, packed, deadline, limit).await;
        let (attempts, bytes) = (head.attempts, read.bytes);
        if packed && !read.raw {
            gzip::strip(&mut head.headers);
        }
        if !success {
            let unread = (read.raw || !readable) && !bytes.is_empty();
            return Err(Error::from_response(head.status, head.headers, bytes, unread).with_attempts(attempts));
        }
        match (read.failed, encoding) {
            (Some(Failure::Broken(error)), _) => Err(head.body_error(error, bytes)),
            (Some(Failure::Late), _) => {
                Err(head.error(ErrorKind::Timeout, self.limit_text("the response was not complete"), bytes))
            }
            (None, Encoding::Unknown(name)) if !bytes.is_empty() => {
                let message = format!("the response is encoded as {name}, which was not asked for");
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) if self.mode == Mode::Events || self.upgrades() => {
                let expected = if self.upgrades() { "a WebSocket" } else { "an event stream" };
                let media = head.header("content-type").unwrap_or_default();
                let start = excerpt(&bytes);
                let message = format!("expected {expected}, found {media}; it starts: {start}");
                Err(head.error(ErrorKind::Decode, message, bytes))
            }
            (None, _) => Ok(self.reply(head, bytes, None, packed)),
        }
    }

    fn reply(&self, head: ResponseHead, bytes: Bytes, body: Option<Body>, packed: bool) -> Reply {
        let defaults = &self.channel.defaults;
        Reply {
            head,
            bytes,
            body,
            packed,
            idle_timeout: defaults.idle_timeout,
            done: self.inputs.endpoint.stream,
            max_event_size: defaults.max_event_size,
            span: StreamSpan::default(),
        }
    }

    /// Whether events were asked for and something else came, as a proxy's page.
    fn is_not_events(&self, head: &ResponseHead) -> bool {
        let media = head.header("content-type").unwrap_or_default();
        self.mode == Mode::Events && (media.contains("application/json") || media.contains("text/html"))
    }
}
