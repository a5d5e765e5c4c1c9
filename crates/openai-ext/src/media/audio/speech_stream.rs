//! Speech whose sound comes by events.

use std::collections::VecDeque;

use base64::Engine as _;
use bytes::Bytes;
use openai_runtime::json::{Extra, Json, ReadError, Reader, Writer};
use openai_runtime::{EventStream, Result, object};

use crate::media::encoding::{BASE64, decode};
use crate::resources::audio::speech::Create;
use crate::support::event_connection::{Accumulate, EventConnection, Wanted, carries_no_error, connection};
use crate::types::{SpeechStreamEvent, SpeechUsage};

/// The sound that the events of speech add up to, and at the end its usage.
///
/// ```
/// use openai_ext::audio::SpeechAccumulator;
/// use openai_ext::types::SpeechStreamEvent;
///
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// let mut speech = SpeechAccumulator::default();
/// let event: SpeechStreamEvent = serde_json::from_str(r#"{"type": "speech.audio.delta", "audio": "SUQz"}"#)?;
/// assert_eq!(speech.push(&event)?.as_deref(), Some(b"ID3".as_slice()));
/// assert_eq!(speech.audio(), b"ID3");
/// # Ok(())
/// # }
/// ```
///
/// Written as JSON, the sound is in base64.
#[derive(Clone, Default)]
pub struct SpeechAccumulator {
    audio: Audio,
    usage: Option<SpeechUsage>,
    is_done: bool,
    extra: Extra,
}

object!(SpeechAccumulator, [F("audio", R), F("usage", O), F("is_done", R)], [audio, usage, is_done]);

impl SpeechAccumulator {
    /// Takes the next event, and gives the sound that it has. One of an unknown type changes nothing.
    ///
    /// # Errors
    /// The sound of the event is no base64, or it is an `error` of the server.
    #[inline]
    pub fn push(&mut self, event: &SpeechStreamEvent) -> Result<Option<Bytes>> {
        match event {
            SpeechStreamEvent::SpeechAudioDelta(event) => {
                let audio = decode(&event.audio)?;
                self.audio.0.extend_from_slice(&audio);
                return Ok(Some(audio));
            }
            SpeechStreamEvent::SpeechAudioDone(event) => {
                self.usage = Some(event.usage.clone());
                self.is_done = true;
            }
            SpeechStreamEvent::Unknown(event) => carries_no_error(event)?,
            _ => {}
        }
        Ok(None)
    }

    /// The sound so far, in the format that was asked for.
    #[must_use]
    #[inline]
    pub fn audio(&self) -> &[u8] {
        &self.audio.0
    }

    /// The sound so far, owned.
    #[must_use]
    #[inline]
    pub fn into_audio(self) -> Bytes {
        self.audio.0.into()
    }

    /// Returns the tokens that it took, once it is complete.
    #[must_use]
    #[inline]
    pub fn usage(&self) -> Option<&SpeechUsage> {
        self.usage.as_ref()
    }

    /// Tells whether the last event was there.
    #[must_use]
    #[inline]
    pub fn is_done(&self) -> bool {
        self.is_done
    }
}

#[derive(Clone, Default)]
struct Audio(Vec<u8>);

impl Json for Audio {
    #[inline]
    fn read(&mut self, reader: &mut Reader<'_>) -> Result<(), ReadError> {
        let mut text = String::new();
        text.read(reader)?;
        self.0 = BASE64.decode(text).unwrap_or_default();
        Ok(())
    }

    #[inline]
    fn write(&self, writer: &mut Writer) {
        BASE64.encode(&self.0).write(writer);
    }
}

/// The sound of speech as it comes, in bytes, and what it comes to.
#[derive(Debug)]
#[must_use = "nothing is read before it is asked for"]
pub struct SpeechStream {
    connection: EventConnection<SpeechStreamEvent, SpeechAccumulator>,
}

connection!([] SpeechStream => Bytes, "The next piece of the sound");

impl SpeechStream {
    /// The sound that a stream of events has.
    #[inline]
    pub fn new(events: EventStream<SpeechStreamEvent>) -> Self {
        Self { connection: EventConnection::new(events, SpeechAccumulator::default()) }
    }

    /// Returns the sound so far.
    #[must_use]
    #[inline]
    pub fn snapshot(&self) -> &SpeechAccumulator {
        &self.connection.accumulator
    }

    /// Reads to the end, and gives the whole sound with its usage.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.audio().speech().create("The boat leaves at nine.", "gpt-4o-mini-tts", "alloy");
    /// let speech = call.stream_audio().await?.final_speech().await?;
    /// println!("{} bytes, {:?}", speech.audio().len(), speech.usage());
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the stream, also if they were given before.
    #[inline]
    pub async fn final_speech(self) -> Result<SpeechAccumulator> {
        self.connection.complete(Ok).await
    }
}

impl Accumulate<SpeechStreamEvent> for SpeechAccumulator {
    type Event = Bytes;

    #[inline]
    fn take(&mut self, event: SpeechStreamEvent, _: Wanted, said: &mut VecDeque<Bytes>) -> Result<()> {
        said.extend(self.push(&event)?);
        Ok(())
    }

    #[inline]
    fn is_complete(&self) -> bool {
        self.is_done
    }
}

/// Speech by events: `client.audio().speech().create(…)`.
pub trait SpeechStreamExt {
    /// Sends the call and gives the sound as it comes, and at the end what it took; asks for a stream of events itself.
    /// Where the usage does not matter, `bytes_stream()` needs no base64.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let call = client.audio().speech().create("The boat leaves at nine.", "gpt-4o-mini-tts", "alloy");
    /// let mut audio = call.stream_audio().await?;
    /// while let Some(bytes) = audio.next().await {
    ///     println!("{} bytes", bytes?.len());
    /// }
    /// println!("{:?}", audio.snapshot().usage());
    /// # Ok(())
    /// # }
    /// ```
    fn stream_audio(self) -> impl Future<Output = Result<SpeechStream>> + Send;
}

impl SpeechStreamExt for Create {
    #[inline]
    fn stream_audio(self) -> impl Future<Output = Result<SpeechStream>> + Send {
        let events = self.stream();
        async move { Ok(SpeechStream::new(events.await?)) }
    }
}
