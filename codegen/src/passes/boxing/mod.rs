//! Boxes what would make a type infinite or its values large.

mod circles;

use std::collections::{BTreeMap, BTreeSet};

use self::circles::Circles;
use super::report::PassReport;
use crate::config::Names;
use crate::ir::{Api, Field, Shape, Ty, TypeDef, TypeId};

/// A stream event is moved around more often than it is looked into, so no union is larger than this many bytes.
const LARGEST_UNION: usize = 128;

/// Callers write the variants of what they send, and a box would be in their hands, so these may be larger.
const LARGEST_INPUT: usize = 512;

/// Most optional fields are unset in most values, and each takes the room of its value all the same. A field that would
/// take more than this many bytes is a pointer.
const LARGEST_OPTIONAL: usize = 48;

/// Breaks circles first, then keeps unions small, then objects.
pub(super) fn run(api: &mut Api, names: &Names, report: &mut PassReport) {
    let cycles = break_cycles(api);
    let mut sizes = BTreeMap::new();
    let mut large = 0;
    for id in api.ids() {
        let Shape::Union(union) = &api.get(id).shape else { continue };
        let largest = if api.get(id).in_request { LARGEST_INPUT } else { LARGEST_UNION };
        let to_box: Vec<usize> = (0..union.variants.len())
            .filter(|index| size_of(api, &union.variants[*index].ty, &mut sizes) + 8 > largest)
            .collect();
        large += to_box.len();
        box_variants(api, id, &to_box);
        sizes.remove(&id);
    }
    let mut fields = LargeFields { names, sizes: BTreeMap::new(), done: BTreeSet::new(), boxed: 0 };
    api.ids().for_each(|id| fields.settle(api, id));
    let boxed = fields.boxed;
    report
        .add(format!("boxing: {cycles} references in circles, {large} large variants, {boxed} large optional fields"));
}

/// The boxing of large optional fields, from the inside out: what holds a box is smaller.
struct LargeFields<'a> {
    names: &'a Names,
    sizes: BTreeMap<TypeId, usize>,
    done: BTreeSet<TypeId>,
    boxed: usize,
}

impl LargeFields<'_> {
    fn settle(&mut self, api: &mut Api, id: TypeId) {
        if !self.done.insert(id) {
            return;
        }
        direct(api, id).into_iter().flatten().for_each(|inner| self.settle(api, inner));
        let def = api.get(id);
        let Shape::Object(fields) = &def.shape else { return };
        let large: Vec<usize> = (0..fields.len()).filter(|at| self.is_large(api, def, &fields[*at])).collect();
        self.boxed += large.len();
        large.into_iter().for_each(|at| box_at(api, id, at));
    }

    /// Tells if a field is optional and larger than a pointer should be. A union in a response is matched by its variants,
    /// which a box would hide.
    fn is_large(&mut self, api: &Api, owner: &TypeDef, field: &Field) -> bool {
        let Ty::Named(inner) = field.ty else { return false };
        let is_candidate = match api.get(inner).shape {
            Shape::Object(_) => true,
            Shape::Union(_) => !owner.in_response,
            Shape::Enum(_) | Shape::Alias(_) => false,
        };
        let is_kept = self.names.unboxed.contains(&field.wire);
        let may_be_boxed = is_candidate && field.is_option() && field.constant.is_none() && !is_kept;
        may_be_boxed && size_of_type(api, inner, &mut self.sizes) > LARGEST_OPTIONAL
    }
}

fn box_variants(api: &mut Api, id: TypeId, indices: &[usize]) {
    if let Shape::Union(union) = &mut api.get_mut(id).shape {
        for &index in indices {
            let ty = &mut union.variants[index].ty;
            *ty = Ty::Boxed(Box::new(ty.clone()));
        }
    }
}

