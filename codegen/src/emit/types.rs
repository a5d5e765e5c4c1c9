//! The files of types.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::{Ident, Span, TokenStream, TokenTree};
use quote::quote;

use super::groups::Group;
use super::tokens::{Scope, ident, plain, type_ident};
use super::{Files, RAW, docs, file, objects, unions};
use crate::config::Names;
use crate::ir::{Api, EnumValue, Shape, TypeDef};

/// Emits one file a group, and the module that gathers them in one namespace.
pub(super) fn emit(api: &Api, names: &Names, groups: &[Group], files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: false, label: None };
    let homes = homes(api, groups);
    for group in groups {
        let path = format!("{RAW}/types/{}.rs", group.module);
        let types = group.types.iter().map(|id| definition(scope, names, api.get(*id)));
        let aliases = group.aliases.iter().map(|index| {
            let alias = &api.aliases[*index];
            let (name, target) = (type_ident(&alias.name), type_ident(&api.get(alias.target).name));
            let doc = docs::lines(&[format!("The same as [`{target}`] in every field.")]);
            quote!(#doc pub type #name = #target;)
        });
        let items = quote!(#(#types)* #(#aliases)*);
        let others = others(&homes, group, &items);
        let tokens = quote! {
            use openai_runtime::json::{Extra, Map, Plan, Value};
            use openai_runtime::{InputFile, object, open_enum, union};
            use crate::List;
            #others
            #items
        };
        files.insert(path.clone(), file::rust(&path, tokens)?);
    }
    let modules = groups.iter().map(|group| {
        let name = plain(&group.module);
        let gate = gate(&group.areas);
        quote!(#gate mod #name; #gate pub use #name::*;)
    });
    let path = format!("{RAW}/types/mod.rs");
    let tokens = quote! {
        //! Every type of the API, in one namespace.
        #(#modules)*
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}

/// The group of each public name.
fn homes<'a>(api: &Api, groups: &'a [Group]) -> BTreeMap<String, &'a Group> {
    let mut homes = BTreeMap::new();
    for group in groups {
        let types = group.types.iter().map(|id| &api.get(*id).name);
        let aliases = group.aliases.iter().map(|index| &api.aliases[*index].name);
        homes.extend(types.chain(aliases).map(|name| (name.as_str().to_owned(), group)));
    }
    homes
}

/// The import of what a file uses of other files. By name: a glob of all names in each file would cost the compiler 20 MB.
fn others(homes: &BTreeMap<String, &Group>, group: &Group, items: &TokenStream) -> TokenStream {
    let mut words = BTreeSet::new();
    collect_words(items.clone(), &mut words);
    let mut names = Vec::new();
    for (name, home) in homes {
        // A word that is a variant's name as well may be that of a type which is not compiled here.
        let there = home.areas.is_empty()
            || (!group.areas.is_empty() && group.areas.iter().all(|area| home.areas.contains(area)));
        if home.module != group.module && there && words.contains(name) {
            names.push(plain_type(name));
        }
    }
    if names.is_empty() { TokenStream::new() } else { quote!(use super::{#(#names),*};) }
}

fn plain_type(name: &str) -> Ident {
    Ident::new(name, Span::call_site())
}

/// All identifiers, and the words in the links of docs.
fn collect_words(tokens: TokenStream, words: &mut BTreeSet<String>) {
    for token in tokens {
        match token {
            TokenTree::Group(group) => collect_words(group.stream(), words),
            TokenTree::Ident(ident) => drop(words.insert(ident.to_string())),
            TokenTree::Literal(literal) => {
                let text = literal.to_string();
                words.extend(text.split("[`").skip(1).filter_map(|rest| rest.split('`').next()).map(str::to_owned));
            }
            TokenTree::Punct(_) => {}
        }
    }
}

/// The attribute that compiles an item only with one of these features.
pub(super) fn gate(areas: &[String]) -> TokenStream {
    match areas {
        [] => TokenStream::new(),
        [only] => quote!(#[cfg(feature = #only)]),
        several => quote!(#[cfg(any(#(feature = #several),*))]),
    }
}

fn definition(scope: Scope<'_>, names: &Names, def: &TypeDef) -> TokenStream {
    if let Some(item) = super::list::item(def) {
        let (name, item) = (type_ident(&def.name), scope.ty(item));
        let doc = docs::lines(&docs::type_(scope.api, def));
        return quote!(#doc pub type #name = List<#item>;);
    }
    match &def.shape {
        Shape::Object(fields) => objects::object(scope, names, def, fields),
        Shape::Enum(values) => open_enum(scope, def, values),
        Shape::Union(union) => unions::union(scope, names, def, union),
        Shape::Alias(_) => TokenStream::new(),
    }
}

fn open_enum(scope: Scope<'_>, def: &TypeDef, values: &[EnumValue]) -> TokenStream {
    let name = type_ident(&def.name);
    let doc = docs::lines(&docs::type_(scope.api, def));
    let values = distinct(values);
    let variants = values.iter().map(|value| {
        let variant = ident(&value.rust);
        let doc = docs::lines(&[format!("`{}`", value.wire)]);
        quote!(#doc #variant)
    });
    let table = values.iter().map(|value| {
        let (variant, wire) = (ident(&value.rust), &value.wire);
        quote!(#wire: #variant)
    });
    quote! {
        #doc
        #[derive(Clone)]
        #[non_exhaustive]
        pub enum #name {
            #(#variants,)*
            /// A value that the document does not have.
            Unknown(Box<str>),
        }
        open_enum!(#name, { #(#table),* });
    }
}

/// The values, with a number behind a Rust name that an earlier value has already.
fn distinct(values: &[EnumValue]) -> Vec<EnumValue> {
    let mut taken = std::collections::BTreeSet::new();
    let mut out = Vec::new();
    for value in values {
        let mut unique = value.rust.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = crate::ir::RustIdent::variant(&format!("{}{number}", value.rust));
            number += 1;
        }
        out.push(EnumValue { wire: value.wire.clone(), rust: unique });
    }
    out
}
