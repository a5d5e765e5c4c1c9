//! `cargo xtask documents`: the crates of other documents compile as they are generated.

use std::fs;
use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::regen;
use crate::workspace::{cargo, finish, root, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "documents",
    summary: "Generates the crate of each document, as `regen --from` does, and compiles it with all features.",
    usage: "[DOCUMENT ...]",
    arguments: &[("DOCUMENT ...", "The documents; all openapi-*.yaml of ../shared/openai-openapi if absent")],
    example: "documents ../openapi.yaml",
    needs: "the files of regen",
    writes: "target/regen-*, target/regen",
    hands_on: false,
    run,
};

/// The documents of all dates.
const FOLDER: &str = "../shared/openai-openapi";

fn run(args: &[&str]) -> Result<(), String> {
    let documents = match args {
        [] => all(&root().join(FOLDER))?,
        files => files.iter().map(PathBuf::from).collect(),
    };
    for document in &documents {
        compile(document)?;
    }
    println!("documents: {} compile as they are generated", documents.len());
    Ok(())
}

fn all(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}; name documents", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml"));
    found.sort();
    if found.is_empty() {
        return Err(format!("{} has no document; name one", folder.display()));
    }
    Ok(found)
}

fn compile(document: &Path) -> Result<(), String> {
    let name = document.file_stem().unwrap_or_default().to_string_lossy();
    let out = target().join(format!("regen-{name}"));
    let shown = document.display().to_string();
    println!("== {shown}");
    (regen::COMMAND.run)(&["--from", &shown, "--out", &out.display().to_string()])?;
    // The versions of the workspace, so that nothing is resolved anew.
    fs::copy(root().join("Cargo.lock"), out.join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let mut check = cargo(".", &["check", "--quiet", "--all-features"]);
    check.current_dir(&out).env("CARGO_TARGET_DIR", target().join("regen"));
    finish(check, &format!("the crate of {shown} does not compile; the lines above say why"))
}
