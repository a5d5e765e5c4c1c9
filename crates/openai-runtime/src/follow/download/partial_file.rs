//! The file that a download writes to before it is complete.

use std::ffi::OsString;
use std::fmt;
use std::fs::{File, OpenOptions};
use std::io::{self, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use http::HeaderValue;

use crate::error::{Error, Partial};
use crate::io::disk::on_disk;
use crate::io::random::random_bits;

/// The part of a file that a failed download has written, beside its target.
///
/// [`Error::partial_file`](crate::Error::partial_file) gives it, and [`Call::resume_to_file`](crate::Call::resume_to_file)
/// goes on from there. The file is removed when the last clone, the one in the error among them, is dropped, unless it
/// is [kept](Self::keep). Clones stand for the same file: what one call adds to it, all of them tell.
#[derive(Clone)]
pub struct PartialFile(Arc<OnDisk>);

struct OnDisk {
    path: PathBuf,
    target: PathBuf,
    /// Open while a download writes to it. Locked while the disk is at work, so never in async code.
    file: Mutex<Option<File>>,
    state: Mutex<Written>,
}

#[derive(Clone, Default)]
struct Written {
    written: u64,
    version: Version,
    /// There is nothing to remove: it is to be kept, has its name, or was never made.
    kept: bool,
    /// Which download may write. What an earlier one left queued must not reach the file.
    turn: u64,
    busy: bool,
}

/// The server's facts about the file that is downloaded.
#[derive(Clone, Debug, Default)]
pub(crate) struct Version {
    /// By which a later request can tell that the file is still the same.
    pub(crate) validator: Option<HeaderValue>,
    /// Its length in bytes.
    pub(crate) total: Option<u64>,
}

impl PartialFile {
    /// Returns the path of the bytes so far.
    #[must_use]
    #[inline]
    pub fn path(&self) -> &Path {
        &self.0.path
    }

    /// Returns the number of bytes so far.
    #[must_use]
    #[inline]
    pub fn bytes(&self) -> u64 {
        self.0.state().written
    }

    /// Returns the size of the whole file, if the server named it.
    #[must_use]
    #[inline]
    pub fn total(&self) -> Option<u64> {
        self.0.state().version.total
    }

    /// Leaves the file where it is when the last clone is dropped; gives its path.
    #[allow(clippy::must_use_candidate)]
    #[inline]
    pub fn keep(&self) -> PathBuf {
        self.0.state().kept = true;
        self.0.path.clone()
    }

    /// The path that the whole file is meant for.
    #[inline]
    pub(crate) fn target(&self) -> &Path {
        &self.0.target
    }

    #[inline]
    pub(crate) fn version(&self) -> Version {
        self.0.state().version.clone()
    }
}

impl Partial for PartialFile {}

impl Error {
    /// Returns the part that a download has written, if [`resume_to_file`](crate::Call::resume_to_file) can continue
    /// it. The file is removed with the error unless it is kept.
    #[must_use]
    #[inline]
    pub fn partial_file(&self) -> Option<&PartialFile> {
        self.partial()
    }
}

impl fmt::Debug for PartialFile {
    #[inline]
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialFile")
            .field("path", &self.0.path)
            .field("bytes", &self.bytes())
            .field("total", &self.total())
            .finish_non_exhaustive()
    }
}

impl OnDisk {
    #[inline]
    fn state(&self) -> MutexGuard<'_, Written> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    #[inline]
    fn make(&self) -> io::Result<File> {
        let file = OpenOptions::new().write(true).create_new(true).open(&self.path)?;
        self.state().kept = false;
        Ok(file)
    }

