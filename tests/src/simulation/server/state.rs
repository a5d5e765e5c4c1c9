//! The state of the server, and the rules that its clients keep.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use serde_json::Value;

use super::exchange::ServerRequest;
use super::stored::{BatchManners, StoredBatch, StoredFile, StoredFileBatch, StoredUpload};
use crate::simulation::random::Random;

/// The state of the server.
pub(crate) struct SimulatedServer {
    pub(super) random: Random,
    pub(super) manners: BatchManners,
    pub(super) number: u64,
    /// Streams that are resumed end after an event.
    pub(crate) greets: bool,
    /// The count of runs of each call, and of those because the network sent it twice.
    pub(super) carried: BTreeMap<String, (u64, u64)>,
    pub(super) files: BTreeMap<String, StoredFile>,
    pub(super) uploads: BTreeMap<String, StoredUpload>,
    pub(super) batches: Vec<StoredBatch>,
    pub(super) file_batches: BTreeMap<String, StoredFileBatch>,
    /// Responses in the background, by their ids.
    pub(super) backgrounds: BTreeMap<String, StoredResponse>,
    /// The number of times that sessions were asked for the response to each token.
    pub(super) asked: BTreeMap<String, u64>,
    /// The rows that are larger than a client reads, by batch and token.
    pub(super) large: BTreeSet<(String, String)>,
    /// Objects by the `Idempotency-Key` that made them.
    pub(super) keys: BTreeMap<String, String>,
    /// When a list of batches and one of files was read last.
    pub(super) listed: [Option<Duration>; 2],
    /// When such a list, or an object of one, was last answered badly.
    pub(super) unreadable: Duration,
    /// When the requests that made what a key stands for were sent, and carried out.
    pub(super) made: BTreeMap<String, Vec<(Duration, Duration)>>,
    /// So long the client looks for what a request without a response made.
    pub(super) window: Duration,
    pub(super) problems: Vec<String>,
}

impl SimulatedServer {
    pub(crate) fn new(random: Random, manners: BatchManners) -> Self {
        Self {
            random,
            manners,
            number: 0,
            greets: false,
            carried: BTreeMap::new(),
            files: BTreeMap::new(),
            uploads: BTreeMap::new(),
            batches: Vec::new(),
            file_batches: BTreeMap::new(),
            backgrounds: BTreeMap::new(),
            asked: BTreeMap::new(),
            large: BTreeSet::new(),
            keys: BTreeMap::new(),
            listed: [None; 2],
            unreadable: Duration::ZERO,
            made: BTreeMap::new(),
            window: Duration::ZERO,
            problems: Vec::new(),
        }
    }

    /// Returns how often a call was carried out that the client is to answer for.
    pub(crate) fn carried(&self, call: &str) -> u64 {
        self.carried.get(call).map_or(0, |(all, again)| all - again)
    }

    /// Notes that a client has read a list as it was at this time.
    pub(crate) fn note_listed(&mut self, now: Duration, is_files: bool) {
        let listed = &mut self.listed[usize::from(is_files)];
        *listed = (*listed).max(Some(now));
    }

    /// Notes that a list could not be read at this time.
    pub(crate) fn note_unreadable(&mut self, now: Duration) {
        self.unreadable = self.unreadable.max(now);
    }

    /// Notes that something is made that a key stands for. If it is there already, and was in the list for some time before
    /// the request was sent, whoever sent it did not look.
    pub(super) fn note_made(&mut self, now: Duration, request: &ServerRequest, is_again: bool) {
        const INFORMED: Duration = Duration::from_secs(10);
        let Some(key) = request.header("idempotency-key").filter(|_| !is_again) else { return };
        let made = self.made.entry(key.to_owned()).or_default();
        for (sent, done) in made.iter() {
            let seen = *done + self.manners.hidden;
            if seen + INFORMED < request.sent && self.unreadable < seen {
                self.problems.push(format!(
                    "{} is made again although it was listed | since {seen:?}, sent at {:?}",
                    request.path, request.sent
                ));
            } else if request.sent.abs_diff(*sent) < self.window && self.unreadable < request.sent.min(*sent) {
                self.problems.push(format!(
                    "{} is made again before the lookup window is over | sent at {sent:?} and {:?}",
                    request.path, request.sent
                ));
            }
        }
        made.push((request.sent, now));
    }

    /// Says how long the client of a batch run looks for what a request without a response made.
    pub(crate) fn set_window(&mut self, window: Duration) {
        self.window = window;
    }

    /// Returns what clients did that they should not have.
    pub(crate) fn problems(&self) -> &[String] {
        &self.problems
    }

    pub(super) fn next_number(&mut self) -> u64 {
        self.number += 1;
        self.number
    }
}

/// A response in the background.
pub(super) struct StoredResponse {
    pub(super) events: Vec<Value>,
    /// The number of times that a client asked for it, without those of the network.
    pub(super) made: u64,
}
