//! The client's method for each top-level resource, the lists with pages, and the root of the generated modules.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;

use super::docs;
use super::files::{self, Files, RAW};
use super::gate::Gate;
use super::imports::Imports;
use super::tokens::{Scope, accessor, handle_name, ident, module, type_ident};
use crate::ir::{Api, Response, Ty, list_item, snake};

/// Emits `client.rs`, `pages.rs` and `mod.rs`.
pub(super) fn emit(api: &Api, files: &mut Files) -> Result<(), String> {
    let mut resources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in &api.operations {
        let segment = snake(operation.resource.split('.').next().unwrap_or_default());
        resources.entry(segment).or_default().insert(operation.area.clone());
    }
    let accessors = resources.iter().map(|(segment, areas)| {
        let gate = Gate::any(areas).attribute();
        let (module, handle) = (module(segment), handle_name(api, segment));
        let method = accessor(segment, true);
        let features: Vec<String> = areas.iter().map(|area| format!("`{area}`")).collect();
        let needs = match features.as_slice() {
            [feature] => format!("Requires the feature {feature}."),
            features => format!("Requires one of the features {}.", features.join(", ")),
        };
        let doc = docs::lines(&[format!("Returns the operations of `{segment}`. {needs}")]);
        quote! {
            #doc
            #gate
            pub fn #method(&self) -> resources::#module::#handle { resources::#module::#handle { client: self.0.clone() } }
        }
    });
    let tokens = quote! {
        //! The client's resources.
        impl Client {
            #(#accessors)*
        }
    };
    let imports = Imports::usual().with("crate", ["Client", "resources"]);
    files::add(files, format!("{RAW}/client.rs"), &imports, tokens)?;
    pages(api, files)?;
    let tokens = quote! {
        //! Everything made from the document.
        #![allow(deprecated)]
        mod client;
        pub mod index;
        mod pages;
        pub mod resources;
        pub mod types;
    };
    files::add(files, format!("{RAW}/mod.rs"), &Imports::usual(), tokens)
}

/// The list types that have pages.
fn pages(api: &Api, files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: true, label: None };
    let mut seen = BTreeSet::new();
    let mut impls = Vec::new();
    for operation in &api.operations {
        let (Some(paging), Response::Json(Ty::Named(id))) = (&operation.paging, &operation.response) else { continue };
        if !seen.insert(*id) {
            continue;
        }
        let def = api.get(*id);
        if list_item(def).is_some() {
            continue;
        }
        let gate = Gate::reached_by(&def.areas).attribute();
        let (name, item, field) = (type_ident(&def.name), scope.ty(&paging.item), ident(&paging.items));
        impls.push(quote! {
            #gate
            impl ListPage for types::#name {
                type Item = #item;
                fn items(&self) -> &[#item] { &self.#field }
                fn into_items(self) -> Vec<#item> { self.#field }
            }
        });
    }
    let tokens = quote! {
        //! The list types that go on to a next page.
        #(#impls)*
    };
    files::add(files, format!("{RAW}/pages.rs"), &Imports::usual(), tokens)
}
