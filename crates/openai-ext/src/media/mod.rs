//! Images and audio: their streams, and the text of a transcription.

#[cfg(feature = "audio")]
pub mod audio;
#[cfg_attr(not(any(feature = "audio", feature = "images")), allow(dead_code))]
mod encoding;
#[cfg(feature = "images")]
pub mod images;
#[cfg(any(feature = "chat", feature = "images", feature = "responses"))]
pub(crate) mod saved;
