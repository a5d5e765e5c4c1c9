//! The connection with its events: whole, or as halves for different tasks.

use std::any::Any;
use std::collections::VecDeque;
use std::future::poll_fn;
use std::marker::PhantomData;
use std::mem;
use std::ops::Deref;
use std::sync::Arc;
use std::task::{Context, Poll, Waker, ready};

#[cfg(all(feature = "responses", feature = "tools"))]
use openai_runtime::ResponseHead;
use openai_runtime::json::{self, Json};
use openai_runtime::{Call, JsonDecoder, Redactor, WebSocket, WebSocketClosed};

use super::core::{Core, Incoming};
#[cfg(feature = "responses")]
use super::desk::Desk;
use super::options::ConnectionOptions;
use super::send_error::SendError;
use super::server_event::{ClientEvent, ServerEvent, SessionStage};
use super::shared::SharedCore;
use crate::{Bytes, Error, ErrorKind, Result};

/// A WebSocket of the API: `Out` are the events that are sent, `In` those that come.
///
/// It is a `Stream` of the server's events and a `Sink` of the client's. What sends is a [`Sender`], whose methods it has
/// as well. No task works in the background: the connection goes on while one of its methods is awaited, in whatever
/// task. Pings are answered while events are waited for.
///
/// The stream ends with `None` after a close with code 1000 or by [`close`](Sender::close), else after one error, of
/// kind [`Connection`](ErrorKind::Connection) if the same may work on another connection and
/// [`Stream`](ErrorKind::Stream) if not; [`closed`](Sender::closed) has code and reason. An event that can't be read is
/// an error of kind [`Decode`](ErrorKind::Decode), after which others follow. Dropping the connection closes it.
///
/// Where the server says by an event that a session is over ([`ServerEvent::ANNOUNCES_END`]), as in Live sessions and in
/// translations, the stream ends with `None` after that event and with an error without it, also after a close with code
/// 1000: the connection was lost. [`finish`](Self::finish) asks for that event and waits for it.
pub struct Connection<Out, In: ServerEvent> {
    pub(crate) sender: Sender<Out>,
    pub(crate) receiver: Receiver<In>,
}

/// The half of a connection that sends; cheap to clone, and usable from several tasks at once.
pub struct Sender<Out> {
    pub(super) shared: Arc<SharedCore>,
    pub(super) events: PhantomData<fn(Out)>,
}

#[cfg(feature = "responses")]
impl<Out> Sender<Out> {
    /// Goes on reading until `found` gives something; `None` at the end of the connection. What comes meanwhile is filed.
    pub(crate) fn poll_until<T>(
        &self,
        context: &mut Context<'_>,
        found: impl FnMut(&Waker) -> Option<T>,
    ) -> Poll<Option<T>> {
        self.shared.poll_until(context, found)
    }

    /// Returns the desk at which messages are filed that are not for the reader.
    pub(crate) fn desk(&self) -> Option<Arc<dyn Desk>> {
        self.shared.lock().options.desk.clone()
    }

    /// The head of the last handshake's response.
    #[cfg(all(feature = "responses", feature = "tools"))]
    pub(crate) fn head(&self) -> ResponseHead {
        self.shared.lock().head().clone()
    }

    /// Why nothing more can be sent, if that is so.
    pub(crate) fn refusal(&self) -> Option<Error> {
        self.shared.lock().refusal()
    }

    /// Takes the credentials that the handshake and the events before sent out of what is told of an event.
    pub(crate) fn redactor(&self) -> Redactor {
        self.shared.lock().redactor().clone()
    }
}

/// The half of a connection that receives: a `Stream` of the server's events.
pub struct Receiver<In: ServerEvent> {
    pub(super) shared: Arc<SharedCore>,
    /// The responses that have not ended, between two calls that wait for a whole one.
    pub(crate) accumulator: In::Accumulator,
    /// The messages that arrived during a wait for something else.
    pub(super) ahead: VecDeque<Result<Update<In>>>,
    /// The end of the session that arrived while a `finish` waited that was dropped.
    pub(super) ending: Option<Box<dyn Any + Send + Sync>>,
    /// The server has said that the session is over.
    over: bool,
    decoder: JsonDecoder,
    events: PhantomData<fn() -> In>,
}

/// An event, or the news that a connection was made anew.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Update<In> {
    /// An event of the server.
    Event(In),
    /// The connection was lost and made anew. What the server knew of the old one is gone.
    Reconnected {
        /// The number of tries in a row that it took, with those whose connection did not live for 30 s.
        tries: u32,
        /// The end of the old one.
        closed: WebSocketClosed,
    },
}

/// Events that are read while something else is waited for.
pub(super) const AHEAD: usize = 1024;

