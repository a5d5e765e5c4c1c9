//! Files for the environments of agents: uploaded, and placed below `/workspace`.

mod at_once;
mod destination;
mod directory;
mod glob;
mod prepare;
mod source;

use std::path::PathBuf;

pub use prepare::{FilePreparation, FileUploadFailure};
pub use source::AgentFile;

use crate::Result;
use crate::request::Operation;
use crate::resources::beta::agents::environments::files::{CreateOperation, Files};

/// The methods of `client.beta().agents().environments().files()` that upload files.
pub trait AgentFilesExt {
    /// Uploads files with purpose `user_data`, and returns the `files` of an environment or a template that place them.
    /// Each has its destination: an absolute path below `/workspace`.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::agents::AgentFile;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let prepared = client.beta().agents().environments().files().prepare([
    ///     ("/workspace/data/sales.csv", AgentFile::from_path("sales.csv")),
    ///     ("/workspace/notes.txt", AgentFile::from_bytes("Only the first quarter counts.")),
    /// ]);
    /// for file in prepared.send().await? {
    ///     println!("{}", serde_json::json!(file));
    /// }
    /// # Ok(())
    /// # }
    /// ```
    fn prepare<D, F>(&self, files: impl IntoIterator<Item = (D, F)>) -> FilePreparation
    where
        D: Into<String>,
        F: Into<AgentFile>;

    /// Uploads the files of a directory and of all below it, as [`prepare`](Self::prepare) does. Their destinations are below
    /// `destination`, by their paths in the directory.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let files = client.beta().agents().environments().files();
    /// let prepared = files.prepare_directory("src", "/workspace/project").include(["**/*.rs", "*.md"]).send().await?;
    /// println!("{} files", prepared.len());
    /// # Ok(())
    /// # }
    /// ```
    fn prepare_directory(&self, root: impl Into<PathBuf>, destination: impl Into<String>) -> FilePreparation;

    /// Uploads a file, and places it in an environment that is there (`POST /agents/environments/{environment_id}/files`). A
    /// file with the same path is replaced.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    /// use openai_ext::agents::AgentFile;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let files = client.beta().agents().environments().files();
    /// let placed = files.upload("env_1", "/workspace/sales.csv", AgentFile::from_path("sales.csv")).await?;
    /// println!("{} bytes", placed.size_bytes);
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// As [`FilePreparation::send`], also if the file is uploaded and cannot be placed.
    fn upload(
        &self,
        environment_id: impl std::fmt::Display,
        destination: impl Into<String>,
        file: impl Into<AgentFile>,
    ) -> impl Future<Output = Result<<CreateOperation as Operation>::Output>> + Send;
}

impl AgentFilesExt for Files {
    fn prepare<D, F>(&self, files: impl IntoIterator<Item = (D, F)>) -> FilePreparation
    where
        D: Into<String>,
        F: Into<AgentFile>,
    {
        let files = files.into_iter().map(|(destination, file)| (destination.into(), file.into())).collect();
        FilePreparation::of_files(&self.client, files)
    }

    fn prepare_directory(&self, root: impl Into<PathBuf>, destination: impl Into<String>) -> FilePreparation {
        FilePreparation::of_directory(&self.client, root.into(), destination.into())
    }

    fn upload(
        &self,
        environment_id: impl std::fmt::Display,
        destination: impl Into<String>,
        file: impl Into<AgentFile>,
    ) -> impl Future<Output = Result<<CreateOperation as Operation>::Output>> + Send {
        let (files, environment) = (Self { client: self.client.clone() }, environment_id.to_string());
        let (destination, file) = (destination.into(), file.into());
        async move {
            let prepared = files.prepare([(destination.clone(), file)]).send().await?;
            let Some(param) = prepared.into_iter().next() else { return Ok(Default::default()) };
            let uploaded = FileUploadFailure::of_one(destination, &param);
            files.create(environment, param).send().await.map_err(|error| uploaded.error(error))
        }
    }
}
