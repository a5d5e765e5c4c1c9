//! Runs progenitor, and typify within it, over one small document.

use std::panic::{self, AssertUnwindSafe};

use heck::ToPascalCase as _;
use progenitor_impl::{GenerationSettings, Generator};
use serde_json::Value;

/// The code it makes. A schema of the document for which `replace` has a name of ours is written as `ours::types::Name`.
///
/// # Errors
/// What it says, or panics with.
pub fn run(document: &Value, replace: impl Fn(&str) -> Option<String>) -> Result<syn::File, String> {
    let api = serde_json::from_value(document.clone()).map_err(|error| error.to_string())?;
    let mut settings = GenerationSettings::new();
    for name in document["components"]["schemas"].as_object().into_iter().flat_map(|schemas| schemas.keys()) {
        if let Some(ours) = replace(name) {
            settings.with_replacement(name.to_pascal_case(), format!("ours::types::{ours}"), std::iter::empty());
        }
    }
    let made = panic::catch_unwind(AssertUnwindSafe(|| Generator::new(&settings).generate_tokens(&api)));
    match made {
        Ok(Ok(tokens)) => syn::parse2(tokens).map_err(|error| format!("it makes no Rust: {error}")),
        Ok(Err(error)) => Err(error.to_string()),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str);
            Err(text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("a panic").to_owned())
        }
    }
}
