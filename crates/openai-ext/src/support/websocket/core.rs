//! The connection itself: what waits to be sent, what came, and what is done when it breaks. It knows no event.
//!
//! Nothing runs by itself: whoever waits, to send or to receive, drives it.

use std::collections::VecDeque;
use std::mem;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use openai_runtime::transport::BoxFuture;
use openai_runtime::{Call, Pending, Redactor, ResponseHead, WebSocket, WebSocketClosed, WebSocketMessage};

pub(super) use super::messages::Incoming;
use super::messages::{Queued, Uncertain, error_of, lost_error, place};
use super::options::{ConnectionOptions, SETTLED};
use crate::{Bytes, Error, ErrorKind};

pub(super) struct Core {
    /// The handshake, to be sent again.
    call: Call,
    pub(super) options: ConnectionOptions,
    pub(super) state: Phase,
    /// The events that wait to be sent.
    pub(super) queue: VecDeque<Queued>,
    /// The events that the connection took, but has not sent to their end.
    pub(super) written: VecDeque<Queued>,
    /// The bytes of both.
    pub(super) bytes: usize,
    /// The number of the last event that was queued, and of the last one that was sent.
    queued: u64,
    sent: u64,
    /// The number of the event by which the client ended the session. None may follow it.
    last_word: Option<u64>,
    pub(super) inbox: VecDeque<Incoming>,
    /// The bytes of the messages in it.
    pub(super) inbox_bytes: usize,
    /// Events that were being sent when their connection was lost, and are not sent again.
    pub(super) uncertain: VecDeque<Uncertain>,
    /// Tasks that wait for what was filed for them.
    pub(super) due: Vec<Waker>,
    /// The number of times in a row that the connection was tried anew, without one that lived for long.
    tries: u32,
    /// When the connection was made, by the client's clock.
    opened: Duration,
    pub(super) closing: Option<Closing>,
    ended: Option<WebSocketClosed>,
    /// The head of the last handshake's response.
    head: ResponseHead,
    /// Takes the credentials of the handshakes, and the secrets of what was sent, out of errors.
    redactor: Redactor,
    /// Something changed that another task may wait for.
    pub(super) changed: bool,
    /// Nothing can be done before the connection wakes somebody.
    pub(super) parked: bool,
}

pub(super) enum Phase {
    Open(Box<WebSocket>),
    /// Until the next try, after a close.
    Waiting(BoxFuture<()>, WebSocketClosed),
    Connecting(Pending<WebSocket>, WebSocketClosed),
    Ended,
}

/// The client's own end of the connection.
pub(super) struct Closing {
    code: u16,
    reason: String,
    said: bool,
    limit: BoxFuture<()>,
}

/// The next step: work to do at once, or a wait.
enum DriveStep {
    Again,
    Wait,
}

/// The time limit of the goodbye.
const FAREWELL: Duration = Duration::from_secs(5);

impl Core {
    #[inline]
    pub(super) fn new(call: Call, options: ConnectionOptions, socket: WebSocket) -> Self {
        let (head, redactor) = (socket.head().clone(), socket.redactor().clone());
        Self {
            opened: call.client().clock().elapsed(),
            call,
            options,
            state: Phase::Open(Box::new(socket)),
            queue: VecDeque::new(),
            written: VecDeque::new(),
            bytes: 0,
            queued: 0,
            sent: 0,
            last_word: None,
            inbox: VecDeque::new(),
            inbox_bytes: 0,
            uncertain: VecDeque::new(),
            due: Vec::new(),
            tries: 0,
            closing: None,
            ended: None,
            head,
            redactor,
            changed: false,
            parked: false,
        }
    }

    #[inline]
    pub(super) fn client(&self) -> &openai_runtime::Client {
        self.call.client()
    }

    #[inline]
    pub(super) fn head(&self) -> &ResponseHead {
        &self.head
    }

    #[inline]
    pub(super) fn redactor(&self) -> &Redactor {
        &self.redactor
    }

    /// Returns true if there are events that were not sent.
    #[inline]
    pub(super) fn has_unsent(&self) -> bool {
        self.first_waiting().is_some() || self.uncertain.iter().any(|lost| !lost.is_old)
    }

