//! The overlay of what one document has and an older one has not.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::areas::{self, AreaMap};
use crate::yaml;

/// The differences of two imported documents, as far as an overlay can add them.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Supplement {
    /// The additions, by area and place.
    pub actions: Vec<Action>,
    /// Places where the newer document changes or lacks something. An overlay of additions leaves them as they are.
    pub left: Vec<String>,
}

/// One addition to a place of the document.
#[derive(Clone, Debug, PartialEq)]
pub struct Action {
    /// The area of the place.
    pub area: String,
    /// The place, as a JSONPath.
    pub target: String,
    /// The members or list items to add there.
    pub update: Value,
}

/// Finds what to add to `base` to get `newer`; both are imported documents.
pub fn between(base: &Value, newer: &Value) -> Supplement {
    let mut found = Found { areas: AreaMap::of(newer, &BTreeMap::new()), ..Found::default() };
    found.compare(base, newer, &mut Vec::new());
    let Found { mut supplement, .. } = found;
    supplement.actions.sort_by(|a, b| (&a.area, order(a), &a.target).cmp(&(&b.area, order(b), &b.target)));
    supplement
}

/// Operations come before the types that they use.
fn order(action: &Action) -> usize {
    ["$.paths", "$['x-webhooks']"].iter().position(|start| action.target.starts_with(start)).unwrap_or(2)
}

impl Supplement {
    /// Writes the overlay. `title` says what it is for, `source` where the additions are known from.
    pub fn to_yaml(&self, title: &str, source: &str) -> String {
        let actions = self.actions.iter().map(|Action { area, target, update }| {
            json!({ "target": target, "description": format!("{area}: known from {source}."), "update": update })
        });
        let overlay = json!({
            "overlay": "1.0.0",
            "info": { "title": title, "version": "1" },
            "x-additions-only": true,
            "actions": actions.collect::<Vec<_>>(),
        });
        overlay_text(&overlay)
    }
}

/// The text of supplement.yaml.
pub fn overlay_text(overlay: &Value) -> String {
    format!("# Written by `cargo xtask spec supplement`. Do not edit.\n{}", yaml::to_string(overlay))
}

/// A step from a value to one inside it.
#[derive(Clone, Debug)]
enum Step {
    Key(String),
    Index(usize),
}

#[derive(Default)]
struct Found {
    areas: AreaMap,
    supplement: Supplement,
}

impl Found {
    fn compare(&mut self, base: &Value, newer: &Value, at: &mut Vec<Step>) {
        match (base, newer) {
            (Value::Object(base), Value::Object(newer)) => self.compare_maps(base, newer, at),
            (Value::Array(base), Value::Array(newer)) if base != newer => self.compare_lists(base, newer, at),
            (base, newer) if base == newer => {}
            (base, newer) => self.leave(at, &format!("{} is {} by now", brief(base), brief(newer))),
        }
    }

    fn compare_maps(&mut self, base: &Map<String, Value>, newer: &Map<String, Value>, at: &mut Vec<Step>) {
        for key in base.keys().filter(|key| !newer.contains_key(*key)) {
            self.leave(at, &format!("`{key}` is gone"));
        }
        let added = newer.iter().filter(|(key, _)| !base.contains_key(*key));
        let added: Vec<(String, Value)> = added.map(|(key, value)| (key.clone(), value.clone())).collect();
        // Each member of these tables has an area of its own.
        let keys: Vec<&str> = at.iter().map(|step| if let Step::Key(key) = step { key } else { "" }).collect();
        if matches!(keys.as_slice(), ["paths" | "x-webhooks"] | ["components", _]) {
            for (key, value) in added {
                let area = self.area(&[at.as_slice(), &[Step::Key(key.clone())]].concat());
                self.add(area, at, json!({ key: value }));
            }
        } else if !added.is_empty() {
            let area = self.area(at);
            self.add(area, at, Value::Object(added.into_iter().collect()));
        }
        for (key, value) in base {
            if let Some(newer) = newer.get(key) {
                at.push(Step::Key(key.clone()));
                self.compare(value, newer, at);
                at.pop();
            }
        }
    }

