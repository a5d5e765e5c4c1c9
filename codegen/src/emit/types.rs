//! The files of types.

use proc_macro2::TokenStream;
use quote::quote;

use super::groups::Group;
use super::tokens::{Scope, ident, plain, type_ident};
use super::{Files, RAW, docs, file, objects, unions};
use crate::config::Names;
use crate::ir::{Api, EnumValue, Shape, TypeDef};

/// Emits one file a group, and the module that gathers them in one namespace.
pub(super) fn emit(api: &Api, names: &Names, groups: &[Group], files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: false, label: None };
    for group in groups {
        let path = format!("{RAW}/types/{}.rs", group.module);
        let types = group.types.iter().map(|id| definition(scope, names, api.get(*id)));
        let aliases = group.aliases.iter().map(|index| {
            let alias = &api.aliases[*index];
            let (name, target) = (type_ident(&alias.name), type_ident(&api.get(alias.target).name));
            let doc = docs::lines(&[format!("The same as [`{target}`] in every field.")]);
            quote!(#doc pub type #name = #target;)
        });
        let tokens = quote! {
            use openai_runtime::json::{Extra, Map, Plan, Value};
            use openai_runtime::{InputFile, object, open_enum, union};
            use crate::List;
            use super::*;
            #(#types)*
            #(#aliases)*
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
