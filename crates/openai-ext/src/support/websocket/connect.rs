//! Opening a connection: its options, and its handshake.

use std::fmt;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use openai_runtime::json::{self, Json};
use openai_runtime::{Call, Endpoint};

#[cfg(feature = "responses")]
use super::desk::Desk;
use super::options::{ConnectionOptions, Reconnect};
use super::server_event::{Reconnectable, ServerEvent};
use super::session::within;
use super::socket::Connection;
use crate::support::stop::Stop;
use crate::{Error, ErrorKind, HeaderArg, Result, Secret, Value, runtime};

/// A connection that is to be opened: `.await` or [`open`](Self::open) does it.
///
/// The handshake is a call as any other: `with_timeout`, `with_max_retries` and the client's options hold for it, and a
/// server that refuses it gives an [`Error`](crate::Error) with status, body and request id.
#[must_use = "nothing is opened before it is awaited"]
pub struct Connect<Out, In> {
    call: Call,
    options: ConnectionOptions,
    /// The event that starts the session.
    start: Option<Vec<u8>>,
    /// The parameter of the query that the endpoint does not take.
    without: Option<&'static str>,
    /// The reason for which nothing is opened.
    refused: Option<Error>,
    deadline: Option<Duration>,
    stop: Stop,
    events: PhantomData<fn(Out) -> In>,
}

/// The time that a server has to start a session.
const START: Duration = Duration::from_secs(60);

impl<Out, In> Connect<Out, In> {
    #[cfg_attr(
        not(any(feature = "realtime", feature = "responses")),
        allow(dead_code, reason = "Live sessions have no query")
    )]
    pub(crate) fn new(client: &runtime::Client, endpoint: &'static Endpoint, query: Option<(&str, &str)>) -> Self {
        let mut call = Call::new(client, endpoint);
        if let Some((name, value)) = query {
            call.with_query(name, value);
        }
        Self::of(call)
    }

    /// Opens a connection by a call whose path and query are set.
    pub(crate) fn of(call: Call) -> Self {
        Self {
            call,
            options: ConnectionOptions::new(),
            start: None,
            without: None,
            refused: None,
            deadline: None,
            stop: Stop::default(),
            events: PhantomData,
        }
    }

    /// Sends no event again that was being sent when the connection was lost: the server may have it.
    #[cfg_attr(
        not(any(feature = "live", feature = "realtime")),
        allow(dead_code, reason = "voice alone; a desk implies it")
    )]
    pub(crate) fn without_repeats(mut self) -> Self {
        self.options.repeats = false;
        self
    }

    /// Sends this event first, and waits until the server says that the session has started.
    #[cfg_attr(not(feature = "live"), allow(dead_code, reason = "the start of Live sessions alone"))]
    pub(crate) fn starting_with(mut self, event: &dyn Json) -> Self {
        self.start = Some(json::to_vec(event));
        self
    }

    /// Refuses to open a connection whose query has this parameter.
    #[cfg_attr(not(feature = "realtime"), allow(dead_code, reason = "translations alone"))]
    pub(crate) fn without_query(mut self, name: &'static str) -> Self {
        self.without = Some(name);
        self
    }

    /// Refuses to open the connection, unless there is a reason already.
    #[cfg_attr(not(feature = "realtime"), allow(dead_code, reason = "translations alone"))]
    pub(crate) fn refuse(mut self, error: Option<Error>) -> Self {
        self.refused = self.refused.or(error);
        self
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
        let name = name.into();
        if self.without.is_some_and(|without| without == name) {
            let message = format!("`{}` takes no `{name}` in its query", self.call.endpoint().path);
            self.refused.get_or_insert_with(|| Error::new(ErrorKind::InvalidRequest, message));
        }
        self.call.with_query(name, value);
        self
    }

    /// Limits the time of opening the connection as a whole: its handshake, with all attempts and waits, and the start of
    /// the session where the server confirms it. By default each attempt has its own limit, and the start 60 s.
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Gives up opening the connection when this future is ready, with an error of kind
    /// [`Cancelled`](ErrorKind::Cancelled). Any future will do: the receiver of a `oneshot`, a signal, tokio-util's
    /// `CancellationToken::cancelled_owned`.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
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

    /// Limits the bytes of events that may wait to be sent, 16 MiB by default. An event that is larger waits until it is alone.
    pub fn with_send_queue(mut self, bytes: usize) -> Self {
        self.options.queue = bytes;
        self
    }

    /// Makes the connection anew when it is lost.
    pub fn with_reconnect(mut self, reconnect: Reconnect) -> Self
    where
        In: Reconnectable,
    {
        self.options.reconnect = Some(reconnect);
        self
    }
}

impl<Out: Json, In> Connect<Out, In> {
    /// Sets the events that are sent first on a connection that was made anew, as the update of the session that the old one had. The
    /// function must not use the connection itself.
    pub fn with_reconnect_events(mut self, events: impl Fn() -> Vec<Out> + Send + Sync + 'static) -> Self
    where
        In: Reconnectable,
    {
        self.options.hello = Some(Arc::new(move || events().iter().map(|event| json::to_vec(event)).collect()));
        self
    }
}

impl<Out: 'static, In: ServerEvent> Connect<Out, In> {
    /// Opens the connection.
    ///
    /// # Errors
    /// Those of a call: a handshake that the server refuses has its status, headers and body. Where the server confirms
    /// the start of a session: its `error` event in place of that, with code and message, and a connection that ends
    /// before. Of kind [`Timeout`](ErrorKind::Timeout) or [`Cancelled`](ErrorKind::Cancelled): by
    /// [`with_deadline`](Self::with_deadline) or [`with_cancellation`](Self::with_cancellation).
    pub async fn open(mut self) -> Result<Connection<Out, In>> {
        let mut stop = std::mem::take(&mut self.stop);
        let clock = self.call.client().clock().clone();
        let opening = within(&*clock, self.deadline, "opening the connection", self.open_session());
        stop.race(opening).await.unwrap_or_else(|| Err(Stop::error("opening the connection")))
    }

    async fn open_session(self) -> Result<Connection<Out, In>> {
        if let Some(error) = self.refused {
            return Err(error);
        }
        let mut options = self.options;
        options.announces_end = In::ANNOUNCES_END;
        let clock = self.call.client().clock().clone();
        let socket = self.call.clone().open_websocket(options.socket.clone()).await?;
        let mut connection = Connection::new(self.call, options, socket);
        if let Some(event) = self.start {
            let limit = self.deadline.is_none().then_some(START);
            within(&*clock, limit, "the start of the session", connection.receiver.start(event)).await?;
        }
        Ok(connection)
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
