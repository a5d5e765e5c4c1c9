//! Every `$ref` to a schema becomes one to a component; every other one gives way to what it refers to.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use super::super::error::{ImportError, Problem};
use super::super::grammar::Kind;
use super::super::pointer::{Pointer, escape, unescape};
use super::notes::Notes;
use super::tree::{self, kind_at};
use crate::ir::pascal;

const SCHEMAS: &str = "#/components/schemas/";

/// A reference as the document has it.
struct Reference {
    /// The tokens that lead to the object that has it.
    at: Vec<String>,
    key: &'static str,
    kind: Kind,
    target: String,
}

/// The end of a reference.
enum Goal {
    Component(String),
    Place(Vec<String>),
    Nothing,
}

/// The places that have a name of their own.
#[derive(Default)]
struct Index {
    anchors: BTreeMap<String, Vec<Vec<String>>>,
    ids: BTreeMap<String, Vec<String>>,
    references: Vec<Reference>,
    mappings: Vec<Vec<String>>,
}

/// Gives every reference to a schema the form `#/components/schemas/NAME`; a schema in another place moves there.
///
/// # Errors
/// A reference leads into another file.
pub(super) fn normalise(document: &mut Value, notes: &mut Notes) -> Result<(), ImportError> {
    let index = Index::of(document);
    let mut lifts = Lifts::new(document);
    for reference in &index.references {
        let goal = index.find(document, reference)?;
        let target = match goal {
            Goal::Component(name) => Some(lifts.renamed(&name)),
            Goal::Place(place) if reference.kind == Kind::Schema => Some(lifts.name(&place)),
            Goal::Place(place) => {
                set(document, reference, Some(text(&place)));
                continue;
            }
            Goal::Nothing => {
                let reason = format!("`{}` is not {} of the document", reference.target, reference.kind.name());
                let reason = if reference.kind == Kind::Schema { reason + ": any JSON" } else { reason };
                notes.add_text(format!("{}/{}", pointer(&reference.at), reference.key), reason);
                None
            }
        };
        set(document, reference, target.map(|name| format!("{SCHEMAS}{name}")));
    }
    for at in &index.mappings {
        map_values(document, at, &index, &lifts, notes);
    }
    lifts.apply(document);
    Ok(())
}

impl Index {
    fn of(document: &mut Value) -> Self {
        let mut index = Self::default();
        tree::outer_first(document, &mut |kind, map, at| {
            if kind == Kind::Discriminator && map.contains_key("mapping") {
                index.mappings.push(tree::tokens(&at.text()));
            }
            let keys = ["$ref", "$dynamicRef", "$recursiveRef"].into_iter();
            let keys = keys.filter(|key| *key == "$ref" || kind == Kind::Schema);
            if section(kind).is_some() {
                let mut found = keys.filter_map(|key| Some((key, map.get(key)?.as_str()?)));
                if let Some((key, target)) = found.next_back() {
                    let at = tree::tokens(&at.text());
                    index.references.push(Reference { at, key, kind, target: target.trim().to_owned() });
                }
            }
            if kind == Kind::Schema {
                index.named(map, at);
            }
        });
        index
    }

    fn named(&mut self, map: &Map<String, Value>, at: &Pointer<'_>) {
        for key in ["$anchor", "$dynamicAnchor"] {
            if let Some(Value::String(name)) = map.get(key) {
                self.anchors.entry(name.clone()).or_default().push(tree::tokens(&at.text()));
            }
        }
        for key in ["$id", "id"] {
            let Some(Value::String(id)) = map.get(key) else { continue };
            match id.strip_prefix('#') {
                Some(name) => self.anchors.entry(name.to_owned()).or_default().push(tree::tokens(&at.text())),
                None => {
                    self.ids.entry(id.trim_end_matches('#').to_owned()).or_insert_with(|| tree::tokens(&at.text()));
                }
            }
        }
    }

    fn find(&self, document: &Value, reference: &Reference) -> Result<Goal, ImportError> {
        let (base, fragment) = reference.target.split_once('#').unwrap_or((&reference.target, ""));
        if base.is_empty() {
            return Ok(self.within(document, &reference.at, fragment, reference.kind));
        }
        if let Some(home) = self.ids.get(base).or_else(|| self.relative(base)) {
            let steps = tree::tokens(&decoded(fragment));
            let place: Vec<String> = home.iter().cloned().chain(steps).collect();
            return Ok(self.goal(document, place, reference.kind));
        }
        if reference.kind == Kind::Schema && fragment.is_empty() && is_schema(document, base) {
            return Ok(Goal::Component(base.to_owned()));
        }
        let at = format!("{}/{}", pointer(&reference.at), reference.key);
        Err(ImportError::new(at, Problem::ExternalRef(reference.target.clone())))
    }

