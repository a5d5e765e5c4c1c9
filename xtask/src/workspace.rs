//! Folders of the workspace, and programs that run in it.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Finds the checkout that the working directory is in: the nearest folder above it with these files. `XTASK_ROOT` names
/// another one, because tests work on a copy.
///
/// # Errors
/// The working directory is in no checkout.
pub fn find_root() -> Result<PathBuf, String> {
    if let Some(copy) = std::env::var_os("XTASK_ROOT") {
        return Ok(copy.into());
    }
    let here = std::env::current_dir().map_err(|error| format!("the working directory cannot be read: {error}"))?;
    let is_checkout = |folder: &&Path| MARKS.iter().all(|file| folder.join(file).exists());
    let found = here.ancestors().find(is_checkout).map(Path::to_path_buf);
    found.ok_or_else(|| {
        format!(
            "{} is in no checkout of this workspace, whose root has {}. To do: change to a folder of the checkout \
             that the command is to work on",
            here.display(),
            MARKS.join(" and ")
        )
    })
}

/// The files by which a checkout is known.
const MARKS: [&str; 2] = ["openapi.yaml", "codegen/names.toml"];

/// Returns the folder of the checkout. `main` has made sure that there is one.
pub fn root() -> PathBuf {
    find_root().unwrap_or_default()
}

/// Returns the folder that cargo builds in.
pub fn target() -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), PathBuf::from)
}

/// Returns a call of cargo in a folder of the workspace.
pub fn cargo(folder: &str, args: &[&str]) -> Command {
    let mut command = program(env!("CARGO"));
    command.args(args).current_dir(root().join(folder));
    command
}

/// Returns a call of a program that calls cargo, without the variables that `cargo run` sets for this one: build scripts
/// look at them, and the same build from a shell would begin anew.
pub fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("CARGO_PKG_") || text.starts_with("CARGO_MANIFEST_") {
            command.env_remove(&name);
        }
    }
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

/// Returns a file of a folder of the workspace as it was committed. A file that git does not have, or no git at all, leaves that on disk.
pub fn committed(root: &Path, path: &str) -> String {
    let shown = program("git").current_dir(root).arg("show").arg(format!("HEAD:./{path}")).output();
    match shown {
        Ok(output) if output.status.success() => String::from_utf8_lossy(&output.stdout).into_owned(),
        _ => std::fs::read_to_string(root.join(path)).unwrap_or_default(),
    }
}

/// Prints to stdout. A reader that has gone away, as `head` does, is no reason to fail.
pub fn say(text: &str) {
    let _ = writeln!(std::io::stdout(), "{text}");
}
