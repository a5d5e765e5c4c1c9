//! The events of a response as texts, and written anew for somebody else.

use std::fmt;
use std::future::poll_fn;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::{Value, json};
use smallvec::SmallVec;

use super::carried::is_noise;
use super::choices::ChoiceProgress;
use super::event_stream::EventStream;
use super::sse::Event;
use super::untyped::UntypedEvents;
use crate::error::{Error, ErrorKind, Result};
use crate::json::{self, JsonKind, Reader};
use crate::request::endpoint::Done;
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
    /// The choices of completions, if they tell when the stream is whole.
    choices: Option<ChoiceProgress>,
}

impl RawEvents {
    fn new(mut events: UntypedEvents, choices: Option<ChoiceProgress>) -> Self {
        events.keeps_noise = true;
        Self { events, choices }
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
        if let (Some(choices), Some(Ok(()))) = (&mut self.choices, &read) {
            note_choices(&raw.data, choices);
            self.events.note(choices);
        }
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
        let choices = self.watch.is_some().then_some(self.choices);
        RawEvents::new(self.events, choices)
    }

    /// Writes the events that are still to come as server-sent events, to be handed on to a browser.
    ///
    /// Comments and fields that mean nothing are left out, `[DONE]` is sent if it came. A stream that breaks ends with an
    /// event of the name `error`, in the form that the API has for this stream, and not with a broken body:
    /// [`Encoded::error`] has the error. [`from_reader`](Self::from_reader) is the counterpart.
    #[must_use]
    pub fn to_sse(self) -> Encoded {
        Encoded::new(self.raw_events(), EventFormat::Sse)
    }

    /// Writes the data of the events that are still to come, a line each: `application/x-ndjson`. Where events are told
    /// apart by their names, as in runs of assistants, a line is `{"event": name, "data": …}`.
    ///
    /// A stream that breaks ends with a line that has the error, as [`to_sse`](Self::to_sse) ends with an event. A line
    /// `[DONE]` is written only where choices of a completion have no finish reason, because nothing else tells their
    /// end.
    #[must_use]
    pub fn to_ndjson(self) -> Encoded {
        Encoded::new(self.raw_events(), EventFormat::Lines)
    }
}

/// The format in which events are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum EventFormat {
    Sse,
    Lines,
}

/// The events of a response written anew: a `Stream` of bytes, to be the body of one's own response. No item is an error: a
/// stream that breaks ends with an event that says so.
pub struct Encoded {
    events: RawEvents,
    form: EventFormat,
    last_id: String,
    /// The data of the last event.
    last: String,
    error: Option<Error>,
    ended: bool,
}

impl Encoded {
    fn new(events: RawEvents, form: EventFormat) -> Self {
        Self { events, form, last_id: String::new(), last: String::new(), error: None, ended: false }
    }

