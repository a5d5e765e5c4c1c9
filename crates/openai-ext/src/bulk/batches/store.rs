//! The folder of a run with its state and its files, and the lock that keeps others out.

use std::ffi::OsString;
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use fs4::FileExt;
use tokio::sync::Mutex;

use super::state::{BatchPart, RunState};
use crate::support::disk::{failed, on_disk};
use crate::support::private_files;
use crate::{Error, ErrorKind, Result};

/// The state and the files of a run that is being worked on.
pub(super) struct Store {
    state: Mutex<RunState>,
    place: Arc<RunFolder>,
}

/// Keeps the place from others while work on the disk goes on, also when the run that began it was dropped.
pub(super) struct Hold {
    _place: Arc<RunFolder>,
}

/// The folder of the files. It is left when the last work on the disk is done, also if the run was dropped before.
struct RunFolder {
    /// `None` if nothing is to outlive the run.
    state_path: Option<PathBuf>,
    folder: PathBuf,
    /// The system lets go of it when the process ends, however it does.
    _lock: Option<File>,
}

/// A run's place, before it is known what is there.
pub(super) struct Opened {
    place: Arc<RunFolder>,
    pub(super) found: Option<RunState>,
}

/// The results of a part, as they are downloaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Side {
    Output,
    Errors,
}

impl Store {
    /// A place for a run: beside its state file, or a folder that goes with the run.
    #[inline]
    pub(super) async fn open(path: Option<PathBuf>) -> Result<Opened> {
        let Some(path) = path else {
            let folder = std::env::temp_dir().join(format!("openai-batch-{}", random_id()));
            // Whoever may write to the folder for such files can't know the name, and one that is there is not taken.
            make_folder(&folder, private_files::create_folder).await?;
            return Ok(Opened { place: Arc::new(RunFolder { state_path: None, folder, _lock: None }), found: None });
        };
        let lock = lock(with_ending(&path, ".lock")).await?;
        let found = match read(path.clone()).await {
            Ok(text) => Some(RunState::parse(&text, &path)?),
            Err(error) if error.kind() == io::ErrorKind::NotFound => None,
            Err(error) => return Err(failed(&path, "can't be read")(error)),
        };
        let folder = with_ending(&path, ".files");
        make_folder(&folder, private_files::open_or_create_folder).await?;
        Ok(Opened { place: Arc::new(RunFolder { state_path: Some(path), folder, _lock: Some(lock) }), found })
    }

    /// For work on the disk to take along.
    #[inline]
    pub(super) fn hold(&self) -> Hold {
        Hold { _place: self.place.clone() }
    }

    /// The file with a part's requests.
    #[inline]
    pub(super) fn input_path(&self, part: usize) -> PathBuf {
        self.place.folder.join(format!("part-{part:05}.jsonl"))
    }

    /// The file with a part's results.
    #[inline]
    pub(super) fn result_path(&self, part: usize, side: Side) -> PathBuf {
        let side = match side {
            Side::Output => "output",
            Side::Errors => "errors",
        };
        self.place.folder.join(format!("part-{part:05}.{side}.jsonl"))
    }

    /// Returns the path of the state, if it is kept.
    #[inline]
    pub(super) fn state_path(&self) -> Option<&Path> {
        self.place.state_path.as_deref()
    }

    /// The state as it is now.
    #[inline]
    pub(super) async fn state(&self) -> RunState {
        self.state.lock().await.clone()
    }

    /// A part as it is now; empty if there is no such part.
    #[inline]
    pub(super) async fn part(&self, part: usize) -> BatchPart {
        self.state.lock().await.parts.get(part).cloned().unwrap_or_default()
    }

    /// Changes the state and waits until that is on the disk.
    pub(super) async fn update(&self, change: impl FnOnce(&mut RunState)) -> Result<()> {
        let mut state = self.state.lock().await;
        change(&mut state);
        self.save(&state).await
    }

