//! Bodies for hyper: whole ones, events that leave one at a time, and what breaks off on purpose.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::breaker::Breaker;
use super::event::Event;
use super::fault::Fault;
use super::feed::EventFeed;
use super::reply::ReplyBody;

/// The body of an answer.
pub(crate) struct MockBody {
    frames: std::vec::IntoIter<Bytes>,
    /// Events that later requests send.
    later: Option<EventFeed>,
    /// The length, if the body comes in one piece and to its end.
    exact: Option<u64>,
    fault: Option<Countdown>,
    breaker: Breaker,
    interval: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

/// A fault, and how much is still sent before it.
struct Countdown {
    left: usize,
    unit: Unit,
    end: End,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    Bytes,
    Events,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
    Never,
}

impl Countdown {
    fn of(fault: Fault) -> Option<Self> {
        let (left, unit, end) = match fault {
            Fault::Disconnect | Fault::Silence => return None,
            Fault::CutBody(count) => (count, Unit::Bytes, End::Broken),
            Fault::CutEvents(count) => (count, Unit::Events, End::Broken),
            Fault::StallEvents(count) => (count, Unit::Events, End::Never),
            Fault::EndEvents(count) => (count, Unit::Events, End::Whole),
        };
        Some(Self { left, unit, end })
    }

    /// Takes away what the fault keeps from the client.
    fn cut(&mut self, mut frame: Bytes) -> Bytes {
        match self.unit {
            Unit::Bytes => {
                frame.truncate(self.left);
                self.left -= frame.len();
            }
            Unit::Events => self.left = self.left.saturating_sub(1),
        }
        frame
    }
}

impl MockBody {
    pub(crate) fn new(body: ReplyBody, fault: Option<Fault>, interval: Duration) -> Self {
        let is_whole = matches!(body, ReplyBody::Whole(_));
        let (frames, later): (Vec<Bytes>, _) = match body {
            ReplyBody::Whole(bytes) => (Some(bytes).filter(|bytes| !bytes.is_empty()).into_iter().collect(), None),
            ReplyBody::Events(events) => (events.iter().map(Event::to_bytes).collect(), None),
            ReplyBody::Open(events, later) => (events.iter().map(Event::to_bytes).collect(), Some(later)),
        };
        let fault = fault.and_then(Countdown::of);
        let length = frames.iter().map(|frame| frame.len() as u64).sum();
        let exact = (is_whole && fault.is_none()).then_some(length);
        let interval = if is_whole { Duration::ZERO } else { interval };
        Self { frames: frames.into_iter(), later, exact, fault, breaker: Breaker::default(), interval, pause: None }
    }

    /// The same body over a connection that it can break.
    pub(crate) fn over(mut self, breaker: &Breaker) -> Self {
        self.breaker = breaker.clone();
        self
    }

    fn poll_data(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        match (self.frames.next(), &self.later) {
            (Some(frame), _) => Poll::Ready(Some(frame)),
            (None, Some(later)) => later.poll(cx).map(|event| event.map(|event| event.to_bytes())),
            (None, None) => Poll::Ready(None),
        }
    }

    /// The end that a fault brings, once it is due.
    fn poll_end(&self, end: End) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match end {
            End::Whole => Poll::Ready(None),
            // The connection breaks when it is flushed, which hyper does next.
            End::Broken => {
                self.breaker.trip();
                Poll::Pending
            }
            // hyper sees for itself when the client goes away.
            End::Never => Poll::Pending,
        }
    }
}

impl Body for MockBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        let this = self.get_mut();
        if let Some(running) = &mut this.pause {
            ready!(running.as_mut().poll(cx));
        }
        this.pause = (!this.interval.is_zero()).then(|| Box::pin(sleep(this.interval)));
        if let Some(Countdown { left: 0, end, .. }) = &this.fault {
            return this.poll_end(*end);
        }
        let Some(frame) = ready!(this.poll_data(cx)) else {
            // A fault that is due behind the last event still comes.
            return match &this.fault {
                Some(Countdown { end, .. }) => this.poll_end(*end),
                None => Poll::Ready(None),
            };
        };
        let frame = match &mut this.fault {
            Some(fault) => fault.cut(frame),
            None => frame,
        };
        Poll::Ready(Some(Ok(Frame::data(frame))))
    }

    fn is_end_stream(&self) -> bool {
        self.fault.is_none() && self.frames.len() == 0 && self.later.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