/// Boxes every direct reference that leads back to its own type; unions first, since a variant's box is out of sight.
fn break_cycles(api: &mut Api) -> usize {
    let mut count = 0;
    let mut circles = Circles::new(api.types.len(), |node| held(api, node));
    for unions in [true, false] {
        for id in api.ids() {
            for index in 0..direct(api, id).len() {
                if matches!(api.get(id).shape, Shape::Union(_)) != unions {
                    continue;
                }
                let Some(target) = direct(api, id)[index] else { continue };
                // Only types of one circle lead to each other.
                let circle = circles.of(id.0);
                if circles.of(target.0) == circle && reaches(api, target, id, &circles) {
                    box_at(api, id, index);
                    count += 1;
                    circles.split(circle, |node| held(api, node));
                }
            }
        }
    }
    count
}

/// The types that a value of this type holds in itself, a place each.
fn direct(api: &Api, id: TypeId) -> Vec<Option<TypeId>> {
    fn inline(ty: &Ty) -> Option<TypeId> {
        match ty {
            Ty::Named(id) => Some(*id),
            Ty::Nullable(inner) => inline(inner),
            _ => None,
        }
    }
    match &api.get(id).shape {
        Shape::Object(fields) => {
            fields.iter().map(|field| if field.constant.is_some() { None } else { inline(&field.ty) }).collect()
        }
        Shape::Union(union) => union.variants.iter().map(|variant| inline(&variant.ty)).collect(),
        Shape::Alias(_) | Shape::Enum(_) => Vec::new(),
    }
}

/// The same as places, each once for every place that holds it.
fn held(api: &Api, node: usize) -> Vec<usize> {
    direct(api, TypeId(node)).into_iter().flatten().map(|id| id.0).collect()
}

fn box_at(api: &mut Api, id: TypeId, index: usize) {
    let ty = match &mut api.get_mut(id).shape {
        Shape::Object(fields) => &mut fields[index].ty,
        Shape::Union(union) => &mut union.variants[index].ty,
        Shape::Alias(_) | Shape::Enum(_) => return,
    };
    *ty = Ty::Boxed(Box::new(ty.clone()));
}

fn reaches(api: &Api, from: TypeId, to: TypeId, circles: &Circles) -> bool {
    let mut open = vec![from];
    let mut seen = BTreeSet::new();
    while let Some(id) = open.pop() {
        if id == to {
            return true;
        }
        if circles.of(id.0) == circles.of(to.0) && seen.insert(id) {
            open.extend(direct(api, id).into_iter().flatten());
        }
    }
    false
}

/// An upper bound of a type's size on a 64-bit machine.
fn size_of(api: &Api, ty: &Ty, sizes: &mut BTreeMap<TypeId, usize>) -> usize {
    match ty {
        Ty::String | Ty::List(_) | Ty::Map(_) => 24,
        Ty::Integer | Ty::Number | Ty::Boxed(_) => 8,
        Ty::Boolean => 1,
        Ty::Any | Ty::FreeObject => 72,
        Ty::File => 120,
        Ty::Floats => 32,
        Ty::Nullable(inner) => size_of(api, inner, sizes) + 8,
        Ty::Named(id) => size_of_type(api, *id, sizes),
    }
}

fn size_of_type(api: &Api, id: TypeId, sizes: &mut BTreeMap<TypeId, usize>) -> usize {
    if let Some(size) = sizes.get(&id) {
        return *size;
    }
    let size = match &api.get(id).shape {
        Shape::Object(fields) => {
            let plain = fields.iter().filter(|field| field.constant.is_none());
            8 + plain.map(|field| option_size(field, size_of(api, &field.ty, sizes))).sum::<usize>()
        }
        Shape::Enum(_) => 24,
        Shape::Union(union) => {
            8 + union.variants.iter().map(|variant| size_of(api, &variant.ty, sizes)).max().unwrap_or_default().max(72)
        }
        Shape::Alias(ty) => size_of(api, ty, sizes),
    };
    let size = size.next_multiple_of(8);
    sizes.insert(id, size);
    size
}

fn option_size(field: &Field, size: usize) -> usize {
    // Texts, lists and boxes have room for `None`; numbers have not.
    let is_number = matches!(field.ty, Ty::Integer | Ty::Number);
    if field.is_option() && is_number { 16 } else { size.next_multiple_of(8) }
}
