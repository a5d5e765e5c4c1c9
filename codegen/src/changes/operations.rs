//! Changes of operations, their parameters and bodies, and of webhooks.

use std::collections::BTreeMap;

use serde_json::Value;

use super::change::{Change, ChangeKind};
use super::names::{OperationTitle, PublicNames};
use super::schemas::Pair;
use super::view::{plain_name, resolve};
use crate::areas::{self, members};

/// An operation with its path item.
#[derive(Clone, Copy)]
struct OperationPlace<'a> {
    document: &'a Value,
    key: &'a str,
    method: &'static str,
    item: &'a Value,
    operation: &'a Value,
}

impl<'a> OperationPlace<'a> {
    fn route(&self) -> String {
        format!("{} {}", self.method.to_uppercase(), self.key)
    }

    /// The method and the path without the names of its parameters, which callers do not see.
    fn bare_route(&self) -> String {
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

    fn title(&self, names: &PublicNames) -> OperationTitle {
        names.operation(self.id(), &self.route())
    }

    fn is_deprecated(&self) -> bool {
        self.operation.get("deprecated") == Some(&Value::Bool(true))
    }

    /// The names of the keys that it takes.
    fn security(&self) -> Option<Vec<&'a str>> {
        let security = self.operation.get("security").or_else(|| self.document.get("security"))?.as_array()?;
        let mut names: Vec<&str> =
            security.iter().filter_map(Value::as_object).flat_map(|one| one.keys().map(String::as_str)).collect();
        names.sort_unstable();
        Some(names)
    }
}

/// Compares the operations and webhooks of two documents.
pub(super) fn compare(old: &Value, new: &Value, names: &PublicNames, changes: &mut Vec<Change>) {
    let named = names.areas();
    let area = |op: &OperationPlace<'_>| areas::of_operation(op.key, op.operation, &named);
    let mut before: BTreeMap<String, OperationPlace<'_>> = all(old).map(|op| (op.bare_route(), op)).collect();
    let mut added = Vec::new();
    for op in all(new) {
        match before.remove(&op.bare_route()) {
            Some(older) => compare_operation(older, op, names, &area(&op), changes),
            None => added.push(op),
        }
    }
    for op in added {
        let older = before.iter().find(|(_, older)| op.id().is_some() && older.id() == op.id());
        let (area, title) = (area(&op), op.title(names).text);
        match older.map(|(route, _)| route.clone()).and_then(|route| before.remove(&route)) {
            Some(older) => {
                changes.push(moved(&older, &op, names, &area));
                compare_operation(older, op, names, &area, changes);
            }
            None => changes.push(whole(ChangeKind::OperationAdded, &area, title)),
        }
    }
    let gone = before.values().map(|op| whole(ChangeKind::OperationRemoved, &area(op), op.title(names).text));
    changes.extend(gone);
    compare_webhooks(old, new, names, changes);
}

fn compare_webhooks(old: &Value, new: &Value, names: &PublicNames, changes: &mut Vec<Change>) {
    let webhook = |document: &Value, name: &str| document.get("x-webhooks").is_some_and(|all| all.get(name).is_some());
    for (document, other, kind) in [(old, new, ChangeKind::WebhookRemoved), (new, old, ChangeKind::WebhookAdded)] {
        let found = members(document, "/x-webhooks").filter(|(name, _)| !webhook(other, name));
        changes.extend(found.map(|(name, _)| whole(kind, areas::WEBHOOKS, name.clone())));
    }
    for (name, _) in members(new, "/x-webhooks") {
        let mut pair = Pair::new([old, new], areas::WEBHOOKS, names, changes);
        let bodies = (webhook_body(old, name), webhook_body(new, name));
        compare_media(bodies.0, bodies.1, &format!("webhook {name}"), name, &mut pair);
    }
}

fn webhook_body<'a>(document: &'a Value, name: &str) -> Option<&'a Value> {
    body(document, document.get("x-webhooks")?.get(name)?.get("post")?)
}

fn all(document: &Value) -> impl Iterator<Item = OperationPlace<'_>> {
    areas::operations(document).map(move |(key, _, method, operation)| {
        let item = &document["paths"][key];
        OperationPlace { document, key, method, item, operation }
    })
}

/// The same operation at another place. Callers whose call has the same name and parameters do not see it.
fn moved(older: &OperationPlace<'_>, op: &OperationPlace<'_>, names: &PublicNames, area: &str) -> Change {
    let parameters = |key: &str| key.matches('{').count();
    let (before, after, title) = (older.route(), op.route(), op.title(names).text);
    let is_seen = title == after || parameters(older.key) != parameters(op.key);
    let kind = if is_seen { ChangeKind::OperationChanged } else { ChangeKind::OperationMoved };
    Change {
        place: if title == after { String::new() } else { title },
        ..whole(kind, area, format!("{before} -> {after}"))
    }
}

fn whole(kind: ChangeKind, area: &str, name: String) -> Change {
    Change { area: area.to_owned(), kind, place: String::new(), name }
}

