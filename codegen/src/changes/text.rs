//! The changes as text, short enough for an entry of a changelog.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use super::Changes;
use super::change::{Change, ChangeKind};

/// Lines of one area among the breaking changes; the rest is counted.
const MAX_BREAKING: usize = 20;
/// Lines of one area among the additions; the rest is counted.
const MAX_ADDED: usize = 6;
/// Names in one line; the rest is counted.
const MAX_NAMES: usize = 10;

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, what) in ["operations", "webhooks", "types"].iter().enumerate() {
            let (before, after) = (self.before[index], self.after[index]);
            let separator = if index == 0 { "" } else { ", " };
            match before == after {
                true => write!(f, "{separator}{after} {what}")?,
                false => write!(f, "{separator}{before} -> {after} {what}")?,
            }
        }
        writeln!(f, ".")?;
        for (title, breaking, max) in [("Breaking", true, MAX_BREAKING), ("Added", false, MAX_ADDED)] {
            let mut areas: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
            for change in self.changes.iter().filter(|change| change.breaking == breaking) {
                areas.entry(&change.area).or_default().push(change);
            }
            if areas.is_empty() {
                continue;
            }
            writeln!(f, "\n## {title}\n")?;
            for (area, changes) in areas {
                write_area(f, area, &changes, max)?;
            }
        }
        if self.changes.is_empty() {
            writeln!(f, "\nNo changes.")?;
        }
        Ok(())
    }
}

fn write_area(f: &mut fmt::Formatter<'_>, area: &str, changes: &[&Change], max: usize) -> fmt::Result {
    let lines = lines(changes);
    if let [(_, line)] = lines.as_slice() {
        return writeln!(f, "- **{area}**: {line}");
    }
    writeln!(f, "- **{area}**:")?;
    let shown = if lines.len() > max + 1 { max } else { lines.len() };
    for (_, line) in &lines[..shown] {
        writeln!(f, "  - {line}")?;
    }
    let mut rest: BTreeMap<ChangeKind, usize> = BTreeMap::new();
    for (kind, _) in &lines[shown..] {
        *rest.entry(*kind).or_default() += 1;
    }
    if !rest.is_empty() {
        let rest: Vec<String> =
            rest.iter().map(|(kind, count)| format!("{}: {count}", kind.label().to_lowercase())).collect();
        writeln!(f, "  - And {}.", rest.join(", "))?;
    }
    Ok(())
}

/// A line for each set of names that the same kind of change has at one or several places.
fn lines(changes: &[&Change]) -> Vec<(ChangeKind, String)> {
    let mut places: BTreeMap<(ChangeKind, &str), BTreeSet<&str>> = BTreeMap::new();
    for change in changes {
        places.entry((change.kind, &change.place)).or_default().insert(&change.name);
    }
    let mut groups: BTreeMap<(ChangeKind, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for ((kind, place), names) in places {
        groups.entry((kind, names)).or_default().insert(place);
    }
    let mut lines: Vec<(ChangeKind, String)> =
        groups.iter().map(|((kind, names), at)| (*kind, line(*kind, names, at))).collect();
    lines.sort_by_key(|(kind, _)| *kind);
    lines
}

fn line(kind: ChangeKind, names: &BTreeSet<&str>, places: &BTreeSet<&str>) -> String {
    let label = kind.label();
    if places.iter().all(|place| place.is_empty()) {
        return match kind {
            ChangeKind::TypeAdded => format!("{label}: {}.", names.len()),
            ChangeKind::OperationAdded | ChangeKind::OperationRemoved => {
                format!("{label}: {}.", listed(&by_path(names)))
            }
            _ => format!("{label}: {}.", listed(&without_twins(names))),
        };
    }
    format!("{label}: {} of {}.", listed(&quoted(names)), listed(&without_twins(places)))
}

/// Operations with the methods of a path together; those that differ from another one by a query are its twins.
fn by_path(names: &BTreeSet<&str>) -> Vec<String> {
    let mut paths: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names {
        let (method, path) = name.split_once(' ').unwrap_or(("", name));
        let is_twin =
            path.split_once('?').is_some_and(|(plain, _)| names.contains(format!("{method} {plain}").as_str()));
        if !is_twin {
            paths.entry(path).or_default().push(method);
        }
    }
    paths.into_iter().map(|(path, methods)| format!("`{} {path}`", methods.join("|"))).collect()
}

/// Names without the beta forms of others among them.
fn without_twins(names: &BTreeSet<&str>) -> Vec<String> {
    let is_twin = |name: &str| {
        name.strip_prefix("Beta").is_some_and(|plain| names.contains(plain))
            || name
                .split_once("?beta=true")
                .is_some_and(|(path, rest)| names.contains(format!("{path}{rest}").as_str()))
    };
    let kept: BTreeSet<&str> = names.iter().copied().filter(|name| !is_twin(name)).collect();
    quoted(&kept)
}

fn quoted(names: &BTreeSet<&str>) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn listed(names: &[String]) -> String {
    let shown = if names.len() > MAX_NAMES + 1 { MAX_NAMES } else { names.len() };
    let rest = names.len() - shown;
    let text = names[..shown].join(", ");
    if rest == 0 { text } else { format!("{text} and {rest} more") }
}
