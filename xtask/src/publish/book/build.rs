//! The copy of `docs` that mdBook reads.

use std::fs;
use std::path::{Path, PathBuf};

use super::links::target;
use super::markdown::Page;

/// The place of files that are not in the book.
const REPOSITORY: &str = "https://github.com/openai-ext/openai-ext/blob/main/";

/// Copies `docs` to a folder: links to files outside of it lead to the repository, and the table of contents lists the decisions.
///
/// # Errors
/// A file cannot be read or written.
pub fn copy(root: &Path, to: &Path) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", to.display());
    if to.exists() {
        fs::remove_dir_all(to).map_err(fail)?;
    }
    let mut open = vec![PathBuf::from("docs")];
    while let Some(folder) = open.pop() {
        fs::create_dir_all(to.join(inside(&folder))).map_err(fail)?;
        for entry in fs::read_dir(root.join(&folder)).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let path = folder.join(entry.file_name());
            if entry.path().is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "md") {
                let text = fs::read_to_string(entry.path()).map_err(fail)?;
                let text = if path.ends_with("SUMMARY.md") { contents(root, &text)? } else { rewritten(&path, &text) };
                fs::write(to.join(inside(&path)), text).map_err(fail)?;
            } else {
                fs::copy(entry.path(), to.join(inside(&path))).map_err(fail)?;
            }
        }
    }
    Ok(())
}

fn inside(path: &Path) -> &Path {
    path.strip_prefix("docs").unwrap_or(path)
}

/// Returns a page whose links to files outside of the book lead to the repository.
fn rewritten(file: &Path, text: &str) -> String {
    let mut out = text.to_owned();
    for link in Page::read(text).links().iter().rev() {
        let Some(target) = target(file, &link.target) else { continue };
        if !target.path.starts_with("docs") {
            let anchor = if target.anchor.is_empty() { String::new() } else { format!("#{}", target.anchor) };
            out.replace_range(link.range.clone(), &format!("{REPOSITORY}{}{anchor}", target.path.display()));
        }
    }
    out
}

/// Returns the table of contents with the decisions that their own page lists.
fn contents(root: &Path, summary: &str) -> Result<String, String> {
    let file = Path::new("docs/decisions/README.md");
    let text = fs::read_to_string(root.join(file)).map_err(|error| format!("{}: {error}", file.display()))?;
    let mut out = summary.trim_end().to_owned();
    let mut seen = Vec::new();
    for link in Page::read(&text).links() {
        let Some(target) = target(file, &link.target) else { continue };
        let path = inside(&target.path).to_path_buf();
        if !path.starts_with("decisions") || seen.contains(&path) {
            continue;
        }
        let before = &text[..link.range.start.saturating_sub(2)];
        let name = before.rsplit('[').next().unwrap_or_default();
        out.push_str(&format!("\n  - [{name}]({})", path.display()));
        seen.push(path);
    }
    Ok(out + "\n")
}
