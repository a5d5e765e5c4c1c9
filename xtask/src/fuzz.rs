//! `cargo xtask fuzz`: every fuzz target for a while, with bounds of memory and of time an input.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::time::Instant;

/// How the command is called.
pub const USAGE: &str = "  cargo xtask fuzz [--seconds N] [TARGET...]";

/// Seconds a target.
const SECONDS: u64 = 300;

/// Installs cargo-fuzz if it is missing, writes the seeds, and runs the targets: those named, or all. Prints a line of
/// JSON for each.
///
/// # Errors
/// A target crashed: it panicked, took more than 2 GB, or an input took longer than 20 seconds.
pub fn run(args: &[&str]) -> Result<(), String> {
    let (seconds, names) = match args {
        ["--seconds", seconds, names @ ..] => {
            (seconds.parse().map_err(|error| format!("--seconds {seconds}: {error}"))?, names)
        }
        names => (SECONDS, names),
    };
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let known = targets(&root)?;
    if let Some(name) = names.iter().find(|name| !known.iter().any(|known| known == *name)) {
        return Err(format!("{name} is no target; there are: {}\nusage:\n{USAGE}", known.join(", ")));
    }
    if !cargo(&root, &["fuzz", "--version"]).stdout(Stdio::null()).status().is_ok_and(|status| status.success()) {
        finish(cargo(&root, &["install", "--quiet", "--locked", "cargo-fuzz"]))?;
    }
    finish(cargo(&root, &["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "seed", "--", "fuzz/corpus"]))?;
    let mut crashed = Vec::new();
    for name in known.iter().filter(|known| names.is_empty() || names.contains(&known.as_str())) {
        if target(&root, name, seconds)? {
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
fn targets(root: &Path) -> Result<Vec<String>, String> {
    let path = root.join("fuzz/Cargo.toml");
    let manifest = std::fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let programs = manifest.split("[[bin]]\n").skip(1);
    Ok(programs.filter_map(|program| Some(program.strip_prefix("name = \"")?.split_once('"')?.0.to_owned())).collect())
}

/// Whether the target crashed.
fn target(root: &Path, name: &str, seconds: u64) -> Result<bool, String> {
    finish(fuzz(root, &["build", name]))?;
    let start = Instant::now();
    let time = format!("-max_total_time={seconds}");
    let options = [time.as_str(), "-rss_limit_mb=2048", "-timeout=20", "-print_final_stats=1", "-verbosity=1"];
    let output = fuzz(root, &[&["run", name, "--"], &options[..]].concat()).output();
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

fn fuzz(root: &Path, args: &[&str]) -> Command {
    let mut command = cargo(&root.join("fuzz"), &["fuzz"]);
    // The sanitizers are unstable options of a stable compiler.
    command.args(args).env("RUSTC_BOOTSTRAP", "1");
    command
}

fn cargo(folder: &Path, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(PathBuf::from(folder));
    command
}

fn finish(mut command: Command) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(status) => Err(format!("{command:?}: {status}")),
        Err(error) => Err(format!("cargo can't be run: {error}")),
    }
}
