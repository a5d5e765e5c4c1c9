//! The sound and the words of the server's events.

use crate::Result;
use crate::types::{LiveServerEvent, LiveSidebandServerEvent};
use crate::voice::sound;

/// The sound and the words of an event of a Live session.
pub trait LiveServerEventExt {
    /// Returns the sound of a `session.output_audio.delta` in the session's format, by default PCM of 24 kHz and 16 bits,
    /// mono; `None` for other events.
    ///
    /// # Errors
    /// Of kind [`Decode`](crate::ErrorKind::Decode): the sound is not base64.
    fn audio(&self) -> Result<Option<Vec<u8>>>;

    /// Returns the words of a `session.output_transcript.delta`, which the model has said; `None` for other events.
    fn output_transcript(&self) -> Option<&str>;

    /// Returns the words of a `session.input_transcript.delta`, which the model has heard; `None` for other events.
    fn input_transcript(&self) -> Option<&str>;
}

macro_rules! live_server_event {
    ($event:ident) => {
        impl LiveServerEventExt for $event {
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
    };
}

live_server_event!(LiveServerEvent);
live_server_event!(LiveSidebandServerEvent);
