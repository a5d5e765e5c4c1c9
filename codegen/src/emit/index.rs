//! The index of all operations and webhooks: for mocks, contract tests and replay.

use proc_macro2::TokenStream;
use quote::quote;

use super::files::{self, ACCEPTANCE, Files, RAW};
use super::imports::Imports;
use super::tokens::{Scope, marker, type_ident};
use crate::ir::{Api, Operation, Response, Shape, Ty};

/// Emits `index.rs`.
pub(super) fn emit(api: &Api, files: &mut Files) -> Result<(), String> {
    let scope = Scope { api, qualified: true, label: None };
    let operations = api.operations.iter().map(|operation| entry(scope, operation));
    let webhooks = api.webhooks.iter().map(|(event, id)| {
        let def = api.get(*id);
        // A payload that is a string or a list has no type of its own.
        let ty = match &def.shape {
            Shape::Alias(ty) if def.name.as_str().is_empty() => scope.ty(ty),
            _ => scope.ty(&Ty::Named(*id)),
        };
        let text = match def.name.as_str() {
            "" => ty.to_string().replace(' ', ""),
            name => name.to_owned(),
        };
        quote! {
            #[cfg(feature = "webhooks")]
            Webhook { event: #event, type_name: #text, payload: round_trip::<#ty> },
        }
    });
    let tokens = quote! {
        //! Every operation and webhook of the document, for mocks, contract tests and replay.
        pub use crate::operation::{Index, Listing, OperationEntry, RoundTrip, Webhook};
        /// All operations of the enabled features, in the order of the document.
        pub static OPERATIONS: Index<Operations> = Index::new();
        /// All webhooks, by event name.
        pub static WEBHOOKS: Index<Webhooks> = Index::new();
        /// The entries of [`OPERATIONS`].
        #[derive(Clone, Copy, Debug)]
        pub enum Operations {}
        impl Listing for Operations {
            type Entry = OperationEntry;
            fn entries() -> &'static [OperationEntry] {
                const { &[#(#operations)*] }
            }
        }
        /// The entries of [`WEBHOOKS`].
        #[derive(Clone, Copy, Debug)]
        pub enum Webhooks {}
        impl Listing for Webhooks {
            type Entry = Webhook;
            fn entries() -> &'static [Webhook] {
                const { &[#(#webhooks)*] }
            }
        }
    };
    let imports = Imports::usual();
    let imports = imports.with("crate", ["resources"]).with("openai_runtime::json", ["round_trip"]);
    let imports = imports.with("crate::operation", ["Index", "Listing", "OperationEntry", "Webhook"]);
    files::add(files, format!("{RAW}/index.rs"), &imports, tokens)?;
    schemas(api, files)
}

/// The index of all schemas is for the acceptance crate alone: a user's compiler need not read it.
fn schemas(api: &Api, files: &mut Files) -> Result<(), String> {
    let schemas = api.components.iter().filter(|(_, id)| !api.get(**id).areas.is_empty()).map(|(schema, id)| {
        let name = type_ident(&api.get(*id).name);
        quote!((#schema, round_trip::<types::#name>))
    });
    let tokens = quote! {
        //! All component schemas that have a type of their own, by their names in the document.
        #![allow(deprecated)]
        /// Each schema and its type's decoding and encoding.
        pub static SCHEMAS: &[(&str, RoundTrip)] = &[#(#schemas),*];
    };
    let imports = Imports::usual().with("openai_raw", ["types"]).with("openai_raw::index", ["RoundTrip"]);
    let imports = imports.with("openai_raw::openai_runtime::json", ["round_trip"]);
    files::add(files, format!("{ACCEPTANCE}/schemas.rs"), &imports, tokens)
}

fn entry(scope: Scope<'_>, operation: &Operation) -> TokenStream {
    let (resource, verb, area) = (&operation.resource, &operation.verb, &operation.area);
    let marker = marker(operation);
    let request_media = operation.body.iter().flat_map(|body| &body.media);
    let response_media = &operation.response_media;
    let trip = |ty: Option<&Ty>| match ty {
        Some(ty) => {
            let ty = scope.ty(ty);
            quote!(Some(round_trip::<#ty>))
        }
        None => quote!(None),
    };
    let request = trip(operation.body.as_ref().map(|body| &body.ty));
    let response = trip(match &operation.response {
        Response::Json(ty) => Some(ty),
        _ => None,
    });
    let event = trip(operation.stream.as_ref().map(|stream| &stream.event));
    quote! {
        #[cfg(feature = #area)]
        OperationEntry::of::<resources::#marker>(
            [#resource, #verb, #area],
            [&[#(#request_media),*], &[#(#response_media),*]],
            [#request, #response, #event],
        ),
    }
}
