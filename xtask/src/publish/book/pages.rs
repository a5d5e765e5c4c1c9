//! The check of the pages that mdBook wrote.

use std::fs;
use std::path::{Path, PathBuf};

/// Checks that each relative link of the pages leads to a file, and returns the number of pages.
///
/// # Errors
/// A page cannot be read, or a link leads nowhere.
pub fn check(html: &Path) -> Result<usize, String> {
    let (mut pages, mut problems) = (0, Vec::new());
    let mut open = vec![html.to_path_buf()];
    while let Some(folder) = open.pop() {
        let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
        for entry in fs::read_dir(&folder).map_err(fail)? {
            let path = entry.map_err(fail)?.path();
            if path.is_dir() {
                open.push(path);
            } else if path.extension().is_some_and(|kind| kind == "html") {
                let text = fs::read_to_string(&path).map_err(fail)?;
                pages += 1;
                problems.extend(dead(&path, &text));
            }
        }
    }
    if problems.is_empty() { Ok(pages) } else { Err(format!("dead links in the book:\n{}", problems.join("\n"))) }
}

fn dead(page: &Path, text: &str) -> Vec<String> {
    let folder = page.parent().unwrap_or(Path::new(""));
    let quoted = |mark: &'static str| text.split(mark).skip(1).filter_map(|rest| rest.split('"').next());
    let links = quoted("href=\"").chain(quoted("src=\""));
    // The page for unknown paths has links from the root of the site.
    let relative = links.filter(|link| !link.contains(':') && !link.starts_with(['#', '/']) && !link.is_empty());
    let missing = relative.filter(|link| {
        let path: PathBuf = folder.join(link.split(['#', '?']).next().unwrap_or_default());
        !path.exists()
    });
    missing.map(|link| format!("{}: {link}", page.display())).collect()
}
