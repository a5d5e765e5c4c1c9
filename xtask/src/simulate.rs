//! `cargo xtask simulate`: clients against a network and a server that go wrong as a seed decides.

use crate::command::Command;
use crate::workspace::{cargo, finish};

/// The command.
pub const COMMAND: Command = Command {
    name: "simulate",
    summary: "Runs deterministic simulations of clients, network, server and killed processes, and prints each seed that \
              fails with the invariants that did not hold.",
    usage: "[--release] [--seeds N] [--from N] [--seed N] [--twice]",
    arguments: &[
        ("--release", "Builds with optimisation: worth it from some 20,000 seeds on"),
        ("--seeds N", "The number of seeds; 1000 if absent"),
        ("--from N", "The first seed; 0 if absent"),
        ("--seed N", "Runs this seed alone, and prints all that happens"),
        ("--twice", "Runs each seed twice, and fails if what happened differs"),
    ],
    example: "simulate --seeds 10000",
    needs: "nothing",
    writes: "a folder for each seed in /dev/shm or the temporary folder, which is removed",
    hands_on: false,
    run,
};

fn run(args: &[&str]) -> Result<(), String> {
    let (profile, args): (Vec<&str>, Vec<&str>) = args.iter().partition(|word| **word == "--release");
    let mut command = cargo(".", &["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "simulate"]);
    command.args(profile.first()).arg("--").args(args);
    finish(command, "the lines above say which seeds fail, and why")
}