    /// Changes a part of the state and waits until that is on the disk.
    pub(super) async fn update_part(&self, part: usize, change: impl FnOnce(&mut BatchPart)) -> Result<()> {
        self.update(|state| {
            if let Some(part) = state.parts.get_mut(part) {
                change(part);
            }
        })
        .await
    }

    /// Removes the state and all files. The empty file of the lock stays: whoever waits for it must not get another one.
    #[inline]
    pub(super) async fn remove(&self) -> Result<()> {
        let place = self.place.clone();
        let removed = on_disk(move || {
            if let Some(path) = &place.state_path {
                std::fs::remove_file(path)?;
            }
            std::fs::remove_dir_all(&place.folder)
        });
        removed.await.map_err(failed(&self.place.folder, "can't be removed"))
    }

    #[inline]
    async fn save(&self, state: &RunState) -> Result<()> {
        let Some(path) = self.place.state_path.clone() else { return Ok(()) };
        let (text, place) = (state.to_text(), self.place.clone());
        let written = on_disk(move || {
            let done = replace(&path, text.as_bytes());
            // Only now may another process have the run.
            drop(place);
            done
        });
        let path = self.place.state_path.as_deref().unwrap_or(&self.place.folder);
        written.await.map_err(failed(path, "can't be written"))
    }
}

impl Opened {
    /// A store over this place; the state is as given, and saved.
    #[inline]
    pub(super) async fn with(self, state: RunState) -> Result<Store> {
        let store = Store { state: Mutex::new(state), place: self.place };
        store.update(|_| {}).await?;
        Ok(store)
    }

    #[inline]
    pub(super) fn state_path(&self) -> Option<&Path> {
        self.place.state_path.as_deref()
    }
}

impl Drop for RunFolder {
    #[inline]
    fn drop(&mut self) {
        if self.state_path.is_none() {
            // Nobody can be told if this fails; the system's own folder for such files is cleared some day.
            let _ = std::fs::remove_dir_all(&self.folder);
        }
    }
}

/// An id that no other run has.
#[inline]
pub(super) fn random_id() -> String {
    use std::collections::hash_map::RandomState;
    use std::hash::{BuildHasher, Hasher};
    let bits = || RandomState::new().build_hasher().finish();
    format!("{:016x}{:016x}", bits(), bits())
}

/// Replaces a file as a whole: after a crash there is the old one or the new one.
#[inline]
fn replace(path: &Path, text: &[u8]) -> io::Result<()> {
    let new = with_ending(path, ".new");
    let mut file = private_files::create(&new)?;
    file.write_all(text)?;
    file.sync_all()?;
    drop(file);
    std::fs::rename(&new, path)?;
    // The name itself is in the folder, which only some systems let be opened.
    if let Some(folder) = path.parent().filter(|_| cfg!(unix)) {
        let folder = if folder.as_os_str().is_empty() { Path::new(".") } else { folder };
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

#[inline]
async fn read(path: PathBuf) -> io::Result<Vec<u8>> {
    on_disk(move || std::fs::read(path)).await
}

#[inline]
async fn make_folder(folder: &Path, make: fn(&Path) -> io::Result<()>) -> Result<()> {
    let path = folder.to_owned();
    on_disk(move || make(&path)).await.map_err(failed(folder, "can't be made, or made private"))
}

#[inline]
async fn lock(path: PathBuf) -> Result<File> {
    let opened = path.clone();
    let locked = on_disk(move || {
        let file = private_files::open_or_create(&opened)?;
        // Named in full: newer versions of the standard library have a method of this name.
        match FileExt::try_lock(&file) {
            Ok(()) => Ok(Some(file)),
            Err(fs4::TryLockError::WouldBlock) => Ok(None),
            Err(fs4::TryLockError::Error(error)) => Err(error),
        }
    });
    locked.await.map_err(failed(&path, "can't be locked"))?.ok_or_else(|| {
        let message = format!("{} is locked: another process, or another run here, works on it", path.display());
        Error::new(ErrorKind::Config, message)
    })
}

#[inline]
fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut name = OsString::from(path);
    name.push(ending);
    PathBuf::from(name)
}
