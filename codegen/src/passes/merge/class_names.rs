//! The name of a class of equal types, true wherever one of them is used.
//!
//! A name says whose type it is: `ResponseCompactModel` is the `model` of a compacted response. So the name of one member
//! fits the uses of another only if both are of one area and the name is a schema's, or if the document shows the first
//! one there itself. Otherwise the class has a name of its own: what names.toml says under `[shared]`, or the first
//! and last words that all its members have in common. Without such a name it is split.

use std::collections::{BTreeMap, BTreeSet};

use super::super::report::PassReport;
use crate::config::Names;
use crate::ir::{
    Api, SchemaOrigin, TypeDef, TypeId, TypeName, behind_area, is_taken_by_sdk, is_taken_type, pascal, snake,
};

/// Types that become one.
pub(super) struct Group {
    /// The type that is kept.
    pub keep: TypeId,
    /// All of them.
    pub members: Vec<TypeId>,
    /// Its name.
    pub name: TypeName,
}

/// The names of all classes.
pub(super) struct ClassNames<'a> {
    api: &'a Api,
    names: &'a Names,
    /// The names of `[shared]` by the type that is listed.
    shared: BTreeMap<&'a str, &'a str>,
    /// The type of each name.
    taken: BTreeMap<&'a str, TypeId>,
    /// Names that this pass gave.
    given: BTreeSet<String>,
    used: BTreeSet<&'a str>,
    /// Classes without a name for all members: the names of their parts.
    pub split: Vec<String>,
}

impl<'a> ClassNames<'a> {
    /// Nothing is named yet.
    pub(super) fn new(api: &'a Api, names: &'a Names) -> Self {
        let emitted = api.ids().filter(|id| !api.get(*id).areas.is_empty());
        Self {
            api,
            names,
            shared: names.shared.iter().map(|(name, of)| (of.as_str(), name.as_str())).collect(),
            taken: emitted.map(|id| (api.get(id).name.as_str(), id)).collect(),
            given: BTreeSet::new(),
            used: BTreeSet::new(),
            split: Vec::new(),
        }
    }

    /// Puts the members of a class into as few groups as there are names for.
    pub(super) fn groups(&mut self, class: &[TypeId]) -> Vec<Group> {
        let mut members = class.to_vec();
        members.sort_by_key(|id| rank(self.api, *id));
        let listed = members.iter().find_map(|id| self.shared.get_key_value(self.name(*id)));
        if let Some((of, name)) = listed.map(|(of, name)| (*of, *name)) {
            self.used.insert(of);
            return vec![Group { keep: members[0], members, name: TypeName::new(name) }];
        }
        let mut groups: Vec<Vec<TypeId>> = Vec::new();
        for id in members {
            match groups.iter_mut().find(|group| fits(self.api, self.names, group[0], id)) {
                Some(group) => group.push(id),
                None => groups.push(vec![id]),
            }
        }
        let groups: Vec<Group> = groups.into_iter().flat_map(|members| self.named(members)).collect();
        if groups.len() > 1 {
            // In an order that does not depend on the document's, so that a line told once is not told again.
            let mut names: Vec<&str> = groups.iter().map(|group| group.name.as_str()).collect();
            names.sort_unstable();
            self.split.push(names.join(", "));
        }
        groups
    }

    /// Adds what a maintainer could give a name to.
    pub(super) fn report(&self, report: &mut PassReport) {
        for (of, name) in self.shared.iter().filter(|(of, _)| !self.used.contains(*of)) {
            report.to_do(format!("merge: [shared] {name} = {of:?} is the same as no other type"));
        }
    }

    /// Types of one area: under the name of a schema that all schemas among them repeat, or under the words that they have
    /// in common. Otherwise each schema stays for itself, and each owner of inline types.
    fn named(&mut self, members: Vec<TypeId>) -> Vec<Group> {
        let keep = members[0];
        let (public, inline): (Vec<TypeId>, Vec<TypeId>) = members.iter().partition(|id| is_public(self.api.get(**id)));
        let named_alike = if public.is_empty() { &inline } else { &public };
        let is_true = if public.is_empty() {
            inline.iter().all(|id| is_twin(self.api, keep, *id))
        } else {
            public.iter().all(|id| repeats(self.name(*id), self.name(keep)))
        };
        if is_true {
            return vec![Group { keep, name: TypeName::new(self.name(keep)), members }];
        }
        if let Some(name) = self.common(named_alike) {
            self.given.insert(name.clone());
            return vec![Group { keep, name: TypeName::new(&name), members }];
        }
        let mut parts: Vec<Vec<TypeId>> = Vec::new();
        for id in members {
            let belongs =
                |part: &&mut Vec<TypeId>| match (is_public(self.api.get(part[0])), is_public(self.api.get(id))) {
                    (true, true) => repeats(self.name(id), self.name(part[0])),
                    (true, false) => true,
                    _ => owner(self.api, part[0]) == owner(self.api, id),
                };
            match parts.iter_mut().find(belongs) {
                Some(part) => part.push(id),
                None => parts.push(vec![id]),
            }
        }
        let group =
            |members: Vec<TypeId>| Group { keep: members[0], name: TypeName::new(self.name(members[0])), members };
        parts.into_iter().map(group).collect()
    }

