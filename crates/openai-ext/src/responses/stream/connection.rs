//! A streamed response: its events, what they mean, and the response that they come to.

use std::collections::VecDeque;
use std::fmt;
use std::mem;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::{Call, Clock};
use serde_json::Value;

use super::accumulator::{Changed, ResponseAccumulator};
use super::event::{CallName, ResponseEvent};
use super::number::sequence_number;
use crate::raw::request::Operation;
use crate::resources::responses::{Create, Retrieve, RetrieveOperation};
use crate::responses::output::ResponseExt;
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, connection, text_stream};
use crate::types::{Response, ResponseOutputItem, ResponseStreamEvent};
use crate::{Error, ErrorKind, Result, runtime};

/// The calls whose response can be streamed with a snapshot.
pub trait ResponseStreamExt {
    /// Sends the call and gives the events of the response as they come, and what they come to.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::ResponseUpdate;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut stream = client.responses().create("gpt-5.5", "Tell me a story").stream_events().await?;
    /// while let Some(event) = stream.next().await {
    ///     match event?.update() {
    ///         ResponseUpdate::TextDelta(_, text) => print!("{text}"),
    ///         ResponseUpdate::FunctionArgumentsDone(call) => println!("{}({})", call.name, call.arguments),
    ///         _ => {}
    ///     }
    /// }
    /// let response = stream.final_response().await?;
    /// println!("{}", response.output_text());
    /// # Ok(())
    /// # }
    /// ```
    fn stream_events(self) -> impl Future<Output = Result<ResponseStream>> + Send;
}

impl ResponseStreamExt for Create {
    #[inline]
    fn stream_events(self) -> impl Future<Output = Result<ResponseStream>> + Send {
        ResponseStream::open(self.into_call(), ResponseAccumulator::default(), None)
    }
}

impl ResponseStreamExt for Retrieve {
    #[inline]
    fn stream_events(self) -> impl Future<Output = Result<ResponseStream>> + Send {
        ResponseStream::open(self.into_call(), ResponseAccumulator::default(), None)
    }
}

/// The events of a response as they come, and the response so far: a `Stream` of [`ResponseEvent`]s.
///
/// It ends after the event that says how the response ended: completed, failed or incomplete, none of which is an error
/// here. After an error there are no more events, and [`snapshot`](Self::snapshot) has what came before.
/// Dropping the stream closes the connection.
#[must_use = "nothing is read before it is asked for"]
pub struct ResponseStream {
    /// The options of the call that opened the stream, by which its rest is requested.
    options: Call,
    /// The response and the number that the stream was resumed from, for a cut before any event says more.
    resumed: Option<(String, i64)>,
    reconnects: Reconnects,
    pub(crate) connection: EventConnection<ResponseStreamEvent, StreamProgress>,
}

connection!([] ResponseStream => ResponseEvent, "The next event");

impl ResponseStream {
    /// Goes on with the stream of a response in the background, after the event with the number `starting_after`.
    ///
    /// The snapshot starts there, too, until an event has the whole response. To go on with a snapshot:
    /// [`Self::reconnect`], or [`ResponseAccumulator::resume`]. To set a header or the like:
    /// `client.responses().retrieve(id).starting_after(41)`, and then `stream_events()`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::ResponseStream;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let stream = ResponseStream::resume(&client, "resp_123", 41).await?;
    /// println!("{}", stream.final_response().await?.output_text());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the call; the server has such streams only of responses that were created with `background` and
    /// `stream`.
    #[inline]
    pub async fn resume(client: &runtime::Client, id: &str, starting_after: i64) -> Result<Self> {
        let call = resumed(&retrieval(client), id, starting_after);
        let mut stream = Self::open(call, ResponseAccumulator::default(), Some(starting_after)).await?;
        stream.resumed = Some((id.to_owned(), starting_after));
        Ok(stream)
    }

    /// Goes on after a cut: asks for the rest of a response in the background, and adds it to the snapshot.
    ///
    /// Events that were there before are dropped, should the server send them again. Options of the first call hold for
    /// this one, too: headers and query that were set by `with_header` and `with_query`, limits of time and retries.
    ///
    /// It does the same for a stream that was closed, or is open still. If the response is complete, there is no rest,
    /// and no call is made. After an error the stream is as it was, so that it can be tried again.
    ///
    /// A server that answers and cuts off again and again is given up: each reconnect counts as a failure until a
    /// connection has lived for 30 s, and five in a row are allowed unless
    /// [`with_max_reconnects`](Self::with_max_reconnects) says otherwise. From the second one on, it waits before: 0.5 s, and
    /// twice as long each time, up to 8 s.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.responses().create("gpt-5.5", "Tell me a long story").background(true);
    /// let mut stream = call.stream_events().await?;
    /// while let Some(event) = stream.next().await {
    ///     match event {
    ///         Ok(event) => print!("{}", event.text_delta().unwrap_or_default()),
    ///         Err(error) if error.is_retryable() => stream.reconnect().await?,
    ///         Err(error) => return Err(error),
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the call; of kind [`InvalidRequest`](ErrorKind::InvalidRequest) if no event told the response's id, or
    /// the server does not number its events; of kind [`Limit`](ErrorKind::Limit) after too many in a row.
    #[inline]
    pub async fn reconnect(&mut self) -> Result<()> {
        if self.connection.accumulator.is_complete() {
            return Ok(());
        }
        let (call, after) = self.connection.accumulator.accumulator.rest(&self.options, self.resumed.as_ref())?;
        let clock = self.options.client().clock().clone();
        if let Some(wait) = self.reconnects.next(&*clock)? {
            clock.sleep(wait).await;
        }
        let events = call.stream().await?;
        self.reconnects.opened = clock.elapsed();
        let accumulator = mem::take(&mut self.connection.accumulator.accumulator);
        self.connection = EventConnection::new(events, StreamProgress { accumulator, after, call: None });
        Ok(())
    }

