//! The text of a sound file as it is recognised.

use std::collections::VecDeque;

use openai_runtime::json::Extra;
use openai_runtime::{EventStream, Result, object};

use crate::resources::audio::transcriptions::Create;
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, carries_no_error, connection};
use crate::types::{
    TranscriptionDiarizedSegment, TranscriptionLanguage, TranscriptionStreamEvent, TranscriptionTextDoneEventLogprob,
    TranscriptionUsageTokens,
};

/// The text that the events of a transcription add up to, and its speakers if they were asked for.
///
/// ```
/// use openai_ext::audio::StreamedTranscription;
/// use openai_ext::types::TranscriptionStreamEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut transcription = StreamedTranscription::default();
/// for line in [
///     r#"{"type": "transcript.text.delta", "delta": "Good "}"#,
///     r#"{"type": "transcript.text.delta", "delta": "morning."}"#,
/// ] {
///     transcription.push(&serde_json::from_str::<TranscriptionStreamEvent>(line)?)?;
/// }
/// assert_eq!(transcription.text, "Good morning.");
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct StreamedTranscription {
    /// The text so far: the deltas joined, or the segments if there are no deltas. The last event has it as a whole.
    pub text: String,
    /// The text by speaker with times, of a diarized transcription.
    pub segments: Vec<TranscriptionDiarizedSegment>,
    /// Log probabilities of the tokens, if asked for.
    pub logprobs: Option<Vec<TranscriptionTextDoneEventLogprob>>,
    /// The languages that were spoken.
    pub languages: Option<Vec<TranscriptionLanguage>>,
    /// The tokens that it took, once it is complete.
    pub usage: Option<TranscriptionUsageTokens>,
    /// Tells whether the last event was there.
    pub is_done: bool,
    /// Fields of the last event that the document does not have.
    pub extra: Extra,
    has_deltas: bool,
}

object!(
    StreamedTranscription,
    [
        F("text", R),
        F("segments", R),
        F("logprobs", O),
        F("languages", O),
        F("usage", O),
        F("is_done", R),
        F("has_deltas", R)
    ],
    [text, segments, logprobs, languages, usage, is_done, has_deltas]
);

impl StreamedTranscription {
    /// Takes the next event. One of an unknown type changes nothing.
    ///
    /// # Errors
    /// The event is an `error` of the server.
    #[inline]
    pub fn push(&mut self, event: &TranscriptionStreamEvent) -> Result<()> {
        match event {
            TranscriptionStreamEvent::TranscriptTextDelta(event) => {
                self.has_deltas = true;
                self.text.push_str(&event.delta);
                if let Some(logprobs) = &event.logprobs {
                    self.logprobs.get_or_insert_default().extend(logprobs.iter().cloned());
                }
            }
            TranscriptionStreamEvent::TranscriptTextSegment(segment) => {
                if !self.has_deltas {
                    let text = if self.text.is_empty() { segment.text.trim_start() } else { &segment.text };
                    self.text.push_str(text);
                }
                self.segments.push(segment.clone());
            }
            TranscriptionStreamEvent::TranscriptTextDone(event) => {
                self.is_done = true;
                // A server may leave out here what it has sent by deltas.
                if !event.extra.is_absent("text") && !event.extra.is_null("text") {
                    self.text.clone_from(&event.text);
                }
                replace(&mut self.logprobs, &event.logprobs);
                replace(&mut self.languages, &event.languages);
                replace(&mut self.usage, &event.usage);
                for (name, value) in event.extra.iter() {
                    self.extra.insert(name, value.clone());
                }
            }
            TranscriptionStreamEvent::Unknown(event) => carries_no_error(event)?,
            _ => {}
        }
        Ok(())
    }
}

fn replace<T: Clone>(known: &mut Option<T>, value: &Option<T>) {
    if value.is_some() {
        known.clone_from(value);
    }
}

/// The events of a transcription as they come, and what they come to.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct TranscriptionStream {
    connection: EventConnection<TranscriptionStreamEvent, StreamedTranscription>,
}

connection!([] TranscriptionStream => TranscriptionStreamEvent, "The next event");

impl TranscriptionStream {
    /// A stream of events, with what they come to.
    #[inline]
    pub fn new(events: EventStream<TranscriptionStreamEvent>) -> Self {
        Self { connection: EventConnection::new(events, StreamedTranscription::default()) }
    }

    /// Returns the transcription so far.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &StreamedTranscription {
        &self.connection.accumulator
    }

    /// Reads to the end, and gives the transcription.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.audio().transcriptions().create(InputFile::from_path("speech.mp3"), "gpt-4o-transcribe");
    /// let transcription = call.stream_events().await?.final_transcription().await?;
    /// println!("{}", transcription.text);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stream, also if they were given before.
    #[inline]
    pub async fn final_transcription(self) -> Result<StreamedTranscription> {
        self.connection.complete(Ok).await
    }
}

impl Accumulate<TranscriptionStreamEvent> for StreamedTranscription {
    type Event = TranscriptionStreamEvent;

    #[inline]
    fn take(&mut self, event: TranscriptionStreamEvent, _: Wanted, said: &mut VecDeque<Self::Event>) -> Result<()> {
        self.push(&event)?;
        said.push_back(event);
        Ok(())
    }

    #[inline]
    fn is_complete(&self) -> bool {
        self.is_done
    }
}

/// The text of an event of a streamed transcription.
pub trait TranscriptionStreamEventExt {
    /// Returns the text that this event adds to the transcription; `None` if it adds none.
    fn text_delta(&self) -> Option<&str>;
}

impl TranscriptionStreamEventExt for TranscriptionStreamEvent {
    #[inline]
    fn text_delta(&self) -> Option<&str> {
        match self {
            Self::TranscriptTextDelta(event) => Some(&event.delta),
            _ => None,
        }
    }
}

/// Transcriptions as events: `client.audio().transcriptions().create(…)`.
pub trait TranscriptionStreamExt {
    /// Sends the call and gives the events of the transcription with what they come to; asks for a stream itself.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.audio().transcriptions().create(InputFile::from_path("speech.mp3"), "gpt-4o-transcribe");
    /// let mut events = call.stream_events().await?;
    /// while let Some(event) = events.next().await {
    ///     print!("{}", event?.text_delta().unwrap_or_default());
    /// }
    /// println!("{:?}", events.snapshot().usage);
    /// # Ok(())
    /// # }
    /// ```
    fn stream_events(self) -> impl Future<Output = Result<TranscriptionStream>> + Send;
}

impl TranscriptionStreamExt for Create {
    #[inline]
    fn stream_events(self) -> impl Future<Output = Result<TranscriptionStream>> + Send {
        let events = self.stream();
        async move { Ok(TranscriptionStream::new(events.await?)) }
    }
}
