//! The standard library for a browser: rustup's, or one built from Debian's source of the same version.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command as Process, Stdio};

use super::{TARGET, skip};
use crate::workspace::{finish, program, say};

/// The suites of Debian that have a package of Rust's source.
const SUITES: &[&str] = &["trixie-backports", "trixie", "sid"];

/// Returns the root of a standard library for the target, which is empty if the compiler has it already; `None`, after a
/// message, if it cannot be had.
///
/// # Errors
/// The library cannot be built.
pub fn find(folder: &Path) -> Result<Option<PathBuf>, String> {
    if is_installed() {
        return Ok(Some(PathBuf::new()));
    }
    let version = version()?;
    let sysroot = folder.join(format!("sysroot-{version}"));
    // Written last, so that a build that broke off is begun again.
    let marker = sysroot.join("complete");
    if marker.exists() {
        return Ok(Some(sysroot));
    }
    if quietly("rustup", &["target", "add", TARGET]) && is_installed() {
        return Ok(Some(PathBuf::new()));
    }
    let Some(source) = source(folder, &version)? else {
        skip(&format!(
            "browsers: rustup cannot add {TARGET}, and the source of Rust {version} cannot be had from Debian"
        ));
        return Ok(None);
    };
    build(folder, &source, &sysroot)?;
    fs::write(&marker, "").map_err(|error| format!("{}: {error}", marker.display()))?;
    Ok(Some(sysroot))
}

fn is_installed() -> bool {
    let library = rustc(&["--print", "target-libdir", "--target", TARGET]).unwrap_or_default();
    let mut entries = fs::read_dir(library).into_iter().flatten().flatten();
    entries.any(|entry| entry.file_name().to_string_lossy().starts_with("libstd-"))
}

fn version() -> Result<String, String> {
    let text = rustc(&["-vV"])?;
    let line = text.lines().find_map(|line| line.strip_prefix("release: "));
    line.map(str::to_owned).ok_or_else(|| format!("`rustc -vV` names no release: {text}"))
}

fn rustc(args: &[&str]) -> Result<String, String> {
    let output = program("rustc").args(args).output().map_err(|error| format!("rustc: {error}"))?;
    Ok(String::from_utf8_lossy(&output.stdout).trim().to_owned())
}

fn quietly(name: &str, args: &[&str]) -> bool {
    let status = program(name).args(args).stdout(Stdio::null()).stderr(Stdio::null()).status();
    status.is_ok_and(|status| status.success())
}

/// Unpacks Debian's package `rust-src` of a version, read by a configuration of apt of its own, so that the machine's
/// sources stay as they are. Returns the folder of the library.
fn source(folder: &Path, version: &str) -> Result<Option<PathBuf>, String> {
    let apt = folder.join("apt");
    let unpacked = folder.join("rust-src");
    let library = unpacked.join(format!("usr/src/rustc-{version}/library"));
    if library.join("std").exists() {
        return Ok(Some(library));
    }
    for part in ["lists/partial", "cache/archives/partial"] {
        let part = apt.join(part);
        fs::create_dir_all(&part).map_err(|error| format!("{}: {error}", part.display()))?;
    }
    let line = |suite: &&str| {
        format!(
            "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] http://deb.debian.org/debian {suite} main\n"
        )
    };
    for suite in SUITES {
        let sources = apt.join("sources.list");
        fs::write(&sources, line(suite)).map_err(|error| format!("{}: {error}", sources.display()))?;
        if fetch(&apt, version) && unpack(&apt, &unpacked) && library.join("std").exists() {
            return Ok(Some(library));
        }
    }
    Ok(None)
}

