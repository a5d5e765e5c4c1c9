//! Changes of types: fields, values of enums, forms of unions, bounds.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::change::{Change, ChangeKind};
use super::names::PublicNames;
use super::view::{SchemaView, is_nullable, reference};
use crate::areas::{AreaMap, UNREACHED, members};

/// Schemas inside each other that are compared; deeper ones are circles of documents that name their types anew.
const MAX_DEPTH: usize = 24;

/// Compares the component schemas of two documents that the API reaches, by their public names. Returns how many these are.
pub(super) fn compare_components(
    old: &Value,
    new: &Value,
    names: &PublicNames,
    changes: &mut Vec<Change>,
) -> [usize; 2] {
    let areas = [old, new].map(|document| names.reached(document));
    let [before, after] = [(old, &areas[0]), (new, &areas[1])].map(|(document, areas)| public(document, areas, names));
    let change = |kind: ChangeKind, area: &str, name: &str| Change {
        area: area.to_owned(),
        kind,
        place: String::new(),
        name: name.to_owned(),
    };
    for (name, (schema, _)) in before.iter().filter(|(name, _)| !after.contains_key(*name)) {
        changes.push(change(ChangeKind::TypeRemoved, areas[0].of_schema(schema), name));
    }
    for (name, (schema, newer)) in &after {
        match before.get(name) {
            None => changes.push(change(ChangeKind::TypeAdded, areas[1].of_schema(schema), name)),
            Some((_, older)) => {
                Pair::new([old, new], areas[1].of_schema(schema), names, changes).compare(older, newer, name);
            }
        }
    }
    [before.len(), after.len()]
}

/// The schemas that the API reaches, by their public names: the component's name and the schema.
fn public<'a>(document: &'a Value, areas: &AreaMap, names: &PublicNames) -> BTreeMap<String, (&'a str, &'a Value)> {
    let schemas = members(document, "/components/schemas");
    let reached = schemas.filter(|(name, _)| areas.of_schema(name) != UNREACHED);
    reached.map(|(name, schema)| (names.schema(name), (name.as_str(), schema))).collect()
}

/// Two documents whose schemas are compared, for one area.
pub(super) struct Pair<'a, 'c> {
    documents: [&'a Value; 2],
    area: &'c str,
    names: &'c PublicNames,
    changes: &'c mut Vec<Change>,
    seen: BTreeSet<(&'a str, &'a str)>,
    depth: usize,
}

impl<'a, 'c> Pair<'a, 'c> {
    pub(super) fn new(
        documents: [&'a Value; 2],
        area: &'c str,
        names: &'c PublicNames,
        changes: &'c mut Vec<Change>,
    ) -> Self {
        Self { documents, area, names, changes, seen: BTreeSet::new(), depth: 0 }
    }

    /// Compares two schemas of the same place. What both refer to by the same name is compared as a component.
    pub(super) fn compare(&mut self, old: &'a Value, new: &'a Value, place: &str) {
        let references = (reference(old), reference(new));
        if let (Some(before), Some(after)) = references {
            let is_same = self.names.schema(before) == self.names.schema(after);
            if is_same || !self.seen.insert((before, after)) {
                return;
            }
        }
        if self.depth > MAX_DEPTH {
            return;
        }
        self.depth += 1;
        let before = SchemaView::of(self.documents[0], old, self.names);
        let after = SchemaView::of(self.documents[1], new, self.names);
        if before.type_kind() == after.type_kind() {
            self.compare_fields(&before, &after, place);
            self.compare_values(&before, &after, place);
            self.compare_forms(&before, &after, place);
            self.compare_inner(before.items, after.items, &format!("{place}[]"));
            self.compare_inner(before.entries, after.entries, &format!("{place}.*"));
            self.compare_facts(&before, &after, place);
        } else {
            let was = before.type_name(self.documents[0], self.names);
            let is = after.type_name(self.documents[1], self.names);
            self.add(ChangeKind::TypeChanged, place, &format!("{was} -> {is}"));
        }
        self.depth -= 1;
    }

    fn compare_inner(&mut self, old: Option<&'a Value>, new: Option<&'a Value>, place: &str) {
        if let (Some(old), Some(new)) = (old, new) {
            let (was, is) = (is_nullable(old), is_nullable(new));
            if was != is {
                let name = SchemaView::of(self.documents[1], new, self.names).type_name(self.documents[1], self.names);
                let text = |null: bool| format!("{name}{}", if null { " or null" } else { "" });
                self.add(ChangeKind::TypeChanged, place, &format!("{} -> {}", text(was), text(is)));
            }
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
                // What may be null is an `Option`, which no constructor asks for.
                let is_argument = required && !is_nullable(field);
                let kind = if is_argument { ChangeKind::FieldAddedRequired } else { ChangeKind::FieldAdded };
                self.add(kind, place, name);
                continue;
            };
            let always_null = is_nullable(older) && is_nullable(field);
            match (before.required.contains(name), required) {
                (false, true) if always_null => self.add(ChangeKind::NullableFieldRequired, place, name),
                (true, false) if always_null => self.add(ChangeKind::NullableFieldOptional, place, name),
                (false, true) => self.add(ChangeKind::FieldRequired, place, name),
                (true, false) => self.add(ChangeKind::FieldOptional, place, name),
                _ => {}
            }
            match (is_nullable(older), is_nullable(field)) {
                (false, true) if required => self.add(ChangeKind::FieldNullable, place, name),
                (true, false) if required => self.add(ChangeKind::FieldNeverNull, place, name),
                _ => {}
            }
            self.compare(older, field, &format!("{place}.{name}"));
        }
    }

