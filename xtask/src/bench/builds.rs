//! The cost of building a program with each client.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use super::FOLDER;
use super::calls::CLIENTS;
use super::report::Table;
use crate::workspace::{cargo, finish, target};

/// Builds each program from nothing, as a release and for debugging.
///
/// # Errors
/// A program cannot be built, or the system does not say how long it took.
pub fn compare() -> Result<Table, String> {
    let columns = [
        "Client",
        "Crates",
        "Release, user seconds",
        "Release program, MB",
        "Debug, user seconds",
        "Debug program, MB",
        "Check, user seconds",
    ];
    let mut table = Table::new("Cold builds of that program", &columns);
    for client in CLIENTS {
        let package = format!("program-{client}");
        let release = cold(&package, "build", &["--release"], Some("release"))?;
        let debug = cold(&package, "build", &[], Some("debug"))?;
        let check = cold(&package, "check", &[], None)?;
        table.row(&[
            client,
            &crates(&package)?.to_string(),
            &format!("{:.1}", release.seconds),
            &format!("{:.1}", release.megabytes),
            &format!("{:.1}", debug.seconds),
            &format!("{:.1}", debug.megabytes),
            &format!("{:.1}", check.seconds),
        ]);
    }
    Ok(table)
}

struct Built {
    seconds: f64,
    megabytes: f64,
}

fn cold(package: &str, verb: &str, options: &[&str], profile: Option<&str>) -> Result<Built, String> {
    let folder = target().join("bench-cold");
    let _ = fs::remove_dir_all(&folder);
    let mut command = cargo(FOLDER, &[verb, "--quiet", "--locked", "--package", package]);
    // As a user has it: the settings of benches are for profilers.
    command.args(options).env("CARGO_TARGET_DIR", &folder).env("CARGO_INCREMENTAL", "0");
    command.env("CARGO_PROFILE_RELEASE_DEBUG", "0").env("CARGO_PROFILE_DEV_DEBUG", "2");
    let before = seconds_of_children()?;
    finish(command, &format!("{package} cannot be built"))?;
    let seconds = seconds_of_children()? - before;
    let size = profile.map(|profile| fs::metadata(folder.join(profile).join(package)).map(|file| file.len()));
    let size = size.transpose().map_err(|error| format!("{package}: {error}"))?;
    let _ = fs::remove_dir_all(&folder);
    Ok(Built { seconds, megabytes: size.unwrap_or_default() as f64 / 1e6 })
}

/// The user time of all children that have ended, by Linux's clock of 100 ticks a second.
fn seconds_of_children() -> Result<f64, String> {
    let text = fs::read_to_string(Path::new("/proc/self/stat")).map_err(|error| format!("/proc/self/stat: {error}"))?;
    let after_name = text.rsplit(") ").next().unwrap_or_default();
    let ticks = after_name.split(' ').nth(13).and_then(|word| word.parse::<f64>().ok());
    ticks.map(|ticks| ticks / 100.0).ok_or_else(|| "/proc/self/stat has no time of children".to_owned())
}

/// The number of crates that the program is built from, itself left out.
fn crates(package: &str) -> Result<usize, String> {
    let options = ["tree", "--locked", "--package", package, "--edges", "normal,build", "--prefix", "none"];
    let output = cargo(FOLDER, &options).output().map_err(|error| format!("cargo tree: {error}"))?;
    let text = String::from_utf8_lossy(&output.stdout);
    let names: BTreeSet<&str> = text.lines().map(|line| line.trim_end_matches(" (*)")).collect();
    Ok(names.len().saturating_sub(1))
}
