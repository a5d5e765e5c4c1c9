//! A call of each operation through its public builder, for the contract tests of the acceptance crate.

use std::collections::BTreeMap;

use proc_macro2::TokenStream;
use quote::quote;

use super::files::{self, ACCEPTANCE, Files};
use super::imports::Imports;
use super::resources::builder::Builder;
use super::tokens::{Scope, file_stem, module};
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
    let imports = Imports::usual()
        .with("openai_raw", ["Client", "resources", "types"])
        .with("openai_raw::openai_runtime", ["InputFile"])
        .with("openai_raw::openai_runtime::json", ["Map", "Value"])
        .with("openai_raw::request", ["Polls", "Request"])
        .with("crate::calls::entry", ["Entry", "Input", "Sent"])
        .with("crate::calls::polled", ["Polled"]);
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
        let polls = polled(area, &polls, &mut polling);
        let doc = format!(" Calls of the area `{area}`.");
        let tokens = quote! {
            #![doc = #doc]
            #polls
            pub static CALLS: &[Entry] = &[#(#entries),*];
            #(#functions)*
        };
        files::add(files, format!("{ACCEPTANCE}/contract/{}.rs", file_stem(&snake(area))), &imports, tokens)?;
    }
    let modules = areas.keys().map(|area| {
        let module = module(&snake(area));
        quote!(mod #module;)
    });
    let lists = areas.keys().map(|area| {
        let module = module(&snake(area));
        quote!(#module::CALLS)
    });
    let tokens = quote! {
        //! Each operation's call through its public builder, by area.
        #![allow(deprecated)]
        #(#modules)*
        /// All areas.
        pub static CALLS: &[&[Entry]] = &[#(#lists),*];
        /// Those that have long operations.
        pub static POLLS: &[&[Polled]] = &[#(#polling),*];
    };
    files::add(files, format!("{ACCEPTANCE}/contract/mod.rs"), &imports, tokens)
}

/// The list of an area's long operations. `areas` is told.
fn polled(area: &str, entries: &[TokenStream], areas: &mut Vec<TokenStream>) -> TokenStream {
    if entries.is_empty() {
        return TokenStream::new();
    }
    let module = module(&snake(area));
    areas.push(quote!(#module::POLLS));
    quote!(pub static POLLS: &[Polled] = &[#(#entries),*];)
}
