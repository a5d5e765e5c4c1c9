//! `cargo xtask python` and `cargo xtask differential`: the official Python client against our mock, and beside ours.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// How the commands are called.
pub const USAGE: &str = "  cargo xtask python [PYTEST_ARGUMENT ...]\n  cargo xtask differential [--calls]";

/// Lets the official client drive the mock's program: runs `tests/python`, with more arguments for pytest if there are any.
///
/// # Errors
/// There is no Python, the mock can't be built, or a test failed.
pub fn run(args: &[&str]) -> Result<(), String> {
    let python = environment()?;
    cargo(&["build", "--quiet", "--locked", "-p", "openai-ext-mock", "--bin", "openai-ext-mock"])?;
    let mock = target().join(format!("debug/openai-ext-mock{EXE_SUFFIX}"));
    let mut command = Command::new(python);
    // Nothing of a run is to stay in the sources.
    command
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("NO_PROXY", "127.0.0.1")
        .env("OPENAI_MOCK", mock)
        .current_dir(root().join("tests/python"));
    command.args(["-m", "pytest", "-p", "no:cacheprovider", "--quiet"]).args(args);
    finish(command, "a test of the official client against the mock failed")
}

/// Compares what the official client and ours send for the same calls.
///
/// # Errors
/// There is no Python, or requests differ in what `tests/differential/DIFFERENCES.md` does not argue.
pub fn differential(args: &[&str]) -> Result<(), String> {
    if !matches!(args, [] | ["--calls"]) {
        return Err(format!("usage:\n{USAGE}"));
    }
    let python = environment()?.to_string_lossy().into_owned();
    let run = ["run", "--quiet", "--locked", "-p", "acceptance", "--bin", "differential", "--", &python];
    cargo(&[&run, args].concat())
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
    let mut make = Command::new(if cfg!(windows) { "python" } else { "python3" });
    make.args(["-m", "venv", "--clear"]).arg(&folder);
    finish(make, "python3 with its module venv is needed (Debian: apt-get install python3-venv)")?;
    let mut install = Command::new(&python);
    install.args(["-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--requirement"]).arg(&list);
    finish(install, "pip could not install what tests/python/requirements.txt lists")?;
    fs::write(&marker, wanted).map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(python)
}

fn cargo(args: &[&str]) -> Result<(), String> {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(root());
    finish(command, "the line above says what is wrong")
}

fn finish(mut command: Command, otherwise: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(otherwise.to_owned()),
        Err(error) => Err(format!("{}: {error}: {otherwise}", command.get_program().display())),
    }
}

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("..")
}

fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}