    /// Limits how many times in a row the stream is reconnected without a connection that lives for 30 s, 5 by default.
    #[inline]
    pub fn with_max_reconnects(mut self, count: u32) -> Self {
        self.reconnects.most = count;
        self
    }

    #[inline]
    async fn open(call: Call, accumulator: ResponseAccumulator, after: Option<i64>) -> Result<Self> {
        let mut options = retrieval(call.client());
        options.with_options_of(&call);
        let events = call.stream().await?;
        let opened = options.client().clock().elapsed();
        Ok(Self {
            options,
            resumed: None,
            reconnects: Reconnects { most: 5, count: 0, opened },
            connection: EventConnection::new(events, StreamProgress { accumulator, after, call: None }),
        })
    }

    /// The response so far; `None` before the first event that says anything of it.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> Option<&Response> {
        self.connection.accumulator.accumulator.snapshot()
    }

    /// The texts of all messages so far, joined.
    #[must_use]
    #[inline]
    pub fn output_text(&self) -> String {
        self.snapshot().map(ResponseExt::output_text).unwrap_or_default()
    }

    /// Returns the JSON of the first text as far as it is there: see [`ResponseAccumulator::partial_text`].
    #[must_use]
    #[inline]
    pub fn partial_text(&mut self) -> Option<&Value> {
        self.connection.accumulator.accumulator.partial_text()
    }

    /// Returns the JSON of a call's arguments as far as it is there: see [`ResponseAccumulator::partial_arguments`].
    #[must_use]
    #[inline]
    pub fn partial_arguments(&mut self, output_index: usize) -> Option<&Value> {
        self.connection.accumulator.accumulator.partial_arguments(output_index)
    }

    /// The highest number that an event had, to go on after it; `None` if the server does not number them.
    #[must_use]
    #[inline]
    pub fn sequence_number(&self) -> Option<i64> {
        self.connection.accumulator.accumulator.sequence_number()
    }

    /// Reads the stream to its end and gives the whole response: that of the last event, and what deltas had where it
    /// leaves that out. A response that failed or is incomplete is given, too: its `status` tells.
    ///
    /// # Errors
    /// Those of the stream, if they were not given before; of kind [`Truncated`](ErrorKind::Truncated) if there was no
    /// event of a response, or the stream broke off before.
    #[inline]
    pub async fn final_response(self) -> Result<Response> {
        self.connection.complete(|progress| progress.accumulator.finish()).await
    }

    /// Only the text of the output, piece by piece.
    #[inline]
    pub fn text_stream(self) -> ResponseTextStream {
        ResponseTextStream(self)
    }

    /// Returns the accumulator, to be stored or continued.
    #[must_use]
    #[inline]
    pub fn into_accumulator(self) -> ResponseAccumulator {
        self.connection.accumulator.accumulator
    }
}

/// The reconnects of a stream in a row.
struct Reconnects {
    most: u32,
    count: u32,
    /// When the last connection was made, by the client's clock.
    opened: Duration,
}

impl Reconnects {
    /// A connection that lives for so long counts as a success.
    const SETTLED: Duration = Duration::from_secs(30);

    /// Counts one more, and returns the wait before it.
    #[inline]
    fn next(&mut self, clock: &dyn Clock) -> Result<Option<Duration>> {
        let lived = clock.elapsed().saturating_sub(self.opened);
        if lived >= Self::SETTLED {
            self.count = 0;
        }
        if self.count >= self.most {
            let message = format!(
                "the stream was cut off {} times, each time within {:?}: it is not reconnected again. Allow more by \
                 `with_max_reconnects`",
                self.count.saturating_add(1),
                Self::SETTLED
            );
            return Err(Error::new(ErrorKind::Limit, message));
        }
        self.count += 1;
        let waits = self.count.checked_sub(2);
        Ok(waits.map(|before| Duration::from_millis(500 << before.min(4)).mul_f64(1.0 - 0.25 * clock.random())))
    }
}

/// The state of a stream beside its connection.
#[derive(Default)]
pub(crate) struct StreamProgress {
    pub(crate) accumulator: ResponseAccumulator,
    /// Events up to this number were there before.
    after: Option<i64>,
    call: Option<Arc<CallName>>,
}

