//! The state that everything in a simulation shares: the time, chance, the server, what is open, what happened, and
//! what went wrong.

use std::collections::BTreeMap;
use std::error::Error as _;
use std::fmt::Write as _;
use std::io::Write as _;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, SystemTime};

use openai_ext::runtime::Clock;
use openai_ext::runtime::transport::BoxFuture;
use openai_ext::{Error, ErrorKind};
use tokio::time::Instant;

use super::random::Random;
use super::server::{PendingRequests, SimulatedServer};
use super::weather::Weather;

/// The number of requests after which a client repeats itself without end.
const MOST_REQUESTS: u64 = 30_000;
/// The shortest wait before a request is repeated.
const SHORTEST: Duration = Duration::from_millis(50);
/// So many problems are kept.
const MOST_PROBLEMS: usize = 20;

/// The world of one seed.
pub struct World {
    seed: u64,
    start: Instant,
    is_verbose: bool,
    state: Mutex<WorldState>,
    clock_random: Mutex<Random>,
}

/// The parts that change.
pub(super) struct WorldState {
    pub(super) server: SimulatedServer,
    pub(super) pending: PendingRequests,
    pub(super) weather: Weather,
    /// Requests that were sent so far.
    requests: u64,
    /// The requests that were sent of each call.
    sent: BTreeMap<String, u64>,
    /// When what is repeated was sent last.
    repeated: BTreeMap<String, Duration>,
    /// Exchanges and sockets that a client holds.
    open: u64,
    hash: u64,
    problems: Vec<String>,
    /// The count of each thing that happened, by its name.
    counts: BTreeMap<&'static str, u64>,
}

impl World {
    pub(super) fn new(seed: u64, weather: Weather, server: SimulatedServer, is_verbose: bool) -> Arc<Self> {
        let state = WorldState {
            server,
            pending: PendingRequests::default(),
            weather,
            requests: 0,
            sent: BTreeMap::new(),
            repeated: BTreeMap::new(),
            open: 0,
            // FNV-1a.
            hash: 0xcbf2_9ce4_8422_2325,
            problems: Vec::new(),
            counts: BTreeMap::new(),
        };
        let (state, clock_random) = (Mutex::new(state), Mutex::new(Random::new(seed, 7)));
        Arc::new(Self { seed, start: Instant::now(), is_verbose, state, clock_random })
    }

    pub(super) fn state(&self) -> MutexGuard<'_, WorldState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns the time since the start.
    pub(super) fn now(&self) -> Duration {
        self.start.elapsed()
    }

    /// Returns the chance that belongs to a request of this number.
    pub(super) fn random_of(&self, number: u64) -> Random {
        Random::new(self.seed, number.wrapping_add(1000))
    }

    /// Returns the client's key, another credential that each request has in a header, and one that sockets send in events.
    pub(super) fn secrets(&self) -> [String; 3] {
        let mut random = Random::new(self.seed, 11);
        ["sk-simulated", "other-simulated", "sent-simulated"].map(|kind| format!("{kind}-{:016x}", random.number()))
    }