    #[inline]
    pub(super) fn closed(&self) -> Option<&WebSocketClosed> {
        self.ended.as_ref()
    }

    /// Returns true if an event of this size may be queued. One that is larger than the queue is taken by an empty
    /// one.
    #[inline]
    pub(super) fn has_room(&self, size: usize) -> bool {
        self.bytes == 0 || self.bytes.saturating_add(size) <= self.options.queue
    }

    /// The bytes that may wait.
    #[inline]
    pub(super) fn limit(&self) -> usize {
        self.options.queue
    }

    /// Why nothing more can be sent, if that is so.
    #[inline]
    pub(super) fn refusal(&self) -> Option<Error> {
        match (&self.ended, &self.closing) {
            (Some(closed), _) => Some(error_of(closed)),
            (None, Some(_)) => Some(Error::new(ErrorKind::InvalidRequest, "the connection is being closed")),
            (None, None) if self.last_word.is_some() => {
                let message = "the session is being closed: nothing can be sent after `session.close`";
                Some(Error::new(ErrorKind::InvalidRequest, message))
            }
            (None, None) => None,
        }
    }

    /// Tells whether the client ended the session, so that another such event has no effect.
    #[inline]
    pub(super) fn has_last_word(&self) -> bool {
        self.last_word.is_some()
    }

    /// Queues the event by which the client ends the session, and gives its number.
    #[inline]
    pub(super) fn queue_last_word(&mut self, text: Bytes) -> u64 {
        let number = self.queue(text);
        self.last_word = Some(number);
        number
    }

    /// Queues that event unless it was queued before or the connection has ended.
    #[inline]
    pub(super) fn end_session(&mut self, text: Bytes) {
        if self.refusal().is_none() {
            self.queue_last_word(text);
        }
    }

    /// Queues an event, and gives its number.
    #[inline]
    pub(super) fn queue(&mut self, text: Bytes) -> u64 {
        self.queued += 1;
        self.bytes += text.len();
        self.queue.push_back(Queued { number: Some(self.queued), text });
        self.queued
    }

    /// Waits until the event with this number was sent.
    #[inline]
    pub(super) fn poll_sent(&mut self, context: &mut Context<'_>, number: u64) -> Poll<Result<(), Error>> {
        self.drive(context);
        if let Some(error) = self.take_uncertain(number) {
            return Poll::Ready(Err(error));
        }
        if self.sent >= number {
            return Poll::Ready(Ok(()));
        }
        match &self.ended {
            Some(closed) => Poll::Ready(Err(error_of(closed))),
            None if self.is_waiting(number) => Poll::Pending,
            None => {
                Poll::Ready(Err(Error::new(ErrorKind::InvalidRequest, "the event was taken back before it was sent")))
            }
        }
    }

    /// Waits until nothing up to this number waits to be sent.
    #[inline]
    pub(super) fn poll_flush(&mut self, context: &mut Context<'_>, number: u64) -> Poll<Result<(), Error>> {
        self.drive(context);
        if let Some(error) = self.tell_uncertain(number) {
            return Poll::Ready(Err(error));
        }
        match &self.ended {
            _ if self.first_waiting().is_none_or(|first| first > number) => Poll::Ready(Ok(())),
            Some(closed) => Poll::Ready(Err(error_of(closed))),
            None => Poll::Pending,
        }
    }

    /// The number of the last event that was queued.
    #[inline]
    pub(super) fn last(&self) -> u64 {
        self.queued
    }

    /// Takes an event back that was not sent.
    #[inline]
    pub(super) fn take_back(&mut self, number: u64) {
        if let Ok(place) = place(&self.queue, number)
            && let Some(queued) = self.queue.remove(place)
        {
            self.bytes -= queued.text.len();
            self.last_word.take_if(|last| *last == number);
        }
    }

    /// Takes back all that was not sent.
    #[inline]
    pub(super) fn take_unsent(&mut self) -> Vec<Bytes> {
        let (taken, kept): (Vec<_>, Vec<_>) =
            mem::take(&mut self.queue).into_iter().partition(|queued| queued.number.is_some());
        self.queue = VecDeque::from(kept);
        self.last_word.take_if(|last| taken.iter().any(|queued| queued.number == Some(*last)));
        self.count();
        taken.into_iter().map(|queued| queued.text).collect()
    }

