//! Appends JSON text to a buffer.

use serde_json::Value;

use crate::InputFile;

/// Starts a string that stands for a file: no JSON text of the API starts with NUL.
const FILE_MARK: &str = "\0file:";

/// A growing JSON text.
#[derive(Debug, Default)]
pub struct Writer {
    buffer: Vec<u8>,
    mode: Mode,
    /// Set by an empty `Option`; an object leaves the field out then.
    unset: bool,
}

#[derive(Debug, Default)]
enum Mode {
    #[default]
    Text,
    /// Writes nothing, notes whether there was something to write.
    Probe { touched: bool },
    /// Text in which each file is a placeholder, for a multipart body.
    Files(Vec<InputFile>),
}

impl Writer {
    /// An empty text.
    #[must_use]
    pub fn new() -> Self {
        Self { buffer: Vec::with_capacity(256), ..Self::default() }
    }

    /// A writer that only tells whether a value is empty.
    pub(crate) fn probe() -> Self {
        Self { mode: Mode::Probe { touched: false }, ..Self::default() }
    }

    /// A writer that sets files aside, for multipart bodies.
    #[must_use]
    pub fn with_files() -> Self {
        Self { mode: Mode::Files(Vec::new()), ..Self::default() }
    }

    /// The finished text and the files set aside; [`Self::file_index`] tells which string stands for which file.
    #[must_use]
    pub fn into_parts(self) -> (Vec<u8>, Vec<InputFile>) {
        match self.mode {
            Mode::Files(files) => (self.buffer, files),
            _ => (self.buffer, Vec::new()),
        }
    }

    /// The index of the file that a string stands for, if it stands for one.
    #[must_use]
    pub fn file_index(text: &str) -> Option<usize> {
        text.strip_prefix(FILE_MARK)?.parse().ok()
    }

    pub(crate) fn is_untouched(&self) -> bool {
        !matches!(self.mode, Mode::Probe { touched: true })
    }

    /// Whether the value just written was an unset `Option`.
    pub(crate) fn take_unset(&mut self) -> bool {
        std::mem::take(&mut self.unset)
    }

    /// Notes something that is not empty, even if all inside it is.
    pub(crate) fn touch(&mut self) {
        if let Mode::Probe { touched } = &mut self.mode {
            *touched = true;
        }
    }

    /// Appends an unset `Option`: `null`, which an object leaves out.
    pub(crate) fn none(&mut self) {
        self.null();
        self.unset = true;
    }

    /// Appends a constant; it says nothing about whether the value around it is empty.
    pub(crate) fn constant(&mut self, text: &str) {
        if !matches!(self.mode, Mode::Probe { .. }) {
            self.string(text);
        }
    }

    /// Appends a union's variant: a known variant is something, even if all its fields are empty.
    pub fn variant(&mut self, value: &dyn super::Json, known: bool) {
        if known {
            self.touch();
        }
        value.write(self);
    }

    /// Appends a file: a placeholder in a multipart body, else its text or name.
    pub(crate) fn file(&mut self, file: &InputFile) {
        self.touch();
        if let Mode::Files(files) = &mut self.mode {
            let mark = format!("{FILE_MARK}{}", files.len());
            files.push(file.clone());
            self.string(&mark);
        } else {
            self.string(&file.to_text());
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

    /// Appends `null`.
    pub fn null(&mut self) {
        self.buffer.extend_from_slice(b"null");
    }

    /// Appends `true` or `false`.
    pub fn boolean(&mut self, value: bool) {
        self.touch_if(value);
        self.buffer.extend_from_slice(if value { b"true" } else { b"false" });
    }

    /// Appends an integer.
    pub fn integer(&mut self, value: i64) {
        self.touch_if(value != 0);
        self.buffer.extend_from_slice(itoa::Buffer::new().format(value).as_bytes());
    }

    /// Appends a number; NaN and the infinities, which JSON does not have, become `null`.
    pub fn number(&mut self, value: f64) {
        self.touch_if(value != 0.0);
        match serde_json::Number::from_f64(value) {
            Some(number) => self.buffer.extend_from_slice(number.to_string().as_bytes()),
            None => self.null(),
        }
    }

    /// Appends a string with its quotes.
    pub fn string(&mut self, text: &str) {
        self.touch_if(!text.is_empty());
        self.buffer.push(b'"');
        let bytes = text.as_bytes();
        let mut from = 0;
        for (at, &byte) in bytes.iter().enumerate() {
            if byte >= 0x20 && byte != b'"' && byte != b'\\' {
                continue;
            }
            self.buffer.extend_from_slice(&bytes[from..at]);
            from = at + 1;
            self.escape(byte);
        }
        self.buffer.extend_from_slice(&bytes[from..]);
        self.buffer.push(b'"');
    }

    /// Appends any JSON value.
    pub fn value(&mut self, value: &Value) {
        self.touch_if(!value.is_null());
        match value {
            Value::Null => self.null(),
            Value::Bool(flag) => self.boolean(*flag),
            Value::Number(number) => self.buffer.extend_from_slice(number.to_string().as_bytes()),
            Value::String(text) => self.string(text),
            Value::Array(items) => {
                self.buffer.push(b'[');
                for (index, item) in items.iter().enumerate() {
                    self.comma(index > 0);
                    self.value(item);
                }
                self.buffer.push(b']');
            }
            Value::Object(members) => {
                self.buffer.push(b'{');
                for (index, (name, member)) in members.iter().enumerate() {
                    self.comma(index > 0);
                    self.key(name);
                    self.value(member);
                }
                self.buffer.push(b'}');
            }
        }
    }

    /// Appends punctuation or a piece of finished JSON.
    pub(crate) fn raw(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    pub(crate) fn comma(&mut self, needed: bool) {
        if needed {
            self.buffer.push(b',');
        }
    }

    pub(crate) fn key(&mut self, name: &str) {
        if !matches!(self.mode, Mode::Probe { .. }) {
            self.string(name);
            self.buffer.push(b':');
        }
    }

    pub(crate) fn len(&self) -> usize {
        self.buffer.len()
    }

    pub(crate) fn since(&self, start: usize) -> &[u8] {
        self.buffer.get(start..).unwrap_or_default()
    }

    pub(crate) fn truncate(&mut self, len: usize) {
        self.buffer.truncate(len);
    }

    fn touch_if(&mut self, something: bool) {
        if something {
            self.touch();
        }
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