    /// The schema whose `$id` ends in a relative reference, if there is just one.
    fn relative(&self, base: &str) -> Option<&Vec<String>> {
        let ending = format!("/{}", base.trim_start_matches("./"));
        let mut found = self.ids.iter().filter(|(id, _)| id.ends_with(&ending));
        found.next().filter(|_| found.next().is_none()).map(|(_, place)| place)
    }

    fn within(&self, document: &Value, at: &[String], fragment: &str, kind: Kind) -> Goal {
        let fragment = decoded(fragment);
        if fragment.is_empty() {
            // The root of what a schema was pasted from.
            return match at {
                [first, second, name, ..] if first == "components" && second == "schemas" => {
                    Goal::Component(name.clone())
                }
                _ => Goal::Nothing,
            };
        }
        if !fragment.starts_with('/') {
            let places = self.anchors.get(&fragment).into_iter().flatten();
            let common = |place: &&Vec<String>| place.iter().zip(at).take_while(|(a, b)| a == b).count();
            return match places.max_by_key(common) {
                Some(place) => self.goal(document, place.clone(), kind),
                None => Goal::Nothing,
            };
        }
        let steps = tree::tokens(&fragment);
        if let [first, name] = steps.as_slice()
            && ["definitions", "$defs"].contains(&first.as_str())
            && kind == Kind::Schema
            && is_schema(document, name)
        {
            return Goal::Component(name.clone());
        }
        // A schema that was pasted with its definitions refers to them from its own root.
        let local = matches!(steps.first().map(String::as_str), Some("definitions" | "$defs" | "properties"));
        let roots = if local { at.len() } else { 0 };
        for root in (0..=roots).rev() {
            let place: Vec<String> = at[..root].iter().chain(&steps).cloned().collect();
            if let goal @ (Goal::Component(_) | Goal::Place(_)) = self.goal(document, place, kind) {
                return goal;
            }
        }
        Goal::Nothing
    }

    fn goal(&self, document: &Value, place: Vec<String>, kind: Kind) -> Goal {
        if kind_at(document, &place) != Some(kind) {
            return Goal::Nothing;
        }
        match place.as_slice() {
            [first, second, name] if first == "components" && second == "schemas" => Goal::Component(name.clone()),
            _ => Goal::Place(place),
        }
    }
}

/// The section of the components for a kind that a `$ref` may stand for.
pub(super) fn section(kind: Kind) -> Option<&'static str> {
    if kind == Kind::PathItem { Some("pathItems") } else { kind.section() }
}

/// Points the mapping of a discriminator at components; a value whose schema is not there is dropped.
fn map_values(document: &mut Value, at: &[String], index: &Index, lifts: &Lifts, notes: &mut Notes) {
    let Some(Value::Object(mapping)) = at_mut(document, at).and_then(|found| found.get_mut("mapping")) else { return };
    let mut mapping = std::mem::take(mapping);
    let mut kept = Map::new();
    for (value, target) in std::mem::take(&mut mapping) {
        let found = target.as_str().and_then(|target| {
            let stem = target.rsplit(['/', '#']).next().unwrap_or(target);
            let stem = stem.split('.').next().unwrap_or(stem);
            let in_place = target.strip_prefix('#').map(|fragment| index.within(document, at, fragment, Kind::Schema));
            match in_place {
                Some(Goal::Component(name)) => Some(name),
                _ if is_schema(document, target) => Some(target.to_owned()),
                _ => is_schema(document, &unescape(stem)).then(|| unescape(stem)),
            }
        });
        match found {
            Some(name) => {
                kept.insert(value, format!("{SCHEMAS}{}", lifts.renamed(&name)).into());
            }
            None => {
                let reason = format!("the schema of the value is not there: {target}");
                notes.add_text(format!("{}/mapping/{}", pointer(at), escape(&value)), reason);
            }
        }
    }
    if let Some(Value::Object(discriminator)) = at_mut(document, at) {
        discriminator.insert("mapping".to_owned(), Value::Object(kept));
    }
}

/// The schemas that move to the components, and the components whose names a pointer would have to escape.
struct Lifts {
    names: BTreeMap<Vec<String>, String>,
    renames: BTreeMap<String, String>,
    taken: BTreeSet<String>,
}

impl Lifts {
    fn new(document: &Value) -> Self {
        let schemas = document.pointer("/components/schemas").and_then(Value::as_object);
        let taken = schemas.into_iter().flatten().map(|(name, _)| name.clone()).collect();
        let mut lifts = Self { names: BTreeMap::new(), renames: BTreeMap::new(), taken };
        let hard: Vec<String> = lifts.taken.iter().filter(|name| name.contains(['~', '/'])).cloned().collect();
        for name in hard {
            let new = lifts.free(name.replace(['~', '/'], "_"));
            lifts.renames.insert(name, new);
        }
        lifts
    }

