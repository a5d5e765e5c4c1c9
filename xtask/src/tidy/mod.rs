//! `cargo xtask tidy`: the structure of the workspace, read from its sources.
//!
//! The rules, for hand-written code:
//! - Imports between sibling modules, each taken with all below it, form no circle. See [`graph`] and [`paths`].
//! - A folder has at most [`size::ENTRIES`] entries, a file at most [`size::LINES`] lines.
//! - The numbers in `xtask/tidy.toml` do not grow: comments that begin with a question word, see [`docs`], such sentences
//!   of documents, see [`prose`], and names that several types of a crate have.

mod docs;
mod graph;
mod names;
mod paths;
mod prose;
mod settings;
mod size;
mod source;

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::path::Path;

use self::graph::{Graph, Ties};
use self::settings::Crate;
use self::size::Sizes;
use self::source::Source;
use crate::command::{Command, nearest};
use crate::workspace::root;

/// The command.
pub const COMMAND: Command = Command {
    name: "tidy",
    summary: "Checks the structure of the hand-written code: no circle of imports between sibling modules, no folder \
              of more than 16 entries, no file of more than 500 lines, and no more exceptions than xtask/tidy.toml keeps.",
    usage: "[--crate NAME] [--edges]",
    arguments: &[
        ("--crate NAME", "Checks one crate only"),
        ("--edges", "Prints the imports between the top-level modules, with the number of names"),
    ],
    example: "tidy --crate openai-runtime --edges",
    needs: "nothing",
    writes: "nothing",
    hands_on: false,
    run,
};

const SETTINGS: &str = "xtask/tidy.toml";

fn run(args: &[&str]) -> Result<(), String> {
    let mut only = None;
    let mut edges = false;
    let mut words = args.iter();
    while let Some(word) = words.next() {
        match *word {
            "--edges" => edges = true,
            "--crate" => only = Some(*words.next().ok_or_else(|| COMMAND.usage_line())?),
            _ => return Err(COMMAND.usage_line()),
        }
    }
    let root = root();
    let (crates, documents) = settings::read(&root.join(SETTINGS))?;
    let names: Vec<&str> = crates.iter().map(|krate| krate.name.as_str()).collect();
    if let Some(only) = only.filter(|only| !names.contains(only)) {
        return Err(format!("{SETTINGS} has no crate `{only}`{}", nearest(only, &names)));
    }
    let chosen: Vec<&Crate> = crates.iter().filter(|krate| only.is_none_or(|only| only == krate.name)).collect();
    let mut total = Report::default();
    for report in all(&root, &chosen, edges) {
        let report = report?;
        println!("{}", report.line);
        total.add(report);
    }
    if let Some(documents) = documents.filter(|_| only.is_none()) {
        let found = prose::questions(&root, &documents.paths)?;
        println!("{:16} {} sentences that begin with a question word", "prose", found.len());
        total.kept("prose", "questions", found.len(), documents.questions, &found);
    }
    print!("{}", total.notes);
    println!("{} modules, {} circles, {} cfg in all", total.modules, total.circles, total.conditions);
    match total.problems.len() {
        0 => Ok(()),
        1 => Err(format!("\n{}\n\ntidy found 1 problem", total.problems[0])),
        count => Err(format!("\n{}\n\ntidy found {count} problems", total.problems.join("\n"))),
    }
}

/// Checks the crates, each on a thread of its own.
fn all(root: &Path, crates: &[&Crate], edges: bool) -> Vec<Result<Report, String>> {
    std::thread::scope(|scope| {
        let runs: Vec<_> = crates.iter().map(|krate| scope.spawn(move || check(root, krate, edges))).collect();
        let ended = runs.into_iter().map(|run| run.join());
        ended
            .map(|result| result.unwrap_or_else(|_| Err("a check panicked; the lines above say where".into())))
            .collect()
    })
}

/// The findings of one crate or of several.
#[derive(Default)]
struct Report {
    line: String,
    modules: usize,
    circles: usize,
    conditions: usize,
    /// Prints, but fails nothing.
    notes: String,
    problems: Vec<String>,
}

impl Report {
    fn add(&mut self, other: Self) {
        self.modules += other.modules;
        self.circles += other.circles;
        self.conditions += other.conditions;
        self.notes += &other.notes;
        self.problems.extend(other.problems);
    }

