//! Opening a connection: its options, and its handshake.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::json::{self, Json};
use openai_runtime::{Call, Endpoint};

#[cfg(feature = "responses")]
use super::arrivals::Desk;
use super::options::{ConnectionOptions, Reconnect};
use super::server_event::ServerEvent;
use super::socket::Connection;
use crate::{HeaderArg, Result, Secret, Value, runtime};

/// A connection that is to be opened: `.await` or [`open`](Self::open) does it.
///
/// The handshake is a call as any other: `with_timeout`, `with_max_retries` and the client's options hold for it, and a
/// server that refuses it gives an [`Error`](crate::Error) with status, body and request id.
#[must_use = "nothing is opened before it is awaited"]
pub struct Connect<Out, In> {
    call: Call,
    options: ConnectionOptions,
    events: PhantomData<fn(Out) -> In>,
}

impl<Out, In> Connect<Out, In> {
    pub(crate) fn new(client: &runtime::Client, endpoint: &'static Endpoint, query: Option<(&str, &str)>) -> Self {
        let mut call = Call::new(client, endpoint);
        if let Some((name, value)) = query {
            call.with_query(name, value);
        }
        Self { call, options: ConnectionOptions::new(), events: PhantomData }
    }

    /// Files messages that are not for the reader, and sends no event twice.
    #[cfg(feature = "responses")]
    pub(crate) fn with_desk(mut self, desk: Arc<dyn Desk>) -> Self {
        self.options.desk = Some(desk);
        self.options.repeats = false;
        self
    }

    #[cfg(feature = "responses")]
    pub(crate) fn desk(&self) -> Option<&Arc<dyn Desk>> {
        self.options.desk.as_ref()
    }

    /// Limits the time of each attempt of the handshake; else the client's limit.
    pub fn with_timeout(mut self, limit: Duration) -> Self {
        self.call.with_timeout(limit);
        self
    }

    /// Limits how many times a handshake that failed is sent again.
    pub fn with_max_retries(mut self, count: u32) -> Self {
        self.call.with_max_retries(count);
        self
    }

    /// Sets a header of the handshake, or takes it out if the value is `None`.
    pub fn with_header<'a>(mut self, name: &str, value: impl Into<HeaderArg<'a>>) -> Self {
        self.call.with_header(name, value);
        self
    }

    /// Sets a parameter of the query.
    pub fn with_query(mut self, name: impl Into<String>, value: impl Into<Value>) -> Self {
        self.call.with_query(name, value);
        self
    }

    /// Uses this credential instead of the client's, as a client secret made by `realtime().client_secrets().create()`.
    pub fn with_client_secret(mut self, secret: impl Into<Secret>) -> Self {
        let secret = secret.into();
        match crate::http::HeaderValue::try_from(format!("Bearer {}", secret.expose())) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.call.with_header("authorization", HeaderArg::Value(value));
            }
            // The call then says that the value is none, without the value.
            Err(_) => self.call.with_header("authorization", "\n"),
        }
        self
    }

    /// The largest message that is read, in bytes; 64 MiB by default. A larger one closes the connection with code 1009.
    pub fn with_max_message_size(mut self, bytes: usize) -> Self {
        self.options.socket = self.options.socket.max_message_size(bytes);
        self
    }

    /// How many bytes of events may wait to be sent, 16 MiB by default. An event that is larger waits until it is alone.
    pub fn with_send_queue(mut self, bytes: usize) -> Self {
        self.options.queue = bytes;
        self
    }

    /// Makes the connection anew when it is lost.
    pub fn with_reconnect(mut self, reconnect: Reconnect) -> Self {
        self.options.reconnect = Some(reconnect);
        self
    }
}

impl<Out: Json, In> Connect<Out, In> {
    /// What is sent first on a connection that was made anew, as the update of the session that the old one had. The
    /// function must not use the connection itself.
    pub fn with_reconnect_events(mut self, events: impl Fn() -> Vec<Out> + Send + Sync + 'static) -> Self {
        self.options.hello = Some(Arc::new(move || events().iter().map(|event| json::to_vec(event)).collect()));
        self
    }
}

impl<Out: 'static, In: ServerEvent> Connect<Out, In> {
    /// Opens the connection.
    ///
    /// # Errors
    /// Those of a call: a handshake that the server refuses has its status, headers and body.
    pub async fn open(self) -> Result<Connection<Out, In>> {
        let socket = self.call.clone().open_websocket(self.options.socket.clone()).await?;
        Ok(Connection::new(self.call, self.options, socket))
    }
}

impl<Out: 'static, In: ServerEvent> IntoFuture for Connect<Out, In> {
    type Output = Result<Connection<Out, In>>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.open())
    }
}

impl<Out, In> fmt::Debug for Connect<Out, In> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connect").field("call", &self.call).finish_non_exhaustive()
    }
}
