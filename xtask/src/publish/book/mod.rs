//! `cargo xtask book`: checks the links and tables of all Markdown files, and builds `docs` with mdBook.

mod build;
mod check;
mod links;
mod markdown;
mod pages;
#[cfg(test)]
mod tests;

use std::path::Path;

use crate::command::Command;
use crate::workspace::{cargo, finish, program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "book",
    summary: "Checks the links of all Markdown files and the code of docs, then builds docs with mdBook.",
    usage: "[--check]",
    arguments: &[("--check", "Checks only, which takes a second and needs no mdBook")],
    example: "book --check",
    needs: "without --check mdBook, which it installs below target/tools",
    writes: "without --check target/book and target/tools",
    hands_on: false,
    run,
};

/// The newest version that the toolchain builds.
const MDBOOK: &str = "0.5.4";

fn run(args: &[&str]) -> Result<(), String> {
    let build = match args {
        [] => true,
        ["--check"] => false,
        _ => return Err(COMMAND.usage_line()),
    };
    let root = root();
    let report = check::all(&root)?;
    if !report.problems.is_empty() {
        let count = report.problems.len();
        return Err(format!("{}\n\n{count} problems in the Markdown files", report.problems.join("\n")));
    }
    say(&format!("{} Markdown files, {} links, {} pages with code", report.files, report.links, report.code));
    if build { built(&root) } else { Ok(()) }
}

/// Builds the book, and checks the links of what was built.
fn built(root: &Path) -> Result<(), String> {
    let folder = target().join("book");
    let source = folder.join("source");
    build::copy(root, &source)?;
    let mdbook = mdbook()?;
    let mut command = program(&mdbook);
    command.arg("build").arg(&source).arg("--dest-dir").arg(folder.join("html"));
    finish(command, "mdBook failed; the lines above say why")?;
    let pages = pages::check(&folder.join("html"))?;
    say(&format!("{} pages in {}", pages, folder.join("html").display()));
    Ok(())
}

/// Returns the path of mdBook, which is installed if it is not there.
fn mdbook() -> Result<String, String> {
    let tools = target().join("tools");
    let path = tools.join("bin/mdbook");
    let current = program(&path.to_string_lossy()).arg("--version").output();
    if !current.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).contains(MDBOOK)) {
        let mut install = cargo(".", &["install", "--quiet", "--locked", "--no-default-features", "--root"]);
        install.arg(&tools).args(["--version", MDBOOK, "mdbook"]);
        finish(install, "mdBook cannot be installed; `cargo xtask book --check` needs none")?;
    }
    Ok(path.to_string_lossy().into_owned())
}
