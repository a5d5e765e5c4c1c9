//! The memory of a server: the objects that requests made, and where each stands.

mod agents;
mod page;
mod polls;
mod rows;
mod table;
mod tables;

pub(crate) use agents::{AgentSession, AutomationInvocation, Environment, SessionArtifact, SessionItem, SessionStream};
pub(crate) use page::{page, page_of};
pub(crate) use polls::Polls;
pub(crate) use rows::{
    Batch, BatchLine, BatchResults, ContainerFile, ConversationItem, Eval, EvalItem, EvalRun, FileBatch, FineTuningJob,
    JobRecord, StoreFile, StoredCompletion, StoredFile, StoredResponse, ThreadRun, Upload, UploadPart, Video,
};
pub(crate) use table::{Object, Table};
pub(crate) use tables::{ServerState, StateSettings};
