//! `simulate [--seeds N] [--from N] [--seed N] [--twice]`: deterministic simulations, each by the number of its seed. Prints
//! the seeds that fail with the invariants that did not hold, and a line of JSON at the end; `--seed` prints all that
//! happens in one seed, `--twice` runs each a second time and compares what happened.

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::Mutex;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use acceptance::process::memory;
use acceptance::simulation::{Simulated, simulate};
use serde_json::json;

/// So many seeds that failed are printed.
const PRINTED: usize = 1000;
/// The memory of a process that runs ten thousand seeds may differ so much from what it was after the first of them.
const GROWTH: u64 = 64 * 1024 * 1024;

/// The options of the command line.
struct Selection {
    seeds: u64,
    from: u64,
    seed: Option<u64>,
    is_twice: bool,
}

fn main() -> ExitCode {
    let ended = options(std::env::args().skip(1)).and_then(|options| match options.seed {
        Some(seed) => one(seed),
        None => run(&options),
    });
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn options(mut words: impl Iterator<Item = String>) -> Result<Selection, String> {
    let mut options = Selection { seeds: 1000, from: 0, seed: None, is_twice: false };
    while let Some(word) = words.next() {
        let mut number = || {
            let text = words.next().ok_or_else(|| format!("{word} needs a number"))?;
            text.parse::<u64>().map_err(|error| format!("{word} {text}: {error}"))
        };
        match word.as_str() {
            "--seeds" => options.seeds = number()?,
            "--from" => options.from = number()?,
            "--seed" => options.seed = Some(number()?),
            "--twice" => options.is_twice = true,
            _ => return Err(format!("{word} is no option: simulate [--seeds N] [--from N] [--seed N] [--twice]")),
        }
    }
    Ok(options)
}

/// Runs one seed and prints what happens.
fn one(seed: u64) -> Result<bool, String> {
    let done = simulated(seed, true);
    println!("hash {:016x}", done.hash);
    done.problems.iter().for_each(|problem| println!("{problem}"));
    Ok(done.problems.is_empty())
}

fn simulated(seed: u64, is_verbose: bool) -> Simulated {
    let failed = |why: String| Simulated { seed, hash: 0, problems: vec![why], counts: BTreeMap::new() };
    match std::panic::catch_unwind(|| simulate(seed, is_verbose)) {
        Ok(Ok(done)) => done,
        Ok(Err(error)) => failed(format!("the simulation can't be run: {error}")),
        Err(panic) => {
            let text = panic.downcast_ref::<String>().map(String::as_str).or(panic.downcast_ref::<&str>().copied());
            failed(format!("it panicked: {}", text.unwrap_or_default()))
        }
    }
}

/// The outcome of all seeds.
#[derive(Default)]
struct Total {
    failing: Vec<Simulated>,
    hash: u64,
    counts: BTreeMap<&'static str, u64>,
    /// The memory after a tenth of the seeds.
    memory: Option<u64>,
}

/// Runs seeds, as many at once as there are processors: each is a world of its own.
fn run(options: &Selection) -> Result<bool, String> {
    let Selection { seeds, from, is_twice, .. } = *options;
    let start = Instant::now();
    let (next, total) = (AtomicU64::new(0), Mutex::new(Total::default()));
    let workers = std::thread::available_parallelism().map_or(1, usize::from);
    std::thread::scope(|scope| {
        for _ in 0..workers {
            scope.spawn(|| {
                loop {
                    let number = next.fetch_add(1, Ordering::Relaxed);
                    if number >= seeds {
                        return;
                    }
                    let mut done = simulated(from + number, false);
                    if is_twice && simulated(from + number, false).hash != done.hash {
                        done.problems.push("the same seed gives something else the second time".to_owned());
                    }
                    let mut total = total.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
                    if number * 10 >= seeds && total.memory.is_none() {
                        total.memory = memory().ok();
                    }
                    total.add(done);
                }
            });
        }
    });
    let mut total = total.into_inner().unwrap_or_else(std::sync::PoisonError::into_inner);
    total.failing.sort_by_key(|done| done.seed);
    for done in total.failing.iter().take(PRINTED) {
        println!("seed {}: {}", done.seed, done.problems.join("\n    "));
    }
    let grown = match (total.memory, memory().ok()) {
        (Some(before), Some(after)) => after.saturating_sub(before),
        _ => 0,
    };
    println!(
        "{}",
        json!({
            "seeds": seeds, "failing": total.failing.len(), "hash": format!("{:016x}", total.hash), "counts": total.counts,
            "grown_mb": grown >> 20, "seconds": start.elapsed().as_secs(),
        })
    );
    if let Some(first) = total.failing.first() {
        println!("run one again: cargo xtask simulate --seed {}", first.seed);
    }
    if grown > GROWTH {
        println!("the memory grew");
    }
    Ok(total.failing.is_empty() && grown <= GROWTH)
}

impl Total {
    fn add(&mut self, done: Simulated) {
        // In any order, because the seeds end in any order.
        self.hash ^= done.hash.wrapping_mul(done.seed | 1);
        for (name, count) in &done.counts {
            *self.counts.entry(name).or_default() += count;
        }
        if !done.problems.is_empty() {
            self.failing.push(done);
        }
    }
}
