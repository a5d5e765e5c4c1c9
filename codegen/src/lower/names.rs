//! The resource and the verb of each operation: those of names.toml, else those of a rule.

use std::collections::{BTreeMap, BTreeSet};

use openapiv3::{OpenAPI, Operation};

use crate::config::{Names, OperationName};
use crate::ir::{RustIdent, singular, snake};

/// The names of all operations, by the document's key of the path and the method.
pub(super) type OperationNames = BTreeMap<(String, String), OperationName>;

/// More segments than this are joined: each is a folder and a method.
const MOST_SEGMENTS: usize = 6;

/// A longer word is cut: it is the name of a file.
const LONGEST_WORD: usize = 64;

/// An operation that is to be named.
struct Unnamed<'a> {
    key: &'a str,
    method: &'a str,
    id: &'a str,
    /// The path that is called, without what all paths have in common.
    path: String,
    given: Option<&'a OperationName>,
}

/// Names every operation. In a document that names.toml was not written for, no two operations have one name, and none
/// has that of a resource; otherwise such a clash is left to the maintainer.
pub(super) fn all(document: &OpenAPI, names: &Names, is_settled: bool) -> OperationNames {
    let mut operations = unnamed(document, names);
    if is_settled {
        drop_prefixes(&mut operations);
        return settled(&operations);
    }
    let name = |operation: &Unnamed<'_>| match operation.given {
        Some(given) => given.clone(),
        None => mechanical(operation.method, &operation.path),
    };
    operations.iter().map(|operation| (operation.place(), name(operation))).collect()
}

fn unnamed<'a>(document: &'a OpenAPI, names: &'a Names) -> Vec<Unnamed<'a>> {
    let items = document.paths.paths.iter().filter_map(|(key, item)| Some((key, item.as_item()?)));
    let operations = items.flat_map(|(key, item)| item.iter().map(move |(method, source)| (key, item, method, source)));
    let operations = operations.map(|(key, item, method, source)| {
        let path = item.extensions.get("x-path").and_then(|path| path.as_str()).unwrap_or(key).to_owned();
        let id = source.operation_id.as_deref().unwrap_or_default();
        Unnamed { key, method, id, path, given: names.operations.get(&operation_id(source, method, key)) }
    });
    operations.collect()
}

impl Unnamed<'_> {
    fn place(&self) -> (String, String) {
        (self.key.to_owned(), self.method.to_owned())
    }
}

