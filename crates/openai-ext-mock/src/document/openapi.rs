//! The OpenAPI document that the mock answers from, embedded and parsed once.

use std::sync::LazyLock;

use serde_json::Value;

use crate::error::MockError;

/// Written by `cargo xtask regen`.
const TEXT: &str = include_str!("../generated/document.json");

static DOCUMENT: LazyLock<Result<Value, String>> =
    LazyLock::new(|| serde_json::from_str(TEXT).map_err(|error| error.to_string()));

/// Fails only if the embedded file is damaged; [`root`] is safe to use once this has succeeded.
pub(crate) fn load() -> Result<&'static Value, MockError> {
    DOCUMENT.as_ref().map_err(|error| MockError::document(error))
}

/// The whole document; null if it is unreadable, which [`load`] reports when a server starts.
pub(crate) fn root() -> &'static Value {
    static NULL: Value = Value::Null;
    DOCUMENT.as_ref().unwrap_or(&NULL)
}

/// A schema by its name in the document.
pub(crate) fn component(name: &str) -> Option<&'static Value> {
    root().get("components")?.get("schemas")?.get(name)
}
