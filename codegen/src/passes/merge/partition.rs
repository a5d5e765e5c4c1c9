//! The coarsest partition of types into classes of equal ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, Field, Shape, Ty, TypeId};

/// The class of each type. All types of one part and with the same outline start in one class; a class splits while its
/// members refer to different classes.
pub(super) fn run(api: &Api, used: &[TypeId], part: &[usize]) -> Vec<usize> {
    let mut class = part.to_vec();
    loop {
        let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
        let mut next = class.clone();
        for id in used {
            let signature = (class[id.0], signature(api, *id, &class));
            let fresh = known.len() + 1;
            next[id.0] = *known.entry(signature).or_insert(fresh);
        }
        let count = |classes: &[usize]| used.iter().map(|id| classes[id.0]).collect::<BTreeSet<_>>().len();
        if count(&next) == count(&class) {
            return class;
        }
        class = next;
    }
}

fn signature(api: &Api, id: TypeId, class: &[usize]) -> String {
    match &api.get(id).shape {
        Shape::Object(fields) => {
            let field = |field: &Field| match &field.constant {
                Some(value) => format!("{}={value}", field.wire),
                None => format!("{}:{}:{}:{}", field.wire, field.required, field.nullable, ty(&field.ty, class)),
            };
            format!("{{{}}}", fields.iter().map(field).collect::<Vec<_>>().join(","))
        }
        Shape::Enum(values) => {
            // The order of values says nothing.
            let values: BTreeSet<String> = values.iter().map(|value| format!("{:?}", value.wire)).collect();
            values.into_iter().collect::<Vec<_>>().join("|")
        }
        Shape::Union(union) => {
            let variants = union.variants.iter().map(|variant| ty(&variant.ty, class));
            format!("<{}>", variants.collect::<Vec<_>>().join("|"))
        }
        Shape::Alias(target) => ty(target, class),
    }
}

fn ty(ty_: &Ty, class: &[usize]) -> String {
    match ty_ {
        Ty::Named(id) => format!("#{}", class[id.0]),
        Ty::List(inner) => format!("[{}]", ty(inner, class)),
        Ty::Map(inner) => format!("map {}", ty(inner, class)),
        Ty::Nullable(inner) => format!("{}?", ty(inner, class)),
        Ty::Boxed(inner) => ty(inner, class),
        other => format!("{other:?}"),
    }
}
