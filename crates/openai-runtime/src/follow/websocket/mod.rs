//! WebSockets: a call whose response leaves a connection behind, and the messages that go over it.
//!
//! The handshake is a call as any other, by the client's transport. So a WebSocket has the client's TLS, proxies,
//! credentials, limits and retries, and there is no second way to connect.

mod closed;
mod handshake;
mod sent;

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use futures_core::Stream;
use futures_sink::Sink;
use http::HeaderMap;
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Message, Utf8Bytes};

use crate::client::call::Call;
use crate::client::pending::Pending;
use crate::error::{ErrorKind, Redactor, Result};
use crate::io::transport::{BoxFuture, Io};
use crate::response::head::ResponseHead;
use crate::response::reply::Reply;

use sent::SentSecrets;

pub use closed::WebSocketClosed;

/// The options of a WebSocket.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct WebSocketOptions {
    /// The largest message that is read, in bytes; 64 MiB by default.
    pub max_message_size: usize,
}

impl Default for WebSocketOptions {
    #[inline]
    fn default() -> Self {
        Self { max_message_size: 64 * 1024 * 1024 }
    }
}

impl WebSocketOptions {
    /// Sets the largest message that is read, in bytes.
    #[must_use]
    #[inline]
    pub fn max_message_size(mut self, bytes: usize) -> Self {
        self.max_message_size = bytes;
        self
    }
}

/// A message.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum WebSocketMessage {
    /// Text, in UTF-8.
    Text(Bytes),
    /// Bytes.
    Binary(Bytes),
}

/// A WebSocket: messages in and out, each way polled by whoever has use for it. Dropping it closes the connection.
///
/// Pings are answered while it is read. All errors are [`WebSocketClosed`]. One of a message that is sent may come before
/// the last messages and the close of the server are read.
pub struct WebSocket {
    stream: WebSocketStream<Box<dyn Io>>,
    head: ResponseHead,
    sent: SentSecrets,
    max_message_size: usize,
    /// The first reason for its end.
    closed: Option<WebSocketClosed>,
}

impl WebSocket {
    /// The head of the handshake's response.
    #[must_use]
    #[inline]
    pub fn head(&self) -> &ResponseHead {
        &self.head
    }

    /// The headers of the handshake's response.
    #[must_use]
    #[inline]
    pub fn headers(&self) -> &HeaderMap {
        &self.head.headers
    }

    /// The header `x-request-id` of the handshake's response.
    #[must_use]
    #[inline]
    pub fn request_id(&self) -> Option<&str> {
        self.head.request_id()
    }

    /// The credentials that the handshake sent, and the secrets in the messages that were sent since, for layers above that
    /// make errors of what the server said. A secret is the value of a member that the operation has in
    /// [`Endpoint::secrets`](crate::Endpoint::secrets); the last 1,024 of them are known.
    #[must_use]
    #[inline]
    pub fn redactor(&self) -> &Redactor {
        &self.head.redactor
    }

    /// Takes the credentials of another redactor out of what is shown as well, such as those of the connection before.
    #[inline]
    pub fn redact_also(&mut self, redactor: &Redactor) {
        if let Some(all) = self.sent.add(redactor.texts(), &self.head.redactor) {
            self.head.redactor = all;
        }
    }

    /// Returns the number of times that the handshake was sent.
    #[must_use]
    #[inline]
    pub fn attempts(&self) -> u32 {
        self.head.attempts
    }

    /// The next message.
    ///
    /// # Errors
    /// The connection is closed, by whomever.
    #[inline]
    pub fn poll_message(&mut self, context: &mut Context<'_>) -> Poll<Result<WebSocketMessage, WebSocketClosed>> {
        if let Some(closed) = &self.closed {
            return Poll::Ready(Err(closed.clone()));
        }
        loop {
            match ready!(Pin::new(&mut self.stream).poll_next(context)) {
                Some(Ok(Message::Text(text))) => return Poll::Ready(Ok(WebSocketMessage::Text(text.into()))),
                Some(Ok(Message::Binary(bytes))) => return Poll::Ready(Ok(WebSocketMessage::Binary(bytes))),
                Some(Ok(Message::Close(frame))) => {
                    // The answer is a few bytes. A server that takes no more of them has to do without.
                    let _ = Pin::new(&mut self.stream).poll_flush(context);
                    let closed = frame.map_or_else(WebSocketClosed::without_code, |frame| {
                        WebSocketClosed::new(frame.code.into(), self.head.redactor.text(&frame.reason))
                    });
                    return Poll::Ready(Err(self.end(closed)));
                }
                // tungstenite answers pings itself.
                Some(Ok(Message::Ping(_) | Message::Pong(_) | Message::Frame(_))) => {}
                Some(Err(error)) => {
                    let closed = self.closed_by(error);
                    if let Some(frame) = closed.to_say() {
                        self.say_goodbye(context, Some(frame));
                    }
                    return Poll::Ready(Err(self.end(closed)));
                }
                None => return Poll::Ready(Err(self.end(WebSocketClosed::lost()))),
            }
        }
    }

    /// Waits until another message can be taken.
    ///
    /// # Errors
    /// The connection is closed.
    #[inline]
    pub fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WebSocketClosed>> {
        self.polled(context, |stream, context| stream.poll_ready(context))
    }

