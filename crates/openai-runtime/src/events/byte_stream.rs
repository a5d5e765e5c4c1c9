//! Bodies that are handed on as they come.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, Waker, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_core::Stream;

use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::{Error, ErrorKind, Result, caught, check_runtime};
use crate::exchange::prepared::Mode;
use crate::io::time::{Instant, Sleep, after, sleep_until};
use crate::io::transport::Body;
use crate::response::head::{ResponseHead, head_accessors};
use crate::response::reply::{MinRate, Reply};
use crate::trace::StreamSpan;

/// The body of a response as it comes: a `Stream` of chunks.
///
/// It may stay silent for the client's `idle_timeout`. Dropping it ends the download.
pub struct ByteStream {
    pub(crate) head: ResponseHead,
    body: Option<Body>,
    idle_timeout: Duration,
    silence: Silence,
    /// The bytes that there may be, and those that came.
    max_size: Option<usize>,
    received: usize,
    pace: Option<Pace>,
    pub(crate) span: StreamSpan,
}

impl ByteStream {
    pub(crate) fn new(reply: Reply) -> Self {
        let body = Some(reply.body.unwrap_or_else(|| Body::from(reply.bytes)));
        Self {
            head: reply.head,
            body,
            idle_timeout: reply.idle_timeout,
            silence: Silence::default(),
            max_size: reply.max_size,
            received: 0,
            pace: reply.min_rate.map(Pace::new),
            span: reply.span,
        }
    }

    /// The length of the whole body, if the server told it.
    #[must_use]
    pub fn content_length(&self) -> Option<u64> {
        self.head.header("content-length")?.parse().ok()
    }

    /// The next chunk, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|context| Pin::new(&mut *self).poll_next(context)).await
    }

    pub(crate) fn poll_chunk(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        let Some(body) = &mut self.body else { return Poll::Ready(None) };
        match Pin::new(body).poll_next(context) {
            Poll::Ready(Some(Ok(chunk))) => {
                self.silence.since = None;
                self.received = self.received.saturating_add(chunk.len());
                match self.max_size {
                    Some(limit) if self.received > limit => self.fail(self.head.too_large(limit, Bytes::new())),
                    _ if !self.pace.as_mut().is_none_or(|pace| pace.take(chunk.len())) => self.fail_slow(),
                    _ => Poll::Ready(Some(Ok(chunk))),
                }
            }
            Poll::Ready(Some(Err(error))) => {
                let error = self.head.body_error(error, Bytes::new());
                self.fail(error)
            }
            Poll::Ready(None) => {
                self.body = None;
                Poll::Ready(None)
            }
            Poll::Pending => {
                match self.pace.as_mut().map(|pace| pace.poll(context)) {
                    Some(Poll::Ready(Ok(()))) => return self.fail_slow(),
                    Some(Poll::Ready(Err(error))) => return self.fail(error),
                    Some(Poll::Pending) | None => {}
                }
                if self.idle_timeout == Duration::MAX {
                    return Poll::Pending;
                }
                let silence = ready!(self.silence.poll(self.idle_timeout, context));
                let error = silence.err().unwrap_or_else(|| {
                    let message = format!("the stream was silent for {:?}", self.idle_timeout);
                    self.head.error(ErrorKind::Timeout, message, Bytes::new())
                });
                self.fail(error)
            }
        }
    }

    fn fail(&mut self, error: Error) -> Poll<Option<Result<Bytes>>> {
        self.body = None;
        self.span.failed(&error);
        Poll::Ready(Some(Err(error)))
    }

    #[cold]
    fn fail_slow(&mut self) -> Poll<Option<Result<Bytes>>> {
        let what = self.pace.as_ref().map(Pace::describe).unwrap_or_default();
        self.fail(self.head.error(ErrorKind::Timeout, what, Bytes::new()))
    }

    /// Waits a moment for the body's end, so that the connection can be used again; else it is closed.
    pub(crate) fn poll_close(&mut self, context: &mut Context<'_>) -> Poll<()> {
        const MOMENT: Duration = Duration::from_millis(10);
        /// A body that goes on for longer than this is not waited for.
        const REST: usize = 256 * 1024;
        if self.idle_timeout == Duration::MAX {
            // There is no connection of ours, and perhaps no timer.
            self.body = None;
        }
        self.idle_timeout = self.idle_timeout.min(MOMENT);
        let mut rest = 0;
        while let Some(body) = &mut self.body {
            match Pin::new(body).poll_next(context) {
                Poll::Pending => {
                    // The body is let go either way.
                    let _ = ready!(self.silence.poll(self.idle_timeout, context));
                    self.body = None;
                }
                Poll::Ready(Some(Ok(chunk))) if rest < REST => rest += chunk.len().max(1),
                Poll::Ready(_) => self.body = None,
            }
        }
        Poll::Ready(())
    }

    pub(crate) fn abort(&mut self) {
        self.body = None;
    }
}