    fn compare_lists(&mut self, base: &[Value], newer: &[Value], at: &mut Vec<Step>) {
        let added: Vec<Value> = newer.iter().filter(|item| !base.contains(item)).cloned().collect();
        if base.iter().all(|item| newer.contains(item)) {
            if !added.is_empty() {
                let area = self.area(at);
                self.add(area, at, Value::Array(added));
            }
            return;
        }
        if let (Some(old), Some(new)) = (item_keys(base), item_keys(newer)) {
            return self.compare_keyed_lists((&old, base), (&new, newer), at);
        }
        if is_open_list(base) && is_open_list(newer) {
            let gone: Vec<String> =
                base.iter().filter(|item| !newer.contains(item)).map(|item| format!("`{}`", item_name(item))).collect();
            self.leave(at, &format!("the list lost {}", gone.join(", ")));
            if !added.is_empty() {
                let area = self.area(at);
                self.add(area, at, Value::Array(added));
            }
            return;
        }
        // Items that changed are found by their position, provided that each only grew.
        let mut inner = Found { areas: std::mem::take(&mut self.areas), ..Found::default() };
        for (index, (base, newer)) in base.iter().zip(newer).enumerate() {
            at.push(Step::Index(index));
            inner.compare(base, newer, at);
            at.pop();
        }
        if let Some(rest) = newer.get(base.len()..).filter(|rest| !rest.is_empty()) {
            let area = inner.area(at);
            inner.add(area, at, Value::Array(rest.to_vec()));
        }
        self.areas = std::mem::take(&mut inner.areas);
        if newer.len() < base.len() {
            self.leave(at, "the list lost items");
        } else if newer.len() > base.len() && !inner.supplement.left.is_empty() {
            self.leave(at, "items of the list changed");
        } else {
            self.supplement.actions.extend(inner.supplement.actions);
            self.supplement.left.extend(inner.supplement.left);
        }
    }

    /// Compares lists whose items are told apart by what they are called.
    fn compare_keyed_lists(&mut self, base: (&[String], &[Value]), newer: (&[String], &[Value]), at: &mut Vec<Step>) {
        for (index, (key, item)) in base.0.iter().zip(base.1).enumerate() {
            match newer.0.iter().position(|other| other == key) {
                Some(place) => {
                    at.push(Step::Index(index));
                    self.compare(item, &newer.1[place], at);
                    at.pop();
                }
                None => self.leave(at, &format!("the list lost `{}`", item_name(item))),
            }
        }
        let added = newer.0.iter().zip(newer.1).filter(|(key, _)| !base.0.contains(key));
        let added: Vec<Value> = added.map(|(_, item)| item.clone()).collect();
        if !added.is_empty() {
            let area = self.area(at);
            self.add(area, at, Value::Array(added));
        }
    }

    fn add(&mut self, area: String, at: &[Step], update: Value) {
        self.supplement.actions.push(Action { area, target: json_path(at), update });
    }

    fn leave(&mut self, at: &[Step], what: &str) {
        self.supplement.left.push(format!("{}: {what}", json_path(at)));
    }

    fn area(&self, at: &[Step]) -> String {
        match at {
            [Step::Key(table), Step::Key(path), ..] if table == "paths" => areas::of_path(path),
            [Step::Key(table), ..] if table == "x-webhooks" => areas::WEBHOOKS,
            [Step::Key(table), Step::Key(section), Step::Key(name), ..]
                if table == "components" && section == "schemas" =>
            {
                self.areas.of_schema(name)
            }
            _ => areas::SHARED,
        }
        .to_owned()
    }
}

