//! The events of a response, read as values.

use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use futures_core::Stream;

use super::choices::{ChoiceProgress, StreamedEvent, WatchChoices};
use super::sse::Event;
use super::untyped::UntypedEvents;
use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::{Error, Result};
use crate::exchange::prepared::Mode;
use crate::json::{self, Fit, Json, Reader, Writer};
use crate::request::endpoint::Done;
use crate::response::decoder::JsonDecoder;
use crate::response::head::head_accessors;
use crate::response::reply::Reply;

/// The events of a response as they come: a `Stream` of values.
///
/// It ends after its terminal event. A stream that ends before is an error of kind
/// [`Truncated`](crate::ErrorKind::Truncated), an error that the server sends is one of kind
/// [`Stream`](crate::ErrorKind::Stream); after an error there are no more events. Dropping the stream closes it.
pub struct EventStream<E> {
    pub(super) events: UntypedEvents,
    /// The kind of the last event, which the next one is likely to have too.
    kind: usize,
    /// Notes the choices of an event, if they tell when the stream is whole.
    pub(super) watch: Option<fn(&E, &mut ChoiceProgress)>,
    pub(super) choices: ChoiceProgress,
    decoder: JsonDecoder,
    event: PhantomData<fn() -> E>,
}

impl<E: Json + Default> EventStream<E> {
    /// # Errors
    /// The body was read before, as it is no stream of events.
    pub(super) fn open(reply: Reply, watch: Option<fn(&E, &mut ChoiceProgress)>) -> Result<Self> {
        if reply.body.is_none() {
            return Err(reply.head.not_events(&reply.bytes));
        }
        let choices = ChoiceProgress::default();
        let decoder = JsonDecoder::new(reply.head.strict).redacting(reply.head.redactor.clone());
        Ok(Self { events: UntypedEvents::new(reply), kind: 0, watch, choices, decoder, event: PhantomData })
    }

    /// Reads events that came by another way than a call.
    pub(super) fn read(reply: Reply) -> Self
    where
        E: StreamedEvent,
    {
        let mut events = UntypedEvents::new(reply);
        events.may_be_lines = true;
        let (choices, decoder) = (ChoiceProgress::default(), JsonDecoder::default());
        let watch: Option<fn(&E, &mut ChoiceProgress)> = (E::DONE == Done::Marker).then_some(E::note_choices as _);
        Self { events, kind: 0, watch, choices, decoder, event: PhantomData }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<E>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// Returns the next event, or `Ok(None)` at the end: `while let Some(event) = events.try_next().await? { … }`.
    ///
    /// # Errors
    /// That of [`next`](Self::next).
    pub async fn try_next(&mut self) -> Result<Option<E>> {
        self.next().await.transpose()
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        let mut value = E::default();
        let done = self.events.done;
        let kind = &mut self.kind;
        let decoder = &mut self.decoder;
        let read = &mut |event: Event<'_>| {
            let fit = read_into(&mut value, event, done, kind)?;
            decoder.admit(&fit).map(|()| !fit.is_lacking(None))
        };
        let read = ready!(self.events.poll_with(context, read));
        if let (Some(watch), Some(Ok(()))) = (self.watch, &read) {
            watch(&value, &mut self.choices);
            self.events.note(&self.choices);
        }
        Poll::Ready(read.map(|read| read.map(|()| value)))
    }
}

impl Call {
    /// Sends the call and gives the events of the response as they come. Sets `stream: true` itself.
    pub fn stream<E: Json + Default + Unpin + 'static>(mut self) -> Pending<EventStream<E>> {
        self.inputs.set_stream();
        Pending::reply(self, Mode::Events, |reply| EventStream::open(reply, None))
    }

    /// As [`stream`](Self::stream), for a stream that ends with `[DONE]`: it is also whole where its body ends, once each
    /// choice that `W` finds in its events is finished.
    pub fn stream_of_choices<E, W>(mut self) -> Pending<EventStream<E>>
    where
        E: Json + Default + Unpin + 'static,
        W: WatchChoices<E>,
    {
        self.inputs.set_stream();
        let is_marked = self.inputs.endpoint.stream == Done::Marker;
        match is_marked {
            true => Pending::reply(self, Mode::Events, |reply| EventStream::open(reply, Some(W::note))),
            false => Pending::reply(self, Mode::Events, |reply| EventStream::open(reply, None)),
        }
    }
}

impl<E> EventStream<E> {
    /// The last `id:` that the stream had.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        Some(self.events.last_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Returns the error with what is known of this stream: status, headers, attempts and the last bytes that were read,
    /// each unless the error has its own; credentials are taken out of it. For layers above, whose errors are about the events.
    #[cold]
    #[must_use]
    pub fn describe(&self, error: Error) -> Error {
        let head = &self.events.bytes.head;
        let error = match error.status() {
            Some(_) => error,
            None => error.with_head(head.status, head.headers.clone()).with_attempts(head.attempts),
        };
        let has_body = error.body().is_some_and(|body| !body.is_empty());
        let error = if has_body { error } else { error.with_body(self.events.seen()) };
        let redactor = head.redactor_of(error.body().map_or(&[][..], |body| body));
        redactor.error(error)
    }

    /// Ends the stream now: there are no more events, and the connection is closed.
    pub fn close(&mut self) {
        self.events.close();
    }
}

head_accessors!([E] EventStream<E>, events.bytes.head);

impl<E: Json + Default> Stream for EventStream<E> {
    type Item = Result<E>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_event(context)
    }
}

impl<E> fmt::Debug for EventStream<E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("EventStream")
            .field("status", &self.status().as_u16())
            .field("request_id", &self.request_id())
            .finish_non_exhaustive()
    }
}

/// Reads an event, and tells how well it fits its type.
fn read_into(value: &mut dyn Json, event: Event<'_>, done: Done, kind: &mut usize) -> Result<Fit, json::ReadError> {
    let wrapped = match done {
        Done::Enveloped => Some(envelope(event)),
        Done::Texts => Some(json::to_vec(&String::from_utf8_lossy(event.data).into_owned())),
        _ => None,
    };
    let mut reader = Reader::new(wrapped.as_deref().unwrap_or(event.data))?;
    reader.set_likely(*kind);
    value.read(&mut reader)?;
    *kind = reader.likely();
    reader.finish()?;
    Ok(Fit::of(&mut reader))
}

/// `{"event": name, "data": …}`
fn envelope(event: Event<'_>) -> Vec<u8> {
    let name = String::from_utf8_lossy(event.name);
    let mut writer = Writer::new();
    writer.string(if name.is_empty() { "message" } else { &name });
    [b"{\"event\":", writer.as_bytes(), b",\"data\":", event.data, b"}"].concat()
}
