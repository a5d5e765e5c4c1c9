//! The events of a run before the type of its results comes in.

use bytes::Bytes;
use http::StatusCode;

use crate::Result;
use crate::support::progress::Emitter;
use crate::types::Batch;

pub(super) type RawEmitter = Emitter<Raw>;

/// An event of a run, before the type of the results comes in.
pub(super) enum Raw {
    Prepared { requests: u64 },
    Started { run_id: String, requests: u64, parts: usize },
    Uploaded { part: usize, file_id: String, bytes: u64 },
    Batch { part: usize, batch: Box<Batch> },
    Result(Box<RawResult>),
    Duplicate { part: usize, custom_id: String },
    Unexpected { part: usize, row: String },
    Unconfirmed { part: usize, reason: String },
    TwinBatch { part: usize, batch: Box<Batch>, cancelled: bool },
    TwinFile { part: usize, file_id: String, deleted: bool },
    TwinsUnchecked { reason: String },
}

pub(super) struct RawResult {
    pub(super) custom_id: String,
    pub(super) index: u64,
    pub(super) batch_id: String,
    pub(super) request_id: Option<String>,
    pub(super) status: Option<StatusCode>,
    pub(super) outcome: Result<Bytes>,
    pub(super) is_missing: bool,
}
