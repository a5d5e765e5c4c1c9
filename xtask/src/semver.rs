//! `cargo xtask semver REV`: the crates' public names against those of a revision, by cargo-semver-checks.

use crate::command::Command;
use crate::workspace::cargo;

/// The command.
pub const COMMAND: Command = Command {
    name: "semver",
    summary: "Compares the public names of the crates with those of a revision, because no version is published yet.",
    usage: "REV",
    arguments: &[("REV", "The revision in git to compare with")],
    example: "semver main~20",
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
    let [revision] = args else { return Err(COMMAND.usage_line()) };
    let installed = cargo(".", &["semver-checks", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Err("cargo-semver-checks is needed: cargo install --locked cargo-semver-checks".into());
    }
    let mut broken = Vec::new();
    for (name, features) in FEATURES {
        let status = cargo(".", &["semver-checks", "--package", name, "--baseline-rev", revision])
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
