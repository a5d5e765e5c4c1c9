//! A session of the Realtime API, and the calls that open one.

use openai_runtime::Endpoint;

use crate::request::Operation;
use crate::resources::realtime::Realtime;
use crate::resources::realtime::calls::AcceptOperation;
use crate::support::websocket::{Connect, Connection, Receiver, SendError, Sender, Update};
use crate::types::{RealtimeClientEvent, RealtimeServerEvent};

/// A realtime session that is to be opened.
pub type RealtimeConnect = Connect<RealtimeClientEvent, RealtimeServerEvent>;
/// A realtime session.
pub type RealtimeConnection = Connection<RealtimeClientEvent, RealtimeServerEvent>;
/// The half of a realtime session that sends.
pub type RealtimeSender = Sender<RealtimeClientEvent>;
/// The half of a realtime session that receives.
pub type RealtimeReceiver = Receiver<RealtimeServerEvent>;
/// An event that was not sent, and why.
pub type RealtimeSendError = SendError<RealtimeClientEvent>;
/// An event, or the news that a connection was made anew.
pub type RealtimeUpdate = Update<RealtimeServerEvent>;

static ENDPOINT: Endpoint = Endpoint {
    id: "connect-realtime",
    path: "/realtime",
    // The events have sessions, as this operation.
    secrets: AcceptOperation::ENDPOINT.secrets,
    ..Endpoint::DEFAULT
};

/// Sessions of the Realtime API over WebSocket.
pub trait RealtimeExt {
    /// Opens a session with a model: `GET /realtime?model=…`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let mut connection = client.realtime().connect("gpt-realtime").await?;
    /// connection.append_audio([0; 4800]).await?;
    /// connection.commit_audio().await?;
    /// connection.response_create().await?;
    /// let reply = connection.next_response().await?;
    /// println!("{} bytes of audio: {}", reply.audio().len(), reply.transcript());
    /// # Ok(())
    /// # }
    /// ```
    fn connect(&self, model: impl Into<String>) -> RealtimeConnect;

    /// Joins a call by WebRTC or SIP beside its audio: `GET /realtime?call_id=…`. A SIP call is accepted before by
    /// `realtime().calls().accept(call_id)`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, call_id: &str) -> openai_ext::Result<()> {
    /// client.realtime().calls().accept(call_id).instructions("You answer the phone.").send().await?;
    /// let mut connection = client.realtime().connect_call(call_id).await?;
    /// connection.response_create().await?;
    /// # Ok(())
    /// # }
    /// ```
    fn connect_call(&self, call_id: impl Into<String>) -> RealtimeConnect;

    /// Opens a session that only writes down what it hears: `GET /realtime?intent=transcription`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::types::RealtimeServerEvent;
    ///
    /// # async fn run(client: Client, audio: &[u8]) -> openai_ext::Result<()> {
    /// let mut connection = client.realtime().connect_transcription().await?;
    /// connection.append_audio(audio).await?;
    /// connection.commit_audio().await?;
    /// while let Some(event) = connection.next().await {
    ///     if let RealtimeServerEvent::ConversationItemInputAudioTranscriptionCompleted(event) = event? {
    ///         println!("{}", event.transcript);
    ///         break;
    ///     }
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn connect_transcription(&self) -> RealtimeConnect;
}

impl RealtimeExt for Realtime {
    fn connect(&self, model: impl Into<String>) -> RealtimeConnect {
        Connect::new(&self.client, &ENDPOINT, Some(("model", &model.into())))
    }

    fn connect_call(&self, call_id: impl Into<String>) -> RealtimeConnect {
        Connect::new(&self.client, &ENDPOINT, Some(("call_id", &call_id.into())))
    }

    #[inline]
    fn connect_transcription(&self) -> RealtimeConnect {
        Connect::new(&self.client, &ENDPOINT, Some(("intent", "transcription")))
    }
}