    /// The media type to send these bytes as.
    #[must_use]
    pub fn content_type(&self) -> &'static str {
        match self.form {
            EventFormat::Sse => "text/event-stream",
            EventFormat::Lines => "application/x-ndjson",
        }
    }

    /// Returns the error that the stream broke with, once its event was given.
    #[must_use]
    pub fn error(&self) -> Option<&Error> {
        self.error.as_ref()
    }

    /// The next piece, or `None` at the end. It is never an error.
    pub async fn next(&mut self) -> Option<Result<Bytes>> {
        poll_fn(|context| self.poll_piece(context)).await
    }

    fn poll_piece(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Bytes>>> {
        loop {
            match ready!(self.poll_once(context)) {
                // A line that says nothing is left out.
                Some(piece) if piece.is_empty() => {}
                piece => return Poll::Ready(piece.map(Ok)),
            }
        }
    }

    fn poll_once(&mut self, context: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if self.ended {
            return Poll::Ready(None);
        }
        let event = match ready!(self.events.poll_event(context)) {
            Some(Ok(event)) => event,
            Some(Err(error)) => {
                self.ended = true;
                let event = RawEvent { id: self.last_id.clone(), ..error_event(&error, self.done(), &self.last) };
                self.error = Some(error);
                event
            }
            None => {
                self.ended = true;
                return Poll::Ready(self.end_mark());
            }
        };
        let piece = self.encode(&event);
        self.last = event.data;
        Poll::Ready(Some(piece))
    }

    fn done(&self) -> Done {
        self.events.events.done
    }

    /// The end of a stream that has none of its own.
    fn end_mark(&self) -> Option<Bytes> {
        if !self.events.events.marked {
            return None;
        }
        match (self.form, self.done()) {
            (EventFormat::Sse, _) => Some(Bytes::from_static(b"data: [DONE]\n\n")),
            (EventFormat::Lines, Done::Enveloped) => {
                Some(Bytes::from_static(b"{\"event\":\"done\",\"data\":\"[DONE]\"}\n"))
            }
            (EventFormat::Lines, _) if !self.events.events.has_choices || self.events.events.may_end => None,
            (EventFormat::Lines, _) => Some(Bytes::from_static(b"[DONE]\n")),
        }
    }

    fn encode(&mut self, event: &RawEvent) -> Bytes {
        match self.form {
            EventFormat::Lines => self.encode_line(event),
            EventFormat::Sse => self.encode_event(event),
        }
    }

    fn encode_line(&mut self, event: &RawEvent) -> Bytes {
        let done = self.done();
        let (name, data) = (event.event.as_bytes(), event.data.as_bytes());
        if is_noise(done, Event { name, data, id: &[] }) {
            return Bytes::new();
        }
        // JSON has line breaks only where they mean nothing.
        let line: String = event.data.chars().map(|c| if matches!(c, '\n' | '\r') { ' ' } else { c }).collect();
        if done != Done::Enveloped {
            return (line + "\n").into();
        }
        let name = if event.event.is_empty() { "message" } else { &event.event };
        let is_json = serde_json::from_str::<serde::de::IgnoredAny>(&line).is_ok();
        let data = if is_json { line } else { Value::from(line).to_string() };
        format!("{{\"event\":{},\"data\":{data}}}\n", Value::from(name)).into()
    }

    fn encode_event(&mut self, event: &RawEvent) -> Bytes {
        let mut text = String::with_capacity(event.data.len() + event.event.len() + 32);
        {
            {
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

impl fmt::Debug for Encoded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Encoded")
            .field("events", &self.events)
            .field("form", &self.form)
            .field("error", &self.error)
            .finish_non_exhaustive()
    }
}

/// Notes the choices of a chunk of a completion.
fn note_choices(data: &str, progress: &mut ChoiceProgress) {
    for (index, is_finished) in choices(data).unwrap_or_default() {
        progress.note(index, is_finished);
    }
}

/// Reads the indexes of the choices of a chunk, and if they have a finish reason.
fn choices(data: &str) -> Result<SmallVec<[(i64, bool); 1]>, json::ReadError> {
    let mut reader = Reader::new(data.as_bytes())?;
    let (mut choices, mut is_first) = (SmallVec::new(), true);
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut is_first)? {
        if key != "choices" || reader.kind()? != JsonKind::Array {
            reader.skip()?;
            continue;
        }
        let mut is_first = true;
        reader.begin_array()?;
        while reader.next_item(std::mem::take(&mut is_first))? {
            match reader.kind()? {
                JsonKind::Object => choices.push(choice(&mut reader)?),
                _ => reader.skip()?,
            }
        }
    }
    reader.finish()?;
    Ok(choices)
}

fn choice(reader: &mut Reader<'_>) -> Result<(i64, bool), json::ReadError> {
    let (mut index, mut is_finished, mut is_first) = (0, false, true);
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut is_first)? {
        match (&*key, reader.kind()?) {
            ("index", JsonKind::Number) => index = reader.value()?.as_i64().unwrap_or_default().max(0),
            // Some servers send an empty reason with each chunk.
            ("finish_reason", JsonKind::String) => is_finished = !reader.string()?.is_empty(),
            ("finish_reason", kind) => {
                is_finished = kind != JsonKind::Null;
                reader.skip()?;
            }
            _ => reader.skip()?,
        }
    }
    Ok((index, is_finished))
}

/// The event with which a stream that broke ends, in the form that the API has for it. `last` is the data of the event
/// before.
fn error_event(error: &Error, done: Done, last: &str) -> RawEvent {
    let code = error.code().map_or_else(|| code_of(error.kind()), str::to_owned);
    let mut data = json!({"message": error.message(), "code": code, "param": error.param()});
    match done {
        Done::Types(_) | Done::Several(_) => {
            let last = serde_json::from_str::<Value>(last).unwrap_or_default();
            data["type"] = "error".into();
            data["sequence_number"] =
                last["sequence_number"].as_i64().map_or(0, |number| number.saturating_add(1)).into();
        }
        _ => data["type"] = error.error_type().unwrap_or("server_error").into(),
    }
    if !matches!(done, Done::Types(_) | Done::Several(_) | Done::Enveloped) {
        data = json!({"error": data});
    }
    // The API gives the chunks of completions no names, and browsers hear a name only where they ask for it.
    let name = if matches!(done, Done::Marker | Done::None | Done::Texts) { "" } else { "error" };
    RawEvent { event: name.to_owned(), data: data.to_string(), id: String::new() }
}

/// The code of an error that the server gave none.
fn code_of(kind: ErrorKind) -> String {
    let mut code = String::new();
    for letter in format!("{kind:?}").chars() {
        if letter.is_uppercase() && !code.is_empty() {
            code.push('_');
        }
        code.extend(letter.to_lowercase());
    }
    code
}

impl Stream for Encoded {
    type Item = Result<Bytes>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.poll_piece(context)
    }
}
