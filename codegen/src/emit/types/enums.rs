//! Enum types: definition and table.

use std::collections::BTreeSet;

use proc_macro2::TokenStream;
use quote::quote;

use crate::emit::docs;
use crate::emit::tokens::{Scope, ident, type_ident};
use crate::ir::{EnumValue, RustIdent, TypeDef};

/// An enum whose values the server may add to.
pub(super) fn open_enum(scope: Scope<'_>, def: &TypeDef, values: &[EnumValue]) -> TokenStream {
    let name = type_ident(&def.name);
    let doc = docs::lines(&docs::type_(scope.api, def));
    let values = distinct(values);
    let variants = values.iter().map(|value| {
        let variant = ident(&value.rust);
        let doc = docs::lines(&[docs::value(value)]);
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
            /// A value that this version of the crate does not know.
            Unknown(Box<str>),
        }
        open_enum!(#name, { #(#table),* });
    }
}

/// The values, with a number behind a Rust name that an earlier value has already.
fn distinct(values: &[EnumValue]) -> Vec<EnumValue> {
    let mut taken = BTreeSet::new();
    let mut out = Vec::new();
    for value in values {
        let mut unique = value.rust.clone();
        let mut number = 2;
        while !taken.insert(unique.clone()) {
            unique = RustIdent::variant(&format!("{}{number}", value.rust));
            number += 1;
        }
        out.push(EnumValue { rust: unique, ..value.clone() });
    }
    out
}
