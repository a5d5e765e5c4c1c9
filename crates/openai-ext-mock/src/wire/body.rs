//! Bodies for hyper: whole ones, events that leave one at a time, and what breaks off on purpose.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use super::event::Event;
use super::feed::EventFeed;
use super::reply::{Fault, ReplyBody};

/// The body of an answer. Its error tells hyper to break the connection.
pub(crate) struct MockBody {
    frames: std::vec::IntoIter<Bytes>,
    /// Events that later requests send.
    later: Option<EventFeed>,
    /// The length, if the body comes in one piece and to its end.
    exact: Option<u64>,
    end: End,
    interval: Duration,
    pause: Option<Pin<Box<Sleep>>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Whole,
    Broken,
    Never,
}

impl MockBody {
    pub(crate) fn new(body: ReplyBody, fault: Option<Fault>, interval: Duration) -> Self {
        let is_whole = matches!(body, ReplyBody::Whole(_));
        let (mut frames, later): (Vec<Bytes>, _) = match body {
            ReplyBody::Whole(bytes) => (Some(bytes).filter(|bytes| !bytes.is_empty()).into_iter().collect(), None),
            ReplyBody::Events(events) => (events.iter().map(Event::to_bytes).collect(), None),
            ReplyBody::Open(events, later) => (events.iter().map(Event::to_bytes).collect(), Some(later)),
        };
        let end = cut(&mut frames, fault, is_whole);
        let length = frames.iter().map(|frame| frame.len() as u64).sum();
        let exact = (is_whole && end == End::Whole).then_some(length);
        let interval = if is_whole { Duration::ZERO } else { interval };
        Self { frames: frames.into_iter(), later, exact, end, interval, pause: None }
    }
}

/// Takes away what a fault keeps from the client. A body without events has none that could come before the fault.
fn cut(frames: &mut Vec<Bytes>, fault: Option<Fault>, is_whole: bool) -> End {
    let first = |count: usize| if is_whole { 0 } else { count };
    match fault {
        None | Some(Fault::Disconnect | Fault::Silence) => return End::Whole,
        Some(Fault::CutEvents(count) | Fault::StallEvents(count) | Fault::EndEvents(count)) => {
            frames.truncate(first(count));
        }
        Some(Fault::CutBody(mut left)) => {
            for frame in frames.iter_mut() {
                frame.truncate(left);
                left -= frame.len();
            }
            frames.retain(|frame| !frame.is_empty());
        }
    }
    match fault {
        Some(Fault::EndEvents(_)) => End::Whole,
        Some(Fault::StallEvents(_)) => End::Never,
        _ => End::Broken,
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
        match (this.frames.next(), this.end) {
            (Some(frame), _) => Poll::Ready(Some(Ok(Frame::data(frame)))),
            (None, End::Whole) => {
                let Some(later) = &this.later else { return Poll::Ready(None) };
                Poll::Ready(ready!(later.poll(cx)).map(|event| Ok(Frame::data(event.to_bytes()))))
            }
            (None, End::Broken) => Poll::Ready(Some(Err(io::ErrorKind::ConnectionAborted.into()))),
            // hyper sees for itself when the client goes away.
            (None, End::Never) => Poll::Pending,
        }
    }

    fn is_end_stream(&self) -> bool {
        self.end == End::Whole && self.frames.len() == 0 && self.later.is_none()
    }

    fn size_hint(&self) -> SizeHint {
        self.exact.map_or_else(SizeHint::default, SizeHint::with_exact)
    }
}
