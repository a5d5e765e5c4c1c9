//! `spec import`: the upstream document becomes `openapi.yaml` and `openapi.lock.toml`.

mod fetch;
mod lock;

use std::fs;
use std::path::{Path, PathBuf};

use openai_codegen::import::import;

/// How to call the commands of this module.
pub const USAGE: &str = "  cargo xtask spec import FILE|URL [--check]";

/// Runs `spec ARGS`.
///
/// # Errors
///
/// Text for the maintainer: what went wrong and what to do about it.
pub fn run(args: &[&str]) -> Result<(), String> {
    match args {
        ["import", source] if !source.starts_with('-') => write(source),
        ["import", source, "--check"] | ["import", "--check", source]
            if !source.starts_with('-') =>
        {
            check(source)
        }
        _ => Err(format!("usage:\n{USAGE}")),
    }
}

/// The two files an import makes.
struct Files {
    yaml: String,
    lock: String,
    report: String,
}

fn make(source: &str) -> Result<Files, String> {
    let text = fetch::text(source)?;
    let imported = import(&text, source).map_err(|error| error.to_string())?;
    let lock = lock::text(source, &text, &imported);
    Ok(Files {
        lock,
        report: imported.report.to_string(),
        yaml: imported.yaml,
    })
}

fn write(source: &str) -> Result<(), String> {
    let files = make(source)?;
    let (yaml, lock) = (
        root().join("openapi.yaml"),
        root().join("openapi.lock.toml"),
    );
    // Both are complete on disk before either takes its place, so that a full disk leaves the old pair.
    let ready = [
        (stage(&yaml, &files.yaml)?, &yaml),
        (stage(&lock, &files.lock)?, &lock),
    ];
    for (staged, place) in ready {
        fs::rename(&staged, place)
            .map_err(|error| format!("cannot replace {}: {error}", place.display()))?;
    }
    println!(
        "{}\nwrote {} ({} lines)",
        files.report,
        yaml.display(),
        files.yaml.lines().count()
    );
    Ok(())
}

fn stage(place: &Path, text: &str) -> Result<PathBuf, String> {
    let staged = place.with_extension("new");
    match fs::write(&staged, text) {
        Ok(()) => Ok(staged),
        Err(error) => {
            // What is left of it is of no use; that it could not be removed either is no news.
            let _ = fs::remove_file(&staged);
            Err(format!(
                "cannot write {}: {error}\n  To do: make room or mend the permissions.",
                staged.display()
            ))
        }
    }
}

fn check(source: &str) -> Result<(), String> {
    let files = make(source)?;
    for (name, text) in [
        ("openapi.yaml", &files.yaml),
        ("openapi.lock.toml", &files.lock),
    ] {
        let place = root().join(name);
        let committed = fs::read_to_string(&place)
            .map_err(|error| format!("cannot read {}: {error}", place.display()))?;
        if let Some(difference) = first_difference(&committed, text) {
            return Err(format!(
                "{name} is not what the import of {source} makes: {difference}\n  \
                 To do: run `cargo xtask spec import {source}` and look at the diff."
            ));
        }
    }
    println!(
        "{}\nopenapi.yaml and openapi.lock.toml are what the import of {source} makes",
        files.report
    );
    Ok(())
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
                return Some(format!(
                    "line {number} is `{line}`, where the import's text ends"
                ));
            }
        }
    }
    let number = committed.split('\n').count() + 1;
    Some(format!(
        "it ends where the import's line {number} is `{}`",
        lines.next().unwrap_or_default()
    ))
}

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
        .parent()
        .unwrap_or_else(|| Path::new("."))
}
