//! `cargo xtask semver [REV]`: the crates' public names against those of a revision, by cargo-semver-checks.

use crate::command::Command;
use crate::workspace::{cargo, program, root, say};

/// The command.
pub const COMMAND: Command = Command {
    name: "semver",
    summary: "Compares the public names of the crates with those of the last tag, or of a revision.",
    usage: "[REV]",
    arguments: &[("REV", "The revision in git to compare with; without it the last tag that starts with v")],
    example: "semver v0.1.0",
    needs: "cargo-semver-checks: cargo install --locked cargo-semver-checks",
    writes: "target/semver-checks",
    hands_on: false,
    run,
};

/// The crates that users can depend on, each with all features but the platform's own TLS, which needs its headers.
const FEATURES: &[(&str, &str)] = &[
    ("openai-ext", "full,logging,blocking,macros,mcp"),
    ("openai-raw", "full,blocking"),
    ("openai-runtime", "logging,blocking"),
];

fn run(args: &[&str]) -> Result<(), String> {
    let revision = match args {
        [] => match last_tag() {
            Some(tag) => tag,
            None => {
                say("no tag starts with v, so nothing is released to compare with");
                return Ok(());
            }
        },
        [revision] => (*revision).to_owned(),
        _ => return Err(COMMAND.usage_line()),
    };
    let installed = cargo(".", &["semver-checks", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Err("cargo-semver-checks is needed: cargo install --locked cargo-semver-checks".into());
    }
    let mut broken = Vec::new();
    for (name, features) in FEATURES {
        let status = cargo(".", &["semver-checks", "--package", name, "--baseline-rev", &revision])
            .args(["--default-features", "--features", features])
            .status();
        match status {
            Ok(status) if status.success() => {}
            Ok(_) => broken.push(*name),
            Err(error) => return Err(format!("cargo can't be run: {error}")),
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("not as in {revision}: {}", broken.join(", "))) }
}

/// Returns the last release before the current commit.
fn last_tag() -> Option<String> {
    let mut command = program("git");
    command.current_dir(root()).args(["describe", "--tags", "--abbrev=0", "--match", "v*"]);
    let output = command.output().ok().filter(|output| output.status.success())?;
    Some(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}