    fn compare_values(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        // An enum that lost or got its values altogether is another type, not a list of values.
        match (before.values.is_empty(), after.values.is_empty()) {
            (true, true) => return,
            (false, false) => {}
            _ if before.is_union() && !(before.has_text_form() && after.has_text_form()) => return,
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

    fn compare_forms(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        for (had, has, kind) in [
            (before.has_text_form(), after.has_text_form(), ChangeKind::FormAdded),
            (after.has_text_form(), before.has_text_form(), ChangeKind::FormRemoved),
        ] {
            if before.is_union() && !had && has {
                self.add(kind, place, "string");
            }
        }
        for label in before.forms.keys().filter(|label| !after.forms.contains_key(*label)) {
            self.add(ChangeKind::FormRemoved, place, label);
        }
        for (label, new) in &after.forms {
            match before.forms.get(label) {
                None => self.add(ChangeKind::FormAdded, place, label),
                Some(old) => self.compare(old, new, &format!("{place}<{label}>")),
            }
        }
    }

    /// Compares what changes no type. Only a bound or default that is known before and after can be said to change.
    fn compare_facts(&mut self, before: &SchemaView<'a>, after: &SchemaView<'a>, place: &str) {
        let keys: BTreeSet<&str> = before.facts.keys().chain(after.facts.keys()).copied().collect();
        for key in keys {
            let (was, is) = (before.facts.get(key), after.facts.get(key));
            if was == is {
                continue;
            }
            let text = |fact: Option<&&Value>| fact.map_or_else(|| "none".to_owned(), |value| shown(value));
            match key {
                "deprecated" if is == Some(&&Value::Bool(true)) => self.add(ChangeKind::FieldDeprecated, "", place),
                "deprecated" => {}
                // The only value of a field is its default in any case.
                "default" if after.values.len() == 1 => {}
                "default" => {
                    self.add(ChangeKind::DefaultChanged, place, &format!("{} -> {}", text(was), text(is)));
                }
                _ => self.add(ChangeKind::BoundChanged, place, &format!("{key} {} -> {}", text(was), text(is))),
            }
        }
        if let (Some(was), Some(is)) = (before.text_format(), after.text_format())
            && was != is
        {
            self.add(ChangeKind::FormatChanged, place, &format!("{was} -> {is}"));
        }
    }

    pub(super) fn add(&mut self, kind: ChangeKind, place: &str, name: &str) {
        self.changes.push(Change { area: self.area.to_owned(), kind, place: place.to_owned(), name: name.to_owned() });
    }
}

fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