    /// Compares a count with the number that the settings keep.
    fn kept(&mut self, krate: &str, key: &str, counted: usize, kept: usize, places: &[String]) {
        if counted > kept {
            let places = places.join("\n  ");
            self.problems.push(format!("{krate}: {key} grew from {kept} to {counted}:\n  {places}"));
        } else if counted < kept {
            let _ = writeln!(self.notes, "{krate}: {key} fell to {counted}: write {counted} for {kept} in {SETTINGS}");
        }
    }
}

fn check(root: &Path, krate: &Crate, edges: bool) -> Result<Report, String> {
    let folder = root.join(&krate.path);
    let source = Source::read(&folder)?;
    let sizes = Sizes::of(root, &krate.folders)?;
    let graph = Graph::of(&source);
    let mut report = Report { modules: source.modules.len(), conditions: sizes.conditions, ..Report::default() };
    circles(krate, &graph, &mut report);
    limits(&sizes, &mut report);
    let questions = docs::questions(&source);
    let places: Vec<String> =
        questions.iter().map(|(file, line)| format!("{}/{}: {line}", krate.path, file.display())).collect();
    report.kept(&krate.name, "question_docs", questions.len(), krate.question_docs, &places);
    let repeated = repeated_types(krate, &source);
    report.kept(&krate.name, "repeated_types", repeated.len(), krate.repeated_types, &repeated);
    let largest = |list: &[(std::path::PathBuf, usize)]| {
        list.first().map_or_else(String::new, |(path, size)| format!("{size} {}", path.display()))
    };
    report.line = format!(
        "{:16} {:3} modules, {} circles, {:3} cfg, docs {}, types {}; largest folder {}, file {}",
        krate.name,
        report.modules,
        report.circles,
        report.conditions,
        questions.len(),
        repeated.len(),
        largest(&sizes.folders),
        largest(&sizes.files),
    );
    if edges {
        for (from, to, names) in graph.top_level() {
            let _ = write!(report.line, "\n  {from} -> {to} ({names})");
        }
    }
    Ok(report)
}

fn circles(krate: &Crate, graph: &Graph<'_>, report: &mut Report) {
    for circle in graph.circles() {
        report.circles += 1;
        report.problems.push(format!(
            "{}: circle of {} in {}: {}{}",
            krate.name,
            circle.modules.len(),
            circle.parent,
            circle.modules.join(", "),
            tied(krate, &circle.ties),
        ));
    }
    for (above, both) in graph.up_and_down() {
        let names = Vec::from_iter(both.names).join(", ");
        let inside = above.parent().unwrap_or(Path::new(""));
        let below: Vec<_> = both.below.iter().map(|file| file.strip_prefix(inside).unwrap_or(file).display()).collect();
        let below: Vec<String> = below.iter().map(ToString::to_string).collect();
        let above = above.display();
        let _ = writeln!(
            report.notes,
            "{}: {above} defines {names} for modules that it uses itself: {}",
            krate.name,
            below.join(", ")
        );
    }
}

/// Returns a line for each import.
fn tied(krate: &Crate, ties: &Ties) -> String {
    let line = |((from, to), names): (&(std::path::PathBuf, std::path::PathBuf), &BTreeSet<String>)| {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        format!("\n  {}/{} -> {}: {}", krate.path, from.display(), to.display(), names.join(", "))
    };
    ties.iter().map(line).collect()
}

fn limits(sizes: &Sizes, report: &mut Report) {
    for (folder, entries) in sizes.folders.iter().filter(|(_, entries)| *entries > size::ENTRIES) {
        let most = size::ENTRIES;
        report
            .problems
            .push(format!("{}: {entries} entries; a folder has at most {most}: group them", folder.display()));
    }
    for (file, lines) in sizes.files.iter().filter(|(_, lines)| *lines > size::LINES) {
        let most = size::LINES;
        report.problems.push(format!("{}: {lines} lines; a file has at most {most}: split it", file.display()));
    }
}

/// Returns each name that types of several modules have, with their files.
fn repeated_types(krate: &Crate, source: &Source) -> Vec<String> {
    let mut named: BTreeMap<String, BTreeMap<String, String>> = BTreeMap::new();
    for (name, module) in names::types(source) {
        let file = source.modules[module].file.display().to_string();
        // Two files of one module are two forms of it under `cfg`.
        named.entry(name).or_default().insert(source.path(module), file);
    }
    let repeated = named.into_iter().filter(|(_, modules)| modules.len() > 1);
    let line = |(name, modules): (String, BTreeMap<String, String>)| {
        let files: BTreeSet<String> = modules.into_values().collect();
        format!("{} {name}: {}", krate.name, files.into_iter().collect::<Vec<_>>().join(", "))
    };
    repeated.map(line).collect()
}
