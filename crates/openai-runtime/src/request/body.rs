//! The body of a request, from what the caller set to the bytes that go out.

use std::borrow::Cow;
use std::fmt;

use bytes::Bytes;
use http::HeaderValue;
use serde_json::Value;

use super::endpoint::BodyKind;
use super::flatten;
use super::form_value::{self, FormValue, PlacedFiles};
use super::input_file::InputFile;
use super::multipart::Multipart;
use super::style::{Style, Styles};
use super::url::encode_pairs;
use crate::error::{Error, Result};
use crate::io::transport::Body;
use crate::json::{self, Attachment, Json, Reader, Writer};

/// A body as it was set.
#[derive(Clone)]
pub(crate) enum CallBody {
    None,
    /// Finished JSON text.
    Json(Bytes),
    /// The members of an object, for encodings that go member by member.
    Members(Vec<(String, FormValue)>),
    /// A string or a file that is sent as it is.
    Whole(Whole),
}

/// A body that is no object.
#[derive(Clone)]
pub(crate) enum Whole {
    Text(Bytes),
    File(InputFile),
}

impl CallBody {
    pub(crate) fn encode(kind: BodyKind, body: &dyn Json) -> Result<Self, String> {
        match kind {
            BodyKind::None | BodyKind::Json | BodyKind::JsonOf(_) => {
                let writer = json::encode(body, Writer::new()).map_err(|error| error.to_string())?;
                Ok(Self::Json(writer.into_bytes().into()))
            }
            BodyKind::Text(_) => match json::to_value(body) {
                Value::String(text) => Ok(Self::Whole(Whole::Text(text.into()))),
                other => Ok(Self::Whole(Whole::Text(other.to_string().into()))),
            },
            BodyKind::Bytes(_) => {
                let writer = json::encode(body, Writer::with_attachments()).map_err(|error| error.to_string())?;
                let file = files(writer.into_parts().1).into_iter().next();
                file.map(|(_, file)| Self::Whole(Whole::File(file))).ok_or_else(|| "the body is no file".to_owned())
            }
            BodyKind::Multipart | BodyKind::MultipartOrJson | BodyKind::Form | BodyKind::Sdp => {
                let writer = json::encode(body, Writer::with_attachments()).map_err(|error| error.to_string())?;
                let (text, attachments) = writer.into_parts();
                let files = files(attachments);
                if kind == BodyKind::MultipartOrJson && files.is_empty() {
                    return Ok(Self::Json(leading_first(text.into())));
                }
                let members = form_value::members(&text, &files);
                members.map(Self::Members).map_err(|error| format!("the body is no object: {error}"))
            }
        }
    }

    /// Tells whether the body has a member of this name. Text that is no object is refused later, and has it.
    pub(crate) fn has(&self, name: &str) -> bool {
        match self {
            Self::None | Self::Whole(_) => false,
            Self::Json(text) => has_member(text, name).unwrap_or(true),
            Self::Members(members) => members.iter().any(|(known, _)| known == name),
        }
    }
}

impl CallBody {
    /// A member of the body that is a text. What comes after it is not read, and nothing before it is kept: the body may
    /// hold megabytes of images.
    pub(crate) fn text_member(&self, name: &str) -> Option<String> {
        match self {
            Self::None | Self::Whole(_) => None,
            Self::Json(text) => text_member(text, name).ok().flatten(),
            Self::Members(members) => {
                let (_, value) = members.iter().find(|(known, _)| known == name)?;
                value.as_json()?.as_str().map(str::to_owned)
            }
        }
    }
}

fn has_member(text: &[u8], name: &str) -> Result<bool, json::ReadError> {
    let mut reader = Reader::new(text)?;
    let (mut first, mut found) = (true, false);
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        found |= key == name;
        reader.skip()?;
    }
    reader.finish()?;
    Ok(found)
}

fn text_member(text: &[u8], name: &str) -> Result<Option<String>, json::ReadError> {
    let mut reader = Reader::new(text)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        if key == name && reader.kind()? == json::JsonKind::String {
            return reader.string().map(|text| Some(text.into_owned()));
        }
        reader.skip()?;
    }
    Ok(None)
}

