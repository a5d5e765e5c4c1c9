//! `cargo xtask cross-check`: what progenitor and typify make of the document, against what the generator makes of it.

use std::path::Path;
use std::process::Command;

/// How the command is called.
pub const USAGE: &str = "  cargo xtask cross-check";

/// Builds and runs `crosscheck/`, which is a workspace of its own, with a lock file of its own.
///
/// # Errors
/// The two differ, or a reason for leaving something out is no longer needed.
pub fn run(args: &[&str]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(format!("usage:\n{USAGE}"));
    }
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../crosscheck");
    let status = Command::new(env!("CARGO")).args(["run", "--quiet", "--locked"]).current_dir(&folder).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("cross-check: `differ` of the line above says where".into()),
        Err(error) => Err(format!("cargo can't be run: {error}")),
    }
}
