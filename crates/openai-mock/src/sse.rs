//! Bodies for hyper: whole ones, and events that leave one at a time.

use std::io;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::time::{Sleep, sleep};

use crate::reply::{Event, ReplyBody};

/// The body of an answer. Its error is how a broken connection will be told to hyper.
pub(crate) enum MockBody {
    Whole(Option<Bytes>),
    Events { events: std::vec::IntoIter<Event>, interval: Duration, pause: Option<Pin<Box<Sleep>>> },
}

impl MockBody {
    pub(crate) fn new(body: ReplyBody, interval: Duration) -> Self {
        match body {
            ReplyBody::Whole(bytes) => Self::Whole(Some(bytes).filter(|bytes| !bytes.is_empty())),
            ReplyBody::Events(events) => Self::Events { events: events.into_iter(), interval, pause: None },
        }
    }
}

impl Body for MockBody {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Events { events, interval, pause } => {
                if let Some(running) = pause {
                    ready!(running.as_mut().poll(cx));
                }
                *pause = (!interval.is_zero()).then(|| Box::pin(sleep(*interval)));
                Poll::Ready(events.next().map(|event| Ok(Frame::data(event.to_bytes()))))
            }
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Events { events, .. } => events.len() == 0,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Events { .. } => SizeHint::default(),
        }
    }
}