#[cfg(feature = "tracing")]
impl CallBody {
    /// Calls `each` with the members of the body that are no object and no list: what these hold is not read.
    pub(crate) fn scan(&self, each: &mut dyn FnMut(&str, &Value)) {
        match self {
            Self::None | Self::Whole(_) => {}
            // Text that is no JSON is refused where it is sent.
            Self::Json(text) => drop(scan(text, each)),
            Self::Members(members) => {
                for (name, value) in members {
                    if let Some(value) = value.as_json() {
                        each(name, value);
                    }
                }
            }
        }
    }
}

#[cfg(feature = "tracing")]
fn scan(text: &[u8], each: &mut dyn FnMut(&str, &Value)) -> Result<(), json::ReadError> {
    let mut reader = Reader::new(text)?;
    let mut first = true;
    reader.begin_object()?;
    while let Some(key) = reader.next_key(&mut first)? {
        match reader.kind()? {
            json::JsonKind::Object | json::JsonKind::Array => reader.skip()?,
            _ => each(&key, &reader.value()?),
        }
    }
    Ok(())
}

impl fmt::Debug for CallBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CallBody")
    }
}

/// The attachments of a body: files are the only ones that there are.
fn files(attachments: Vec<(usize, Attachment)>) -> PlacedFiles {
    let files = attachments.into_iter().filter_map(|(at, attachment)| Some((at, attachment.downcast().ok()?)));
    files.map(|(at, file)| (at, *file)).collect()
}

/// A body ready to be sent, once or more.
pub(crate) struct RequestBody {
    pub(crate) content_type: Option<HeaderValue>,
    content: Content,
}

enum Content {
    Bytes(Bytes),
    Multipart(Multipart),
    File(InputFile),
    /// A body of a layer's, which is there once.
    #[cfg(feature = "tower")]
    Once(std::sync::Mutex<Option<Body>>),
}

impl RequestBody {
    /// Encodes a body, with `fields` laid over it.
    pub(crate) fn new(
        kind: BodyKind,
        styles: Option<&Styles>,
        body: &CallBody,
        fields: &[(String, Value)],
    ) -> Result<Self> {
        let json = match kind {
            BodyKind::JsonOf(media) => media,
            _ => "application/json",
        };
        let mut members = match body {
            CallBody::None if fields.is_empty() => return Ok(Self::empty()),
            CallBody::None => Vec::new(),
            CallBody::Json(text) => return Ok(Self::bytes(json, merge(text, fields)?)),
            CallBody::Whole(whole) => return Self::whole(kind, whole, fields),
            CallBody::Members(members) => members.clone(),
        };
        members.retain(|(name, _)| !fields.iter().any(|(field, _)| field == name));
        members.extend(fields.iter().map(|(name, value)| (name.clone(), FormValue::Json(value.clone()))));
        match kind {
            BodyKind::None | BodyKind::Json | BodyKind::JsonOf(_) => {
                let members: Vec<_> = members.iter().map(|(name, value)| (name.clone(), value.to_json())).collect();
                Ok(Self::bytes(json, merge(&Bytes::from_static(b"{}"), &members)?))
            }
            BodyKind::Form => Ok(Self::bytes("application/x-www-form-urlencoded", urlencoded(&members, styles))),
            BodyKind::Multipart | BodyKind::MultipartOrJson => Ok(Self::multipart(match styles {
                Some(styles) => Multipart::of_styles(&members, styles),
                None => Multipart::of(&members),
            })),
            BodyKind::Sdp => match &members[..] {
                [(name, FormValue::Json(Value::String(sdp)))] if name == "sdp" => {
                    Ok(Self::bytes("application/sdp", sdp.clone()))
                }
                _ => Ok(Self::multipart(Multipart::of_documents(&members))),
            },
            BodyKind::Text(_) | BodyKind::Bytes(_) => Err(no_fields(fields)),
        }
    }

    /// A body that is sent as it is.
    fn whole(kind: BodyKind, whole: &Whole, fields: &[(String, Value)]) -> Result<Self> {
        if !fields.is_empty() {
            return Err(no_fields(fields));
        }
        let media = match kind {
            BodyKind::Text(media) | BodyKind::Bytes(media) => media,
            _ => "application/octet-stream",
        };
        Ok(match whole {
            Whole::Text(text) => Self::bytes(media, text.clone()),
            Whole::File(file) => {
                let media = if media.contains('*') { file.media_type() } else { media };
                Self { content_type: HeaderValue::from_str(media).ok(), content: Content::File(file.clone()) }
            }
        })
    }

