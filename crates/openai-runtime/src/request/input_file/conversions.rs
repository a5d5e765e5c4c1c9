//! Conversions into a file: paths, bytes, and bytes with a name and a media type.

use std::borrow::Cow;
use std::path::{Path, PathBuf};

use bytes::{Bytes, BytesMut};

use super::{FileSource, InputFile};

impl From<PathBuf> for InputFile {
    fn from(path: PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&Path> for InputFile {
    fn from(path: &Path) -> Self {
        Self::from_path(path)
    }
}

impl From<Vec<u8>> for InputFile {
    fn from(bytes: Vec<u8>) -> Self {
        Bytes::from(bytes).into()
    }
}

impl From<Bytes> for InputFile {
    fn from(bytes: Bytes) -> Self {
        Self { name: None, content_type: None, source: FileSource::Bytes(bytes) }
    }
}

impl From<&str> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: &str) -> Self {
        Self::from_path(path)
    }
}

impl From<String> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: String) -> Self {
        Self::from_path(path)
    }
}

impl From<&String> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: &String) -> Self {
        Self::from_path(path)
    }
}

impl From<Cow<'_, str>> for InputFile {
    /// The file at a path. A file with this text is `("name.txt", text)`.
    fn from(path: Cow<'_, str>) -> Self {
        Self::from_path(path.into_owned())
    }
}

impl From<&PathBuf> for InputFile {
    fn from(path: &PathBuf) -> Self {
        Self::from_path(path)
    }
}

impl From<&InputFile> for InputFile {
    fn from(file: &InputFile) -> Self {
        file.clone()
    }
}

impl From<&[u8]> for InputFile {
    fn from(bytes: &[u8]) -> Self {
        Bytes::copy_from_slice(bytes).into()
    }
}

impl<const N: usize> From<&[u8; N]> for InputFile {
    fn from(bytes: &[u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<const N: usize> From<[u8; N]> for InputFile {
    fn from(bytes: [u8; N]) -> Self {
        bytes.as_slice().into()
    }
}

impl<N: Into<String>, B: FileContent> From<(N, B)> for InputFile {
    /// A file of this name with these bytes.
    fn from((name, bytes): (N, B)) -> Self {
        Self::from(bytes.into_bytes()).name(name)
    }
}

impl<N: Into<String>, B: FileContent, T: Into<String>> From<(N, B, T)> for InputFile {
    /// A file of this name with these bytes and this media type.
    fn from((name, bytes, content_type): (N, B, T)) -> Self {
        Self::from((name, bytes)).content_type(content_type)
    }
}

/// The bytes of a file in memory. What is borrowed is copied.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not the content of a file",
    label = "expected bytes or text: `Vec<u8>`, `&[u8]`, `Bytes`, `String`, `&str`"
)]
pub trait FileContent {
    /// Returns the bytes.
    fn into_bytes(self) -> Bytes;
}

macro_rules! owned {
    ($($content:ty)*) => {$(
        impl FileContent for $content {
            fn into_bytes(self) -> Bytes {
                self.into()
            }
        }
    )*};
}

owned!(Bytes BytesMut Vec<u8> Box<[u8]> String);

macro_rules! borrowed {
    ($([$($parameter:tt)*] $content:ty;)*) => {$(
        impl<$($parameter)*> FileContent for $content {
            fn into_bytes(self) -> Bytes {
                Bytes::copy_from_slice(self.as_ref())
            }
        }
    )*};
}

borrowed! {
    [] &str;
    [] &String;
    [] &[u8];
    [] &Vec<u8>;
    [] Cow<'_, [u8]>;
    [const N: usize] [u8; N];
    [const N: usize] &[u8; N];
}
