//! `spec`: the upstream document becomes `openapi.yaml` and `openapi.lock.toml`; two documents become an overlay or a
//! list of changes.

mod diff;
mod fetch;
mod lock;
mod supplement;

use std::fs;
use std::path::Path;

use openai_codegen::import::{Report, import};

use crate::command::Command;
use crate::workspace::{committed, root, say};

/// The command.
pub const IMPORT: Command = Command {
    name: "spec import",
    summary: "Imports an upstream OpenAPI document: keeps its facts, in a stable order, and drops its prose.",
    usage: "FILE|URL [--check] [--verbose]",
    arguments: &[
        ("FILE|URL", "The upstream document, YAML or JSON, OpenAPI 3.0 or 3.1"),
        ("--check", "Writes nothing; fails if the files in the workspace differ from what the import makes"),
        ("--verbose", "Prints how often each rule applied and each key was dropped, not only what is new"),
    ],
    example: "spec import ../openapi.yaml",
    needs: "the document; the network for a URL",
    writes: "openapi.yaml, openapi.lock.toml",
    hands_on: false,
    run,
};

/// The command.
pub const SUPPLEMENT: Command = Command {
    name: "spec supplement",
    summary: "Writes the overlay of what a newer document has beyond the committed one, so that nobody types it.",
    usage: "BASE NEWER [--source TEXT] | --prune",
    arguments: &[
        ("BASE", "The document that openapi.yaml comes from"),
        ("NEWER", "The same document with the additions"),
        ("--source TEXT", "The source that each group names"),
        ("--prune", "Takes out of the overlay what openapi.yaml has by now"),
    ],
    example: "spec supplement ../base.yaml ../newer.yaml",
    needs: "both documents",
    writes: "codegen/overlays/supplement.yaml",
    hands_on: false,
    run: run_supplement,
};

/// The command.
pub const DIFF: Command = Command {
    name: "spec diff",
    summary: "Prints what changed for the API's users between two documents, breaking changes first.",
    usage: "[OLD NEW] [--all]",
    arguments: &[
        ("OLD", "The document before; without OLD and NEW, the last commit is compared with the workspace"),
        ("NEW", "The document after"),
        ("--all", "Names every change; without it, what goes beyond an entry of CHANGELOG.md is counted"),
    ],
    example: "spec diff ../old.yaml ../new.yaml",
    needs: "both documents, or git",
    writes: "nothing",
    hands_on: false,
    run: run_diff,
};

fn run_supplement(args: &[&str]) -> Result<(), String> {
    match args {
        ["--prune"] => supplement::prune(),
        [base, newer] if !base.starts_with('-') => supplement::write(base, newer, None),
        [base, newer, "--source", source] | ["--source", source, base, newer] => {
            supplement::write(base, newer, Some(source))
        }
        _ => Err(SUPPLEMENT.usage_line()),
    }
}

fn run_diff(args: &[&str]) -> Result<(), String> {
    match args {
        [] => diff::print_uncommitted(false),
        ["--all"] => diff::print_uncommitted(true),
        [old, new] => diff::print(old, new, false),
        [old, new, "--all"] | ["--all", old, new] => diff::print(old, new, true),
        _ => Err(DIFF.usage_line()),
    }
}

fn run(args: &[&str]) -> Result<(), String> {
    let verbose = args.contains(&"--verbose");
    let args: Vec<&str> = args.iter().copied().filter(|arg| *arg != "--verbose").collect();
    match args.as_slice() {
        [source] if !source.starts_with('-') => write(source, verbose),
        [source, "--check"] | ["--check", source] if !source.starts_with('-') => check(source, verbose),
        _ => Err(IMPORT.usage_line()),
    }
}

/// The two files an import makes.
struct Files {
    yaml: String,
    lock: String,
    report: Report,
}

impl Files {
    /// The counts, or everything that the import did.
    fn report(&self, verbose: bool) -> String {
        let text = self.report.to_string();
        if verbose { text } else { text.lines().next().unwrap_or_default().to_owned() }
    }
}

fn make(source: &str) -> Result<Files, String> {
    let text = fetch::text(source)?;
    let imported = import(&text, source).map_err(|error| error.to_string())?;
    let lock = lock::text(source, &text, &imported);
    Ok(Files { lock, report: imported.report, yaml: imported.yaml })
}

fn write(source: &str, verbose: bool) -> Result<(), String> {
    let files = make(source)?;
    let yaml = root().join("openapi.yaml");
    let lock = root().join("openapi.lock.toml");
    let news = lock::news(&committed(&root(), "openapi.lock.toml"), &files.lock, &files.report)?;
    replace(&[(&yaml, &files.yaml), (&lock, &files.lock)])?;
    say(&files.report(verbose));
    for line in news {
        say(&line);
    }
    say(&format!("wrote {} ({} lines)", yaml.display(), files.yaml.lines().count()));
    Ok(())
}