    /// The bytes, if the body is JSON.
    pub(crate) fn as_json(&self) -> Option<&[u8]> {
        match &self.content {
            Content::Bytes(bytes) if self.content_type.as_ref().is_some_and(is_json) => Some(bytes),
            _ => None,
        }
    }

    /// Returns true if there is nothing to send.
    pub(crate) fn is_empty(&self) -> bool {
        matches!(&self.content, Content::Bytes(bytes) if bytes.is_empty())
    }

    /// Tells whether the body can be sent again.
    pub(crate) fn is_replayable(&self) -> bool {
        match &self.content {
            Content::Bytes(_) => true,
            Content::Multipart(multipart) => multipart.is_replayable(),
            Content::File(file) => file.is_replayable(),
            #[cfg(feature = "tower")]
            Content::Once(_) => false,
        }
    }

    /// Opens the body for one attempt.
    pub(crate) async fn open(&self) -> Result<Body> {
        match &self.content {
            Content::Bytes(bytes) => Ok(Body::from(bytes.clone())),
            Content::Multipart(multipart) => multipart.open().await,
            Content::File(file) => file.open().await,
            #[cfg(feature = "tower")]
            Content::Once(body) => {
                let body = body.lock().ok().and_then(|mut body| body.take());
                body.ok_or_else(|| Error::invalid("the body that a layer set was sent before, and can't be sent again"))
            }
        }
    }

    /// Makes a request's body of one that a layer set.
    #[cfg(feature = "tower")]
    pub(crate) fn of(content_type: Option<HeaderValue>, body: Body) -> Self {
        let content = match body.as_bytes() {
            Some(bytes) => Content::Bytes(bytes.clone()),
            None => Content::Once(std::sync::Mutex::new(Some(body))),
        };
        Self { content_type, content }
    }

    fn empty() -> Self {
        Self { content_type: None, content: Content::Bytes(Bytes::new()) }
    }

    fn bytes(content_type: &'static str, bytes: impl Into<Bytes>) -> Self {
        Self { content_type: Some(HeaderValue::from_static(content_type)), content: Content::Bytes(bytes.into()) }
    }

    fn multipart(multipart: Multipart) -> Self {
        let content_type = HeaderValue::from_str(&multipart.content_type()).ok();
        Self { content_type, content: Content::Multipart(multipart) }
    }
}

/// The members of a body as `name=value&…`.
fn urlencoded(members: &[(String, FormValue)], styles: Option<&Styles>) -> String {
    let Some(styles) = styles else {
        let mut pairs = Vec::new();
        for (name, value) in members {
            flatten::pairs(name, &value.to_json(), &mut pairs);
        }
        return encode_pairs(&pairs);
    };
    let texts = members.iter().map(|(name, value)| {
        let value = value.to_json();
        let default = if value.is_object() { Style::media("application/json") } else { Style::FORM };
        styles.field(name).unwrap_or(default).pairs(name, &value)
    });
    texts.filter(|text| !text.is_empty()).collect::<Vec<_>>().join("&")
}

fn is_json(media: &HeaderValue) -> bool {
    let media = media.as_bytes();
    media == b"application/json" || media.ends_with(b"+json")
}

#[cold]
fn no_fields(fields: &[(String, Value)]) -> Error {
    let name = fields.first().map(|(name, _)| name.as_str()).unwrap_or_default();
    Error::invalid(format!("the field `{name}` can't be set: the body of this operation is no object"))
}

/// The JSON text of a body, with `fields` laid over it.
pub(crate) fn json_text(body: &CallBody, fields: &[(String, Value)]) -> Result<Bytes> {
    match body {
        CallBody::Json(text) => merge(text, fields),
        CallBody::None => merge(&Bytes::from_static(b"{}"), fields),
        CallBody::Members(_) | CallBody::Whole(_) => Err(Error::invalid("a form has no JSON text")),
    }
}

/// The members that lead a body, because routers read its first bytes to choose where it goes. Tables of bodies have this
/// order already.
const LEADING: [&str; 3] = ["model", "stream", "service_tier"];