    /// Begins to say goodbye.
    #[inline]
    pub(super) fn start_close(&mut self, code: u16, reason: &str) {
        if self.ended.is_none() && self.closing.is_none() {
            let limit = self.call.client().clock().sleep(FAREWELL);
            self.closing = Some(Closing { code, reason: reason.to_owned(), said: false, limit });
            self.changed = true;
        }
    }

    /// Sends what waits, says goodbye, and waits for the server's answer. What else comes is dropped.
    #[inline]
    pub(super) fn poll_closed(&mut self, context: &mut Context<'_>) -> Poll<()> {
        loop {
            self.drive(context);
            let Some(closing) = &mut self.closing else { return Poll::Ready(()) };
            let Phase::Open(socket) = &mut self.state else { return Poll::Ready(()) };
            match socket.poll_message(context) {
                Poll::Ready(Ok(_)) => continue,
                Poll::Ready(Err(closed)) => self.end(closed),
                Poll::Pending if closing.limit.as_mut().poll(context).is_ready() => {
                    self.end(WebSocketClosed::new(1006, "the server did not answer the close"));
                }
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Goes on as far as that is possible without waiting.
    #[inline]
    pub(super) fn drive(&mut self, context: &mut Context<'_>) {
        while let DriveStep::Again = self.step(context) {}
    }

    #[inline]
    fn step(&mut self, context: &mut Context<'_>) -> DriveStep {
        match &mut self.state {
            Phase::Ended => DriveStep::Wait,
            Phase::Open(_) => self.write(context),
            // Nobody wants another connection to say goodbye on it.
            Phase::Waiting(_, closed) | Phase::Connecting(_, closed) if self.closing.is_some() => {
                let closed = closed.clone();
                self.end(closed);
                DriveStep::Again
            }
            Phase::Waiting(sleep, closed) => {
                if sleep.as_mut().poll(context).is_pending() {
                    return DriveStep::Wait;
                }
                let mut call = self.call.clone();
                call.with_max_retries(0);
                self.state = Phase::Connecting(call.open_websocket(self.options.socket.clone()), closed.clone());
                DriveStep::Again
            }
            Phase::Connecting(pending, closed) => {
                let Poll::Ready(connected) = std::pin::Pin::new(pending).poll(context) else { return DriveStep::Wait };
                let closed = closed.clone();
                match connected {
                    Ok(socket) => self.reconnected(socket, closed),
                    Err(error) => self.try_again(closed, Some(error)),
                }
                DriveStep::Again
            }
        }
    }

    /// Hands over what waits, and sends it.
    #[inline]
    fn write(&mut self, context: &mut Context<'_>) -> DriveStep {
        match self.poll_write(context) {
            Poll::Ready(Err(closed)) => {
                self.fail_write(context, closed);
                DriveStep::Again
            }
            _ => DriveStep::Wait,
        }
    }

    #[inline]
    fn poll_write(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WebSocketClosed>> {
        let Phase::Open(socket) = &mut self.state else { return Poll::Ready(Ok(())) };
        while let Some(next) = self.queue.front() {
            std::task::ready!(socket.poll_ready(context))?;
            socket.start_send(WebSocketMessage::Text(next.text.clone()))?;
            self.redactor = socket.redactor().clone();
            if let Some(desk) = &self.options.desk {
                desk.sent(&next.text, next.number.unwrap_or_default());
            }
            self.written.extend(self.queue.pop_front());
        }
        if let Some(closing) = self.closing.as_mut().filter(|closing| !closing.said) {
            std::task::ready!(socket.poll_ready(context))?;
            closing.said = true;
            socket.start_close(closing.code, &closing.reason)?;
        }
        std::task::ready!(socket.poll_flush(context))?;
        for written in self.written.drain(..) {
            self.sent = self.sent.max(written.number.unwrap_or_default());
            self.bytes -= written.text.len();
            self.changed = true;
        }
        Poll::Ready(Ok(()))
    }

    /// The connection takes nothing more. What the server said before is read, above all why it closed.
    #[inline]
    fn fail_write(&mut self, context: &mut Context<'_>, mut failed: WebSocketClosed) {
        while let Phase::Open(socket) = &mut self.state {
            match socket.poll_message(context) {
                Poll::Ready(Ok(message)) => self.arrive(message),
                Poll::Ready(Err(closed)) => {
                    if closed.code() != 1006 {
                        failed = closed;
                    }
                    break;
                }
                Poll::Pending => break,
            }
        }
        self.lose(failed);
    }

    /// The connection is closed, and not by us.
    #[inline]
    pub(super) fn lose(&mut self, closed: WebSocketClosed) {
        self.put_back(&closed);
        self.tell_of_loss(&closed, false);
        if self.call.client().clock().elapsed().saturating_sub(self.opened) >= SETTLED {
            self.tries = 0;
        }
        match &self.options.reconnect {
            _ if self.closing.is_some() => self.end(closed),
            Some(reconnect) if self.last_word.is_none() && reconnect.applies(&closed) => self.try_again(closed, None),
            _ => self.fail(closed, None),
        }
    }

    /// Waits before the connection is made anew, or gives up.
    #[inline]
    fn try_again(&mut self, closed: WebSocketClosed, error: Option<Error>) {
        let clock = self.call.client().clock().clone();
        let asked = error.as_ref().and_then(Error::retry_after);
        let wait = match (&self.options.reconnect, &error) {
            (_, Some(error)) if !error.is_retryable() => None,
            (Some(reconnect), _) => reconnect.wait(self.tries, asked, &*clock),
            (None, _) => None,
        };
        match wait {
            Some(wait) => {
                self.tries += 1;
                self.state = Phase::Waiting(clock.sleep(wait), closed);
            }
            None => self.fail(closed, error),
        }
        self.changed = true;
    }

    #[inline]
    fn reconnected(&mut self, mut socket: WebSocket, closed: WebSocketClosed) {
        // What was sent on the old connection can be in what comes over this one, or is still to be told of.
        socket.redact_also(&self.redactor);
        self.head = socket.head().clone();
        self.redactor = socket.redactor().clone();
        self.state = Phase::Open(Box::new(socket));
        self.opened = self.call.client().clock().elapsed();
        self.uncertain.iter_mut().for_each(|lost| lost.is_old = true);
        self.inbox.push_back(Incoming::Reconnected { tries: self.tries, closed });
        let hello = self.options.hello.as_ref().map(|hello| hello()).unwrap_or_default();
        // What an earlier connection was told first, but did not get, is told anew.
        self.queue.retain(|queued| queued.number.is_some());
        for text in hello.into_iter().rev() {
            self.queue.push_front(Queued { number: None, text: text.into() });
        }
        self.count();
    }

    /// The end, which was not asked for: an error, unless the server said that all is well.
    #[inline]
    fn fail(&mut self, closed: WebSocketClosed, error: Option<Error>) {
        let announces_end = self.options.announces_end;
        if closed.code() != 1000 || error.is_some() || announces_end {
            let lost = || if announces_end { lost_error(&closed) } else { error_of(&closed) };
            self.inbox.push_back(Incoming::Failed(error.unwrap_or_else(lost)));
        }
        self.end(closed);
    }

    #[inline]
    fn end(&mut self, closed: WebSocketClosed) {
        self.put_back(&closed);
        self.tell_of_loss(&closed, true);
        self.state = Phase::Ended;
        self.closing = None;
        self.ended.get_or_insert(closed);
        self.changed = true;
    }

    #[inline]
    fn is_waiting(&self, number: u64) -> bool {
        self.is_queued(number) || place(&self.written, number).is_ok()
    }

    /// Tells whether no byte of an event was handed over.
    #[inline]
    pub(super) fn is_queued(&self, number: u64) -> bool {
        place(&self.queue, number).is_ok()
    }

    /// The number of the first event that waits. What was written comes before what is queued.
    #[inline]
    fn first_waiting(&self) -> Option<u64> {
        let first = |events: &VecDeque<Queued>| events.iter().find_map(|queued| queued.number);
        first(&self.written).or_else(|| first(&self.queue))
    }

    #[inline]
    fn waiting(&self) -> impl Iterator<Item = &Queued> {
        self.queue.iter().chain(&self.written)
    }

    #[inline]
    fn count(&mut self) {
        self.bytes = self.waiting().map(|queued| queued.text.len()).sum();
        self.changed = true;
    }
}
