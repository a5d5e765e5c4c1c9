//! Appends JSON text to a buffer.

use std::any::Any;
use std::cell::RefCell;
use std::collections::HashSet;
use std::sync::LazyLock;

use serde_json::Value;

use super::error::InputError;
use super::strings::{bytes_below, bytes_equal};

/// A value that JSON has no form for and a body of several parts has, as a file.
pub type Attachment = Box<dyn Any + Send + Sync>;

thread_local! {
    static UNKNOWN: RefCell<Option<Unknown>> = const { RefCell::new(None) };
}

/// The distance between a document and what a server sends.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Unknown {
    /// Values that no variant of their union or enum describes.
    pub values: Vec<String>,
    /// Members that their type has no field for, and constants of another value, as `Type.member`.
    pub members: Vec<String>,
}

/// Runs `work` and collects what it writes that its types do not describe.
pub fn collect_unknown<T>(work: impl FnOnce() -> T) -> (T, Unknown) {
    let outer = UNKNOWN.replace(Some(Unknown::default()));
    let result = work();
    (result, UNKNOWN.replace(outer).unwrap_or_default())
}

#[cold]
pub(super) fn note_unknown(value: &[u8]) {
    UNKNOWN.with_borrow_mut(|found| {
        if let Some(found) = found {
            found.values.push(String::from_utf8_lossy(value).into_owned());
        }
    });
}

#[cold]
pub(super) fn note_member(type_name: &str, member: &str) {
    UNKNOWN.with_borrow_mut(|found| {
        if let Some(found) = found {
            found.members.push(format!("{type_name}.{member}"));
        }
    });
}

/// The roles of messages in all APIs.
pub(super) const ROLES: [&str; 9] =
    ["user", "assistant", "system", "developer", "tool", "function", "critic", "discriminator", "unknown"];

/// A growing JSON text.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    mode: AttachmentMode,
    /// Set by whatever is not empty. Constants don't count, so that an object whose fields are all empty is empty.
    pub(super) touched: bool,
    /// The output is to be shown, so secrets are masked.
    pub(super) masks: bool,
    /// The problems that keep the value from being sent, each with its offset.
    problems: Vec<(usize, Problem)>,
}

/// A problem of an input that cannot be sent.
#[derive(Clone, Debug)]
pub(super) enum Problem {
    /// A value that did not fit its field.
    Input(InputError),
    /// A role that no type has. It is one only where messages stand.
    Role(Box<str>),
}

#[derive(Debug, Default)]
enum AttachmentMode {
    #[default]
    Text,
    /// Text in which an empty string stands for each attachment, told by its offset, for a multipart body.
    Attachments(Vec<(usize, Attachment)>),
}

impl Writer {
    /// An empty text.
    #[must_use]
    pub fn new() -> Self {
        Self { buffer: Vec::with_capacity(256), ..Self::default() }
    }

    /// A writer of what is to be shown: secrets are masked.
    pub(super) fn masking() -> Self {
        Self { masks: true, ..Self::new() }
    }

    /// Masks the value that begins at `start`, unless there is none.
    #[cold]
    pub(super) fn mask(&mut self, start: usize) {
        if !matches!(self.since(start), b"null" | b"\"\"") {
            self.truncate(start);
            self.constant("***");
        }
    }

    /// A writer that sets attachments aside, for multipart bodies.
    #[must_use]
    pub fn with_attachments() -> Self {
        Self { mode: AttachmentMode::Attachments(Vec::new()), ..Self::default() }
    }

