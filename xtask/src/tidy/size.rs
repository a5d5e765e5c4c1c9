//! Sizes of hand-written folders and files.

use std::fs;
use std::path::{Path, PathBuf};

/// The number of entries a folder may have.
pub const ENTRIES: usize = 16;
/// The number of lines a file may have.
pub const LINES: usize = 500;

/// Folders that a program wrote or that hold data of tests.
const EXEMPT: [&str; 4] = ["generated", "target", "fixtures", "snapshots"];

/// The folders and Rust files of a crate with their sizes, the largest first.
pub struct Sizes {
    /// The number of entries of each folder.
    pub folders: Vec<(PathBuf, usize)>,
    /// The number of lines of each file.
    pub files: Vec<(PathBuf, usize)>,
    /// The number of `cfg(` in the files of `src`.
    pub conditions: usize,
}

impl Sizes {
    /// Measures the folders, each with all below it; one that is not there has nothing in it.
    ///
    /// # Errors
    /// A folder or a file cannot be read.
    pub fn of(root: &Path, folders: &[String]) -> Result<Self, String> {
        let mut sizes = Self { folders: Vec::new(), files: Vec::new(), conditions: 0 };
        for folder in folders {
            if root.join(folder).is_dir() {
                sizes.folder(root, Path::new(folder))?;
            }
        }
        sizes.folders.sort_by_key(|(path, entries)| (usize::MAX - entries, path.clone()));
        sizes.files.sort_by_key(|(path, lines)| (usize::MAX - lines, path.clone()));
        Ok(sizes)
    }

    fn folder(&mut self, root: &Path, folder: &Path) -> Result<(), String> {
        let at = root.join(folder);
        let fail = |error: std::io::Error| format!("{}: {error}", at.display());
        let mut count = 0;
        for entry in fs::read_dir(&at).map_err(fail)? {
            let entry = entry.map_err(fail)?;
            let name = entry.file_name();
            // Hidden files and the caches of other languages are not the project's.
            if name.to_string_lossy().starts_with(['.', '_']) {
                continue;
            }
            count += 1;
            let path = folder.join(&name);
            if entry.path().is_dir() {
                if EXEMPT.iter().all(|exempt| name != *exempt) {
                    self.folder(root, &path)?;
                }
            } else if path.extension().is_some_and(|kind| kind == "rs") {
                let text = fs::read_to_string(entry.path()).map_err(fail)?;
                if folder.iter().any(|name| name == "src") {
                    self.conditions += text.matches("cfg(").count();
                }
                self.files.push((path, text.lines().count()));
            }
        }
        self.folders.push((folder.to_path_buf(), count));
        Ok(())
    }
}
