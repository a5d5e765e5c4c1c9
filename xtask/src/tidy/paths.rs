//! The paths that a module's items use.
//!
//! Types, expressions, patterns, bounds, macro calls and the tokens inside them, and strings of attributes such as
//! `#[serde(with = "…")]` count. Method calls and fields do not: their types are not known without a compiler.

use std::collections::BTreeMap;

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use syn::visit::{self, Visit};
use syn::{Attribute, ImplItem, Item, ItemUse, Macro, Meta, UseTree, Visibility};

use super::source::{attributes, for_tests};

const QUOTES: [&str; 4] = ["quote!", "quote_spanned!", "parse_quote!", "parse_quote_spanned!"];

/// The segments of a path; the last is `*` for a glob, and ends with `!` for the name of a macro that is called.
pub type Segments = Vec<String>;

/// A name that a `use` binds.
pub struct Import {
    /// The bound name; a glob and `as _` bind none.
    pub name: Option<String>,
    /// The imported path.
    pub path: Segments,
}

/// Returns each path that the items use, with `true` if a `pub use` is all that names it.
pub fn used(items: &[Item]) -> BTreeMap<Segments, bool> {
    let mut collector = Collector::default();
    for item in items {
        collector.visit_item(item);
    }
    collector.paths
}

/// Returns what a `use` imports.
pub fn imports(item: &ItemUse) -> Vec<Import> {
    let mut imports = Vec::new();
    if item.leading_colon.is_none() {
        flatten(&item.tree, &mut Vec::new(), &mut imports);
    }
    imports
}

fn flatten(tree: &UseTree, prefix: &mut Segments, out: &mut Vec<Import>) {
    let whole = |last: String| {
        let mut path = prefix.clone();
        if last != "self" || path.is_empty() {
            path.push(last);
        }
        path
    };
    match tree {
        UseTree::Path(tree) => {
            prefix.push(plain(&tree.ident));
            flatten(&tree.tree, prefix, out);
            prefix.pop();
        }
        UseTree::Group(group) => group.items.iter().for_each(|tree| flatten(tree, prefix, out)),
        UseTree::Name(leaf) => {
            let path = whole(plain(&leaf.ident));
            out.push(Import { name: path.last().cloned(), path });
        }
        UseTree::Rename(leaf) => {
            let name = Some(plain(&leaf.rename)).filter(|name| name != "_");
            out.push(Import { name, path: whole(plain(&leaf.ident)) });
        }
        UseTree::Glob(_) => out.push(Import { name: None, path: whole("*".into()) }),
    }
}

fn plain(ident: &proc_macro2::Ident) -> String {
    ident.to_string().trim_start_matches("r#").to_owned()
}

#[derive(Default)]
struct Collector {
    paths: BTreeMap<Segments, bool>,
}

impl Collector {
    fn add(&mut self, path: Segments, handed_on: bool) {
        *self.paths.entry(path).or_insert(true) &= handed_on;
    }

    /// Finds paths among tokens; strings count where an attribute has them.
    fn tokens(&mut self, prefix: &[String], tokens: TokenStream, strings: bool) {
        let tokens: Vec<TokenTree> = tokens.into_iter().collect();
        let punct = |at: usize, sign: char| matches!(tokens.get(at), Some(TokenTree::Punct(p)) if p.as_char() == sign);
        let colons = |at: usize| punct(at, ':') && punct(at + 1, ':');
        let mut at = 0;
        while at < tokens.len() {
            match &tokens[at] {
                TokenTree::Group(group) => self.tokens(&[], group.stream(), strings),
                TokenTree::Literal(literal) if strings => self.string(&literal.to_string()),
                TokenTree::Ident(ident) => {
                    let continues = at > 0 && (punct(at - 1, '.') || (at > 1 && colons(at - 2)));
                    let mut path = [prefix, &[plain(ident)]].concat();
                    while colons(at + 1) {
                        match tokens.get(at + 3) {
                            Some(TokenTree::Ident(next)) => path.push(plain(next)),
                            Some(TokenTree::Group(group)) if group.delimiter() == Delimiter::Brace && !continues => {
                                self.tokens(&path, group.stream(), strings);
                                path.clear();
                                at += 3;
                                break;
                            }
                            _ => break,
                        }
                        at += 3;
                    }
                    let telling =
                        path.len() > 1 || path.first().is_some_and(|name| name.starts_with(char::is_uppercase));
                    if telling && !continues {
                        self.add(path, false);
                    }
                }
                _ => {}
            }
            at += 1;
        }
    }

    fn string(&mut self, literal: &str) {
        let Some(text) = literal.strip_prefix('"').and_then(|text| text.strip_suffix('"')) else { return };
        let path: Segments = text.split("::").map(str::to_owned).collect();
        let word = |name: &String| !name.is_empty() && name.chars().all(|sign| sign.is_alphanumeric() || sign == '_');
        if path.len() > 1 && path.iter().all(word) {
            self.add(path, false);
        }
    }
}

impl<'ast> Visit<'ast> for Collector {
    fn visit_item(&mut self, item: &'ast Item) {
        if !for_tests(attributes(item)) {
            visit::visit_item(self, item);
        }
    }

    fn visit_impl_item(&mut self, item: &'ast ImplItem) {
        match item {
            ImplItem::Fn(method) if for_tests(&method.attrs) => {}
            item => visit::visit_impl_item(self, item),
        }
    }

    fn visit_item_use(&mut self, item: &'ast ItemUse) {
        let handed_on = !matches!(item.vis, Visibility::Inherited);
        for import in imports(item) {
            self.add(import.path, handed_on);
        }
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.leading_colon.is_none() {
            self.add(path.segments.iter().map(|segment| plain(&segment.ident)).collect(), false);
        }
        visit::visit_path(self, path);
    }

    // `pub(in path)` names only ancestors.
    fn visit_visibility(&mut self, _: &'ast Visibility) {}

    fn visit_macro(&mut self, call: &'ast Macro) {
        let mut path: Segments = call.path.segments.iter().map(|segment| plain(&segment.ident)).collect();
        if let Some(last) = path.last_mut() {
            last.push('!');
        }
        // What these make is code of another crate.
        let quotes = path.last().is_some_and(|name| QUOTES.contains(&name.as_str()));
        self.add(path, false);
        if !quotes {
            self.tokens(&[], call.tokens.clone(), false);
        }
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        if let Meta::List(list) = &attribute.meta {
            self.tokens(&[], list.tokens.clone(), true);
        }
    }
}
