//! The report of a generation: what is new against the last commit, and what is left to do by hand.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use openai_codegen::Output;
use openai_codegen::config::Names;
use openai_codegen::surface::{NameKind, News, Surface};

use super::{LOCK, NOTES, read};
use crate::workspace::committed;

const EXT_MANIFEST: &str = "crates/openai-ext/Cargo.toml";
const NOTES_HEAD: &str = "# Written by `cargo xtask regen`: what it leaves to the maintainer. Do not edit.\n";

/// The state that a generation is compared with.
pub(super) struct Committed {
    names: Surface,
    notes: BTreeSet<String>,
}

impl Committed {
    /// Reads the state of the last commit; without git, that on disk.
    pub(super) fn read(root: &Path) -> Self {
        Self {
            names: Surface::parse(&committed(root, LOCK)),
            notes: lines(&committed(root, NOTES)).map(str::to_owned).collect(),
        }
    }

    /// Tells why nothing is written: the names that would be dropped, and what to do about each. Among the notes are
    /// the entries of names.toml that name nothing any more, and the names that a rule made instead.
    pub(super) fn refusal(&self, root: &Path, output: &Output, removed: &News) -> Result<String, String> {
        let mut text = format!(
            "{} public names would be dropped; nothing was written\n\n{removed}\nTo do\n  \
             - keep a name whose thing is still there: an operation's under [operations] of codegen/names.toml, a schema's \
             under [types], an inline type's under [inline]\n  \
             - if the others must go, run `cargo xtask regen --accept-removals` and say so in CHANGELOG.md\n",
            removed.items.len(),
        );
        for note in self.new_notes(root, output)?.iter().filter(|note| note.starts_with("naming: ")) {
            let _ = writeln!(text, "  - {note}");
        }
        Ok(text.trim_end().to_owned())
    }

    /// Returns what is left to the maintainer and was not told with the last commit.
    fn new_notes(&self, root: &Path, output: &Output) -> Result<Vec<String>, String> {
        Ok(notes(root, output)?.into_iter().filter(|note| !self.notes.contains(note)).collect())
    }

    /// Describes what is new, and ends in a list of what to do.
    pub(super) fn report(&self, root: &Path, output: &Output) -> Result<String, String> {
        let news = News::between(&self.names, &output.surface);
        let names = Names::parse(&read(&root.join("codegen/names.toml"))?)?;
        let mut to_do = news.to_do(&output.surface, &names.matched);
        to_do.extend(self.new_notes(root, output)?);
        if news.items.is_empty() && to_do.is_empty() {
            return Ok("Nothing is new since the last commit.\n".to_owned());
        }
        let mut text = String::new();
        if !news.items.is_empty() {
            let _ = writeln!(text, "New since the last commit: {} names\n\n{news}", news.items.len());
        }
        if to_do.is_empty() {
            text += "To do: nothing by hand\n";
        } else {
            text += "To do\n";
        }
        for line in to_do {
            let _ = writeln!(text, "  - {line}");
        }
        Ok(text)
    }
}

/// The text of notes.lock.
pub(super) fn notes_lock(root: &Path, output: &Output) -> Result<String, String> {
    let notes = notes(root, output)?;
    Ok(notes.into_iter().fold(NOTES_HEAD.to_owned(), |text, note| text + &note + "\n"))
}

/// Everything that the generator leaves to the maintainer, committed or not.
fn notes(root: &Path, output: &Output) -> Result<BTreeSet<String>, String> {
    let mut notes: BTreeSet<String> =
        output.report.iter().filter(|line| line.to_do).map(|line| line.text.replace('\n', " ")).collect();
    let features = features(&root.join(EXT_MANIFEST))?;
    let operations = output.surface.names.values().filter(|entry| entry.kind == NameKind::Operation);
    let areas: BTreeSet<&str> = operations.map(|entry| entry.area.as_str()).collect();
    let lacking = areas.into_iter().filter(|area| !features.contains(*area));
    notes.extend(lacking.map(|area| {
        format!("areas: {EXT_MANIFEST} has no feature {area}; add it there and to docs/guide/features.md")
    }));
    Ok(notes)
}

/// The features of a manifest.
fn features(manifest: &Path) -> Result<BTreeSet<String>, String> {
    let text = read(manifest)?;
    let parsed: toml::Table = text.parse().map_err(|error| format!("{}: {error}", manifest.display()))?;
    let features = parsed.get("features").and_then(toml::Value::as_table);
    Ok(features.into_iter().flat_map(|features| features.keys().cloned()).collect())
}

fn lines(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'))
}
