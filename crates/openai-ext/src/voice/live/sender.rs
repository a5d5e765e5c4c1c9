//! The words of a client in a Live session.

use openai_runtime::input::{IntoField, IntoOptional};

use super::{LiveSender, LiveSidebandSender};
use crate::support::websocket::{ClientEvent, SendError, Sender};
use crate::types::{
    LiveClientEvent, LiveCommentaryAppendParam, LiveDecisionCreateParam, LiveDecisionItemCreateParam,
    LiveDecisionItemDeleteParam, LiveDecisionItemParam, LiveInputAudioMuteParam, LiveInputAudioUnmuteParam,
    LiveInstructionsAppendParam, LiveOutputAudioFixturePlayParam, LiveResponseCreateParam, LiveResponseItemCreateParam,
    LiveSessionCloseParam, LiveSessionUpdateParam, LiveSessionUpdateParams, LiveSidebandClientEvent,
    LiveThinkingAppendParam, ResponseInputItem,
};
use crate::voice::sound;

/// An event that both the connection of a Live session and those beside it send.
pub trait LiveControlEvent:
    ClientEvent
    + From<LiveSessionUpdateParam>
    + From<LiveInputAudioMuteParam>
    + From<LiveInputAudioUnmuteParam>
    + From<LiveInstructionsAppendParam>
    + From<LiveThinkingAppendParam>
    + From<LiveCommentaryAppendParam>
    + From<LiveResponseItemCreateParam>
    + From<LiveResponseCreateParam>
    + From<LiveSessionCloseParam>
    + From<LiveOutputAudioFixturePlayParam>
    + From<LiveDecisionCreateParam>
    + From<LiveDecisionItemCreateParam>
    + From<LiveDecisionItemDeleteParam>
{
}

impl LiveControlEvent for LiveClientEvent {}
impl LiveControlEvent for LiveSidebandClientEvent {}

impl LiveSender {
    /// Adds sound to what the session hears, in the session's format, by default PCM of 24 kHz and 16 bits, mono:
    /// `session.input_audio.append`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn append_audio(
        &self,
        audio: impl AsRef<[u8]>,
    ) -> impl Future<Output = Result<(), SendError<LiveClientEvent>>> + Send {
        // The future holds the text alone: an array of a second of sound would be moved about with it.
        self.send(LiveClientEvent::session_input_audio_append(sound::encode(audio)))
    }
}

impl LiveSidebandSender {
    /// Dials on the session's call: `transport.dtmf.send`. The key is one of `0` to `9`, `*`, `#` and `A` to `D`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn dtmf_send(&self, key: impl Into<String>) -> Result<(), SendError<LiveSidebandClientEvent>> {
        self.send(LiveSidebandClientEvent::transport_dtmf_send(key)).await
    }
}

