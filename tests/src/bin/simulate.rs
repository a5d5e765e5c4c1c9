//! `simulate [--seeds N] [--from N] [--seed N]`: deterministic simulations, by the number of their seed. Prints each seed that fails with what did not
//! hold, and a line of JSON at the end; `--seed N` prints all that happens in one.

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

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    let number = |text: &str| text.parse::<u64>().map_err(|error| format!("{text:?}: {error}"));
    let ended = match args.as_slice() {
        [] => run(0, 1000),
        ["--seed", seed] => number(seed).and_then(one),
        ["--seeds", seeds] => number(seeds).and_then(|seeds| run(0, seeds)),
        ["--seeds", seeds, "--from", from] | ["--from", from, "--seeds", seeds] => {
            number(from).and_then(|from| run(from, number(seeds)?))
        }
        _ => Err("usage: simulate [--seeds N [--from N]] | --seed N".to_owned()),
    };
    match ended {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
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

/// What came of all seeds.
#[derive(Default)]
struct Total {
    failing: Vec<Simulated>,
    hash: u64,
    counts: BTreeMap<&'static str, u64>,
    /// The memory after a tenth of the seeds.
    memory: Option<u64>,
}

/// Runs seeds, as many at once as there are processors: each is a world of its own.
fn run(from: u64, seeds: u64) -> Result<bool, String> {
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
                    let done = simulated(from + number, false);
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
