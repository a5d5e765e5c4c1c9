//! The value of each keyword gets the type that the grammar has for it, or is passed over.

use serde_json::{Map, Number, Value, json};

use super::super::grammar::{self, Kind, NameRule, TYPES, ValueShape};
use super::super::pointer::Pointer;
use super::notes::Notes;

/// Leaves in the document what the grammar has, in the form that it has there.
pub(super) fn fit(document: Value, notes: &mut Notes) -> Value {
    object(Kind::Document, document, &Pointer::ROOT, notes).unwrap_or_else(|| json!({}))
}

/// Does so with what references may stand for, before copies of it stand in many places.
pub(super) fn fit_reusable(document: &mut Value, notes: &mut Notes) {
    let root = Pointer::ROOT.key("components");
    for kind in [Kind::Parameter, Kind::RequestBody, Kind::Response, Kind::Header] {
        let Some(section) = kind.section() else { continue };
        let Some(found) = document.pointer_mut(&format!("/components/{section}")) else { continue };
        let entries = std::mem::take(found);
        *found = map(kind, NameRule::Sorted, entries, &root.key(section), notes).unwrap_or_else(|| json!({}));
    }
}

/// An object as the grammar has it; none if it lacks something without which it says nothing.
fn object(kind: Kind, value: Value, at: &Pointer<'_>, notes: &mut Notes) -> Option<Value> {
    let map = match value {
        Value::Object(map) => map,
        Value::Bool(_) if kind == Kind::Schema => return Some(value),
        Value::Null if kind == Kind::Response => Map::new(),
        other => {
            notes.add(at, format!("expected {}, found {}: passed over", kind.name(), short(&other)));
            return (kind == Kind::Schema).then(|| json!({}));
        }
    };
    let mut facts = Map::new();
    for (key, value) in map {
        let Some((keyword, _)) = grammar::find(kind, &key) else {
            match key.starts_with("x-") {
                // Counted by the step that drops them.
                true => {
                    facts.insert(key, value);
                }
                false => notes.keyword(&key, at),
            }
            continue;
        };
        if facts.contains_key(keyword.name) {
            notes.add(&at.key(&key), format!("`{}` is there twice: the first counts", keyword.name));
            continue;
        }
        if let Some(value) = shaped(keyword.shape, value, &at.key(&key), notes) {
            facts.insert(keyword.name.to_owned(), value);
        }
    }
    complete(kind, facts, at, notes).map(Value::Object)
}

/// Fills in what OpenAPI requires and readers can do without.
fn complete(
    kind: Kind,
    mut facts: Map<String, Value>,
    at: &Pointer<'_>,
    notes: &mut Notes,
) -> Option<Map<String, Value>> {
    if facts.contains_key("$ref") && kind.section().is_some() {
        return Some(facts);
    }
    // OpenAPI 3.1 allows a document without paths and an operation without responses.
    match kind {
        Kind::Document => drop(facts.entry("paths").or_insert_with(|| json!({}))),
        Kind::Operation => drop(facts.entry("responses").or_insert_with(|| json!({}))),
        _ => {}
    }
    let defaults: &[(&str, Value)] = match kind {
        Kind::Document => &[("info", json!({ "title": "API", "version": "0.0.0" }))],
        Kind::Info => &[("title", "API".into()), ("version", "0.0.0".into())],
        _ => &[],
    };
    for (key, value) in defaults {
        if !facts.contains_key(*key) {
            notes.add(at, format!("{} has no `{key}`: {value} stands for it", kind.name()));
            facts.insert((*key).to_owned(), value.clone());
        }
    }
    if kind == Kind::ServerVariable && !facts.contains_key("default") {
        let first = facts.get("enum").and_then(|values| values.get(0)).cloned();
        first.map(|first| facts.insert("default".to_owned(), first));
    }
    for keyword in grammar::table(kind).iter().filter(|keyword| keyword.required) {
        if !facts.contains_key(keyword.name) {
            notes.add(at, format!("{} without `{}`: passed over", kind.name(), keyword.name));
            return None;
        }
    }
    if matches!(kind, Kind::Parameter | Kind::Header) {
        match (facts.contains_key("schema"), facts.contains_key("content")) {
            (true, true) => {
                notes.add(&at.key("content"), "`content` beside `schema`: passed over");
                facts.shift_remove("content");
            }
            (false, false) => {
                notes.add(at, format!("{} without `schema`: a string", kind.name()));
                facts.insert("schema".to_owned(), json!({ "type": "string" }));
            }
            _ => {}
        }
    }
    Some(facts)
}

