//! `spec diff`: what changed for users between two documents.

use openai_codegen::changes::{self, PublicNames};
use openai_codegen::config::Names;

use super::supplement::{document, file_name};
use super::{committed, say};

/// Prints the changes from `old` to `new`, breaking ones first: all of them, or those that fit an entry of a changelog.
pub fn print(old: &str, new: &str, all: bool) -> Result<(), String> {
    let (before, after) = (document(old)?, document(new)?);
    let names = PublicNames::of(Names::parse(&committed("codegen/names.toml")?)?);
    let changes = changes::between(&before.document, &after.document, &names);
    let text = if all { changes.to_full_text() } else { changes.to_string() };
    say(&format!("# {} -> {}\n\n{}", file_name(old), file_name(new), text.trim_end()));
    Ok(())
}