/// The members of a JSON object, in their order, each with the text of its value, which is passed over and not read.
fn members(text: &[u8]) -> Result<Vec<(Cow<'_, str>, &str)>, json::ReadError> {
    let mut reader = Reader::new(text)?;
    let mut members = Vec::new();
    let mut first = true;
    reader.begin_object()?;
    while let Some(name) = reader.next_key(&mut first)? {
        members.push((name, reader.raw()?));
    }
    reader.finish()?;
    Ok(members)
}

/// Lays fields over the text of a JSON object, with the leading members first. The values of the text are not read: they may
/// hold megabytes of images.
fn merge(text: &Bytes, fields: &[(String, Value)]) -> Result<Bytes> {
    if fields.is_empty() {
        return Ok(text.clone());
    }
    let wrong = |error: json::ReadError| Error::invalid(format!("fields can be added to an object only: {error}"));
    Ok(arranged(&members(text).map_err(wrong)?, fields, text.len()).into())
}

/// Returns the text of a body with its leading members first. What is no object is returned as it is.
pub(crate) fn leading_first(text: Bytes) -> Bytes {
    let Ok(members) = members(&text) else { return text };
    let mut places = members.iter().map(|(name, _)| place(name));
    let mut last = 0;
    if places.all(|place| std::mem::replace(&mut last, place) <= place) {
        return text;
    }
    arranged(&members, &[], text.len()).into()
}

/// The place of a member among the leading ones.
fn place(name: &str) -> usize {
    LEADING.iter().position(|known| *known == name).unwrap_or(LEADING.len())
}

/// Writes members of a text and fields, which win over them: the leading ones, the others of the text, the other fields.
fn arranged(members: &[(Cow<'_, str>, &str)], fields: &[(String, Value)], length: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(length + 64);
    out.push(b'{');
    for wanted in 0..=LEADING.len() {
        for (name, value) in members.iter().filter(|(name, _)| place(name) == wanted) {
            if !fields.iter().any(|(field, _)| field == name) {
                member(&mut out, name, value.as_bytes());
            }
        }
        for (name, value) in fields.iter().filter(|(name, _)| place(name) == wanted) {
            member(&mut out, name, &json::to_vec(value));
        }
    }
    out.push(b'}');
    out
}

fn member(out: &mut Vec<u8>, name: &str, value: &[u8]) {
    if out.len() > 1 {
        out.push(b',');
    }
    let mut writer = Writer::new();
    writer.string(name);
    out.extend_from_slice(writer.as_bytes());
    out.push(b':');
    out.extend_from_slice(value);
}

/// The body of an operation that has none.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoBody;

impl Json for NoBody {
    fn read(&mut self, reader: &mut json::Reader<'_>) -> Result<(), json::ReadError> {
        reader.skip()
    }

    fn write(&self, writer: &mut json::Writer) {
        writer.null();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A value in a text stays as it is written, digit for digit.
    #[test]
    fn values_are_moved_and_not_read() {
        let field = [("x".to_owned(), Value::from(1))];
        for (text, led, merged) in [
            (
                r#"{"n":12345678901234567890.000100,"s":"\u00e9\n","model":"m"}"#,
                r#"{"model":"m","n":12345678901234567890.000100,"s":"\u00e9\n"}"#,
                r#"{"model":"m","n":12345678901234567890.000100,"s":"\u00e9\n","x":1}"#,
            ),
            (
                r#" { "a" : [ 1 ] , "x":0,"m\u006fdel" : "m" } "#,
                r#"{"model":"m","a":[ 1 ],"x":0}"#,
                r#"{"model":"m","a":[ 1 ],"x":1}"#,
            ),
            // Of two members of a name, both stay, in their order.
            (
                r#"{"a":1,"model":"m","model":"n"}"#,
                r#"{"model":"m","model":"n","a":1}"#,
                r#"{"model":"m","model":"n","a":1,"x":1}"#,
            ),
        ] {
            let text = Bytes::from_static(text.as_bytes());
            assert_eq!(leading_first(text.clone()), led);
            assert_eq!(merge(&text, &field).unwrap(), merged);
        }
        for odd in ["", "[]", "1", "{", r#"{"model":1} 2"#] {
            assert_eq!(leading_first(Bytes::from_static(odd.as_bytes())), odd);
            assert!(merge(&Bytes::from_static(odd.as_bytes()), &field).is_err(), "{odd}");
        }
    }
}
