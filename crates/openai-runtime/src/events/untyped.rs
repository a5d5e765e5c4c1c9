//! The events of a response before they are values: where each begins, which one ends the stream, and what went wrong.

use std::borrow::Cow;
use std::sync::LazyLock;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use memchr::memmem::Finder;
use serde_json::Value;

use super::byte_stream::ByteStream;
use super::sse::{Decoder, Event, MAX_EVENT};
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::json::{self, Reader};
use crate::request::endpoint::Done;
use crate::response::reply::Reply;

/// The part of a stream that does not depend on its events' type.
pub(super) struct UntypedEvents {
    pub(super) bytes: ByteStream,
    decoder: Decoder,
    pub(super) done: Done,
    state: Phase,
    pub(super) last_id: String,
    limit: usize,
    /// `[DONE]` was there.
    pub(super) marked: bool,
    /// The body may end here: of several terminal events one was there, or nothing is under way.
    may_end: bool,
}

/// Reads the data of an event.
pub(super) type Read<'a> = &'a mut dyn FnMut(Event<'_>) -> Result<(), json::ReadError>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
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
    /// A turn that began has to be told to its end.
    GoesOn,
    Last,
    Done,
}

impl UntypedEvents {
    pub(super) fn new(reply: Reply) -> Self {
        let (done, limit) = (reply.done, reply.max_event_size.unwrap_or(MAX_EVENT));
        Self {
            bytes: ByteStream::new(reply),
            decoder: Decoder::with_limit(limit),
            done,
            state: Phase::Open,
            last_id: String::new(),
            limit,
            marked: false,
            may_end: false,
        }
    }

    pub(super) fn close(&mut self) {
        self.state = Phase::Ended;
        self.bytes.abort();
    }

    /// Gives the next event to `read`; `None` at the end.
    pub(super) fn poll_with(&mut self, context: &mut Context<'_>, read: Read<'_>) -> Poll<Option<Result<()>>> {
        loop {
            match self.state {
                Phase::Ended => return Poll::Ready(None),
                Phase::Closing => {
                    ready!(self.bytes.poll_close(context));
                    self.state = Phase::Ended;
                    return Poll::Ready(None);
                }
                Phase::Open => {}
            }
            match self.decoder.next_event() {
                Ok(None) => {}
                Ok(Some(event)) => {
                    self.bytes.span.event(event.data);
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
                        Ok(Turn::GoesOn) => self.may_end = false,
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
                    self.state = Phase::Ended;
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
            Done::Several(_) | Done::Resting { .. } if self.may_end && !is_cut => Ok(()),
            _ if inside => Err(Error::new(ErrorKind::Truncated, "the stream ended within an event")),
            _ => Err(Error::new(ErrorKind::Truncated, "the stream ended before its last event")),
        }
    }

    fn begin_close(&mut self) {
        self.bytes.span.ended();
        self.state = Phase::Closing;
        self.decoder = Decoder::with_limit(self.limit);
    }

    fn fail(&mut self, error: Error, body: Bytes) -> Poll<Option<Result<()>>> {
        self.state = Phase::Ended;
        self.bytes.abort();
        let head = &self.bytes.head;
        let error = error.with_response(head.status, head.headers.clone(), body).with_attempts(head.attempts);
        self.bytes.span.failed(&error);
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
        Done::Types(types) if is_of(types, event) => Turn::Last,
        Done::Several(types) if is_of(types, event) => Turn::MayEnd,
        Done::Resting { rest, .. } if is_of(rest, event) => Turn::MayEnd,
        Done::Resting { work, .. } if is_of(work, event) => Turn::GoesOn,
        _ => Turn::Value,
    })
}

fn is_of(types: &[&str], event: Event<'_>) -> bool {
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
    if typed && matches!(done, Done::Resting { .. }) {
        return None;
    }
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