    #[inline]
    fn file(&self) -> MutexGuard<'_, Option<File>> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for OnDisk {
    #[inline]
    fn drop(&mut self) {
        *self.file() = None;
        if !self.state().kept {
            // Nobody is left to tell if this fails, and nothing depends on it.
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

/// The right to write to a partial file, of which there is one at a time.
///
/// All work on the disk is done by threads for that, each of which holds the file: if the download is dropped meanwhile,
/// the file is removed after that work and not before.
pub(crate) struct PartWriter {
    file: PartialFile,
    turn: u64,
}

impl PartWriter {
    /// A new file beside the target.
    #[inline]
    pub(crate) async fn create(target: PathBuf) -> io::Result<Self> {
        let path = part_path(&target)?;
        let state = Written { kept: true, busy: true, ..Written::default() };
        let shared = OnDisk { path, target, file: Mutex::default(), state: Mutex::new(state) };
        let writer = Self { file: PartialFile(Arc::new(shared)), turn: 0 };
        writer
            .on_disk(|shared, file| {
                if shared.target.is_dir() {
                    return Err(io::ErrorKind::IsADirectory.into());
                }
                *file = Some(shared.make()?);
                Ok(())
            })
            .await?;
        Ok(writer)
    }

    /// The file that another download left, or `None` if one is writing to it now.
    #[inline]
    pub(crate) async fn resume(file: PartialFile) -> Option<io::Result<Self>> {
        let turn = {
            let mut state = file.0.state();
            if state.busy {
                return None;
            }
            state.busy = true;
            state.turn += 1;
            state.turn
        };
        let writer = Self { file, turn };
        let opened = writer
            .on_disk(|shared, file| {
                let opened = match OpenOptions::new().write(true).open(&shared.path) {
                    Err(error) if error.kind() == io::ErrorKind::NotFound => {
                        // It became the whole file, or somebody removed it.
                        let mut state = shared.state();
                        *state = Written { turn: state.turn, busy: true, kept: true, ..Written::default() };
                        drop(state);
                        shared.make()?
                    }
                    other => other?,
                };
                let found = opened.metadata()?.len();
                let written = Some(shared.state().written).filter(|written| *written <= found).unwrap_or(0);
                opened.set_len(written)?;
                shared.state().written = written;
                *file = Some(opened);
                Ok(())
            })
            .await;
        Some(opened.map(|()| writer))
    }

    #[inline]
    pub(crate) fn file(&self) -> &PartialFile {
        &self.file
    }

    /// Sets what is known of the file that is being downloaded.
    #[inline]
    pub(crate) fn set_version(&self, version: Version) {
        self.file.0.state().version = version;
    }

    /// Throws away what was written.
    #[inline]
    pub(crate) async fn restart(&self, version: Version) -> io::Result<()> {
        self.on_disk(|shared, file| {
            {
                let mut state = shared.state();
                state.written = 0;
                state.version = version;
            }
            open(file)?.set_len(0)
        })
        .await
    }

    /// Appends bytes; gives back the buffer, empty.
    #[inline]
    pub(crate) async fn write(&self, mut bytes: Vec<u8>) -> io::Result<Vec<u8>> {
        if bytes.is_empty() {
            return Ok(bytes);
        }
        self.on_disk(move |shared, file| {
            let at = shared.state().written;
            let file = open(file)?;
            // A write that failed halfway has left the cursor somewhere.
            file.seek(SeekFrom::Start(at))?;
            file.write_all(&bytes)?;
            shared.state().written = at + bytes.len() as u64;
            bytes.clear();
            Ok(bytes)
        })
        .await
    }

    /// Gives the file its name.
    #[inline]
    pub(crate) async fn finish(&self) -> io::Result<u64> {
        self.on_disk(|shared, file| {
            let written = shared.state().written;
            open(file)?.set_len(written)?;
            *file = None;
            std::fs::rename(&shared.path, &shared.target)?;
            shared.state().kept = true;
            Ok(written)
        })
        .await
    }

    async fn on_disk<T: Send + 'static>(
        &self,
        work: impl FnOnce(&OnDisk, &mut Option<File>) -> io::Result<T> + Send + 'static,
    ) -> io::Result<T> {
        let (shared, turn) = (self.file.0.clone(), self.turn);
        on_disk(move || {
            let mut file = shared.file();
            if shared.state().turn != turn {
                return Err(io::Error::other("another download writes to the file"));
            }
            let done = work(&shared, &mut file);
            drop(file);
            done
        })
        .await
    }
}

impl Drop for PartWriter {
    #[inline]
    fn drop(&mut self) {
        let mut state = self.file.0.state();
        if state.turn == self.turn {
            state.busy = false;
        }
    }
}

#[inline]
fn open(file: &mut Option<File>) -> io::Result<&mut File> {
    file.as_mut().ok_or_else(|| io::Error::other("the file is closed"))
}

/// A path beside the target that nobody else uses.
#[inline]
fn part_path(target: &Path) -> io::Result<PathBuf> {
    /// A longer name could not be made longer still.
    const LONGEST: usize = 200;
    let name = target.file_name().ok_or(io::ErrorKind::InvalidFilename)?;
    let mut part = if name.len() <= LONGEST { name.to_os_string() } else { OsString::from("download") };
    part.push(format!(".{:016x}.part", random_bits()));
    Ok(target.with_file_name(part))
}
