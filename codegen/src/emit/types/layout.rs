//! The file of each type.
//!
//! The area that owns a type is the folder, and the first words of its name are the file: `ResponseWebSearchToolCall` is in
//! `responses/web_search.rs`. An inline type is where the type around it is. Names alone decide, and sizes only whether
//! words have a file of their own, so a type that joins moves at most those that begin with the same words.

use std::collections::{BTreeMap, BTreeSet};

use crate::config::Names;
use crate::ir::{Api, Response, SchemaOrigin, Shape, TypeId, behind_area, singular, snake};
use crate::passes::{distances, references};

/// A file of types.
#[derive(Debug, Default)]
pub(super) struct TypeFile {
    /// The file's own line of docs.
    pub doc: String,
    /// Its types in the order they are used, each with its aliases by index.
    pub types: Vec<(TypeId, Vec<usize>)>,
}

/// Files by area and module. An area that fits into one file has a single module without a name.
pub(super) type Layout = BTreeMap<String, BTreeMap<String, TypeFile>>;

/// A file longer than this is split by the next words of names.
const MOST_LINES: usize = 1500;

/// First words have a file of their own from this length on.
const LEAST_LINES: usize = 100;

/// A type that so many areas use without being named after one of them belongs to none.
const COMMON: usize = 4;

/// A type and the inline types in it, which stay together.
#[derive(Debug, Default)]
struct Family {
    /// Its place in the order of use.
    place: usize,
    members: Vec<(TypeId, Vec<usize>)>,
    /// The words of its name without the area's.
    words: Vec<String>,
    lines: usize,
}

/// Lays out all emitted types.
pub(super) fn files(api: &Api, names: &Names) -> Layout {
    let distances = distances(api, names);
    let mut aliases: BTreeMap<TypeId, Vec<usize>> = BTreeMap::new();
    for (index, alias) in api.aliases.iter().enumerate() {
        aliases.entry(alias.target).or_default().push(index);
    }
    let mut families: Vec<Family> = Vec::new();
    let mut known: BTreeMap<TypeId, usize> = BTreeMap::new();
    for id in in_order_of_use(api) {
        let index = *known.entry(head(api, id)).or_insert_with(|| {
            families.push(Family { place: families.len(), ..Family::default() });
            families.len() - 1
        });
        let aliases = aliases.remove(&id).unwrap_or_default();
        families[index].lines += lines_of(api, id) + 5 * aliases.len();
        families[index].members.push((id, aliases));
    }
    let mut areas: BTreeMap<String, Vec<Family>> = BTreeMap::new();
    for (head, index) in known {
        let mut family = std::mem::take(&mut families[index]);
        let area = owner(api, names, &distances, head);
        family.words = words(names, without_area(api.get(head).name.as_str(), &area).0);
        areas.entry(snake(&area)).or_default().push(family);
    }
    areas.into_iter().map(|(area, families)| (area.clone(), modules(&area, families))).collect()
}

/// The outermost emitted type around an inline one.
fn head(api: &Api, id: TypeId) -> TypeId {
    let (mut head, mut at) = (id, id);
    let mut seen = BTreeSet::new();
    while let SchemaOrigin::Inline { owner, .. } = &api.get(at).origin {
        at = *owner;
        if !seen.insert(at) {
            break;
        }
        if !api.get(at).areas.is_empty() {
            head = at;
        }
    }
    head
}

/// The area that a type belongs to: that of its name; else the one whose operations are nearest to it.
fn owner(api: &Api, names: &Names, distances: &BTreeMap<String, BTreeMap<TypeId, usize>>, id: TypeId) -> String {
    let def = api.get(id);
    if let Some(area) = def.areas.iter().find(|area| without_area(def.name.as_str(), area).1) {
        return area.clone();
    }
    let hosts: Vec<&String> = def.areas.iter().filter(|area| !names.areas.guests.contains(*area)).collect();
    if hosts.len() >= COMMON {
        return "common".into();
    }
    let candidates = if hosts.is_empty() { def.areas.iter().collect() } else { hosts };
    let position = |area: &String| names.areas.order.iter().position(|known| known == area);
    let rank = |area: &&String| {
        let distance = distances.get(*area).and_then(|known| known.get(&id)).copied();
        (distance.unwrap_or(usize::MAX), position(area).unwrap_or(usize::MAX), (*area).clone())
    };
    candidates.into_iter().min_by_key(rank).cloned().unwrap_or_else(|| "common".into())
}

/// The words of a name behind those of the area, and whether it begins with these.
fn without_area(name: &str, area: &str) -> (Vec<String>, bool) {
    let words: Vec<String> = snake(name).split('_').map(str::to_owned).collect();
    if let Some(rest) = behind_area(&words, area) {
        return (rest.to_vec(), true);
    }
    (words, false)
}

