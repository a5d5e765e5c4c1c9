//! Facts for which OpenAPI 3.0 has no keyword, in extension keys; counts and ids of operations.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::error::{ImportError, Problem};
use super::pointer::Pointer;
use super::report::{Counts, Report, Rule};

const METHODS: [&str; 8] = ["get", "put", "post", "delete", "options", "head", "patch", "trace"];

/// Keeps webhooks, which OpenAPI 3.0 lacks, as `x-webhooks`.
pub(super) fn webhooks(document: &mut Value, report: &mut Report) {
    let Some(document) = document.as_object_mut() else {
        return;
    };
    let Some(Value::Object(webhooks)) = document.remove("webhooks") else {
        return;
    };
    webhooks.iter().for_each(|_| report.add(Rule::Webhook));
    match document.get_mut("x-webhooks") {
        Some(Value::Object(kept)) => kept.extend(webhooks),
        _ => {
            document.insert("x-webhooks".to_owned(), Value::Object(webhooks));
        }
    }
}

/// Keeps the rule for the names of an object's properties, which OpenAPI 3.0 lacks, as `x-property-names`.
pub(super) fn property_names(schema: &mut Map<String, Value>, report: &mut Report) {
    if let Some(names) = schema.remove("propertyNames") {
        schema.insert("x-property-names".to_owned(), names);
        report.add(Rule::PropertyNames);
    }
}

/// Says what a path with a query in it means: `x-path` is the path to call, `x-fixed-query` what to send with it.
///
/// The key stays as it is: the same path without the query may be there too, and keys are unique.
pub(super) fn fixed_queries(document: &mut Value, report: &mut Report) -> Result<(), ImportError> {
    let Some(Value::Object(paths)) = document.get_mut("paths") else {
        return Ok(());
    };
    for (key, item) in paths {
        let (Some((path, query)), Value::Object(item)) = (key.split_once('?'), item) else {
            continue;
        };
        let at = Pointer::ROOT.key("paths");
        let parameters = parse_query(query).ok_or_else(|| {
            let what = format!("the query `{query}` in a path; only plain `name=value` pairs are understood");
            at.key(key).error(Problem::Unsupported(what))
        })?;
        item.insert("x-path".to_owned(), path.into());
        item.insert("x-fixed-query".to_owned(), Value::Object(parameters));
        report.add(Rule::FixedQuery);
    }
    Ok(())
}

fn parse_query(query: &str) -> Option<Map<String, Value>> {
    let mut parameters = Map::new();
    for pair in query.split('&') {
        let (name, value) = pair.split_once('=')?;
        let plain = !name.is_empty() && !pair.contains(['%', '+', '#', '{', '?']);
        if !plain || parameters.insert(name.to_owned(), value.into()).is_some() {
            return None;
        }
    }
    Some(parameters)
}

/// Requires that each `operationId` is that of one operation.
pub(super) fn unique_ids(document: &Value) -> Result<(), ImportError> {
    let mut seen: BTreeMap<&str, String> = BTreeMap::new();
    let paths = Pointer::ROOT.key("paths");
    for (path, item) in document.get("paths").and_then(Value::as_object).into_iter().flatten() {
        for method in METHODS {
            let Some(id) = item.get(method).and_then(|operation| operation.get("operationId")?.as_str()) else {
                continue;
            };
            let item = paths.key(path);
            let operation = item.key(method);
            let at = operation.key("operationId");
            if let Some(first) = seen.insert(id, at.text()) {
                return Err(at.error(Problem::DuplicateId { id: id.to_owned(), first }));
            }
        }
    }
    Ok(())
}

/// How much the document holds.
pub(super) fn counts(document: &Value) -> Counts {
    let size = |pointer: &str| document.pointer(pointer).and_then(Value::as_object).map_or(0, Map::len);
    let items = document.get("paths").and_then(Value::as_object).into_iter().flatten();
    let operations = items.map(|(_, item)| METHODS.iter().filter(|method| item.get(**method).is_some()).count());
    Counts {
        paths: size("/paths"),
        operations: operations.sum(),
        webhooks: size("/x-webhooks"),
        schemas: size("/components/schemas"),
    }
}
