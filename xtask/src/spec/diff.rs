//! `spec diff`: what changed for users between two documents, or since the last commit.

use openai_codegen::changes::{self, Changes, PublicNames};
use openai_codegen::config::Names;
use openai_codegen::overlay::overlaid;

use super::supplement::{document, file_name};
use super::{on_disk, say};
use crate::regen::{ADDITIONS, FIXUPS};
use crate::workspace::{committed, root};

const NAMES: &str = "codegen/names.toml";

/// Prints the changes from `old` to `new`, breaking ones first: all of them, or those that fit an entry of a changelog.
pub fn print(old: &str, new: &str, all: bool) -> Result<(), String> {
    let changes = changes::between(&document(old)?.document, &document(new)?.document, &names()?);
    say_changes(&format!("{} -> {}", file_name(old), file_name(new)), &changes, all);
    Ok(())
}

/// Prints the changes from the last commit to the workspace, each the document with the overlays that `regen` applies.
pub fn print_uncommitted(all: bool) -> Result<(), String> {
    let root = root();
    let overlays = |read: &dyn Fn(&str) -> Result<String, String>| -> Result<Vec<(String, String)>, String> {
        [FIXUPS].into_iter().chain(ADDITIONS).map(|path| Ok((path.to_owned(), read(path)?))).collect()
    };
    let old = overlaid(&committed(&root, "openapi.yaml"), &overlays(&|path| Ok(committed(&root, path)))?)?;
    let new = overlaid(&on_disk("openapi.yaml")?, &overlays(&on_disk)?)?;
    // A schema that has another name upstream but the same one here is the same type to users.
    let names = names()?.with_older(Names::parse(&committed(&root, NAMES))?);
    say_changes("The last commit -> the workspace", &changes::between(&old, &new, &names), all);
    Ok(())
}

fn names() -> Result<PublicNames, String> {
    Ok(PublicNames::of(Names::parse(&on_disk(NAMES)?)?))
}

fn say_changes(title: &str, changes: &Changes, all: bool) {
    let text = if all { changes.to_full_text() } else { changes.to_string() };
    say(&format!("# {title}\n\n{}", text.trim_end()));
}
