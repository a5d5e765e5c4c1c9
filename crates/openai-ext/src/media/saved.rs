//! Images and sound that a reply holds in base64: their bytes, and a file of them.

use std::path::Path;

use bytes::Bytes;
use openai_runtime::{Error, ErrorKind, Result};

use super::encoding::decode;

/// A part of a reply that holds a file in base64: an image, or sound.
///
/// ```no_run
/// use openai_ext::prelude::*;
///
/// # #[cfg(feature = "images")]
/// # async fn run(client: Client) -> openai_ext::Result<()> {
/// let images = client.images().generate("A lighthouse at dusk").model("gpt-image-1").send().await?;
/// images.save("lighthouse.png").await?;
/// println!("{} bytes", images.bytes()?.len());
/// # Ok(())
/// # }
/// ```
pub trait MediaExt {
    /// Returns the base64 text of the file.
    ///
    /// # Errors
    /// The reply has no file; the error says why, as far as the reply tells.
    fn base64(&self) -> Result<&str>;

    /// Returns the bytes of the file.
    ///
    /// # Errors
    /// Those of [`base64`](Self::base64), and of kind [`Decode`](ErrorKind::Decode) that the text is not base64.
    #[inline]
    fn bytes(&self) -> Result<Bytes> {
        decode(self.base64()?)
    }

    /// Writes the file to a path, and replaces a file that is there. It is written on the thread that polls.
    ///
    /// # Errors
    /// Those of [`bytes`](Self::bytes), and of kind [`Io`](ErrorKind::Io) that the file cannot be written.
    fn save(&self, path: impl AsRef<Path>) -> impl Future<Output = Result<()>> + Send {
        let (bytes, path) = (self.bytes(), path.as_ref().to_owned());
        async move { write(&path, &bytes?) }
    }
}

#[inline]
fn write(path: &Path, bytes: &[u8]) -> Result<()> {
    std::fs::write(path, bytes).map_err(|error| {
        Error::new(ErrorKind::Io, format!("{} can't be written: {error}", path.display())).with_source(error)
    })
}

fn missing(message: impl Into<String>) -> Error {
    Error::new(ErrorKind::Decode, message)
}

#[cfg(feature = "images")]
mod images {
    use super::{MediaExt, Result, missing};
    use crate::types::{Image, ImagesResponse};

    impl MediaExt for Image {
        #[inline]
        fn base64(&self) -> Result<&str> {
            match (&self.b64_json, &self.url) {
                (Some(text), _) => Ok(text),
                (None, Some(_)) => Err(missing(
                    "the reply has the URL of the image and not its bytes: fetch `url`, or ask for \
                     `response_format(\"b64_json\")`",
                )),
                (None, None) => Err(missing("the image has neither `b64_json` nor `url`")),
            }
        }
    }

    /// Of several images the first.
    impl MediaExt for ImagesResponse {
        #[inline]
        fn base64(&self) -> Result<&str> {
            match self.data.as_deref().and_then(<[Image]>::first) {
                Some(image) => image.base64(),
                None => Err(missing("the reply has no image: `data` is empty")),
            }
        }
    }
}

#[cfg(feature = "responses")]
mod responses {
    use super::{MediaExt, Result, missing};
    use crate::ResponseExt as _;
    use crate::types::{Response, ResponseImageGenerationCall};

    impl MediaExt for ResponseImageGenerationCall {
        #[inline]
        fn base64(&self) -> Result<&str> {
            self.result.as_deref().filter(|text| !text.is_empty()).ok_or_else(|| {
                missing(format!("the image generation call has no image: its status is `{}`", self.status))
            })
        }
    }

    /// Of several images the first.
    impl MediaExt for Response {
        #[inline]
        fn base64(&self) -> Result<&str> {
            if let Some(call) = self.images().into_iter().find(|call| call.result.is_some()) {
                return call.base64();
            }
            let reason = match (self.images().first(), self.refusal(), self.output_text()) {
                (Some(call), _, _) => return call.base64(),
                (None, Some(refusal), _) => format!("the model refused: {refusal}"),
                (None, None, text) if !text.is_empty() => "the model answered with text".to_owned(),
                _ => "its output has no image generation call; the request needs `Tool::image_generation()`".to_owned(),
            };
            Err(missing(format!("the response has no image: {reason}")))
        }
    }
}

#[cfg(feature = "chat")]
mod chat {
    use super::{MediaExt, Result, missing};
    use crate::ChatCompletionExt as _;
    use crate::types::{ChatCompletion, ChatCompletionAudio};

    impl MediaExt for ChatCompletionAudio {
        #[inline]
        fn base64(&self) -> Result<&str> {
            match self.data.as_str() {
                "" => Err(missing("the audio of the reply is empty")),
                text => Ok(text),
            }
        }
    }

    /// The audio of the first choice.
    impl MediaExt for ChatCompletion {
        #[inline]
        fn base64(&self) -> Result<&str> {
            match self.message().and_then(|message| message.audio.as_ref()) {
                Some(audio) => audio.base64(),
                None => Err(missing(
                    "the completion has no audio: the request needs `modalities([\"text\", \"audio\"])` and `audio(…)`",
                )),
            }
        }
    }
}
