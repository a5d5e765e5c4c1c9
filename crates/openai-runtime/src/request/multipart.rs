//! `multipart/form-data`: text parts by the bracket rules, file parts streamed from where they are.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll};

use bytes::Bytes;
use futures_core::Stream;
use serde_json::Value;

use super::flatten;
use super::form_value::{FormLeaf, FormValue};
use super::input_file::InputFile;
use super::style::{Style, StyleRule, Styles};
use crate::error::{BoxError, Result};
use crate::io::random::random_bits;
use crate::io::transport::{Body, Chunks};
use crate::json;

/// The parts of a form, encoded but for the content of files.
pub(crate) struct Multipart {
    boundary: String,
    pieces: Vec<Piece>,
    /// Text that is not a piece yet.
    tail: Vec<u8>,
}

enum Piece {
    Text(Vec<u8>),
    File(InputFile),
}

impl Multipart {
    /// A form of an object's members. A file becomes a file part.
    pub(crate) fn of(members: &[(String, FormValue)]) -> Self {
        let mut form = Self::new();
        for (name, value) in members {
            value.leaves(name, &mut |name, leaf| match leaf {
                FormLeaf::File(file) => form.file(name, file),
                FormLeaf::Scalar(value) => form.text(name, None, flatten::text(value).as_bytes()),
            });
        }
        form.finish()
    }

    /// A form of an object's members by OpenAPI's rules: a part for each item of an array, JSON for an object, and the media
    /// types that the document gives.
    pub(crate) fn of_styles(members: &[(String, FormValue)], styles: &Styles) -> Self {
        let mut form = Self::new();
        for (name, value) in members {
            match styles.field(name) {
                Some(style) if style.rule == StyleRule::Deep => value.leaves(name, &mut |name, leaf| match leaf {
                    FormLeaf::File(file) => form.file(name, file),
                    FormLeaf::Scalar(value) => form.text(name, None, flatten::text(value).as_bytes()),
                }),
                Some(Style { rule: StyleRule::Media(media), .. }) => form.member(name, value, Some(media)),
                _ => form.member(name, value, None),
            }
        }
        form.finish()
    }

    /// Adds the parts of a member; `media` is the type that the document gives them.
    fn member(&mut self, name: &str, value: &FormValue, media: Option<&str>) {
        const JSON: &str = "application/json";
        match value {
            FormValue::File(file) => self.file(name, file),
            FormValue::List(items) => items.iter().for_each(|item| self.member(name, item, media)),
            FormValue::Json(Value::Null) => {}
            FormValue::Json(Value::Array(items)) => {
                let items = items.iter().filter(|item| !item.is_null());
                items.for_each(|item| self.member(name, &FormValue::Json(item.clone()), media));
            }
            FormValue::Json(value @ Value::Object(_)) => {
                self.text(name, Some(media.unwrap_or(JSON)), &json::to_vec(value));
            }
            FormValue::Object(_) => self.text(name, Some(media.unwrap_or(JSON)), &json::to_vec(&value.to_json())),
            FormValue::Json(value) if media.is_some_and(|media| media.contains("json")) => {
                self.text(name, media, &json::to_vec(value));
            }
            FormValue::Json(value) => self.text(name, media, flatten::text(value).as_bytes()),
        }
    }

    /// A form whose members are documents: `sdp` as `application/sdp`, the others as JSON.
    pub(crate) fn of_documents(members: &[(String, FormValue)]) -> Self {
        let mut form = Self::new();
        for (name, value) in members {
            match value {
                FormValue::Json(Value::Null) => {}
                FormValue::Json(Value::String(sdp)) if name == "sdp" => {
                    form.text(name, Some("application/sdp"), sdp.as_bytes());
                }
                FormValue::File(file) => form.file(name, file),
                other => form.text(name, Some("application/json"), &json::to_vec(&other.to_json())),
            }
        }
        form.finish()
    }

    pub(crate) fn content_type(&self) -> String {
        format!("multipart/form-data; boundary={}", self.boundary)
    }

    pub(crate) fn is_replayable(&self) -> bool {
        self.pieces.iter().all(|piece| match piece {
            Piece::Text(_) => true,
            Piece::File(file) => file.is_replayable(),
        })
    }

    /// Opens all files; the body has a length if each of them has one.
    pub(crate) async fn open(&self) -> Result<Body> {
        let mut length = Some(0_u64);
        let mut chunks = VecDeque::with_capacity(self.pieces.len());
        for piece in &self.pieces {
            let (body, size) = match piece {
                Piece::Text(text) => (OpenPiece::Bytes(Bytes::copy_from_slice(text)), Some(text.len() as u64)),
                Piece::File(file) => {
                    let body = file.open().await?;
                    let size = body.length();
                    (OpenPiece::Chunks(Box::pin(body)), size)
                }
            };
            length = length.zip(size).map(|(sum, size)| sum + size);
            chunks.push_back(body);
        }
        Ok(Body::from_stream(FormChunks(chunks), length))
    }

    fn new() -> Self {
        let boundary = format!("{:016x}{:016x}", random_bits(), random_bits());
        Self { boundary, pieces: Vec::new(), tail: Vec::new() }
    }

    fn text(&mut self, name: &str, content_type: Option<&str>, text: &[u8]) {
        let head = self.head(name, None, content_type);
        self.tail.extend_from_slice(head.as_bytes());
        self.tail.extend_from_slice(text);
        self.tail.extend_from_slice(b"\r\n");
    }

    fn file(&mut self, name: &str, file: &InputFile) {
        let head = self.head(name, Some(file.file_name()), Some(file.media_type()));
        self.tail.extend_from_slice(head.as_bytes());
        self.pieces.push(Piece::Text(std::mem::take(&mut self.tail)));
        self.pieces.push(Piece::File(file.clone()));
        self.tail.extend_from_slice(b"\r\n");
    }

    fn head(&self, name: &str, file_name: Option<&str>, content_type: Option<&str>) -> String {
        let mut head = format!("--{}\r\nContent-Disposition: form-data; name=\"{}\"", self.boundary, escape(name));
        if let Some(file_name) = file_name {
            head.push_str(&format!("; filename=\"{}\"", escape(file_name)));
        }
        if let Some(content_type) = content_type {
            head.push_str("\r\nContent-Type: ");
            head.push_str(content_type);
        }
        head.push_str("\r\n\r\n");
        head
    }

    fn finish(mut self) -> Self {
        let end = format!("--{}--\r\n", self.boundary);
        self.tail.extend_from_slice(end.as_bytes());
        self.pieces.push(Piece::Text(std::mem::take(&mut self.tail)));
        self
    }
}

/// Names in a part's head, as browsers write them.
fn escape(name: &str) -> String {
    name.replace('"', "%22").replace('\r', "%0D").replace('\n', "%0A")
}

enum OpenPiece {
    Bytes(Bytes),
    Chunks(Chunks),
}

/// The pieces of a form, one after the other.
struct FormChunks(VecDeque<OpenPiece>);

impl Stream for FormChunks {
    type Item = Result<Bytes, BoxError>;

    fn poll_next(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        loop {
            match self.0.front_mut() {
                None => return Poll::Ready(None),
                Some(OpenPiece::Bytes(bytes)) => {
                    let bytes = std::mem::take(bytes);
                    self.0.pop_front();
                    return Poll::Ready(Some(Ok(bytes)));
                }
                Some(OpenPiece::Chunks(chunks)) => match chunks.as_mut().poll_next(context) {
                    Poll::Ready(None) => self.0.pop_front(),
                    other => return other,
                },
            };
        }
    }
}
