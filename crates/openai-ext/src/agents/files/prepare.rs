//! The upload of files before an environment is made.

use std::collections::HashSet;
use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use openai_runtime::Client;

use super::at_once::AtOnce;
use super::source::{AgentFile, Stamp};
use super::{destination, directory};
use crate::agents::approvals::guarded;
use crate::resources::files::Files;
use crate::support::disk::on_disk;
use crate::support::stop::Stop;
use crate::types::HostedEnvironmentFileParam;
use crate::{Error, ErrorKind, Result};

/// The number of files that are uploaded at once by default.
const CONCURRENCY: usize = 5;

/// The number of files that a directory may have by default.
const MAX_FILES: usize = 1_000;

/// An upload of files for an environment; its final method is [`send`](Self::send).
#[must_use = "nothing is sent before `send`"]
pub struct FilePreparation {
    client: Client,
    sources: Sources,
    concurrency: usize,
    max_files: usize,
    deadline: Option<Duration>,
    stop: Stop,
}

enum Sources {
    Files(Vec<(String, AgentFile)>),
    Directory { root: PathBuf, destination: String, include: Vec<String> },
}

/// A file that is to be uploaded.
struct Planned {
    destination: String,
    file: AgentFile,
    stamp: Option<Stamp>,
}

/// The state of an upload of files that failed: the [`detail`](Error::detail) of its error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct FileUploadFailure {
    /// The destination of the file that failed; none if it was not one file.
    pub destination: Option<String>,
    /// The destinations and ids of the files that are on the server, in order. They stay there until they are deleted.
    pub uploaded: Vec<(String, String)>,
}

impl FilePreparation {
    pub(super) fn of_files(client: &Client, files: Vec<(String, AgentFile)>) -> Self {
        Self::new(client, Sources::Files(files))
    }

    pub(super) fn of_directory(client: &Client, root: PathBuf, destination: String) -> Self {
        Self::new(client, Sources::Directory { root, destination, include: Vec::new() })
    }

    fn new(client: &Client, sources: Sources) -> Self {
        Self {
            client: client.clone(),
            sources,
            concurrency: CONCURRENCY,
            max_files: MAX_FILES,
            deadline: None,
            stop: Stop::default(),
        }
    }

    /// Takes only the files of a directory whose path in it fits one of these patterns: `*` and `?` stand for characters of a
    /// name, `**` for any folders, as in `**/*.rs`. Without patterns all files are taken.
    pub fn include<P: Into<String>>(mut self, patterns: impl IntoIterator<Item = P>) -> Self {
        if let Sources::Directory { include, .. } = &mut self.sources {
            include.extend(patterns.into_iter().map(Into::into));
        }
        self
    }

    /// Limits the number of files that are uploaded at once, 5 by default. 0 is taken as 1.
    pub fn with_concurrency(mut self, limit: usize) -> Self {
        self.concurrency = limit;
        self
    }

    /// Limits the number of files, 1,000 by default. More are an error of kind [`Limit`](ErrorKind::Limit) before anything is
    /// uploaded.
    pub fn with_max_files(mut self, count: usize) -> Self {
        self.max_files = count;
        self
    }

    /// Limits the time of all uploads. When it is over, the error is of kind [`Timeout`](ErrorKind::Timeout).
    pub fn with_deadline(mut self, limit: Duration) -> Self {
        self.deadline = Some(limit);
        self
    }

    /// Gives up when this future is ready, with an error of kind [`Cancelled`](ErrorKind::Cancelled). Uploads that are under
    /// way are dropped.
    pub fn with_cancellation(mut self, stop: impl IntoFuture<Output = (), IntoFuture: Send + 'static>) -> Self {
        self.stop = Stop::new(stop);
        self
    }

    /// Uploads the files (`POST /files`), and returns what places them, in the order of the files, or of a directory's paths.
    ///
    /// # Errors
    /// - Of kind [`InvalidRequest`](ErrorKind::InvalidRequest), before anything is sent: a destination is not below
    ///   `/workspace`, is reserved (`/workspace/.codex`, `/workspace/.managed-agents…`, `/workspace/outputs`), has a part that
    ///   is empty, `.` or `..`, a backslash or a NUL, or is there twice; or there is no file.
    /// - Of kind [`Io`](ErrorKind::Io): a file cannot be read, is a symbolic link, or was changed while it was uploaded.
    /// - Those of the uploads. Those that are under way when one fails are awaited.
    ///
    /// The [`detail`](Error::detail) is a [`FileUploadFailure`] with the ids of the files that are on the server.
    pub async fn send(self) -> Result<Vec<HostedEnvironmentFileParam>> {
        let Self { client, sources, concurrency, max_files, deadline, mut stop } = self;
        let planned = plan(sources, max_files).await?;
        let mut over = deadline.map(|limit| Stop::new(client.clock().sleep(limit))).unwrap_or_default();
        let mut ids: Vec<Option<String>> = vec![None; planned.len()];
        let uploads = upload_all(&client, &planned, concurrency.max(1), &mut ids);
        // The caller's future may panic, and must not take the ids with it.
        let ended = match guarded(over.race(stop.race(uploads))).await {
            Ok(Some(Some(ended))) => ended,
            Ok(Some(None)) => Err((None, Stop::error("the upload of files"))),
            Err(panic) => {
                let message = format!("code that the upload of files called panicked: {panic}");
                Err((None, Error::new(ErrorKind::Callback, message)))
            }
            Ok(None) => {
                let message = format!("the files were not uploaded within {:?}", deadline.unwrap_or_default());
                Err((None, Error::new(ErrorKind::Timeout, message)))
            }
        };
        let uploaded: Vec<(String, String)> =
            planned.iter().zip(&ids).filter_map(|(file, id)| Some((file.destination.clone(), id.clone()?))).collect();
        match ended {
            Ok(()) => {
                Ok(uploaded.into_iter().map(|(path, id)| HostedEnvironmentFileParam::file_id(id, path)).collect())
            }
            Err((place, error)) => {
                let destination =
                    place.and_then(|place: usize| planned.get(place)).map(|file| file.destination.clone());
                Err(FileUploadFailure { destination, uploaded }.error(error))
            }
        }
    }
}

