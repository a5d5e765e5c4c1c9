use std::fmt;

use crate::yaml::YamlError;

/// Why a document cannot be imported: which file, where in it, what is wrong and what to do about it.
///
/// Its `Display` is two lines, meant for the maintainer who ran the import.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ImportError {
    source_name: String,
    pointer: String,
    problem: Problem,
}

/// What is wrong with the document.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Problem {
    /// The text is neither YAML nor JSON.
    Syntax(YamlError),
    /// The text is no OpenAPI 3.0 or 3.1 document; holds what its `openapi` keyword says instead.
    NotOpenApi(String),
    /// A keyword that no rule of the import knows.
    UnknownKeyword {
        /// The keyword.
        keyword: String,
        /// What the object is in OpenAPI's terms.
        object: &'static str,
    },
    /// A keyword has a value of the wrong JSON type.
    WrongType {
        /// What OpenAPI wants there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// A keyword that OpenAPI requires is absent.
    Missing {
        /// The keyword.
        keyword: &'static str,
        /// What the object is in OpenAPI's terms.
        object: &'static str,
    },
    /// A `$ref` that points at nothing the import can follow.
    DanglingRef {
        /// What it says.
        target: String,
        /// What it has to be, in OpenAPI's terms.
        object: &'static str,
    },
    /// Two operations have the same `operationId`, by which names.toml would know both.
    DuplicateId {
        /// The `operationId`.
        id: String,
        /// The pointer to the one that comes first.
        first: String,
    },
    /// The document says something that has no form in OpenAPI 3.0.
    Unsupported(String),
}

impl ImportError {
    pub(super) fn new(pointer: impl Into<String>, problem: Problem) -> Self {
        Self { source_name: String::new(), pointer: pointer.into(), problem }
    }

    /// Names the file; the steps of the import do not know it.
    pub(super) fn in_source(mut self, name: &str) -> Self {
        name.clone_into(&mut self.source_name);
        self
    }

    /// The file or URL the document came from.
    pub fn source_name(&self) -> &str {
        &self.source_name
    }

    /// JSON pointer (RFC 6901) of the place; empty for the document as a whole.
    pub fn pointer(&self) -> &str {
        &self.pointer
    }

    /// What is wrong.
    pub fn problem(&self) -> &Problem {
        &self.problem
    }
}

impl fmt::Display for ImportError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: ", self.source_name)?;
        if !self.pointer.is_empty() {
            write!(f, "at {}: ", self.pointer)?;
        }
        writeln!(f, "{}", self.problem)?;
        write!(f, "  To do: {}", self.problem.remedy())
    }
}

impl std::error::Error for ImportError {}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Syntax(error) => write!(f, "neither YAML nor JSON: {error}"),
            Self::NotOpenApi(found) => write!(f, "not an OpenAPI 3.0 or 3.1 document: {found}"),
            Self::UnknownKeyword { keyword, object } => {
                write!(f, "unknown keyword `{keyword}` in {object}")
            }
            Self::WrongType { expected, found } => write!(f, "expected {expected}, found {found}"),
            Self::Missing { keyword, object } => write!(f, "{object} without `{keyword}`"),
            Self::DanglingRef { target, object } => {
                write!(f, "`{target}` is not {object} of the document")
            }
            Self::DuplicateId { id, first } => write!(f, "`{id}` is the operationId at {first} as well"),
            Self::Unsupported(what) => f.write_str(what),
        }
    }
}

impl Problem {
    fn remedy(&self) -> &'static str {
        match self {
            Self::Syntax(_) => "check that the file was downloaded whole and is the document itself, not a web page.",
            Self::NotOpenApi(_) => "pass the upstream OpenAPI document; other versions need converting first.",
            Self::UnknownKeyword { .. } => {
                "if it is a fact, add it to codegen/src/import/grammar.rs with a rule; if it is prose, list it there as such."
            }
            Self::WrongType { .. } | Self::Missing { .. } => {
                "mend it in a copy of the document, import the copy, and report it upstream."
            }
            Self::DanglingRef { .. } => {
                "mend the name or add the component in a copy of the document; only `#/components/KIND/NAME` is followed."
            }
            Self::DuplicateId { .. } => {
                "give one of the two another operationId in a copy of the document, import the copy, and report it upstream."
            }
            Self::Unsupported(_) => {
                "add a rule for it under codegen/src/import/, or mend it in a copy of the document."
            }
        }
    }
}
