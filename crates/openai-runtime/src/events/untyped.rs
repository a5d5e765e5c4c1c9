//! The events of a response before they are values: where each begins, which one ends the stream, and what went wrong.

use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;

use super::byte_stream::{ByteStream, Silence};
use super::carried::{carried_error, is_noise, is_of, lacking_error};
use super::choices::ChoiceProgress;
use super::lines::{LineEvent, Lines};
use super::sse::{Decoder, Event, MAX_EVENT};
use crate::error::{Error, ErrorKind, Result, excerpt};
use crate::json;
use crate::request::endpoint::Done;
use crate::response::reply::{Reply, starts_document};

/// Of a body that is no stream of events, no more than this is read for its error.
const MAX_DOCUMENT: usize = 4 * 1024 * 1024;
/// An error has this much of the end of what was read.
const LAST_BYTES: usize = 4096;

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
    /// The body may end here: of several terminal events one was there, nothing is under way, or each choice is finished.
    pub(super) may_end: bool,
    /// An event was there.
    begun: bool,
    /// The time since the last event, and its limit.
    quiet: Silence,
    event_idle_timeout: Option<Duration>,
    /// The end of what was read, once there is no more.
    last: Bytes,
    /// The body so far, if it is no stream of events.
    document: Vec<u8>,
    /// Events that say nothing are given, too.
    pub(super) keeps_noise: bool,
    /// The body may be lines of JSON in place of events.
    pub(super) may_be_lines: bool,
    lines: Option<Lines>,
    /// Some choice was there.
    pub(super) has_choices: bool,
}

/// Reads the data of an event; whether it has what its type requires.
pub(super) type Read<'a> = &'a mut dyn FnMut(Event<'_>) -> Result<bool, json::ReadError>;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Nothing but white space was there yet.
    Start,
    Open,
    /// The body is no stream of events, and is read for its error.
    Document,
    /// The terminal event was there: what is left of the body is let go.
    Closing,
    Ended,
}

/// The meaning of an event for the stream.
enum Turn {
    Value,
    /// It has nothing that its type requires.
    Lacking,
    /// It says nothing.
    Noise,
    /// Terminal, but not always the last.
    MayEnd,
    /// A turn that began has to be told to its end.
    GoesOn,
    Last,
    Done,
}

impl UntypedEvents {
    pub(super) fn new(mut reply: Reply) -> Self {
        // Events come when there is something to say.
        reply.min_rate = None;
        let (done, limit) = (reply.done, reply.max_event_size.unwrap_or(MAX_EVENT));
        let event_idle_timeout = reply.event_idle_timeout;
        Self {
            bytes: ByteStream::new(reply),
            decoder: Decoder::with_limit(limit),
            done,
            state: Phase::Start,
            last_id: String::new(),
            limit,
            marked: false,
            may_end: false,
            begun: false,
            quiet: Silence::default(),
            event_idle_timeout,
            last: Bytes::new(),
            document: Vec::new(),
            keeps_noise: false,
            may_be_lines: false,
            lines: None,
            has_choices: false,
        }
    }

