//! The coarsest partition of types into classes of equal ones.

use std::collections::{BTreeMap, BTreeSet};

use crate::ir::{Api, Field, Shape, Ty, TypeId};
use crate::passes::references;

/// The class of each type. All types of one part and with the same outline start in one class; a class splits while its
/// members refer to different classes.
pub(super) fn run(api: &Api, used: &[TypeId], part: &[usize]) -> Vec<usize> {
    let mut users: BTreeMap<TypeId, Vec<TypeId>> = BTreeMap::new();
    for id in used {
        references(&api.get(*id).shape).into_iter().for_each(|target| users.entry(target).or_default().push(*id));
    }
    let mut classes = Classes::new(api, used, part);
    let mut looked_at: BTreeSet<TypeId> = used.iter().copied().collect();
    // Only what refers to a type that has another class now may have to leave its own.
    while !looked_at.is_empty() {
        let changed = classes.split(api, &looked_at);
        looked_at = changed.iter().filter_map(|id| users.get(id)).flatten().copied().collect();
    }
    numbered(used, classes.of)
}

/// The classes so far.
struct Classes {
    of: Vec<usize>,
    size: BTreeMap<usize, usize>,
    /// The signature of the members of a class that were not looked at since.
    shown: BTreeMap<usize, String>,
    last: usize,
}

impl Classes {
    /// Classes by part and outline.
    fn new(api: &Api, used: &[TypeId], part: &[usize]) -> Self {
        let mut known: BTreeMap<(usize, String), usize> = BTreeMap::new();
        let mut of = part.to_vec();
        for id in used {
            let outline = (part[id.0], signature(api, *id, part));
            let fresh = known.len() + 1;
            of[id.0] = *known.entry(outline).or_insert(fresh);
        }
        let mut size = BTreeMap::new();
        used.iter().for_each(|id| *size.entry(of[id.0]).or_default() += 1);
        Self { of, size, shown: BTreeMap::new(), last: known.len() }
    }

    /// Gives those types a class of their own that differ from the rest of theirs, and returns them.
    fn split(&mut self, api: &Api, looked_at: &BTreeSet<TypeId>) -> Vec<TypeId> {
        let mut groups: BTreeMap<usize, BTreeMap<String, Vec<TypeId>>> = BTreeMap::new();
        for id in looked_at {
            let signature = signature(api, *id, &self.of);
            groups.entry(self.of[id.0]).or_default().entry(signature).or_default().push(*id);
        }
        let mut changed = Vec::new();
        for (class, mut groups) in groups {
            let all = groups.values().map(Vec::len).sum::<usize>() == self.size[&class];
            let largest =
                groups.iter().max_by_key(|(_, members)| members.len()).map(|(signature, _)| signature.clone());
            let kept = if all { largest } else { self.shown.get(&class).cloned() };
            kept.iter().for_each(|signature| drop(groups.remove(signature)));
            self.shown.extend(kept.map(|signature| (class, signature)));
            for (signature, members) in groups {
                self.last += 1;
                members.iter().for_each(|id| self.of[id.0] = self.last);
                self.size.insert(self.last, members.len());
                self.size.entry(class).and_modify(|size| *size -= members.len());
                self.shown.insert(self.last, signature);
                changed.extend(members);
            }
        }
        changed
    }
}

/// Numbers the classes in the order of their first members.
fn numbered(used: &[TypeId], mut class: Vec<usize>) -> Vec<usize> {
    let mut known = BTreeMap::new();
    for id in used {
        let fresh = known.len() + 1;
        class[id.0] = *known.entry(class[id.0]).or_insert(fresh);
    }
    class
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
