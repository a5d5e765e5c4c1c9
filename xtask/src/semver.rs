//! `cargo xtask semver REV`: whether the crates' public words are still those of a revision, by cargo-semver-checks.

use std::path::Path;
use std::process::Command;

/// How the command is called.
pub const USAGE: &str = "  cargo xtask semver BASELINE_REV";

/// The crates that users can depend on, each with all features but the platform's own TLS, which needs its headers.
const FEATURES: &[(&str, &str)] =
    &[("openai-ext", "full,logging,blocking"), ("openai-raw", "full,blocking"), ("openai-runtime", "logging,blocking")];

/// Compares with a revision, since no version is published yet.
///
/// # Errors
/// Something public is gone or takes something else, or cargo-semver-checks is not installed.
pub fn run(args: &[&str]) -> Result<(), String> {
    let [revision] = args else { return Err(format!("usage:\n{USAGE}")) };
    let installed = Command::new(env!("CARGO")).args(["semver-checks", "--version"]).output();
    if !installed.is_ok_and(|output| output.status.success()) {
        return Err("cargo-semver-checks is needed: cargo install --locked cargo-semver-checks".into());
    }
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("..");
    let mut broken = Vec::new();
    for (name, features) in FEATURES {
        let status = Command::new(env!("CARGO"))
            .args(["semver-checks", "--package", name, "--baseline-rev", revision])
            .args(["--default-features", "--features", features])
            .current_dir(&root)
            .status();
        match status {
            Ok(status) if status.success() => {}
            Ok(_) => broken.push(*name),
            Err(error) => return Err(format!("cargo can't be run: {error}")),
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(format!("not as in {revision}: {}", broken.join(", "))) }
}
