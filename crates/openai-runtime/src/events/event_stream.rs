//! The events of a response, read as values.

use std::borrow::Cow;
use std::fmt;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use memchr::memmem::Finder;
use serde_json::Value;

use crate::endpoint::Done;
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::json::{self, Json, Reader, Writer};
use crate::raw_events::{Encoded, Form, RawEvents};
use crate::reply::{Reply, says_of_its_head};
use crate::sse::{Decoder, Event};
use crate::streams::ByteStream;

/// The events of a response as they come: a `Stream` of values.
///
/// It ends after its terminal event. A stream that ends before is an error of kind
/// [`Truncated`](crate::ErrorKind::Truncated), an error that the server sends is one of kind
/// [`Stream`](crate::ErrorKind::Stream); after an error there are no more events. Dropping the stream closes it.
pub struct EventStream<E> {
    events: Events,
    /// What kind of event the last one was, which the next one is likely to be.
    kind: usize,
    event: PhantomData<fn() -> E>,
}

impl<E: Json + Default> EventStream<E> {
    pub(crate) fn new(reply: Reply) -> Self {
        Self { events: Events::new(reply), kind: 0, event: PhantomData }
    }

    /// The next event, or `None` at the end.
    pub async fn next(&mut self) -> Option<Result<E>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<E>>> {
        let mut value = E::default();
        let enveloped = self.events.done == Done::Enveloped;
        let kind = &mut self.kind;
        let read = &mut |event: Event<'_>| read_into(&mut value, event, enveloped, kind);
        let read = ready!(self.events.poll_with(context, read));
        Poll::Ready(read.map(|read| read.map(|()| value)))
    }
}

impl<E> EventStream<E> {
    /// The last `id:` that the stream had.
    #[must_use]
    pub fn last_event_id(&self) -> Option<&str> {
        Some(self.events.last_id.as_str()).filter(|id| !id.is_empty())
    }

    /// Ends the stream now: there are no more events, and the connection is closed.
    pub fn close(&mut self) {
        self.events.close();
    }

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
        Encoded::new(self.raw_events(), Form::Sse)
    }

    /// The data of the events that are still to come, a line each: `application/x-ndjson`.
    #[must_use]
    pub fn to_ndjson(self) -> Encoded {
        Encoded::new(self.raw_events(), Form::Lines)
    }
}

says_of_its_head!([E] EventStream<E>, events.bytes.head);

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

/// The part of a stream that does not depend on its events' type.
pub(crate) struct Events {
    pub(crate) bytes: ByteStream,
    decoder: Decoder,
    done: Done,
    state: State,
    last_id: String,
    limit: usize,
    /// `[DONE]` was there.
    pub(crate) marked: bool,
    /// Of a stream that has several terminal events, one was there.
    may_end: bool,
}

/// Reads the data of an event.
type Read<'a> = &'a mut dyn FnMut(Event<'_>) -> Result<(), json::ReadError>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// The terminal event was there: what is left of the body is let go.
    Closing,
    Ended,
}

/// What an event is to the stream.
enum Turn {
    Value,
    /// Terminal, but not always the last.
    MayEnd,
    Last,
    Done,
}

impl Events {
    fn new(reply: Reply) -> Self {
        let (done, limit) = (reply.done, reply.max_event_size);
        Self {
            bytes: ByteStream::new(reply),
            decoder: Decoder::with_limit(limit),
            done,
            state: State::Open,
            last_id: String::new(),
            limit,
            marked: false,
            may_end: false,
        }
    }

    pub(crate) fn close(&mut self) {
        self.state = State::Ended;
        self.bytes.abort();
    }

    /// Gives the next event to `read`; `None` at the end.
    pub(crate) fn poll_with(&mut self, context: &mut Context<'_>, read: Read<'_>) -> Poll<Option<Result<()>>> {
        loop {
            match self.state {
                State::Ended => return Poll::Ready(None),
                State::Closing => {
                    ready!(self.bytes.poll_close(context));
                    self.state = State::Ended;
                    return Poll::Ready(None);
                }
                State::Open => {}
            }
            match self.decoder.next_event() {
                Ok(None) => {}
                Ok(Some(event)) => {
                    self.bytes.watch.event(event.data);
                    // Most streams have no ids, and comparing two empty texts by memcmp takes longer than reading an event's name.
                    if self.last_id.len() != event.id.len()
                        || (!event.id.is_empty() && self.last_id.as_bytes() != event.id)
                    {
                        self.last_id = String::from_utf8_lossy(event.id).into_owned();
                    }
                    match read_event(self.done, event, read) {
                        Ok(Turn::Done) => {
                            self.marked = true;
                            self.begin_close();
                            continue;
                        }
                        Ok(Turn::Last) => self.begin_close(),
                        Ok(Turn::MayEnd) => self.may_end = true,
                        Ok(Turn::Value) => {}
                        Err(error) => {
                            let body = Bytes::copy_from_slice(event.data);
                            return self.fail(error, body);
                        }
                    }
                    return Poll::Ready(Some(Ok(())));
                }
                Err(error) => {
                    let error = Error::new(ErrorKind::Stream, error.to_string()).with_source(error);
                    return self.fail(error, Bytes::new());
                }
            }
            match ready!(self.bytes.poll_chunk(context)) {
                Some(Ok(chunk)) => self.decoder.push(&chunk),
                Some(Err(_)) if self.may_end && self.at_end().is_ok() => self.begin_close(),
                Some(Err(error)) => {
                    self.state = State::Ended;
                    return Poll::Ready(Some(Err(error)));
                }
                None => match self.at_end() {
                    Ok(()) => self.begin_close(),
                    Err(error) => return self.fail(error, Bytes::new()),
                },
            }
        }
    }

