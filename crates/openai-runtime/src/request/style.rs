//! The forms of parameters and form fields that OpenAPI describes by `style`, `explode`, `allowReserved` and media types.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Map, Value};

use super::flatten;

/// The characters that stay as they are in a query or a form, besides letters and digits.
pub(super) const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The characters that stay as they are in a value with `allowReserved`: the reserved characters that a query may hold and that do not end
/// the value.
const RESERVED: &AsciiSet = &QUERY
    .remove(b'!')
    .remove(b'$')
    .remove(b'\'')
    .remove(b'(')
    .remove(b')')
    .remove(b'*')
    .remove(b',')
    .remove(b'/')
    .remove(b':')
    .remove(b';')
    .remove(b'=')
    .remove(b'?')
    .remove(b'@');

/// The forms of an operation's parameters and form fields. Those that are not listed have OpenAPI's default form.
#[derive(Clone, Copy, Debug)]
pub struct Styles {
    /// Parameters of the path, the query, headers and cookies, by name.
    pub parameters: &'static [(&'static str, Style)],
    /// Fields of a request body that is a form, by name.
    pub fields: &'static [(&'static str, Style)],
}

impl Styles {
    /// OpenAPI's defaults: `form` in the query and in cookies, `simple` in the path and in headers. A form repeats a name
    /// for each item of an array, and holds an object as JSON.
    pub const OPENAPI: Self = Self { parameters: &[], fields: &[] };

    pub(crate) fn parameter(&self, name: &str, default: Style) -> Style {
        find(self.parameters, name).unwrap_or(default)
    }

    /// The form of a field, if the document gives it one.
    pub(crate) fn field(&self, name: &str) -> Option<Style> {
        find(self.fields, name)
    }
}

