//! `cargo xtask fuzz`: every fuzz target for a while, with bounds of memory and of time an input.

use std::process::{self, Stdio};
use std::time::Instant;

use crate::command::{Command, nearest};
use crate::workspace::{cargo, finish, root};

/// The command.
pub const COMMAND: Command = Command {
    name: "fuzz",
    summary: "Runs the fuzz targets with at most 2 GB of memory and 20 seconds an input, and prints a line of JSON for each.",
    usage: "[--seconds N] [TARGET ...]",
    arguments: &[
        ("--seconds N", "The time of each target; 300 if absent"),
        ("TARGET ...", "The targets to run, all if absent; they are the programs of fuzz/Cargo.toml"),
    ],
    example: "fuzz --seconds 60 sse chat",
    needs: "cargo-fuzz, which is installed if it is missing",
    writes: "fuzz/corpus, fuzz/artifacts, fuzz/target",
    hands_on: false,
    run,
};

/// Seconds a target.
const SECONDS: u64 = 300;

fn run(args: &[&str]) -> Result<(), String> {
    let (seconds, names) = match args {
        ["--seconds", seconds, names @ ..] => {
            (seconds.parse().map_err(|error| format!("--seconds {seconds}: {error}"))?, names)
        }
        names => (SECONDS, names),
    };
    let known = targets()?;
    if let Some(name) = names.iter().find(|name| !known.iter().any(|known| known == *name)) {
        let known: Vec<&str> = known.iter().map(String::as_str).collect();
        let targets = known.join(", ");
        return Err(format!("{name} is no target{}\nThe targets are {targets}.", nearest(name, &known)));
    }
    if !cargo(".", &["fuzz", "--version"]).stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        finish(cargo(".", &["install", "--quiet", "--locked", "cargo-fuzz"]), "cargo-fuzz could not be installed")?;
    }
    let seeds = ["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "seed", "--", "fuzz/corpus"];
    finish(cargo(".", &seeds), "the seeds could not be written")?;
    let mut crashed = Vec::new();
    for name in known.iter().filter(|known| names.is_empty() || names.contains(&known.as_str())) {
        if crashes(name, seconds)? {
            crashed.push(name.as_str());
        }
    }
    if crashed.is_empty() {
        Ok(())
    } else {
        Err(format!("crashed: {}; what they print tells how to do it again", crashed.join(", ")))
    }
}

/// The programs of `fuzz/`.
fn targets() -> Result<Vec<String>, String> {
    let path = root().join("fuzz/Cargo.toml");
    let manifest = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let programs = manifest.split("[[bin]]\n").skip(1);
    Ok(programs.filter_map(|program| Some(program.strip_prefix("name = \"")?.split_once('"')?.0.to_owned())).collect())
}

/// Runs a target, and returns `true` if it crashed.
fn crashes(name: &str, seconds: u64) -> Result<bool, String> {
    finish(fuzz(&["build", name]), "the target does not build")?;
    let start = Instant::now();
    let time = format!("-max_total_time={seconds}");
    let options = [time.as_str(), "-rss_limit_mb=2048", "-timeout=20", "-print_final_stats=1", "-verbosity=1"];
    let output = fuzz(&[&["run", name, "--"], &options[..]].concat()).output();
    let output = output.map_err(|error| format!("cargo can't be run: {error}"))?;
    let log = String::from_utf8_lossy(&output.stderr);
    let runs = log.lines().find_map(|line| line.strip_prefix("stat::number_of_executed_units:"));
    let crashed = !output.status.success();
    println!(
        "{{\"target\":\"{name}\",\"runs\":{},\"seconds\":{},\"crashes\":{}}}",
        runs.map_or("0", str::trim),
        start.elapsed().as_secs(),
        u8::from(crashed)
    );
    if crashed {
        eprint!("{log}");
    } else if runs.is_none() {
        return Err(format!("{name} says nothing of its runs:\n{log}"));
    }
    Ok(crashed)
}

fn fuzz(args: &[&str]) -> process::Command {
    // The sanitizers are unstable options of a stable compiler.
    let mut command = cargo("fuzz", &["fuzz"]);
    command.args(args).env("RUSTC_BOOTSTRAP", "1");
    command
}