impl<Out, In: ServerEvent> Connection<Out, In> {
    pub(super) fn new(call: Call, options: ConnectionOptions, socket: WebSocket) -> Self {
        let decoder = call.client().json_decoder();
        let shared = SharedCore::new(Core::new(call, options, socket));
        let sender = Sender { shared: shared.clone(), events: PhantomData };
        let receiver = Receiver {
            shared,
            accumulator: In::Accumulator::default(),
            ahead: VecDeque::new(),
            ending: None,
            over: false,
            decoder,
            events: PhantomData,
        };
        Self { sender, receiver }
    }

    /// Halves for different tasks. The connection is closed when both are dropped, with all clones of the sender.
    ///
    /// A sender makes progress while nobody receives, but a server that can't get rid of its events may stop to read.
    #[must_use]
    pub fn split(self) -> (Sender<Out>, Receiver<In>) {
        (self.sender, self.receiver)
    }

    /// Another sender of this connection.
    #[must_use]
    pub fn sender(&self) -> Sender<Out> {
        self.sender.clone()
    }
}

impl<Out, In: ServerEvent> Connection<Out, In> {
    /// The next event, or `None` at the end. That the connection was made anew is passed over.
    pub async fn next(&mut self) -> Option<Result<In>> {
        self.receiver.next().await
    }

    /// As [`next`](Self::next), but also tells that the connection was made anew.
    pub async fn next_update(&mut self) -> Option<Result<Update<In>>> {
        self.receiver.next_update().await
    }
}

impl<Out, In: ServerEvent> Deref for Connection<Out, In> {
    type Target = Sender<Out>;

    fn deref(&self) -> &Sender<Out> {
        &self.sender
    }
}

impl<Out: ClientEvent> Sender<Out> {
    /// Sends an event: waits until there is room in the queue, and then until the event was written to the connection.
    /// While a lost connection is made anew it waits for that.
    ///
    /// If the future is dropped, the event is either not queued, or still sent by whoever uses the connection next.
    ///
    /// # Errors
    /// The connection is closed, or was closed before the event was sent: the error has the event.
    pub async fn send(&self, event: impl Into<Out>) -> Result<(), SendError<Out>> {
        let event = event.into();
        let (text, is_last) = (Bytes::from(json::to_vec(&event)), event.ends_session());
        let mut number = None;
        let sent = poll_fn(|context| self.poll_send_event(context, &text, is_last, &mut number, &mut |_| {}));
        sent.await.map_err(|error| SendError { event: Box::new(event), error })
    }

    /// Queues an event without waiting, and sends as much as goes without waiting. The rest is sent by whoever waits for
    /// the connection: its receiver, a `send`, or [`flush`](Self::flush).
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): the queue is full. Else the connection is closed. The error
    /// has the event.
    pub fn try_send(&self, event: impl Into<Out>) -> Result<(), SendError<Out>> {
        let event = event.into();
        let (text, is_last) = (Bytes::from(json::to_vec(&event)), event.ends_session());
        let queued = self.shared.now(|core, context| {
            core.drive(context);
            if is_last && core.has_last_word() {
                return Ok(());
            }
            if let Some(error) = core.refusal() {
                return Err(error);
            }
            if !core.has_room(text.len()) {
                return Err(full(core.limit()));
            }
            match is_last {
                true => core.queue_last_word(text),
                false => core.queue(text),
            };
            core.drive(context);
            Ok(())
        });
        queued.map_err(|error| SendError { event: Box::new(event), error })
    }
}

impl<Out> Sender<Out> {
    /// Queues a text once there is room, and waits until it is sent. `queued` is told its number before anything else happens.
    pub(crate) fn poll_send(
        &self,
        context: &mut Context<'_>,
        text: &Bytes,
        number: &mut Option<u64>,
        queued: &mut dyn FnMut(u64),
    ) -> Poll<Result<()>> {
        self.poll_send_event(context, text, false, number, queued)
    }

    /// Does the same with an event that may be the last one of the client.
    fn poll_send_event(
        &self,
        context: &mut Context<'_>,
        text: &Bytes,
        is_last: bool,
        number: &mut Option<u64>,
        queued: &mut dyn FnMut(u64),
    ) -> Poll<Result<()>> {
        self.shared.poll(context, |core, context| {
            core.drive(context);
            if number.is_none() {
                if is_last && core.has_last_word() {
                    return Poll::Ready(Ok(()));
                }
                if let Some(error) = core.refusal() {
                    return Poll::Ready(Err(error));
                }
                if !core.has_room(text.len()) {
                    return Poll::Pending;
                }
            }
            let number = *number.get_or_insert_with(|| {
                let number = match is_last {
                    true => core.queue_last_word(text.clone()),
                    false => core.queue(text.clone()),
                };
                queued(number);
                number
            });
            let sent = core.poll_sent(context, number);
            if let Poll::Ready(Err(_)) = &sent {
                core.take_back(number);
            }
            sent
        })
    }