    /// The first and last words that the names of all members have in common, if they say enough and are free.
    fn common(&self, members: &[TypeId]) -> Option<String> {
        let names: Vec<Vec<String>> = members.iter().map(|id| words(self.name(*id))).collect();
        let (first, rest) = names.split_first()?;
        let shortest = names.iter().map(Vec::len).min()?;
        let same = |at: &dyn Fn(&[String]) -> Option<String>| rest.iter().all(|words| at(words) == at(first));
        let ends = (0..shortest).take_while(|n| same(&|words| words.iter().rev().nth(*n).cloned())).count();
        let begins = (0..shortest - ends).take_while(|n| same(&|words| words.get(*n).cloned())).count();
        if ends == 0 || begins + ends < 2 {
            return None;
        }
        let name = pascal(&[&first[..begins], &first[first.len() - ends..]].concat().join("_"));
        let is_free = self.taken.get(name.as_str()).is_none_or(|id| members.contains(id));
        let is_given = self.given.contains(&name) || self.names.shared.contains_key(&name);
        (is_free && !is_given && !is_taken_type(&name) && !is_taken_by_sdk(&name)).then_some(name)
    }

    fn name(&self, id: TypeId) -> &'a str {
        self.api.get(id).name.as_str()
    }
}

/// Tells if the name of `keep` is true where `id` is used.
fn fits(api: &Api, names: &Names, keep: TypeId, id: TypeId) -> bool {
    if is_twin(api, keep, id) {
        return true;
    }
    let (keep, def) = (api.get(keep), api.get(id));
    let (own, area) = (area(names, keep), area(names, def));
    if !is_public(keep) {
        return !is_public(def) && (own.is_some() && own == area || keep.areas == def.areas);
    }
    let is_of_another = own.as_ref().is_some_and(|own| !def.areas.contains(own));
    own.is_some() && own == area || (!is_of_another && def.areas.is_subset(&keep.areas))
}

/// Tells if the names are the same but for the prefix of a beta twin.
fn is_twin(api: &Api, a: TypeId, b: TypeId) -> bool {
    words(api.get(a).name.as_str()) == words(api.get(b).name.as_str())
}

/// Tells if a name has all words of another one, in their order.
fn repeats(name: &str, of: &str) -> bool {
    let mut rest = words(name).into_iter();
    words(of).iter().all(|word| rest.any(|other| other == *word))
}

/// The words of a name; that of a beta twin has those of its original.
fn words(name: &str) -> Vec<String> {
    snake(name).split('_').filter(|word| *word != "beta").map(str::to_owned).collect()
}

/// The area whose words a name begins with; a beta twin has that of its original.
fn area(names: &Names, def: &TypeDef) -> Option<String> {
    let words = words(def.name.as_str());
    let is_twin = def.name.as_str().starts_with("Beta");
    let begins = |area: &&String| behind_area(&words, area).is_some();
    names.areas.order.iter().filter(|area| is_twin || def.areas.contains(*area)).find(begins).cloned()
}

/// Tells if the name is a schema's, and not made of its owner's.
fn is_public(def: &TypeDef) -> bool {
    matches!(def.origin, SchemaOrigin::Component(_) | SchemaOrigin::Webhooks(_))
}

/// The outermost type around an inline one.
fn owner(api: &Api, id: TypeId) -> Option<TypeId> {
    let (mut at, mut seen) = (id, BTreeSet::new());
    while let SchemaOrigin::Inline { owner, .. } = &api.get(at).origin {
        if !seen.insert(*owner) {
            break;
        }
        at = *owner;
    }
    (at != id).then_some(at)
}

/// A component's name is public, so it is kept before an inline schema's; a plain one before any of a beta twin.
fn rank(api: &Api, id: TypeId) -> (bool, u8, TypeId) {
    let def = api.get(id);
    let beta = ["Beta", "RealtimeBeta"].iter().any(|prefix| def.name.as_str().starts_with(prefix));
    let rank = match &def.origin {
        SchemaOrigin::Component(_) | SchemaOrigin::Webhooks(_) => 0,
        SchemaOrigin::Inline { .. } | SchemaOrigin::Operation(_) if def.listed => 1,
        SchemaOrigin::Inline { .. } | SchemaOrigin::Operation(_) => 2,
    };
    (beta, rank, id)
}