impl Call {
    /// Sends the call and gives the response's body as it comes.
    pub fn bytes_stream(self) -> Pending<ByteStream> {
        Pending::reply(self, Mode::Streamed, |reply| {
            reply.check_alone()?;
            Ok(ByteStream::new(reply))
        })
    }
}

head_accessors!([] ByteStream, head);

impl Stream for ByteStream {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let chunk = ready!(self.poll_chunk(context));
        if chunk.is_none() {
            self.span.ended();
        }
        Poll::Ready(chunk)
    }
}

impl fmt::Debug for ByteStream {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ByteStream")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

/// The bytes that came in a time of waiting, against those that are to come in it. The time that the caller takes
/// between two chunks does not count.
struct Pace {
    rate: MinRate,
    bytes: u64,
    /// The waits of this window that are over.
    waited: Duration,
    wait: Silence,
}

impl Pace {
    fn new(rate: MinRate) -> Self {
        Self { rate, bytes: 0, waited: Duration::ZERO, wait: Silence::default() }
    }

    /// Counts a chunk, and returns if the window that it ends has enough.
    fn take(&mut self, bytes: usize) -> bool {
        self.bytes = self.bytes.saturating_add(bytes as u64);
        if let Some(since) = self.wait.since.take() {
            self.waited += since.elapsed();
        }
        if self.waited < self.rate.window {
            return true;
        }
        let is_enough = self.bytes >= self.rate.bytes;
        (self.bytes, self.waited) = (0, Duration::ZERO);
        is_enough
    }

    /// Ready once the window is over without enough bytes.
    fn poll(&mut self, context: &mut Context<'_>) -> Poll<Result<()>> {
        loop {
            ready!(self.wait.poll(self.rate.window.saturating_sub(self.waited), context))?;
            if self.bytes < self.rate.bytes {
                return Poll::Ready(Ok(()));
            }
            (self.bytes, self.waited, self.wait.since) = (0, Duration::ZERO, None);
        }
    }

    fn describe(&self) -> String {
        let MinRate { bytes, window } = self.rate;
        format!("the response brought less than {bytes} bytes in {window:?}, the least that `min_download_rate` allows")
    }
}

/// The timer of the silence of a stream.
///
/// A stream waits once for each of its events, so that moving a timer each time would be a good part of what the event
/// costs: the timer runs on, and what it is worth is seen once it is over.
#[derive(Default)]
pub(super) struct Silence {
    pub(super) since: Option<Instant>,
    timer: Option<Pin<Box<Sleep>>>,
    /// Whom the timer wakes.
    waker: Option<Waker>,
}

impl Silence {
    /// Ready once nothing came for the whole limit, or with the error that there are no timers here.
    pub(super) fn poll(&mut self, limit: Duration, context: &mut Context<'_>) -> Poll<Result<()>> {
        let since = *self.since.get_or_insert_with(Instant::now);
        let end = after(since, limit);
        let timer = match &mut self.timer {
            Some(timer) => timer,
            none => none.insert(check_runtime().and_then(|()| caught(|| Box::pin(sleep_until(end))))?),
        };
        let is_known = self.waker.as_ref().is_some_and(|waker| waker.will_wake(context.waker()));
        if is_known && timer.deadline() <= end && !timer.is_elapsed() {
            return Poll::Pending;
        }
        if timer.deadline() > end {
            timer.as_mut().reset(end);
        }
        self.waker = Some(context.waker().clone());
        while timer.as_mut().poll(context).is_ready() {
            if timer.deadline() >= end {
                return Poll::Ready(Ok(()));
            }
            timer.as_mut().reset(end);
        }
        Poll::Pending
    }
}
