//! Files that the server has to look through before they can be used.

use std::path::PathBuf;

use openai_runtime::{InputFile, Poller};

use crate::resources::files::{Create, Files};
use crate::types::{FileObject, FilePurpose};

/// Uploads of files from the disk, and the wait until the server has processed one.
pub trait FilesExt {
    /// Uploads the file at a path, under its own name, at most 512 MB. `POST /files`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let file = client.files().upload("notes.pdf", "user_data").send().await?;
    /// println!("{}", file.id);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// When it is sent: of kind [`Io`](crate::ErrorKind::Io) if the file cannot be read, and those of the API.
    fn upload(&self, path: impl Into<PathBuf>, purpose: impl Into<FilePurpose>) -> Create;

    /// Waits until a file was processed, or could not be: its `status` is `processed`, `error` or `deleted` then.
    ///
    /// It looks every 5 s for at most 30 minutes, if the [`Poller`] is not told otherwise; the server's
    /// `openai-poll-after-ms` is heeded. `GET /files/{file_id}`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let file = client.files().create(InputFile::from_path("notes.pdf"), "assistants").send().await?;
    /// let file = client.files().wait_for_processing(&file.id).await?;
    /// println!("{}", file.status);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// Those of the [`Poller`].
    fn wait_for_processing(&self, file_id: impl std::fmt::Display) -> Poller<FileObject>;
}

impl FilesExt for Files {
    fn upload(&self, path: impl Into<PathBuf>, purpose: impl Into<FilePurpose>) -> Create {
        self.create(InputFile::from_path(path), purpose)
    }

    #[inline]
    fn wait_for_processing(&self, file_id: impl std::fmt::Display) -> Poller<FileObject> {
        self.poll(file_id)
    }
}
