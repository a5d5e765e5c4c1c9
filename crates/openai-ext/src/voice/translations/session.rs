//! A session that translates, and the call that opens one.

use openai_runtime::Endpoint;
use openai_runtime::input::IntoField;

use crate::resources::realtime::translations::Translations;
use crate::support::websocket::{
    ClientEvent, Connect, Connection, Receiver, SendError, Sender, ServerEvent, SessionStage,
};
use crate::types::{
    RealtimeTranslationClientEvent, RealtimeTranslationServerEvent, RealtimeTranslationSession,
    RealtimeTranslationSessionClosedEvent, RealtimeTranslationSessionUpdateEvent,
    RealtimeTranslationSessionUpdateRequest,
};
use crate::voice::sound;
use crate::{Error, ErrorKind, Result, runtime};

/// A session that translates and is to be opened.
pub type TranslationConnect = Connect<RealtimeTranslationClientEvent, RealtimeTranslationServerEvent>;
/// A session that translates.
pub type TranslationConnection = Connection<RealtimeTranslationClientEvent, RealtimeTranslationServerEvent>;
/// The half of a session that sends.
pub type TranslationSender = Sender<RealtimeTranslationClientEvent>;
/// The half of a session that receives.
pub type TranslationReceiver = Receiver<RealtimeTranslationServerEvent>;
/// An event that was not sent, and why.
pub type TranslationSendError = SendError<RealtimeTranslationClientEvent>;

type Sent = std::result::Result<(), TranslationSendError>;

static ENDPOINT: Endpoint =
    Endpoint { id: "connect-realtime-translation", path: "/realtime/translations", ..Endpoint::DEFAULT };

/// Sessions that translate, over WebSocket.
pub trait RealtimeTranslationsExt {
    /// Opens a session with a model: a WebSocket at `/realtime/translations?model=…`. The server's first event is
    /// `session.created`; sound may be sent at once.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client, speech: &[u8]) -> openai_ext::Result<()> {
    /// let mut connection = client.realtime().translations().connect("gpt-realtime-translate").await?;
    /// connection.append_audio(speech).await?;
    /// let rest = connection.finish().await?;
    /// println!("{} bytes of sound: {}", rest.audio.len(), rest.output_transcript);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`TranslationConnect::open`]. Of kind [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent: the
    /// client's server is Azure or one of a provider, which have no such sessions, or the query has an `intent`.
    fn connect(&self, model: impl Into<String>) -> TranslationConnect;
}

impl RealtimeTranslationsExt for Translations {
    fn connect(&self, model: impl Into<String>) -> TranslationConnect {
        Connect::new(&self.client, &ENDPOINT, Some(("model", &model.into())))
            .without_repeats()
            .without_query("intent")
            .refuse(elsewhere(&self.client))
    }
}

/// The error of a client whose server has no such sessions.
fn elsewhere(client: &runtime::Client) -> Option<Error> {
    let name = client.provider_name();
    (client.has_provider() || name != "openai").then(|| {
        let message = format!(
            "sessions that translate are OpenAI's own: this client's provider `{name}` has none; make a client without it"
        );
        Error::new(ErrorKind::InvalidRequest, message)
    })
}

/// The state of a session, as the events that came so far tell of it.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct TranslationState {
    /// The session, as `session.created` or `session.updated` has it.
    pub session: Option<RealtimeTranslationSession>,
    /// The server's last event.
    pub closed: Option<RealtimeTranslationSessionClosedEvent>,
}

impl ClientEvent for RealtimeTranslationClientEvent {
    fn ends_session(&self) -> bool {
        match self {
            Self::SessionClose(_) => true,
            Self::Unknown(event) => event.get("type").is_some_and(|kind| kind == "session.close"),
            _ => false,
        }
    }
}

impl ServerEvent for RealtimeTranslationServerEvent {
    type Accumulator = TranslationState;

    const ANNOUNCES_END: bool = true;

