//! Messages that come in: those for the connection's reader, and those that are filed for others.

use std::collections::VecDeque;
use std::task::{Context, Poll, ready};

use openai_runtime::{WebSocketClosed, WebSocketMessage};

use super::core::{Core, Incoming, Phase};
use super::desk::{Filed, Inbox, Loss};
use super::messages::{error_of, text_of};
use crate::Error;

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
        let surplus = self.uncertain.len().saturating_sub(UNCERTAIN);
        self.uncertain.drain(..surplus);
        let Some(desk) = self.options.desk.clone() else { return };
        let mut due = std::mem::take(&mut self.due);
        let is_queued = |number| self.is_queued(number);
        desk.lose(&Loss { closed, kind: error_of(closed).kind(), is_final, is_queued: &is_queued }, &mut due);
        self.due = due;
        self.changed = true;
    }

    /// The error of an event that was being sent when its connection was lost.
    #[inline]
    pub(super) fn take_uncertain(&mut self, number: u64) -> Option<Error> {
        let at = self.uncertain.iter().position(|(lost, _)| *lost == number)?;
        let (_, closed) = VecDeque::remove(&mut self.uncertain, at)?;
        let message =
            format!("{closed} while the event was sent: its delivery is uncertain, and it is not sent again by itself");
        Some(Error::new(error_of(&closed).kind(), message).with_source(closed))
    }
}
