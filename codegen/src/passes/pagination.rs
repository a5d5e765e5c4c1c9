//! Which list operations page, and through which field.

use std::collections::BTreeMap;

use super::report::PassReport;
use crate::ir::{Api, Location, Operation, Paging, Response, Shape, Ty};

/// Binds each operation that names.toml says pages to the list field of its response, and tells which kind each list
/// got, which list got none, and where a kind does not fit the operation.
pub(super) fn run(api: &mut Api, report: &mut PassReport) {
    let mut kinds: BTreeMap<String, Vec<String>> = BTreeMap::new();
    for index in 0..api.operations.len() {
        let operation = &api.operations[index];
        let id = operation.id.clone();
        let found = list_field(api, &operation.response);
        let kind = operation.paging.as_ref().map(|paging| paging.kind.clone());
        match (kind, found) {
            (Some(kind), Some(field)) => {
                for problem in misfits(api, operation, &kind, &field.item) {
                    report.to_do(format!("pagination: {id} is a {kind} list, but {problem}"));
                }
                kinds.entry(kind.clone()).or_default().push(id);
                api.operations[index].paging = Some(Paging { kind, ..field });
            }
            (Some(_), None) => {
                report.to_do(format!("pagination: {id} has no list field, so it has no pages"));
                api.operations[index].paging = None;
            }
            (None, Some(_)) => {
                if operation.method == "GET" {
                    report.to_do(format!("pagination: {id} answers a list but has no paging kind in names.toml"));
                }
                kinds.entry("no kind".into()).or_default().push(id);
            }
            (None, None) => {
                if let Some(cursor) = cursor(operation) {
                    report.to_do(format!("pagination: {id} takes `{cursor}` but answers no list"));
                }
            }
        }
    }
    let count =
        |ids: &[String]| api.operations.iter().filter(|op| ids.contains(&op.id) && cursor(op).is_some()).count();
    for (kind, ids) in &kinds {
        report.add(format!(
            "pagination: {kind}: {} lists, {} with a cursor: {}",
            ids.len(),
            count(ids),
            ids.join(", ")
        ));
    }
}

/// What a kind needs and the operation does not have.
fn misfits(api: &Api, operation: &Operation, kind: &str, item: &Ty) -> Vec<String> {
    let mut out = Vec::new();
    let takes = |name: &str| operation.parameters.iter().any(|parameter| parameter.field.wire == name);
    let answers = |name: &str| match &operation.response {
        Response::Json(Ty::Named(id)) => has_field(api, &Ty::Named(*id), name),
        _ => false,
    };
    let (parameter, field) = match kind {
        "cursor" => ("after", None),
        "conversation_cursor" => ("after", Some("last_id")),
        "token" => ("page", Some("next")),
        "next_cursor" if takes("page") => ("page", Some("next_page")),
        "next_cursor" => ("after", Some("next")),
        _ => return out,
    };
    if !takes(parameter) {
        out.push(format!("takes no `{parameter}`"));
    }
    if let Some(field) = field.filter(|field| !answers(field)) {
        out.push(format!("answers no `{field}`"));
    }
    if field.is_none() && !has_field(api, item, "id") {
        out.push("its items have no `id`".into());
    }
    out
}

/// Whether a type is an object with this field, or a union of nothing else.
fn has_field(api: &Api, ty: &Ty, name: &str) -> bool {
    let Some(id) = ty.named() else { return false };
    match &api.get(id).shape {
        Shape::Object(fields) => fields.iter().any(|field| field.wire == name),
        Shape::Union(union) => union.variants.iter().all(|variant| has_field(api, &variant.ty, name)),
        _ => false,
    }
}

/// The parameter by which an operation goes on.
fn cursor(operation: &Operation) -> Option<&str> {
    let query = operation.parameters.iter().filter(|parameter| parameter.location == Location::Query);
    let mut names = query.map(|parameter| parameter.field.wire.as_str());
    names.find(|name| ["after", "page"].contains(name))
}

/// The field `data`, or `items`, if the response is an object that has it as a list.
fn list_field(api: &Api, response: &Response) -> Option<Paging> {
    let Response::Json(Ty::Named(id)) = response else { return None };
    let Shape::Object(fields) = &api.get(*id).shape else { return None };
    let named = |name: &str| fields.iter().find(|field| field.wire == name && !field.is_option());
    let field = named("data").or_else(|| named("items"))?;
    match &field.ty {
        Ty::List(item) => Some(Paging { kind: String::new(), items: field.rust.clone(), item: (**item).clone() }),
        _ => None,
    }
}
