//! Images and audio: streams of images, speech and transcriptions, and the text of a transcription.

mod encoding;
#[cfg(feature = "images")]
mod image_stream;
#[cfg(feature = "audio")]
mod speech_stream;
#[cfg(feature = "audio")]
mod transcription;
#[cfg(feature = "audio")]
mod transcription_stream;

#[cfg(feature = "images")]
pub use image_stream::{ImageAccumulator, ImageStream, ImageStreamEvent, ImageStreamExt, PartialImage};
#[cfg(feature = "audio")]
pub use {
    speech_stream::{SpeechAccumulator, SpeechStream, SpeechStreamExt},
    transcription::TranscriptionExt,
    transcription_stream::{StreamedTranscription, TranscriptionStream, TranscriptionStreamExt},
};