    fn stage(&self) -> SessionStage {
        match self {
            Self::SessionCreated(_) => SessionStage::Started,
            Self::Error(_) => SessionStage::Failed,
            Self::SessionClosed(_) => SessionStage::Ended,
            _ => SessionStage::Underway,
        }
    }

    fn note(&self, state: &mut TranslationState) {
        match self {
            Self::SessionCreated(event) => state.session = Some(event.session.clone()),
            Self::SessionUpdated(event) => state.session = Some(event.session.clone()),
            Self::SessionClosed(event) => state.closed = Some(event.clone()),
            _ => {}
        }
    }
}

/// The words of a client in a session. Each waits as [`send`](Self::send) does, and fails as it does; whether the server takes
/// the event, later events tell.
impl TranslationSender {
    /// Changes the session, above all the language that is spoken: `session.update`. Fields that are not set stay as they
    /// are. The server answers with `session.updated`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn session_update<K>(&self, session: impl IntoField<RealtimeTranslationSessionUpdateRequest, K>) -> Sent {
        let event = RealtimeTranslationSessionUpdateEvent::new(session);
        self.send(event).await
    }

    /// Adds sound to what is translated, as PCM of 24 kHz and 16 bits, mono: `session.input_audio_buffer.append`. The
    /// server expects frames of 200 ms (9600 bytes), also while nobody speaks.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn append_audio(&self, audio: impl AsRef<[u8]>) -> impl Future<Output = Sent> + Send {
        // The future holds the text alone: an array of a second of sound would be moved about with it.
        self.send(RealtimeTranslationClientEvent::session_input_audio_buffer_append(sound::encode(audio)))
    }

    /// Ends the session: `session.close`. The server translates the rest, and its last event is `session.closed`, for which
    /// [`finish`](crate::websocket::Connection::finish) waits. Nothing can be sent afterwards; a second one has no effect.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn session_close(&self) -> Sent {
        self.send(RealtimeTranslationClientEvent::session_close()).await
    }
}

impl TranslationReceiver {
    /// Returns the state of the session, as the events that came so far tell of it.
    #[must_use]
    pub fn state(&self) -> &TranslationState {
        &self.accumulator
    }
}

impl TranslationConnection {
    /// Returns the state of the session, as the events that came so far tell of it.
    #[must_use]
    pub fn state(&self) -> &TranslationState {
        &self.receiver.accumulator
    }
}

/// The sound and the words of an event of a session that translates.
pub trait RealtimeTranslationEventExt {
    /// Returns the sound of a `session.output_audio.delta` as PCM, 16 bits, by default of 24 kHz and mono, which the event's
    /// `sample_rate` and `channels` say; `None` for other events.
    ///
    /// # Errors
    /// Of kind [`Decode`](ErrorKind::Decode): the sound is not base64.
    fn audio(&self) -> Result<Option<Vec<u8>>>;

    /// Returns the translated words of a `session.output_transcript.delta`; `None` for other events.
    fn output_transcript(&self) -> Option<&str>;

    /// Returns the words of a `session.input_transcript.delta`, as they were spoken; `None` for other events. They come if
    /// the session's `audio.input.transcription` is set.
    fn input_transcript(&self) -> Option<&str>;
}

impl RealtimeTranslationEventExt for RealtimeTranslationServerEvent {
    fn audio(&self) -> Result<Option<Vec<u8>>> {
        match self {
            Self::SessionOutputAudioDelta(event) => sound::decode(&event.delta).map(Some),
            _ => Ok(None),
        }
    }

    fn output_transcript(&self) -> Option<&str> {
        match self {
            Self::SessionOutputTranscriptDelta(event) => Some(&event.delta),
            _ => None,
        }
    }

    fn input_transcript(&self) -> Option<&str> {
        match self {
            Self::SessionInputTranscriptDelta(event) => Some(&event.delta),
            _ => None,
        }
    }
}
