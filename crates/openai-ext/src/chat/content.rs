//! Parts of a chat message besides text: images, audio and files by URL, from a path or from bytes.

use std::path::Path;

use openai_runtime::json::InputError;

use crate::support::inline_media::{self, MediaError};
use crate::types;

/// A message of a chat: `Message::user("Hello")`, `::system`, `::developer`, `::assistant`, `::tool(call_id, content)`.
///
/// ```
/// use openai_ext::Message;
///
/// let messages = [Message::developer("Answer in one word."), Message::user("Which is the largest planet?")];
/// # assert_eq!(serde_json::json!(messages)[1]["role"], "user");
/// ```
pub use types::ChatCompletionMessageParam as Message;

/// A part of a user message; [`ContentPartExt`] makes them of images, audio and files.
pub use types::ChatCompletionContentPart as ContentPart;

/// Makes content parts of images, audio and files.
///
/// What comes from a path is read at once. For a large file in async code, read it another way and give the bytes.
///
/// ```
/// use openai_ext::prelude::*;
///
/// let image = ContentPart::image_from_url("https://example.com/boat.png");
/// let message = Message::user([ContentPart::text("What is this?"), image]);
/// # assert_eq!(serde_json::json!(message)["content"][1]["image_url"]["url"], "https://example.com/boat.png");
/// ```
pub trait ContentPartExt: Sized {
    /// An image that the server fetches from a URL; [`detail`](Self::detail) sets how closely the model looks at it.
    fn image_from_url(url: impl Into<String>) -> Self;

    /// Sets how closely the model looks at an image: `low`, `high` or `auto`. A part of another kind has no such field, and
    /// the call then fails before it is sent.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    ///
    /// let image = ContentPart::image_from_url("https://example.com/boat.png").detail("high");
    /// # assert_eq!(serde_json::json!(image)["image_url"]["detail"], "high");
    /// ```
    #[must_use]
    fn detail(self, detail: impl Into<types::ChatCompletionImageUrlDetail>) -> Self;

    /// An image read from a file.
    ///
    /// # Errors
    /// The file can't be read, or is no image by its content or its name.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # fn main() -> Result<(), openai_ext::MediaError> {
    /// let image = ContentPart::image_from_path("boat.jpg")?;
    /// # Ok(())
    /// # }
    /// ```
    fn image_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError>;

    /// An image in memory.
    ///
    /// # Errors
    /// The bytes are no PNG, JPEG, GIF or WebP.
    fn image_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError>;

    /// Speech or other sound read from a WAV or MP3 file.
    ///
    /// # Errors
    /// The file can't be read, or is neither WAV nor MP3.
    fn audio_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError>;

    /// Speech or other sound in memory, as WAV or MP3.
    ///
    /// # Errors
    /// The bytes are neither.
    fn audio_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError>;

    /// A document read from a file, as a PDF.
    ///
    /// # Errors
    /// The file can't be read, or neither its content nor its name tell its type.
    fn file_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError>;

    /// A document in memory; its name's extension tells its type where the bytes don't.
    ///
    /// # Errors
    /// Neither the bytes nor the name tell the type.
    ///
    /// ```
    /// use openai_ext::prelude::*;
    ///
    /// # fn main() -> Result<(), openai_ext::MediaError> {
    /// let file = ContentPart::file_from_bytes("notes.txt", "Buy milk.")?;
    /// # let json = serde_json::json!(file);
    /// # assert_eq!(json["file"]["file_data"], "data:text/plain;base64,QnV5IG1pbGsu");
    /// # assert_eq!(json["file"]["filename"], "notes.txt");
    /// # Ok(())
    /// # }
    /// ```
    fn file_from_bytes(filename: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Self, MediaError>;

    /// A file that was uploaded before.
    fn file_from_id(file_id: impl Into<String>) -> Self;
}

impl ContentPartExt for ContentPart {
    fn image_from_url(url: impl Into<String>) -> Self {
        Self::image_url(types::ChatCompletionImageUrl::new(url))
    }

    fn detail(mut self, detail: impl Into<types::ChatCompletionImageUrlDetail>) -> Self {
        let error = || InputError::new("only images have it: take `.detail(…)` away from this part");
        match &mut self {
            Self::ImageUrl(part) => part.image_url.detail = Some(detail.into()),
            Self::Text(part) => part.extra.refuse("detail", error()),
            Self::InputAudio(part) => part.extra.refuse("detail", error()),
            Self::File(part) => part.extra.refuse("detail", error()),
            _ => {}
        }
        self
    }

    fn image_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::image_path(path.as_ref()).map(Self::image_from_url)
    }

    fn image_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::image(bytes.as_ref()).map(Self::image_from_url)
    }

    fn audio_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::audio_path(path.as_ref()).map(audio)
    }

    fn audio_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::audio(bytes.as_ref()).map(audio)
    }

    fn file_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::file_path(path.as_ref()).map(file)
    }

    fn file_from_bytes(filename: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::file(filename.into(), bytes.as_ref()).map(file)
    }

    fn file_from_id(file_id: impl Into<String>) -> Self {
        Self::file(types::ChatCompletionFile::new().file_id(file_id))
    }
}

#[inline]
fn audio(audio: inline_media::InlineAudio) -> ContentPart {
    ContentPart::input_audio(types::ChatCompletionInputAudio::new(audio.data, audio.format))
}

#[inline]
fn file(file: inline_media::InlineFile) -> ContentPart {
    ContentPart::file(types::ChatCompletionFile::new().filename(file.name).file_data(file.url))
}
