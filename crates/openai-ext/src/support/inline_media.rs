//! Images, audio and documents as text in a JSON body: their media type, and data URLs.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::{error, fmt, fs, io};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// A file or bytes that can't be made a part of a message.
#[derive(Debug)]
pub struct MediaError {
    path: Option<PathBuf>,
    /// The kind that a media type was expected to be.
    wanted: &'static str,
    source: Option<io::Error>,
}

impl MediaError {
    /// The file at fault; `None` if it was bytes without a name.
    #[must_use]
    #[inline]
    pub fn path(&self) -> Option<&Path> {
        self.path.as_deref()
    }

    /// Why the file can't be read; `None` if it was read but its type is unknown or doesn't fit.
    #[must_use]
    #[inline]
    pub fn io_error(&self) -> Option<&io::Error> {
        self.source.as_ref()
    }

    #[inline]
    fn unknown(wanted: &'static str) -> Self {
        Self { path: None, wanted, source: None }
    }

    #[inline]
    fn at(mut self, path: &Path) -> Self {
        self.path = Some(path.to_owned());
        self
    }
}

impl From<MediaError> for openai_runtime::Error {
    #[inline]
    fn from(error: MediaError) -> Self {
        Self::new(openai_runtime::ErrorKind::InvalidRequest, error.to_string()).with_source(error)
    }
}

impl fmt::Display for MediaError {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.path, &self.source) {
            (Some(path), Some(error)) => write!(f, "the file {} can't be read: {error}", path.display()),
            (Some(path), None) => write!(f, "the file {} is not {}", path.display(), self.wanted),
            (None, _) => write!(f, "the bytes are not {}", self.wanted),
        }
    }
}

impl error::Error for MediaError {
    #[inline]
    fn source(&self) -> Option<&(dyn error::Error + 'static)> {
        self.source.as_ref().map(|error| error as &(dyn error::Error + 'static))
    }
}

const IMAGE: &str = "an image of a known type: PNG, JPEG, GIF or WebP";
const AUDIO: &str = "WAV or MP3, which is what the API takes";
const FILE: &str = "of a known type: neither the content nor the name's extension tell it";

/// Audio in base64, and its format as the API names it.
pub(crate) struct InlineAudio {
    pub(crate) data: String,
    pub(crate) format: &'static str,
}

/// A document as a data URL, and its name.
pub(crate) struct InlineFile {
    pub(crate) name: String,
    pub(crate) url: String,
}

/// The data URL of an image in a file.
#[inline]
pub(crate) fn image_path(path: &Path) -> Result<String, MediaError> {
    image_named(&name_of(path), &read(path)?).map_err(|error| error.at(path))
}

/// The data URL of an image.
#[inline]
pub(crate) fn image(bytes: &[u8]) -> Result<String, MediaError> {
    image_named("", bytes)
}

#[inline]
pub(crate) fn audio_path(path: &Path) -> Result<InlineAudio, MediaError> {
    audio_named(&name_of(path), &read(path)?).map_err(|error| error.at(path))
}

#[inline]
pub(crate) fn audio(bytes: &[u8]) -> Result<InlineAudio, MediaError> {
    audio_named("", bytes)
}

#[inline]
pub(crate) fn file_path(path: &Path) -> Result<InlineFile, MediaError> {
    file(name_of(path), &read(path)?).map_err(|error| error.at(path))
}

#[inline]
pub(crate) fn file(name: String, bytes: &[u8]) -> Result<InlineFile, MediaError> {
    let media_type = by_content(bytes).or_else(|| by_name(&name)).or_else(|| {
        // Whatever it is, it can be read as text.
        let is_text = !bytes.is_empty() && !bytes.contains(&0) && std::str::from_utf8(bytes).is_ok();
        is_text.then_some("text/plain")
    });
    match media_type {
        Some(media_type) => Ok(InlineFile { url: data_url(media_type, bytes), name }),
        None => Err(MediaError::unknown(FILE).at(Path::new(&name))),
    }
}

#[inline]
fn image_named(name: &str, bytes: &[u8]) -> Result<String, MediaError> {
    let media_type = media_type(name, bytes).filter(|media_type| media_type.starts_with("image/"));
    Ok(data_url(media_type.ok_or(MediaError::unknown(IMAGE))?, bytes))
}

#[inline]
fn audio_named(name: &str, bytes: &[u8]) -> Result<InlineAudio, MediaError> {
    let format = match media_type(name, bytes) {
        Some("audio/wav") => "wav",
        Some("audio/mpeg") => "mp3",
        _ => return Err(MediaError::unknown(AUDIO)),
    };
    Ok(InlineAudio { data: STANDARD.encode(bytes), format })
}

#[inline]
fn read(path: &Path) -> Result<Vec<u8>, MediaError> {
    fs::read(path).map_err(|error| MediaError { path: Some(path.to_owned()), wanted: "", source: Some(error) })
}

#[inline]
fn name_of(path: &Path) -> String {
    path.file_name().map(OsStr::to_string_lossy).unwrap_or_default().into_owned()
}

#[inline]
fn data_url(media_type: &str, bytes: &[u8]) -> String {
    let mut url = format!("data:{media_type};base64,");
    STANDARD.encode_string(bytes, &mut url);
    url
}

/// The media type that the bytes show, or else the one that the name claims.
#[inline]
fn media_type(name: &str, bytes: &[u8]) -> Option<&'static str> {
    // Nothing can't be an image, whatever its name.
    if bytes.is_empty() { None } else { by_content(bytes).or_else(|| by_name(name)) }
}

/// Returns the media type by the first bytes of a file.
#[inline]
fn by_content(bytes: &[u8]) -> Option<&'static str> {
    match bytes {
        [0x89, b'P', b'N', b'G', b'\r', b'\n', 0x1a, b'\n', ..] => Some("image/png"),
        [0xff, 0xd8, 0xff, ..] => Some("image/jpeg"),
        [b'G', b'I', b'F', b'8', b'7' | b'9', b'a', ..] => Some("image/gif"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'E', b'B', b'P', ..] => Some("image/webp"),
        [b'R', b'I', b'F', b'F', _, _, _, _, b'W', b'A', b'V', b'E', ..] => Some("audio/wav"),
        [b'I', b'D', b'3', ..] => Some("audio/mpeg"),
        // Frame header of MPEG audio: eleven bits set, a version, and layer III.
        [0xff, second, ..] if second & 0xe6 == 0xe2 && second & 0x18 != 0x08 => Some("audio/mpeg"),
        [b'%', b'P', b'D', b'F', b'-', ..] => Some("application/pdf"),
        _ => None,
    }
}