    /// Waits until all events that were queued before are written to the connection.
    ///
    /// # Errors
    /// The connection was closed before. [`take_unsent`](Self::take_unsent) gives the events that were not sent. Or one of
    /// them was being sent when the connection was lost, and is not sent again: [`take_uncertain`](Self::take_uncertain).
    /// That is told once.
    pub async fn flush(&self) -> Result<()> {
        let last = self.shared.lock().last();
        poll_fn(|context| self.shared.poll(context, |core, context| core.poll_flush(context, last))).await
    }

    /// Sends what is queued, then closes the connection with a code (1000 is a normal end; 3000 to 4999 are the
    /// program's own) and a reason of up to 123 bytes, and waits up to 5 s for the server's answer. Events that the
    /// server sends meanwhile are dropped. Gives how the server closed it.
    ///
    /// It has no effect on a connection that is closed already.
    ///
    /// # Errors
    /// Of kind [`InvalidRequest`](ErrorKind::InvalidRequest): not one of these codes. Of kind
    /// [`Connection`](ErrorKind::Connection): the connection was closed before all events were sent, and
    /// [`take_unsent`](Self::take_unsent) and [`take_uncertain`](Self::take_uncertain) give them.
    pub async fn close(&self, code: u16, reason: &str) -> Result<WebSocketClosed> {
        if !matches!(code, 1000 | 3000..=4999) {
            let message = format!("the close code {code} is not for programs: take 1000, or one of 3000 to 4999");
            return Err(Error::new(ErrorKind::InvalidRequest, message));
        }
        poll_fn(|context| {
            self.shared.poll(context, |core, context| {
                core.start_close(code, reason);
                core.poll_closed(context)
            })
        })
        .await;
        let core = self.shared.lock();
        let closed = core.closed().cloned().unwrap_or_else(|| WebSocketClosed::new(1006, ""));
        if core.has_unsent() {
            let message = format!("{closed} before all events were sent");
            return Err(Error::new(ErrorKind::Connection, message).with_source(closed));
        }
        Ok(closed)
    }

    /// Returns how the connection ended, once it did.
    #[must_use]
    pub fn closed(&self) -> Option<WebSocketClosed> {
        self.shared.lock().closed().cloned()
    }

    /// The client that the connection was opened by.
    #[must_use]
    pub fn client(&self) -> openai_runtime::Client {
        self.shared.lock().client().clone()
    }

    /// The header `x-request-id` of the last handshake's response.
    #[must_use]
    pub fn request_id(&self) -> Option<String> {
        self.shared.lock().head().request_id().map(str::to_owned)
    }
}

impl<Out: Json + Default> Sender<Out> {
    /// Takes the events that were not sent out of the queue, oldest first. An event that a failed [`send`](Self::send) gave
    /// back is not among them. On a connection of the Realtime API, which sends an event again whose delivery is uncertain
    /// when it is made anew, they have these as well after the end; other connections have them in
    /// [`take_uncertain`](Self::take_uncertain).
    #[must_use = "these events are sent by nobody else"]
    pub fn take_unsent(&self) -> Vec<Out> {
        let texts = self.shared.now(|core, _| core.take_unsent());
        events_of(&texts)
    }

    /// Takes the events that were being sent when a connection was lost, oldest first: it is not known whether the server
    /// got them, and nobody sends them again. An event that a failed [`send`](Self::send) gave back is not among them.
    /// The last 1024 are kept, and at most as many bytes as may wait to be sent.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// # #[cfg(feature = "live")]
    /// # async fn run(client: Client, frames_in_base64: Vec<String>) -> openai_ext::Result<()> {
    /// use openai_ext::types::LiveClientEvent;
    ///
    /// let connection = client.live().connect("gpt-live-1").await?;
    /// for frame in frames_in_base64 {
    ///     connection.try_send(LiveClientEvent::session_input_audio_append(frame))?;
    /// }
    /// if connection.flush().await.is_err() {
    ///     println!("{} may have been heard", connection.take_uncertain().len());
    ///     println!("{} were not", connection.take_unsent().len());
    /// }
    /// # Ok(())
    /// # }
    /// ```
    #[must_use = "these events are known to nobody else"]
    pub fn take_uncertain(&self) -> Vec<Out> {
        let texts = self.shared.now(|core, _| core.take_all_uncertain());
        events_of(&texts)
    }
}

impl<In: ServerEvent> Receiver<In> {
    /// The next event, or `None` at the end. That the connection was made anew is passed over.
    pub async fn next(&mut self) -> Option<Result<In>> {
        poll_fn(|context| self.poll_event(context)).await
    }

    /// As [`next`](Self::next), but also tells that the connection was made anew.
    pub async fn next_update(&mut self) -> Option<Result<Update<In>>> {
        poll_fn(|context| self.poll_update(context)).await
    }

