//! The files that a turn leaves.

use std::fmt;
use std::path::PathBuf;

use super::result::AgentResult;
use crate::resources::beta::agents::sessions::artifacts::Artifacts;
use crate::types::SessionArtifactResource;
use crate::{Bytes, Error, ErrorKind, Result};

/// An error names so many artifacts.
const SHOWN: usize = 20;

/// Finds artifacts by the result of a run: `client.beta().agents().sessions().artifacts().for_result(…)`.
pub trait AgentArtifactsExt {
    /// Names the artifact that a turn left at a path, as `/workspace/outputs/report.csv`. The path is compared exactly.
    ///
    /// ```no_run
    /// use openai_ext::prelude::*;
    ///
    /// # async fn run(client: Client) -> openai_ext::Result<()> {
    /// let sessions = client.beta().agents().sessions();
    /// let result = sessions.run("session_1", "Write the report.").send().await?;
    /// let report = sessions.artifacts().for_result(&result, "/workspace/outputs/report.csv");
    /// let bytes = report.send_to_file("report.csv").await?;
    /// # let _ = bytes;
    /// # Ok(())
    /// # }
    /// ```
    fn for_result(&self, result: &AgentResult, path: impl Into<String>) -> AgentArtifact;
}

impl AgentArtifactsExt for Artifacts {
    fn for_result(&self, result: &AgentResult, path: impl Into<String>) -> AgentArtifact {
        AgentArtifact {
            artifacts: Self { client: self.client.clone() },
            session_id: result.session_id.clone(),
            turn_id: result.turn_id().map(str::to_owned),
            path: path.into(),
        }
    }
}

/// An artifact of a turn, by its path. The server lists the artifacts of a session
/// (`GET /agents/sessions/{session_id}/artifacts`), of which the one is looked up by each final method.
#[must_use = "nothing is sent before `send` or another final method"]
pub struct AgentArtifact {
    artifacts: Artifacts,
    session_id: String,
    turn_id: Option<String>,
    path: String,
}

impl AgentArtifact {
    /// Finds the artifact, and returns what the server tells of it.
    ///
    /// # Errors
    /// Those of the calls; of kind [`NotFound`](ErrorKind::NotFound) if the turn left none at this path, with paths that
    /// it left; of kind [`Conflict`](ErrorKind::Conflict) if there are several.
    pub async fn send(&self) -> Result<SessionArtifactResource> {
        let Some(turn_id) = &self.turn_id else {
            return Err(Error::new(ErrorKind::InvalidRequest, "the result has no turn, and so there are no artifacts"));
        };
        let mut listed = self.artifacts.list(&self.session_id).limit(100).items();
        let (mut found, mut others) = (Vec::new(), Vec::new());
        while let Some(artifact) = listed.try_next().await? {
            if artifact.session_id != self.session_id || artifact.turn_id != *turn_id {
                continue;
            }
            if artifact.path == self.path { found.push(artifact) } else { others.push(artifact.path) }
        }
        let about = format!("turn {turn_id:?} of session {:?}", self.session_id);
        if found.len() > 1 {
            let message = format!("{about} left {} artifacts at {:?}", found.len(), self.path);
            return Err(Error::new(ErrorKind::Conflict, message));
        }
        found.pop().ok_or_else(|| {
            let (count, shown) = (others.len(), others.get(..SHOWN).unwrap_or(&others));
            let more = if count > SHOWN { format!(" and {} more", count - SHOWN) } else { String::new() };
            let message = format!("{about} left no artifact at {:?}. It left {shown:?}{more}", self.path);
            Error::new(ErrorKind::NotFound, message)
        })
    }

    /// Finds the artifact, and returns its content.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_bytes(&self) -> Result<Bytes> {
        let artifact = self.send().await?;
        self.artifacts.content(&self.session_id, &artifact.id).send_bytes().await
    }

    /// Finds the artifact, and writes its content to a file, which appears only when it is complete. Returns the number of
    /// bytes.
    ///
    /// # Errors
    /// As [`send`](Self::send), and those of [`Request::send_to_file`](crate::Request::send_to_file).
    pub async fn send_to_file(&self, path: impl Into<PathBuf>) -> Result<u64> {
        let path = path.into();
        let artifact = self.send().await?;
        self.artifacts.content(&self.session_id, &artifact.id).send_to_file(path).await
    }
}

impl fmt::Debug for AgentArtifact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("AgentArtifact")
            .field("session_id", &self.session_id)
            .field("turn_id", &self.turn_id)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}
