//! Audio: speech as it is made, and transcriptions, whole or as they are written.
//!
//! Requires the feature `audio`.

mod speech_stream;
mod transcription;
mod transcription_stream;

pub use speech_stream::{SpeechAccumulator, SpeechStream, SpeechStreamExt};
pub use transcription::TranscriptionExt;
pub use transcription_stream::{
    StreamedTranscription, TranscriptionStream, TranscriptionStreamEventExt, TranscriptionStreamExt,
};
