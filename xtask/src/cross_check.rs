//! `cargo xtask cross-check`: what progenitor and typify make of the document, against what the generator makes of it.

use std::path::Path;
use std::process::Command;

/// How the command is called.
pub const USAGE: &str = "  cargo xtask cross-check";

/// Builds and runs `crosscheck/`, which is a workspace of its own, with a lock file of its own; then compiles what
/// progenitor makes of the whole document with our types.
///
/// # Errors
/// The two differ, a reason for leaving something out is no longer needed, or progenitor's code does not compile.
pub fn run(args: &[&str]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(format!("usage:\n{USAGE}"));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crosscheck");
    let run = |args: &[&str], failed: &str| match Command::new(env!("CARGO")).args(args).current_dir(&folder).status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(format!("cross-check: {failed}")),
        Err(error) => Err(format!("cargo can't be run: {error}")),
    };
    run(&["run", "--quiet", "--locked"], "`differ` of the line above says where")?;
    run(&["check", "--quiet", "--locked", "-p", "compiled"], "progenitor's client does not compile with our types")
}
