//! The names of each module's scope, and the module that defines what a path leads to.

use std::collections::{BTreeMap, BTreeSet};

use syn::Item;

use super::paths::{Segments, imports};
use super::source::Source;

/// The definition that a path leads to.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Definition {
    /// The module that has it.
    pub module: usize,
    /// The item's name; none for the module itself.
    pub item: Option<String>,
}

/// A thing that a name stands for in a scope.
enum Binding {
    /// An item of the module; types share their namespace with modules.
    Item {
        is_type: bool,
    },
    Module(usize),
    Import(Segments),
}

/// The imports that are being followed, each a module, a name and its number: one that leads back to itself ends there.
type Open = BTreeSet<(usize, String, usize)>;

#[derive(Default)]
struct Scope {
    names: BTreeMap<String, Vec<Binding>>,
    globs: Vec<Segments>,
}

/// The scopes of all modules of a crate.
pub struct Names<'a> {
    source: &'a Source,
    scopes: Vec<Scope>,
    /// The modules that define a `macro_rules` macro of a name.
    macros: BTreeMap<String, BTreeSet<usize>>,
}

impl<'a> Names<'a> {
    /// Reads the scopes from the items.
    pub fn of(source: &'a Source) -> Self {
        let scopes = source.modules.iter().map(|_| Scope::default()).collect();
        let mut names = Self { source, scopes, macros: BTreeMap::new() };
        for (index, module) in source.modules.iter().enumerate() {
            if let Some(parent) = module.parent {
                names.bind(parent, &module.name, Binding::Module(index));
            }
            for item in &module.items {
                names.item(index, item);
            }
        }
        names
    }

    fn bind(&mut self, module: usize, name: &str, binding: Binding) {
        self.scopes[module].names.entry(name.to_owned()).or_default().push(binding);
    }

    fn item(&mut self, module: usize, item: &Item) {
        let (name, is_type) = match item {
            Item::Use(item) => {
                for import in imports(item) {
                    match import.name {
                        Some(name) => self.bind(module, &name, Binding::Import(import.path)),
                        None if import.path.last().is_some_and(|last| last == "*") => {
                            let path = import.path[..import.path.len() - 1].to_vec();
                            self.scopes[module].globs.push(path);
                        }
                        None => {}
                    }
                }
                return;
            }
            Item::Macro(item) => {
                let Some(name) = &item.ident else { return };
                self.macros.entry(name.to_string()).or_default().insert(module);
                if item.attrs.iter().any(|attribute| attribute.path().is_ident("macro_export")) {
                    let root = self.root(module);
                    // At the root the name leads to the module that defines the macro.
                    let mut path: Segments = vec!["crate".into()];
                    path.extend(
                        self.source.path(module).split("::").filter(|name| *name != "crate").map(str::to_owned),
                    );
                    path.push(name.to_string());
                    if root != module {
                        self.bind(root, &name.to_string(), Binding::Import(path));
                    }
                }
                (name, false)
            }
            Item::Const(item) => (&item.ident, false),
            Item::Static(item) => (&item.ident, false),
            Item::Fn(item) => (&item.sig.ident, false),
            Item::Enum(item) => (&item.ident, true),
            Item::Struct(item) => (&item.ident, true),
            Item::Trait(item) => (&item.ident, true),
            Item::TraitAlias(item) => (&item.ident, true),
            Item::Type(item) => (&item.ident, true),
            Item::Union(item) => (&item.ident, true),
            _ => return,
        };
        self.bind(module, name.to_string().trim_start_matches("r#"), Binding::Item { is_type });
    }

    fn root(&self, module: usize) -> usize {
        self.source.ancestors(module).last().unwrap_or(module)
    }

    /// Returns what a path leads to, seen from a module; nothing for other crates and for what is local to a function.
    pub fn resolve(&self, from: usize, path: &[String]) -> BTreeSet<Definition> {
        let path = if path.last().is_some_and(|last| last == "*") { &path[..path.len() - 1] } else { path };
        let mut path = path.to_vec();
        let called = path.last().is_some_and(|last| last.ends_with('!'));
        if let Some(last) = path.last_mut() {
            last.truncate(last.trim_end_matches('!').len());
        }
        let mut found = self.follow(from, &path, &mut BTreeSet::new());
        if let [name] = path.as_slice() {
            if called && found.is_empty() {
                found = self.textual_macro(from, name);
            }
            // A lower-case word may be a variable; a module it can't be.
            if name.starts_with(char::is_lowercase) {
                found.retain(|definition| definition.item.is_some());
            }
        }
        found
    }

