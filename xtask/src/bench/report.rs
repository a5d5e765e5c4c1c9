//! Tables for docs/performance.md.

use std::fmt;

use crate::workspace::{root, say};

const FILE: &str = "docs/performance.md";
const START: &str = "<!-- measured by `cargo xtask bench`: start -->";
const END: &str = "<!-- measured by `cargo xtask bench`: end -->";

/// A table with a heading, or the output of a program.
pub struct Table {
    heading: String,
    body: String,
}

impl Table {
    /// A table with these columns.
    pub fn new(heading: &str, columns: &[&str]) -> Self {
        let line = format!("| {} |\n|{}\n", columns.join(" | "), "---|".repeat(columns.len()));
        Self { heading: heading.to_owned(), body: line }
    }

    /// The output of a program as it is.
    pub fn plain(heading: &str, text: &str) -> Self {
        Self { heading: format!("`{heading}`"), body: format!("```text\n{}\n```\n", text.trim_end()) }
    }

    /// Adds a row.
    pub fn row(&mut self, cells: &[&str]) {
        self.body.push_str(&format!("| {} |\n", cells.join(" | ")));
    }
}

impl fmt::Display for Table {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "### {}\n\n{}", self.heading, self.body)
    }
}

/// Puts the tables, below the versions, between the marks in docs/performance.md, in the place of those of the last time.
///
/// # Errors
/// The file has no marks, or cannot be written.
pub fn write(tables: &[Table], versions: &str) -> Result<(), String> {
    let path = root().join(FILE);
    let text = std::fs::read_to_string(&path).map_err(|error| format!("{FILE}: {error}"))?;
    let parts = text.split_once(START).and_then(|(before, rest)| Some((before, rest.split_once(END)?.1)));
    let (before, after) = parts.ok_or_else(|| format!("{FILE} wants the lines `{START}` and `{END}`"))?;
    let tables: Vec<String> = tables.iter().map(Table::to_string).collect();
    let tables = tables.join("\n");
    let text = format!("{before}{START}\n\n{versions}\n\n{tables}\n{END}{after}");
    std::fs::write(&path, text).map_err(|error| format!("{FILE}: {error}"))?;
    say(&tables);
    Ok(())
}
