//! Unions that say less than they seem to: nested ones, several string forms, one form only.

pub(super) mod constants;

use std::collections::BTreeSet;

use crate::ir::{Api, EnumValue, Facts, RustIdent, SchemaOrigin, Shape, Ty, TypeDef, TypeId, TypeName, Variant};
use crate::passes::aliases;
use crate::passes::report::PassReport;

/// Flattens and simplifies until nothing changes; what collapses to one form becomes an alias and goes away.
pub(super) fn run(api: &mut Api, report: &mut PassReport) -> Result<(), String> {
    let before = count_unions(api);
    // A union may collapse only after the one it holds did; the depth of nesting bounds the rounds.
    for _ in 0..16 {
        let mut changed = false;
        for id in api.ids() {
            changed |= simplify(api, id);
        }
        aliases::run(api)?;
        if !changed {
            break;
        }
    }
    report.add(format!("unions: {before} in the document, {} after simplifying", count_unions(api)));
    if report.is_lenient() {
        let streams = api.operations.iter_mut().filter_map(|operation| operation.stream.as_mut());
        streams.for_each(|stream| stream.event = event(&stream.event));
    }
    Ok(())
}

fn count_unions(api: &Api) -> usize {
    api.types.iter().filter(|def| matches!(def.shape, Shape::Union(_))).count()
}

fn simplify(api: &mut Api, id: TypeId) -> bool {
    let Shape::Union(union) = &api.get(id).shape else { return false };
    let mut variants = Vec::new();
    flatten(api, &union.variants, &mut variants, &mut BTreeSet::from([id]));
    let before = union.variants.len();
    if variants.iter().any(|variant| variant.ty == Ty::Any) {
        api.get_mut(id).shape = Shape::Alias(Ty::Any);
        return true;
    }
    if let Some(shape) = merge_texts(api, id, &mut variants) {
        api.get_mut(id).shape = shape;
        return true;
    }
    if variants.iter().any(|variant| variant.ty == Ty::Number) {
        variants.retain(|variant| variant.ty != Ty::Integer);
    }
    if let [only] = variants.as_slice() {
        let ty = only.ty.clone();
        api.get_mut(id).shape = Shape::Alias(ty);
        return true;
    }
    let changed = variants.len() != before;
    if let Shape::Union(union) = &mut api.get_mut(id).shape {
        union.variants = variants;
    }
    changed
}

/// Puts the variants of inner unions in their place, each form once.
fn flatten(api: &Api, variants: &[Variant], out: &mut Vec<Variant>, seen: &mut BTreeSet<TypeId>) {
    for variant in variants {
        if let Ty::Named(inner) = variant.ty
            && let Shape::Union(union) = &api.get(inner).shape
        {
            if seen.insert(inner) {
                flatten(api, &union.variants, out, seen);
            }
            continue;
        }
        if !out.iter().any(|known| known.ty == variant.ty) {
            out.push(variant.clone());
        }
    }
}

/// Makes one string form of several. A union of nothing but strings is an open enum.
fn merge_texts(api: &mut Api, id: TypeId, variants: &mut Vec<Variant>) -> Option<Shape> {
    let mut values: Vec<EnumValue> = Vec::new();
    let mut enums: Vec<TypeId> = Vec::new();
    let mut texts = 0;
    for variant in variants.iter() {
        if variant.ty == Ty::String {
            texts += 1;
        } else if let Some((id, own)) = enum_of(api, &variant.ty) {
            texts += 1;
            enums.push(id);
            for value in own {
                if !values.contains(value) {
                    values.push(value.clone());
                }
            }
        }
    }
    let is_text = |api: &Api, ty: &Ty| *ty == Ty::String || enum_of(api, ty).is_some();
    let all = variants.iter().all(|variant| is_text(api, &variant.ty));
    let one_word = values.len() == 1;
    let open = variants.iter().any(|variant| variant.ty == Ty::String);
    if all && texts > 0 {
        return Some(match enums.as_slice() {
            [] => Shape::Alias(Ty::String),
            // Any text, of which one is named: as an enum of one value it would be taken for a constant.
            _ if open && one_word => Shape::Alias(Ty::String),
            [only] if matches!(api.get(*only).origin, SchemaOrigin::Component(_)) => Shape::Alias(Ty::Named(*only)),
            _ => Shape::Enum(values),
        });
    }
    // `auto` beside a number: a text whose only value the docs name needs no type of its own.
    let inline_word = one_word && enums.iter().all(|id| !matches!(api.get(*id).origin, SchemaOrigin::Component(_)));
    if texts < 2 && !(texts == 1 && inline_word) {
        return None;
    }
    let ty = match enums.as_slice() {
        [] => Ty::String,
        _ if inline_word => Ty::String,
        [only] => Ty::Named(*only),
        _ => {
            let merged = TypeId(api.types.len());
            api.types.push(TypeDef {
                origin: SchemaOrigin::Inline { owner: id, path: "|value".into() },
                name: TypeName::default(),
                listed: false,
                own_name: None,
                facts: Facts::default(),
                shape: Shape::Enum(values),
                areas: BTreeSet::new(),
                in_request: false,
                in_response: false,
                prose: None,
            });
            Ty::Named(merged)
        }
    };
    let at = variants.iter().position(|variant| is_text(api, &variant.ty)).unwrap_or_default();
    let first = Variant { rust: RustIdent::default(), ty, label: None, title: None, prose: None };
    variants.retain(|variant| !is_text(api, &variant.ty));
    variants.insert(at.min(variants.len()), first);
    None
}

fn enum_of<'a>(api: &'a Api, ty: &Ty) -> Option<(TypeId, &'a Vec<EnumValue>)> {
    let Ty::Named(id) = ty else { return None };
    match &api.get(*id).shape {
        Shape::Enum(values) => Some((*id, values)),
        _ => None,
    }
}

/// The type that a stream can have for its events: one of the API, any JSON, or text.
fn event(ty: &Ty) -> Ty {
    match ty {
        Ty::Named(_) | Ty::Any | Ty::FreeObject | Ty::String => ty.clone(),
        Ty::File => Ty::String,
        Ty::Nullable(inner) | Ty::Boxed(inner) => event(inner),
        _ => Ty::Any,
    }
}
