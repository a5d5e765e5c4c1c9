//! Which list operations page, and through which field.

use super::Report;
use crate::ir::{Api, Paging, Response, Shape, Ty};

/// Binds each operation that names.toml says pages to the list field of its response.
pub(super) fn run(api: &mut Api, report: &mut Report) {
    let mut bound = std::collections::BTreeMap::<String, usize>::new();
    for index in 0..api.operations.len() {
        let operation = &api.operations[index];
        let found = list_field(api, &operation.response);
        let id = operation.id.clone();
        let Some(paging) = &mut api.operations[index].paging else {
            if let (Some(_), "GET") = (found, api.operations[index].method.as_str()) {
                report.add(format!("pagination: {id} answers a list but has no paging kind in names.toml"));
            }
            continue;
        };
        match found {
            Some(field) => {
                *bound.entry(paging.kind.clone()).or_default() += 1;
                *paging = Paging { kind: paging.kind.clone(), ..field };
            }
            None => {
                report.add(format!("pagination: {id} has no list field, so it has no pages"));
                api.operations[index].paging = None;
            }
        }
    }
    let counts: Vec<String> = bound.iter().map(|(kind, count)| format!("{count} {kind}")).collect();
    report.add(format!("pagination: {}", counts.join(", ")));
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
