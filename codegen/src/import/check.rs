//! The first step: every keyword is known and has the right JSON type; prose and vendor keys are dropped.

use serde_json::{Map, Value, json};

use super::error::{ImportError, Problem};
use super::grammar::{self, Keyword, Kind, NameRule, TYPES, ValueShape};
use super::pointer::Pointer;
use super::report::{Report, Rule};

/// Checks the document against the grammar and gives back what of it is facts.
pub(super) fn facts(document: Value, report: &mut Report) -> Result<Value, ImportError> {
    object(Kind::Document, document, &Pointer::ROOT, report)
}

fn object(kind: Kind, value: Value, at: &Pointer<'_>, report: &mut Report) -> Result<Value, ImportError> {
    let map = match value {
        Value::Object(map) => map,
        Value::Bool(anything) if kind == Kind::Schema => {
            report.add(Rule::BooleanSchema);
            return Ok(if anything { json!({}) } else { json!({ "not": {} }) });
        }
        other => return Err(wrong_type(at, "an object", &other)),
    };
    let is_ref = map.contains_key("$ref") && kind.section().is_some();
    if is_ref && kind == Kind::Schema && map.keys().any(|key| key != "$ref" && !key.starts_with("x-")) {
        report.add(Rule::RefSiblings);
    }
    let mut facts = Map::new();
    for (key, value) in map {
        let Some(keyword) = keyword(kind, &key, at, report)? else {
            continue;
        };
        let here = at.key(&key);
        if is_ref && kind != Kind::Schema && keyword.name != "$ref" {
            let what = format!("`{key}` beside a `$ref`, which OpenAPI gives no meaning in {}", kind.name());
            return Err(here.error(Problem::Unsupported(what)));
        }
        if facts.contains_key(keyword.name) {
            let what = format!("`{}` is there twice, once misspelt", keyword.name);
            return Err(here.error(Problem::Unsupported(what)));
        }
        facts.insert(keyword.name.to_owned(), shaped(keyword.shape, value, &here, report)?);
    }
    if !is_ref {
        complete(kind, &mut facts, at, report)?;
    }
    Ok(Value::Object(facts))
}

/// The keyword's row in the grammar; none if it is dropped, which is counted.
fn keyword(
    kind: Kind,
    key: &str,
    at: &Pointer<'_>,
    report: &mut Report,
) -> Result<Option<&'static Keyword>, ImportError> {
    match grammar::find(kind, key) {
        Some((keyword, _)) if keyword.shape == ValueShape::Prose => {
            report.add_prose(keyword.name, at);
            Ok(None)
        }
        Some((keyword, spelt_right)) => {
            if !spelt_right {
                report.add(Rule::MisspeltKeyword);
            }
            Ok(Some(keyword))
        }
        None if key.starts_with("x-") => {
            report.add_vendor(key, at);
            Ok(None)
        }
        None => Err(at.key(key).error(Problem::UnknownKeyword { keyword: key.to_owned(), object: kind.name() })),
    }
}

/// Requires what OpenAPI requires and writes out what it leaves to a default that readers differ on.
fn complete(
    kind: Kind,
    facts: &mut Map<String, Value>,
    at: &Pointer<'_>,
    report: &mut Report,
) -> Result<(), ImportError> {
    for keyword in grammar::table(kind) {
        if keyword.required && !facts.contains_key(keyword.name) {
            return Err(at.error(Problem::Missing { keyword: keyword.name, object: kind.name() }));
        }
    }
    if matches!(kind, Kind::Parameter | Kind::Header) {
        match (facts.contains_key("schema"), facts.contains_key("content")) {
            (true, false) | (false, true) => {}
            (false, false) => {
                return Err(at.error(Problem::Missing { keyword: "schema", object: kind.name() }));
            }
            (true, true) => {
                let what = format!("{} with both `schema` and `content`", kind.name());
                return Err(at.error(Problem::Unsupported(what)));
            }
        }
        if !facts.contains_key("style") {
            let style = match facts.get("in").and_then(Value::as_str) {
                Some("query" | "cookie") => "form",
                _ => "simple",
            };
            facts.insert("style".to_owned(), style.into());
            report.add(Rule::DefaultStyle);
        }
    }
    // openapiv3 takes an absent flag for false, and `form` explodes unless it is told otherwise.
    let is_form = ["explode", "allowReserved"].iter().any(|key| facts.contains_key(*key))
        || facts.get("style").is_some_and(|style| style == "form");
    if kind == Kind::Encoding && is_form {
        facts.entry("style").or_insert_with(|| "form".into());
        if facts.get("style").is_some_and(|style| style == "form") {
            facts.entry("explode").or_insert(Value::Bool(true));
        }
    }
    if kind == Kind::Response {
        facts.insert("description".to_owned(), "".into());
    }
    Ok(())
}