fn shaped(shape: ValueShape, value: Value, at: &Pointer<'_>, notes: &mut Notes) -> Option<Value> {
    let expected = match shape {
        ValueShape::One(kind) => return object(kind, value, at, notes),
        ValueShape::OneOrFlag(_) if value.is_boolean() => return Some(value),
        ValueShape::OneOrFlag(kind) => return object(kind, value, at, notes),
        ValueShape::List(kind) => return list(kind, value, at, notes),
        ValueShape::Map(kind, names) => return map(kind, names, value, at, notes),
        ValueShape::Prose | ValueShape::Any => return Some(value),
        ValueShape::Security => return Some(security(value, at, notes)),
        ValueShape::Texts => "a list of strings",
        ValueShape::TextMap => "an object of strings",
        ValueShape::Types => "a type",
        ValueShape::Choice(words) => {
            return choice(words, &value).or_else(|| wrong(at, &format!("one of {}", words.join(", ")), &value, notes));
        }
        ValueShape::Values => "a list with at least one value",
        ValueShape::Text => "a string",
        ValueShape::Flag => "true or false",
        ValueShape::Count => "a whole number, not negative",
        ValueShape::Number => "a number",
        ValueShape::Bound => "a number, true or false",
    };
    scalar(shape, &value).or_else(|| wrong(at, expected, &value, notes))
}

fn wrong(at: &Pointer<'_>, expected: &str, value: &Value, notes: &mut Notes) -> Option<Value> {
    notes.add(at, format!("expected {expected}, found {}: passed over", short(value)));
    None
}

/// A value that has no objects of the grammar in it, in the form that it has to have.
fn scalar(shape: ValueShape, value: &Value) -> Option<Value> {
    match shape {
        ValueShape::Text => text(value).map(Value::String),
        ValueShape::Flag => flag(value),
        ValueShape::Count => number(value).and_then(|number| {
            let float = number.as_f64()?;
            let is_count = float.fract() == 0.0 && (0.0..1e15).contains(&float);
            is_count.then(|| Value::from(float as u64))
        }),
        ValueShape::Number => number(value).map(Value::Number),
        ValueShape::Bound => flag(value).or_else(|| number(value).map(Value::Number)),
        ValueShape::Values => value.as_array().filter(|list| !list.is_empty()).map(|_| value.clone()),
        ValueShape::Types => match value {
            Value::Array(items) if !items.is_empty() => {
                items.iter().all(|item| choice(TYPES, item).is_some()).then(|| value.clone())
            }
            one => choice(TYPES, one),
        },
        ValueShape::Texts => {
            let items: Vec<Value> = match value {
                Value::Array(items) => items.iter().filter_map(text).map(Value::String).collect(),
                one => vec![Value::String(text(one).filter(|_| one.is_string())?)],
            };
            Some(Value::Array(items))
        }
        ValueShape::TextMap => {
            let entries = value.as_object()?.iter();
            Some(Value::Object(entries.filter_map(|(key, item)| Some((key.clone(), text(item)?.into()))).collect()))
        }
        _ => None,
    }
}

fn text(value: &Value) -> Option<String> {
    match value {
        Value::String(text) => Some(text.clone()),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(flag) => Some(flag.to_string()),
        _ => None,
    }
}

fn flag(value: &Value) -> Option<Value> {
    match value {
        Value::Bool(_) => Some(value.clone()),
        Value::String(text) => text.trim().to_ascii_lowercase().parse::<bool>().ok().map(Value::Bool),
        _ => None,
    }
}

