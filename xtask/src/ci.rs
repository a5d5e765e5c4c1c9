//! `cargo xtask ci`: the checks of `.ci/run`, where there is only one list of them.

use std::path::Path;
use std::process::Command;

/// How the command is called.
pub const USAGE: &str = "  cargo xtask ci";

/// Runs all checks.
///
/// # Errors
/// There is no bash, or a check failed.
pub fn run(args: &[&str]) -> Result<(), String> {
    if !args.is_empty() {
        return Err(format!("usage:\n{USAGE}"));
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../.ci/run");
    let status = Command::new("bash").arg(&script).status();
    match status {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err("a check failed; the last line above that starts with == names it".into()),
        Err(error) => Err(format!("{} needs bash: {error}", script.display())),
    }
}
