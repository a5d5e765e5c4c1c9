//! The text of a transcription, whatever form it came in.

use crate::types::TranscriptionCreateResponse;

/// The text of a transcription.
pub trait TranscriptionExt {
    /// The transcribed text; empty if the answer is of a form that this version does not know.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let file = InputFile::from_path("speech.mp3");
    /// let transcription = client.audio().transcriptions().create(file, "gpt-4o-transcribe").send().await?;
    /// println!("{}", transcription.text());
    /// # Ok(())
    /// # }
    /// ```
    fn text(&self) -> &str;
}

impl TranscriptionExt for TranscriptionCreateResponse {
    #[inline]
    fn text(&self) -> &str {
        match self {
            Self::Transcription(plain) => &plain.text,
            Self::TranscriptionDiarized(diarized) => &diarized.text,
            Self::TranscriptionVerbose(verbose) => &verbose.text,
            Self::Text(text) => text,
            _ => "",
        }
    }
}
