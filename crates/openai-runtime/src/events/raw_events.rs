//! The events of a response as texts, and written anew for somebody else.

use std::collections::VecDeque;
use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;

use super::event_stream::EventStream;
use super::untyped::UntypedEvents;
use crate::error::Result;
use crate::response::head::head_accessors;

/// An event of a stream as it came.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct RawEvent {
    /// The name from `event:`; empty if there was none.
    pub event: String,
    /// The lines of `data:`, joined by LF. Bytes that are no UTF-8 are replaced.
    pub data: String,
    /// The last `id:` of the stream so far; empty if there was none.
    pub id: String,
}

/// The events of a response as texts: a `Stream`. It ends and fails as an
/// [`EventStream`](crate::EventStream) does; data that is no JSON is no failure.
pub struct RawEvents {
    events: UntypedEvents,
}

impl RawEvents {
    fn new(mut events: UntypedEvents) -> Self {
        events.keeps_noise = true;
        Self { events }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<RawEvent>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Ends the stream now: there are no more events, and the connection is closed.
    pub fn close(&mut self) {
        self.events.close();
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<RawEvent>>> {
        let mut raw = RawEvent::default();
        let read = ready!(self.events.poll_with(context, &mut |event| {
            let text = |bytes| String::from_utf8_lossy(bytes).into_owned();
            raw = RawEvent { event: text(event.name), data: text(event.data), id: text(event.id) };
            // Nothing tells what the event should have.
            Ok(false)
        }));
        Poll::Ready(read.map(|read| read.map(|()| raw)))
    }
}

head_accessors!([] RawEvents, events.bytes.head);

impl Stream for RawEvents {
    type Item = Result<RawEvent>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl fmt::Debug for RawEvents {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RawEvents")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

impl<E> EventStream<E> {
    /// The events that are still to come as texts, whatever they hold: for logs and for tools that read them on their own.
    #[must_use]
    pub fn raw_events(self) -> RawEvents {
        RawEvents::new(self.events)
    }

    /// The events that are still to come as server-sent events, to be handed on to a browser.
    ///
    /// Comments and fields that mean nothing are left out, `[DONE]` is sent if it came. An error of the stream is an item
    /// of its own: what has to be said to the browser then is the caller's choice.
    #[must_use]
    pub fn to_sse(self) -> Encoded {
        Encoded::new(self.raw_events(), EventFormat::Sse)
    }

    /// The data of the events that are still to come, a line each: `application/x-ndjson`.
    #[must_use]
    pub fn to_ndjson(self) -> Encoded {
        Encoded::new(self.raw_events(), EventFormat::Lines)
    }
}

/// How events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventFormat {
    Sse,
    Lines,
}

/// The events of a response written anew: a `Stream` of bytes, to be the body of one's own response.
#[derive(Debug)]
pub struct Encoded {
    events: RawEvents,
    form: EventFormat,
    rest: VecDeque<Bytes>,
    last_id: String,
    ended: bool,
}

impl Encoded {
    fn new(events: RawEvents, form: EventFormat) -> Self {
        Self { events, form, rest: VecDeque::new(), last_id: String::new(), ended: false }
    }

    /// The media type to send these bytes as.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.form {
            EventFormat::Sse => "text/event-stream",
            EventFormat::Lines => "application/x-ndjson",
        }
    }

    /// The next piece, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|context| self.poll_piece(context)).await
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            if let Some(piece) = self.rest.pop_front() {
                return Poll::Ready(Some(Ok(piece)));
            }
            if self.ended {
                return Poll::Ready(None);
            }
            match ready!(self.events.poll_event(context)) {
                Some(Ok(event)) => {
                    let piece = self.encode(&event);
                    self.rest.push_back(piece);
                }
                Some(Err(error)) => {
                    self.ended = true;
                    return Poll::Ready(Some(Err(error)));
                }
                None => {
                    self.ended = true;
                    if self.form == EventFormat::Sse && self.events.events.marked {
                        self.rest.push_back(Bytes::from_static(b"data: [DONE]\n\n"));
                    }
                }
            }
        }
    }

    fn encode(&mut self, event: &RawEvent) -> Bytes {
        let mut text = String::with_capacity(event.data.len() + event.event.len() + 32);
        match self.form {
            EventFormat::Lines => {
                // JSON has line breaks only where they mean nothing.
                text.extend(event.data.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }));
                text.push('\n');
            }
            EventFormat::Sse => {
                if !event.event.is_empty() {
                    text.extend(["event: ", &event.event, "\n"]);
                }
                if event.id != self.last_id {
                    text.extend(["id: ", &event.id, "\n"]);
                    self.last_id.clone_from(&event.id);
                }
                event.data.split('\n').for_each(|line| text.extend(["data: ", line, "\n"]));
                text.push('\n');
            }
        }
        text.into()
    }
}

impl Stream for Encoded {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(context)
    }
}
