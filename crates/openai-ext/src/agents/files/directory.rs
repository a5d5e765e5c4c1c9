//! The files of a directory.

use std::io;
use std::path::Path;

use super::glob::matches;
use super::source::{AgentFile, Stamp, stamp_of};
use crate::support::disk::failed;
use crate::{Error, ErrorKind, Result};

/// A file of a directory: its path there, with `/` between names.
pub(super) struct ListedFile {
    pub(super) relative: String,
    pub(super) file: AgentFile,
    pub(super) stamp: Stamp,
}

/// Lists the files below a directory that fit one of the patterns, or all without any, in the order of their paths.
pub(super) fn list(root: &Path, include: &[String], most: usize) -> Result<Vec<ListedFile>> {
    let metadata = std::fs::symlink_metadata(root).map_err(failed(root, "can't be read"))?;
    if !metadata.is_dir() {
        let message = format!("{} is no directory", root.display());
        let source = io::Error::from(io::ErrorKind::NotADirectory);
        return Err(Error::new(ErrorKind::Io, message).with_source(source));
    }
    let mut found = Vec::new();
    let mut folders = vec![(root.to_owned(), String::new())];
    while let Some((folder, prefix)) = folders.pop() {
        let entries = std::fs::read_dir(&folder).map_err(failed(&folder, "can't be read"))?;
        for entry in entries {
            let path = entry.map_err(failed(&folder, "can't be read"))?.path();
            let relative = format!("{prefix}{}", name_of(&path)?);
            let metadata = std::fs::symlink_metadata(&path).map_err(failed(&path, "can't be read"))?;
            if metadata.is_dir() {
                folders.push((path, format!("{relative}/")));
                continue;
            }
            if !include.is_empty() && !include.iter().any(|pattern| matches(pattern, &relative)) {
                continue;
            }
            let stamp = stamp_of(&path, &metadata)?;
            found.push(ListedFile { relative, file: AgentFile::from_path(path), stamp });
            if found.len() > most {
                let message = format!(
                    "{} has more than {most} files: include fewer, or allow more by `with_max_files`",
                    root.display()
                );
                return Err(Error::new(ErrorKind::Limit, message));
            }
        }
    }
    found.sort_by(|one, other| one.relative.cmp(&other.relative));
    Ok(found)
}

fn name_of(path: &Path) -> Result<&str> {
    path.file_name().and_then(|name| name.to_str()).ok_or_else(|| {
        let message = format!("the name of {} is no UTF-8, which a destination is", path.display());
        Error::new(ErrorKind::InvalidRequest, message)
    })
}
