//! The rest of a translation: what comes between the client's last event and the server's.

use std::fmt;

use super::session::{RealtimeTranslationEventExt as _, TranslationState};
use crate::Result;
use crate::support::websocket::EndingSession;
use crate::types::{RealtimeTranslationServerEvent, RealtimeTranslationSessionClosedEvent};

/// The rest of a translation, which [`finish`](crate::websocket::Connection::finish) reads: what the server says after
/// `session.close`, and what was not read before. In an error of `finish` it is the
/// [`detail`](crate::Error::detail), as far as it came.
#[derive(Clone, Default)]
#[non_exhaustive]
pub struct TranslationRest {
    /// The sound, by default PCM of 24 kHz and 16 bits, mono.
    pub audio: Vec<u8>,
    /// The translated words.
    pub output_transcript: String,
    /// The words as they were spoken, if the session's `audio.input.transcription` is set.
    pub input_transcript: String,
    /// The server's last event; `None` in an error.
    pub closed: Option<RealtimeTranslationSessionClosedEvent>,
}

impl EndingSession for RealtimeTranslationServerEvent {
    type Ending = TranslationRest;
    type End = TranslationRest;

    const CLOSE: &'static str = r#"{"type":"session.close"}"#;

    fn begin(state: &TranslationState) -> TranslationRest {
        TranslationRest { closed: state.closed.clone(), ..TranslationRest::default() }
    }

    fn go_on(kept: TranslationRest, begun: TranslationRest) -> TranslationRest {
        TranslationRest { closed: begun.closed, ..kept }
    }

    fn add(&self, rest: &mut TranslationRest) -> Result<()> {
        if let Some(audio) = self.audio()? {
            rest.audio.extend_from_slice(&audio);
        }
        rest.output_transcript.push_str(self.output_transcript().unwrap_or_default());
        rest.input_transcript.push_str(self.input_transcript().unwrap_or_default());
        if let Self::SessionClosed(event) = self {
            rest.closed = Some(event.clone());
        }
        Ok(())
    }

    fn size(rest: &TranslationRest) -> usize {
        rest.audio.len() + rest.output_transcript.len() + rest.input_transcript.len()
    }

    fn end(rest: &TranslationRest) -> Option<TranslationRest> {
        rest.closed.is_some().then(|| rest.clone())
    }
}

impl fmt::Debug for TranslationRest {
    /// The sound is a number of bytes: nobody reads it.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TranslationRest")
            .field("audio", &format_args!("{} bytes", self.audio.len()))
            .field("output_transcript", &self.output_transcript)
            .field("input_transcript", &self.input_transcript)
            .field("closed", &self.closed)
            .finish()
    }
}