/// Drops a version and the like that paths begin with, if that makes no two operations one.
fn drop_prefixes(operations: &mut [Unnamed<'_>]) {
    let shorter: Vec<String> = operations.iter().map(|operation| without_prefix(&operation.path)).collect();
    // Paths that differ in their query alone are one path before as well.
    let before: BTreeSet<_> = operations.iter().map(|operation| (operation.method, operation.path.as_str())).collect();
    let places = operations.iter().zip(&shorter);
    let after: BTreeSet<_> = places.map(|(operation, path)| (operation.method, path.as_str())).collect();
    if before.len() == after.len() {
        operations.iter_mut().zip(shorter).for_each(|(operation, path)| operation.path = path);
    }
}

/// A path without the segments that say which API and which version it is.
fn without_prefix(path: &str) -> String {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_prefix = |segment: &&&str| {
        let is_version =
            segment.strip_prefix(['v', 'V']).is_some_and(|rest| rest.starts_with(|c: char| c.is_ascii_digit()));
        is_version || ["api", "rest"].contains(&segment.to_lowercase().as_str())
    };
    let prefix = segments.iter().take_while(is_prefix).count().min(segments.len().saturating_sub(1));
    segments[prefix..].iter().map(|segment| format!("/{segment}")).collect()
}

/// The names, each of one operation. What names.toml gives comes first; other operations give way.
fn settled(operations: &[Unnamed<'_>]) -> OperationNames {
    let mut resources: BTreeSet<String> = BTreeSet::new();
    for operation in operations {
        let (resource, _) = match operation.given {
            Some(given) => (given.resource.clone(), String::new()),
            None if Segments::of(&operation.path).is_action(operation.method) => continue,
            None => Segments::of(&operation.path).plain(operation.method),
        };
        let ends = resource.match_indices('.').map(|(end, _)| end).chain([resource.len()]);
        resources.extend(ends.map(|end| resource[..end].to_owned()));
    }
    let mut taken: BTreeSet<(String, RustIdent)> = BTreeSet::new();
    for given in operations.iter().filter_map(|operation| operation.given) {
        taken.insert((given.resource.clone(), RustIdent::field(&given.verb)));
    }
    let patched: BTreeSet<&str> = operations.iter().filter(|one| one.method == "patch").map(|one| one.key).collect();
    let mut out = OperationNames::new();
    for operation in operations {
        let name = match operation.given {
            Some(given) => given.clone(),
            None => {
                let is_replaced = operation.method == "put" && patched.contains(operation.key);
                free(operation, is_replaced, &resources, &mut taken)
            }
        };
        out.insert(operation.place(), name);
    }
    out
}

/// The first name of an operation that is neither another one's nor a resource's. One that `is_replaced` puts the whole
/// of what another operation changes a part of.
fn free(
    operation: &Unnamed<'_>,
    is_replaced: bool,
    resources: &BTreeSet<String>,
    taken: &mut BTreeSet<(String, RustIdent)>,
) -> OperationName {
    let segments = Segments::of(&operation.path);
    let (mut resource, mut verb) = segments.plain(operation.method);
    if segments.is_action(operation.method) {
        let action = segments.action();
        // A resource of that name has the action as what creates something in it.
        if !resources.contains(&format!("{}.{}", action.0, action.1)) {
            (resource, verb) = action;
        }
    }
    if is_replaced {
        verb = "replace".to_owned();
    }
    let id = (!operation.id.is_empty()).then(|| cut(snake(operation.id)));
    let by_method = match operation.method {
        "put" => "replace".to_owned(),
        method => format!("{verb}_{method}"),
    };
    let usual = [Some(verb.clone()), Some(by_method), id].into_iter().flatten();
    let numbered = (2..).map(|number| format!("{verb}_{number}"));
    for candidate in usual.chain(numbered) {
        let place = (resource.clone(), RustIdent::field(&candidate));
        if !resources.contains(&format!("{resource}.{candidate}")) && taken.insert(place) {
            return named(resource, candidate);
        }
    }
    named(resource, verb)
}

/// The segments of a path.
struct Segments {
    literals: Vec<String>,
    ends_in_parameter: bool,
    /// The last segment is a word behind a parameter.
    has_action: bool,
    /// The word behind a colon, as in `/models/{model}:generate`.
    custom: Option<String>,
}

impl Segments {
    fn of(path: &str) -> Self {
        let (path, custom) = match path.rsplit_once(':') {
            Some((path, word)) if !word.is_empty() && !word.contains(['/', '}']) => (path, Some(cut(snake(word)))),
            _ => (path, None),
        };
        let all: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
        let is_parameter = |segment: &&str| segment.starts_with('{');
        let literals = all.iter().filter(|segment| !is_parameter(segment)).map(|segment| cut(snake(segment)));
        let ends_in_parameter = all.last().is_some_and(is_parameter);
        let has_action = all.len() >= 3 && !ends_in_parameter && is_parameter(&all[all.len() - 2]);
        Self { literals: literals.collect(), ends_in_parameter, has_action, custom }
    }

    /// Tells if the last word is what is done to one object.
    fn is_action(&self, method: &str) -> bool {
        let is_plural = self.literals.last().is_some_and(|last| last.ends_with('s'));
        self.custom.is_some() || method == "post" && self.has_action && !is_plural
    }

    /// The resource, and the action as its verb.
    fn action(&self) -> (String, String) {
        match (&self.custom, self.literals.split_last()) {
            (Some(custom), _) => (resource(&self.literals), custom.clone()),
            (None, Some((verb, rest))) => (resource(rest), verb.clone()),
            (None, None) => (resource(&[]), "call".to_owned()),
        }
    }

    /// The resource, and the method as its verb.
    fn plain(&self, method: &str) -> (String, String) {
        let is_plural = self.literals.last().is_none_or(|last| singular(last) != *last);
        let verb = match method {
            "get" if self.ends_in_parameter || !is_plural => "retrieve",
            "get" => "list",
            "post" if self.ends_in_parameter => "update",
            "post" => "create",
            "put" | "patch" => "update",
            other => other,
        };
        (resource(&self.literals), verb.to_owned())
    }
}

fn resource(literals: &[String]) -> String {
    match literals {
        [] => "root".to_owned(),
        literals if literals.len() <= MOST_SEGMENTS => literals.join("."),
        literals => {
            let (first, rest) = literals.split_at(MOST_SEGMENTS - 1);
            format!("{}.{}", first.join("."), cut(rest.join("_")))
        }
    }
}

/// A word that a file can be called after.
fn cut(mut word: String) -> String {
    word.truncate(LONGEST_WORD);
    word.trim_end_matches('_').to_owned()
}

fn named(resource: String, verb: String) -> OperationName {
    OperationName { resource, verb, ..OperationName::default() }
}

/// The name of an operation that nobody named yet: literal path segments are the resource, the method is the verb, or
/// the last segment where that is an action on one object.
fn mechanical(method: &str, path: &str) -> OperationName {
    let segments: Vec<&str> = path.split('/').filter(|segment| !segment.is_empty()).collect();
    let is_parameter = |segment: &&str| segment.starts_with('{');
    let mut literals: Vec<String> = segments.iter().filter(|s| !is_parameter(s)).map(|s| snake(s)).collect();
    let ends_in_parameter = segments.last().is_some_and(is_parameter);
    let action = segments.len() >= 3 && !ends_in_parameter && is_parameter(&segments[segments.len() - 2]);
    let verb = match (method, ends_in_parameter) {
        ("get", true) => "retrieve".to_owned(),
        ("get", false) => "list".to_owned(),
        ("delete", _) => "delete".to_owned(),
        ("post", false) if action && literals.last().is_some_and(|last| !last.ends_with('s')) => {
            literals.pop().unwrap_or_default()
        }
        ("post", false) => "create".to_owned(),
        (_, _) => "update".to_owned(),
    };
    let resource = if literals.is_empty() { "root".to_owned() } else { literals.join(".") };
    named(resource, verb)
}

/// The operationId, or what stands for it.
pub(super) fn operation_id(source: &Operation, method: &str, key: &str) -> String {
    source.operation_id.clone().unwrap_or_else(|| snake(&format!("{method} {key}")))
}
