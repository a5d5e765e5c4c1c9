//! `cargo xtask package`: the crates as crates.io would get them, unpacked, built alone and tested.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use super::fresh;
use crate::command::Command;
use crate::workspace::{cargo, finish, program, root, say, target};

/// The command.
pub const COMMAND: Command = Command {
    name: "package",
    summary: "Packages the published crates, builds and tests them from their packages alone, and runs the code of the \
              pages in a program that depends on the packages.",
    usage: "[--list] [CRATE ...]",
    arguments: &[
        ("--list", "Packages and lists only: files, sizes, licences and metadata"),
        ("CRATE", "The crates to build and test; without it all, and then the code of the pages"),
    ],
    example: "package --list",
    needs: "tar",
    writes: "target/package, target/package-check, target/package-build",
    hands_on: false,
    run,
};

/// A crate that is published, after those that it depends on.
pub struct Published {
    /// The crate's name, which is also that of its folder.
    pub name: &'static str,
    /// The features that its tests run with: all but the platform's own TLS, which needs its headers.
    pub features: &'static str,
}

/// The crates that are published.
pub const PUBLISHED: &[Published] = &[
    Published { name: "openai-runtime", features: "blocking,http2,logging,otel,reqwest,rustls,tower,websocket" },
    Published { name: "openai-raw", features: "blocking,full" },
    Published { name: "openai-ext-macros", features: "" },
    Published { name: "openai-ext-mock", features: "" },
    Published {
        name: "openai-ext",
        features: "azure-identity,bedrock,blocking,full,http2,logging,macros,mcp,otel,tower,vertex",
    },
];

/// The files that each package has.
const REQUIRED: [&str; 4] = ["Cargo.toml", "LICENSE-APACHE", "LICENSE-MIT", "README.md"];
/// The keys that each manifest has, as cargo writes it into the package.
const METADATA: [&str; 9] = [
    "categories =",
    "description =",
    "keywords =",
    "license =",
    "readme =",
    "repository =",
    "rust-version =",
    "[package.metadata.docs.rs]",
    "rustdoc-args =",
];

fn run(args: &[&str]) -> Result<(), String> {
    let list_only = args.contains(&"--list");
    let named: Vec<&str> = args.iter().copied().filter(|word| *word != "--list").collect();
    if let Some(unknown) = named.iter().find(|name| PUBLISHED.iter().all(|krate| krate.name != **name)) {
        let names: Vec<&str> = PUBLISHED.iter().map(|krate| krate.name).collect();
        return Err(format!("`{unknown}` is not published; the published crates are {}", names.join(", ")));
    }
    let version = version()?;
    let folder = target().join("package-check");
    packaged()?;
    unpacked(&folder, &version)?;
    listed(&folder, &version)?;
    if list_only {
        return Ok(());
    }
    workspace(&folder, &version)?;
    fresh::write(&folder, &version)?;
    for krate in PUBLISHED.iter().filter(|krate| named.is_empty() || named.contains(&krate.name)) {
        tested(&folder, krate)?;
    }
    if named.is_empty() { fresh::run(&folder) } else { Ok(()) }
}

/// Returns the version that all crates have.
fn version() -> Result<String, String> {
    let manifest = root().join("Cargo.toml");
    let text = fs::read_to_string(&manifest).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let table: toml::Table = toml::from_str(&text).map_err(|error| format!("{}: {error}", manifest.display()))?;
    let found = table.get("workspace").and_then(|table| table.get("package")).and_then(|table| table.get("version"));
    found
        .and_then(toml::Value::as_str)
        .map(str::to_owned)
        .ok_or_else(|| format!("{}: [workspace.package] has no version; add one", manifest.display()))
}

/// Packages all crates at once, so that cargo takes those that are not on crates.io yet from each other.
fn packaged() -> Result<(), String> {
    let mut command = cargo(".", &["package", "--quiet", "--no-verify", "--allow-dirty"]);
    for krate in PUBLISHED {
        command.args(["--package", krate.name]);
    }
    finish(command, "the crates cannot be packaged; the lines above say why")
}

fn unpacked(folder: &Path, version: &str) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
    if folder.exists() {
        fs::remove_dir_all(folder).map_err(fail)?;
    }
    fs::create_dir_all(folder).map_err(fail)?;
    for krate in PUBLISHED {
        let mut command = program("tar");
        command.arg("xzf").arg(archive(krate, version)).arg("-C").arg(folder);
        finish(command, &format!("{} cannot be unpacked", krate.name))?;
    }
    Ok(())
}

