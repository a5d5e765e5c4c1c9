//! Work on files beside the executor, by [`on_disk`]: a hop for a megabyte costs nothing, and a write that was begun ends
//! before the file is looked at again, also when its future is dropped.

use std::fmt::Display;
use std::io;
use std::path::Path;

pub(crate) use openai_runtime::on_disk;

use crate::{Error, ErrorKind};

/// The error for a file that can't be worked on: `what` as in "can't be written".
pub(crate) fn failed(path: &Path, what: impl Display) -> impl FnOnce(io::Error) -> Error {
    let path = path.display().to_string();
    let what = what.to_string();
    move |error| Error::new(ErrorKind::Io, format!("{path} {what}: {error}")).with_source(error)
}
