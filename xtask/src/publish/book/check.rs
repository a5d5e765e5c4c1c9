//! The checks of Markdown files: links, the table of contents, and code that is compiled.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use super::links::{problem, target};
use super::markdown::Page;

/// The file that compiles the code of the pages as doctests.
const DOCTESTS: &str = "tests/src/pages/book.rs";
/// The table of contents of the book.
const SUMMARY: &str = "docs/SUMMARY.md";
/// The pages whose tables show lines of ours, which stand in a block of the same page.
const MIGRATION: &str = "docs/coming-from";
/// The decisions are listed by a page of their own.
const DECISIONS: &str = "docs/decisions";

/// The findings.
#[derive(Default)]
pub struct Findings {
    /// The number of Markdown files.
    pub files: usize,
    /// The number of links within the repository.
    pub links: usize,
    /// The number of files with blocks of Rust.
    pub code: usize,
    /// One line for each problem.
    pub problems: Vec<String>,
}

/// Checks all Markdown files of the repository.
///
/// # Errors
/// A folder or a file cannot be read.
pub fn all(root: &Path) -> Result<Findings, String> {
    let pages = read(root)?;
    let doctests = fs::read_to_string(root.join(DOCTESTS)).unwrap_or_default();
    let mut report = Findings { files: pages.len(), ..Findings::default() };
    for (file, page) in &pages {
        linked(root, &pages, file, page, &mut report);
        compiled(file, page, &doctests, &mut report);
        if file.starts_with(MIGRATION) {
            shown(file, page, &mut report);
        }
    }
    listed(&pages, &mut report);
    Ok(report)
}

fn linked(root: &Path, pages: &BTreeMap<PathBuf, Page>, file: &Path, page: &Page, report: &mut Findings) {
    for link in page.links() {
        let Some(target) = target(file, &link.target) else { continue };
        report.links += 1;
        if let Some(problem) = problem(root, pages, &target) {
            report.problems.push(format!("{}:{}: the link {} {problem}", file.display(), link.line, link.target));
        }
    }
}

/// Pages whose Rust uses a crate that the reader generates, so that nothing here can compile it.
const OF_OTHER_CRATES: [&str; 1] = ["docs/vendors.md"];

fn compiled(file: &Path, page: &Page, doctests: &str, report: &mut Findings) {
    let in_book = file == Path::new("README.md") || file.starts_with("docs");
    if !in_book || !page.has_rust() || OF_OTHER_CRATES.iter().any(|other| file == Path::new(other)) {
        return;
    }
    report.code += 1;
    if !doctests.contains(&format!("\"../../../{}\"", file.display())) {
        report.problems.push(format!("{}: its Rust is not compiled; add the page to {DOCTESTS}", file.display()));
    }
}

/// Each line of ours in a table stands in a block that is compiled.
fn shown(file: &Path, page: &Page, report: &mut Findings) {
    for (line, code) in page.last_column() {
        let is_call = code.contains(['(', '[', '.', '!']);
        if is_call && !page.rust.contains(&code) {
            let file = file.display();
            report.problems.push(format!("{file}:{line}: `{code}` is in no Rust block of the page; add it to one"));
        }
    }
}

/// Each page of the book is in its table of contents.
fn listed(pages: &BTreeMap<PathBuf, Page>, report: &mut Findings) {
    let summary = Path::new(SUMMARY);
    let Some(contents) = pages.get(summary) else {
        report.problems.push(format!("{SUMMARY} is missing"));
        return;
    };
    let targets: Vec<PathBuf> =
        contents.links().iter().filter_map(|link| Some(target(summary, &link.target)?.path)).collect();
    for file in pages.keys().filter(|file| file.starts_with("docs") && !file.starts_with(DECISIONS)) {
        if file != summary && !targets.contains(file) {
            report.problems.push(format!("{} is not in {SUMMARY}; add a line for it", file.display()));
        }
    }
}

/// Reads the Markdown files of the repository, by their paths.
fn read(root: &Path) -> Result<BTreeMap<PathBuf, Page>, String> {
    let mut pages = BTreeMap::new();
    let mut open = vec![PathBuf::new()];
    while let Some(folder) = open.pop() {
        let at = root.join(&folder);
        let fail = |error: std::io::Error| format!("{}: {error}", at.display());
        for entry in fs::read_dir(&at).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let (path, kind) = (folder.join(entry.file_name()), entry.file_type().map_err(fail)?);
            let name = entry.file_name().to_string_lossy().into_owned();
            if kind.is_dir() {
                if !["target", ".git", "node_modules"].contains(&name.as_str()) {
                    open.push(path);
                }
            } else if kind.is_file() && (name.ends_with(".md") || name == "llms.txt") {
                let text = fs::read_to_string(root.join(&path)).map_err(fail)?;
                pages.insert(path, Page::read(&text));
            }
        }
    }
    Ok(pages)
}
