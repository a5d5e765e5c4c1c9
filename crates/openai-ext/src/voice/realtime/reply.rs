//! A whole response of a session, put together from its events.

use std::collections::HashMap;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use openai_runtime::json;

use super::session::{RealtimeConnection, RealtimeReceiver};
use crate::support::websocket::{ClientEvent, Reconnectable, ServerEvent};
use crate::types::{
    RealtimeClientEvent, RealtimeConversationItem, RealtimeConversationItemFunctionCall, RealtimeResponse,
    RealtimeServerEvent,
};
use crate::{Error, ErrorKind, Result};

/// A whole response: what the server says of it, and what its events brought.
///
/// How it ended is in [`response`](Self::response): `status` is completed, cancelled, failed or incomplete, none of
/// which is an error here.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct RealtimeReply {
    /// The response of `response.done`.
    pub response: RealtimeResponse,
    pub(super) parts: Vec<ReplyPart>,
}

/// The responses of a session that are being made: events in, whole responses out.
///
/// ```
/// use openai_ext::realtime::RealtimeAccumulator;
/// use openai_ext::types::RealtimeServerEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut accumulator = RealtimeAccumulator::default();
/// let mut replies = Vec::new();
/// for line in [
///     r#"{"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": "Hel"}"#,
///     r#"{"type": "response.output_text.delta", "response_id": "r", "item_id": "i", "delta": "lo"}"#,
///     r#"{"type": "response.done", "response": {"id": "r", "status": "completed"}}"#,
/// ] {
///     replies.extend(accumulator.push(&serde_json::from_str::<RealtimeServerEvent>(line)?)?);
/// }
/// assert_eq!(replies[0].text(), "Hello");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
pub struct RealtimeAccumulator {
    /// By the id of the response.
    pub(super) open: Vec<(String, ReplyParts)>,
}

/// The parts of a response in the order in which they began, and their places by item and index.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplyParts {
    pub(super) parts: Vec<ReplyPart>,
    places: HashMap<String, HashMap<i64, usize>>,
}

/// A part of the content of an item.
#[derive(Clone, Debug, Default)]
pub(super) struct ReplyPart {
    pub(super) item_id: String,
    pub(super) content_index: i64,
    pub(super) text: String,
    pub(super) transcript: String,
    pub(super) audio: Vec<u8>,
}

/// Responses that are being made at once; a server that never ends them must not fill the memory.
const OPEN: usize = 64;

impl RealtimeReply {
    /// The text; empty if it was spoken.
    #[must_use]
    #[inline]
    pub fn text(&self) -> String {
        self.joined(|part| &part.text)
    }

    /// The words of what was spoken.
    #[must_use]
    #[inline]
    pub fn transcript(&self) -> String {
        self.joined(|part| &part.transcript)
    }

    /// The sound in the session's format, by default PCM of 24 kHz and 16 bits, mono.
    #[must_use]
    #[inline]
    pub fn audio(&self) -> Vec<u8> {
        self.parts.iter().flat_map(|part| &part.audio).copied().collect()
    }

    /// The functions that the model calls. Answer each by
    /// [`function_call_output`](super::RealtimeSender::function_call_output), then ask for a response.
    #[must_use]
    #[inline]
    pub fn function_calls(&self) -> Vec<&RealtimeConversationItemFunctionCall> {
        let items = self.response.output.as_deref().unwrap_or_default();
        items
            .iter()
            .filter_map(|item| match item {
                RealtimeConversationItem::FunctionCall(call) => Some(call),
                _ => None,
            })
            .collect()
    }

    fn joined(&self, text: impl Fn(&ReplyPart) -> &str) -> String {
        self.parts.iter().map(text).collect()
    }
}

impl RealtimeAccumulator {
    /// Adds an event. Gives the response that it ends, if it does.
    ///
    /// # Errors
    /// Of kind [`Decode`](ErrorKind::Decode): audio that is not base64. What was there before stays.
    #[inline]
    pub fn push(&mut self, event: &RealtimeServerEvent) -> Result<Option<RealtimeReply>> {
        use RealtimeServerEvent as E;
        macro_rules! part {
            ($event:ident) => {
                self.part(&$event.response_id, &$event.item_id, $event.content_index)
            };
        }
        match event {
            E::ResponseOutputTextDelta(event) => part!(event).text.push_str(&event.delta),
            E::ResponseOutputTextDone(event) => part!(event).text.clone_from(&event.text),
            E::ResponseOutputAudioTranscriptDelta(event) => part!(event).transcript.push_str(&event.delta),
            E::ResponseOutputAudioTranscriptDone(event) => part!(event).transcript.clone_from(&event.transcript),
            E::ResponseOutputAudioDelta(event) => {
                let audio = STANDARD.decode(&event.delta).map_err(|error| {
                    let message = format!("the audio of the item {:?} is not base64: {error}", event.item_id);
                    Error::new(ErrorKind::Decode, message).with_source(error)
                })?;
                part!(event).audio.extend_from_slice(&audio);
            }
            E::ResponseDone(event) => return Ok(Some(self.done(&event.response))),
            _ => {}
        }
        Ok(None)
    }

