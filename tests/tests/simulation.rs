//! The simulation itself: the same seed is the same world, and a few seeds in which all has to be well.
#![allow(missing_docs)]

use acceptance::simulation::simulate;

type TestResult = Result<(), Box<dyn std::error::Error>>;

#[test]
fn the_same_seed_gives_the_same_world() -> TestResult {
    let mut hashes = std::collections::BTreeSet::new();
    for seed in 0..40 {
        let (first, second) = (simulate(seed, false)?, simulate(seed, false)?);
        assert_eq!(first, second, "seed {seed}");
        hashes.insert(first.hash);
    }
    assert_eq!(hashes.len(), 40, "each seed is a world of its own");
    Ok(())
}

#[test]
fn seeds_reach_all_kinds_of_work_and_hold_every_invariant() -> TestResult {
    let mut counts = std::collections::BTreeMap::new();
    for seed in 0..100 {
        let done = simulate(seed, false)?;
        assert!(done.problems.is_empty(), "cargo xtask simulate --seed {seed}: {:?}", done.problems);
        for (name, count) in done.counts {
            *counts.entry(name).or_insert(0) += count;
        }
    }
    for name in [
        "batch runs",
        "calls that succeeded",
        "downloads",
        "errors",
        "kills",
        "polls",
        "responses over a socket",
        "runs of tools",
        "uploads in parts",
    ] {
        assert!(counts.get(name).is_some_and(|count| *count > 4), "{name}: {counts:?}");
    }
    Ok(())
}
