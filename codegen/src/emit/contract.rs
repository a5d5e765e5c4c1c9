//! A call of each operation through its public builder, for the contract tests of the acceptance crate.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::builder::Builder;
use super::tokens::{Scope, plain};
use super::{ACCEPTANCE, Files, file};
use crate::config::Names;
use crate::ir::{Api, Operation, snake};

/// Emits `contract/`: one file an area.
pub(super) fn emit(api: &Api, names: &Names, files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: true, label: None };
    let mut areas: BTreeMap<&str, Vec<&Operation>> = BTreeMap::new();
    for operation in &api.operations {
        areas.entry(&operation.area).or_default().push(operation);
    }
    let mut polling = Vec::new();
    for (area, operations) in &areas {
        let mut entries = Vec::new();
        let mut functions = Vec::new();
        let mut polls = Vec::new();
        for operation in operations {
            let contract = Builder::new(scope, names, operation).contract();
            entries.push(contract.entry);
            functions.push(contract.functions);
            polls.extend(contract.polled);
        }
        let (uses, polls) = polled(area, &polls, &mut polling);
        let doc = format!(" Calls of the area `{area}`.");
        let path = format!("{ACCEPTANCE}/contract/{}.rs", snake(area));
        let tokens = quote! {
            #![doc = #doc]
            #![allow(unused_imports)]
            use openai_raw::openai_runtime::InputFile;
            use openai_raw::openai_runtime::json::{Map, Value};
            use openai_raw::{Client, types};
            use crate::contract::{Entry, Input, Sent};
            #uses
            #polls
            pub static CALLS: &[Entry] = &[#(#entries),*];
            #(#functions)*
        };
        files.insert(path.clone(), file::rust(&path, tokens)?);
    }
    let modules = areas.keys().map(|area| {
        let module = plain(&snake(area));
        quote!(mod #module;)
    });
    let lists = areas.keys().map(|area| {
        let module = plain(&snake(area));
        quote!(#module::CALLS)
    });
    let path = format!("{ACCEPTANCE}/contract/mod.rs");
    let tokens = quote! {
        //! Each operation's call through its public builder, by area.
        use crate::contract::Entry;
        use crate::polling::Polled;
        #(#modules)*
        /// All areas.
        pub static CALLS: &[&[Entry]] = &[#(#lists),*];
        /// Those that have long operations.
        pub static POLLS: &[&[Polled]] = &[#(#polling),*];
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}

/// The list of an area's long operations, and what it uses. `areas` is told.
fn polled(area: &str, entries: &[TokenStream], areas: &mut Vec<TokenStream>) -> (TokenStream, TokenStream) {
    if entries.is_empty() {
        return (TokenStream::new(), TokenStream::new());
    }
    let module = plain(&snake(area));
    areas.push(quote!(#module::POLLS));
    let uses = quote! {
        use openai_raw::request::{Polls, Request};
        use openai_raw::resources;
        use crate::polling::Polled;
    };
    (uses, quote!(pub static POLLS: &[Polled] = &[#(#entries),*];))
}
