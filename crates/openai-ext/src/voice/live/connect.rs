//! The calls that open Live connections.

use openai_runtime::input::IntoField;
use openai_runtime::{Call, Endpoint};

use super::session::IntoLiveSession;
use crate::request::Operation;
use crate::resources::live::{CreateOperation, Live};
use crate::runtime;
use crate::support::websocket::Connect;
use crate::types::{
    LiveClientEvent, LiveForkClientEvent, LiveForkSessionConfigParam, LiveServerEvent, LiveSidebandClientEvent,
    LiveSidebandServerEvent,
};

/// The connection of a Live session that is to be opened.
pub type LiveConnect = Connect<LiveClientEvent, LiveServerEvent>;
/// A connection beside that of a Live session that is to be opened.
pub type LiveSidebandConnect = Connect<LiveSidebandClientEvent, LiveSidebandServerEvent>;

/// The events of all of them have the secrets of this operation.
const SECRETS: &[&str] = CreateOperation::ENDPOINT.secrets;
static PRIMARY: Endpoint =
    Endpoint { id: "connect-live", path: "/live/sessions", secrets: SECRETS, ..Endpoint::DEFAULT };
static SIDEBAND: Endpoint = Endpoint {
    id: "connect-live-sideband",
    path: "/live/sessions/{session_id}/attach",
    secrets: SECRETS,
    ..Endpoint::DEFAULT
};
static FORK: Endpoint = Endpoint {
    id: "connect-live-fork",
    path: "/live/sessions/{session_id}/fork",
    secrets: SECRETS,
    ..Endpoint::DEFAULT
};

/// Live sessions over WebSocket.
pub trait LiveExt {
    /// Opens a connection, starts a session on it and waits until the server has confirmed that: a WebSocket at
    /// `/live/sessions`, then `session.start`. The name of a model alone is a session with the server's defaults. [`state`](crate::websocket::Receiver::state) of the connection has the
    /// session's id.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::{
    ///     LiveAudioFormat, LiveInitialSessionAudioParam, LiveServerEvent, LiveSessionAudioFormatPcmParam,
    ///     LiveSessionCreateParams,
    /// };
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let format = LiveAudioFormat::from(LiveSessionAudioFormatPcmParam::new(16_000));
    /// let session = LiveSessionCreateParams::new("gpt-live-1").audio(LiveInitialSessionAudioParam::new().format(format));
    /// let mut connection = client.live().connect(session).await?;
    /// println!("{}", connection.session_id().unwrap_or_default());
    /// connection.append_audio([0; 3200]).await?;
    /// while let Some(event) = connection.next().await {
    ///     let event = event?;
    ///     if let Some(audio) = event.audio()? {
    ///         println!("{} bytes to play", audio.len());
    ///     }
    ///     if let LiveServerEvent::SessionClosed(_) = event {
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`LiveConnect::open`]. If the server refuses the session, the error has the code and message of its `error`
    /// event.
    fn connect<K>(&self, session: impl IntoLiveSession<K>) -> LiveConnect;

    /// Returns the connections beside that of a session, which may be one over WebSocket, WebRTC or SIP.
    fn sideband(&self) -> LiveSideband;

    /// Returns the connections of sessions that go on from a stored one.
    fn forks(&self) -> LiveForks;
}

impl LiveExt for Live {
    fn connect<K>(&self, session: impl IntoLiveSession<K>) -> LiveConnect {
        let mut call = Call::new(&self.client, &PRIMARY);
        let session = call.given("session", session.into_session());
        Connect::of(call).without_repeats().starting_with(&LiveClientEvent::session_start(session))
    }

    fn sideband(&self) -> LiveSideband {
        LiveSideband { client: self.client.clone() }
    }

    fn forks(&self) -> LiveForks {
        LiveForks { client: self.client.clone() }
    }
}

/// The connections beside that of a session; made by [`LiveExt::sideband`].
pub struct LiveSideband {
    client: runtime::Client,
}

impl LiveSideband {
    /// Joins a session that runs: a WebSocket at `/live/sessions/{session_id}/attach`. It sees the session's events, its
    /// sound as PCM of 24 kHz and 16 bits, and can steer the session, but neither starts it nor speaks to it:
    /// `append_audio` is a method of the other connections alone.
    ///
    /// With `with_reconnect`, an event that was being sent when the connection was lost is not sent again, because the
    /// session may have it already: its [`send`](crate::websocket::Sender::send) fails, and says so; of one that was given to
    /// `try_send`, [`flush`](crate::websocket::Sender::flush) and
    /// [`take_uncertain`](crate::websocket::Sender::take_uncertain) tell. Those that waited behind it are sent on the new
    /// connection.
    ///
    /// [`close`](crate::websocket::Sender::close) leaves the session, which goes on;
    /// [`finish`](crate::websocket::Connection::finish) and `session_close` end it.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::websocket::Reconnect;
    ///
    /// # async fn run(client: Client, session_id: &str) -> openai_ext::Result<()> {
    /// let mut sideband = client.live().sideband().connect(session_id).with_reconnect(Reconnect::new()).await?;
    /// sideband.instructions_append(None::<&str>, "The caller is a premium customer.").await?;
    /// while let Some(event) = sideband.next().await {
    ///     println!("{:?}", event?);
    /// }
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(&self, session_id: impl std::fmt::Display) -> LiveSidebandConnect {
        let call = Call::new(&self.client, &SIDEBAND).path("session_id", &session_id.to_string());
        // The session goes on, and may have heard what was being sent.
        Connect::of(call).without_repeats()
    }
}

impl LiveSidebandConnect {
    /// Asks the server to end the session gracefully when this connection closes: `graceful_close` of the query. The
    /// server's default is false.
    pub fn graceful_close(self, graceful: bool) -> Self {
        self.with_query("graceful_close", graceful)
    }
}

/// The connections of sessions that go on from a stored one; made by [`LiveExt::forks`].
pub struct LiveForks {
    client: runtime::Client,
}

impl LiveForks {
    /// Starts a session that goes on from a stored one, and waits until the server has confirmed that: a WebSocket at
    /// `/live/sessions/{session_id}/fork`, then `session.start`. The session has the settings of the stored one;
    /// [`connect_with`](Self::connect_with) changes some. The server keeps sessions that were started with `store`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, session_id: &str) -> openai_ext::Result<()> {
    /// let connection = client.live().forks().connect(session_id).await?;
    /// connection.append_audio([0; 4800]).await?;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect(&self, session_id: impl std::fmt::Display) -> LiveConnect {
        self.connect_with(session_id, LiveForkSessionConfigParam::new())
    }

    /// As [`connect`](Self::connect), with settings that differ from those of the stored session.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::LiveForkSessionConfigParam;
    ///
    /// # async fn run(client: Client, session_id: &str) -> openai_ext::Result<()> {
    /// let session = LiveForkSessionConfigParam::new().store(false);
    /// let connection = client.live().forks().connect_with(session_id, session).await?;
    /// # let _ = connection;
    /// # Ok(())
    /// # }
    /// ```
    pub fn connect_with<K>(
        &self,
        session_id: impl std::fmt::Display,
        session: impl IntoField<LiveForkSessionConfigParam, K>,
    ) -> LiveConnect {
        let mut call = Call::new(&self.client, &FORK).path("session_id", &session_id.to_string());
        let session = call.given("session", session.into_field());
        Connect::of(call).without_repeats().starting_with(&LiveForkClientEvent::session_start(session))
    }
}