/// Words as the files have them: in the singular, and several as one where names.toml says that they belong together.
fn words(names: &Names, words: Vec<String>) -> Vec<String> {
    let mut out = Vec::new();
    let mut rest = words.as_slice();
    while let Some((first, behind)) = rest.split_first() {
        let begins = |term: &&String| {
            let term: Vec<&str> = term.split('_').collect();
            rest.len() >= term.len() && rest.iter().zip(&term).all(|(word, wanted)| word == wanted)
        };
        let longest = names.areas.terms.iter().filter(begins).max_by_key(|term| term.len());
        match longest {
            Some(term) => {
                rest = &rest[term.split('_').count()..];
                out.push(term.clone());
            }
            None => {
                rest = behind;
                out.push(singular(first));
            }
        }
    }
    out
}

fn modules(area: &str, families: Vec<Family>) -> BTreeMap<String, TypeFile> {
    let mut out = BTreeMap::new();
    if lines(&families) <= MOST_LINES {
        let doc = if area == "common" {
            " Types that several areas have in common.".to_owned()
        } else {
            format!(" Types of the area `{area}`.")
        };
        add(&mut out, String::new(), doc, families);
        return out;
    }
    let one = singular(area);
    let rest = match area {
        "common" => "shared".to_owned(),
        _ if one == area => "common".to_owned(),
        _ => one,
    };
    split(area, &[], rest, families, &mut out);
    out
}

/// Gives each next word that has enough types a file of its own; what is left is in the file `rest`.
fn split(area: &str, prefix: &[String], rest: String, families: Vec<Family>, out: &mut BTreeMap<String, TypeFile>) {
    let doc = |prefix: &[String]| match prefix {
        [] => format!(" Types of the area `{area}` whose first words are in no other file."),
        words => format!(" Types of the area `{area}`: {}.", words.join(" ").replace('_', " ")),
    };
    if !prefix.is_empty() && lines(&families) <= MOST_LINES {
        add(out, rest, doc(prefix), families);
        return;
    }
    let (mut left, mut groups): (Vec<Family>, BTreeMap<String, Vec<Family>>) = Default::default();
    for family in families {
        match family.words.get(prefix.len()) {
            Some(word) => groups.entry(word.clone()).or_default().push(family),
            None => left.push(family),
        }
    }
    for (word, group) in groups {
        if lines(&group) < LEAST_LINES {
            left.extend(group);
            continue;
        }
        let longer: Vec<String> = prefix.iter().cloned().chain([word]).collect();
        split(area, &longer, longer.join("_"), group, out);
    }
    if !left.is_empty() {
        add(out, rest, doc(prefix), left);
    }
}

fn add(out: &mut BTreeMap<String, TypeFile>, module: String, doc: String, mut families: Vec<Family>) {
    families.sort_by_key(|family| family.place);
    let file = out.entry(module).or_insert_with(|| TypeFile { doc, types: Vec::new() });
    file.types.extend(families.into_iter().flat_map(|family| family.members));
}

fn lines(families: &[Family]) -> usize {
    families.iter().map(|family| family.lines).sum()
}

/// About how many lines a type takes: a request's fields have a setter each.
fn lines_of(api: &Api, id: TypeId) -> usize {
    let def = api.get(id);
    match &def.shape {
        Shape::Object(fields) => 14 + fields.len() * if def.in_request { 10 } else { 3 },
        Shape::Union(union) => 14 + union.variants.len() * if def.in_request { 18 } else { 4 },
        Shape::Enum(values) => 10 + values.len() * 3,
        Shape::Alias(_) => 0,
    }
}

/// All emitted types, each before the types that it is the first to use.
fn in_order_of_use(api: &Api) -> Vec<TypeId> {
    let mut starts = Vec::new();
    for operation in &api.operations {
        starts.extend(operation.parameters.iter().filter_map(|parameter| parameter.field.ty.named()));
        starts.extend(operation.body.iter().filter_map(|body| body.ty.named()));
        if let Response::Json(ty) = &operation.response {
            starts.extend(ty.named());
        }
        starts.extend(operation.stream.iter().filter_map(|stream| stream.event.named()));
    }
    starts.extend(api.ids());
    let mut seen = BTreeSet::new();
    let mut out = Vec::new();
    for start in starts {
        visit(api, start, &mut seen, &mut out);
    }
    out
}

fn visit(api: &Api, start: TypeId, seen: &mut BTreeSet<TypeId>, out: &mut Vec<TypeId>) {
    let mut open = vec![start];
    while let Some(id) = open.pop() {
        if api.get(id).areas.is_empty() || !seen.insert(id) {
            continue;
        }
        out.push(id);
        let mut next = references(&api.get(id).shape);
        next.reverse();
        open.extend(next);
    }
}
