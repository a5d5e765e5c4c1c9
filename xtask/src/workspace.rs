//! Folders of the workspace, and programs that run in it.

use std::path::{Path, PathBuf};
use std::process::Command;

/// Returns the workspace's folder. `XTASK_ROOT` names another one: tests work on a copy.
pub fn root() -> PathBuf {
    if let Some(copy) = std::env::var_os("XTASK_ROOT") {
        return copy.into();
    }
    let manifest = Path::new(env!("CARGO_MANIFEST_DIR"));
    manifest.parent().unwrap_or(manifest).to_path_buf()
}

/// Returns the folder that cargo builds in.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns a call of cargo in a folder of the workspace.
pub fn cargo(folder: &str, args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO"));
    command.args(args).current_dir(root().join(folder));
    command
}

/// Runs a program to its end.
///
/// # Errors
/// It cannot be started, or it fails; then the error says `otherwise`.
pub fn finish(mut command: Command, otherwise: &str) -> Result<(), String> {
    match command.status() {
        Ok(status) if status.success() => Ok(()),
        Ok(_) => Err(otherwise.to_owned()),
        Err(error) => {
            let program = command.get_program().display();
            Err(format!("`{program}` cannot be started: {error}; {otherwise}"))
        }
    }
}