fn compare_operation<'a>(
    before: OperationPlace<'a>,
    after: OperationPlace<'a>,
    names: &PublicNames,
    area: &str,
    changes: &mut Vec<Change>,
) {
    let OperationTitle { text: title, inline: [request_type, response_type] } = after.title(names);
    let mut pair = Pair::new([before.document, after.document], area, names, changes);
    let older = before.title(names).text;
    // An operation that names.toml does not have is called by its route, which says nothing of its name.
    if older != title && !older.contains(' ') && !title.contains(' ') {
        pair.add(ChangeKind::OperationRenamed, "", &format!("{older} -> {title}"));
    }
    if after.is_deprecated() && !before.is_deprecated() {
        pair.add(ChangeKind::OperationDeprecated, "", &title);
    }
    if let (Some(was), Some(is)) = (before.security(), after.security())
        && was != is
    {
        pair.add(ChangeKind::SecurityChanged, &title, &format!("{} -> {}", was.join(" or "), is.join(" or ")));
    }
    compare_parameters(&parameters(before), &parameters(after), &title, &mut pair);
    let (was, is) = (body(before.document, before.operation), body(after.document, after.operation));
    let required = |op: OperationPlace<'_>| {
        let body = op.operation.get("requestBody");
        body.and_then(|body| resolve(op.document, body).unwrap_or(body).get("required")) == Some(&Value::Bool(true))
    };
    match (was.is_some(), is.is_some()) {
        (true, true) => match (required(before), required(after)) {
            (false, true) => pair.add(ChangeKind::BodyRequired, "", &title),
            (true, false) => pair.add(ChangeKind::BodyOptional, "", &title),
            _ => {}
        },
        (false, true) => pair.add(ChangeKind::BodyChanged, &title, "no request body -> a request body"),
        (true, false) => pair.add(ChangeKind::BodyChanged, &title, "a request body -> no request body"),
        (false, false) => {}
    }
    compare_media(was, is, &format!("{title} request"), &request_type, &mut pair);
    let (was, is) = (response(before), response(after));
    match (was.is_some(), is.is_some()) {
        (false, true) => pair.add(ChangeKind::BodyChanged, &title, "no response body -> a response body"),
        (true, false) => pair.add(ChangeKind::BodyChanged, &title, "a response body -> no response body"),
        _ => {}
    }
    compare_media(was, is, &format!("{title} response"), &response_type, &mut pair);
}

type Parameters<'a> = BTreeMap<(&'a str, &'a str), &'a Value>;

fn parameters(op: OperationPlace<'_>) -> Parameters<'_> {
    let lists = [op.item, op.operation].map(|object| object.get("parameters").and_then(Value::as_array));
    let parameters = lists.into_iter().flatten().flatten();
    let parameters = parameters.map(|parameter| resolve(op.document, parameter).unwrap_or(parameter));
    let keyed =
        parameters.map(|parameter| ((member(parameter, "in"), plain_name(member(parameter, "name"))), parameter));
    // Those of the path are told by its text.
    keyed.filter(|((place, _), _)| *place != "path").collect()
}

fn member<'a>(parameter: &'a Value, key: &str) -> &'a str {
    parameter.get(key).and_then(Value::as_str).unwrap_or_default()
}

fn compare_parameters<'a>(before: &Parameters<'a>, after: &Parameters<'a>, operation: &str, pair: &mut Pair<'a, '_>) {
    let is = |parameter: &Value, key: &str| parameter.get(key) == Some(&Value::Bool(true));
    for (key, _) in before.iter().filter(|(key, _)| !after.contains_key(*key)) {
        pair.add(ChangeKind::ParameterRemoved, operation, key.1);
    }
    for (key, parameter) in after {
        let Some(older) = before.get(key) else {
            let required = is(parameter, "required");
            let kind = if required { ChangeKind::ParameterAddedRequired } else { ChangeKind::ParameterAdded };
            pair.add(kind, operation, key.1);
            continue;
        };
        match (is(older, "required"), is(parameter, "required")) {
            (false, true) => pair.add(ChangeKind::ParameterRequired, operation, key.1),
            (true, false) => pair.add(ChangeKind::ParameterOptional, operation, key.1),
            _ => {}
        }
        let place = format!("{operation}({})", key.1);
        if is(parameter, "deprecated") && !is(older, "deprecated") {
            pair.add(ChangeKind::FieldDeprecated, "", &place);
        }
        if let (Some(older), Some(newer)) = (older.get("schema"), parameter.get("schema")) {
            pair.compare(older, newer, &place);
        }
    }
}

fn body<'a>(document: &'a Value, operation: &'a Value) -> Option<&'a Value> {
    let body = operation.get("requestBody")?;
    resolve(document, body).unwrap_or(body).get("content")
}

/// The content of the first successful response.
fn response(op: OperationPlace<'_>) -> Option<&Value> {
    let responses = op.operation.get("responses")?.as_object()?;
    let (_, response) = responses.iter().find(|(status, _)| status.starts_with('2'))?;
    resolve(op.document, response).unwrap_or(response).get("content")
}

/// Compares two bodies that are both there. `place` names the body, `type_name` the type of an inline schema.
fn compare_media<'a>(
    before: Option<&'a Value>,
    after: Option<&'a Value>,
    place: &str,
    type_name: &str,
    pair: &mut Pair<'a, '_>,
) {
    let (Some(before), Some(after)) = (before, after) else { return };
    let types = |content: &'a Value| content.as_object().into_iter().flatten();
    for (name, _) in types(before).filter(|(name, _)| after.get(*name).is_none()) {
        pair.add(ChangeKind::MediaTypeRemoved, place, name);
    }
    for (name, media) in types(after) {
        let Some(older) = before.get(name) else {
            pair.add(ChangeKind::MediaTypeAdded, place, name);
            continue;
        };
        if let (Some(older), Some(newer)) = (older.get("schema"), media.get("schema")) {
            pair.compare(older, newer, type_name);
        }
    }
}
