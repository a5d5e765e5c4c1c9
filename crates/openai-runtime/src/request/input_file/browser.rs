//! Files by path in a browser: there are none.

use std::convert::Infallible;
use std::io;
use std::path::Path;

use crate::io::disk::unsupported;
use crate::io::transport::Body;

/// A file that was opened by the user, which cannot be.
pub(super) type NoFile = Infallible;

/// Fails, because there are no paths.
pub(super) async fn open_path(_: &Path) -> io::Result<Body> {
    Err(unsupported())
}

/// Fails, because there are no paths.
pub(super) async fn open_range(_: &Path, _start: u64, _length: u64) -> io::Result<Body> {
    Err(unsupported())
}

/// Never runs.
pub(super) async fn open_file(file: NoFile) -> io::Result<Body> {
    match file {}
}
