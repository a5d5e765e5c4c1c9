//! Changes of operations, their parameters and bodies, and of webhooks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Change, ChangeKind};
use super::schemas::Pair;
use super::view::resolve;
use crate::areas::{self, members};

/// An operation with its path item.
#[derive(Clone, Copy)]
struct OperationPlace<'a> {
    key: &'a str,
    method: &'static str,
    item: &'a Value,
    operation: &'a Value,
}

impl<'a> OperationPlace<'a> {
    fn name(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.key)
    }

    /// The method and the path without the names of its parameters, which callers do not see.
    fn route(&self) -> String {
        let mut route = self.method.to_owned();
        for segment in self.key.split('/').skip(1) {
            let is_parameter = segment.starts_with('{') && segment.ends_with('}');
            route += "/";
            route += if is_parameter { "{}" } else { segment };
        }
        route
    }

    fn id(&self) -> Option<&'a str> {
        self.operation.get("operationId")?.as_str()
    }
}

/// Compares the operations and webhooks of two documents.
pub(super) fn compare(old: &Value, new: &Value, named: &BTreeMap<String, String>, changes: &mut Vec<Change>) {
    let mut before: BTreeMap<String, OperationPlace<'_>> = all(old).map(|op| (op.route(), op)).collect();
    let mut added = Vec::new();
    for op in all(new) {
        match before.remove(&op.route()) {
            Some(older) => compare_operation(old, new, older, op, &area(op, named), changes),
            None => added.push(op),
        }
    }
    for op in added {
        let older = before.iter().find(|(_, older)| op.id().is_some() && older.id() == op.id());
        let area = area(op, named);
        match older.map(|(route, _)| route.clone()).and_then(|route| before.remove(&route)) {
            Some(older) => {
                changes.push(whole(ChangeKind::OperationMoved, &area, format!("{} -> {}", older.name(), op.name())));
                compare_operation(old, new, older, op, &area, changes);
            }
            None => changes.push(whole(ChangeKind::OperationAdded, &area, op.name())),
        }
    }
    changes.extend(before.values().map(|op| whole(ChangeKind::OperationRemoved, &area(*op, named), op.name())));
    let webhook = |document: &Value, name: &str| document.get("x-webhooks").is_some_and(|all| all.get(name).is_some());
    for (document, other, kind) in [(old, new, ChangeKind::WebhookRemoved), (new, old, ChangeKind::WebhookAdded)] {
        let names = members(document, "/x-webhooks").filter(|(name, _)| !webhook(other, name));
        changes.extend(names.map(|(name, _)| whole(kind, areas::WEBHOOKS, name.clone())));
    }
}

fn all(document: &Value) -> impl Iterator<Item = OperationPlace<'_>> {
    areas::operations(document).map(|(key, _, method, operation)| {
        let item = &document["paths"][key];
        OperationPlace { key, method, item, operation }
    })
}

fn area(op: OperationPlace<'_>, named: &BTreeMap<String, String>) -> String {
    areas::of_operation(op.key, op.operation, named)
}

fn whole(kind: ChangeKind, area: &str, name: String) -> Change {
    Change { breaking: kind.is_breaking(), area: area.to_owned(), kind, place: String::new(), name }
}

fn compare_operation<'a>(
    old: &'a Value,
    new: &'a Value,
    before: OperationPlace<'a>,
    after: OperationPlace<'a>,
    area: &'a str,
    changes: &mut Vec<Change>,
) {
    let name = after.name();
    let mut pair = Pair::new(old, new, area, changes);
    compare_parameters(&parameters(old, before), &parameters(new, after), &name, &mut pair);
    compare_bodies(body(old, before), body(new, after), &format!("{name} request"), &mut pair);
    compare_bodies(response(old, before), response(new, after), &format!("{name} response"), &mut pair);
}

type Parameters<'a> = BTreeMap<(&'a str, &'a str), &'a Value>;

fn parameters<'a>(document: &'a Value, op: OperationPlace<'a>) -> Parameters<'a> {
    let lists = [op.item, op.operation].map(|object| object.get("parameters").and_then(Value::as_array));
    let parameters = lists.into_iter().flatten().flatten();
    let parameters = parameters.map(|parameter| resolve(document, parameter).unwrap_or(parameter));
    let text = |parameter: &'a Value, key: &str| parameter.get(key).and_then(Value::as_str).unwrap_or_default();
    // Those of the path are told by its text.
    let keyed = parameters.map(|parameter| ((text(parameter, "in"), text(parameter, "name")), parameter));
    keyed.filter(|((place, _), _)| *place != "path").collect()
}

fn compare_parameters<'a>(before: &Parameters<'a>, after: &Parameters<'a>, operation: &str, pair: &mut Pair<'a, '_>) {
    let required = |parameter: &Value| parameter.get("required") == Some(&Value::Bool(true));
    for (key, _) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        pair.add(ChangeKind::ParameterRemoved, operation, key.1);
    }
    for (key, parameter) in after {
        match before.get(key) {
            None if required(parameter) => pair.add(ChangeKind::ParameterRequired, operation, key.1),
            None => pair.add(ChangeKind::ParameterAdded, operation, key.1),
            Some(older) => {
                match (required(older), required(parameter)) {
                    (false, true) => pair.add(ChangeKind::ParameterRequired, operation, key.1),
                    (true, false) => pair.add(ChangeKind::ParameterOptional, operation, key.1),
                    _ => {}
                }
                if let (Some(older), Some(newer)) = (older.get("schema"), parameter.get("schema")) {
                    pair.compare(older, newer, &format!("{operation} {}", key.1));
                }
            }
        }
    }
}

fn body<'a>(document: &'a Value, op: OperationPlace<'a>) -> Option<&'a Value> {
    let body = op.operation.get("requestBody")?;
    resolve(document, body).unwrap_or(body).get("content")
}

/// The content of the first successful response.
fn response<'a>(document: &'a Value, op: OperationPlace<'a>) -> Option<&'a Value> {
    let responses = op.operation.get("responses")?.as_object()?;
    let (_, response) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
    resolve(document, response).unwrap_or(response).get("content")
}

fn compare_bodies<'a>(before: Option<&'a Value>, after: Option<&'a Value>, place: &str, pair: &mut Pair<'a, '_>) {
    let types = |content: Option<&'a Value>| content.and_then(Value::as_object).into_iter().flatten();
    let has = |content: Option<&Value>, name: &str| content.is_some_and(|content| content.get(name).is_some());
    for (name, _) in types(before).filter(|(name, _)| !has(after, name)) {
        pair.add(ChangeKind::MediaTypeRemoved, place, name);
    }
    for (name, media) in types(after) {
        let Some(older) = before.and_then(|content| content.get(name)) else {
            pair.add(ChangeKind::MediaTypeAdded, place, name);
            continue;
        };
        if let (Some(older), Some(newer)) = (older.get("schema"), media.get("schema")) {
            pair.compare(older, newer, place);
        }
    }
}
