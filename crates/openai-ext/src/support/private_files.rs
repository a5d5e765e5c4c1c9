//! Files and folders that only their owner can read: on Unix the mode 0600 and 0700, elsewhere what the folder above says.

use std::fs::{DirBuilder, File, OpenOptions};
use std::io;
use std::path::Path;

/// Creates a file. One of this name is removed first: it may have another mode, or be a link to somewhere.
#[inline]
pub(crate) fn create(path: &Path) -> io::Result<File> {
    match std::fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => options().write(true).create_new(true).open(path),
    }
}

/// Opens a file for writing, with what is in it, or creates an empty one.
#[inline]
pub(crate) fn open_or_create(path: &Path) -> io::Result<File> {
    if std::fs::symlink_metadata(path).is_ok_and(|metadata| !metadata.is_file()) {
        return Err(io::Error::other("there is something of this name that is no file"));
    }
    options().write(true).create(true).truncate(false).open(path)
}

/// Creates a folder, which may not be there.
#[inline]
pub(crate) fn create_folder(path: &Path) -> io::Result<()> {
    folder().create(path)
}

/// Creates a folder, or makes one that is there private. A folder of another user is an error.
#[inline]
pub(crate) fn open_or_create_folder(path: &Path) -> io::Result<()> {
    match create_folder(path) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {
            if !std::fs::symlink_metadata(path)?.is_dir() {
                return Err(io::Error::other("there is something of this name that is no folder"));
            }
            restrict_to(path, 0o700)
        }
        result => result,
    }
}

/// Makes a file private that was created otherwise.
#[inline]
pub(crate) fn restrict(path: &Path) -> io::Result<()> {
    restrict_to(path, 0o600)
}

#[cfg(unix)]
#[inline]
fn restrict_to(path: &Path, mode: u32) -> io::Result<()> {
    use std::os::unix::fs::PermissionsExt;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode))
}

#[cfg(not(unix))]
#[inline]
fn restrict_to(_: &Path, _: u32) -> io::Result<()> {
    Ok(())
}

#[cfg(unix)]
#[inline]
fn options() -> OpenOptions {
    use std::os::unix::fs::OpenOptionsExt;
    let mut options = OpenOptions::new();
    options.mode(0o600);
    options
}

#[cfg(not(unix))]
#[inline]
fn options() -> OpenOptions {
    OpenOptions::new()
}

#[cfg(unix)]
#[inline]
fn folder() -> DirBuilder {
    use std::os::unix::fs::DirBuilderExt;
    let mut folder = DirBuilder::new();
    folder.mode(0o700);
    folder
}

#[cfg(not(unix))]
#[inline]
fn folder() -> DirBuilder {
    DirBuilder::new()
}
