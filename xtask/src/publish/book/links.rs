//! Targets of links, as files of the repository.

use std::collections::BTreeMap;
use std::path::{Component, Path, PathBuf};

use super::markdown::Page;

/// The target of a link, if it is in the repository.
pub struct Target {
    /// The file or folder, from the root of the repository.
    pub path: PathBuf,
    /// The anchor in it; empty if there is none.
    pub anchor: String,
}

/// Returns the target of a link of a file, unless it leads elsewhere.
pub fn target(file: &Path, link: &str) -> Option<Target> {
    if link.contains("://") || link.starts_with("mailto:") {
        return None;
    }
    let (path, anchor) = link.split_once('#').unwrap_or((link, ""));
    let path = if path.is_empty() { file.to_path_buf() } else { join(file.parent().unwrap_or(Path::new("")), path) };
    Some(Target { path, anchor: anchor.to_owned() })
}

/// Returns the problem of a target, if it has one.
pub fn problem(root: &Path, pages: &BTreeMap<PathBuf, Page>, target: &Target) -> Option<String> {
    let path = &target.path;
    if path.starts_with("..") {
        return Some("leads out of the repository".into());
    }
    if !root.join(path).exists() {
        return Some(format!("leads to {}, which does not exist", path.display()));
    }
    let page = pages.get(path)?;
    if target.anchor.is_empty() || page.anchors().contains(&target.anchor) {
        return None;
    }
    Some(format!("leads to #{} of {}, which has no such heading", target.anchor, path.display()))
}

/// Joins a relative path to a folder, without `.` and `..`.
fn join(folder: &Path, relative: &str) -> PathBuf {
    let mut path = folder.to_path_buf();
    for part in Path::new(relative).components() {
        match part {
            Component::ParentDir if path.file_name().is_some() => {
                path.pop();
            }
            Component::ParentDir => path.push(".."),
            Component::Normal(name) => path.push(name),
            _ => {}
        }
    }
    path
}
