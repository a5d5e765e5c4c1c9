//! The imports of a generated file: exactly those that its items use, each behind the features of its users.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;
use syn::visit::{self, Visit};
use syn::{Attribute, Item};

use super::gate::Gate;

/// The names that the emitter writes without a path, by the module that it is imported from.
const USUAL: &[(&str, &[&str])] = &[
    ("crate", &["List", "types"]),
    ("crate::request", &["Bytes", "Operation", "Pages", "Pollable", "Polls", "Request", "Streams"]),
    (
        "openai_runtime",
        &[
            "BodyKind",
            "Call",
            "ChoiceProgress",
            "Client",
            "Done",
            "Endpoint",
            "InputFile",
            "ListPage",
            "NoBody",
            "Origin",
            "Paging",
            "Poller",
            "Polling",
            "Security",
            "States",
            "StreamedEvent",
            "object",
            "open_enum",
            "union",
        ],
    ),
    (
        "openai_runtime::input",
        &[
            "IntoField",
            "IntoList",
            "IntoMap",
            "IntoNumber",
            "IntoOptional",
            "IntoOptionalList",
            "IntoOptionalMap",
            "IntoToolCallId",
            "ListUnion",
            "optional_json",
        ],
    ),
    ("openai_runtime::json", &["Extra", "InputError", "Map", "Plan", "Value"]),
    ("std::time", &["Duration"]),
];

/// The names that a file may use without a path.
#[derive(Clone)]
pub(super) struct Imports<'a> {
    /// Each name with the path of its module.
    modules: BTreeMap<&'a str, &'a str>,
    /// The features without which the file itself is not compiled.
    file: Gate,
}

impl<'a> Imports<'a> {
    /// The names that files of the raw crate use.
    pub(super) fn usual() -> Self {
        let names = USUAL.iter().flat_map(|(module, names)| names.iter().map(move |name| (*name, *module)));
        Self { modules: names.collect(), file: Gate::always() }
    }

    /// With more names of one module, which stand before the usual ones.
    pub(super) fn with(mut self, module: &'a str, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.modules.extend(names.into_iter().map(|name| (name, module)));
        self
    }

    /// For a file that is compiled only behind this gate.
    pub(super) fn behind(mut self, file: Gate) -> Self {
        self.file = file;
        self
    }

    /// The imports that the items of a file need.
    pub(super) fn used_by(&self, items: &[Item]) -> Used<'a> {
        let mut visitor = Heads { modules: &self.modules, gates: vec![self.file.clone()], users: BTreeMap::new() };
        items.iter().for_each(|item| visitor.visit_item(item));
        let mut users = visitor.users;
        defined(items).iter().for_each(|own| drop(users.remove(own.as_str())));
        Used { modules: self.modules.clone(), file: self.file.clone(), users }
    }
}

/// The imports of one file.
pub(super) struct Used<'a> {
    modules: BTreeMap<&'a str, &'a str>,
    file: Gate,
    users: BTreeMap<&'a str, Gate>,
}

