//! Messages that come in: those for the connection's reader, and those that are filed for others.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use openai_runtime::{WebSocketClosed, WebSocketMessage};

use super::core::{Core, Incoming, Phase};
use super::desk::{Filed, Inbox, Loss};
use super::messages::{Queued, Uncertain, error_of, text_of};
use crate::{Bytes, Error};

/// The events that were being sent when their connection was lost, and of which nobody has asked yet.
const UNCERTAIN: usize = 1024;

impl Core {
    /// Returns the next message, or `None` at the end.
    #[inline]
    pub(super) fn poll_incoming(&mut self, context: &mut Context<'_>) -> Poll<Option<Incoming>> {
        loop {
            if let Some(incoming) = self.inbox.pop_front() {
                if let Incoming::Message(text) = &incoming {
                    self.inbox_bytes = self.inbox_bytes.saturating_sub(text.len());
                }
                return Poll::Ready(Some(incoming));
            }
            match self.poll_arrival(context) {
                Poll::Ready(true) => {}
                // Writing may have found the last messages.
                _ if !self.inbox.is_empty() => {}
                Poll::Ready(false) => return Poll::Ready(None),
                Poll::Pending => return Poll::Pending,
            }
        }
    }

    /// Waits until something comes, for whomever; false at the end.
    #[inline]
    pub(super) fn poll_arrival(&mut self, context: &mut Context<'_>) -> Poll<bool> {
        if self.closing.is_some() {
            ready!(self.poll_closed(context));
        }
        self.drive(context);
        let socket = match &mut self.state {
            Phase::Open(socket) => socket,
            Phase::Ended => return Poll::Ready(false),
            _ => return Poll::Pending,
        };
        match ready!(socket.poll_message(context)) {
            Ok(message) => self.arrive(message),
            Err(closed) => self.lose(closed),
        }
        Poll::Ready(true)
    }

    /// Files a message that came.
    #[inline]
    pub(super) fn arrive(&mut self, message: WebSocketMessage) {
        let Some(text) = text_of(message) else { return };
        let inbox = Inbox { events: self.inbox.len(), bytes: self.inbox_bytes };
        match self.options.desk.as_ref().map_or(Filed::Reader, |desk| desk.file(&text, inbox, &mut self.due)) {
            Filed::Reader => {
                self.inbox_bytes += text.len();
                self.inbox.push_back(Incoming::Message(text));
            }
            Filed::Taken => return,
            Filed::Overflow(error) => {
                self.inbox.retain(|incoming| !matches!(incoming, Incoming::Message(_)));
                self.inbox_bytes = 0;
                self.inbox.push_back(Incoming::Failed(error));
            }
        }
        // Whoever reads may not be the one who drives.
        self.changed |= self.options.desk.is_some();
    }

    /// Tells those whose messages are filed that the connection was lost.
    #[inline]
    pub(super) fn tell_of_loss(&mut self, closed: &WebSocketClosed, is_final: bool) {
        let mut bytes: usize = self.uncertain.iter().map(Uncertain::size).sum();
        while self.uncertain.len() > UNCERTAIN || (bytes > self.options.queue && self.uncertain.len() > 1) {
            bytes -= self.uncertain.pop_front().as_ref().map_or(0, Uncertain::size);
        }
        let Some(desk) = self.options.desk.clone() else { return };
        let mut due = std::mem::take(&mut self.due);
        let is_queued = |number| self.is_queued(number);
        desk.lose(&Loss { closed, kind: error_of(closed).kind(), is_final, is_queued: &is_queued }, &mut due);
        self.due = due;
        self.changed = true;
    }

    /// Takes back what was not sent to its end, before what was not begun. What may have been delivered is kept apart, unless
    /// it is to be sent again.
    #[inline]
    pub(super) fn put_back(&mut self, closed: &WebSocketClosed) {
        let repeats = self.options.repeats;
        let mut again = VecDeque::new();
        for Queued { number, text } in self.written.drain(..) {
            match number.filter(|_| !repeats) {
                None => again.push_back(Queued { number, text }),
                Some(number) => {
                    self.bytes -= text.len();
                    let (closed, text) = (closed.clone(), Some(text));
                    self.uncertain.push_back(Uncertain { number, closed, text, was_told: false, is_old: false });
                }
            }
        }
        again.append(&mut self.queue);
        self.queue = again;
    }

    /// The error of an event that was being sent when its connection was lost.
    #[inline]
    pub(super) fn take_uncertain(&mut self, number: u64) -> Option<Error> {
        let at = self.uncertain.iter().position(|lost| lost.number == number)?;
        self.uncertain.remove(at).map(|lost| lost.error())
    }

    /// The error of the first such event up to this number, unless it was told before.
    #[inline]
    pub(super) fn tell_uncertain(&mut self, number: u64) -> Option<Error> {
        let mut untold = self.uncertain.iter_mut().filter(|lost| lost.number <= number && !lost.was_told);
        let first = untold.next()?;
        first.was_told = true;
        let error = first.error();
        untold.for_each(|lost| lost.was_told = true);
        Some(error)
    }

    /// Takes all such events. Who waits for one of them still gets its error.
    #[inline]
    pub(super) fn take_all_uncertain(&mut self) -> Vec<Bytes> {
        self.uncertain.iter_mut().filter_map(|lost| lost.text.take()).collect()
    }
}