fn archive(krate: &Published, version: &str) -> PathBuf {
    target().join("package").join(format!("{}-{version}.crate", krate.name))
}

/// Prints the files and sizes of each package, and checks that it has what a release needs.
fn listed(folder: &Path, version: &str) -> Result<(), String> {
    let mut problems = Vec::new();
    for krate in PUBLISHED {
        let at = folder.join(format!("{}-{version}", krate.name));
        let (mut files, mut bytes) = (Vec::new(), 0);
        sizes(&at, &at, &mut files, &mut bytes)?;
        let packed = fs::metadata(archive(krate, version)).map_or(0, |data| data.len());
        say(&format!(
            "{:18} {:4} files, {:5} KB, {:4} KB packed",
            krate.name,
            files.len(),
            bytes / 1024,
            packed / 1024
        ));
        let missing = REQUIRED.into_iter().filter(|name| !files.iter().any(|file| file == name));
        problems.extend(missing.map(|name| format!("{}: {name} is not in the package", krate.name)));
        problems.extend(lacking(krate, &at)?);
        // An example that lies outside of the crate is dropped without an error.
        if krate.name == "openai-ext" && !files.iter().any(|file| file == "examples/quickstart.rs") {
            problems.push("openai-ext: the examples are not in the package".into());
        }
    }
    if problems.is_empty() { Ok(()) } else { Err(problems.join("\n")) }
}

fn lacking(krate: &Published, at: &Path) -> Result<Vec<String>, String> {
    let path = at.join("Cargo.toml");
    let manifest = fs::read_to_string(&path).map_err(|error| format!("{}: {error}", path.display()))?;
    let lacks = METADATA.iter().filter(|key| !manifest.lines().any(|line| line.starts_with(*key)));
    Ok(lacks.map(|key| format!("{}: Cargo.toml has no {}", krate.name, key.trim_end_matches(" ="))).collect())
}

fn sizes(root: &Path, folder: &Path, files: &mut Vec<String>, bytes: &mut u64) -> Result<(), String> {
    let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
    for entry in fs::read_dir(folder).map_err(fail)? {
        let path = entry.map_err(fail)?.path();
        if path.is_dir() {
            sizes(root, &path, files, bytes)?;
        } else {
            files.push(path.strip_prefix(root).unwrap_or(&path).display().to_string());
            *bytes += fs::metadata(&path).map_err(fail)?.len();
        }
    }
    Ok(())
}

/// Writes a workspace of the unpacked crates, which take each other in place of crates.io.
fn workspace(folder: &Path, version: &str) -> Result<(), String> {
    let mut manifest = String::from("[workspace]\nresolver = \"3\"\nmembers = [");
    for krate in PUBLISHED {
        let _ = write!(manifest, "\"{}-{version}\", ", krate.name);
    }
    let _ = write!(manifest, "\"{}\"", fresh::NAME);
    manifest.push_str("]\n\n[profile.dev]\ndebug = false\n\n[patch.crates-io]\n");
    for krate in PUBLISHED {
        let _ = writeln!(manifest, "{0} = {{ path = \"{0}-{version}\" }}", krate.name);
    }
    let fail = |error: std::io::Error| format!("{}: {error}", folder.display());
    fs::write(folder.join("Cargo.toml"), manifest).map_err(fail)?;
    // The versions of this workspace, as far as the packages need them.
    fs::copy(root().join("Cargo.lock"), folder.join("Cargo.lock")).map_err(fail).map(drop)
}

fn tested(folder: &Path, krate: &Published) -> Result<(), String> {
    say(&format!("== testing {} from its package", krate.name));
    let mut command = program(env!("CARGO"));
    command.args(["test", "--quiet", "--package", krate.name, "--features", krate.features]).current_dir(folder);
    command.env("CARGO_TARGET_DIR", target().join("package-build"));
    finish(command, &format!("{} does not pass its tests from its package", krate.name))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::PUBLISHED;
    use crate::workspace::root;

    /// A package holds files of its own folder only, so each crate has a copy.
    #[test]
    fn each_crate_has_the_licences_of_the_workspace() -> std::io::Result<()> {
        for krate in PUBLISHED {
            for name in ["LICENSE-APACHE", "LICENSE-MIT"] {
                let ours = fs::read(root().join("crates").join(krate.name).join(name))?;
                assert!(ours == fs::read(root().join(name))?, "crates/{}/{name} is not a copy of {name}", krate.name);
            }
        }
        Ok(())
    }
}