fn number(value: &Value) -> Option<Number> {
    match value {
        Value::Number(number) => Some(number.clone()),
        Value::String(text) => {
            let text = text.trim();
            let whole = text.parse::<i64>().ok().map(Number::from);
            whole.or_else(|| text.parse::<f64>().ok().and_then(Number::from_f64))
        }
        _ => None,
    }
}

fn choice(words: &'static [&'static str], value: &Value) -> Option<Value> {
    let found = value.as_str()?;
    let exact = words.iter().find(|word| **word == found);
    let word = exact.or_else(|| words.iter().find(|word| word.eq_ignore_ascii_case(found)))?;
    Some((*word).into())
}

fn list(kind: Kind, value: Value, at: &Pointer<'_>, notes: &mut Notes) -> Option<Value> {
    let items = match value {
        Value::Array(items) => items,
        // One where a list is meant.
        one @ Value::Object(_) => vec![one],
        other => return wrong(at, "a list", &other, notes),
    };
    let items = items.into_iter().enumerate().map(|(index, item)| object(kind, item, &at.index(index), notes));
    // The step that settles parameters notes their places, so that none may move before.
    let items = items.filter_map(|item| item.or((kind == Kind::Parameter).then_some(Value::Null)));
    Some(Value::Array(items.collect()))
}

fn map(kind: Kind, names: NameRule, value: Value, at: &Pointer<'_>, notes: &mut Notes) -> Option<Value> {
    let entries = match value {
        Value::Object(entries) => entries,
        Value::Null => Map::new(),
        other => return wrong(at, "an object", &other, notes),
    };
    let mut facts = Map::new();
    for (name, entry) in entries {
        let here = at.key(&name);
        let wanted = match names {
            NameRule::Ordered | NameRule::Sorted => Some(name.clone()),
            _ if name.starts_with("x-") => {
                facts.insert(name, entry);
                continue;
            }
            NameRule::Paths if name.starts_with('/') => Some(name.clone()),
            NameRule::Paths => Some(format!("/{name}")),
            NameRule::Statuses => status(&name),
        };
        let Some(wanted) = wanted.filter(|wanted| !facts.contains_key(wanted)) else {
            notes.add(&here, "no name that may stand here, or the second of one name: passed over");
            continue;
        };
        if wanted != name {
            notes.add(&here, format!("read as `{wanted}`"));
        }
        if let Some(entry) = object(kind, entry, &here, notes) {
            facts.insert(wanted, entry);
        }
    }
    Some(Value::Object(facts))
}

/// A status code as the grammar writes it: `2xx` and `200 ` occur.
fn status(name: &str) -> Option<String> {
    let text = name.trim();
    if text.eq_ignore_ascii_case("default") {
        return Some("default".to_owned());
    }
    let mut chars = text.chars();
    let first = chars.next().filter(|first| ('1'..='5').contains(first))?;
    let rest: String = chars.collect();
    let is_code = rest.len() == 2 && rest.bytes().all(|byte| byte.is_ascii_digit());
    if rest.eq_ignore_ascii_case("xx") {
        return Some(format!("{first}XX"));
    }
    is_code.then(|| text.to_owned())
}

fn security(value: Value, at: &Pointer<'_>, notes: &mut Notes) -> Value {
    let items = match value {
        Value::Array(items) => items,
        one @ Value::Object(_) => vec![one],
        other => {
            notes.add(at, format!("expected a list of requirements, found {}: passed over", short(&other)));
            return json!([]);
        }
    };
    let requirement = |item: Value| {
        let Value::Object(schemes) = item else { return None };
        let scopes = |value: Value| match value {
            Value::Array(scopes) => Value::Array(scopes.into_iter().filter(Value::is_string).collect()),
            _ => json!([]),
        };
        Some(Value::Object(schemes.into_iter().map(|(scheme, value)| (scheme, scopes(value))).collect()))
    };
    Value::Array(items.into_iter().filter_map(requirement).collect())
}

/// A value as a message shows it.
fn short(value: &Value) -> String {
    const MOST: usize = 60;
    let text = match value {
        Value::Object(_) => "an object".to_owned(),
        Value::Array(_) => "a list".to_owned(),
        other => other.to_string(),
    };
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    }
}