    /// Whether a body that ended here was complete. An event without its blank line is dropped, but if it is `[DONE]` or
    /// an error, it still says why there is no more.
    fn at_end(&mut self) -> Result<()> {
        let inside = self.decoder.is_inside_event();
        self.decoder.push(b"\n\n");
        let mut is_cut = false;
        if let (true, Ok(Some(event))) = (inside, self.decoder.next_event()) {
            is_cut = true;
            if event.data.trim_ascii() == b"[DONE]" {
                self.marked = true;
                return Ok(());
            }
            if let Some(error) = carried_error(self.done, event) {
                return Err(error);
            }
        }
        match self.done {
            Done::None if !inside => Ok(()),
            Done::Several(_) if self.may_end && !is_cut => Ok(()),
            _ if inside => Err(Error::new(ErrorKind::Truncated, "the stream ended within an event")),
            _ => Err(Error::new(ErrorKind::Truncated, "the stream ended before its last event")),
        }
    }

    fn begin_close(&mut self) {
        self.bytes.watch.ended();
        self.state = State::Closing;
        self.decoder = Decoder::with_limit(self.limit);
    }

    fn fail(&mut self, error: Error, body: Bytes) -> Poll<Option<Result<()>>> {
        self.state = State::Ended;
        self.bytes.abort();
        let head = &self.bytes.head;
        let error = error.with_response(head.status, head.headers.clone(), body).with_attempts(head.attempts);
        self.bytes.watch.failed(&error);
        Poll::Ready(Some(Err(error)))
    }
}

/// Gives one event to `read` and tells what it is to the stream.
fn read_event(done: Done, event: Event<'_>, read: Read<'_>) -> Result<Turn> {
    if event.data.trim_ascii() == b"[DONE]" {
        return Ok(Turn::Done);
    }
    if let Some(error) = carried_error(done, event) {
        return Err(error);
    }
    read(event).map_err(|error| {
        let message = format!("an event can't be read: {error}; it starts: {}", excerpt(event.data));
        Error::new(ErrorKind::Decode, message).with_source(error)
    })?;
    Ok(match done {
        Done::Types(types) if is_terminal(types, event) => Turn::Last,
        Done::Several(types) if is_terminal(types, event) => Turn::MayEnd,
        _ => Turn::Value,
    })
}

fn read_into(value: &mut dyn Json, event: Event<'_>, enveloped: bool, kind: &mut usize) -> Result<(), json::ReadError> {
    let envelope = if enveloped { envelope(event) } else { Vec::new() };
    let mut reader = Reader::new(if enveloped { &envelope } else { event.data })?;
    reader.set_likely(*kind);
    value.read(&mut reader)?;
    *kind = reader.likely();
    reader.finish()
}

/// `{"event": name, "data": …}`
fn envelope(event: Event<'_>) -> Vec<u8> {
    let name = String::from_utf8_lossy(event.name);
    let mut writer = Writer::new();
    writer.string(if name.is_empty() { "message" } else { &name });
    [b"{\"event\":", writer.as_bytes(), b",\"data\":", event.data, b"}"].concat()
}

fn is_terminal(types: &[&str], event: Event<'_>) -> bool {
    if let Some(tag) = leading_type(event.data) {
        return types.iter().any(|name| name.as_bytes() == tag);
    }
    match type_of(event.data) {
        Ok(Some(tag)) => types.contains(&&*tag),
        _ => types.iter().any(|name| name.as_bytes() == event.name),
    }
}

/// The `type` of an event's data as the API writes it: first, with no white space around.
fn leading_type(data: &[u8]) -> Option<&[u8]> {
    let rest = data.strip_prefix(b"{\"type\":\"")?;
    let end = memchr::memchr2(b'"', b'\\', rest)?;
    (rest[end] == b'"').then_some(&rest[..end])
}

/// The `type` of an event's data, wherever it stands.
fn type_of(data: &[u8]) -> Result<Option<Cow<'_, str>>, json::ReadError> {
    let mut reader = Reader::new(data)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        if key == "type" {
            return reader.string().map(Some);
        }
        reader.skip()?;
    }
    Ok(None)
}

/// The error that an event carries, if it does: named `error`, or with a type `error`, or with an `error` member.
fn carried_error(done: Done, event: Event<'_>) -> Option<Error> {
    let named = event.name == b"error";
    // Most events have no such word in them, and need no second reading.
    static WORD: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new(b"\"error\""));
    if !named && WORD.find(event.data).is_none() {
        return None;
    }
    let value: Value = match serde_json::from_slice(event.data) {
        Ok(value) => value,
        Err(_) if named => return Some(Error::from_event(&Value::String(excerpt(event.data)))),
        Err(_) => return None,
    };
    let typed = value.get("type").and_then(Value::as_str) == Some("error");
    let member = done != Done::Enveloped && value.get("error").is_some_and(is_something);
    (named || typed || member).then(|| Error::from_event(&value))
}

/// Whether an `error` member says that there is an error.
fn is_something(value: &Value) -> bool {
    match value {
        Value::Null | Value::Bool(false) => false,
        Value::String(text) => !text.is_empty(),
        Value::Object(members) => !members.is_empty(),
        _ => true,
    }
}