    pub(super) fn poll_event(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<In>>> {
        loop {
            return Poll::Ready(match ready!(self.poll_update(context)) {
                Some(Ok(Update::Event(event))) => Some(Ok(event)),
                Some(Ok(Update::Reconnected { .. })) => continue,
                Some(Err(error)) => Some(Err(error)),
                None => None,
            });
        }
    }

    fn poll_update(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Update<In>>>> {
        let update = match self.ahead.pop_front() {
            Some(update) => Some(update),
            None => ready!(self.poll_read(context)),
        };
        if let Some(Ok(Update::Reconnected { .. })) = &update {
            self.accumulator = In::Accumulator::default();
        }
        Poll::Ready(update)
    }

    pub(super) fn poll_read(&mut self, context: &mut Context<'_>) -> Poll<Option<Result<Update<In>>>> {
        if self.over {
            // Nothing comes after the last event but the close.
            return self.shared.poll(context, |core, context| core.poll_closed(context)).map(|()| None);
        }
        let incoming = ready!(self.shared.poll(context, |core, context| {
            let incoming = core.poll_incoming(context);
            incoming.map(|incoming| incoming.map(|incoming| (incoming, core.redactor().clone())))
        }));
        Poll::Ready(incoming.map(|(incoming, redactor)| match incoming {
            Incoming::Message(text) => {
                self.decoder = mem::take(&mut self.decoder).redacting(redactor.clone());
                let event = read(&text, &mut self.decoder).map_err(|error| redactor.error(error))?;
                self.note(&event);
                Ok(Update::Event(event))
            }
            Incoming::Reconnected { tries, closed } => Ok(Update::Reconnected { tries, closed }),
            Incoming::Failed(error) => Err(error),
        }))
    }

    /// Takes note of what an event says of the session. After the last one the connection is closed.
    fn note(&mut self, event: &In) {
        event.note(&mut self.accumulator);
        if event.stage() == SessionStage::Ended {
            self.over = true;
            self.shared.now(|core, _| core.start_close(1000, ""));
        }
    }
}

#[cfg_attr(not(all(feature = "realtime", feature = "tools")), allow(dead_code, reason = "tools alone read ahead"))]
impl<In: ServerEvent> Receiver<In> {
    /// Waits for something else, and goes on reading meanwhile, so that pings are answered and the server is not held
    /// up. The events come afterwards.
    pub(crate) async fn read_while<T>(&mut self, future: impl Future<Output = T>) -> T {
        let mut future = std::pin::pin!(future);
        poll_fn(|context| {
            if let Poll::Ready(done) = future.as_mut().poll(context) {
                return Poll::Ready(done);
            }
            while self.ahead.len() < AHEAD {
                match self.poll_read(context) {
                    Poll::Ready(Some(update)) => self.ahead.push_back(update),
                    Poll::Ready(None) | Poll::Pending => break,
                }
            }
            Poll::Pending
        })
        .await
    }

    /// The next event of a response that is waited for: that it will not come is an error.
    pub(crate) async fn next_of_response(&mut self) -> Result<In> {
        match self.next_update().await {
            Some(Ok(Update::Event(event))) => Ok(event),
            Some(Ok(Update::Reconnected { closed, .. })) => {
                let message = format!("{closed}; it was made anew, where the response is not known");
                Err(Error::new(ErrorKind::Connection, message).with_source(closed))
            }
            Some(Err(error)) => Err(error),
            None => Err(Error::new(ErrorKind::Truncated, "the connection ended without the response")),
        }
    }
}

impl<In: ServerEvent> Receiver<In> {
    /// Takes the credentials that the handshake and the events before sent out of an error about something that the server said.
    pub(crate) fn redacted(&self, error: Error) -> Error {
        self.shared.lock().redactor().error(error)
    }

    /// Returns how the connection ended, once it did.
    #[must_use]
    pub fn closed(&self) -> Option<WebSocketClosed> {
        self.shared.lock().closed().cloned()
    }
}

pub(crate) fn read<In: Json + Default>(text: &Bytes, decoder: &mut JsonDecoder) -> Result<In> {
    decoder.decode(text).map_err(|error| {
        let message = format!("an event of the server, of {} bytes, can't be read: {error}", text.len());
        Error::new(ErrorKind::Decode, message).with_source(error)
    })
}

/// Reads the texts that were written as events.
fn events_of<Out: Json + Default>(texts: &[Bytes]) -> Vec<Out> {
    texts.iter().filter_map(|text| json::from_slice(text).ok()).collect()
}

#[inline]
fn full(limit: usize) -> Error {
    let message = format!("the queue of events to send is full: it holds {limit} bytes; wait with `send` or `flush`");
    Error::new(ErrorKind::InvalidRequest, message)
}
