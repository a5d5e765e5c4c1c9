//! The parts of a call that follow the rules of OpenAPI, and not those of OpenAI's API.

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
