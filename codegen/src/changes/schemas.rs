//! Changes of types: fields, values of enums, alternatives of unions.

use std::collections::BTreeSet;

use serde_json::Value;

use super::change::{Change, ChangeKind};
use super::view::{SchemaView, reference};
use crate::areas::{AreaMap, members};

/// Schemas inside each other that are compared; deeper ones are circles of documents that name their types anew.
const MAX_DEPTH: usize = 24;

/// Compares the component schemas of two documents.
pub(super) fn compare_components(
    old: &Value,
    new: &Value,
    before: &AreaMap,
    after: &AreaMap,
    changes: &mut Vec<Change>,
) {
    let schemas = "/components/schemas";
    let gone = members(old, schemas).filter(|(name, _)| schema(new, name).is_none());
    let change = |kind: ChangeKind, area: &str, name: &str| Change {
        breaking: kind.is_breaking(),
        area: area.to_owned(),
        kind,
        place: String::new(),
        name: name.to_owned(),
    };
    changes.extend(gone.map(|(name, _)| change(ChangeKind::TypeRemoved, before.of_schema(name), name)));
    for (name, newer) in members(new, schemas) {
        match schema(old, name) {
            None => changes.push(change(ChangeKind::TypeAdded, after.of_schema(name), name)),
            Some(older) => {
                let mut pair = Pair::new(old, new, after.of_schema(name), changes);
                pair.compare(older, newer, name);
            }
        }
    }
}

fn schema<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    document.get("components")?.get("schemas")?.get(name)
}

/// Two documents whose schemas are compared, for one area.
pub(super) struct Pair<'a, 'c> {
    old: &'a Value,
    new: &'a Value,
    area: &'a str,
    changes: &'c mut Vec<Change>,
    seen: BTreeSet<(&'a str, &'a str)>,
    depth: usize,
}

impl<'a, 'c> Pair<'a, 'c> {
    pub(super) fn new(old: &'a Value, new: &'a Value, area: &'a str, changes: &'c mut Vec<Change>) -> Self {
        Self { old, new, area, changes, seen: BTreeSet::new(), depth: 0 }
    }

    /// Compares two schemas of the same place. What both refer to by the same name is compared as a component.
    pub(super) fn compare(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        if old == new && reference(old).is_some() || self.depth > MAX_DEPTH {
            return;
        }
        if let (Some(old), Some(new)) = (reference(old), reference(new))
            && (old == new || !self.seen.insert((old, new)))
        {
            return;
        }
        self.depth += 1;
        let (before, after) = (SchemaView::of(self.old, old), SchemaView::of(self.new, new));
        let (was, is) = (before.type_name(), after.type_name());
        if was == is {
            self.compare_fields(&before, &after, place);
            self.compare_values(&before, &after, place);
            self.compare_alternatives(&before, &after, place);
            self.compare_inner(before.items, after.items, &format!("{place}[]"));
            self.compare_inner(before.entries, after.entries, &format!("{place}.*"));
        } else {
            self.add(ChangeKind::TypeChanged, place, &format!("{was} -> {is}"));
        }
        self.depth -= 1;
    }

    fn compare_inner(&mut self, old: Option<&'a Value>, new: Option<&'a Value>, place: &str) {
        if let (Some(old), Some(new)) = (old, new) {
            self.compare(old, new, place);
        }
    }

    fn compare_fields(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        for name in before.fields.keys().filter(|name| !after.fields.contains_key(*name)) {
            self.add(ChangeKind::FieldRemoved, place, name);
        }
        for (name, field) in &after.fields {
            let required = after.required.contains(name);
            let Some(older) = before.fields.get(name) else {
                self.add(if required { ChangeKind::FieldRequired } else { ChangeKind::FieldAdded }, place, name);
                continue;
            };
            match (before.required.contains(name), required) {
                (false, true) => self.add(ChangeKind::FieldRequired, place, name),
                (true, false) => self.add(ChangeKind::FieldOptional, place, name),
                _ => {}
            }
            let null = |schema: &Value| schema.get("nullable") == Some(&Value::Bool(true));
            match (null(older), null(field)) {
                (false, true) if required => self.add(ChangeKind::FieldNull, place, &format!("{name} may be null now")),
                (true, false) if required => {
                    self.add(ChangeKind::FieldNull, place, &format!("{name} is never null now"))
                }
                _ => {}
            }
            self.compare(older, field, &format!("{place}.{name}"));
        }
    }

    fn compare_values(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        // An enum that lost or got its values altogether is another type, not a list of values.
        match (before.values.is_empty(), after.values.is_empty()) {
            (false, false) => {}
            (true, true) => return,
            (was_free, _) => {
                let (was, is) = if was_free { ("any value", "an enum") } else { ("an enum", "any value") };
                return self.add(ChangeKind::TypeChanged, place, &format!("{was} -> {is}"));
            }
        }
        for value in before.values.difference(&after.values) {
            self.add(ChangeKind::ValueRemoved, place, value);
        }
        for value in after.values.difference(&before.values) {
            self.add(ChangeKind::ValueAdded, place, value);
        }
    }

    fn compare_alternatives(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        for label in before.alternatives.keys().filter(|label| !after.alternatives.contains_key(*label)) {
            self.add(ChangeKind::AlternativeRemoved, place, label);
        }
        for (label, new) in &after.alternatives {
            match before.alternatives.get(label) {
                None => self.add(ChangeKind::AlternativeAdded, place, label),
                // The values of an open enum are those of the enum beside the string.
                Some(old) if label == "enum" || label == "string" => self.compare(old, new, place),
                Some(old) => self.compare(old, new, &format!("{place}<{label}>")),
            }
        }
    }

    pub(super) fn add(&mut self, kind: ChangeKind, place: &str, name: &str) {
        self.changes.push(Change {
            breaking: kind.is_breaking(),
            area: self.area.to_owned(),
            kind,
            place: place.to_owned(),
            name: name.to_owned(),
        });
    }
}
