//! Files that the server has to look through before they can be used.

use openai_runtime::Poller;

use crate::resources::files::Files;
use crate::types::FileObject;

/// What to do with files besides the API's own operations.
pub trait FilesExt {
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
    fn wait_for_processing(&self, file_id: impl std::fmt::Display) -> Poller<FileObject> {
        self.poll(file_id)
    }
}