    /// A macro without `use` is one of an ancestor, or one of a module with `#[macro_use]`.
    fn textual_macro(&self, from: usize, name: &str) -> BTreeSet<Definition> {
        let modules = self.macros.get(name).into_iter().flatten().copied();
        let modules: Vec<usize> = modules.filter(|module| self.root(*module) == self.root(from)).collect();
        if self.source.ancestors(from).any(|ancestor| modules.contains(&ancestor)) {
            return BTreeSet::new();
        }
        modules.into_iter().map(|module| Definition { module, item: Some(format!("{name}!")) }).collect()
    }

    fn follow(&self, from: usize, path: &[String], open: &mut Open) -> BTreeSet<Definition> {
        let (start, rest) = match path.first().map(String::as_str) {
            Some("crate") => (Some(self.root(from)), &path[1..]),
            Some("self") => (Some(from), &path[1..]),
            Some("super") => (self.source.modules[from].parent, &path[1..]),
            Some("Self") | None => return BTreeSet::new(),
            Some(_) => return self.lookup(from, path, open),
        };
        start.map_or_else(BTreeSet::new, |module| self.walk(module, rest, open))
    }

    /// Goes on from a module that the path names; what is not found there is taken as the module's own, made by a macro.
    fn walk(&self, module: usize, path: &[String], open: &mut Open) -> BTreeSet<Definition> {
        match path.first().map(String::as_str) {
            None => BTreeSet::from([Definition { module, item: None }]),
            Some("self") => self.walk(module, &path[1..], open),
            Some("super") => match self.source.modules[module].parent {
                Some(parent) => self.walk(parent, &path[1..], open),
                None => BTreeSet::new(),
            },
            Some(name) => {
                let found = self.lookup(module, path, open);
                if found.is_empty() {
                    return BTreeSet::from([Definition { module, item: Some(name.to_owned()) }]);
                }
                found
            }
        }
    }

    fn lookup(&self, module: usize, path: &[String], open: &mut Open) -> BTreeSet<Definition> {
        let mut found = BTreeSet::new();
        let Some((name, rest)) = path.split_first() else { return found };
        let scope = &self.scopes[module];
        for (number, binding) in scope.names.get(name).into_iter().flatten().enumerate() {
            match binding {
                Binding::Item { is_type } if *is_type || rest.is_empty() => {
                    found.insert(Definition { module, item: Some(name.clone()) });
                }
                Binding::Item { .. } => {}
                Binding::Module(child) => found.extend(self.walk(*child, rest, open)),
                Binding::Import(target) => {
                    let key = (module, name.clone(), number);
                    if open.insert(key.clone()) {
                        found.extend(self.follow(module, &[target, rest].concat(), open));
                        open.remove(&key);
                    }
                }
            }
        }
        if scope.names.contains_key(name) {
            return found;
        }
        for (number, glob) in scope.globs.iter().enumerate() {
            // Once for a name: globs that open each other would be followed in every order.
            if open.insert((module, format!("*{name}"), number)) {
                for target in self.follow(module, glob, open).into_iter().filter(|target| target.item.is_none()) {
                    found.extend(self.lookup(target.module, path, open));
                }
            }
        }
        found
    }
}

/// Returns each module-level type of hand-written code: its name and its module.
pub fn types(source: &Source) -> Vec<(String, usize)> {
    let mut types = Vec::new();
    for (index, module) in source.modules.iter().enumerate().filter(|(_, module)| !module.generated) {
        for item in &module.items {
            let name = match item {
                Item::Enum(item) => &item.ident,
                Item::Struct(item) => &item.ident,
                Item::Trait(item) => &item.ident,
                Item::Type(item) => &item.ident,
                Item::Union(item) => &item.ident,
                _ => continue,
            };
            types.push((name.to_string(), index));
        }
    }
    types
}
