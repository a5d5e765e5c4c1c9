//! Input of a response: messages by role, and their parts: text, images and files by URL, from a path or from bytes.

use std::path::Path;

use openai_runtime::input::IntoField;

use crate::support::inline_media::{self, MediaError};
use crate::types;

/// An item of a response's input; [`InputItemExt`] makes messages, the type itself has a function for each other kind.
pub use types::ResponseInputItem as InputItem;

/// A part of an input message: `InputContent::input_text("…")`; [`InputContentExt`] makes them of images and files.
pub use types::ResponseInputContent as InputContent;

/// The content of an input message: text, or a list of parts.
type MessageContent = types::ResponseCustomToolCallOutputContent;

/// Makes messages for the input of a response.
///
/// ```
/// use openai_ext::prelude::*;
///
/// let input = [InputItem::developer("Answer in one word."), InputItem::user("Which is the largest planet?")];
/// # assert_eq!(
/// #     serde_json::json!(input)[1],
/// #     serde_json::json!({"type": "message", "role": "user", "content": "Which is the largest planet?"})
/// # );
/// ```
pub trait InputItemExt: Sized {
    /// A message of this role.
    fn message<K>(role: &str, content: impl IntoField<MessageContent, K>) -> Self;

    /// A message of the user: text, or a list of [`InputContent`].
    fn user<K>(content: impl IntoField<MessageContent, K>) -> Self {
        Self::message("user", content)
    }

    /// Instructions of the developer, which weigh more than what the user says.
    fn developer<K>(content: impl IntoField<MessageContent, K>) -> Self {
        Self::message("developer", content)
    }

    /// Instructions of the system, as older models take them.
    fn system<K>(content: impl IntoField<MessageContent, K>) -> Self {
        Self::message("system", content)
    }

    /// Makes a message of the model. Send back what it really said by
    /// [`output_as_input`](crate::ResponseExt::output_as_input), which keeps reasoning and tool calls.
    fn assistant<K>(content: impl IntoField<MessageContent, K>) -> Self {
        Self::message("assistant", content)
    }
}

impl InputItemExt for InputItem {
    fn message<K>(role: &str, content: impl IntoField<MessageContent, K>) -> Self {
        types::EasyInputMessage::new(role, content).into()
    }
}

/// Makes parts of an input message of images and files.
///
/// What comes from a path is read at once. For a large file in async code, read it another way and give the bytes.
///
/// ```
/// use openai_ext::prelude::*;
///
/// let image = InputContent::image_from_url("https://example.com/boat.png");
/// let message = InputItem::user([InputContent::input_text("What is this?"), image]);
/// # assert_eq!(serde_json::json!(message)["content"][1]["image_url"], "https://example.com/boat.png");
/// ```
pub trait InputContentExt: Sized {
    /// An image that the server fetches from a URL.
    fn image_from_url(url: impl Into<String>) -> Self;

    /// An image that was uploaded before.
    fn image_from_id(file_id: impl Into<String>) -> Self;

    /// An image read from a file.
    ///
    /// # Errors
    /// The file can't be read, or is no image by its content or its name.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # fn main() -> Result<(), openai_ext::MediaError> {
    /// let image = InputContent::image_from_path("boat.jpg")?;
    /// # Ok(())
    /// # }
    /// ```
    fn image_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError>;

    /// An image in memory.
    ///
    /// # Errors
    /// The bytes are no PNG, JPEG, GIF or WebP.
    fn image_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError>;

    /// A document that the server fetches from a URL.
    fn file_from_url(url: impl Into<String>) -> Self;

    /// A file that was uploaded before.
    fn file_from_id(file_id: impl Into<String>) -> Self;

    /// A document read from a file, as a PDF.
    ///
    /// # Errors
    /// The file can't be read, or neither its content nor its name tell its type.
    fn file_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError>;

    /// A document in memory; its name's extension tells its type where the bytes don't.
    ///
    /// # Errors
    /// Neither the bytes nor the name tell the type.
    fn file_from_bytes(filename: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Self, MediaError>;
}

impl InputContentExt for InputContent {
    fn image_from_url(url: impl Into<String>) -> Self {
        image().image_url(url).into()
    }

    fn image_from_id(file_id: impl Into<String>) -> Self {
        image().file_id(file_id).into()
    }

    fn image_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::image_path(path.as_ref()).map(Self::image_from_url)
    }

    fn image_from_bytes(bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::image(bytes.as_ref()).map(Self::image_from_url)
    }

    fn file_from_url(url: impl Into<String>) -> Self {
        types::ResponseInputFile::new().file_url(url).into()
    }

    fn file_from_id(file_id: impl Into<String>) -> Self {
        types::ResponseInputFile::new().file_id(file_id).into()
    }

    fn file_from_path(path: impl AsRef<Path>) -> Result<Self, MediaError> {
        inline_media::file_path(path.as_ref()).map(file)
    }

    fn file_from_bytes(filename: impl Into<String>, bytes: impl AsRef<[u8]>) -> Result<Self, MediaError> {
        inline_media::file(filename.into(), bytes.as_ref()).map(file)
    }
}

/// The document requires `detail`; `auto` is what the API takes when it is absent.
#[inline]
fn image() -> types::ResponseInputImage {
    types::ResponseInputImage::new("auto")
}

#[inline]
fn file(file: inline_media::InlineFile) -> InputContent {
    types::ResponseInputFile::new().filename(file.name).file_data(file.url).into()
}