#[inline]
fn by_name(name: &str) -> Option<&'static str> {
    let extension = Path::new(name).extension().and_then(OsStr::to_str)?.to_ascii_lowercase();
    TYPES.iter().find(|(known, _)| *known == extension).map(|(_, media_type)| *media_type)
}

/// The types that models take as images, audio and documents.
const TYPES: &[(&str, &str)] = &[
    ("avif", "image/avif"),
    ("bmp", "image/bmp"),
    ("c", "text/x-c"),
    ("cpp", "text/x-c++"),
    ("css", "text/css"),
    ("csv", "text/csv"),
    ("doc", "application/msword"),
    ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
    ("gif", "image/gif"),
    ("go", "text/x-golang"),
    ("heic", "image/heic"),
    ("htm", "text/html"),
    ("html", "text/html"),
    ("java", "text/x-java"),
    ("jpeg", "image/jpeg"),
    ("jpg", "image/jpeg"),
    ("js", "text/javascript"),
    ("json", "application/json"),
    ("md", "text/markdown"),
    ("mp3", "audio/mpeg"),
    ("odt", "application/vnd.oasis.opendocument.text"),
    ("pdf", "application/pdf"),
    ("php", "text/x-php"),
    ("png", "image/png"),
    ("ppt", "application/vnd.ms-powerpoint"),
    ("pptx", "application/vnd.openxmlformats-officedocument.presentationml.presentation"),
    ("py", "text/x-python"),
    ("rb", "text/x-ruby"),
    ("rs", "text/x-rust"),
    ("rtf", "application/rtf"),
    ("sh", "application/x-sh"),
    ("svg", "image/svg+xml"),
    ("tex", "text/x-tex"),
    ("tif", "image/tiff"),
    ("tiff", "image/tiff"),
    ("ts", "application/typescript"),
    ("tsv", "text/tab-separated-values"),
    ("txt", "text/plain"),
    ("wav", "audio/wav"),
    ("webp", "image/webp"),
    ("xls", "application/vnd.ms-excel"),
    ("xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"),
    ("xml", "application/xml"),
    ("yaml", "application/yaml"),
    ("yml", "application/yaml"),
];

#[cfg(test)]
mod tests {
    use super::by_content;

    #[test]
    fn frames_of_mpeg_audio_are_told_from_adts_aac_and_jpeg() {
        assert_eq!(by_content(&[0xff, 0xfb, 0x90]), Some("audio/mpeg"));
        assert_eq!(by_content(&[0xff, 0xf3, 0x90]), Some("audio/mpeg"));
        assert_eq!(by_content(&[0xff, 0xf1, 0x50]), None);
        assert_eq!(by_content(&[0xff, 0xf9, 0x50]), None);
        assert_eq!(by_content(&[0xff, 0xd8, 0xff]), Some("image/jpeg"));
        assert_eq!(by_content(&[0xff, 0xea, 0x90]), None);
        assert_eq!(by_content(&[]), None);
    }
}
