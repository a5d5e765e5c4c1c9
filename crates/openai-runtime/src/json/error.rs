//! Why a JSON text did not fit a type, and where.

use std::borrow::Cow;
use std::fmt;

/// The name of what Python writes for a number that JSON does not have.
pub(super) const NO_NUMBER: &str = "NaN or Infinity";

/// Why a JSON text could not be read: what was wrong, at which path and at which byte.
pub struct ReadError(Box<ErrorData>);

struct ErrorData {
    message: Cow<'static, str>,
    offset: usize,
    /// Innermost first: each level adds its own step on the way out.
    path: Vec<Step>,
    /// The kind that was expected and the one that was found, if the text is JSON and only the kind is another.
    mismatch: Option<(Cow<'static, str>, &'static str)>,
}

/// A value of another kind than its type has, told by the offset of its first byte.
#[derive(Clone, Debug)]
pub(super) struct Note {
    pub(super) offset: usize,
    pub(super) expected: Cow<'static, str>,
    pub(super) found: &'static str,
    /// The value was read all the same, because only one thing can be meant by it.
    pub(super) is_read: bool,
}

enum Step {
    Field(Box<str>),
    Index(usize),
}

impl ReadError {
    /// An error at a byte offset of the text.
    #[must_use]
    #[cold]
    pub fn new(message: impl Into<String>, offset: usize) -> Self {
        Self(Box::new(ErrorData { message: Cow::Owned(message.into()), offset, path: Vec::new(), mismatch: None }))
    }

    /// The error for a value whose kind is not the one that its type has.
    #[cold]
    pub(super) fn mismatch(expected: impl Into<Cow<'static, str>>, found: &'static str, offset: usize) -> Self {
        let expected = expected.into();
        // A trial of several candidates makes many of these and shows none.
        let message = Cow::Borrowed("");
        Self(Box::new(ErrorData { message, offset, path: Vec::new(), mismatch: Some((expected, found)) }))
    }

    /// The expected kind and the one that was found, if nothing else is wrong.
    pub(super) fn kinds(&self) -> Option<(Cow<'static, str>, &'static str)> {
        self.0.mismatch.clone()
    }

    /// Returns the fault without its place.
    #[must_use]
    pub fn message(&self) -> Cow<'_, str> {
        match &self.0.mismatch {
            Some((expected, found)) => Cow::Owned(format!("expected {expected}, found {found}")),
            None => Cow::Borrowed(&self.0.message),
        }
    }

    /// The byte offset in the text at which it was noticed.
    #[must_use]
    pub fn offset(&self) -> usize {
        self.0.offset
    }

    /// The path to the value, as `choices[0].message.content`; empty at the root.
    #[must_use]
    pub fn path(&self) -> String {
        let mut text = String::new();
        for step in self.0.path.iter().rev() {
            match step {
                Step::Field(name) if text.is_empty() => text.push_str(name),
                Step::Field(name) => {
                    text.push('.');
                    text.push_str(name);
                }
                Step::Index(index) => text.push_str(&format!("[{index}]")),
            }
        }
        text
    }

    #[cold]
    pub(super) fn in_field(mut self, name: &str) -> Self {
        self.0.path.push(Step::Field(name.into()));
        self
    }

    #[cold]
    pub(super) fn in_index(mut self, index: usize) -> Self {
        self.0.path.push(Step::Index(index));
        self
    }
}

/// The reason why a value is no input for a field of a request, and the path to the place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InputError {
    path: String,
    message: String,
}

impl InputError {
    /// Returns an error about the value itself.
    #[must_use]
    #[cold]
    pub fn new(message: impl Into<String>) -> Self {
        Self { path: String::new(), message: message.into() }
    }

    /// The path to the value inside the one that was given, as `messages[0].content`; empty for the whole.
    #[must_use]
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The reason, without the path.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Puts the name of a field before the path.
    #[must_use]
    #[cold]
    pub fn in_field(self, name: &str) -> Self {
        self.within(name)
    }

    /// Puts an index before the path.
    #[must_use]
    #[cold]
    pub fn in_index(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }

    fn within(mut self, outer: &str) -> Self {
        let joins = outer.is_empty() || self.path.is_empty() || self.path.starts_with('[');
        self.path = format!("{outer}{}{}", if joins { "" } else { "." }, self.path);
        self
    }
}

impl From<ReadError> for InputError {
    fn from(error: ReadError) -> Self {
        Self { path: error.path(), message: error.message().into_owned() }
    }
}

impl fmt::Display for InputError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.path.as_str() {
            "" => f.write_str(&self.message),
            path => write!(f, "{path}: {}", self.message),
        }
    }
}

impl std::error::Error for InputError {}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if path.is_empty() {
            write!(f, "{} (byte {})", self.message(), self.0.offset)
        } else {
            write!(f, "{path}: {} (byte {})", self.message(), self.0.offset)
        }
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadError({self})")
    }
}

impl std::error::Error for ReadError {}