    /// Takes from the choices so far if the body may end here.
    pub(super) fn note(&mut self, choices: &ChoiceProgress) {
        self.may_end = choices.are_finished();
        self.has_choices = !choices.is_empty();
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
                Phase::Document => return self.poll_document(context),
                Phase::Start | Phase::Open => {}
            }
            match self.decoder.next_event() {
                Ok(None) => {}
                Ok(Some(event)) => {
                    // Most streams have no ids, and comparing two empty texts by memcmp takes longer than reading an event's name.
                    if self.last_id.len() != event.id.len()
                        || (!event.id.is_empty() && self.last_id.as_bytes() != event.id)
                    {
                        self.last_id = String::from_utf8_lossy(event.id).into_owned();
                    }
                    let mut is_begun = true;
                    let is_named = self.lines.is_some() && self.done == Done::Enveloped;
                    let named = if is_named { LineEvent::read(event.data) } else { None };
                    let event = named.as_ref().map_or(event, |named| named.event(event.id));
                    let turn = read_event(self.done, event, self.keeps_noise, read);
                    if !matches!(turn, Ok(Turn::Noise | Turn::Done)) {
                        self.bytes.span.event(event.data);
                    }
                    match turn {
                        Ok(Turn::Done) => match self.at_mark() {
                            Ok(()) => {
                                self.begin_close();
                                continue;
                            }
                            Err(error) => return self.fail(error, Bytes::new()),
                        },
                        Ok(Turn::Noise) => continue,
                        Ok(Turn::Last) => self.begin_close(),
                        Ok(Turn::MayEnd) => self.may_end = true,
                        Ok(Turn::GoesOn) => self.may_end = false,
                        Ok(Turn::Lacking) => is_begun = self.begun,
                        Ok(Turn::Value) => {}
                        Err(error) => {
                            let body = Bytes::copy_from_slice(event.data);
                            return self.fail(error, body);
                        }
                    }
                    self.begun = is_begun;
                    self.quiet.since = None;
                    return Poll::Ready(Some(Ok(())));
                }
                Err(error) => {
                    let error = Error::new(ErrorKind::Stream, error.to_string()).with_source(error);
                    return self.fail(error, Bytes::new());
                }
            }
            let Poll::Ready(chunk) = self.bytes.poll_chunk(context) else { return self.poll_quiet(context) };
            match chunk {
                Some(Ok(chunk)) => self.take(&chunk),
                Some(Err(_)) if self.may_end && self.done != Done::Marker && self.at_end().is_ok() => {
                    self.begin_close();
                }
                Some(Err(error)) => {
                    self.state = Phase::Ended;
                    let last = self.last_bytes();
                    return Poll::Ready(Some(Err(error.with_body(last))));
                }
                None if self.lines.as_mut().is_some_and(|lines| lines.end(&mut self.decoder)) => {}
                None => match self.at_end() {
                    Ok(()) => self.begin_close(),
                    Err(error) => return self.fail(error, Bytes::new()),
                },
            }
        }
    }

    /// Checks that a body that ended here was complete. An event without its blank line is dropped, but if it is
    /// `[DONE]` or an error, it still says why there is no more.
    fn at_end(&mut self) -> Result<()> {
        let inside = self.decoder.is_inside_event();
        self.last = self.seen();
        self.decoder.push(b"\n\n");
        let mut is_cut = false;
        if let (true, Ok(Some(event))) = (inside, self.decoder.next_event()) {
            is_cut = true;
            if event.data.trim_ascii() == b"[DONE]" {
                return self.at_mark();
            }
            if let Some(error) = carried_error(self.done, event) {
                return Err(error);
            }
        }
        match self.done {
            Done::None | Done::Texts if !inside => Ok(()),
            // No line says that it is the last one.
            Done::Marker if self.lines.is_some() && self.begun && !self.has_choices && !inside => Ok(()),
            Done::Several(_) | Done::Resting { .. } | Done::Marker if self.may_end && !is_cut => Ok(()),
            _ if inside => Err(Error::new(ErrorKind::Truncated, "the stream ended within an event")),
            _ => Err(Error::new(ErrorKind::Truncated, "the stream ended before its last event")),
        }
    }

    /// Checks that a stream that says `[DONE]` here is complete: not before its terminal event, if it has one, nor
    /// without any event.
    fn at_mark(&mut self) -> Result<()> {
        self.marked = true;
        let message = match self.done {
            Done::Types(_) => "the stream said [DONE] before its terminal event",
            Done::Several(_) if !self.may_end => "the stream said [DONE] before its terminal event",
            Done::Marker | Done::Enveloped if !self.begun => "the stream had no event before [DONE]",
            _ => return Ok(()),
        };
        Err(Error::new(ErrorKind::Truncated, message))
    }

    /// Takes the next bytes. The first ones tell whether the body is a stream of events, whatever its label.
    fn take(&mut self, chunk: &[u8]) {
        if self.state == Phase::Start && !chunk.trim_ascii().is_empty() {
            let start = json::without_mark(chunk);
            if self.may_be_lines && start.trim_ascii_start().first() == Some(&b'{') {
                self.lines = Some(Lines::default());
                self.state = Phase::Open;
            } else if starts_document(chunk) {
                self.state = Phase::Document;
                self.document = chunk.to_vec();
                return;
            }
            self.state = Phase::Open;
        }
        match &mut self.lines {
            Some(lines) => lines.push(json::without_mark(chunk), &mut self.decoder),
            None => self.decoder.push(chunk),
        }
    }

    /// Waits for an event as long as it may take. Comments keep the connection alive, but are no events.
    fn poll_quiet(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        let Some(limit) = self.event_idle_timeout else { return Poll::Pending };
        let silence = ready!(self.quiet.poll(limit, context));
        let late = || Error::new(ErrorKind::Timeout, format!("the stream had no event for {limit:?}"));
        self.fail(silence.err().unwrap_or_else(late), Bytes::new())
    }

    /// Reads a body that is no stream of events to its end, for its error.
    fn poll_document(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<()>>> {
        while self.document.len() < MAX_DOCUMENT {
            match ready!(self.bytes.poll_chunk(context)) {
                Some(Ok(chunk)) => self.document.extend_from_slice(&chunk),
                // What came tells more than how it broke off.
                Some(Err(_)) | None => break,
            }
        }
        let body = Bytes::from(std::mem::take(&mut self.document));
        let error = self.bytes.head.not_events(&body);
        self.fail(error, body)
    }

    /// The last bytes that were read, as far as they are there still.
    pub(super) fn seen(&self) -> Bytes {
        Bytes::copy_from_slice(self.decoder.last_bytes(LAST_BYTES))
    }

    fn last_bytes(&mut self) -> Bytes {
        match std::mem::take(&mut self.last) {
            last if last.is_empty() => self.seen(),
            last => last,
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
        let body = if body.is_empty() { self.last_bytes() } else { body };
        let head = &self.bytes.head;
        let error = head.complete(error, body);
        self.bytes.span.failed(&error);
        Poll::Ready(Some(Err(error)))
    }
}

/// Gives one event to `read` and tells what it is to the stream.
fn read_event(done: Done, event: Event<'_>, keeps_noise: bool, read: Read<'_>) -> Result<Turn> {
    if event.data.trim_ascii() == b"[DONE]" {
        return Ok(Turn::Done);
    }
    // Text means nothing but itself, unless the event's name says that it is an error.
    let is_text = done == Done::Texts && !event.name.eq_ignore_ascii_case(b"error");
    if !is_text && let Some(error) = carried_error(done, event) {
        return Err(error);
    }
    if !is_text && !keeps_noise && is_noise(done, event) {
        return Ok(Turn::Noise);
    }
    let fits = read(event).map_err(|error| {
        let message = format!("an event can't be read: {error}; it starts: {}", excerpt(event.data));
        Error::new(ErrorKind::Decode, message).with_source(error)
    })?;
    if !fits && let Some(error) = lacking_error(done, event) {
        return Err(error);
    }
    Ok(match done {
        Done::Types(types) if is_of(types, event) => Turn::Last,
        Done::Several(types) if is_of(types, event) => Turn::MayEnd,
        Done::Resting { rest, .. } if is_of(rest, event) => Turn::MayEnd,
        Done::Resting { work, .. } if is_of(work, event) => Turn::GoesOn,
        Done::Marker if !fits && !keeps_noise => Turn::Lacking,
        _ => Turn::Value,
    })
}