impl Accumulate<ResponseStreamEvent> for StreamProgress {
    type Event = ResponseEvent;

    #[inline]
    fn take(&mut self, raw: ResponseStreamEvent, _: Wanted, said: &mut VecDeque<ResponseEvent>) -> Result<()> {
        let is_old = |after| sequence_number(&raw).is_some_and(|number| number <= after);
        if self.after.is_some_and(is_old) {
            return Ok(());
        }
        self.accumulator.push(&raw)?;
        let changed = self.accumulator.changed();
        let call = self.call_of(&raw, changed);
        said.push_back(ResponseEvent { raw, changed, call });
        Ok(())
    }

    #[inline]
    fn text(event: ResponseEvent) -> Option<String> {
        match event.raw {
            ResponseStreamEvent::ResponseOutputTextDelta(event) => Some(event.delta),
            _ => None,
        }
    }

    #[inline]
    fn with_partial(&self, error: Error) -> Error {
        self.accumulator.with_snapshot(error)
    }

    #[inline]
    fn is_complete(&self) -> bool {
        self.accumulator.is_complete()
    }

    /// The rest of a response that was complete before has no last event.
    #[inline]
    fn is_end(&self, error: &Error) -> bool {
        self.is_complete() && error.kind() == ErrorKind::Truncated
    }
}

impl StreamProgress {
    /// The name and id of the call that an event is about. They are made once a call, not once an event.
    #[inline]
    fn call_of(&mut self, event: &ResponseStreamEvent, changed: Option<Changed>) -> Option<Arc<CallName>> {
        use ResponseStreamEvent as E;
        let (E::ResponseFunctionCallArgumentsDelta(_)
        | E::ResponseFunctionCallArgumentsDone(_)
        | E::ResponseCustomToolCallInputDelta(_)
        | E::ResponseCustomToolCallInputDone(_)
        | E::ResponseMcpCallArgumentsDelta(_)
        | E::ResponseMcpCallArgumentsDone(_)) = event
        else {
            return None;
        };
        let (name, call_id) = match self.accumulator.snapshot()?.output.get(changed?.output_index)? {
            ResponseOutputItem::FunctionCall(call) => (call.name.as_str(), call.call_id.as_str()),
            ResponseOutputItem::CustomToolCall(call) => (call.name.as_str(), call.call_id.as_str()),
            ResponseOutputItem::McpCall(call) => (call.name.as_str(), ""),
            _ => return None,
        };
        let known = self.call.take().filter(|known| known.name == name && known.call_id == call_id);
        let call = known.unwrap_or_else(|| Arc::new(CallName { name: name.to_owned(), call_id: call_id.to_owned() }));
        self.call = Some(Arc::clone(&call));
        Some(call)
    }
}

impl ResponseAccumulator {
    /// Goes on with a response in the background, after what was accumulated.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::responses::ResponseAccumulator;
    ///
    /// # async fn run(client: Client, stored: &str) -> Result<(), Box<dyn std::error::Error>> {
    /// let accumulator: ResponseAccumulator = serde_json::from_str(stored)?;
    /// let response = accumulator.resume(&client).await?.final_response().await?;
    /// # let _ = response;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`ResponseStream::reconnect`].
    #[inline]
    pub async fn resume(self, client: &runtime::Client) -> Result<ResponseStream> {
        let (call, after) = self.rest(&retrieval(client), None)?;
        ResponseStream::open(call, self, after).await
    }

    /// The call for the events that are not there yet.
    #[inline]
    fn rest(&self, options: &Call, known: Option<&(String, i64)>) -> Result<(Call, Option<i64>)> {
        let missing = |what: &str| Error::new(ErrorKind::InvalidRequest, format!("no event had {what} to go on from"));
        let id = self.snapshot().map(|response| response.id.as_str()).filter(|id| !id.is_empty());
        let id = id.or(known.map(|(id, _)| id.as_str())).ok_or_else(|| missing("the response's id"))?;
        let after = self.sequence_number().or(known.map(|(_, after)| *after)).ok_or_else(|| missing("a number"))?;
        Ok((resumed(options, id, after), Some(after)))
    }
}

#[inline]
fn retrieval(client: &runtime::Client) -> Call {
    Call::new(client, RetrieveOperation::ENDPOINT)
}

#[inline]
fn resumed(options: &Call, id: &str, starting_after: i64) -> Call {
    let mut call = options.clone().path("response_id", id);
    call.query("starting_after", &starting_after);
    call
}

impl fmt::Debug for ResponseStream {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let id = self.snapshot().map(|response| &response.id);
        f.debug_struct("ResponseStream")
            .field("events", &self.connection.events)
            .field("response", &id)
            .field("sequence_number", &self.sequence_number())
            .finish_non_exhaustive()
    }
}

text_stream! {
    /// The text of a response as it comes: a `Stream` of pieces.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let stream = client.responses().create("gpt-5.5", "Tell me a story").stream_events().await?;
    /// let mut texts = stream.text_stream();
    /// while let Some(text) = texts.next().await {
    ///     print!("{}", text?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ResponseTextStream of ResponseStream
}
