//! The same ten programs in this SDK, in openai-python and in async-openai, and the number of their lines.
//!
//! The programs are in `tests/lines`, a folder for each SDK. One rule counts all of them: a line counts unless it is blank
//! or holds nothing but a comment. Imports, brackets and attributes count, in each language.

use std::fmt::Write as _;
use std::io;
use std::path::{Path, PathBuf};

/// The programs, in the order of the table.
pub const PROGRAMS: [(&str, &str); 10] = [
    ("hello", "one question and its answer"),
    ("chat_loop", "a chat at the terminal that keeps its history"),
    ("stream", "an answer that is printed as it arrives"),
    ("structured", "an answer as a value of a type"),
    ("tool_loop", "a function that the model calls"),
    ("file_search", "files into a vector store, and a search"),
    ("embeddings", "the cosine of two texts"),
    ("image", "an image in a file"),
    ("batch", "many requests in a batch"),
    ("proxy", "a web service that streams an answer"),
];

/// The numbers of lines of one program.
#[derive(Clone, Copy, Debug)]
pub struct Lines {
    /// The name of the program.
    pub name: &'static str,
    /// The task of the program.
    pub task: &'static str,
    /// With this SDK.
    pub ours: usize,
    /// With openai-python.
    pub python: usize,
    /// With async-openai.
    pub async_openai: usize,
}

/// Counts the lines of all programs.
///
/// # Errors
/// A program cannot be read.
pub fn count_all() -> io::Result<Vec<Lines>> {
    let count = |sdk: &str, name: &str, extension: &str| {
        let path = folder().join(sdk).join(format!("{name}.{extension}"));
        std::fs::read_to_string(path).map(|text| count(&text, if extension == "py" { "#" } else { "//" }))
    };
    let lines = |(name, task): (&'static str, &'static str)| {
        Ok(Lines {
            name,
            task,
            ours: count("openai-ext", name, "rs")?,
            python: count("python", name, "py")?,
            async_openai: count("async-openai", name, "rs")?,
        })
    };
    PROGRAMS.into_iter().map(lines).collect()
}

/// Counts the lines of a program that are not blank and hold more than a comment.
#[must_use]
pub fn count(text: &str, comment: &str) -> usize {
    text.lines().map(str::trim).filter(|line| !line.is_empty() && !line.starts_with(comment)).count()
}

/// Writes the table of docs/lines.md.
#[must_use]
pub fn table(lines: &[Lines]) -> String {
    let mut table =
        String::from("| program | openai-ext | openai-python | async-openai | to Python | to async-openai |\n");
    table += "|---|---|---|---|---|---|\n";
    let mut row = |name: &str, ours: usize, python: usize, peer: usize| {
        let (to_python, to_peer) = (ratio(ours, python), ratio(ours, peer));
        let _ = writeln!(table, "| {name} | {ours} | {python} | {peer} | {to_python:.2} | {to_peer:.2} |");
    };
    for line in lines {
        row(&format!("`{}`: {}", line.name, line.task), line.ours, line.python, line.async_openai);
    }
    let sum = |of: fn(&Lines) -> usize| lines.iter().map(of).sum();
    row("all", sum(|line| line.ours), sum(|line| line.python), sum(|line| line.async_openai));
    table
}

/// Divides two numbers of lines.
#[must_use]
pub fn ratio(lines: usize, others: usize) -> f64 {
    let float = |count: usize| u32::try_from(count).map_or(f64::NAN, f64::from);
    float(lines) / float(others)
}

/// The file with the table.
#[must_use]
pub fn document() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/lines.md")
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("lines")
}
