//! `cargo xtask bench`: the cost of the SDK, beside its bounds and beside other clients.

mod bounds;
mod builds;
mod calls;
mod counts;
mod report;

use std::path::PathBuf;

use crate::command::Command;
use crate::workspace::{cargo, finish, program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "bench",
    summary: "Measures the SDK beside other clients, and writes the tables to docs/performance.md; with --bounds it \
              counts the instructions of the core paths alone, and fails if one takes more than its bound.",
    usage: "[--bounds | --record | --runtime]",
    arguments: &[
        ("--bounds", "Compares the core paths with benches/instructions/bounds.toml, with a slack of 3%"),
        ("--record", "Writes what the core paths take to that file"),
        ("--runtime", "Leaves out the comparison of builds, and writes nothing"),
    ],
    example: "bench --bounds",
    needs: "valgrind, and Linux; without --bounds also the other clients from the registry, and half an hour",
    writes: "target/bench; without an option docs/performance.md",
    hands_on: false,
    run,
};

/// The workspace of the measurements.
const FOLDER: &str = "benches";

fn run(args: &[&str]) -> Result<(), String> {
    match args {
        ["--bounds"] => bounds::check(),
        ["--record"] => bounds::record(),
        ["--runtime"] => {
            say(&calls::compare()?.to_string());
            Ok(())
        }
        [] => everything(),
        _ => Err(COMMAND.usage_line()),
    }
}

fn everything() -> Result<(), String> {
    let tables = [bounds::table()?, calls::compare()?, builds::compare()?, kernels("json")?, kernels("sizes")?];
    let peers = ["async-openai", "openai-core", "openai-oxide", "reqwest", "serde_json"];
    let versions: Vec<String> = peers.iter().map(|name| format!("{name} {}", version(name))).collect();
    report::write(&tables, &format!("rustc {}; {}.", rustc()?, versions.join(", ")))
}

/// The output of a program of benches, which compares parts of clients in one process.
fn kernels(name: &str) -> Result<report::Table, String> {
    let built = build("benches", "release")?.with_file_name(name);
    let output = program(&built.display().to_string()).output().map_err(|error| format!("{name}: {error}"))?;
    if !output.status.success() {
        return Err(format!("{name} failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    Ok(report::Table::plain(name, &String::from_utf8_lossy(&output.stdout)))
}

/// Builds a package of the measurements, and returns the path of the program that has its name.
fn build(package: &str, profile: &str) -> Result<PathBuf, String> {
    let folder = target().join("bench");
    let mut command = cargo(FOLDER, &["build", "--quiet", "--locked", "--package", package]);
    if profile == "release" {
        command.arg("--release");
    }
    command.env("CARGO_TARGET_DIR", &folder);
    finish(command, &format!("{package} cannot be built"))?;
    Ok(folder.join(profile).join(package))
}

/// The version of a crate in the lock of the measurements.
fn version(name: &str) -> String {
    let lock = std::fs::read_to_string(root().join(FOLDER).join("Cargo.lock")).unwrap_or_default();
    let entry = lock.split("[[package]]").find(|entry| entry.contains(&format!("\nname = \"{name}\"\n")));
    let version = entry.and_then(|entry| entry.split("version = \"").nth(1)?.split('"').next());
    version.unwrap_or("of an unknown version").to_owned()
}

/// The version of the compiler, as `1.95.0`.
fn rustc() -> Result<String, String> {
    let output = program("rustc").arg("--version").output().map_err(|error| format!("rustc: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    text.split_whitespace().nth(1).map(str::to_owned).ok_or_else(|| "rustc printed no version".to_owned())
}

/// A number with commas between groups of three digits.
fn grouped(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}
