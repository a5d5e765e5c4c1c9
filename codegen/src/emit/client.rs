//! The client with a method a top-level resource, and the root of the generated modules.

use std::collections::{BTreeMap, BTreeSet};

use quote::quote;

use super::resources::handle_name;
use super::tokens::{Scope, ident, plain, type_ident};
use super::{Files, RAW, docs, file, types};
use crate::ir::{Api, Response, Ty, snake};

/// Emits `client.rs`, `pages.rs` and `mod.rs`.
pub(super) fn emit(api: &Api, files: &mut Files) -> Result<(), String> {
    let mut resources: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for operation in &api.operations {
        let segment = snake(operation.resource.split('.').next().unwrap_or_default());
        resources.entry(segment).or_default().insert(operation.area.clone());
    }
    let accessors = resources.iter().map(|(segment, areas)| {
        let gate = types::gate(&areas.iter().cloned().collect::<Vec<_>>());
        let (module, handle) = (plain(segment), handle_name(segment));
        let doc = docs::lines(&[format!("`{segment}`")]);
        quote! {
            #doc
            #gate
            pub fn #module(&self) -> resources::#module::#handle { resources::#module::#handle { client: self.0.clone() } }
        }
    });
    let path = format!("{RAW}/client.rs");
    let tokens = quote! {
        //! The client.
        use std::ops::Deref;
        use openai_runtime::{ClientBuilder, Result};
        use crate::resources;
        /// The API. Cheap to clone; all clones share one pool of connections.
        #[derive(Clone, Debug)]
        pub struct Client(openai_runtime::Client);
        impl Client {
            /// A client set up by the environment: `OPENAI_API_KEY`, `OPENAI_BASE_URL` and the others.
            ///
            /// # Errors
            /// No key is set, or a variable has a value that can't be used; the error names it.
            pub fn from_env() -> Result<Self> { openai_runtime::Client::from_env().map(Self) }
            /// A client set up by hand; nothing comes from the environment.
            #[must_use]
            pub fn builder() -> ClientBuilder<Self> { ClientBuilder::new() }
            /// A client with some options changed, over the same pool of connections.
            ///
            /// # Errors
            /// The changed options do not fit together.
            pub fn with_options(
                &self,
                change: impl FnOnce(ClientBuilder<openai_runtime::Client>) -> ClientBuilder<openai_runtime::Client>,
            ) -> Result<Self> {
                self.0.with_options(change).map(Self)
            }
            #(#accessors)*
        }
        impl Deref for Client {
            type Target = openai_runtime::Client;
            fn deref(&self) -> &Self::Target { &self.0 }
        }
        impl From<openai_runtime::Client> for Client {
            fn from(client: openai_runtime::Client) -> Self { Self(client) }
        }
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    pages(api, files)?;
    let path = format!("{RAW}/mod.rs");
    let tokens = quote! {
        //! Everything made from the document.
        mod client;
        pub mod index;
        mod list;
        mod pages;
        pub mod request;
        pub mod resources;
        pub mod types;
        pub use client::Client;
        pub use list::List;
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}

/// The list types that have pages.
fn pages(api: &Api, files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: false, label: None };
    let mut seen = BTreeSet::new();
    let mut impls = Vec::new();
    for operation in &api.operations {
        let (Some(paging), Response::Json(Ty::Named(id))) = (&operation.paging, &operation.response) else { continue };
        if !seen.insert(*id) {
            continue;
        }
        let def = api.get(*id);
        if super::list::item(def).is_some() {
            continue;
        }
        let gate = types::gate(&def.areas.iter().cloned().collect::<Vec<_>>());
        let (name, item, field) = (type_ident(&def.name), scope.ty(&paging.item), ident(&paging.items));
        impls.push(quote! {
            #gate
            impl ListPage for #name {
                type Item = #item;
                fn items(&self) -> &[#item] { &self.#field }
                fn into_items(self) -> Vec<#item> { self.#field }
            }
        });
    }
    let path = format!("{RAW}/pages.rs");
    let tokens = quote! {
        //! The list types that go on to a next page.
        use openai_runtime::ListPage;
        use openai_runtime::json::Value;
        use crate::types::*;
        #(#impls)*
    };
    files.insert(path.clone(), file::rust(&path, tokens)?);
    Ok(())
}
