//! `cargo xtask documents`: the crates of other documents compile as they are generated.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use crate::command::Command;
use crate::workspace::{cargo, program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "documents",
    summary: "Generates the crate of each document, as `regen --from` does, and compiles it with all features.",
    usage: "[DOCUMENT ...]",
    arguments: &[(
        "DOCUMENT ...",
        "The documents; without any, those of codegen/tests/documents, and all openapi-*.yaml of ../shared/openai-openapi \
         where that folder exists",
    )],
    example: "documents ../openapi.yaml",
    needs: "the files of regen",
    writes: "target/regen-* (a crate and its report.txt for each document), target/regen",
    hands_on: false,
    run,
};

/// Documents as web frameworks write them.
const DIALECTS: &str = "codegen/tests/documents";
/// The documents of all dates.
const DATES: &str = "../shared/openai-openapi";
/// The keys of a path item that are operations.
const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

fn run(args: &[&str]) -> Result<(), String> {
    let documents = match args {
        [] => {
            let mut all = documents_in(&root().join(DIALECTS))?;
            let dates = root().join(DATES);
            if dates.exists() {
                all.extend(documents_in(&dates)?);
            } else {
                say(&format!("{DATES} is not there; its documents are left out"));
            }
            all
        }
        files => files.iter().map(PathBuf::from).collect(),
    };
    let width = documents.iter().map(|path| name_of(path).len()).max().unwrap_or_default();
    say(&format!("{:width$}  operations  compiles  report", "document"));
    let mut failures = Vec::new();
    for document in &documents {
        let row = row(document)?;
        let compiles = if row.failure.is_none() { "yes" } else { "no" };
        let operations = format!("{} of {}", row.emitted, row.operations);
        say(&format!("{:width$}  {operations:10}  {compiles:8}  {} lines", name_of(document), row.lines));
        // A compilation takes a while, and a reader wants the rows as they come.
        let _ = std::io::stdout().flush();
        failures.extend(row.failure.map(|why| format!("{}: {why}", document.display())));
    }
    if failures.is_empty() {
        say(&format!("documents: {} compile as they are generated", documents.len()));
        return Ok(());
    }
    Err(format!("documents: {} of {} fail\n{}", failures.len(), documents.len(), failures.join("\n")))
}

fn documents_in(folder: &Path) -> Result<Vec<PathBuf>, String> {
    let entries = fs::read_dir(folder).map_err(|error| format!("{}: {error}; name documents", folder.display()))?;
    let mut found: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    found.retain(|path| path.extension().is_some_and(|extension| extension == "yaml" || extension == "json"));
    found.sort();
    if found.is_empty() {
        return Err(format!("{} has no document; name one", folder.display()));
    }
    Ok(found)
}

fn name_of(document: &Path) -> String {
    document.file_stem().unwrap_or_default().to_string_lossy().into_owned()
}

/// The outcome of one document.
struct DocumentRow {
    /// The operations of the document.
    operations: usize,
    /// The operations of the crate.
    emitted: usize,
    /// The lines that `regen --from` printed.
    lines: usize,
    /// The error of the generator or of the compiler.
    failure: Option<String>,
}

/// Generates and compiles one crate.
fn row(document: &Path) -> Result<DocumentRow, String> {
    let out = target().join(format!("regen-{}", name_of(document)));
    let (shown, folder) = (document.display().to_string(), out.display().to_string());
    // In a process of its own, so that a panic of the generator is one row and not the end of the table.
    let this = std::env::current_exe().map_err(|error| format!("the path of xtask is unknown: {error}"))?;
    let mut regen = program(&this.display().to_string());
    regen.args(["regen", "--from", &shown, "--out", &folder]);
    let made = regen.output().map_err(|error| format!("regen cannot be started: {error}"))?;
    let report = String::from_utf8_lossy(&made.stdout).into_owned();
    let mut row =
        DocumentRow { operations: operations_of(document)?, emitted: 0, lines: report.lines().count(), failure: None };
    if !made.status.success() {
        row.failure = Some(String::from_utf8_lossy(&made.stderr).trim().to_owned());
        return Ok(row);
    }
    row.emitted = emitted(&report);
    let write = |name: &str, text: &str| fs::write(out.join(name), text).map_err(|error| format!("{name}: {error}"));
    write("report.txt", &report)?;
    // The versions of the workspace, so that nothing is resolved anew.
    fs::copy(root().join("Cargo.lock"), out.join("Cargo.lock")).map_err(|error| format!("Cargo.lock: {error}"))?;
    let mut check = cargo(".", &["check", "--quiet", "--all-features"]);
    check.current_dir(&out).env("CARGO_TARGET_DIR", target().join("regen"));
    let checked = check.output().map_err(|error| format!("cargo cannot be started: {error}"))?;
    if !checked.status.success() {
        row.failure = Some(format!("does not compile\n{}", String::from_utf8_lossy(&checked.stderr).trim()));
    }
    Ok(row)
}

/// Returns the number before `operations` in the last line of a report.
fn emitted(report: &str) -> usize {
    let last = report.lines().rev().find_map(|line| line.split_once(" operations,"));
    last.and_then(|(before, _)| before.rsplit(' ').next()?.parse().ok()).unwrap_or_default()
}

fn operations_of(document: &Path) -> Result<usize, String> {
    let text = fs::read_to_string(document).map_err(|error| format!("{}: {error}", document.display()))?;
    // A text that is no document has no operation; regen says what is wrong with it.
    let parsed = openai_codegen::yaml::parse(&text).unwrap_or_default();
    let items = parsed.get("paths").and_then(|paths| paths.as_object()).into_iter().flat_map(|paths| paths.values());
    Ok(items.map(|item| METHODS.iter().filter(|method| item.get(**method).is_some()).count()).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_tells_its_operations() {
        let report = "passed over: 3 operations, callbacks\nregen: 5 files in out; 8 operations, 0 webhooks\n";
        assert_eq!(emitted(report), 8);
        assert_eq!(emitted("regen: nothing\n"), 0);
    }

    #[test]
    fn the_documents_of_the_dialects_have_operations() {
        let documents = documents_in(&root().join(DIALECTS)).expect("the folder is there");
        assert!(documents.len() >= 10, "{documents:?}");
        for document in documents {
            assert!(operations_of(&document).is_ok_and(|count| count >= 5), "{}", document.display());
        }
    }
}
