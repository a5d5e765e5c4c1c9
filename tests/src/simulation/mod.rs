//! Deterministic simulation: clients against a network and a server that go wrong as a seed decides, under a clock that only
//! waits move, in processes that are killed between any two polls.
//!
//! The invariants: every call ends; nothing that was acknowledged is lost, and no failure passes for success; nothing is paid
//! twice without being told; no secret is in any error, event or log line; no task, connection or file is left; what a
//! response makes the client read is bounded. A seed that fails does so each time it is run.

mod executor;
mod limits;
mod log;
mod network;
mod random;
mod server;
mod weather;
mod work;
mod world;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use openai_ext::Client;
use tokio::runtime::{Builder, Handle};

use self::executor::{Ended, Process};
use self::log::Log;
use self::network::Network;
use self::random::Random;
use self::server::{BatchManners, SimulatedServer};
use self::weather::Weather;
use self::work::batch::Batch;
use self::work::{Kind, Worker};
use self::world::{SimulatedClock, World};

/// The outcome of a seed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Simulated {
    /// The seed.
    pub seed: u64,
    /// A hash of all that happened, with its times.
    pub hash: u64,
    /// The invariants that did not hold.
    pub problems: Vec<String>,
    /// The count of each thing that happened.
    pub counts: BTreeMap<&'static str, u64>,
}

/// Runs the simulation of a seed; `is_verbose`: prints what happens.
///
/// # Errors
/// A runtime or a folder can't be made.
pub fn simulate(seed: u64, is_verbose: bool) -> std::io::Result<Simulated> {
    // With one thread for blocking work, what is asked of it is done in that order.
    let runtime = Builder::new_current_thread().enable_time().start_paused(true).max_blocking_threads(1).build()?;
    let folder = Folder::new()?;
    let (hash, problems, counts) = runtime.block_on(tokio::task::unconstrained(run(seed, &folder, is_verbose)));
    drop(runtime);
    Ok(Simulated { seed, hash, problems, counts })
}

/// The parts of a simulation.
struct Plan {
    kinds: Vec<Kind>,
    batch: Option<Batch>,
    kills: u64,
    /// A kill is before so many polls.
    life: u64,
    random: Random,
}

impl Plan {
    fn draw(seed: u64, folder: &Path) -> Self {
        let mut random = Random::new(seed, 1);
        let has_batch = random.chance(500);
        let kinds = (0..random.below(4) + u64::from(!has_batch)).map(|_| random.pick(Kind::ALL)).collect();
        let batch = has_batch.then(|| Batch::draw(&mut random, folder.join("run.json")));
        let kills = random.pick([0, 0, 1, 3, 6]);
        let life = random.pick([10, 60, 300]);
        Self { kinds, batch, kills, life, random }
    }
}

async fn run(seed: u64, folder: &Folder, is_verbose: bool) -> (u64, Vec<String>, BTreeMap<&'static str, u64>) {
    let mut plan = Plan::draw(seed, &folder.0);
    let mut random = Random::new(seed, 2);
    let (weather, manners) = (Weather::draw(&mut random), BatchManners::draw(&mut random));
    let mut server = SimulatedServer::new(Random::new(seed, 3), manners.clone());
    server.greets = weather.closes_sockets;
    server.add_first_file(random.place(100_000));
    server.set_window(plan.batch.as_ref().map(Batch::window).unwrap_or_default());
    let world = World::new(seed, weather.clone(), server, is_verbose);
    world.note(&format!("{weather:?} {manners:?} {:?} kills {}", plan.kinds, plan.kills));
    let logged = tracing::subscriber::set_default(Log::new(world.clone()));
    for life in 0..=plan.kills {
        match live(&world, &mut plan, folder, life).await {
            Ended::Done => break,
            Ended::Killed => {
                world.count("kills");
                world.note("killed");
                tokio::time::sleep(Duration::from_millis(plan.random.pick([0, 10, 5_000, 100_000]))).await;
            }
            Ended::Hung(names) => {
                world.problem(format!("what did not come to an end: {}", names.join(", ")));
                break;
            }
        }
    }
    // What is still on its way arrives.
    tokio::time::sleep(Duration::from_secs(3600)).await;
    if let Some(batch) = &plan.batch {
        batch.check(&world);
    }
    folder.check(&world, plan.batch.as_ref());
    drop(logged);
    world.outcome()
}

