//! A call of each operation through its public builder, for the contract tests of the acceptance crate.

use std::collections::BTreeMap;

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
    for (area, operations) in &areas {
        let contracts = operations.iter().map(|operation| Builder::new(scope, names, operation).contract());
        let (entries, functions): (Vec<_>, Vec<_>) = contracts.unzip();
        let doc = format!(" Calls of the area `{area}`.");
        let path = format!("{ACCEPTANCE}/contract/{}.rs", snake(area));
        let tokens = quote! {
            #![doc = #doc]
            #![allow(unused_imports)]
            use openai_raw::openai_runtime::InputFile;
            use openai_raw::openai_runtime::json::{Map, Value};
            use openai_raw::{Client, types};
            use crate::contract::{Entry, Input, Sent};
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
        #(#modules)*
        /// All areas.
        pub static CALLS: &[&[Entry]] = &[#(#lists),*];
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}
