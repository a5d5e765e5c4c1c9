//! The changes as text, short enough for an entry of a changelog.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::{self, Write as _};

use super::Changes;
use super::change::{Change, ChangeKind, Impact};

/// Lines and names that are shown; the rest is counted.
#[derive(Clone, Copy)]
struct Limits {
    /// Lines of one area in each section.
    breaking: usize,
    added: usize,
    changed: usize,
    /// Names in a line.
    names: usize,
    /// The names of new types are shown, not their number.
    types: bool,
}

const SHORT: Limits = Limits { breaking: 20, added: 6, changed: 3, names: 10, types: false };
const ALL: Limits =
    Limits { breaking: usize::MAX, added: usize::MAX, changed: usize::MAX, names: usize::MAX, types: true };

impl Changes {
    /// Writes every change. `to_string` counts what goes beyond an entry of a changelog.
    pub fn to_full_text(&self) -> String {
        self.text(ALL)
    }

    fn text(&self, limits: Limits) -> String {
        let mut text = String::new();
        for (index, kind) in ["operations", "webhooks", "types"].iter().enumerate() {
            let (before, after) = (self.before[index], self.after[index]);
            let separator = if index == 0 { "" } else { ", " };
            let counts = if before == after { after.to_string() } else { format!("{before} -> {after}") };
            let _ = write!(text, "{separator}{counts} {kind}");
        }
        text += ".\n";
        for (title, impact, lines) in [
            ("Breaking", Impact::Breaking, limits.breaking),
            ("Added", Impact::Added, limits.added),
            ("Changed", Impact::Changed, limits.changed),
        ] {
            let mut areas: BTreeMap<&str, Vec<&Change>> = BTreeMap::new();
            for change in self.changes.iter().filter(|change| change.kind.impact() == impact) {
                areas.entry(&change.area).or_default().push(change);
            }
            if !areas.is_empty() {
                let _ = write!(text, "\n## {title}\n\n");
            }
            for (area, changes) in areas {
                text += &area_text(area, &changes, lines, limits);
            }
        }
        if self.changes.is_empty() {
            text += "\nNo changes.\n";
        }
        text
    }
}

impl fmt::Display for Changes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text(SHORT))
    }
}

fn area_text(area: &str, changes: &[&Change], max: usize, limits: Limits) -> String {
    let lines = lines(changes, limits);
    if let [(_, line)] = lines.as_slice() {
        return format!("- **{area}**: {line}\n");
    }
    let mut text = format!("- **{area}**:\n");
    let shown = if lines.len() > max.saturating_add(1) { max } else { lines.len() };
    for (_, line) in &lines[..shown] {
        let _ = writeln!(text, "  - {line}");
    }
    let mut rest: BTreeMap<ChangeKind, usize> = BTreeMap::new();
    for (kind, _) in &lines[shown..] {
        *rest.entry(*kind).or_default() += 1;
    }
    if !rest.is_empty() {
        let rest: Vec<String> =
            rest.iter().map(|(kind, count)| format!("{}: {count}", kind.label().to_lowercase())).collect();
        let _ = writeln!(text, "  - And {}.", rest.join(", "));
    }
    text
}

/// A line for each set of names that the same kind of change has at one or several places.
fn lines(changes: &[&Change], limits: Limits) -> Vec<(ChangeKind, String)> {
    let mut places: BTreeMap<(ChangeKind, &str), BTreeSet<&str>> = BTreeMap::new();
    for change in changes {
        places.entry((change.kind, &change.place)).or_default().insert(&change.name);
    }
    let mut groups: BTreeMap<(ChangeKind, BTreeSet<&str>), BTreeSet<&str>> = BTreeMap::new();
    for ((kind, place), names) in places {
        groups.entry((kind, names)).or_default().insert(place);
    }
    let mut lines: Vec<(ChangeKind, String)> =
        groups.iter().map(|((kind, names), at)| (*kind, line(*kind, names, at, limits))).collect();
    lines.sort_by_key(|(kind, _)| *kind);
    lines
}

fn line(kind: ChangeKind, names: &BTreeSet<&str>, places: &BTreeSet<&str>, limits: Limits) -> String {
    let label = kind.label();
    let listed = |names: &[String]| listed(names, limits.names);
    if places.iter().all(|place| place.is_empty()) {
        return match kind {
            ChangeKind::TypeAdded if !limits.types => format!("{label}: {}.", names.len()),
            ChangeKind::OperationAdded | ChangeKind::OperationRemoved | ChangeKind::OperationDeprecated => {
                format!("{label}: {}.", by_resource(names).join(", "))
            }
            ChangeKind::WebhookAdded | ChangeKind::WebhookRemoved => format!("{label}: {}.", quoted(names).join(", ")),
            _ => format!("{label}: {}.", listed(&without_twins(names))),
        };
    }
    format!("{label}: {} of {}.", listed(&quoted(names)), listed(&without_twins(places)))
}

/// Operations with the verbs of a resource, or the methods of a path, together; those of a beta twin are left out.
fn by_resource(names: &BTreeSet<&str>) -> Vec<String> {
    let mut groups: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for name in names.iter().filter(|name| !is_twin(name, names)) {
        match (name.split_once(' '), name.rsplit_once('.')) {
            (Some((method, path)), _) => groups.entry(path).or_default().push(method),
            (None, Some((resource, verb))) => groups.entry(resource).or_default().push(verb),
            (None, None) => groups.entry(name).or_default().push(""),
        }
    }
    let group = |(place, verbs): (&str, Vec<&str>)| match (place.starts_with('/'), verbs.as_slice()) {
        (true, verbs) => format!("`{} {place}`", verbs.join("|")),
        (false, [verb]) => format!("`{place}.{verb}`"),
        (false, verbs) => format!("`{place}.{{{}}}`", verbs.join(", ")),
    };
    groups.into_iter().map(group).collect()
}

/// Names without the beta forms of others among them.
fn without_twins(names: &BTreeSet<&str>) -> Vec<String> {
    let kept: BTreeSet<&str> = names.iter().copied().filter(|name| !is_twin(name, names)).collect();
    quoted(&kept)
}

fn is_twin(name: &str, names: &BTreeSet<&str>) -> bool {
    let plain = name.strip_prefix("Beta").or_else(|| name.strip_prefix("beta."));
    let path = name.split_once("?beta=true").map(|(path, rest)| format!("{path}{rest}"));
    plain.is_some_and(|plain| names.contains(plain)) || path.is_some_and(|path| names.contains(path.as_str()))
}

fn quoted(names: &BTreeSet<&str>) -> Vec<String> {
    names.iter().map(|name| format!("`{name}`")).collect()
}

fn listed(names: &[String], max: usize) -> String {
    let shown = if names.len() > max.saturating_add(1) { max } else { names.len() };
    let rest = names.len() - shown;
    let text = names[..shown].join(", ");
    if rest == 0 { text } else { format!("{text} and {rest} more") }
}
