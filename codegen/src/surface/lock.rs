//! The names as lines of names.lock.

use std::fmt;

use super::{NameEntry, NameKind, Surface};

const HEAD: &str =
    "# Written by `cargo xtask regen`: each public name, its kind, area and place in the document. Do not edit.\n";

const KINDS: [(NameKind, &str); 6] = [
    (NameKind::Operation, "operation"),
    (NameKind::Type, "type"),
    (NameKind::Alias, "alias"),
    (NameKind::Form, "form"),
    (NameKind::Value, "value"),
    (NameKind::Webhook, "webhook"),
];

impl Surface {
    /// Reads names.lock. A line that is only a name is a type, so that a lock of names alone can be read.
    pub fn parse(text: &str) -> Self {
        let lines = text.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
        let names = lines.map(|line| {
            let mut columns = line.split('\t');
            let mut next = || columns.next().unwrap_or_default();
            let (name, kind, area, place) = (next(), next(), next(), next());
            let known = KINDS.iter().find(|(_, word)| *word == kind).map(|(kind, _)| *kind);
            let kind = known.unwrap_or(if name.contains('.') { NameKind::Operation } else { NameKind::Type });
            (name.to_owned(), NameEntry { kind, area: area.to_owned(), place: place.to_owned() })
        });
        Self { names: names.collect() }
    }
}

impl fmt::Display for Surface {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(HEAD)?;
        for (name, NameEntry { kind, area, place }) in &self.names {
            let word = KINDS.iter().find(|(known, _)| known == kind).map_or("", |(_, word)| word);
            // A value is any string of the document; a line holds it without what would end the line.
            let place: String = place.chars().map(|c| if c.is_control() { ' ' } else { c }).collect();
            writeln!(f, "{}", format!("{name}\t{word}\t{area}\t{place}").trim_end())?;
        }
        Ok(())
    }
}