    /// The finished text and the attachments set aside, each with the offset of the empty string that stands in its place.
    /// The offsets ascend. A string is never taken for an attachment, whatever it says.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Vec<(usize, Attachment)>) {
        match self.mode {
            AttachmentMode::Attachments(attachments) => (self.buffer, attachments),
            AttachmentMode::Text => (self.buffer, Vec::new()),
        }
    }

    /// Appends the text of a string enum.
    pub fn enum_value(&mut self, text: &str, unknown: bool) {
        if unknown && !text.is_empty() {
            note_unknown(text.as_bytes());
            if self.buffer.ends_with(b"\"role\":") {
                self.problems.push((self.buffer.len(), Problem::Role(text.into())));
            }
        }
        self.string(text);
    }

    /// Appends an attachment: an empty string in a multipart body, else the string that stands in for it.
    pub(crate) fn attachment<T: Any + Clone + Send + Sync>(&mut self, value: &T, text: impl FnOnce() -> String) {
        self.touched = true;
        if let AttachmentMode::Attachments(attachments) = &mut self.mode {
            attachments.push((self.buffer.len(), Box::new(value.clone())));
            self.quoted("");
        } else {
            self.string(&text());
        }
    }

    /// The text so far.
    #[must_use]
    pub fn as_bytes(&self) -> &[u8] {
        &self.buffer
    }

    /// The finished text.
    #[must_use]
    pub fn into_bytes(self) -> Vec<u8> {
        self.buffer
    }

    /// Notes an input that did not fit, of the object that begins at `start`.
    #[cold]
    pub(super) fn refuse(&mut self, start: usize, problem: &InputError) {
        self.problems.push((start, Problem::Input(problem.clone())));
    }

    /// Notes the role of a message whose form no type has.
    #[cold]
    pub(super) fn note_untyped_role(&mut self, start: usize, value: &Value) {
        if let Some(role) = value.get("role").and_then(Value::as_str)
            && value.get("type").is_none()
        {
            self.problems.push((start, Problem::Role(role.into())));
        }
    }

    /// Notes the role that is written next, unless it is known.
    #[cold]
    pub(super) fn note_role(&mut self, role: &Value) {
        if let Some(role) = role.as_str().filter(|role| !ROLES.contains(role)) {
            self.problems.push((self.buffer.len(), Problem::Role(role.into())));
        }
    }

    /// Returns the problems that keep the value from being sent, each with its offset, in the order in which it was written.
    pub(super) fn problems(&self) -> &[(usize, Problem)] {
        &self.problems
    }

    /// Appends `null`.
    pub fn null(&mut self) {
        self.buffer.extend_from_slice(b"null");
    }

    /// Appends `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.touched |= value;
        self.buffer.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Appends an integer.
    pub fn integer(&mut self, value: i64) {
        self.touched |= value != 0;
        self.buffer.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// Appends a number; NaN and the infinities, which JSON does not have, become `null`.
    ///
    /// Whole numbers are written as such, `1` and not `1.0`: readers that want a float take both, some that want an
    /// integer do not.
    pub fn number(&mut self, value: f64) {
        /// Up to here every whole number is a float of its own.
        const EXACT: f64 = 9_007_199_254_740_992.0;
        self.touched |= value != 0.0;
        let is_whole = value.fract() == 0.0 && value.abs() <= EXACT;
        if is_whole && (value != 0.0 || value.is_sign_positive()) {
            return self.integer(value as i64);
        }
        match serde_json::Number::from_f64(value) {
            Some(number) => self.any_number(&number),
            None => self.null(),
        }
    }

    /// Appends a number that is not whole, with the digits that tell it from the next `f32`.
    pub(super) fn fraction(&mut self, value: f32) {
        self.touched = true;
        // Writing to memory does not fail.
        _ = serde_json::to_writer(&mut self.buffer, &value);
    }

    /// Appends a string with its quotes.
    pub fn string(&mut self, text: &str) {
        self.touched |= !text.is_empty();
        self.quoted(text);
    }

    /// Appends a constant.
    pub(super) fn constant(&mut self, text: &str) {
        self.quoted(text);
    }

    /// Appends any JSON value.
    pub fn value(&mut self, value: &Value) {
        self.touched |= !value.is_null();
        match value {
            Value::Null => self.null(),
            Value::Bool(flag) => self.boolean(*flag),
            Value::Number(number) => self.any_number(number),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.buffer.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    if index > 0 {
                        self.buffer.push(b',');
                    }
                    self.value(item);
                }
                self.buffer.push(b']');
            }
            Value::Object(members) => self.object(members),
        }
    }

    /// Appends an object. The properties of a JSON schema are in the order of its `required` where the map does not keep
    /// the order that they were made in: models write members in the order of the schema.
    fn object(&mut self, members: &serde_json::Map<String, Value>) {
        self.buffer.push(b'{');
        let open = self.buffer.len();
        for (name, member) in members {
            self.member(name, open);
            match (member, members.get("required")) {
                (Value::Object(properties), Some(Value::Array(order))) if name == "properties" && !keeps_order() => {
                    self.ordered(properties, order);
                }
                _ => self.value(member),
            }
        }
        self.buffer.push(b'}');
    }

    /// Appends an object with the members that are named first in this order.
    pub(super) fn ordered(&mut self, properties: &serde_json::Map<String, Value>, order: &[Value]) {
        let mut named = HashSet::new();
        self.buffer.push(b'{');
        let open = self.buffer.len();
        let first = order.iter().filter_map(|name| properties.get_key_value(name.as_str()?));
        for (name, property) in first.filter(|(name, _)| named.insert(name.as_str())) {
            self.member(name, open);
            self.value(property);
        }
        for (name, property) in properties {
            if !named.contains(name.as_str()) {
                self.member(name, open);
                self.value(property);
            }
        }
        self.buffer.push(b'}');
    }

    /// Appends punctuation or a piece of finished JSON.
    #[inline]
    pub(super) fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// Starts a member, whose name may be any text, of the object whose first member is at `open`.
    pub(super) fn member(&mut self, name: &str, open: usize) {
        if self.buffer.len() > open {
            self.buffer.push(b',');
        }
        self.quoted(name);
        self.buffer.push(b':');
    }

    /// As [`Self::member`], for a key out of a table, with its quotes and colon.
    #[inline]
    pub(super) fn key(&mut self, key: &'static str, open: usize) {
        debug_assert!(
            !key.get(1..key.len() - 2).is_none_or(|name| name.bytes().any(needs_escape)),
            "{key} needs an escape"
        );
        if self.buffer.len() > open {
            self.buffer.push(b',');
        }
        self.buffer.extend_from_slice(key.as_bytes());
    }

    pub(super) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(super) fn since(&self, start: usize) -> &[u8] {
        self.buffer.get(start..).unwrap_or_default()
    }

    pub(super) fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
        self.problems.retain(|(at, _)| *at < len);
        if let AttachmentMode::Attachments(attachments) = &mut self.mode {
            attachments.retain(|(at, _)| *at < len);
        }
    }

    fn any_number(&mut self, number: &serde_json::Number) {
        match number.as_i64() {
            Some(whole) => self.buffer.extend_from_slice(itoa::Buffer::new().format(whole).as_bytes()),
            // Writing to memory does not fail.
            None => _ = serde_json::to_writer(&mut self.buffer, number),
        }
    }

    fn quoted(&mut self, text: &str) {
        let mut rest = text.as_bytes();
        self.buffer.reserve(rest.len() + 2);
        self.buffer.push(b'"');
        while let Some(at) = escape_at(rest) {
            self.buffer.extend_from_slice(&rest[..at]);
            self.escape(rest[at]);
            rest = &rest[at + 1..];
        }
        self.buffer.extend_from_slice(rest);
        self.buffer.push(b'"');
    }

    fn escape(&mut self, byte: u8) {
        const HEX: &[u8; 16] = b"0123456789abcdef";
        let short = match byte {
            b'"' => b'"',
            b'\\' => b'\\',
            b'\n' => b'n',
            b'\r' => b'r',
            b'\t' => b't',
            0x08 => b'b',
            0x0c => b'f',
            _ => {
                let (high, low) = (HEX[usize::from(byte >> 4)], HEX[usize::from(byte & 15)]);
                self.buffer.extend_from_slice(&[b'\\', b'u', b'0', b'0', high, low]);
                return;
            }
        };
        self.buffer.extend_from_slice(&[b'\\', short]);
    }
}

fn needs_escape(byte: u8) -> bool {
    byte < 0x20 || byte == b'"' || byte == b'\\'
}

/// The index of the first byte that needs an escape.
#[inline]
fn escape_at(text: &[u8]) -> Option<usize> {
    let (chunks, rest) = text.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        let word = u64::from_le_bytes(*chunk);
        let hits = bytes_below(word, 0x20) | bytes_equal(word, b'"') | bytes_equal(word, b'\\');
        if hits != 0 {
            return Some(index * 8 + (hits.trailing_zeros() / 8) as usize);
        }
    }
    rest.iter().position(|byte| needs_escape(*byte)).map(|at| text.len() - rest.len() + at)
}

/// Returns true if the maps of `serde_json` keep the order of their members: some crate of the program has its feature
/// `preserve_order` on, which no `cfg` of another crate can tell.
#[doc(hidden)]
#[must_use]
pub fn keeps_order() -> bool {
    static KEEPS: LazyLock<bool> = LazyLock::new(|| {
        let map: serde_json::Map<String, Value> =
            ["b", "a"].map(|name| (name.to_owned(), Value::Null)).into_iter().collect();
        map.keys().next().is_some_and(|first| first == "b")
    });
    *KEEPS
}
