//! Parameters of operations: each once, and of a kind that a call can send.

use serde_json::{Map, Value, json};

use super::super::extensions::{METHODS, parse_query};
use super::super::pointer::Pointer;
use super::notes::Notes;

/// Headers that OpenAPI says a parameter cannot describe.
const IGNORED: [&str; 3] = ["accept", "content-type", "authorization"];

/// Settles the parameters of every operation.
pub(super) fn settle(document: &mut Value, notes: &mut Notes) {
    let Some(Value::Object(paths)) = document.get_mut("paths") else { return };
    let section = Pointer::ROOT.key("paths");
    *paths = plain_templates(std::mem::take(paths), &section, notes);
    paths.retain(|path, _| {
        let query = path.split_once('?').map(|(_, query)| query);
        let problem = if path.contains('#') {
            "a fragment in a path is never sent: passed over"
        } else if query.is_some_and(|query| parse_query(query).is_none()) {
            "a query in a path that is no list of plain `name=value` pairs: passed over"
        } else {
            return true;
        };
        notes.add(&section.key(path), problem);
        false
    });
    for (path, item) in paths {
        if let Value::Object(item) = item {
            path_item(path, item, &section.key(path), notes);
        }
    }
}

/// Gives the templates of paths the one form that OpenAPI has: `{*name}`, `{name*}` and `{?name}` are those of others.
fn plain_templates(paths: Map<String, Value>, section: &Pointer<'_>, notes: &mut Notes) -> Map<String, Value> {
    let mut out = Map::new();
    for (path, item) in paths {
        let mut plain = path.clone();
        for name in template(&path) {
            let bare = name.trim_start_matches(['*', '+', '.', '/', ';']).trim_end_matches('*');
            if name.starts_with(['?', '&']) {
                plain = plain.replace(&format!("{{{name}}}"), "");
            } else if bare != name && !bare.is_empty() {
                plain = plain.replace(&format!("{{{name}}}"), &format!("{{{bare}}}"));
            }
        }
        if plain != path {
            if out.contains_key(&plain) {
                notes.add(&section.key(&path), format!("the second path `{plain}`: passed over"));
                continue;
            }
            notes.add(&section.key(&path), format!("read as `{plain}`; a slash in a value is escaped"));
        }
        out.insert(plain, item);
    }
    out
}

fn path_item(path: &str, item: &mut Map<String, Value>, at: &Pointer<'_>, notes: &mut Notes) {
    let shared = match item.shift_remove("parameters") {
        Some(Value::Array(shared)) => usable(path, shared, &at.key("parameters"), notes),
        _ => Vec::new(),
    };
    let mut lists: Vec<(&str, Vec<Value>)> = Vec::new();
    for method in METHODS {
        let Some(Value::Object(operation)) = item.get_mut(method) else { continue };
        let own = match operation.shift_remove("parameters") {
            Some(Value::Array(own)) => usable(path, own, &at.key(method).key("parameters"), notes),
            _ => Vec::new(),
        };
        lists.push((method, own));
    }
    // A parameter of an operation stands for that of the path, which then is each operation's own.
    let overrides = lists.iter().any(|(_, own)| own.iter().any(|one| shared.iter().any(|other| same(one, other))));
    for (method, own) in &mut lists {
        if overrides {
            let inherited = shared.iter().filter(|other| !own.iter().any(|one| same(one, other)));
            *own = inherited.cloned().chain(own.iter().cloned()).collect();
        }
        let known: &[Value] = if overrides { &[] } else { &shared };
        for name in template(path) {
            let is_declared = |one: &Value| one["in"] == "path" && one["name"] == name.as_str();
            if !own.iter().chain(known).any(is_declared) {
                notes.add(&at.key(method), format!("`{{{name}}}` of the path is no parameter: a string"));
                own.push(json!({ "name": name, "in": "path", "required": true, "schema": { "type": "string" } }));
            }
        }
    }
    for (method, own) in lists {
        if let (false, Some(Value::Object(operation))) = (own.is_empty(), item.get_mut(method)) {
            operation.insert("parameters".to_owned(), Value::Array(own));
        }
    }
    if !overrides && !shared.is_empty() {
        item.insert("parameters".to_owned(), Value::Array(shared));
    }
}

/// Tells if two parameters are one: name and place tell.
fn same(one: &Value, other: &Value) -> bool {
    one["name"] == other["name"] && one["in"] == other["in"]
}

/// The parameters of a list that a call can send.
fn usable(path: &str, list: Vec<Value>, at: &Pointer<'_>, notes: &mut Notes) -> Vec<Value> {
    let names = template(path);
    let mut out: Vec<Value> = Vec::new();
    for (index, mut parameter) in list.into_iter().enumerate() {
        if parameter.is_null() {
            continue;
        }
        let here = at.index(index);
        let name = parameter["name"].as_str().unwrap_or_default().to_owned();
        let problem = match parameter["in"].as_str() {
            Some("header") if IGNORED.contains(&name.to_ascii_lowercase().as_str()) => {
                Some(format!("OpenAPI ignores a header parameter `{name}`"))
            }
            Some("path") if !names.contains(&name) => Some(format!("the path has no `{{{name}}}`")),
            _ if out.iter().any(|known| same(known, &parameter)) => Some(format!("the second parameter `{name}`")),
            _ => None,
        };
        if let Some(problem) = problem {
            notes.add(&here, format!("{problem}: passed over"));
            continue;
        }
        if let Value::Object(map) = &mut parameter {
            plain(map, &here, notes);
        }
        out.push(parameter);
    }
    out
}

/// Gives a parameter a schema and a style that its place has.
fn plain(map: &mut Map<String, Value>, at: &Pointer<'_>, notes: &mut Notes) {
    let media = map.get("content").and_then(Value::as_object).and_then(|content| content.keys().next().cloned());
    let is_json = media.as_ref().is_some_and(|media| {
        let media = media.split(';').next().unwrap_or_default().trim().to_ascii_lowercase();
        media == "application/json" || media.ends_with("+json")
    });
    if let Some(media) = media.filter(|_| !is_json) {
        map.shift_remove("content");
        notes.add(&at.key("content"), format!("the value is a string that holds {media}"));
        map.insert("schema".to_owned(), json!({ "type": "string" }));
    }
    let place = map.get("in").and_then(Value::as_str).unwrap_or_default();
    let styles: &[&str] = match place {
        "path" => &["matrix", "label", "simple"],
        "query" => &["form", "spaceDelimited", "pipeDelimited", "deepObject"],
        "cookie" => &["form"],
        _ => &["simple"],
    };
    if place == "path" {
        map.insert("required".to_owned(), true.into());
    }
    if map.get("style").and_then(Value::as_str).is_some_and(|style| !styles.contains(&style)) {
        notes.add(&at.key("style"), "no style of this place: the default");
        map.shift_remove("style");
    }
}

/// The names in the braces of a path.
fn template(path: &str) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    for part in path.split('{').skip(1) {
        if let Some((name, _)) = part.split_once('}')
            && !name.is_empty()
            && !out.iter().any(|known| known == name)
        {
            out.push(name.to_owned());
        }
    }
    out
}
