//! The parts of a call: parameters, bodies, answers, and the forms that they have by the rules of OpenAPI.

use serde_json::Value;

use super::{Field, Ty, TypeName};

/// The place of a parameter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Location {
    /// Into the path.
    Path,
    /// Into the query.
    Query,
    /// Into a header.
    Header,
    /// Into a cookie.
    Cookie,
}

/// A parameter of an operation.
#[derive(Clone, Debug)]
pub struct Parameter {
    /// Its place.
    pub location: Location,
    /// Its name in the document.
    pub name: String,
    /// Its form, if it is not the one that its place has by default.
    pub style: Option<Style>,
    /// Its name, type and facts.
    pub field: Field,
}

/// A request body.
#[derive(Clone, Debug)]
pub struct Body {
    /// Its encoding.
    pub kind: BodyKind,
    /// All media types that the document offers.
    pub media: Vec<String>,
    /// The media type that is sent, where `kind` does not tell.
    pub sent: String,
    /// Fields of a form whose form the document gives.
    pub fields: Vec<(String, Style)>,
    /// Its type.
    pub ty: Ty,
    /// The name to show for its type where that is another one's.
    pub label: Option<TypeName>,
    /// Set if it must be there.
    pub required: bool,
}

/// The encoding of a body.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BodyKind {
    /// `application/json`
    Json,
    /// `multipart/form-data`
    Multipart,
    /// `multipart/form-data` if there is a file in it, else `application/json`
    MultipartOrJson,
    /// `application/x-www-form-urlencoded`
    Form,
    /// JSON under another media type.
    JsonOf,
    /// A string, sent as it is.
    Text,
    /// A file, sent as it is.
    Bytes,
}

/// The answer of an operation.
#[derive(Clone, Debug, PartialEq)]
pub enum Response {
    /// JSON of this type.
    Json(Ty),
    /// Text.
    Text,
    /// Bytes.
    Binary,
    /// Nothing of interest.
    Unit,
}

/// The stream of an operation.
#[derive(Clone, Debug, PartialEq)]
pub struct Stream {
    /// The type of an event.
    pub event: Ty,
    /// The terminal event types; empty if `[DONE]` ends the stream.
    pub done: Vec<String>,
    /// Set if there may be several of these.
    pub several: bool,
    /// The types after which the stream may not end before another one of `done`.
    pub resumes: Vec<String>,
    /// Set if an event is its name and its data under two keys.
    pub envelope: bool,
    /// The body's field that asks for a stream, and its value.
    pub switch: (String, Value),
    /// The way to ask for it that the document tells.
    pub asks: Asks,
    /// It ends where its body does: nothing tells of a terminal event.
    pub just_ends: bool,
}

/// The form in which an array or an object becomes text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Style {
    /// The rule.
    pub rule: StyleRule,
    /// Each item or member stands alone.
    pub explode: bool,
    /// Reserved characters of a query are not encoded.
    pub reserved: bool,
}

/// OpenAPI's `style`, or a media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum StyleRule {
    /// `form`
    Form,
    /// `spaceDelimited`
    Space,
    /// `pipeDelimited`
    Pipe,
    /// `deepObject`
    Deep,
    /// `simple`
    Simple,
    /// `label`
    Label,
    /// `matrix`
    Matrix,
    /// Text of this media type.
    Media(String),
}

impl Style {
    /// The style of a text of this media type.
    #[must_use]
    pub fn media(media: &str) -> Self {
        Self { rule: StyleRule::Media(media.to_owned()), explode: false, reserved: false }
    }
}

/// The way in which a call asks for an event stream, besides the `Accept` header.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Asks {
    /// As OpenAI's API.
    #[default]
    Usual,
    /// By the header alone.
    Accept,
    /// By this field of the body, set to true.
    Field(String),
    /// By this parameter of the query, set to true.
    Query(String),
}

/// The server of an operation that is not the client's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OperationServer {
    /// An absolute URL, or a path on the client's host.
    pub url: String,
    /// The document says that it gets the credential.
    pub is_trusted: bool,
}
