//! Takes out types that only stand for another one.

use crate::ir::{Api, Response, Shape, Ty, TypeId};

/// Replaces every use of an alias by what it stands for.
pub(super) fn run(api: &mut Api) -> Result<(), String> {
    let targets: Vec<Option<Ty>> = api.ids().map(|id| resolve(api, id)).collect::<Result<_, _>>()?;
    for_each_ty(api, &mut |ty| replace(ty, &targets));
    Ok(())
}

fn replace(ty: &mut Ty, targets: &[Option<Ty>]) {
    match ty {
        Ty::Named(id) => {
            if let Some(target) = &targets[id.0] {
                *ty = target.clone();
            }
        }
        Ty::List(inner) | Ty::Map(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => replace(inner, targets),
        _ => {}
    }
}

/// What an alias stands for in the end, `None` for other types.
fn resolve(api: &Api, id: TypeId) -> Result<Option<Ty>, String> {
    let Shape::Alias(target) = &api.get(id).shape else { return Ok(None) };
    resolve_ty(api, target, &mut vec![id], false).map(Some)
}

/// `open` are the aliases on the way here, `inside` says that a list or map lies between.
fn resolve_ty(api: &Api, ty: &Ty, open: &mut Vec<TypeId>, inside: bool) -> Result<Ty, String> {
    Ok(match ty {
        Ty::Named(id) => match &api.get(*id).shape {
            // A list or map of itself has no Rust type without a name of its own; any JSON holds its values.
            Shape::Alias(_) if open.contains(id) && inside => Ty::Any,
            Shape::Alias(_) if open.contains(id) => {
                return Err("schemas refer to each other in a circle without any form".into());
            }
            Shape::Alias(target) => {
                open.push(*id);
                let found = resolve_ty(api, target, open, inside)?;
                open.pop();
                found
            }
            _ => ty.clone(),
        },
        Ty::List(inner) => Ty::List(Box::new(resolve_ty(api, inner, open, true)?)),
        Ty::Map(inner) => Ty::Map(Box::new(resolve_ty(api, inner, open, true)?)),
        Ty::Nullable(inner) => Ty::Nullable(Box::new(resolve_ty(api, inner, open, inside)?)),
        Ty::Boxed(inner) => Ty::Boxed(Box::new(resolve_ty(api, inner, open, inside)?)),
        other => other.clone(),
    })
}

/// Calls `change` with every use of a type in the API.
pub(super) fn for_each_ty(api: &mut Api, change: &mut dyn FnMut(&mut Ty)) {
    for def in &mut api.types {
        match &mut def.shape {
            Shape::Object(fields) => fields.iter_mut().for_each(|field| change(&mut field.ty)),
            Shape::Union(union) => union.variants.iter_mut().for_each(|variant| change(&mut variant.ty)),
            Shape::Alias(ty) => change(ty),
            Shape::Enum(_) => {}
        }
    }
    for operation in &mut api.operations {
        operation.parameters.iter_mut().for_each(|parameter| change(&mut parameter.field.ty));
        if let Some(body) = &mut operation.body {
            change(&mut body.ty);
        }
        if let Response::Json(ty) = &mut operation.response {
            change(ty);
        }
        if let Some(stream) = &mut operation.stream {
            change(&mut stream.event);
        }
        if let Some(paging) = &mut operation.paging {
            change(&mut paging.item);
        }
    }
}