    /// Writes down what happened, for the hash and for whoever reads along.
    pub(super) fn note(&self, what: &str) {
        let line = format!("{:>12.3} {what}", self.now().as_secs_f64());
        if self.is_verbose {
            // A reader that has gone away is no reason to fail.
            let _ = writeln!(std::io::stdout(), "{line}");
        }
        let mut state = self.state();
        for byte in line.bytes().chain([b'\n']) {
            state.hash = (state.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
    }

    /// Counts something that happened.
    pub(super) fn count(&self, what: &'static str) {
        *self.state().counts.entry(what).or_default() += 1;
    }

    /// Writes down that an invariant does not hold.
    pub(super) fn problem(&self, what: impl Into<String>) {
        let what = what.into();
        self.note(&format!("PROBLEM {}", what.split(" | ").next().unwrap_or_default()));
        let mut state = self.state();
        if state.problems.len() < MOST_PROBLEMS && !state.problems.contains(&what) {
            state.problems.push(what);
        }
    }

    /// Counts a request of a call, and gives its number.
    pub(super) fn next_request(&self, call: Option<&str>) -> u64 {
        let mut state = self.state();
        state.requests += 1;
        if let Some(call) = call {
            *state.sent.entry(call.to_owned()).or_default() += 1;
        }
        state.requests
    }

    /// Checks that a client waits before it repeats something, whatever the server asks for; `is_again`: it does so now.
    pub(super) fn check_pause(&self, what: String, is_again: bool) {
        let now = self.now();
        let before = self.state().repeated.insert(what, now);
        if is_again && before.is_some_and(|before| now.saturating_sub(before) < SHORTEST) {
            self.problem("a request is repeated without a pause");
        }
    }

    /// Returns `true` if the client sends requests without end.
    pub(super) fn is_overrun(&self) -> bool {
        self.state().requests > MOST_REQUESTS
    }

    /// Returns how many requests were sent of a call.
    pub(super) fn sent(&self, call: &str) -> u64 {
        self.state().sent.get(call).copied().unwrap_or_default()
    }

    /// Carries out the requests that have arrived by now.
    pub(super) fn serve_due(&self) {
        let now = self.now();
        let state = &mut *self.state();
        state.pending.serve(now, &mut state.server);
    }

    /// Notes that a client opened something.
    pub(super) fn open(self: &Arc<Self>) -> Open {
        self.state().open += 1;
        Open(self.clone())
    }

    /// Returns how much a client holds open.
    pub(super) fn opened(&self) -> u64 {
        self.state().open
    }

    /// Checks that a text which anybody may see has no secret.
    pub(super) fn check_shown(&self, place: &str, text: &str) {
        for at in self.secrets().iter().filter_map(|secret| text.find(secret)) {
            let before = text[..at].chars().rev().take(80).collect::<Vec<_>>();
            let before: String = before.into_iter().rev().collect();
            self.problem(format!("a secret is shown by {place} | {before}…"));
        }
    }

    /// Checks an error that a caller got: it shows no secret, and its kind is one that the weather can bring.
    pub(super) fn check_error(&self, place: &str, error: &Error) {
        let mut text = format!("{error} {error:?} {error:#?}");
        let mut source = error.source();
        while let Some(cause) = source {
            let _ = write!(text, " {cause} {cause:?}");
            source = cause.source();
        }
        let _ = write!(text, " {:?} {:?}", error.code(), error.request_id());
        self.check_shown(&format!("an error of {place}"), &text);
        use ErrorKind as K;
        if matches!(error.kind(), K::InvalidRequest | K::Config | K::Io | K::Callback) {
            self.problem(format!("{place}: an error that nothing of the network explains | {error}"));
        }
        self.count("errors");
        self.note(&format!("{place} failed: {:?}", error.kind()));
    }

    /// Returns the hash of what happened, what went wrong, and the counts.
    pub(super) fn outcome(&self) -> (u64, Vec<String>, BTreeMap<&'static str, u64>) {
        let state = self.state();
        (state.hash, state.problems.clone(), state.counts.clone())
    }
}

/// Something that a client holds open until it is dropped.
pub(super) struct Open(Arc<World>);

impl Drop for Open {
    fn drop(&mut self) {
        self.0.state().open -= 1;
    }
}

/// The clock of a client: tokio's time, which is paused, and chance by the seed.
pub(super) struct SimulatedClock(pub(super) Arc<World>);

impl Clock for SimulatedClock {
    fn sleep(&self, duration: Duration) -> BoxFuture<()> {
        Box::pin(tokio::time::sleep(duration))
    }

    fn now(&self) -> SystemTime {
        SystemTime::UNIX_EPOCH + Duration::from_secs(1_800_000_000) + self.0.now()
    }

    fn elapsed(&self) -> Duration {
        self.0.now()
    }

    fn random(&self) -> f64 {
        self.0.clock_random.lock().unwrap_or_else(PoisonError::into_inner).unit()
    }
}