impl FileUploadFailure {
    /// The state of one file that is uploaded and could not be placed.
    pub(super) fn of_one(destination: String, file: &HostedEnvironmentFileParam) -> Self {
        let uploaded = match file {
            HostedEnvironmentFileParam::FileId(file) => vec![(destination.clone(), file.file_id.clone())],
            _ => Vec::new(),
        };
        Self { destination: Some(destination), uploaded }
    }

    pub(super) fn error(self, error: Error) -> Error {
        let error = match &self.destination {
            Some(destination) => error.prefixed(&format!("the file for {destination:?}")),
            None => error,
        };
        error.with_detail(self)
    }
}

/// Lists the files, and checks all before anything is sent.
async fn plan(sources: Sources, max_files: usize) -> Result<Vec<Planned>> {
    let planned = match sources {
        Sources::Files(files) => {
            let mut planned = Vec::new();
            for (destination, file) in files {
                destination::check(&destination)?;
                let stamp = file.stamp().await?;
                planned.push(Planned { destination, file, stamp });
            }
            planned
        }
        Sources::Directory { root, destination, include } => {
            let listed = on_disk(move || Ok(directory::list(&root, &include, max_files))).await;
            let listed = listed.map_err(|error| Error::new(ErrorKind::Io, error.to_string()).with_source(error))??;
            let plan = |found: directory::ListedFile| {
                let destination = destination::join(&destination, &found.relative);
                destination::check(&destination)?;
                Ok(Planned { destination, file: found.file, stamp: Some(found.stamp) })
            };
            listed.into_iter().map(plan).collect::<Result<_>>()?
        }
    };
    let invalid = |message: String| Err(Error::new(ErrorKind::InvalidRequest, message));
    if planned.is_empty() {
        return invalid("there is no file to upload".to_owned());
    }
    if planned.len() > max_files {
        let message = format!("there are {} files, and {max_files} are allowed by `with_max_files`", planned.len());
        return Err(Error::new(ErrorKind::Limit, message));
    }
    let mut known = HashSet::new();
    if let Some(twice) = planned.iter().find(|file| !known.insert(file.destination.as_str())) {
        return invalid(format!("destination {:?} is there twice", twice.destination));
    }
    Ok(planned)
}

/// Uploads the files, so many at once. What is under way when one fails is awaited, because its id would be lost.
async fn upload_all(
    client: &Client,
    planned: &[Planned],
    concurrency: usize,
    ids: &mut [Option<String>],
) -> Result<(), (Option<usize>, Error)> {
    let mut under_way = AtOnce::new();
    let mut failed = None;
    let mut next = 0;
    loop {
        while failed.is_none()
            && under_way.len() < concurrency
            && let Some(file) = planned.get(next)
        {
            let name = file.destination.rsplit('/').next().unwrap_or_default();
            let call = Files { client: client.clone() }.create(file.file.input(name), "user_data");
            let (file, stamp) = (file.file.clone(), file.stamp.clone());
            under_way.add(
                next,
                Box::pin(async move {
                    let uploaded = call.send().await?;
                    Ok((uploaded.id, file.check_unchanged(stamp.as_ref()).await))
                }),
            );
            next += 1;
        }
        let Some((place, ended)) = under_way.next().await else { break };
        let ended: Result<(String, Result<()>)> = ended;
        let checked = ended.and_then(|(id, unchanged)| {
            if let Some(slot) = ids.get_mut(place) {
                *slot = Some(id);
            }
            unchanged
        });
        if let Err(error) = checked {
            failed.get_or_insert((Some(place), error));
        }
    }
    failed.map_or(Ok(()), Err)
}

impl fmt::Debug for FilePreparation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut out = f.debug_struct("FilePreparation");
        match &self.sources {
            Sources::Files(files) => out.field("files", &files.len()),
            Sources::Directory { root, destination, .. } => out.field("root", root).field("destination", destination),
        };
        out.field("concurrency", &self.concurrency).finish_non_exhaustive()
    }
}