/// Downloads the package of a version into a folder.
fn fetch(apt: &Path, version: &str) -> bool {
    let options = [
        format!("Dir::Etc::sourcelist={}", apt.join("sources.list").display()),
        "Dir::Etc::sourceparts=-".to_owned(),
        format!("Dir::State::lists={}", apt.join("lists").display()),
        format!("Dir::Cache={}", apt.join("cache").display()),
    ];
    let call = |name: &str, words: &[&str]| {
        let mut command = Process::new(name);
        command.current_dir(apt).args(options.iter().flat_map(|option| ["-o", option.as_str()])).args(words);
        command.stderr(Stdio::null()).output().ok().filter(|output| output.status.success())
    };
    if call("apt-get", &["update"]).is_none() {
        return false;
    }
    let Some(known) = call("apt-cache", &["madison", "rust-src"]) else { return false };
    let known = String::from_utf8_lossy(&known.stdout).into_owned();
    let versions = known.lines().filter_map(|line| line.split('|').nth(1)).map(str::trim);
    let wanted = versions.into_iter().find(|known| known.starts_with(&format!("{version}+")));
    wanted.is_some_and(|wanted| call("apt-get", &["download", &format!("rust-src={wanted}")]).is_some())
}

fn unpack(apt: &Path, unpacked: &Path) -> bool {
    let packages = fs::read_dir(apt).into_iter().flatten().flatten().map(|entry| entry.path());
    let package = packages.into_iter().find(|path| path.extension().is_some_and(|extension| extension == "deb"));
    package.is_some_and(|package| {
        let status = Process::new("dpkg-deb").arg("-x").arg(package).arg(unpacked).status();
        status.is_ok_and(|status| status.success())
    })
}

/// Builds the library and lays it where the compiler looks for it.
fn build(folder: &Path, source: &Path, sysroot: &Path) -> Result<(), String> {
    say(&format!("== building the standard library of {TARGET}, once"));
    let package = folder.join("standard-library");
    let io = |error: std::io::Error| format!("{}: {error}", package.display());
    fs::create_dir_all(package.join("src")).map_err(io)?;
    let manifest = "[package]\nname = \"any\"\nversion = \"0.0.0\"\nedition = \"2024\"\n[workspace]\n\
                    [profile.release]\npanic = \"abort\"\nopt-level = \"z\"\n";
    fs::write(package.join("Cargo.toml"), manifest).map_err(io)?;
    fs::write(package.join("src/lib.rs"), "#![no_std]\n").map_err(io)?;
    let mut command = program(env!("CARGO"));
    command
        .args([
            "build",
            "--quiet",
            "--release",
            "-Z",
            "build-std=std,panic_abort",
            "-Z",
            "build-std-features=optimize_for_size",
            "--target",
            TARGET,
        ])
        .env("RUSTC_BOOTSTRAP", "1")
        // The page is optimized as a whole.
        .env("RUSTFLAGS", "-C embed-bitcode=yes")
        // Cargo has no option for a source that is not beside the compiler.
        .env("__CARGO_TESTS_ONLY_SRC_ROOT", source)
        .env("CARGO_TARGET_DIR", package.join("target"))
        .current_dir(&package);
    finish(command, "the standard library cannot be built")?;
    let targets = sysroot.join("lib/rustlib");
    let library = targets.join(TARGET).join("lib");
    fs::create_dir_all(&library).map_err(io)?;
    let built = package.join("target").join(TARGET).join("release/deps");
    for entry in fs::read_dir(built).map_err(io)?.flatten() {
        let name = entry.file_name().to_string_lossy().into_owned();
        if name.ends_with(".rlib") && !name.starts_with("libany-") {
            fs::copy(entry.path(), library.join(name)).map_err(io)?;
        }
    }
    link_host(&targets)
}

/// Links what is of the host: the linker stands with it.
fn link_host(targets: &Path) -> Result<(), String> {
    let own = PathBuf::from(rustc(&["--print", "target-libdir"])?);
    let (Some(host), Some(name)) = (own.parent(), own.parent().and_then(Path::file_name)) else {
        return Err(format!("the compiler's library is at {}", own.display()));
    };
    let link = targets.join(name);
    #[cfg(unix)]
    if !link.exists() {
        std::os::unix::fs::symlink(host, &link).map_err(|error| format!("{}: {error}", link.display()))?;
    }
    #[cfg(not(unix))]
    let _ = (host, link);
    Ok(())
}