    /// Takes a message after [`poll_ready`](Self::poll_ready). It is sent while it is flushed.
    ///
    /// # Errors
    /// The connection is closed; or a text is not UTF-8, which closes nothing and has code 1007.
    #[inline]
    pub fn start_send(&mut self, message: WebSocketMessage) -> Result<(), WebSocketClosed> {
        if let Some(closed) = &self.closed {
            return Err(closed.clone());
        }
        // Before it is sent: the server may answer at once.
        let (WebSocketMessage::Text(bytes) | WebSocketMessage::Binary(bytes)) = &message;
        if let Some(all) = self.sent.add_message(bytes, &self.head.redactor) {
            self.head.redactor = all;
        }
        let message = match message {
            WebSocketMessage::Text(bytes) => match Utf8Bytes::try_from(bytes) {
                Ok(text) => Message::Text(text),
                Err(_) => return Err(WebSocketClosed::new(1007, "the text to send is not UTF-8")),
            },
            WebSocketMessage::Binary(bytes) => Message::Binary(bytes),
        };
        let sent = Pin::new(&mut self.stream).start_send(message);
        sent.map_err(|error| self.closed_by(error))
    }

    /// Sends what was taken.
    ///
    /// # Errors
    /// The connection is closed.
    #[inline]
    pub fn poll_flush(&mut self, context: &mut Context<'_>) -> Poll<Result<(), WebSocketClosed>> {
        self.polled(context, |stream, context| stream.poll_flush(context))
    }

    /// Says goodbye after what was taken, with a code and a reason of which 123 bytes are sent. The connection is closed
    /// once [`poll_message`](Self::poll_message) says so: the server answers, and may send messages before that.
    ///
    /// # Errors
    /// The connection is closed already.
    #[inline]
    pub fn start_close(&mut self, code: u16, reason: &str) -> Result<(), WebSocketClosed> {
        if let Some(closed) = &self.closed {
            return Err(closed.clone());
        }
        let frame = CloseFrame { code: code.into(), reason: short(reason).into() };
        let sent = Pin::new(&mut self.stream).start_send(Message::Close(Some(frame)));
        sent.map_err(|error| self.closed_by(error))
    }

    fn polled(
        &mut self,
        context: &mut Context<'_>,
        poll: impl FnOnce(
            Pin<&mut WebSocketStream<Box<dyn Io>>>,
            &mut Context<'_>,
        ) -> Poll<Result<(), tokio_tungstenite::tungstenite::Error>>,
    ) -> Poll<Result<(), WebSocketClosed>> {
        if let Some(closed) = &self.closed {
            return Poll::Ready(Err(closed.clone()));
        }
        let polled = poll(Pin::new(&mut self.stream), context);
        polled.map_err(|error| self.closed_by(error))
    }

    /// The error with which the connection ends.
    #[inline]
    fn closed_by(&self, error: tokio_tungstenite::tungstenite::Error) -> WebSocketClosed {
        WebSocketClosed::from_error(error, self.max_message_size, &self.head.redactor)
    }

    /// Sends a close as far as that goes without waiting.
    #[inline]
    fn say_goodbye(&mut self, context: &mut Context<'_>, frame: Option<CloseFrame>) {
        let stream = &mut self.stream;
        if Pin::new(&mut *stream).start_send(Message::Close(frame)).is_ok() {
            let _ = Pin::new(stream).poll_flush(context);
        }
    }

    #[inline]
    fn end(&mut self, closed: WebSocketClosed) -> WebSocketClosed {
        self.closed.get_or_insert(closed).clone()
    }
}

impl Drop for WebSocket {
    #[inline]
    fn drop(&mut self) {
        if self.closed.is_none() {
            let frame = CloseFrame { code: 1000.into(), reason: Utf8Bytes::default() };
            self.say_goodbye(&mut Context::from_waker(std::task::Waker::noop()), Some(frame));
        }
    }
}

impl fmt::Debug for WebSocket {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WebSocket")
            .field("head", &self.head.status)
            .field("closed", &self.closed)
            .finish_non_exhaustive()
    }
}

impl Call {
    /// Sends the call as the handshake of a WebSocket, and gives the WebSocket. Limits of time, retries, redirects,
    /// credentials and errors are those of any call; the time limit ends with the handshake.
    ///
    /// # Errors
    /// Those of any call: a handshake that the server refuses has its status, headers and body. One of kind
    /// [`Decode`](crate::ErrorKind::Decode) if the server answers as if the call were a plain one.
    #[inline]
    pub fn open_websocket(self, options: WebSocketOptions) -> Pending<WebSocket> {
        Pending::boxed(open(self, options))
    }
}

/// Opens a WebSocket.
#[inline]
fn open(call: Call, options: WebSocketOptions) -> BoxFuture<Result<WebSocket>> {
    let opened = handshake::shake_hands(call);
    Box::pin(async move {
        let Reply { head, body, .. } = opened.await?;
        let Some(connection) = body.and_then(|body| body.into_upgraded()) else {
            let message = "the client's transport carries no WebSocket: it left no connection behind";
            return Err(head.error(ErrorKind::Config, message, Bytes::new()));
        };
        let limit = Some(options.max_message_size);
        // What is small goes out at once: a buffer would only hold it back.
        let config = WebSocketConfig::default()
            .max_message_size(limit)
            .max_frame_size(limit)
            .read_buffer_size(32 * 1024)
            .write_buffer_size(0);
        let stream = WebSocketStream::from_raw_socket(connection, Role::Client, Some(config)).await;
        let sent = SentSecrets::new(head.secrets, head.redactor.clone());
        Ok(WebSocket { stream, head, sent, max_message_size: options.max_message_size, closed: None })
    })
}

/// The part of a reason that a close has room for.
#[inline]
fn short(reason: &str) -> &str {
    let end = (0..=reason.len().min(123)).rev().find(|end| reason.is_char_boundary(*end));
    &reason[..end.unwrap_or(0)]
}
