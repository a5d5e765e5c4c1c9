//! Why a JSON text did not fit a type, and where.

use std::fmt;

/// Why a JSON text could not be read: what was wrong, at which path and at which byte.
pub struct ReadError(Box<ErrorData>);

struct ErrorData {
    message: String,
    offset: usize,
    /// Innermost first: each level adds its own step on the way out.
    path: Vec<Step>,
    /// A tag said what was meant, so no other reading of the text makes up for this.
    definite: bool,
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
        Self(Box::new(ErrorData { message: message.into(), offset, path: Vec::new(), definite: false }))
    }

    /// What was wrong, without the place.
    #[must_use]
    pub fn message(&self) -> &str {
        &self.0.message
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
    pub(super) fn into_definite(mut self) -> Self {
        self.0.definite = true;
        self
    }

    pub(super) fn is_definite(&self) -> bool {
        self.0.definite
    }

    /// Of several attempts, a tag's says most about what was meant, then the one that got furthest.
    pub(super) fn rank(&self) -> (bool, usize) {
        (self.0.definite, self.0.offset)
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

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path();
        if path.is_empty() {
            write!(f, "{} (byte {})", self.0.message, self.0.offset)
        } else {
            write!(f, "{path}: {} (byte {})", self.0.message, self.0.offset)
        }
    }
}

impl fmt::Debug for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "ReadError({self})")
    }
}

impl std::error::Error for ReadError {}
