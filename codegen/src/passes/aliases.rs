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
    resolve_ty(api, target, 0).map(Some)
}

fn resolve_ty(api: &Api, ty: &Ty, depth: usize) -> Result<Ty, String> {
    if depth > 64 {
        return Err("schemas refer to each other in a circle without any form".into());
    }
    let again = |inner: &Ty| resolve_ty(api, inner, depth + 1).map(Box::new);
    Ok(match ty {
        Ty::Named(id) => match &api.get(*id).shape {
            Shape::Alias(target) => resolve_ty(api, target, depth + 1)?,
            _ => ty.clone(),
        },
        Ty::List(inner) => Ty::List(again(inner)?),
        Ty::Map(inner) => Ty::Map(again(inner)?),
        Ty::Nullable(inner) => Ty::Nullable(again(inner)?),
        Ty::Boxed(inner) => Ty::Boxed(again(inner)?),
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
