//! A connection and its halves as streams and sinks.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use openai_runtime::json;

use super::server_event::{ClientEvent, ServerEvent};
use super::socket::{Connection, Receiver, Sender};
use crate::{Bytes, Error, Result};

/// No event is ever pinned.
impl<In: ServerEvent> Unpin for Receiver<In> {}

impl<In: ServerEvent> Stream for Receiver<In> {
    type Item = Result<In>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<In>>> {
        self.poll_event(context)
    }
}

impl<Out, In: ServerEvent> Stream for Connection<Out, In> {
    type Item = Result<In>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<In>>> {
        self.receiver.poll_event(context)
    }
}

/// Flushing waits until all that was queued is written; closing is with code 1000.
impl<Out: ClientEvent> Sink<Out> for Sender<Out> {
    type Error = Error;

    fn poll_ready(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.shared.poll(context, |core, context| {
            core.drive(context);
            match core.refusal() {
                Some(error) => Poll::Ready(Err(error)),
                None if core.has_room(1) => Poll::Ready(Ok(())),
                None => Poll::Pending,
            }
        })
    }

    fn start_send(self: Pin<&mut Self>, event: Out) -> Result<()> {
        let (text, is_last) = (Bytes::from(json::to_vec(&event)), event.ends_session());
        self.shared.now(|core, _| match core.refusal() {
            Some(_) if is_last && core.has_last_word() => Ok(()),
            Some(error) => Err(error),
            None => {
                match is_last {
                    true => core.queue_last_word(text),
                    false => core.queue(text),
                };
                Ok(())
            }
        })
    }

    fn poll_flush(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.shared.poll(context, |core, context| {
            let last = core.last();
            core.poll_flush(context, last)
        })
    }

    fn poll_close(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        self.shared.poll(context, |core, context| {
            core.start_close(1000, "");
            core.poll_closed(context).map(Ok)
        })
    }
}

impl<Out: ClientEvent, In: ServerEvent> Sink<Out> for Connection<Out, In> {
    type Error = Error;

    fn poll_ready(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.sender).poll_ready(context)
    }

    fn start_send(mut self: Pin<&mut Self>, event: Out) -> Result<()> {
        Pin::new(&mut self.sender).start_send(event)
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.sender).poll_flush(context)
    }

    fn poll_close(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<()>> {
        Pin::new(&mut self.sender).poll_close(context)
    }
}

impl<Out> Clone for Sender<Out> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone(), events: self.events }
    }
}

impl<Out> fmt::Debug for Sender<Out> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sender").field("closed", &self.closed()).finish_non_exhaustive()
    }
}

impl<In: ServerEvent> fmt::Debug for Receiver<In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Receiver").field("closed", &self.closed()).finish_non_exhaustive()
    }
}

impl<Out, In: ServerEvent> fmt::Debug for Connection<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connection").field("closed", &self.closed()).finish_non_exhaustive()
    }
}
