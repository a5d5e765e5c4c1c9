//! The Rust names of handles and calls: those of the document's words, unless something in the file has them.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, CallNames, RustIdent, TypeName, is_taken_call, pascal, snake};

/// Names the handle of each resource, then the calls of its operations.
pub(in crate::passes) fn run(api: &mut Api) {
    let paths: Vec<String> = api.operations.iter().map(|operation| path(&operation.resource)).collect();
    for path in &paths {
        let ends = path.match_indices('.').map(|(end, _)| end).chain([path.len()]);
        for resource in ends.map(|end| &path[..end]) {
            let name = pascal(resource.rsplit('.').next().unwrap_or_default());
            let handle = if is_taken_call(&name) || name == "List" { format!("{name}Resource") } else { name };
            api.handles.insert(resource.to_owned(), TypeName::exact(handle));
        }
    }
    let mut resources: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    paths.iter().enumerate().for_each(|(index, path)| resources.entry(path).or_default().push(index));
    for (resource, operations) in resources {
        let mut types: BTreeSet<String> = api.handles.get(resource).map(ToString::to_string).into_iter().collect();
        let below = format!("{resource}.");
        let children =
            api.handles.keys().filter_map(|path| path.strip_prefix(&below)).filter(|rest| !rest.contains('.'));
        let mut methods: BTreeSet<RustIdent> = children.map(RustIdent::field).collect();
        methods.insert(RustIdent::field("poll"));
        methods.extend(operations.iter().map(|index| RustIdent::field(&api.operations[*index].verb)));
        let verbs: Vec<String> = operations.iter().map(|index| pascal(&api.operations[*index].verb)).collect();
        let aliases: Vec<TypeName> = verbs.iter().map(|verb| free(verb, "Request", &mut types)).collect();
        for ((index, alias), verb) in operations.into_iter().zip(aliases).zip(verbs) {
            let marker = free(&format!("{verb}Operation"), "", &mut types);
            let operation = &mut api.operations[index];
            let with = with(&snake(&operation.verb), &mut methods);
            operation.names = CallNames { alias, marker, with };
        }
    }
}

/// A resource's path with its segments as files have them.
fn path(resource: &str) -> String {
    resource.split('.').map(snake).collect::<Vec<_>>().join(".")
}

/// The name itself, one with the suffix, or one with a number.
fn free(name: &str, suffix: &str, taken: &mut BTreeSet<String>) -> TypeName {
    let numbered = (2..).map(|number| format!("{name}{suffix}{number}"));
    let mut candidates = [name.to_owned(), format!("{name}{suffix}")].into_iter().chain(numbered);
    let found = candidates.find(|name| !is_taken_call(name) && taken.insert(name.clone()));
    TypeName::exact(found.unwrap_or_default())
}

fn with(verb: &str, taken: &mut BTreeSet<RustIdent>) -> RustIdent {
    let numbered = (2..).map(|number| format!("{verb}_with_body_{number}"));
    let candidates = [format!("{verb}_with"), format!("{verb}_with_body")].into_iter().chain(numbered);
    candidates.map(|name| RustIdent::field(&name)).find(|name| taken.insert(name.clone())).unwrap_or_default()
}
