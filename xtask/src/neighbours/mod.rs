//! `cargo xtask neighbours`: programs that have the SDK beside other HTTP clients and TLS libraries.

mod rows;
mod server;

use std::path::Path;
use std::process::Output;
use std::time::Instant;

use self::rows::Row;
use self::server::NeighbourServer;
use crate::command::Command;
use crate::workspace::{program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "neighbours",
    summary: "Builds and runs a program for each row of tests/neighbours/rows.toml, which has the SDK beside other HTTP \
              clients and TLS libraries with features of their own, and fails if one of them disturbs another.",
    usage: "[--quick] [ROW…]",
    arguments: &[("--quick", "Runs those rows alone that are built fast"), ("ROW", "The name of a row; all if absent")],
    example: "neighbours reqwest-default",
    needs: "the crates of the rows from the registry; for native-tls, OpenSSL's headers and pkg-config on Linux",
    writes: "target/neighbours",
    hands_on: false,
    run,
};

fn run(args: &[&str]) -> Result<(), String> {
    let names: Vec<&str> = args.iter().copied().filter(|word| !word.starts_with('-')).collect();
    let rows = rows::read(&root())?;
    if let Some(unknown) = names.iter().find(|name| rows.iter().all(|row| row.name != **name)) {
        let known: Vec<&str> = rows.iter().map(|row| &*row.name).collect();
        return Err(format!("there is no row `{unknown}`; there are {}", known.join(", ")));
    }
    let quick = args.contains(&"--quick");
    let chosen = |row: &&Row| (names.is_empty() || names.contains(&&*row.name)) && (row.quick || !quick);
    let folder = target().join("neighbours");
    let server = NeighbourServer::start(&folder)?;
    let width = rows.iter().map(|row| row.name.len()).max().unwrap_or_default();
    let mut failed = Vec::new();
    for row in rows.iter().filter(chosen) {
        let started = Instant::now();
        let outcome = if row.is_possible() { try_out(row, &folder, &server) } else { Outcome::Skipped };
        let seconds = started.elapsed().as_secs();
        match outcome {
            Outcome::Held => say(&format!("{:width$}  ok       {seconds:4} s", row.name)),
            Outcome::Skipped => say(&format!("{:width$}  skipped: {} is not installed", row.name, row.needs)),
            Outcome::Failed(text) => {
                say(&format!("{:width$}  FAILED   {seconds:4} s\n{text}", row.name));
                failed.push(&*row.name);
            }
        }
    }
    if failed.is_empty() { Ok(()) } else { Err(format!("not as it should be: {}", failed.join(", "))) }
}

enum Outcome {
    Held,
    Skipped,
    Failed(String),
}

/// Builds and runs one program. All share a folder to build in, so that what is the same is built once.
fn try_out(row: &Row, folder: &Path, server: &NeighbourServer) -> Outcome {
    if let Err(error) = row.write(&root(), folder) {
        return Outcome::Failed(error);
    }
    let mut command = program(env!("CARGO"));
    command.args(["run", "--quiet", "--"]).args(server.arguments()).current_dir(folder.join(&row.name));
    command.env("CARGO_TARGET_DIR", folder.join("build")).env("CARGO_PROFILE_DEV_DEBUG", "0");
    match command.output() {
        Ok(output) if output.status.success() => Outcome::Held,
        Ok(output) => Outcome::Failed(all(&output)),
        Err(error) => Outcome::Failed(format!("cargo can't be run: {error}")),
    }
}

fn all(output: &Output) -> String {
    [&output.stdout, &output.stderr].map(|bytes| String::from_utf8_lossy(bytes).into_owned()).concat()
}