fn shaped(shape: ValueShape, value: Value, at: &Pointer<'_>, report: &mut Report) -> Result<Value, ImportError> {
    let expected = match shape {
        ValueShape::One(kind) => return object(kind, value, at, report),
        ValueShape::OneOrFlag(_) if value.is_boolean() => return Ok(value),
        ValueShape::OneOrFlag(kind) => return object(kind, value, at, report),
        ValueShape::List(kind) => return list(kind, value, at, report),
        ValueShape::Map(kind, names) => return map(kind, names, value, at, report),
        ValueShape::Texts => return texts(value, at),
        ValueShape::TextMap => return text_map(value, at),
        ValueShape::Security => return security(value, at),
        ValueShape::Types => return types(value, at),
        ValueShape::Choice(words) => return choice(words, value, at),
        ValueShape::Prose | ValueShape::Any => return Ok(value),
        ValueShape::Values if value.as_array().is_some_and(|list| !list.is_empty()) => return Ok(value),
        ValueShape::Values => "a list with at least one value",
        ValueShape::Text if value.is_string() => return Ok(value),
        ValueShape::Text => "a string",
        ValueShape::Flag if value.is_boolean() => return Ok(value),
        ValueShape::Flag => "true or false",
        ValueShape::Count if value.is_u64() => return Ok(value),
        ValueShape::Count => "a whole number, not negative",
        ValueShape::Number if value.is_number() => return Ok(value),
        ValueShape::Number => "a number",
        ValueShape::Bound if value.is_number() || value.is_boolean() => return Ok(value),
        ValueShape::Bound => "a number, true or false",
    };
    Err(wrong_type(at, expected, &value))
}

fn list(kind: Kind, value: Value, at: &Pointer<'_>, report: &mut Report) -> Result<Value, ImportError> {
    let Value::Array(items) = value else {
        return Err(wrong_type(at, "a list", &value));
    };
    let items = items.into_iter().enumerate().map(|(index, item)| object(kind, item, &at.index(index), report));
    items.collect::<Result<Vec<_>, _>>().map(Value::Array)
}

fn map(kind: Kind, names: NameRule, value: Value, at: &Pointer<'_>, report: &mut Report) -> Result<Value, ImportError> {
    let Value::Object(entries) = value else {
        return Err(wrong_type(at, "an object", &value));
    };
    let mut facts = Map::new();
    for (name, entry) in entries {
        let here = at.key(&name);
        let (fits, object_name) = match names {
            NameRule::Ordered | NameRule::Sorted => (true, ""),
            NameRule::Paths => (name.starts_with('/'), "paths"),
            NameRule::Statuses => (is_status(&name), "responses"),
        };
        if !fits && name.starts_with("x-") {
            report.add_vendor(&name, at);
            continue;
        }
        if !fits {
            return Err(here.error(Problem::UnknownKeyword { keyword: name.clone(), object: object_name }));
        }
        let entry = object(kind, entry, &here, report)?;
        facts.insert(name, entry);
    }
    Ok(Value::Object(facts))
}

fn is_status(name: &str) -> bool {
    let code = name.len() == 3 && name.starts_with(|c: char| ('1'..='5').contains(&c));
    name == "default" || code && (name.ends_with("XX") || name.bytes().all(|b| b.is_ascii_digit()))
}

fn texts(value: Value, at: &Pointer<'_>) -> Result<Value, ImportError> {
    let Value::Array(items) = &value else {
        return Err(wrong_type(at, "a list of strings", &value));
    };
    match items.iter().position(|item| !item.is_string()) {
        Some(index) => Err(wrong_type(&at.index(index), "a string", &items[index])),
        None => Ok(value),
    }
}

fn text_map(value: Value, at: &Pointer<'_>) -> Result<Value, ImportError> {
    let Value::Object(entries) = &value else {
        return Err(wrong_type(at, "an object of strings", &value));
    };
    match entries.iter().find(|(_, item)| !item.is_string()) {
        Some((key, item)) => Err(wrong_type(&at.key(key), "a string", item)),
        None => Ok(value),
    }
}

fn security(value: Value, at: &Pointer<'_>) -> Result<Value, ImportError> {
    let requirement = |item: &Value| {
        let scopes = |value: &Value| value.as_array().is_some_and(|list| list.iter().all(Value::is_string));
        item.as_object().is_some_and(|schemes| schemes.values().all(scopes))
    };
    match &value {
        Value::Array(items) if items.iter().all(requirement) => Ok(value),
        other => Err(wrong_type(at, "a list of objects with lists of scopes", other)),
    }
}

fn types(value: Value, at: &Pointer<'_>) -> Result<Value, ImportError> {
    match value {
        Value::Array(ref items) if !items.is_empty() => {
            for (index, item) in items.iter().enumerate() {
                choice(TYPES, item.clone(), &at.index(index))?;
            }
            Ok(value)
        }
        other => choice(TYPES, other, at),
    }
}

fn choice(words: &'static [&'static str], value: Value, at: &Pointer<'_>) -> Result<Value, ImportError> {
    match value.as_str() {
        Some(word) if words.contains(&word) => Ok(value),
        Some(word) => {
            let what = format!("`{word}` is none of {}", words.join(", "));
            Err(at.error(Problem::Unsupported(what)))
        }
        None => Err(wrong_type(at, "a string", &value)),
    }
}

fn wrong_type(at: &Pointer<'_>, expected: &'static str, found: &Value) -> ImportError {
    at.error(Problem::WrongType { expected, found: describe(found).to_owned() })
}

fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "true or false",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    }
}
