//! The plan of a run: where its requests come from, its limits and its options.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::pin::Pin;
use std::time::Duration;

use futures_core::Stream;

use super::request::EncodedRequest;
use crate::{Error, ErrorKind, Result};

/// Under these keys the metadata of a batch says which run it belongs to.
pub(super) const RUN_KEY: &str = "openai_ext_run";
/// Which part of the run it is, as `2/3`.
pub(super) const PART_KEY: &str = "openai_ext_part";

/// The API's limits of a batch's file.
const MOST_REQUESTS: u64 = 50_000;
const MOST_BYTES: u64 = 200_000_000;

/// The time for which the server is searched for what a request without a response made, unless the caller says
/// otherwise.
const LOOKUP_WINDOW: Duration = Duration::from_secs(60);

/// The API's limit of metadata, and how many of them a run takes itself.
const MOST_METADATA: usize = 16;
const OWN_METADATA: usize = 2;

/// The requests of a run, as they come.
pub(super) type Requests = Pin<Box<dyn Stream<Item = EncodedRequest> + Send>>;

/// The source of the requests.
pub(super) enum RequestSource {
    /// These, in a new run.
    New(Requests),
    /// Those of the run that was begun.
    Resume,
    /// Those of the run that was begun, if all of them were written down; else these.
    Either(Requests),
}

/// The options of a run.
#[derive(Clone, Debug)]
pub(super) struct RunPlan {
    pub(super) url: String,
    pub(super) endpoints: &'static [&'static str],
    pub(super) state_path: Option<PathBuf>,
    pub(super) limits: Limits,
    pub(super) uploads: usize,
    pub(super) batches: usize,
    pub(super) interval: Option<Duration>,
    pub(super) deadline: Option<Duration>,
    pub(super) lookup_window: Duration,
    pub(super) cleanup: bool,
    pub(super) in_order: bool,
    /// The client's limit of responses if absent.
    pub(super) max_row_size: Option<usize>,
    pub(super) completion_window: Option<String>,
    pub(super) metadata: BTreeMap<String, String>,
    pub(super) output_expires_after: Option<i64>,
}

/// The limits of a file.
#[derive(Clone, Copy, Debug)]
pub(super) struct Limits {
    pub(super) requests: u64,
    pub(super) bytes: u64,
}

impl RunPlan {
    /// The options of a run whose requests go to this URL, as they are unless the caller says otherwise.
    #[inline]
    pub(super) fn new(url: String, endpoints: &'static [&'static str]) -> Self {
        Self {
            url,
            endpoints,
            state_path: None,
            limits: Limits { requests: MOST_REQUESTS, bytes: MOST_BYTES },
            uploads: 2,
            batches: 16,
            interval: None,
            deadline: None,
            lookup_window: LOOKUP_WINDOW,
            cleanup: false,
            in_order: false,
            max_row_size: None,
            completion_window: None,
            metadata: BTreeMap::new(),
            output_expires_after: None,
        }
    }

    #[inline]
    pub(super) fn check(&self) -> Result<()> {
        let limits = self.limits;
        let zero = [
            ("with_max_requests_per_batch", limits.requests == 0),
            ("with_max_bytes_per_file", limits.bytes == 0),
            ("with_concurrent_uploads", self.uploads == 0),
            ("with_max_batches_in_flight", self.batches == 0),
            ("with_max_row_size", self.max_row_size == Some(0)),
        ];
        let own = |name: &String| [RUN_KEY, PART_KEY].contains(&name.as_str());
        let problem = if let Some((name, _)) = zero.iter().find(|(_, is_zero)| *is_zero) {
            format!("`{name}` is 0: no request could be sent, or no result read")
        } else if limits.requests > MOST_REQUESTS || limits.bytes > MOST_BYTES {
            format!("a batch has at most {MOST_REQUESTS} requests in a file of at most {MOST_BYTES} bytes")
        } else if self.metadata.len() > MOST_METADATA - OWN_METADATA {
            format!("metadata has {} pairs, and at most {} fit", self.metadata.len(), MOST_METADATA - OWN_METADATA)
        } else if let Some(name) = self.metadata.keys().find(|name| own(name)) {
            format!("metadata has the key {name:?}, which the run sets itself")
        } else {
            return Ok(());
        };
        Err(Error::new(ErrorKind::Config, problem))
    }
}