impl Used<'_> {
    /// The `use` items: one for each module, and one for all that are behind the same gate.
    pub(super) fn items(&self) -> Vec<Item> {
        let mut gates: BTreeMap<Gate, BTreeMap<&str, Vec<Ident>>> = BTreeMap::new();
        for (name, gate) in &self.users {
            let lists = gates.entry(gate.clone().within(&self.file)).or_default();
            lists.entry(self.modules[name]).or_default().push(Ident::new(name, Span::call_site()));
        }
        let uses = gates.into_iter().flat_map(|(gate, lists)| {
            let trees = lists.into_iter().filter_map(|(module, names)| tree(module, &names));
            let (trees, gate) = (trees.collect::<Vec<_>>(), gate.attribute());
            match (trees.as_slice(), gate.is_empty()) {
                ([_, _, ..], false) => vec![quote!(#gate use {#(#trees),*};)],
                _ => trees.iter().map(|tree| quote!(#gate use #tree;)).collect(),
            }
        });
        uses.filter_map(|tokens| syn::parse2(tokens).ok()).collect()
    }

    /// A line of docs, in which links to names that are not imported say where these are.
    pub(super) fn linked(&self, line: &str, own: &BTreeSet<String>) -> String {
        let mut parts = line.split("[`");
        let mut out = parts.next().unwrap_or_default().to_owned();
        for part in parts {
            out += "[`";
            let Some((name, rest)) = part.split_once("`]") else {
                out += part;
                continue;
            };
            out += name;
            out += "`]";
            match self.modules.get(name) {
                Some(module) if !self.users.contains_key(name) && !own.contains(name) => {
                    out += &format!("({module}::{name})");
                }
                _ => {}
            }
            out += rest;
        }
        out
    }
}

/// Names of one module, as they stand in a `use`.
fn tree(module: &str, names: &[Ident]) -> Option<TokenStream> {
    let module: syn::Path = syn::parse_str(module).ok()?;
    Some(match names {
        [name] => quote!(#module::#name),
        names => quote!(#module::{#(#names),*}),
    })
}

/// The names that items define or re-export.
pub(super) fn defined(items: &[Item]) -> BTreeSet<String> {
    fn leaves(tree: &syn::UseTree, out: &mut BTreeSet<String>) {
        match tree {
            syn::UseTree::Path(path) => leaves(&path.tree, out),
            syn::UseTree::Name(name) => drop(out.insert(name.ident.to_string())),
            syn::UseTree::Group(group) => group.items.iter().for_each(|tree| leaves(tree, out)),
            _ => {}
        }
    }
    let mut out = BTreeSet::new();
    for item in items {
        match item {
            Item::Struct(item) => drop(out.insert(item.ident.to_string())),
            Item::Enum(item) => drop(out.insert(item.ident.to_string())),
            Item::Type(item) => drop(out.insert(item.ident.to_string())),
            Item::Use(item) => leaves(&item.tree, &mut out),
            _ => {}
        }
    }
    out
}

/// The macros of the runtime that files of types call.
const MACROS: [&str; 3] = ["object", "open_enum", "union"];

/// Gathers the first segments of all paths, with the gates of the code around them.
struct Heads<'a, 'n> {
    modules: &'n BTreeMap<&'a str, &'a str>,
    gates: Vec<Gate>,
    users: BTreeMap<&'a str, Gate>,
}

impl Heads<'_, '_> {
    fn add(&mut self, name: &str) {
        let (Some((name, _)), Some(gate)) = (self.modules.get_key_value(name), self.gates.last()) else { return };
        self.users.entry(name).and_modify(|known| known.widen(gate)).or_insert_with(|| gate.clone());
    }

    fn gated(&mut self, attributes: &[Attribute], visit: impl FnOnce(&mut Self)) {
        let gate = Gate::of(attributes);
        let is_gated = gate.is_some();
        self.gates.extend(gate);
        visit(self);
        if is_gated {
            self.gates.pop();
        }
    }
}

impl Visit<'_> for Heads<'_, '_> {
    fn visit_path(&mut self, path: &syn::Path) {
        if let (None, Some(first)) = (&path.leading_colon, path.segments.first()) {
            let name = first.ident.to_string();
            // A module or an argument may be called as a macro is.
            if !MACROS.contains(&name.as_str()) {
                self.add(&name);
            }
        }
        visit::visit_path(self, path);
    }

    fn visit_expr_path(&mut self, expression: &syn::ExprPath) {
        // An argument may be called as a module is.
        let is_value = expression.path.get_ident().is_some_and(|name| name == "types" || name == "resources");
        if !is_value {
            visit::visit_expr_path(self, expression);
        }
    }

    fn visit_macro(&mut self, call: &syn::Macro) {
        // A union's table is the only one that names a type of the runtime.
        let names_plan = |token: TokenTree| matches!(token, TokenTree::Ident(ident) if ident == "Plan");
        if let Some(name) = call.path.get_ident() {
            self.add(&name.to_string());
        }
        if call.path.is_ident("union") && call.tokens.clone().into_iter().any(names_plan) {
            self.add("Plan");
        }
        visit::visit_macro(self, call);
    }

    fn visit_item(&mut self, item: &Item) {
        self.gated(attributes(item), |visitor| visit::visit_item(visitor, item));
    }

    fn visit_impl_item_fn(&mut self, item: &syn::ImplItemFn) {
        self.gated(&item.attrs, |visitor| visit::visit_impl_item_fn(visitor, item));
    }

    fn visit_expr_call(&mut self, call: &syn::ExprCall) {
        self.gated(&call.attrs, |visitor| visit::visit_expr_call(visitor, call));
    }

    fn visit_expr_struct(&mut self, value: &syn::ExprStruct) {
        self.gated(&value.attrs, |visitor| visit::visit_expr_struct(visitor, value));
    }
}

fn attributes(item: &Item) -> &[Attribute] {
    match item {
        Item::Struct(item) => &item.attrs,
        Item::Enum(item) => &item.attrs,
        Item::Type(item) => &item.attrs,
        Item::Impl(item) => &item.attrs,
        Item::Macro(item) => &item.attrs,
        Item::Static(item) => &item.attrs,
        Item::Use(item) => &item.attrs,
        _ => &[],
    }
}
