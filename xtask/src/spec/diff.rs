//! `spec diff`: what changed for users between two documents.

use std::collections::BTreeMap;

use openai_codegen::changes;
use openai_codegen::config::Names;

use super::supplement::{document, file_name};
use super::{committed, say};

/// Prints the changes from `old` to `new`, breaking ones first.
pub fn print(old: &str, new: &str) -> Result<(), String> {
    let (before, after) = (document(old)?, document(new)?);
    let changes = changes::between(&before.document, &after.document, &areas()?);
    say(&format!("# {} -> {}\n\n{changes}", file_name(old), file_name(new)));
    Ok(())
}

/// The area of an operation: the first part of the resource that names.toml puts it in.
fn areas() -> Result<BTreeMap<String, String>, String> {
    let names = Names::parse(&committed("codegen/names.toml")?)?;
    let area = |resource: &str| {
        let mut parts = resource.split('.');
        let first = parts.next().unwrap_or_default();
        // A beta resource belongs to what it is the beta of.
        if first == "beta" { parts.next().unwrap_or(first).to_owned() } else { first.to_owned() }
    };
    Ok(names.operations.into_iter().map(|(id, name)| (id, area(&name.resource))).collect())
}
