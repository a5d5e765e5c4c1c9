//! Imports between sibling modules, each taken with all below it, and the circles that they form.
//!
//! The file of a parent is no part of its children's graph: what it defines is the parent's. A child that imports it
//! from a parent that uses this child is reported as an [`UpAndDown`].

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;

use super::names::Names;
use super::paths;
use super::source::Source;

/// The names that tie one file to another: from, to, names.
pub type Ties = BTreeMap<(PathBuf, PathBuf), BTreeSet<String>>;

/// An import of a definition of another module.
struct Edge {
    from: usize,
    to: usize,
    name: String,
    /// A definition of `to`, not the module itself.
    item: bool,
    /// Only a `pub use` names it.
    handed_on: bool,
}

/// Sibling modules that import each other in a loop.
pub struct Circle {
    /// The path of the module around them.
    pub parent: String,
    /// Their names.
    pub modules: Vec<String>,
    /// The imports between them.
    pub ties: Ties,
}

/// Children that import what their ancestor's own file defines, while that file uses them.
#[derive(Default)]
pub struct UpAndDown {
    /// The children's files.
    pub below: BTreeSet<PathBuf>,
    /// The ancestor's definitions that they import.
    pub names: BTreeSet<String>,
}

/// The imports between the modules of a crate.
pub struct Graph<'a> {
    source: &'a Source,
    edges: Vec<Edge>,
}

impl<'a> Graph<'a> {
    /// Resolves every path of every module.
    pub fn of(source: &'a Source) -> Self {
        let names = Names::of(source);
        let mut edges = Vec::new();
        for (from, module) in source.modules.iter().enumerate() {
            for (path, handed_on) in paths::used(&module.items) {
                for target in names.resolve(from, &path).into_iter().filter(|target| target.module != from) {
                    let to = target.module;
                    let item = target.item.is_some();
                    let name = target.item.unwrap_or_else(|| path.join("::"));
                    edges.push(Edge { from, to, name, item, handed_on });
                }
            }
        }
        Self { source, edges }
    }

    /// Returns the imports between the children of each module, by parent and pair of children.
    fn siblings(&self) -> BTreeMap<usize, BTreeMap<(usize, usize), Vec<&Edge>>> {
        let mut out: BTreeMap<usize, BTreeMap<(usize, usize), Vec<&Edge>>> = BTreeMap::new();
        for edge in &self.edges {
            let mut from: Vec<usize> = self.source.ancestors(edge.from).collect();
            let mut to: Vec<usize> = self.source.ancestors(edge.to).collect();
            let mut parent = None;
            while from.last().is_some() && from.last() == to.last() {
                parent = from.pop();
                to.pop();
            }
            if let (Some(parent), Some(a), Some(b)) = (parent, from.last(), to.last()) {
                out.entry(parent).or_default().entry((*a, *b)).or_default().push(edge);
            }
        }
        out
    }

    /// Returns the circles of hand-written modules.
    pub fn circles(&self) -> Vec<Circle> {
        let mut circles = Vec::new();
        for (parent, pairs) in self.siblings() {
            if self.source.modules[parent].generated {
                continue;
            }
            for group in loops(pairs.keys().copied()) {
                let inner = pairs.iter().filter(|((a, b), _)| group.contains(a) && group.contains(b));
                let edges = inner.flat_map(|(_, edges)| edges.iter().copied());
                circles.push(Circle {
                    parent: self.source.path(parent),
                    modules: group.iter().map(|module| self.source.modules[*module].name.clone()).collect(),
                    ties: self.ties(edges),
                });
            }
        }
        circles
    }

    fn ties<'e>(&self, edges: impl Iterator<Item = &'e Edge>) -> Ties {
        let mut ties = Ties::new();
        for edge in edges {
            let file = |module: usize| self.source.modules[module].file.clone();
            ties.entry((file(edge.from), file(edge.to))).or_default().insert(edge.name.clone());
        }
        ties
    }

    /// Returns the imports between the top-level modules: from, to, and the number of names.
    pub fn top_level(&self) -> Vec<(String, String, usize)> {
        let mut out = Vec::new();
        for (parent, pairs) in self.siblings() {
            if self.source.modules[parent].parent.is_some() {
                continue;
            }
            for ((a, b), edges) in pairs {
                let name = |module: usize| self.source.modules[module].name.clone();
                let names: BTreeSet<_> = edges.iter().map(|edge| (edge.to, &edge.name)).collect();
                out.push((name(a), name(b), names.len()));
            }
        }
        out
    }

    /// Returns the files that use those of their children that import from them.
    pub fn up_and_down(&self) -> BTreeMap<PathBuf, UpAndDown> {
        let mut used_children = BTreeSet::new();
        for edge in self.edges.iter().filter(|edge| !edge.handed_on) {
            if let Some(child) = self.child_on_the_way(edge.from, edge.to) {
                used_children.insert((edge.from, child));
            }
        }
        let mut found: BTreeMap<PathBuf, UpAndDown> = BTreeMap::new();
        for edge in self.edges.iter().filter(|edge| edge.item && !self.source.modules[edge.from].generated) {
            let Some(child) = self.child_on_the_way(edge.to, edge.from) else { continue };
            let (above, below) = (&self.source.modules[edge.to].file, &self.source.modules[edge.from].file);
            if used_children.contains(&(edge.to, child)) && above != below {
                let both = found.entry(above.clone()).or_default();
                both.below.insert(below.clone());
                both.names.insert(edge.name.clone());
            }
        }
        found
    }

    /// Returns the child of `ancestor` that is `module` or has it below it.
    fn child_on_the_way(&self, ancestor: usize, module: usize) -> Option<usize> {
        self.source.ancestors(module).find(|at| self.source.modules[*at].parent == Some(ancestor))
    }
}

/// Returns the strongly connected components of more than one node.
fn loops(pairs: impl Iterator<Item = (usize, usize)>) -> Vec<BTreeSet<usize>> {
    let mut next: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (a, b) in pairs {
        next.entry(a).or_default().push(b);
    }
    let reachable = |start: usize| {
        let mut seen = BTreeSet::new();
        let mut open = vec![start];
        while let Some(at) = open.pop() {
            open.extend(next.get(&at).into_iter().flatten().filter(|to| seen.insert(**to)));
        }
        seen
    };
    let reached: BTreeMap<usize, BTreeSet<usize>> = next.keys().map(|node| (*node, reachable(*node))).collect();
    let mut groups = BTreeSet::new();
    for (node, to) in reached.iter().filter(|(node, to)| to.contains(node)) {
        let back = |other: &usize| reached.get(other).is_some_and(|to| to.contains(node));
        groups.insert(to.iter().copied().filter(back).collect::<BTreeSet<usize>>());
    }
    groups.into_iter().collect()
}
