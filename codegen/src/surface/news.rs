//! New public names.

use std::collections::{BTreeMap, BTreeSet};

use super::{NameEntry, NameKind, Surface};

/// The kind of a difference. The order is that of the report.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum NewsKind {
    /// A name is gone, and what had it as well.
    Dropped,
    /// A name is gone, but what had it has another one.
    Renamed,
    /// An operation is new.
    Operation,
    /// A webhook is new.
    Webhook,
    /// A type, or a second name of one, is new.
    Type,
    /// A union has a new form.
    Form,
    /// An enum has a new value.
    Value,
}

/// One difference.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct NewsItem {
    /// The area of the name.
    pub area: String,
    /// The kind.
    pub kind: NewsKind,
    /// The name: of what is new, or of what is gone.
    pub name: String,
    /// The new name of what is renamed, the place of what is new.
    pub detail: String,
}

/// The differences between the committed names and those of now.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct News {
    /// The differences by area, kind and name.
    pub items: Vec<NewsItem>,
}

impl News {
    /// Compares the names before with those of now.
    pub fn between(before: &Surface, now: &Surface) -> Self {
        let is_gone = |name: &str, other: &Surface| !name.contains("::") && !other.names.contains_key(name);
        let mut gone = names(before, |name| is_gone(name, now));
        let mut fresh = names(now, |name| is_gone(name, before));
        let mut renamed = renamed(&gone, &fresh);
        let older: BTreeMap<&str, &str> = renamed.iter().map(|(old, new)| (*new, *old)).collect();
        // Forms and values are told only of types that both have, by the same name or another one.
        let gone_members = names(before, |name| is_missing(name, now, &renamed));
        let new_members = names(now, |name| is_missing(name, before, &older));
        renamed.extend(self::renamed(&gone_members, &new_members));
        gone.extend(gone_members);
        fresh.extend(new_members);
        let new_names: BTreeSet<&str> = renamed.values().copied().collect();
        let mut items = Vec::new();
        for (name, entry) in &gone {
            let (kind, detail) = match renamed.get(name) {
                Some(new) => (NewsKind::Renamed, (*new).to_owned()),
                None => (NewsKind::Dropped, entry.place.clone()),
            };
            items.push(item(entry, kind, name, detail));
        }
        for (name, entry) in fresh.iter().filter(|(name, _)| !new_names.contains(*name)) {
            let kind = match entry.kind {
                NameKind::Operation => NewsKind::Operation,
                NameKind::Webhook => NewsKind::Webhook,
                NameKind::Type | NameKind::Alias => NewsKind::Type,
                NameKind::Form => NewsKind::Form,
                NameKind::Value => NewsKind::Value,
            };
            let same = if entry.kind == NameKind::Alias { "= " } else { "" };
            items.push(item(entry, kind, name, format!("{same}{}", entry.place)));
        }
        items.sort();
        Self { items }
    }

    /// Returns what has to be written by hand: the new forms and values of types that code matches by hand. `matched`
    /// has the files of that code by the type's name.
    pub fn to_do(&self, now: &Surface, matched: &BTreeMap<String, Vec<String>>) -> Vec<String> {
        let mut out = Vec::new();
        for item in self.items.iter().filter(|item| matches!(item.kind, NewsKind::Form | NewsKind::Value)) {
            let Some((owner, member)) = item.name.split_once("::") else { continue };
            for (name, files) in matched.iter().filter(|(name, _)| now.resolve(name) == owner) {
                out.push(format!("{name}::{member} is new: handle it, or decide not to, in {}", files.join(", ")));
            }
        }
        out
    }

    /// Returns the names that are gone, each with the name that replaces it if there is one.
    pub fn removed(&self) -> Self {
        let is_gone = |item: &&NewsItem| matches!(item.kind, NewsKind::Dropped | NewsKind::Renamed);
        Self { items: self.items.iter().filter(is_gone).cloned().collect() }
    }
}

fn item(entry: &NameEntry, kind: NewsKind, name: &str, detail: String) -> NewsItem {
    NewsItem { area: entry.area.clone(), kind, name: name.to_owned(), detail }
}

type Entries<'a> = BTreeMap<&'a str, &'a NameEntry>;

fn names<'a>(of: &'a Surface, wanted: impl Fn(&str) -> bool) -> Entries<'a> {
    of.names.iter().map(|(name, entry)| (name.as_str(), entry)).filter(|(name, _)| wanted(name)).collect()
}

/// Says if a form or value belongs to a type that the other surface has, and is missing there.
fn is_missing(name: &str, other: &Surface, renamed: &BTreeMap<&str, &str>) -> bool {
    let Some((owner, member)) = name.split_once("::") else { return false };
    let owner = renamed.get(owner).copied().unwrap_or(owner);
    other.names.contains_key(owner) && !other.has(&format!("{owner}::{member}"))
}

/// The new name of each that is gone, where exactly one new name is of the same kind and place.
fn renamed<'a>(gone: &Entries<'a>, fresh: &Entries<'a>) -> BTreeMap<&'a str, &'a str> {
    let mut found = BTreeMap::new();
    for (name, entry) in gone.iter().filter(|(_, entry)| !entry.place.is_empty()) {
        let owner = |name: &'a str| name.split_once("::").map(|(owner, _)| owner);
        let is_same = |(other, candidate): &(&&'a str, &&'a NameEntry)| {
            candidate.kind == entry.kind && candidate.place == entry.place && owner(other) == owner(name)
        };
        // `poll` and the retrieving verb are two names of one operation.
        let last = |name: &'a str| name.rsplit('.').next().filter(|last| ["poll", "send_and_poll"].contains(last));
        let mut candidates = fresh.iter().filter(is_same).filter(|(other, _)| last(other) == last(name));
        if let (Some((new, _)), None) = (candidates.next(), candidates.next()) {
            found.insert(*name, *new);
        }
    }
    found
}