/// Replaces the files, or none of them: all are complete on disk before the first takes its place.
fn replace(files: &[(&Path, &str)]) -> Result<(), String> {
    let staged = |place: &Path| place.with_extension("new");
    let staging = files.iter().try_for_each(|(place, text)| {
        fs::write(staged(place), text).map_err(|error| {
            let place = staged(place);
            format!("cannot write {}: {error}\n  To do: make room or mend the permissions.", place.display())
        })
    });
    if staging.is_err() {
        for (place, _) in files {
            // A half-written file is of no use, and one that never came to be cannot be removed.
            let _ = fs::remove_file(staged(place));
        }
        return staging;
    }
    files.iter().try_for_each(|(place, _)| {
        fs::rename(staged(place), place).map_err(|error| format!("cannot replace {}: {error}", place.display()))
    })
}

fn check(source: &str, verbose: bool) -> Result<(), String> {
    let files = make(source)?;
    let advice = format!("To do: run `cargo xtask spec import {source}` and look at the diff.");
    if let Some(difference) = first_difference(&on_disk("openapi.yaml")?, &files.yaml) {
        return Err(format!("openapi.yaml is not what the import of {source} makes: {difference}\n  {advice}"));
    }
    // The same document under another name is the same document: the lock's file name and date may differ.
    let facts = |lock: &str| -> Vec<String> {
        let lines = lock.lines().filter(|line| !line.starts_with("file =") && !line.starts_with("date ="));
        lines.map(str::to_owned).collect()
    };
    if facts(&on_disk("openapi.lock.toml")?) != facts(&files.lock) {
        return Err(format!("openapi.lock.toml is not of {source}\n  {advice}"));
    }
    say(&files.report(verbose));
    say(&format!("openapi.yaml is what the import of {source} makes"));
    Ok(())
}

fn on_disk(name: &str) -> Result<String, String> {
    let place = root().join(name);
    fs::read_to_string(&place).map_err(|error| format!("cannot read {}: {error}", place.display()))
}

fn first_difference(committed: &str, made: &str) -> Option<String> {
    if committed == made {
        return None;
    }
    let mut lines = made.split('\n');
    for (number, line) in (1..).zip(committed.split('\n')) {
        match lines.next() {
            Some(other) if other == line => {}
            Some(other) => return Some(format!("line {number} is `{line}`, not `{other}`")),
            None => {
                return Some(format!("line {number} is `{line}`, where the import's text ends"));
            }
        }
    }
    let number = committed.split('\n').count() + 1;
    Some(format!("it ends where the import's line {number} is `{}`", lines.next().unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_difference_is_named() {
        assert_eq!(first_difference("a\nb\n", "a\nb\n"), None);
        let differences = [
            (("a\nb\n", "a\nc\n"), "line 2 is `b`, not `c`"),
            (("a\nb", "a"), "line 2 is `b`, where the import's text ends"),
            (("a", "a\nb"), "it ends where the import's line 2 is `b`"),
        ];
        for ((committed, made), expected) in differences {
            assert_eq!(first_difference(committed, made).as_deref(), Some(expected));
        }
    }

    #[test]
    fn a_failing_import_changes_nothing() -> Result<(), String> {
        let before = (on_disk("openapi.yaml")?, on_disk("openapi.lock.toml")?);
        let error = run(&["/no/such/file.yaml"]).expect_err("there is no such file");
        assert!(error.starts_with("/no/such/file.yaml: cannot read the file: "), "{error}");
        let error = run(&[concat!(env!("CARGO_MANIFEST_DIR"), "/Cargo.toml")]);
        assert!(error.expect_err("it is no OpenAPI document").contains("Cargo.toml: "));
        assert_eq!((on_disk("openapi.yaml")?, on_disk("openapi.lock.toml")?), before);
        Ok(())
    }

    #[test]
    fn either_all_files_are_replaced_or_none() -> std::io::Result<()> {
        let dir = std::env::temp_dir().join(format!("xtask-replace-{}", std::process::id()));
        fs::create_dir_all(&dir)?;
        let (good, bad) = (dir.join("good.txt"), dir.join("no/such/directory.txt"));
        fs::write(&good, "old")?;
        let error = replace(&[(&good, "new"), (&bad, "new")]).expect_err("a directory is missing");
        assert!(error.contains("To do: "), "{error}");
        assert_eq!(fs::read_to_string(&good)?, "old");
        assert_eq!(fs::read_dir(&dir)?.count(), 1, "a half-made file is left");
        assert_eq!(replace(&[(&good, "new")]), Ok(()));
        assert_eq!(fs::read_to_string(&good)?, "new");
        fs::remove_dir_all(&dir)
    }

    #[test]
    fn wrong_arguments_show_the_usage() {
        for args in [&[][..], &["--check"], &["a", "b"], &["a", "--force"]] {
            assert!(run(args).expect_err("these are no arguments").starts_with("Usage: cargo xtask spec import"));
        }
    }
}
