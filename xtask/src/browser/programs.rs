//! The programs that a page is built and tested with.

use std::env::consts::EXE_SUFFIX;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use super::skip;
use crate::workspace::{program, root, say};

/// Returns `wasm-bindgen` of the version that the example is locked to, installed below a folder if need be; `None`, after a
/// message, if it cannot be had.
///
/// # Errors
/// The lock of the example cannot be read.
pub fn wasm_bindgen(folder: &Path) -> Result<Option<PathBuf>, String> {
    let version = locked("wasm-bindgen")?;
    let own = folder.join("bin").join(format!("wasm-bindgen{EXE_SUFFIX}"));
    let is_of = |path: &Path| output(path, &["--version"]).is_some_and(|text| text.trim().ends_with(&version));
    if let Some(path) = [PathBuf::from("wasm-bindgen"), own.clone()].into_iter().find(|path| is_of(path)) {
        return Ok(Some(path));
    }
    say(&format!("== cargo install wasm-bindgen-cli {version}, once"));
    let mut install = program(env!("CARGO"));
    install.args(["install", "--quiet", "wasm-bindgen-cli", "--version", &version, "--root"]).arg(folder);
    install.env("CARGO_TARGET_DIR", folder.join("wasm-bindgen"));
    if !install.status().is_ok_and(|status| status.success()) || !is_of(&own) {
        skip(&format!("the page: wasm-bindgen-cli {version} cannot be installed"));
        return Ok(None);
    }
    Ok(Some(own))
}

/// Returns the version that the example's lock has of a crate.
fn locked(name: &str) -> Result<String, String> {
    let path = root().join("examples/browser/Cargo.lock");
    let text = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lock: toml::Table = text.parse().map_err(|error| format!("{}: {error}", path.display()))?;
    let packages = lock.get("package").and_then(toml::Value::as_array).into_iter().flatten();
    let of = |package: &&toml::Value| package.get("name").and_then(toml::Value::as_str) == Some(name);
    let version = packages.into_iter().find(of).and_then(|package| package.get("version")?.as_str());
    version.map(str::to_owned).ok_or_else(|| format!("{} has no {name}", path.display()))
}

/// Returns chromedriver and Chromium, installed by apt if need be; `None`, after a message, if they cannot be had.
pub fn chromium() -> Option<(PathBuf, PathBuf)> {
    let find = || Some((on_path(&["chromedriver"])?, on_path(&["chromium", "chromium-browser", "google-chrome"])?));
    if let Some(found) = find() {
        return Some(found);
    }
    let install = Process::new("apt-get")
        .args(["install", "-y", "-qq", "chromium", "chromium-driver"])
        .env("DEBIAN_FRONTEND", "noninteractive")
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status();
    if install.is_err() || find().is_none() {
        skip("the test in a browser: install chromium and chromium-driver");
    }
    find()
}

fn on_path(names: &[&str]) -> Option<PathBuf> {
    let folders = std::env::var_os("PATH")?;
    let candidates = std::env::split_paths(&folders).flat_map(|folder| names.iter().map(move |name| folder.join(name)));
    candidates.into_iter().find(|path| path.is_file())
}

fn output(program: &Path, args: &[&str]) -> Option<String> {
    let output = Process::new(program).args(args).stderr(Stdio::null()).output().ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
