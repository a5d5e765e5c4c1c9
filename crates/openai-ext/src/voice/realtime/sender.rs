//! The events that a client sends most often in a session.

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openai_runtime::input::ToolCallId;

use super::session::{RealtimeSendError, RealtimeSender};
use crate::types::{
    RealtimeClientEvent, RealtimeConversationItem, RealtimeConversationItemUserMessage,
    RealtimeConversationItemUserMessageContentItem, RealtimeResponseCancelEvent, RealtimeResponseCreateEvent,
    RealtimeResponseCreateParams, RealtimeSessionUpdateEventSession,
};

type Result = std::result::Result<(), RealtimeSendError>;

/// The events that a client sends most often in a session. Each waits as [`send`](Self::send) does, and fails as it
/// does; whether the server takes the event, later events tell.
impl RealtimeSender {
    /// Changes the session: `session.update`. Fields that are not set stay as they are. The server answers with
    /// `session.updated`.
    ///
    /// ```no_run
    /// use openai_ext::realtime::RealtimeConnection;
    /// use openai_ext::types::RealtimeSessionCreateRequest;
    ///
    /// # async fn run(connection: RealtimeConnection) -> openai_ext::Result<()> {
    /// connection.session_update(RealtimeSessionCreateRequest::new().instructions("Speak like a pirate.")).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn session_update(&self, session: impl Into<RealtimeSessionUpdateEventSession>) -> Result {
        self.send(RealtimeClientEvent::session_update(session)).await
    }

    /// Says a text as the user, and asks for a response: `conversation.item.create`, then `response.create`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_text(&self, text: impl Into<String>) -> Result {
        let part = RealtimeConversationItemUserMessageContentItem::new().r#type("input_text").text(text);
        let message = RealtimeConversationItemUserMessage::new([part]);
        self.item_create(RealtimeConversationItem::UserMessage(message)).await?;
        self.response_create().await
    }

    /// Adds sound to what the session hears, in the session's format, by default PCM of 24 kHz and 16 bits, mono:
    /// `input_audio_buffer.append`. The server takes up to 15 MiB at once.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub fn append_audio(&self, audio: impl AsRef<[u8]>) -> impl Future<Output = Result> + Send {
        // The future holds the text alone: an array of a second of sound would be moved about with it.
        self.send(RealtimeClientEvent::input_audio_buffer_append(STANDARD.encode(audio)))
    }

    /// Ends what the user said, which becomes an item of the conversation: `input_audio_buffer.commit`. A session with
    /// turn detection does so itself.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[inline]
    pub async fn commit_audio(&self) -> Result {
        self.send(RealtimeClientEvent::input_audio_buffer_commit()).await
    }

    /// Drops the sound that was not committed: `input_audio_buffer.clear`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[inline]
    pub async fn clear_audio(&self) -> Result {
        self.send(RealtimeClientEvent::input_audio_buffer_clear()).await
    }

    /// Adds an item to the end of the conversation: `conversation.item.create`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn item_create(&self, item: impl Into<RealtimeConversationItem>) -> Result {
        self.send(RealtimeClientEvent::conversation_item_create(item)).await
    }

    /// Takes an item out of the conversation: `conversation.item.delete`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn item_delete(&self, item_id: impl Into<String>) -> Result {
        self.send(RealtimeClientEvent::conversation_item_delete(item_id)).await
    }

    /// Tells how much of the model's message was heard before the user interrupted it, in milliseconds, so that the rest
    /// counts as not said: `conversation.item.truncate`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn item_truncate(&self, item_id: impl Into<String>, content_index: i64, audio_end_ms: i64) -> Result {
        self.send(RealtimeClientEvent::conversation_item_truncate(item_id, content_index, audio_end_ms)).await
    }

    /// Sends the output of a function that the model called: `conversation.item.create`. The call is one of
    /// [`function_calls`](super::RealtimeReply::function_calls) by reference, or its `call_id`. It asks for no response.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn function_call_output(&self, call: impl Into<ToolCallId>, output: impl Into<String>) -> Result {
        self.item_create(RealtimeConversationItem::function_call_output(call.into(), output)).await
    }

    /// Asks for a response: `response.create`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[inline]
    pub async fn response_create(&self) -> Result {
        self.send(RealtimeClientEvent::response_create()).await
    }

    /// Asks for a response that differs from what the session says, or is no part of the conversation:
    /// `response.create`.
    ///
    /// ```no_run
    /// use openai_ext::realtime::RealtimeConnection;
    /// use openai_ext::types::RealtimeResponseCreateParams;
    ///
    /// # async fn run(connection: RealtimeConnection) -> openai_ext::Result<()> {
    /// let aside = RealtimeResponseCreateParams::new().conversation("none").instructions("Sum up what was said.");
    /// connection.response_create_with(aside).await?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn response_create_with(&self, response: impl Into<RealtimeResponseCreateParams>) -> Result {
        let event = RealtimeResponseCreateEvent::new().response(response);
        self.send(RealtimeClientEvent::from(event)).await
    }

    /// Stops a response, or the one that is being made if no id is given: `response.cancel`. It still ends with
    /// `response.done`.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    #[inline]
    pub async fn response_cancel(&self, response_id: Option<&str>) -> Result {
        let mut event = RealtimeResponseCancelEvent::new();
        event.response_id = response_id.map(str::to_owned);
        self.send(RealtimeClientEvent::ResponseCancel(event)).await
    }
}
