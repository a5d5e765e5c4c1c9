//! The rows, and the program that each is made into.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use toml::{Table, Value};

use crate::workspace::program;

/// A program: openai-ext with some features, beside other crates.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) quick: bool,
    /// A library that pkg-config has to know, or nothing.
    pub(super) needs: String,
    ours: Vec<String>,
    parts: Vec<String>,
    dependencies: Table,
}

/// Reads the rows of the workspace.
pub(super) fn read(root: &Path) -> Result<Vec<Row>, String> {
    let path = root.join("tests/neighbours/rows.toml");
    let wrong = |why: String| format!("{}: {why}", path.display());
    let text = fs::read_to_string(&path).map_err(|error| wrong(error.to_string()))?;
    let table: Table = text.parse().map_err(|error| wrong(format!("{error}")))?;
    let rows = table.get("row").and_then(Value::as_array).ok_or_else(|| wrong("has no [[row]]".into()))?;
    rows.iter().map(|row| Row::new(row).ok_or_else(|| wrong(format!("a row has no `name`: {row}")))).collect()
}

impl Row {
    fn new(row: &Value) -> Option<Self> {
        let text = |name| row.get(name).and_then(Value::as_str).map(str::to_owned);
        let list = |name| {
            let values = row.get(name).and_then(Value::as_array).into_iter().flatten();
            values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
        };
        Some(Self {
            name: text("name")?,
            quick: row.get("quick").and_then(Value::as_bool).unwrap_or_default(),
            needs: text("needs").unwrap_or_default(),
            ours: list("ours"),
            parts: list("parts"),
            dependencies: row.get("dependencies").and_then(Value::as_table).cloned().unwrap_or_default(),
        })
    }

    /// Returns true if what the row needs is installed. On other systems than Linux it is part of the platform.
    pub(super) fn is_possible(&self) -> bool {
        let known = || program("pkg-config").args(["--exists", &self.needs]).status();
        self.needs.is_empty() || !cfg!(target_os = "linux") || known().is_ok_and(|status| status.success())
    }

    /// Writes the program. Its versions begin as those of the workspace's lock file.
    pub(super) fn write(&self, root: &Path, folder: &Path) -> Result<(), String> {
        let own = folder.join(&self.name);
        let write = || {
            fs::create_dir_all(own.join("src"))?;
            fs::copy(root.join("tests/neighbours/program.rs"), own.join("src/main.rs"))?;
            fs::copy(root.join("Cargo.lock"), own.join("Cargo.lock"))?;
            fs::write(own.join("Cargo.toml"), self.manifest(root))
        };
        write().map_err(|error| format!("the program in {} can't be written: {error}", own.display()))
    }

    fn manifest(&self, root: &Path) -> String {
        let path = Value::String(root.join("crates/openai-ext").display().to_string());
        let mut text = format!(
            "[package]\nname = \"{}\"\nedition = \"2024\"\npublish = false\n\n[workspace]\n\n[features]\n",
            self.name
        );
        let _ = writeln!(text, "default = {:?}", self.parts);
        for part in PARTS {
            let _ = writeln!(text, "{part} = []");
        }
        let _ = writeln!(text, "\n[dependencies]");
        let _ =
            writeln!(text, "openai-ext = {{ path = {path}, default-features = false, features = {:?} }}", self.ours);
        let _ = writeln!(text, "tokio = {{ version = \"1\", features = [\"rt\"] }}");
        for (name, value) in &self.dependencies {
            let _ = writeln!(text, "{name} = {value}");
        }
        text
    }
}

/// The features of the program.
const PARTS: [&str; 9] =
    ["theirs", "theirs-tls", "given", "ring", "aws-lc", "before", "after", "configures", "two-providers"];