/// The key that tells the items of a list apart: the component that they refer to, name and location of a parameter, the tag of a
/// union's form. `None` if an item has none of these, or two have the same.
fn item_keys(items: &[Value]) -> Option<Vec<String>> {
    let key = |item: &Value| {
        let text = |pointer: &str| item.pointer(pointer).and_then(Value::as_str);
        let tag = || text("/properties/type/enum/0").map(|tag| format!("tag {tag}"));
        let parameter = || Some(format!("{} {}", text("/in")?, text("/name")?));
        text("/$ref").map(str::to_owned).or_else(parameter).or_else(tag)
    };
    let keys: Vec<String> = items.iter().map(key).collect::<Option<_>>()?;
    (keys.iter().collect::<BTreeSet<_>>().len() == keys.len()).then_some(keys)
}

/// Says if a list is of several strings or numbers. One value alone is a constant, and another one beside it would make it
/// something else.
fn is_open_list(items: &[Value]) -> bool {
    items.len() > 1 && items.iter().all(|item| item.is_string() || item.is_number())
}

fn brief(value: &Value) -> String {
    match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        scalar => format!("`{scalar}`"),
    }
}

fn json_path(steps: &[Step]) -> String {
    let mut path = "$".to_owned();
    for step in steps {
        match step {
            Step::Index(index) => path += &format!("[{index}]"),
            Step::Key(key) => path += &member(key),
        }
    }
    path
}

/// A member as JSONPath writes it.
fn member(key: &str) -> String {
    match is_plain(key) {
        true => format!(".{key}"),
        false => format!("['{}']", key.replace('\\', "\\\\").replace('\'', "\\'")),
    }
}

fn is_plain(key: &str) -> bool {
    key.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_')
        && key.chars().all(|c| c.is_ascii_alphanumeric() || c == '_')
}

/// The entries of an update that the place has already, as JSONPaths that go on from the place.
///
/// A member that both have is no entry but a way to deeper ones, as long as both are objects or lists.
pub fn known(place: &Value, update: &Value) -> Vec<String> {
    let mut out = BTreeSet::new();
    find_known(place, update, "", &mut out);
    out.into_iter().collect()
}

fn find_known(place: &Value, update: &Value, at: &str, out: &mut BTreeSet<String>) {
    match (place, update) {
        (Value::Object(place), Value::Object(update)) if !update.is_empty() => {
            for (key, value) in update {
                if let Some(old) = place.get(key) {
                    find_known(old, value, &format!("{at}{}", member(key)), out);
                }
            }
        }
        (Value::Array(place), Value::Array(update)) => {
            let items = update.iter().filter(|item| place.iter().any(|old| same_item(old, item)));
            out.extend(items.map(|item| format!("{at}[{}]", item_name(item))));
        }
        _ => {
            out.insert(at.to_owned());
        }
    }
}

/// Returns what an update adds to a place beyond the entries that the place has already; `None` if it adds nothing.
pub fn rest(place: &Value, update: &Value) -> Option<Value> {
    let rest = match (place, update) {
        (Value::Object(place), Value::Object(update)) => {
            let members = update.iter().filter_map(|(key, value)| {
                let value = place.get(key).map_or_else(|| Some(value.clone()), |old| rest(old, value));
                Some((key.clone(), value?))
            });
            Value::Object(members.collect())
        }
        (Value::Array(place), Value::Array(update)) => {
            let items = update.iter().filter(|item| !place.iter().any(|old| same_item(old, item)));
            Value::Array(items.cloned().collect())
        }
        _ => return None,
    };
    let is_empty = rest.as_object().is_some_and(Map::is_empty) || rest.as_array().is_some_and(Vec::is_empty);
    (!is_empty).then_some(rest)
}

/// Parameters are the same by name and location; anything else if it is equal.
fn same_item(old: &Value, new: &Value) -> bool {
    let named = new.get("name").is_some() && new.get("in").is_some();
    old == new || named && old.get("name") == new.get("name") && old.get("in") == new.get("in")
}

fn item_name(item: &Value) -> String {
    let name = item.as_str().or_else(|| item.get("name")?.as_str()).or_else(|| item.get("$ref")?.as_str());
    name.map_or_else(|| item.to_string(), str::to_owned)
}
