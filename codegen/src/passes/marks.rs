//! Fields that names.toml marks: those that are not to be shown, with the operations that take or answer them, and strings
//! that may stand in another form.

use std::collections::BTreeSet;

use super::references;
use super::report::PassReport;
use crate::config::Names;
use crate::ir::{Api, Field, FieldForm, Operation, Response, Shape, Ty, TypeId};

/// Marks the fields that names.toml says are secrets. An older document may not have all of them.
pub(super) fn run(api: &mut Api, names: &Names, report: &mut PassReport) {
    let mut marked: BTreeSet<(TypeId, String)> = BTreeSet::new();
    for (place, fields) in &names.secrets.of {
        let mut steps = place.split('.');
        let Some(start) = steps.next().and_then(|schema| api.components.get(schema)) else { continue };
        if let Some(id) = steps.try_fold(*start, |id, step| field(api, id, step)?.ty.named()) {
            marked.extend(fields.iter().map(|field| (id, field.clone())));
        }
    }
    let is_free = |api: &Api, ty: &Ty| match ty {
        Ty::FreeObject => true,
        Ty::Named(id) => matches!(api.get(*id).shape, Shape::Alias(Ty::FreeObject)),
        _ => false,
    };
    let free: BTreeSet<(TypeId, String)> = api
        .ids()
        .filter_map(|id| match &api.get(id).shape {
            Shape::Object(fields) => Some((id, fields)),
            _ => None,
        })
        .flat_map(|(id, fields)| fields.iter().map(move |field| (id, field)))
        .filter(|(_, field)| is_free(api, &field.ty))
        .map(|(id, field)| (id, field.wire.clone()))
        .collect();
    let mut count = 0;
    for id in api.ids().collect::<Vec<_>>() {
        let def = &mut api.types[id.0];
        let Shape::Object(fields) = &mut def.shape else { continue };
        for field in fields.iter_mut().filter(|field| field.constant.is_none()) {
            let everywhere = names.secrets.fields.contains(&field.wire) && field.ty != Ty::Boolean;
            field.secret = everywhere || marked.contains(&(id, field.wire.clone()));
            let answers = names.answers.get(def.name.as_str()).is_some_and(|of| *of == field.wire);
            field.form = match field.ty {
                Ty::String if answers => FieldForm::ToolCallId,
                Ty::String if names.strings.json.contains(&field.wire) => FieldForm::Json,
                Ty::String if names.strings.parts.contains(&field.wire) => FieldForm::Parts,
                Ty::List(ref item) if **item == Ty::FreeObject => FieldForm::Objects,
                _ if free.contains(&(id, field.wire.clone())) => FieldForm::Object,
                _ => FieldForm::Plain,
            };
            count += usize::from(field.secret && !def.areas.is_empty());
        }
    }
    report.add(format!("secrets: {count} fields are not shown"));
    for index in 0..api.operations.len() {
        api.operations[index].secrets = of_operation(api, &api.operations[index]);
    }
}

fn field<'a>(api: &'a Api, id: TypeId, wire: &str) -> Option<&'a Field> {
    match &api.get(id).shape {
        Shape::Object(fields) => fields.iter().find(|field| field.wire == wire),
        Shape::Alias(ty) => field(api, ty.named()?, wire),
        _ => None,
    }
}

/// The names of the secrets in a request and its response: a server may repeat either in an error.
fn of_operation(api: &Api, operation: &Operation) -> Vec<String> {
    let response = match &operation.response {
        Response::Json(ty) => ty.named(),
        _ => None,
    };
    let body = operation.body.as_ref().and_then(|body| body.ty.named());
    let mut found = BTreeSet::new();
    let mut seen = BTreeSet::new();
    let mut next: Vec<TypeId> = response.into_iter().chain(body).collect();
    while let Some(id) = next.pop() {
        if !seen.insert(id) {
            continue;
        }
        let shape = &api.get(id).shape;
        if let Shape::Object(fields) = shape {
            found.extend(fields.iter().filter(|field| field.secret).map(|field| field.wire.clone()));
        }
        next.extend(references(shape));
    }
    found.into_iter().collect()
}