    #[inline]
    fn part(&mut self, response_id: &str, item_id: &str, content_index: i64) -> &mut ReplyPart {
        let response = match self.open.iter().position(|(known, _)| known == response_id) {
            Some(place) => place,
            None => {
                if self.open.len() >= OPEN {
                    self.open.remove(0);
                }
                self.open.push((response_id.to_owned(), ReplyParts::default()));
                self.open.len() - 1
            }
        };
        self.open[response].1.part(item_id, content_index)
    }

    #[inline]
    fn done(&mut self, response: &RealtimeResponse) -> RealtimeReply {
        let id = response.id.as_deref().unwrap_or_default();
        let place = self.open.iter().position(|(known, _)| known == id);
        let parts = place.map(|place| self.open.remove(place).1.parts).unwrap_or_default();
        RealtimeReply { response: response.clone(), parts }
    }
}

impl From<Vec<ReplyPart>> for ReplyParts {
    fn from(parts: Vec<ReplyPart>) -> Self {
        let mut places: HashMap<String, HashMap<i64, usize>> = HashMap::new();
        for (place, part) in parts.iter().enumerate() {
            places.entry(part.item_id.clone()).or_default().insert(part.content_index, place);
        }
        Self { parts, places }
    }
}

impl ReplyParts {
    /// The part of an item, made if there is none yet.
    #[inline]
    fn part(&mut self, item_id: &str, content_index: i64) -> &mut ReplyPart {
        let is_it = |part: &ReplyPart| part.item_id == item_id && part.content_index == content_index;
        // What is added to is nearly always the last one.
        let last = self.parts.len().checked_sub(1).filter(|last| self.parts.get(*last).is_some_and(is_it));
        let known = last.or_else(|| self.places.get(item_id)?.get(&content_index).copied());
        let place = known.unwrap_or_else(|| {
            let place = self.parts.len();
            self.places.entry(item_id.to_owned()).or_default().insert(content_index, place);
            self.parts.push(ReplyPart { item_id: item_id.to_owned(), content_index, ..ReplyPart::default() });
            place
        });
        &mut self.parts[place]
    }
}

impl ClientEvent for RealtimeClientEvent {}

impl ServerEvent for RealtimeServerEvent {
    type Accumulator = RealtimeAccumulator;
}

/// Sessions of this API begin by the connection, and may be made as the old one was.
impl Reconnectable for RealtimeServerEvent {}

impl RealtimeReceiver {
    /// Reads on to the end of the next response, and gives the whole of it. Other events are passed over.
    ///
    /// # Errors
    /// Of kind [`Stream`](ErrorKind::Stream): the server sent an `error` event, which need not be about the response; the
    /// session goes on. Of kind [`Truncated`](ErrorKind::Truncated) or [`Connection`](ErrorKind::Connection): the
    /// connection ended, or was made anew, and the response will not come.
    #[inline]
    pub async fn next_response(&mut self) -> Result<RealtimeReply> {
        self.next_response_with(|_| {}).await
    }

    /// As [`next_response`](Self::next_response), and shows each event that comes before its end.
    ///
    /// ```no_run
    /// use openai_ext::realtime::RealtimeConnection;
    /// use openai_ext::types::RealtimeServerEvent;
    ///
    /// # async fn run(mut connection: RealtimeConnection) -> openai_ext::Result<()> {
    /// connection.send_text("Tell me a story").await?;
    /// let reply = connection
    ///     .next_response_with(|event| {
    ///         if let RealtimeServerEvent::ResponseOutputTextDelta(event) = event {
    ///             print!("{}", event.delta);
    ///         }
    ///     })
    ///     .await?;
    /// println!("{:?}", reply.response.usage);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The same.
    pub async fn next_response_with(&mut self, mut show: impl FnMut(&RealtimeServerEvent)) -> Result<RealtimeReply> {
        loop {
            let event = self.next_of_response().await?;
            show(&event);
            if let RealtimeServerEvent::Error(event) = &event {
                return Err(self.redacted(Error::from_event(&json::to_value(&**event))));
            }
            let pushed = self.accumulator.push(&event);
            if let Some(reply) = pushed.map_err(|error| self.redacted(error))? {
                return Ok(reply);
            }
        }
    }
}

impl RealtimeConnection {
    /// Reads on to the end of the next response, and gives the whole of it. Other events are passed over.
    ///
    /// # Errors
    /// As [`RealtimeReceiver::next_response`].
    #[inline]
    pub async fn next_response(&mut self) -> Result<RealtimeReply> {
        self.receiver.next_response().await
    }

    /// As [`next_response`](Self::next_response), and shows each event that comes before its end.
    ///
    /// # Errors
    /// The same.
    pub async fn next_response_with(&mut self, show: impl FnMut(&RealtimeServerEvent)) -> Result<RealtimeReply> {
        self.receiver.next_response_with(show).await
    }
}
