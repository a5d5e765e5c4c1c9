//! Lines that do not compile: the compiler's message has to say what to write.
//!
//! `lines.rs` has a function for each line, and above it what the message says. All of them are one program, because the
//! compiler reports the errors of all functions in one run; it is started with the build that this test is linked with.

use std::collections::BTreeMap;
use std::error::Error;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::SystemTime;

use serde_json::Value;

use crate::TestResult;

const LINES: &str = include_str!("lines.rs");

/// A function of `lines.rs`.
#[derive(Debug)]
struct Line {
    name: String,
    /// Parts of the message.
    says: Vec<String>,
    /// The first line after the function.
    end: usize,
}

#[test]
fn messages_say_what_to_write() -> TestResult {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("refused-lines");
    std::fs::create_dir_all(&folder)?;
    let Some(library) = library(&folder)? else { return Ok(()) };
    let found = compile(&library, &folder, "lines", LINES)?;
    let lines = lines(LINES)?;
    assert!(lines.len() >= 20, "there are only {} lines", lines.len());
    let mut messages: BTreeMap<&str, String> = BTreeMap::new();
    for (number, message) in found {
        let line = lines.iter().find(|line| number < line.end).ok_or_else(|| format!("outside: {message}"))?;
        *messages.entry(&line.name).or_default() += &message;
    }
    let mut missing = Vec::new();
    for line in &lines {
        let message = messages.get(line.name.as_str()).map_or("", String::as_str);
        let lacks: Vec<&String> = line.says.iter().filter(|says| !message.contains(says.as_str())).collect();
        if message.is_empty() || !lacks.is_empty() {
            missing.push(format!("`{}` lacks {lacks:?}:\n{message}", line.name));
        }
    }
    assert!(missing.is_empty(), "{}", missing.join("\n\n"));
    Ok(())
}

/// The functions of a program, in their order, each with the comments `// says: …` above it.
fn lines(text: &str) -> Result<Vec<Line>, Box<dyn Error>> {
    let mut lines = Vec::new();
    let mut says = Vec::new();
    let mut open: Option<String> = None;
    for (index, line) in text.lines().enumerate() {
        if let Some(text) = line.strip_prefix("// says: ") {
            says.push(text.to_owned());
        } else if let Some(rest) = line.strip_prefix("fn ").or(line.strip_prefix("async fn ")) {
            open = Some(rest.split(['(', '<']).next().unwrap_or_default().to_owned());
        } else if line == "}"
            && let Some(name) = open.take()
        {
            let says = std::mem::take(&mut says);
            if says.is_empty() {
                return Err(format!("`{name}` has no `// says: …`").into());
            }
            lines.push(Line { name, says, end: index + 2 });
        }
    }
    Ok(lines)
}

/// The library of openai-ext that was built last and has the features of these tests, beside this test.
fn library(folder: &Path) -> Result<Option<PathBuf>, Box<dyn Error>> {
    if Command::new(rustc()).arg("--version").output().is_err() {
        eprintln!("skipped: rustc can't be run");
        return Ok(None);
    }
    let mut found: Vec<(SystemTime, PathBuf)> = Vec::new();
    for entry in std::fs::read_dir(dependencies()?)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with("libopenai_ext-") && name.ends_with(".rlib") {
            found.push((path.metadata()?.modified()?, path));
        }
    }
    found.sort();
    let probe = "use openai_ext::{Client, prelude::*, tools, types, vector_stores};\npub fn probe(_: Client) {}\n";
    for (_, path) in found.into_iter().rev() {
        if compile(&path, folder, "probe", probe)?.is_empty() {
            return Ok(Some(path));
        }
    }
    Err("no build of openai-ext beside this test has its features".into())
}

/// Compiles a program, and returns its errors with the line of each.
fn compile(library: &Path, folder: &Path, name: &str, text: &str) -> Result<Vec<(usize, String)>, Box<dyn Error>> {
    let source = folder.join(format!("{name}.rs"));
    std::fs::write(&source, text)?;
    let mut rustc = Command::new(rustc());
    rustc.args(["--edition=2024", "--crate-type=lib", "--emit=metadata", "--error-format=json", "--cap-lints=allow"]);
    rustc.arg("--crate-name").arg(name).arg("--out-dir").arg(folder).arg(&source);
    rustc.arg("--extern").arg(format!("openai_ext={}", library.display()));
    rustc.arg("-L").arg(format!("dependency={}", dependencies()?.display()));
    let output = rustc.output()?;
    let mut errors = Vec::new();
    for line in String::from_utf8_lossy(&output.stderr).lines() {
        let Ok(message) = serde_json::from_str::<Value>(line) else { continue };
        let spans = message["spans"].as_array().map_or(&[][..], Vec::as_slice);
        let primary = spans.iter().find(|span| span["is_primary"] == true).and_then(|span| span["line_start"].as_u64());
        match (message["level"].as_str(), primary) {
            (Some("error"), Some(number)) => {
                errors.push((usize::try_from(number)?, message["rendered"].as_str().unwrap_or_default().to_owned()));
            }
            // The count of the errors, which is the last message.
            (Some("error"), None) if errors.is_empty() => errors.push((0, message["message"].to_string())),
            _ => {}
        }
    }
    Ok(errors)
}

fn rustc() -> std::ffi::OsString {
    std::env::var_os("RUSTC").unwrap_or_else(|| "rustc".into())
}

/// The folder with the libraries that this test is linked with.
fn dependencies() -> Result<PathBuf, Box<dyn Error>> {
    Ok(std::env::current_exe()?.parent().ok_or("this test is in no folder")?.to_owned())
}
