//! The order in which a request's body writes its members.

use crate::ir::{Api, BodyKind, Field, Shape, Ty, TypeDef};

/// The members that lead a JSON body: a router reads the first bytes of a body to choose where it goes. The last one leads
/// only where answers can be streamed, as in the official SDKs.
const LEADING: [&str; 3] = ["model", "stream", "service_tier"];

/// The fields of an object in the order in which they are written: of a JSON body the leading ones first, of a form the
/// file and the prompt, then those of the document's order. Other objects keep the document's order.
pub(super) fn written<'a>(api: &Api, def: &TypeDef, fields: &[&'a Field]) -> Vec<&'a Field> {
    let mut out = fields.to_vec();
    match body_kind(api, def) {
        Some(BodyKind::Json | BodyKind::MultipartOrJson) => {
            let streams = fields.iter().any(|field| field.wire == "stream");
            let leading = if streams { &LEADING[..] } else { &LEADING[..1] };
            // This sort is stable.
            out.sort_by_key(|field| leading.iter().position(|name| field.wire == *name).unwrap_or(leading.len()));
        }
        Some(BodyKind::Multipart) => {
            out.sort_by_key(|field| !(field.required && (field.wire == "prompt" || holds_file(api, &field.ty))));
        }
        Some(BodyKind::Form) | None => {}
    }
    out
}

/// The encoding of the bodies that are of this type, or of a union with it.
fn body_kind(api: &Api, def: &TypeDef) -> Option<BodyKind> {
    let bodies = api.operations.iter().filter_map(|operation| operation.body.as_ref());
    bodies.filter(|body| is_of(api, &body.ty, def)).map(|body| body.kind).next()
}

fn is_of(api: &Api, ty: &Ty, def: &TypeDef) -> bool {
    let of = match ty {
        Ty::Boxed(inner) | Ty::Nullable(inner) => return is_of(api, inner, def),
        Ty::Named(id) => api.get(*id),
        _ => return false,
    };
    match &of.shape {
        Shape::Union(union) => {
            union.variants.iter().any(|variant| variant.ty.named().is_some_and(|id| api.get(id).name == def.name))
        }
        _ => of.name == def.name,
    }
}

/// Whether a value of the type may be a file.
fn holds_file(api: &Api, ty: &Ty) -> bool {
    match ty {
        Ty::File => true,
        Ty::List(inner) | Ty::Nullable(inner) | Ty::Boxed(inner) => holds_file(api, inner),
        Ty::Named(id) => match &api.get(*id).shape {
            Shape::Union(union) => union.variants.iter().any(|variant| match &variant.ty {
                Ty::List(item) => matches!(**item, Ty::File),
                ty => matches!(ty, Ty::File),
            }),
            _ => false,
        },
        _ => false,
    }
}