fn find(list: &[(&'static str, Style)], name: &str) -> Option<Style> {
    list.iter().find(|(known, _)| *known == name).map(|(_, style)| *style)
}

/// The form of one parameter or form field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Style {
    /// The rule by which an array or an object becomes text.
    pub rule: StyleRule,
    /// Set if each item of an array and each member of an object stands alone.
    pub explode: bool,
    /// Set if reserved characters of a query are not encoded.
    pub reserved: bool,
}

/// The rule by which an array or an object becomes text: OpenAPI's `style`, or a media type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StyleRule {
    /// `form`, in queries, cookies and forms: `k=a&k=b`, or `k=a,b`.
    Form,
    /// `spaceDelimited`, in queries: `k=a%20b`.
    Space,
    /// `pipeDelimited`, in queries: `k=a%7Cb`.
    Pipe,
    /// `deepObject`, in queries and forms: `k[x]=a&k[y]=b`.
    Deep,
    /// `simple`, in paths and headers: `a,b`.
    Simple,
    /// `label`, in paths: `.a.b`, or `.a,b`.
    Label,
    /// `matrix`, in paths: `;k=a;k=b`, or `;k=a,b`.
    Matrix,
    /// The text of this media type, JSON for most. In a multi-part body it is the part's type.
    Media(&'static str),
}

impl Style {
    /// `form`, exploded: OpenAPI's default in queries and cookies.
    pub const FORM: Self = Self { rule: StyleRule::Form, explode: true, reserved: false };
    /// `spaceDelimited`
    pub const SPACE: Self = Self { rule: StyleRule::Space, explode: false, reserved: false };
    /// `pipeDelimited`
    pub const PIPE: Self = Self { rule: StyleRule::Pipe, explode: false, reserved: false };
    /// `deepObject`
    pub const DEEP: Self = Self { rule: StyleRule::Deep, explode: true, reserved: false };
    /// `simple`: OpenAPI's default in paths and headers.
    pub const SIMPLE: Self = Self { rule: StyleRule::Simple, explode: false, reserved: false };
    /// `label`
    pub const LABEL: Self = Self { rule: StyleRule::Label, explode: false, reserved: false };
    /// `matrix`
    pub const MATRIX: Self = Self { rule: StyleRule::Matrix, explode: false, reserved: false };

    /// Text of a media type.
    #[must_use]
    pub const fn media(media: &'static str) -> Self {
        Self { rule: StyleRule::Media(media), explode: false, reserved: false }
    }

    /// Returns the pairs of a query or a form, encoded and joined. It is empty for what is not sent.
    pub(crate) fn pairs(self, name: &str, value: &Value) -> String {
        let key = encode(name);
        match (self.rule, value) {
            (_, Value::Null) => String::new(),
            (StyleRule::Media(_), value) => format!("{key}={}", self.encode(&value.to_string())),
            (StyleRule::Deep, Value::Array(_) | Value::Object(_)) => {
                let mut pairs = Vec::new();
                flatten::pairs(name, value, &mut pairs);
                let pairs = pairs.iter().map(|(name, value)| format!("{}={}", encode(name), self.encode(value)));
                pairs.collect::<Vec<_>>().join("&")
            }
            (_, Value::Array(items)) if self.explode => {
                let pairs = items.iter().filter(|item| !item.is_null());
                let pairs = pairs.map(|item| format!("{key}={}", self.encode(&text(item))));
                pairs.collect::<Vec<_>>().join("&")
            }
            (_, Value::Object(members)) if self.explode => {
                // Each member is a parameter of its own; an object in there is JSON.
                let pairs = members.iter().map(|(name, value)| match value {
                    Value::Object(_) => format!("{}={}", encode(name), self.encode(&text(value))),
                    value => self.pairs(name, value),
                });
                pairs.filter(|pair| !pair.is_empty()).collect::<Vec<_>>().join("&")
            }
            (_, Value::Array(_) | Value::Object(_)) => {
                let delimiter = match self.rule {
                    StyleRule::Space => "%20",
                    StyleRule::Pipe => "%7C",
                    _ => ",",
                };
                match self.joined(value, delimiter) {
                    joined if joined.is_empty() && is_empty(value) => joined,
                    joined => format!("{key}={joined}"),
                }
            }
            (_, scalar) => format!("{key}={}", self.encode(&text(scalar))),
        }
    }

    /// Returns a parameter of the path, encoded, so that it can only ever be one segment.
    pub(crate) fn segment(self, name: &str, value: &Value) -> String {
        let key = encode(name);
        match (self.rule, value) {
            (StyleRule::Media(_), value) => encode(&value.to_string()),
            (StyleRule::Matrix, Value::Array(items)) if self.explode => {
                let items = items.iter().filter(|item| !item.is_null());
                items.map(|item| pair(&format!(";{key}"), &encode(&text(item)))).collect()
            }
            (StyleRule::Matrix, Value::Object(members)) if self.explode => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                members.map(|(name, value)| pair(&format!(";{}", encode(name)), &encode(&text(value)))).collect()
            }
            (StyleRule::Matrix, value) => pair(&format!(";{key}"), &self.joined(value, ",")),
            (StyleRule::Label, value) if self.explode => format!(".{}", self.joined(value, ".")),
            (StyleRule::Label, value) => format!(".{}", self.joined(value, ",")),
            (_, value) => self.joined(value, ","),
        }
    }

    /// Returns the value of a header.
    pub(crate) fn header(self, value: &Value) -> String {
        let between = if self.explode { "=" } else { "," };
        match (self.rule, value) {
            (StyleRule::Media(_), value) => value.to_string(),
            (_, Value::Array(items)) => items.iter().map(text).collect::<Vec<_>>().join(","),
            (_, Value::Object(members)) => {
                let members = members.iter().filter(|(_, value)| !value.is_null());
                members.map(|(name, value)| format!("{name}{between}{}", text(value))).collect::<Vec<_>>().join(",")
            }
            (_, scalar) => text(scalar),
        }
    }

    /// Joins items, or members with their names, by a delimiter.
    fn joined(self, value: &Value, delimiter: &str) -> String {
        match value {
            Value::Null => String::new(),
            Value::Array(items) => {
                let items = items.iter().filter(|item| !item.is_null());
                items.map(|item| self.encode(&text(item))).collect::<Vec<_>>().join(delimiter)
            }
            Value::Object(members) if self.explode => self.members(members, "=", delimiter),
            Value::Object(members) => self.members(members, delimiter, delimiter),
            scalar => self.encode(&text(scalar)),
        }
    }

    fn members(self, members: &Map<String, Value>, between: &str, delimiter: &str) -> String {
        let members = members.iter().filter(|(_, value)| !value.is_null());
        let members = members.map(|(name, value)| format!("{}{between}{}", encode(name), self.encode(&text(value))));
        members.collect::<Vec<_>>().join(delimiter)
    }

    fn encode(self, value: &str) -> String {
        let set = if self.reserved { RESERVED } else { QUERY };
        utf8_percent_encode(value, set).to_string()
    }
}

/// A value inside an array or an object. OpenAPI has no rule for arrays and objects in there: they are JSON.
pub(super) fn text(value: &Value) -> String {
    flatten::text(value)
}

fn encode(value: &str) -> String {
    utf8_percent_encode(value, QUERY).to_string()
}

/// A name with its value, or alone if the value is empty.
fn pair(name: &str, value: &str) -> String {
    if value.is_empty() { name.to_owned() } else { format!("{name}={value}") }
}

fn is_empty(value: &Value) -> bool {
    match value {
        Value::Array(items) => items.iter().all(Value::is_null),
        Value::Object(members) => members.values().all(Value::is_null),
        _ => false,
    }
}