/// The words of a client in a Live session. Each waits as [`send`](Self::send) does, and fails as it does; whether the server
/// takes the event, later events tell.
impl<Out: LiveControlEvent> Sender<Out> {
    /// Changes how the session delegates: `session.update`. Fields that are not set stay as they are. The server answers
    /// with `session.updated`.
    ///
    /// ```no_run
    /// use openai_ext::live::LiveConnection;
    /// use openai_ext::types::{LiveClientDelegationParam, LiveSessionUpdateParams};
    ///
    /// # async fn run(connection: LiveConnection) -> openai_ext::Result<()> {
    /// let delegation = LiveClientDelegationParam::new().acknowledgement_delay_ms(500);
    /// connection.session_update(LiveSessionUpdateParams::new().delegation(delegation)).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn session_update<K>(
        &self,
        session: impl IntoField<LiveSessionUpdateParams, K>,
    ) -> Result<(), SendError<Out>> {
        // Made before the wait, so that the future does not hold the argument.
        let event = LiveSessionUpdateParam::new(session);
        self.send(event).await
    }

    /// Ends the session: `session.close`. The server sends what is under way and at last `session.closed`, for which
    /// [`finish`](crate::websocket::Connection::finish) waits. Nothing can be sent afterwards; a second one has no effect.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn session_close(&self) -> Result<(), SendError<Out>> {
        self.send(LiveSessionCloseParam::new()).await
    }

    /// Lets the session hear silence in place of the sound that is added: `session.input_audio.mute`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn mute_audio(&self) -> Result<(), SendError<Out>> {
        self.send(LiveInputAudioMuteParam::new()).await
    }

    /// Lets the session hear again: `session.input_audio.unmute`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn unmute_audio(&self) -> Result<(), SendError<Out>> {
        self.send(LiveInputAudioUnmuteParam::new()).await
    }

    /// Adds to what the model is told to do: `session.instructions.append`. `delegation_id` is that of the
    /// `session.delegation.created` which it answers, or `None::<&str>`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn instructions_append<K>(
        &self,
        delegation_id: impl IntoOptional<String, K>,
        content: impl Into<String>,
    ) -> Result<(), SendError<Out>> {
        let event = LiveInstructionsAppendParam::new("", content).delegation_id(delegation_id);
        self.send(event).await
    }

    /// Adds to what the model knows and does not say: `session.thinking.append`. `delegation_id` is that of the
    /// `session.delegation.created` which it answers, or `None::<&str>`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn thinking_append<K>(
        &self,
        delegation_id: impl IntoOptional<String, K>,
        content: impl Into<String>,
    ) -> Result<(), SendError<Out>> {
        let event = LiveThinkingAppendParam::new("", content).delegation_id(delegation_id);
        self.send(event).await
    }

    /// Gives the model something to say: `session.commentary.append`. `delegation_id` is that of the
    /// `session.delegation.created` which it answers, or `None::<&str>`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn commentary_append<K>(
        &self,
        delegation_id: impl IntoOptional<String, K>,
        content: impl Into<String>,
    ) -> Result<(), SendError<Out>> {
        let event = LiveCommentaryAppendParam::new("", content).delegation_id(delegation_id);
        self.send(event).await
    }

    /// Adds an item to the input of the responses that the session delegates to, as the output of a function:
    /// `response.item.create`. It asks for no response.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn response_item_create<K>(
        &self,
        item: impl IntoField<ResponseInputItem, K>,
    ) -> Result<(), SendError<Out>> {
        let event = LiveResponseItemCreateParam::new(item);
        self.send(event).await
    }

    /// Asks for a response of the model that the session delegates to: `response.create`. Its events come in
    /// `response.event`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn response_create(&self) -> Result<(), SendError<Out>> {
        self.send(LiveResponseCreateParam::new()).await
    }

    /// Asks for a decision: `decision.create`. Its answers come in a `decision.event` with this event's id.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn decision_create(&self, event_id: impl Into<String>) -> Result<(), SendError<Out>> {
        self.send(LiveDecisionCreateParam::new(event_id)).await
    }

    /// Adds an item to the input of decisions: `decision.item.create`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn decision_item_create<K>(
        &self,
        item: impl IntoField<LiveDecisionItemParam, K>,
    ) -> Result<(), SendError<Out>> {
        let event = LiveDecisionItemCreateParam::new(item);
        self.send(event).await
    }

    /// Takes an item out of the input of decisions: `decision.item.delete`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn decision_item_delete(&self, item_id: impl Into<String>) -> Result<(), SendError<Out>> {
        self.send(LiveDecisionItemDeleteParam::new(item_id)).await
    }

    /// Plays sound to the caller in place of the model's, in the session's format: `session.output_audio.fixture.play`. The
    /// server answers with `session.output_audio.fixture.playing` and `.played`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn play_fixture(&self, audio: impl AsRef<[u8]>) -> Result<(), SendError<Out>> {
        let event = LiveOutputAudioFixturePlayParam::new(sound::encode(audio));
        self.send(event).await
    }
}
