//! `cargo xtask python`, `differential` and `bodies`: the official Python client against our mock, beside ours, and its types.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::PathBuf;
use std::process;

use crate::command::Command;
use crate::workspace::{cargo, finish, root, target};

/// The command that tests the mock.
pub const PYTHON: Command = Command {
    name: "python",
    summary: "Runs tests/python: the official Python client against the mock's program.",
    usage: "[PYTEST_ARGUMENT ...]",
    arguments: &[("PYTEST_ARGUMENT ...", "Handed on to pytest, for example `-k chat`")],
    example: "python -k chat",
    needs: "Python 3.10 or later with its module venv; the network once, for tests/python/requirements.txt",
    writes: "target/python, target/debug",
    hands_on: true,
    run,
};

/// The command that compares the clients.
pub const DIFFERENTIAL: Command = Command {
    name: "differential",
    summary: "Makes the same calls with the official Python client and with ours, and fails if their requests differ in \
              a way that tests/differential/DIFFERENCES.md does not give a reason for.",
    usage: "[--calls]",
    arguments: &[("--calls", "Prints a line for each call")],
    example: "differential --calls",
    needs: "Python 3.10 or later with its module venv; the network once, for tests/python/requirements.txt",
    writes: "target/python, target/debug",
    hands_on: false,
    run: differential,
};

/// The command that reads and writes what the official client's types can hold.
pub const BODIES: Command = Command {
    name: "bodies",
    summary: "Makes bodies from the types of the official Python client, and fails if our types do not read and write \
              them, or do not know a part of one without a reason in tests/src/replay/bodies.rs.",
    usage: "",
    arguments: &[],
    example: "bodies",
    needs: "Python 3.10 or later with its module venv; the network once, for tests/python/requirements.txt",
    writes: "target/python, target/bodies.jsonl, target/debug",
    hands_on: false,
    run: bodies,
};

/// The advice of a build that failed.
const ABOVE: &str = "the line above says what is wrong";

fn run(args: &[&str]) -> Result<(), String> {
    let python = environment()?;
    finish(cargo(".", &["build", "--quiet", "--locked", "-p", "openai-ext-mock", "--bin", "openai-ext-mock"]), ABOVE)?;
    let mock = target().join(format!("debug/openai-ext-mock{EXE_SUFFIX}"));
    let mut command = process::Command::new(python);
    // Nothing of a run is to stay in the sources.
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .env("OPENAI_MOCK", mock)
        .current_dir(root().join("tests/python"));
    command.args(["-m", "pytest", "-p", "no:cacheprovider", "--quiet"]).args(args);
    finish(command, "a test of the official client against the mock failed")
}

fn differential(args: &[&str]) -> Result<(), String> {
    if !matches!(args, [] | ["--calls"]) {
        return Err(DIFFERENTIAL.usage_line());
    }
    let python = environment()?.to_string_lossy().into_owned();
    let run = ["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "differential", "--", &python];
    finish(cargo(".", &[&run, args].concat()), ABOVE)
}

fn bodies(args: &[&str]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(BODIES.usage_line());
    }
    let file = target().join("bodies.jsonl");
    let mut make = process::Command::new(environment()?);
    make.env("PYTHONDONTWRITEBYTECODE", "1").arg(root().join("tests/bodies/make.py")).arg(&file);
    finish(make, "tests/bodies/make.py does not know what a type of the official client is")?;
    let file = file.to_string_lossy().into_owned();
    finish(
        cargo(".", &["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "replay", "--", "bodies", &file]),
        ABOVE,
    )
}

/// The interpreter of an environment with what `requirements.txt` lists; it is made anew only when that changes.
fn environment() -> Result<PathBuf, String> {
    let list = root().join("tests/python/requirements.txt");
    let wanted = fs::read_to_string(&list).map_err(|error| format!("{}: {error}", list.display()))?;
    let folder = target().join("python");
    let python = folder.join(if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" });
    // Written last, so that an installation that broke off is begun again.
    let marker = folder.join("installed.txt");
    if python.exists() && fs::read_to_string(&marker).is_ok_and(|installed| installed == wanted) {
        return Ok(python);
    }
    let mut make = process::Command::new(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    finish(make, "python3 with its module venv is needed (Debian: apt-get install python3-venv)")?;
    let mut install = process::Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    finish(install, "pip could not install what tests/python/requirements.txt lists")?;
    fs::write(&marker, wanted).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(python)
}
