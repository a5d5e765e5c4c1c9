//! The things that the server has.

use std::collections::BTreeMap;
use std::time::Duration;

use serde_json::Value;

use crate::simulation::random::Random;

/// A file of the server.
#[derive(Clone)]
pub(crate) struct StoredFile {
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
    pub(crate) made: Duration,
    /// The network sent the request for it twice.
    pub(crate) is_copy: bool,
}

/// An upload in parts.
pub(super) struct StoredUpload {
    pub(super) name: String,
    pub(super) bytes: u64,
    pub(super) status: &'static str,
    pub(super) parts: BTreeMap<String, Vec<u8>>,
    pub(super) file: Option<String>,
}

/// A batch of files.
pub(super) struct StoredFileBatch {
    pub(super) made: Duration,
    pub(super) work: Duration,
    /// The wait that the server asks for between two polls, in milliseconds.
    pub(super) after: Option<u64>,
    pub(super) file_ids: Vec<String>,
}

/// The way in which a server treats batches, and files of them.
#[derive(Clone, Debug)]
pub(crate) struct BatchManners {
    /// The time for which a new object is not in lists.
    pub(crate) hidden: Duration,
    /// The longest that a batch runs.
    pub(super) work: u64,
    /// The same `Idempotency-Key` gets the same object.
    pub(crate) knows_keys: bool,
    /// Batches in lists have their metadata.
    pub(super) has_metadata: bool,
    /// Batches in a thousand that find the queue full.
    pub(super) refuses: u64,
    /// Batches in a thousand that expire before all was run.
    pub(super) expires: u64,
    /// Rows in a thousand that are larger than a client reads.
    pub(super) large: u64,
}

impl BatchManners {
    /// Draws the manners of a simulation.
    pub(crate) fn draw(random: &mut Random) -> Self {
        Self {
            hidden: Duration::from_millis(random.pick([0, 0, 400, 5_000, 30_000, 100_000])),
            work: random.pick([1, 5_000, 200_000, 7_200_000]),
            knows_keys: random.chance(100),
            has_metadata: random.chance(700),
            refuses: random.pick([0, 0, 0, 200]),
            expires: random.pick([0, 0, 200]),
            large: random.pick([0, 0, 0, 0, 0, 100]),
        }
    }
}

/// A batch of the server.
#[derive(Clone)]
pub(crate) struct StoredBatch {
    pub(crate) id: String,
    pub(crate) input: String,
    /// The content of its input, which it keeps.
    pub(super) rows: String,
    pub(super) metadata: Value,
    pub(crate) made: Duration,
    pub(super) work: Duration,
    pub(super) cancelled: Option<Duration>,
    /// It found the queue full, and cost nothing.
    pub(crate) is_refused: bool,
    /// It expires before all of it is run.
    pub(crate) expires: bool,
    pub(crate) output: Option<String>,
    /// The network sent the request for it twice.
    pub(crate) is_copy: bool,
}

impl StoredBatch {
    /// Returns the state at a time.
    pub(crate) fn status(&self, now: Duration) -> &'static str {
        let age = now.saturating_sub(self.made);
        match self.cancelled {
            _ if self.is_refused => "failed",
            Some(when) if now.saturating_sub(when) < Duration::from_secs(1) => "cancelling",
            Some(_) => "cancelled",
            None if age < self.work / 2 => "validating",
            None if age < self.work => "in_progress",
            None if self.expires => "expired",
            None => "completed",
        }
    }
}