    fn renamed(&self, name: &str) -> String {
        self.renames.get(name).cloned().unwrap_or_else(|| name.to_owned())
    }

    /// The name of the component that a schema in another place becomes.
    fn name(&mut self, place: &[String]) -> String {
        const STRUCTURE: [&str; 14] = [
            "components",
            "schemas",
            "properties",
            "items",
            "schema",
            "content",
            "responses",
            "requestBody",
            "paths",
            "parameters",
            "application/json",
            "$defs",
            "definitions",
            "additionalProperties",
        ];
        if let Some(name) = self.names.get(place) {
            return name.clone();
        }
        let own = match place {
            [.., folder, name] if ["$defs", "definitions"].contains(&folder.as_str()) => Some(name.clone()),
            _ => None,
        };
        let words: Vec<&str> = place.iter().map(String::as_str).filter(|word| !STRUCTURE.contains(word)).collect();
        let own = own.filter(|name| !self.taken.contains(name) && !name.contains(['~', '/']));
        let name = self.free(own.unwrap_or_else(|| pascal(&words.join(" "))));
        self.names.insert(place.to_vec(), name.clone());
        name
    }

    fn free(&mut self, wanted: String) -> String {
        let mut name = wanted.clone();
        let mut number = 2;
        while !self.taken.insert(name.clone()) {
            name = format!("{wanted}{number}");
            number += 1;
        }
        name
    }

    /// Moves the schemas, the inner ones first, and renames.
    fn apply(self, document: &mut Value) {
        let mut lifts: Vec<(Vec<String>, String)> = self.names.into_iter().collect();
        lifts.sort_by_key(|(place, _)| std::cmp::Reverse(place.len()));
        for (place, name) in lifts {
            let Some(found) = at_mut(document, &place) else { continue };
            let schema = std::mem::replace(found, json!({ "$ref": format!("{SCHEMAS}{name}") }));
            if let Some(schemas) = schemas_mut(document) {
                schemas.insert(name, schema);
            }
        }
        if let (false, Some(schemas)) = (self.renames.is_empty(), schemas_mut(document)) {
            let renamed = std::mem::take(schemas).into_iter();
            *schemas =
                renamed.map(|(name, schema)| (self.renames.get(&name).cloned().unwrap_or(name), schema)).collect();
        }
    }
}

/// The component schemas, made where there are none.
pub(super) fn schemas_mut(document: &mut Value) -> Option<&mut Map<String, Value>> {
    let components = document.as_object_mut()?.entry("components").or_insert_with(|| json!({}));
    components.as_object_mut()?.entry("schemas").or_insert_with(|| json!({})).as_object_mut()
}

fn set(document: &mut Value, reference: &Reference, target: Option<String>) {
    let Some(Value::Object(map)) = at_mut(document, &reference.at) else { return };
    map.shift_remove(reference.key);
    match target {
        Some(target) => {
            map.insert("$ref".to_owned(), target.into());
        }
        // An object of another kind is nothing without what it stands for.
        None if reference.kind != Kind::Schema => map.clear(),
        None => {}
    }
}

fn at_mut<'v>(document: &'v mut Value, place: &[String]) -> Option<&'v mut Value> {
    place.iter().try_fold(document, |value, token| match value {
        Value::Object(map) => map.get_mut(token),
        Value::Array(items) => items.get_mut(token.parse::<usize>().ok()?),
        _ => None,
    })
}

fn is_schema(document: &Value, name: &str) -> bool {
    document.pointer("/components/schemas").is_some_and(|schemas| schemas.get(name).is_some())
}

fn pointer(place: &[String]) -> String {
    place.iter().map(|token| format!("/{}", escape(token))).collect()
}

fn text(place: &[String]) -> String {
    format!("#{}", pointer(place))
}

/// A fragment without its percent signs; what is no UTF-8 behind them stays.
fn decoded(fragment: &str) -> String {
    let mut bytes = Vec::with_capacity(fragment.len());
    let mut rest = fragment.as_bytes();
    while let Some((first, behind)) = rest.split_first() {
        let code = (*first == b'%').then(|| fragment_byte(behind)).flatten();
        bytes.push(code.unwrap_or(*first));
        rest = if code.is_some() { behind.get(2..).unwrap_or_default() } else { behind };
    }
    String::from_utf8(bytes).unwrap_or_else(|_| fragment.to_owned())
}

fn fragment_byte(digits: &[u8]) -> Option<u8> {
    let digits = std::str::from_utf8(digits.get(..2)?).ok()?;
    u8::from_str_radix(digits, 16).ok()
}