/// One life of the process.
async fn live(world: &Arc<World>, plan: &mut Plan, folder: &Folder, life: u64) -> Ended {
    let client = match client(world) {
        Ok(client) => client,
        Err(error) => return Ended::Hung(vec![error.to_string()]),
    };
    world.check_shown("the client", &format!("{client:?} {client:#?}"));
    let random = &mut plan.random;
    let kill_at = (life < plan.kills).then(|| 1 + random.below(plan.life));
    let mut process = Process::new(Random::new(random.number(), 5), kill_at);
    let worker = |name: String, random: &mut Random| Worker {
        world: world.clone(),
        client: client.clone(),
        random: Random::new(random.number(), 6),
        name,
        folder: folder.0.clone(),
    };
    for (number, kind) in plan.kinds.iter().enumerate() {
        let name = format!("{kind:?}-{life}-{number}");
        let drop_at = random.chance(150).then(|| 1 + random.below(40));
        process.start(name.clone(), drop_at, kind.start(worker(name, random)));
    }
    if let Some(batch) = plan.batch.clone().filter(|batch| !batch.is_done()) {
        process.start("batch".to_owned(), None, Box::pin(batch.run(worker("batch".to_owned(), random))));
    }
    let ended = process.await;
    drop(client);
    let (open, tasks) = (world.opened(), Handle::current().metrics().num_alive_tasks());
    if open > 0 {
        world.problem(format!("{open} exchanges are open when nobody needs them"));
    }
    if tasks > 0 {
        world.problem(format!("{tasks} tasks go on when nobody needs them"));
    }
    ended
}

fn client(world: &Arc<World>) -> openai_ext::Result<Client> {
    let [key, other, _] = world.secrets();
    Client::builder()
        .base_url("http://simulated.test/v1")
        .api_key(key)
        .default_header("api-key", other.as_str())
        .timeout(Duration::from_secs(60))
        .idle_timeout(Duration::from_secs(30))
        .event_idle_timeout(Duration::from_secs(100))
        .min_download_rate(1000, Duration::from_secs(60))
        .max_event_size(limits::EVENT)
        .max_response_size(limits::RESPONSE)
        .transport(Arc::new(Network(world.clone())))
        .clock(Arc::new(SimulatedClock(world.clone())))
        .build()
}

/// The disk of a simulation, in memory where the machine has such a folder.
struct Folder(PathBuf);

impl Folder {
    fn new() -> std::io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        let shared = Path::new("/dev/shm");
        let above = if shared.is_dir() { shared.to_owned() } else { std::env::temp_dir() };
        let number = NUMBER.fetch_add(1, Ordering::Relaxed);
        let path = above.join(format!("openai-ext-simulation-{}-{number}", std::process::id()));
        std::fs::create_dir_all(&path)?;
        Ok(Self(path))
    }

    /// Checks that no file is left but downloads that are whole and what a run needs to be resumed.
    fn check(&self, world: &World, batch: Option<&Batch>) {
        check_private(world, &self.0);
        let entries = std::fs::read_dir(&self.0).into_iter().flatten().flatten();
        for name in entries.map(|entry| entry.file_name().to_string_lossy().into_owned()) {
            let is_run = name.starts_with("run.json") && batch.is_some_and(Batch::keeps_files);
            if !is_run && !name.ends_with(".download") && !name.ends_with(".lock") {
                let kind = name.rsplit_once('.').map_or(name.as_str(), |(_, kind)| kind);
                world.problem(format!("a file is left on the disk: *.{kind} | {name}"));
            }
        }
    }
}

/// Checks that nobody else can read what a run keeps.
#[cfg(unix)]
fn check_private(world: &World, folder: &Path) {
    use std::os::unix::fs::PermissionsExt;
    let entries = std::fs::read_dir(folder).into_iter().flatten().flatten();
    let is_of_run = |name: &str| name.starts_with("run.json") && !name.ends_with(".lock");
    for entry in entries.filter(|entry| entry.file_name().to_str().is_some_and(is_of_run)) {
        let inner = std::fs::read_dir(entry.path()).into_iter().flatten().flatten().map(|entry| entry.path());
        for path in inner.chain([entry.path()]) {
            let mode = std::fs::metadata(&path).map_or(0, |metadata| metadata.permissions().mode());
            if mode & 0o077 != 0 {
                world.problem(format!("others can read what a run keeps | {} {mode:o}", path.display()));
            }
        }
    }
}

#[cfg(not(unix))]
fn check_private(_: &World, _: &Path) {}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}
